-- The terms of a search (jobs/search_terms.py). `it` is the number of the term, with which the names of its parameters end.

-- A part of any text of the job, case-insensitive; `word` is an escaped pattern. As ilike has it, but the pattern is
-- made lower case once and not for every row. Only digits are searched in ids.
-- :name plain_word
(
  {use:word_in_names({it})}
  or lower(j.last_error) like lower(:word_{it}::text)
  or lower(j.payload::text) like lower(:word_{it}::text)
)

-- The same for a text that JSON may escape. A payload with a backslash is compared again with `stored`, a regular
-- expression that matches escaped characters too.
-- :name word
(
  {use:plain_word({it})}
  or ({use:escaped} and {use:comparable} and j.payload::text ~* :stored_{it}::text)
)

-- The same without payload and error, for clients that must not see them.
-- :name word_in_names
(
  (:word_{it}::text !~ '[^-0-9%]' and j.id::text like :word_{it}::text)
  or exists (select from {schema}._private_tasks t where t.id = j.task_id and lower(t.identifier) like lower(:word_{it}::text))
  or exists (
    select from {schema}._private_job_queues q where q.id = j.job_queue_id and lower(q.queue_name) like lower(:word_{it}::text)
  )
  or lower(j.key) like lower(:word_{it}::text)
  or lower(j.locked_by) like lower(:word_{it}::text)
)

-- A part of a JSON text: `stored` matches its tokens with any white space between them. Every payload that it matches is
-- found by the pattern `runs` too, which is faster.
-- :name fragment
(
  {use:word_in_names({it})}
  or lower(j.last_error) like lower(:word_{it}::text)
  or (
    lower(j.payload::text) like lower(:runs_{it}::text)
    and {use:comparable} and j.payload::text ~* :stored_{it}::text
  )
)

-- A number at a path of the payload, or a string of the same characters. Without an exponent in the payload its digits
-- have to be there.
-- :name path_number
(
  (
    lower(j.payload::text) like lower(:runs_{it}::text)
    or lower(j.payload::text) like lower(:names_{it}::text) and j.payload::text ~ '[0-9][eE][-+]?[0-9]'
  )
  and (
    select case
      when v.value is null then v.unread and lower(j.payload::text) like lower(:quoted_{it}::text)
      when json_typeof(v.value) = 'number' and length(v.value::text) <= 400 and v.value::text !~ '[eE][-+]?[0-9]{4}'
        then v.value::text::numeric = :value_{it}::text::numeric
      when json_typeof(v.value) in ('number', 'string') then lower(v.value #>> '{}') = lower(:value_{it}::text)
      else false
    end
    from ({use:value_at({it})}) v
  )
)

-- Any other value at a path of the payload.
-- :name path_text
(
  lower(j.payload::text) like lower(:runs_{it}::text)
  and (
    select case
      when v.value is null then v.unread and lower(j.payload::text) like lower(:quoted_{it}::text)
      when json_typeof(v.value) = 'null' then lower(:value_{it}::text) = 'null'
      else lower(v.value #>> '{}') = lower(:value_{it}::text)
    end
    from ({use:value_at({it})}) v
  )
)

-- :name value_at
select d.document #> :path_{it}::text[] as value, d.document is null as unread
from (select {use:document} as document offset 0) d
offset 0

-- :name escaped
j.payload::text like E'%\\\\%'

-- A regular expression needs four bytes per character of the text, and 1 GB is the most that PostgreSQL allocates.
-- :name comparable
octet_length(j.payload::text) <= 134217728

-- The payload as a value that PostgreSQL can take apart; null where it is nested so deeply that this could fail. What
-- JSON allows and the database's text cannot hold (U+0000, half of a surrogate pair) becomes a question mark.
-- :name document
case
  when not {use:shallow} then null
  when getdatabaseencoding() <> 'UTF8' then regexp_replace({use:aligned}, E'\\\\u(?!00[0-7])[0-9a-f]{4}|\\\\u0000', '?', 'gi')::json
  when {use:escaped} and j.payload::text ~* E'\\\\u(?:0000|d[89a-f])' then regexp_replace(
    regexp_replace({use:aligned}, E'\\\\u0000|\\\\ud[89ab][0-9a-f]{2}(?!\\\\ud[c-f])', '?', 'gi'),
    E'(?<!\\\\ud[89ab][0-9a-f]{2})\\\\ud[c-f][0-9a-f]{2}', '?', 'gi'
  )::json
  else j.payload
end

-- The payload without escaped backslashes: each backslash begins another escape.
-- :name aligned
replace(j.payload::text, E'\\\\', E'\\u005c')

-- At most 1,000 brackets are open at once, or the payload has no more brackets than that. Of others, the innermost pairs
-- are removed ten times, and the rest is counted.
-- :name shallow
(
  octet_length(j.payload::text) <= 1000
  or length(j.payload::text) - length(translate(j.payload::text, '[{', '')) <= 1000
  or octet_length(j.payload::text) <= 4194304 and length({use:without_pairs}) <= 2000
)

-- :name without_pairs
replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(
replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(
  regexp_replace(regexp_replace(j.payload::text, E'"(?:[^"\\\\]|\\\\.)*"', '', 'g'), '[^][{}]+', '', 'g'),
  '[]', ''), '{}', ''), '[]', ''), '{}', ''), '[]', ''), '{}', ''), '[]', ''), '{}', ''), '[]', ''), '{}', ''),
  '[]', ''), '{}', ''), '[]', ''), '{}', ''), '[]', ''), '{}', ''), '[]', ''), '{}', ''), '[]', ''), '{}', '')

-- Where each term matches, as a list shows it.
-- :name located_none

-- :name located_shown
, ('[' || concat_ws(',', {list:located}) || ']')::json as matched

-- The first text of the job that a word matches, with some of the text around it, and where this excerpt is cut. Of an
-- error 64 KiB are read, and one character more, which shows that there is more. Long payloads are not read again.
-- :name located_word
(
  select json_build_object(
    'field', f.field,
    'before', right(left(f.body, f.start), 40),
    'text', left(f.found, 200),
    'after', f.after,
    'cut', to_json(array_remove(array[
      case when f.start > 40 then 'before' end,
      case when length(f.found) > 200 then 'text' end,
      case when length(f.found) <= 200 and f.start + length(f.found) + length(f.after) < length(f.body) then 'after' end
    ], null))
  )::text
  from (
    select f.*,
      strpos(f.body, f.found) - 1 as start,
      case when length(f.found) > 200 then ''
        else substr(left(f.body, f.most), strpos(f.body, f.found) + length(f.found), 80) end as after
    from (
      select f.*, (regexp_match(f.body, :stored_{it}::text, 'i'))[1] as found
      from (
        values
          (1, 'id', j.id::text, 65536), (2, 'task', t.identifier, 65536), (3, 'queue', q.queue_name, 65536),
          (4, 'key', j.key, 65536), (5, 'worker', j.locked_by, 65536), (6, 'error', left(j.last_error, 65537), 65536),
          (7, 'payload', case when {part:columns.rough} <= 1048576 then j.payload::text end, 1048576)
      ) f (number, field, body, most)
      offset 0
    ) f
    where f.found is not null
    order by f.number
    limit 1
  ) f
)

-- :name located_path
json_build_object(
  'field', 'payload', 'before', array_to_string(:path_{it}::text[], '.') || ': ', 'text', :value_{it}::text, 'after', '',
  'cut', '[]'::json
)::text
