-- Identifiers in the order in which they came, found by the beginning of their key: a narrow index takes a million of them
-- in random order with a fraction of the pages that whole rows in that order took (docs/adr/0006).
create table identifiers (
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
insert into identifiers select key, profile_no, kind, sealed, country, shared, brought, first_at, substr(find_key, 1, 16)
    from profile_keys order by profile_no;
drop table profile_keys;
alter table identifiers rename to profile_keys;
-- 128 bits of a keyed hash: no two values share them.
create unique index profile_keys_by_key on profile_keys (substr(key, 1, 16));
create index profile_keys_by_profile on profile_keys (profile_no);
create index profile_keys_by_find on profile_keys (find_key) where find_key is not null;
