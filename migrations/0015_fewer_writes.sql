-- What an event costs is what it writes (docs/adr/0010).

-- Buckets of 512 events instead of 2,048: a small group of events that arrives by itself fills the few pages of its bucket, too,
-- instead of touching each of many.
create table smaller_buckets (
    bucket    integer not null,  -- event_id / 512
    key       text not null,     -- shortened message id or order id, or the beginning of an e-mail address's look-up key
    event_id  integer not null,
    primary key (bucket, key, event_id)
) without rowid;
insert into smaller_buckets select event_id / 512, key, event_id from event_finds order by 1, 2, 3;
drop table event_finds;
alter table smaller_buckets rename to event_finds;

-- What is forgotten is found through the events, which are in the order of arrival.
drop index seen_messages_by_time;
insert into followers (name, at) values ('seen_messages', 0);

-- A delivery enters each of these once, instead of moving within one of all states each time that it is held and given back.
drop index deliveries_by_state;
create index deliveries_waiting on deliveries (destination_id, id, event_key) where state = 'waiting';
create index deliveries_finished on deliveries (destination_id, state, id, event_key)
    where state in ('delivered', 'dead', 'filtered');
