-- People, what is known of them, and who is in which audience (docs/adr/0004).

-- How far each task has read the events. Moved in the transaction of what it did with them: so everything counts once.
create table followers (
    name  text primary key not null,
    at    integer not null
) without rowid;
insert into followers (name, at) values ('profiles', 0), ('windows', 0);

-- Persons. `no` counts up and is never used again.
create table profiles (
    no            integer primary key autoincrement,
    workspace_id  blob not null,
    person        text,                      -- masked, for recognising
    first_seen    integer not null,
    last_seen     integer not null,
    events        integer not null           -- how many events were theirs
);
create index profiles_by_workspace on profiles (workspace_id, last_seen);

-- Persons who became part of another: old numbers still lead somewhere.
create table profile_merges (
    from_no  integer primary key not null,
    to_no    integer not null,
    at       integer not null
);
create index profile_merges_by_to on profile_merges (to_no);

-- Identifiers. A row never leaves its key; a merge hands it to another person.
create table profile_keys (
    key         blob primary key not null,   -- keyed hash of workspace, kind and value
    profile_no  integer not null,
    kind        text not null,
    sealed      blob not null,               -- the value as it first came
    country     text,                        -- the default country of the source that told it
    shared      integer not null default 0,  -- many people have it: it brings nobody together any more
    brought     text not null,               -- how many identifiers of each kind came through it, JSON
    first_at    integer not null
) without rowid;
create index profile_keys_by_profile on profile_keys (profile_no);

-- Names of events and traits, so that the large tables below hold numbers.
create table profile_names (
    no            integer primary key not null,
    workspace_id  blob not null,
    kind          text not null check (kind in ('event', 'trait')),
    key           text not null,             -- as rules ask for it
    name          text not null,             -- as first seen
    personal      integer not null default 0,
    unique (workspace_id, kind, key)
);

-- Each event of a person, as narrow as can be: rules count, and look at times.
create table profile_events (
    name_no     integer not null,
    profile_no  integer not null,
    at          integer not null,
    event_id    integer not null,
    primary key (name_no, profile_no, at, event_id)
) without rowid;
-- Whose events leave a window of time.
create index profile_events_by_time on profile_events (name_no, at, profile_no);

-- Properties that rules may ask for, folded, without personal data: JSON {"t": texts, "n": numbers, "d": dates}.
create table event_facts (
    event_id  integer primary key not null,
    facts     text not null
);

-- The last value of each trait. Of personal ones `text` is a keyed hash.
create table profile_traits (
    name_no     integer not null,
    profile_no  integer not null,
    personal    integer not null,
    value       text,                        -- JSON, unless personal
    sealed      blob,                        -- JSON, if personal
    text        text,
    number      integer,                     -- ten-thousandths
    date        integer,
    many        text,                        -- for lists: JSON as in event_facts, instead of the three before
    changed_at  integer not null,            -- since when it has this value
    seen_at     integer not null,            -- when the last event told it
    primary key (name_no, profile_no)
) without rowid;

alter table audiences add column description text not null default '';
alter table audiences add column state text not null default 'active' check (state in ('draft', 'active', 'archived', 'deleted'));
-- A static one keeps its members once it was worked out.
alter table audiences add column dynamic integer not null default 1 check (dynamic in (0, 1));
-- Up with each change of the rule or the state; `live_version` follows when everybody has been looked at.
alter table audiences add column version integer not null default 1;
alter table audiences add column live_version integer not null default 0;
alter table audiences add column size integer not null default 0;
alter table audiences add column evaluated_at integer;
alter table audiences add column done integer not null default 0;
alter table audiences add column total integer not null default 0;
alter table audiences add column problem text;
create trigger audiences_changed after update of rule, state, dynamic on audiences
when old.rule is not new.rule or old.state is not new.state or old.dynamic is not new.dynamic
begin
    update audiences set version = version + 1 where id = new.id;
end;

-- Who is in.
create table audience_members (
    audience_id  blob not null,
    profile_no   integer not null,
    since        integer not null,
    primary key (audience_id, profile_no)
) without rowid;
create index audience_members_by_profile on audience_members (profile_no);

-- Whose wanted state at destinations has to be worked out anew.
create table audience_dirty (
    audience_id  blob not null,
    profile_no   integer not null,
    primary key (audience_id, profile_no)
) without rowid;

-- The wanted state of one identifier in one audience at one destination, and what the destination has. They differ where
-- wanted_version > synced_version; sending sets synced_version to the version it sent.
create table audience_sync (
    audience_id     blob not null,
    destination_id  blob not null references destinations (id) on delete cascade,
    kind            text not null,           -- email | phone | mobile_ad_id
    digest          text not null,           -- hex, as the destination knows it
    profile_no      integer,                 -- who has it; null once erased
    wanted          integer not null check (wanted in (0, 1)),
    wanted_version  integer not null default 1,
    synced_version  integer not null default 0,
    changed_at      integer not null,
    primary key (audience_id, destination_id, kind, digest)
) without rowid;
create index audience_sync_by_profile on audience_sync (profile_no, audience_id) where profile_no is not null;
create index audience_sync_due on audience_sync (audience_id, destination_id, wanted) where wanted_version > synced_version;

-- A wanted state that was worked out under another workflow, link or membership as a whole is worked out anew.
create table audience_sync_plans (
    audience_id     blob not null,
    destination_id  blob not null references destinations (id) on delete cascade,
    adds            integer not null,        -- added_to_segment was on when it was last worked out
    removes         integer not null,        -- removed_from_segment was
    planned_at      integer not null,
    primary key (audience_id, destination_id)
) without rowid;

-- Requests to erase a person.
create table erasures (
    id            integer primary key autoincrement,
    workspace_id  blob not null,
    profile_no    integer not null,
    requested_by  text not null,
    requested_at  integer not null,
    due_at        integer not null,
    done_at       integer
);
create index erasures_open on erasures (due_at) where done_at is null;
create index erasures_by_profile on erasures (profile_no);

-- Identifiers of erased persons: later events with one of them are dropped.
create table suppressed_keys (
    key         blob primary key not null,
    erasure_id  integer not null
) without rowid;
