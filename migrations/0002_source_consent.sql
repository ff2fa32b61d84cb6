-- Whether the browser tag of this source sends and stores nothing until the visitor has agreed to marketing.
alter table sources add column consent_required integer not null default 0 check (consent_required in (0, 1));
