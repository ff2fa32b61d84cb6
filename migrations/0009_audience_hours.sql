-- How many people came into each audience and went out of it, hour by hour: for the list of audiences.
create table audience_hours (
    audience_id  blob not null,
    hour         integer not null,             -- when it began
    joined       integer not null default 0,
    gone         integer not null default 0,
    last_at      integer not null,
    primary key (audience_id, hour)
) without rowid;
