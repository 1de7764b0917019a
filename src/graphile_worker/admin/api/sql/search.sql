-- The slices of a partial search.

-- Where a slice of a search within these bounds ends: at the first id with which large payloads come to more than
-- `bytes_most`.
-- :name reach
select s.id
from (
  select j.id, sum({part:columns.rough}) filter (where {part:columns.rough} > 1048576) over (order by j.id {part:order.scan}) as total
  from {schema}._private_jobs j
  where {all:order.bounds}
) s
where s.total > :bytes_most::bigint
order by s.id {part:order.scan}
limit 1

-- The ids between which a search has to look.
-- :name ends
select min(j.id) as lowest, max(j.id) as highest from {schema}._private_jobs j
