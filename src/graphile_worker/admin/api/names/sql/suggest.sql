-- Names that begin with `prefix` (an escaped pattern), case-insensitive. It returns one more than `limit`.
-- :name identifier
select t.identifier as name
from {schema}._private_tasks t
where lower(t.identifier) like lower(:prefix)
order by t.identifier
limit :limit::bigint + 1

-- :name queue
select q.queue_name as name
from {schema}._private_job_queues q
where lower(q.queue_name) like lower(:prefix)
order by q.queue_name
limit :limit::bigint + 1

-- The name itself, and names of about its length, those with the same first letter first: which of them are similar is
-- decided by names/similar.py.
-- :name near_identifier
select n.name, n.name = :name::text as same
from (select t.identifier as name from {schema}._private_tasks t) n
{use:near}

-- :name near_queue
select n.name, n.name = :name::text as same
from (select q.queue_name as name from {schema}._private_job_queues q) n
{use:near}

-- :name near
where abs(length(n.name) - length(:name::text)) <= :mistakes::int
order by n.name = :name::text desc, lower(left(n.name, 1)) = lower(left(:name::text, 1)) desc, n.name
limit :limit::bigint
