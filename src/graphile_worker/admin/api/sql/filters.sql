-- The conditions of filters. Each block belongs to one filter of jobs/filters.py; a statement has those that are set.

-- Any of the given states, whose conditions are in fragments.sql.
-- :name states
({any:fragments.states})

-- :name identifiers
j.task_id = any(array(select t.id from {schema}._private_tasks t where t.identifier = any(:identifiers::text[])))

-- :name queues
j.job_queue_id = any(array(select q.id from {schema}._private_job_queues q where q.queue_name = any(:queues::text[])))

-- :name keys
j.key = any(:keys::text[])

-- :name workers
j.locked_by = any(:workers::text[])

-- :name flags
j.flags ?| :flags::text[]

-- :name priority_min
j.priority >= :priority_min::int
-- :name priority_max
j.priority <= :priority_max::int
-- :name attempts_min
j.attempts >= :attempts_min::int
-- :name attempts_max
j.attempts <= :attempts_max::int

-- :name run_at_from
j.run_at >= :run_at_from::text::timestamptz
-- :name run_at_to
j.run_at < :run_at_to::text::timestamptz
-- :name created_from
j.created_at >= :created_from::text::timestamptz
-- :name created_to
j.created_at < :created_to::text::timestamptz
-- :name failed_from
{use:fragments.failed_at} >= :failed_from::text::timestamptz
-- :name failed_to
{use:fragments.failed_at} < :failed_to::text::timestamptz

-- Fingerprints of errors. Every error with one of these fingerprints matches a pattern of `error_traces`. The patterns
-- are compared first, so that few fingerprints have to be computed.
-- :name errors
case when {use:errors.head} like any(:error_traces::text[]) then {use:errors.fingerprint} = any(:errors::text[]) else false end

-- The same for the texts of variants.
-- :name variants
case when {use:errors.head} like any(:variant_traces::text[]) then {use:errors.variant} = any(:variants::text[]) else false end

-- One term of a search; `it` is its number.
-- :name plain_word
{use:search_terms.plain_word({it})}
-- :name word
{use:search_terms.word({it})}
-- :name word_in_names
{use:search_terms.word_in_names({it})}
-- :name fragment
{use:search_terms.fragment({it})}
-- :name path_number
{use:search_terms.path_number({it})}
-- :name path_text
{use:search_terms.path_text({it})}
