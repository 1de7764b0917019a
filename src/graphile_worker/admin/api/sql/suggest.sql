-- Names that begin with $1 (an escaped pattern), whatever the case of their letters; one more than asked.
-- :name identifier
select t.identifier as name
from {schema}._private_tasks t
where lower(t.identifier) like lower($1)
order by t.identifier
limit $2::bigint + 1

-- :name queue
select q.queue_name as name
from {schema}._private_job_queues q
where lower(q.queue_name) like lower($1)
order by q.queue_name
limit $2::bigint + 1
