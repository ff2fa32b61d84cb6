-- Finding people, keeping who was put into an audience by hand, and files of people (docs/people.md).

-- Of an id with capitals: the look-up key without them, so that it is found however it is typed.
alter table profile_keys add column find_key blob;
create index profile_keys_by_find on profile_keys (find_key) where find_key is not null;

-- Put in by a file: stays in a static audience whatever its rule says.
alter table audience_members add column by_hand integer not null default 0 check (by_hand in (0, 1));

-- Digests of erased people, which go as soon as the destination has let them go.
create index audience_sync_erased on audience_sync (audience_id) where profile_no is null;

-- Files of people. The file itself stands sealed beside the database until it was imported; what is here has nothing
-- personal but in upload_rejects, sealed.
create table uploads (
    id             blob primary key not null,
    workspace_id   blob not null references workspaces (id),
    name           text not null,            -- the file's name
    state          text not null check (state in ('receiving', 'draft', 'waiting', 'running', 'done', 'cancelled', 'failed')),
    bytes          integer not null default 0,
    plan           text,                     -- how it is read and where it goes, JSON
    report         text,                     -- what a look through it found, JSON
    audience_id    blob,                     -- the static audience that its people come into
    total          integer not null default 0,   -- rows in all
    done           integer not null default 0,   -- rows read, moved in the transaction of what was made of them
    taken          integer not null default 0,
    rejected       integer not null default 0,
    left_out       integer not null default 0,   -- values that were no address or number
    new_people     integer not null default 0,
    byte           integer not null default 0,   -- where the next row begins
    line           integer not null default 1,   -- and on which line
    problem        text,
    created_by     text not null,
    created_at     integer not null,
    started_at     integer,
    finished_at    integer
);
create index uploads_by_workspace on uploads (workspace_id, created_at);
create index uploads_open on uploads (created_at) where state in ('receiving', 'draft', 'waiting', 'running');

-- Rows that were not taken, a portion a row: JSON, sealed.
create table upload_rejects (
    id         integer primary key autoincrement,
    upload_id  blob not null references uploads (id) on delete cascade,
    line       integer not null,             -- of the first of them
    sealed     blob not null
);
create index upload_rejects_by_upload on upload_rejects (upload_id, id);
