-- Identifiers are found by the beginning of their key in two steps (docs/adr/0012): those that came last stand in a small table, whose
-- pages are few, and move into the large one in the order of their keys.
create table identifiers (
    no          integer primary key not null,
    key         blob not null,               -- keyed hash of workspace, kind and value
    profile_no  integer not null,
    kind        text not null,
    sealed      blob not null,               -- the value as it first came
    country     text,                        -- the default country of the source that told it
    shared      integer not null default 0,  -- many people have it: it brings nobody together any more
    brought     text not null,               -- how many identifiers of each kind came through it, JSON
    first_at    integer not null,
    find_key    blob                         -- of an id with capitals: the beginning of its key without them
);
insert into identifiers (key, profile_no, kind, sealed, country, shared, brought, first_at, find_key)
    select key, profile_no, kind, sealed, country, shared, brought, first_at, find_key from profile_keys order by rowid;
drop table profile_keys;
alter table identifiers rename to profile_keys;
create index profile_keys_by_profile on profile_keys (profile_no);
create index profile_keys_by_find on profile_keys (find_key) where find_key is not null;

create table profile_finds (
    key  blob primary key not null,          -- the first 16 bytes: 128 bits of a keyed hash, no two values share them
    no   integer not null                    -- in profile_keys
) without rowid;
insert into profile_finds (key, no) select substr(key, 1, 16), no from profile_keys order by 1;
create table profile_finds_young (
    key  blob primary key not null,
    no   integer not null
) without rowid;
create trigger profile_keys_gone after delete on profile_keys begin
    delete from profile_finds where key = substr(old.key, 1, 16);
    delete from profile_finds_young where key = substr(old.key, 1, 16);
end;
