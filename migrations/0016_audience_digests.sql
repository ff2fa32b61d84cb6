-- Identifiers of lists in the order in which they were wanted (docs/adr/0008): what was sent of them is one number a list and
-- kind, and not a mark on each of them.

-- The identifiers of one kind of an audience at a destination stand on two sides: those that belong into the list, with an even
-- number, and those that have to leave it, with the odd one after it. Half of it is the number of both together, the set.
create table audience_sides (
    no              integer primary key not null,
    audience_id     blob not null,
    destination_id  blob not null references destinations (id) on delete cascade,
    kind            text not null,                  -- email | phone | mobile_ad_id
    wanted          integer not null check (wanted in (0, 1)),  -- 0 on both sides once the audience is deleted
    last_no         integer not null,               -- the highest number that was given to an identifier of it
    sent_no         integer not null,               -- up to here the destination knows them
    again_no        integer not null,               -- up to here only those of members are sent: they were before
    held            integer not null default 0,     -- identifiers of it
    unsent          integer not null default 0,     -- those of them above sent_no
    resets          integer not null default 0      -- how many times sent_no went back
);
create index audience_sides_by_link on audience_sides (audience_id, destination_id, kind, wanted);
create index audience_sides_by_destination on audience_sides (destination_id);

-- An identifier. Its number begins with that of its side (the bits from the 41st on); a new one stands behind all others there,
-- and changing sides makes it a new one.
create table audience_digests (
    no          integer primary key not null,
    set_no      integer not null,
    digest      blob not null,                      -- SHA-256, as the destination knows it
    profile_no  integer                             -- who has it; null once erased
);
-- 96 bits of a SHA-256: no two identifiers share them.
create unique index audience_digests_by_digest on audience_digests (set_no, substr(digest, 1, 12));
create index audience_digests_by_profile on audience_digests (profile_no) where profile_no is not null;

-- Those that the destination refused. They are tried again after a while, and don't hold up the others.
create table audience_refused (
    no        integer primary key not null,         -- the identifier's
    refusals  integer not null,
    retry_at  integer not null,
    reason    text not null
);

-- Others who have an identifier of audience_digests, too: it stays wanted while one of them is in.
create table audience_shares (
    set_no      integer not null,
    digest      blob not null,
    profile_no  integer not null,
    primary key (set_no, digest, profile_no)
) without rowid;
create index audience_shares_by_profile on audience_shares (profile_no);

insert into audience_sides (no, audience_id, destination_id, kind, wanted, last_no, sent_no, again_no)
    select 2 * s.no + (w.value = 0), s.audience_id, s.destination_id, s.kind, w.value,
           (2 * s.no + (w.value = 0)) << 41, (2 * s.no + (w.value = 0)) << 41, (2 * s.no + (w.value = 0)) << 41
    from (select row_number() over (order by audience_id, destination_id, kind) as no, audience_id, destination_id, kind
          from (select distinct audience_id, destination_id, kind from audience_sync)) s
    join json_each('[1, 0]') w;
-- First those that the destination knows, or has refused, then those that wait.
insert into audience_digests (no, set_no, digest, profile_no)
    select (d.no << 41) + row_number() over (
               partition by d.no order by s.wanted_version > s.synced_version and s.refused is null, s.digest),
           d.no >> 1, unhex(s.digest), s.profile_no
    from audience_sync s join audience_sides d on d.audience_id = s.audience_id and d.destination_id = s.destination_id
         and d.kind = s.kind and d.wanted = s.wanted
    where length(unhex(s.digest)) = 32 and (s.wanted = 1 or s.wanted_version > s.synced_version);
insert into audience_refused (no, refusals, retry_at, reason)
    select g.no, s.refusals, s.retry_at, s.refused
    from audience_sync s join audience_sides d on d.audience_id = s.audience_id and d.destination_id = s.destination_id
         and d.kind = s.kind and d.wanted = s.wanted
    join audience_digests g on g.set_no = d.no >> 1 and substr(g.digest, 1, 12) = substr(unhex(s.digest), 1, 12)
    where s.refused is not null and s.wanted_version > s.synced_version;
