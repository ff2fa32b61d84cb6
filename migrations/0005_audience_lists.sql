-- Audiences on their way into lists at destinations (docs/audiences-sync.md).

-- How an audience goes to a destination: what a person chose, and how the sending fares. It outlives the link itself, since
-- what was sent has to be taken back.
create table audience_links (
    audience_id      blob not null,
    destination_id   blob not null references destinations (id) on delete cascade,
    existing         text,                       -- a list there that a person chose; null: one is made
    retention_days   integer not null default 9999,
    one_each         integer not null default 0 check (one_each in (0, 1)),
    -- Written by the sync; reset by a change of the login, the assets or these settings.
    health           text not null default 'ok' check (health in ('ok', 'retrying', 'needs_reconnect', 'paused', 'gone')),
    reason           text,
    failures         integer not null default 0,
    next_at          integer not null default 0,
    call_limit       integer,                    -- identifiers in one request, learnt from 413 answers
    -- One process at a time sends; its number fences off whoever held it before.
    lease_no         integer not null default 0,
    lease_until      integer,
    run_id           integer,                    -- the run under way
    last_sent        integer,
    refresh_at       integer not null default 0, -- members are added again, so that the retention doesn't take them out
    primary key (audience_id, destination_id)
) without rowid;
create index audience_links_by_destination on audience_links (destination_id);
insert into audience_links (audience_id, destination_id)
    select audience_id, destination_id from audience_destinations
    union select audience_id, destination_id from audience_sync;
create trigger audience_destinations_linked after insert on audience_destinations begin
    insert into audience_links (audience_id, destination_id) values (new.audience_id, new.destination_id) on conflict do nothing;
end;

-- The lists at the destination: one for all kinds of identifiers, or one for each.
create table audience_lists (
    audience_id        blob not null,
    destination_id     blob not null references destinations (id) on delete cascade,
    slot               text not null check (slot in ('all', 'email', 'phone', 'mobile_ad_id')),
    ad_account_id      text not null,
    list_id            text not null,
    chosen             integer not null check (chosen in (0, 1)),
    gone               integer not null default 0,      -- somebody deleted it there
    told_name          text,                            -- what the destination was last told; null for chosen ones
    told_description   text,
    told_retention     integer,
    users              integer,                         -- what the destination tells of it
    upload_status      text,
    targetable_status  text,
    polled_at          integer,
    poll_at            integer not null default 0,
    primary key (audience_id, destination_id, slot)
) without rowid;
-- Two audiences in one list would take each other's people out.
create unique index audience_lists_by_id on audience_lists (list_id);

-- Identifiers that have to leave a list which is no longer the audience's.
create table audience_farewells (
    destination_id  blob not null references destinations (id) on delete cascade,
    list_id         text not null,
    kind            text not null,
    digest          text not null,
    audience_id     blob not null,
    primary key (destination_id, list_id, kind, digest)
) without rowid;
create index audience_farewells_by_link on audience_farewells (audience_id, destination_id);

-- Others who have an identifier of audience_sync, too: it stays wanted while one of them is in.
create table audience_sync_shares (
    audience_id     blob not null,
    destination_id  blob not null references destinations (id) on delete cascade,
    kind            text not null,
    digest          text not null,
    profile_no      integer not null,
    primary key (audience_id, destination_id, kind, digest, profile_no)
) without rowid;
create index audience_sync_shares_by_profile on audience_sync_shares (profile_no, audience_id);

-- Members without an identifier that the destination takes.
create table audience_sync_skipped (
    audience_id     blob not null,
    destination_id  blob not null references destinations (id) on delete cascade,
    profile_no      integer not null,
    primary key (audience_id, destination_id, profile_no)
) without rowid;
create index audience_sync_skipped_by_profile on audience_sync_skipped (profile_no);

-- One that was refused is tried again after a while, and doesn't hold up the others.
alter table audience_sync add column retry_at integer not null default 0;
alter table audience_sync add column refusals integer not null default 0;
alter table audience_sync add column refused text;
drop index audience_sync_due;
create index audience_sync_due on audience_sync (audience_id, destination_id, wanted, kind, retry_at)
    where wanted_version > synced_version;
create index audience_sync_refused on audience_sync (audience_id, destination_id) where refused is not null;

-- Receipts: what was sent when, and what came of it.
create table audience_runs (
    id              integer primary key autoincrement,
    audience_id     blob not null,
    destination_id  blob not null references destinations (id) on delete cascade,
    started_at      integer not null,
    ended_at        integer,
    added           integer not null default 0,
    removed         integer not null default 0,
    skipped         integer not null default 0,
    requests        integer not null default 0,
    problem         text
);
create index audience_runs_by_link on audience_runs (audience_id, destination_id, id);
create index audience_runs_by_destination on audience_runs (destination_id);
create table audience_requests (
    id           integer primary key autoincrement,
    run_id       integer not null references audience_runs (id) on delete cascade,
    at           integer not null,
    duration_ms  integer not null,
    what         text not null,
    identifiers  integer,
    received     integer,
    problem      text
);
create index audience_requests_by_run on audience_requests (run_id);
