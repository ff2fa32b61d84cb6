-- no-transaction
-- Constraints of `deliveries` that cost each one more than it did (docs/adr/0013). An index that kept event, destination and side unique says
-- nothing new: a delivery's number is made of them. And `in` with more than two values builds a tree of them, for each row that is
-- written, once in each constraint and each index; `or` doesn't.
-- SQLite can't change a constraint, so the table is made anew. Attempts refer to it, and would go with the old one: therefore without
-- foreign keys, which can't be switched off within a transaction. Interrupted it changes nothing, and done twice nothing more.
pragma foreign_keys = off;
begin immediate;
create table deliveries_by_number (
    id                integer primary key not null,  -- event * 4096 + place, and 2048 more on the client side
    workspace_id      blob not null,
    destination_id    blob not null references destinations (id) on delete cascade,
    event_id          integer not null,
    event_key         text not null,
    side              text not null check (side in ('server', 'client')),
    snap_event        text,
    state             text not null,
    due_at            integer not null,
    lease_no          integer not null default 0,    -- up with each claim, never down
    lease_until       integer,
    failures          integer not null default 0,    -- up with each real failure only
    crashes           integer not null default 0,
    attempts          integer not null default 0,    -- rows in attempts
    first_unanswered  integer,
    reason_code       text,
    reason            text,
    warnings          text,                          -- JSON
    sent              text,                          -- the mapped item as last sent, hashed and masked, JSON
    created_at        integer not null,
    finished_at       integer,
    constraint known_state check (state = 'waiting' or state = 'leased' or state = 'delivered' or state = 'dead' or state = 'filtered'),
    constraint finished_iff_final check ((state = 'delivered' or state = 'dead' or state = 'filtered') = (finished_at is not null)),
    constraint leased_has_lease check ((state = 'leased') = (lease_until is not null))
);
insert into deliveries_by_number
    select id, workspace_id, destination_id, event_id, event_key, side, snap_event, state, due_at, lease_no, lease_until, failures, crashes,
           attempts, first_unanswered, reason_code, reason, warnings, sent, created_at, finished_at
    from deliveries order by id;
drop table deliveries;
alter table deliveries_by_number rename to deliveries;
create index deliveries_due on deliveries (destination_id, due_at, id) where state = 'waiting' and crashes = 0;
create index deliveries_suspect on deliveries (destination_id, due_at, id) where state = 'waiting' and crashes > 0;
create index deliveries_leased on deliveries (lease_until) where state = 'leased';
create index deliveries_by_destination on deliveries (destination_id, id);
create index deliveries_client on deliveries (destination_id, id) where side = 'client';
create index deliveries_waiting on deliveries (destination_id, id, event_key) where state = 'waiting';
create index deliveries_finished on deliveries (destination_id, state, id, event_key) where finished_at is not null;
commit;
pragma foreign_keys = on;
