-- The slices of a partial search, as ranges of ids.

-- The end of a slice within these bounds: the first id at which the large payloads total more than `bytes_most`.
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

-- The lowest and the highest id of a search.
-- :name ends
select min(j.id) as lowest, max(j.id) as highest from {schema}._private_jobs j
