-- Identifiers whose removal from a list that is no longer the audience's was refused: they are tried again later.
alter table audience_farewells add column refusals integer not null default 0;
alter table audience_farewells add column retry_at integer not null default 0;
