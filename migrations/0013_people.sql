-- Who said no to marketing (docs/people.md), and what is read ahead of a backlog.

-- People who said no, and when. They are in no audience and in no list until an event after it says yes.
create table profile_refusals (
    profile_no    integer primary key not null,
    workspace_id  blob not null,
    at            integer not null
);
create index profile_refusals_by_workspace on profile_refusals (workspace_id, profile_no);

-- A no of somebody who is not known (yet): the beginning of the identifier's keyed hash, and when it was said.
create table refused_keys (
    key  blob primary key not null,
    at   integer not null
) without rowid;
create index refused_keys_by_time on refused_keys (at);

-- Who else uses a device: the beginning of its advertising id's keyed hash. The first one stands in profile_keys.
create table profile_devices (
    key         blob not null,
    profile_no  integer not null,
    primary key (key, profile_no)
) without rowid;
create index profile_devices_by_profile on profile_devices (profile_no);

-- Stretches of events that people were read from ahead of the cursor in `followers`: those after from_id up to to_id. They don't
-- overlap, and lie beyond the cursor, which goes over them.
create table followers_ahead (
    from_id  integer primary key not null,
    to_id    integer not null unique
);

-- Comings and goings of before they were counted by the hour: each has left its event.
insert into audience_hours (audience_id, hour, joined, gone, last_at)
    select a.id, e.received_at - e.received_at % 3600000, sum(e.event_key = 'addedtosegment'),
           sum(e.event_key = 'removedfromsegment'), max(e.received_at)
    from events e join audiences a on a.id = unhex(replace(e.body ->> '$.properties.audience_id', '-', ''))
    where e.source_id = zeroblob(16) and a.state <> 'deleted'
    group by 1, 2
    on conflict (audience_id, hour) do update
    set joined = max(joined, excluded.joined), gone = max(gone, excluded.gone), last_at = max(last_at, excluded.last_at);
