-- What a group of events writes in no order, it writes later and at once (docs/adr/0013).

-- Messages of the last seven days are found by a hash of source and message id. Those of earlier versions stay in `seen_messages`, until
-- they are forgotten.
alter table events add column message_key integer;
create table message_keys (
    key       integer primary key not null,
    event_id  integer not null              -- the event that it became
);

-- What events are searched by: a row for each 1,024 of them, made by the program from the first one on.
drop table event_finds;
create table event_finds (
    bucket  integer primary key not null,   -- event_id / 1024
    marks   blob not null                   -- for each event 32 bits of the hashes of message id, order id and e-mail address, or zero
);

-- Up to which event all messages are in `message_keys`, the first event without a bucket, and how often events were erased.
insert into followers (name, at) values
    ('young_messages', (select coalesce(max(id), 0) from events)), ('event_finds', 0), ('erasures', 0);