update audience_sides set held = c.held, unsent = c.waiting, last_no = last_no + c.held, sent_no = sent_no + c.held - c.waiting
    from (select d.no, count(*) as held, sum(s.wanted_version > s.synced_version and s.refused is null) as waiting
          from audience_sync s join audience_sides d on d.audience_id = s.audience_id
               and d.destination_id = s.destination_id and d.kind = s.kind and d.wanted = s.wanted
          where length(unhex(s.digest)) = 32 and (s.wanted = 1 or s.wanted_version > s.synced_version)
          group by d.no) c
    where c.no = audience_sides.no;
insert into audience_shares (set_no, digest, profile_no)
    select d.no >> 1, unhex(s.digest), s.profile_no
    from audience_sync_shares s join audience_sides d on d.audience_id = s.audience_id
         and d.destination_id = s.destination_id and d.kind = s.kind and d.wanted = 1
    where length(unhex(s.digest)) = 32;
drop table audience_sync_shares;
drop table audience_sync;

create trigger audience_sides_gone after delete on audience_sides begin
    delete from audience_digests where no > old.no << 41 and no < (old.no + 1) << 41;
    delete from audience_refused where no > old.no << 41 and no < (old.no + 1) << 41;
    delete from audience_shares where set_no = old.no >> 1;
end;

-- Identifiers that have to leave a list which is no longer the audience's, many in one row.
create table audience_farewell_blocks (
    no              integer primary key autoincrement,
    audience_id     blob not null,
    destination_id  blob not null references destinations (id) on delete cascade,
    list_id         text not null,
    kind            text not null,
    count           integer not null,
    digests         blob not null                   -- 32 bytes each, one after the other
);
insert into audience_farewell_blocks (audience_id, destination_id, list_id, kind, count, digests)
    select audience_id, destination_id, list_id, kind, count(*), unhex(group_concat(digest, ''))
    from (select *, row_number() over (partition by audience_id, destination_id, list_id, kind order by digest) as place
          from audience_farewells where length(unhex(digest)) = 32)
    group by audience_id, destination_id, list_id, kind, place / 10000;
drop table audience_farewells;
alter table audience_farewell_blocks rename to audience_farewells;
create index audience_farewells_by_link on audience_farewells (audience_id, destination_id);
create index audience_farewells_by_list on audience_farewells (list_id);
create index audience_farewells_by_destination on audience_farewells (destination_id);

-- How many members have no identifier that the destination takes, so that a page need not count them.
alter table audience_links add column skipped integer not null default 0;
update audience_links set skipped = (
    select count(*) from audience_sync_skipped s
    where s.audience_id = audience_links.audience_id and s.destination_id = audience_links.destination_id);
create trigger audience_sync_skipped_more after insert on audience_sync_skipped begin
    update audience_links set skipped = skipped + 1
        where audience_id = new.audience_id and destination_id = new.destination_id;
end;
create trigger audience_sync_skipped_less after delete on audience_sync_skipped begin
    update audience_links set skipped = skipped - 1
        where audience_id = old.audience_id and destination_id = old.destination_id;
end;

-- Who comes into an audience and goes out of it with a rule that is being worked out (docs/adr/0008). Until that is complete,
-- everybody is seen as before; then `turned` is set, which is the turn for all of them at once, and they are settled one by one.
alter table audience_members add column turn integer not null default 0 check (turn in (0, 1, 2));  -- 1 comes, 2 goes
create index audience_members_turning on audience_members (audience_id, profile_no) where turn <> 0;
alter table audiences add column turned integer not null default 0 check (turned in (0, 1));
alter table audiences add column coming integer not null default 0;
alter table audiences add column going integer not null default 0;
create view audience_insiders as
    select m.audience_id, m.profile_no, m.since, m.by_hand
    from audience_members m join audiences a on a.id = m.audience_id where m.turn <> 1 + a.turned;
