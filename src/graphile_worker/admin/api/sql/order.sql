-- The order of a list, and the range of rows that is read. `key` is the first sort expression; the id is the second.

-- :name key_id
j.id

-- :name key_run_at
j.run_at

-- :name key_priority
j.priority

-- :name key_attempts
j.attempts

-- :name key_created_at
j.created_at

-- Jobs without an error are last in both orders.
-- :name key_failed_at
coalesce({use:fragments.failed_at}, 'infinity')

-- :name key_failed_at_descending
coalesce({use:fragments.failed_at}, '-infinity')

-- :name asc
asc

-- :name desc
desc

-- The rows after the row with this key and id.
-- :name beyond_id_asc
j.id > :cursor_id::bigint

-- :name beyond_id_desc
j.id < :cursor_id::bigint

-- :name beyond_asc
({part:key}, j.id) > ({part:cursor}, :cursor_id::bigint)

-- :name beyond_desc
({part:key}, j.id) < ({part:cursor}, :cursor_id::bigint)

-- :name cursor_number
:cursor_key::text::bigint

-- :name cursor_time
:cursor_key::text::timestamptz

-- The rows up to this id, the end of a slice of a search.
-- :name until_asc
j.id <= :until::bigint

-- :name until_desc
j.id >= :until::bigint
