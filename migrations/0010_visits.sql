-- What browsers told of people: filled into events that lack it. Sealed; merged with merges and gone with erasing.
create table profile_visits (
    profile_no  integer primary key not null,
    click       blob,                        -- the click id of the last ad click
    click_at    integer,
    cookie      blob,                        -- the pixel's cookie _scid
    cookie_at   integer,
    page        blob,                        -- the address of the last page
    page_at     integer
);
-- The site of the last page that events of this source named: where its events without a page happened.
alter table sources add column site text;
