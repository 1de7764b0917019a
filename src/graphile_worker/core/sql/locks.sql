-- Taking locks away from their holders. Every statement that acts names ids and passes over rows somebody works on.

-- :name look

-- :name skip_held_jobs
for update of j skip locked

-- :name skip_held_queues
for update of q skip locked

-- :name free_queues
update {schema}._private_job_queues q set locked_at = null, locked_by = null where q.id = any($1::int[])
