-- What a list, an export and the view of one job show of a job, and the forms of its payload and its error.

-- The members of ListedJob, in the contract's order, then ours.
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
  j.flags,
  j.is_available,
  case
    when j.locked_at is not null then 'locked'
    when j.attempts >= j.max_attempts then 'failed'
    when j.run_at > now() then 'scheduled'
    else 'ready'
  end as state,
  {use:fragments.ready} and q.locked_at is not null as blocked,
  {use:fragments.retrying} as retrying,
  case when j.last_error is not null then {time:j.updated_at} end as failed_at,
  t.id is null as task_missing

-- :name payload_full
j.payload,

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

-- What viewers get instead (vocabulary.HIDDEN): the stored text does not leave the database.
-- :name payload_hidden_full
'"hidden from viewers"'::json as payload,

-- :name payload_hidden_preview
'"hidden from viewers"' as payload_preview,

-- :name payload_hidden_text
'"hidden from viewers"' as payload_text, false as payload_truncated,

-- A payload in which values are hidden (redaction.py): hidden whole where it is too long for that (PAYLOAD_MAX).
-- :name payload_bounded
case when length(j.payload::text) > 65536 then '"hidden from viewers"'::json else j.payload end as payload,

-- In a list only as many of these as can be redacted in a moment: the others are hidden whole.
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

-- Bytes of payload and error of one job that a list shows.
-- :name own_most
2097152

-- :name fits
coalesce(p.own <= {use:own_most} and coalesce(p.total, 0) <= :bytes_most::bigint, false)

-- The most bytes that a payload can have, by what is stored of it and without reading it: pglz makes 273 bytes of 3, lz4
-- 255 of 1. Before PostgreSQL 14 nobody tells what is compressed.
-- :name rough_known
pg_column_size(j.payload)::bigint * case pg_column_compression(j.payload) when 'pglz' then 91 when 'lz4' then 255 else 1 end

-- :name rough_guessed
pg_column_size(j.payload)::bigint * case when pg_column_size(j.payload) > 2000 then 91 else 1 end
