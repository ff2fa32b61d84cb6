-- What an event is searched by, gathered by arrival: a group of events that arrives writes into the few pages of its bucket,
-- where three indexes in random order took a page of their own for each event (docs/adr/0007). A search looks into each bucket.
create table event_finds (
    bucket    integer not null,  -- event_id / 2048
    key       text not null,     -- shortened message id or order id, or the beginning of an e-mail address's look-up key
    event_id  integer not null,
    primary key (bucket, key, event_id)
) without rowid;
insert into event_finds
    select distinct id / 2048, key, id from (
        select id, case when length(message_id) > 20 then substr(message_id, 1, 8) || substr(message_id, -12)
                        else message_id end as key
        from events where source_id <> x'00000000000000000000000000000000'
        union all
        select id, case when length(order_id) > 20 then substr(order_id, 1, 8) || substr(order_id, -12) else order_id end
        from events where order_id is not null
        union all
        select id, lower(hex(substr(email_key, 1, 8))) from events where email_key is not null)
    order by 1, 2, 3;
drop index events_by_message;
drop index events_by_order;
drop index events_by_email;
-- The system's own events are found by audience and person, with which their message ids begin.
create index events_of_system on events (workspace_id, message_id) where source_id = x'00000000000000000000000000000000';
