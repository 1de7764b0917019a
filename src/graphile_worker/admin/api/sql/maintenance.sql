-- :name now
select {time:now()}
