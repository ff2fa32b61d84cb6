-- How many events of a day carried each field, for the match quality of the last week.
create table match_quality (
    destination_id  blob not null references destinations (id) on delete cascade,
    day             integer not null,        -- start of the day, UTC
    event_key       text not null,
    field           text not null,           -- a field's name; '' counts all events, 'left_out' those that lacked too much
    n               integer not null,
    primary key (destination_id, day, event_key, field)
) without rowid;
