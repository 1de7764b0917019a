-- The columns of a job in lists, exports and the view of one job, and the forms of its payload and error.

-- The members of ListedJob: first those of the contract in its order, then the additional ones. `{it}` is the expression
-- of `flags`.
-- :name columns
  j.id,
  {use:fragments.task_name(j.task_id)} as task_identifier,
  q.queue_name,
  {part:payload}
  j.priority,
  {time:j.run_at} as run_at,
  j.attempts,
  j.max_attempts,
  {part:error} as last_error,
  {time:j.created_at} as created_at,
  {time:j.updated_at} as updated_at,
  j.key,
  {time:j.locked_at} as locked_at,
  j.locked_by,
  j.revision,
  {it} as flags,
  j.is_available,
  case
    when j.locked_at is not null then 'locked'
    when j.attempts >= j.max_attempts then 'failed'
    when j.run_at > now() then 'scheduled'
    else 'ready'
  end as state,
  {use:fragments.ready} and q.locked_at is not null as blocked,
  {use:fragments.retrying} as retrying,
  case when j.last_error is not null
    then (select {time:f.at} from (select {use:fragments.failure_time} as at offset 0) f)  -- the expression is parsed once
  end as failed_at,
  t.id is null as task_missing

-- :name payload_full
j.payload,

-- For one job: the column, which no codec of the application's pool decodes.
-- :name payload_stored
j.payload::text as payload,

-- :name payload_fitting
case when {use:fits} then j.payload end as payload,

-- :name payload_preview
left(j.payload::text, 200) as payload_preview, octet_length(j.payload::text) as payload_bytes,

-- :name payload_text
left(j.payload::text, 262144) as payload_text, octet_length(j.payload::text) as payload_bytes,
  length(j.payload::text) > 262144 as payload_truncated,

-- :name payload_text_fitting
case when {use:fits} then p.head end as payload_text,
  coalesce(p.size, pg_column_size(j.payload)) as payload_bytes, coalesce(p.cut, true) or not {use:fits} as payload_truncated,

-- :name payload_preview_fitting
coalesce(p.head, '(too large for a list)') as payload_preview, coalesce(p.size, pg_column_size(j.payload)) as payload_bytes,

-- :name payload_none

-- The value for viewers from whom payloads are hidden (vocabulary.HIDDEN). The stored text does not leave the database.
-- :name payload_hidden_full
'"hidden from viewers"'::json as payload,

-- :name payload_hidden_stored
'"hidden from viewers"' as payload,

-- :name payload_hidden_preview
'"hidden from viewers"' as payload_preview,

-- :name payload_hidden_text
'"hidden from viewers"' as payload_text, false as payload_truncated,

-- A payload in which redaction.py hides values. One longer than PAYLOAD_MAX is hidden as a whole.
-- :name payload_bounded
case when length(j.payload::text) > 65536 then '"hidden from viewers"'::json else j.payload end as payload,

-- :name payload_bounded_stored
case when length(j.payload::text) > 65536 then '"hidden from viewers"' else j.payload::text end as payload,

-- The same in a list, which redacts a limited number of payloads and hides the others as a whole.
-- :name payload_bounded_fitting
case when not {use:fits} or p.long then '"hidden from viewers"'::json else j.payload end as payload,

-- :name error_full
j.last_error

-- :name error_fitting
case when {use:fits} then j.last_error end

-- :name error_cut
left(j.last_error, 20000)

-- :name error_preview
left(j.last_error, 300)

-- :name error_hidden
case when j.last_error is not null then 'hidden from viewers' end

-- The limit in bytes for the payload and the error of one job in a list.
-- :name own_most
2097152

-- :name fits
coalesce(p.own <= {use:own_most} and coalesce(p.total, 0) <= :bytes_most::bigint, false)

-- The maximum size of a payload, estimated from its stored size without reading it: pglz decompresses 3 bytes to at most
-- 273, lz4 1 byte to at most 255. Before PostgreSQL 14 no function shows whether a value is compressed.
-- :name rough_known
pg_column_size(j.payload)::bigint * case pg_column_compression(j.payload) when 'pglz' then 91 when 'lz4' then 255 else 1 end

-- :name rough_guessed
pg_column_size(j.payload)::bigint * case when pg_column_size(j.payload) > 2000 then 91 else 1 end

-- Values at paths of the payload, in the order of the paths. A payload is read if it has at most 1 MiB.
-- :name values_none

-- :name values_read
, (
  select json_build_array({list:each_value})
  from (
    select s.size, case when s.size <= 1048576 then {use:search_terms.document} end as document
    from (
      select case when pg_column_size(j.payload) > 1048576 then pg_column_size(j.payload) else {part:value_size} end as size
      offset 0
    ) s
    offset 0
  ) d
) as payload_values

-- :name size_exported
octet_length(j.payload::text)

-- In a list, null if the values of the page have taken half a second, or the statement four.
-- :name size_listed
case
  when clock_timestamp() < least((select v.at from valued v) + interval '0.5 seconds', statement_timestamp() + interval '4 seconds')
    then octet_length(j.payload::text)
end

-- A string is returned as its text, any other value as its JSON, numbers digit by digit. `null`: no value at the path.
-- In a list it is cut.
-- :name value_read
(
  select case
    when d.document is null then json_build_object(
      'text', null, 'note', case when d.size is null then 'not_read' when d.size > 1048576 then 'too_large' else 'too_deep' end
    )
    when v.value is null then null
    {part:value_cut}
    else json_build_object('text', v.shown)
  end
  from (
    select p.value, case when json_typeof(p.value) = 'string' then p.value #>> '{}' else p.value::text end as shown
    from (select d.document #> :value_path_{it}::text[] as value offset 0) p
    offset 0
  ) v
)

-- :name value_cut
when length(v.shown) > 200 then json_build_object('text', left(v.shown, 200), 'note', 'cut')

-- :name value_full

-- :name values_hidden
, json_build_array({list:each_value}) as payload_values

-- :name value_hidden
json_build_object('text', 'hidden from viewers', 'note', 'hidden')
