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
