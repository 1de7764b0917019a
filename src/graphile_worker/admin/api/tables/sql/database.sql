-- Costs nothing, and fails where one of these could not be read.
-- :name readable
select
  exists (select j.id from {schema}._private_jobs j where false)
  or exists (select t.id from {schema}._private_tasks t where false)
  or exists (select q.id from {schema}._private_job_queues q where false)

-- The clock of the database.
-- :name now
select {time:now()}
