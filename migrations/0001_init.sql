-- Times are Unix milliseconds (UTC). Ids are UUID v7 as 16-byte blobs, except events and deliveries: numbers that
-- count up. *_sealed columns hold XChaCha20-Poly1305 ciphertext; *_key columns hold keyed hashes for look-ups.

create table workspaces (
    id          blob primary key not null,
    name        text not null,
    created_at  integer not null
);

create table users (
    id             blob primary key not null,
    name           text not null,
    email_key      blob not null unique,    -- keyed hash of the folded address
    email_sealed   blob not null,
    password_hash  text not null,           -- argon2id, PHC string
    created_at     integer not null
);

create table memberships (
    workspace_id  blob not null references workspaces (id),
    user_id       blob not null references users (id),
    role          text not null check (role in ('admin', 'marketer', 'viewer')),
    primary key (workspace_id, user_id)
) without rowid;
create index memberships_by_user on memberships (user_id);

create table sessions (
    id_hash     blob primary key not null,   -- SHA-256 of the cookie's id
    user_id     blob,                        -- so that a change of password ends the other sessions
    data        text not null,
    expires_at  integer not null
);
create index sessions_by_expiry on sessions (expires_at);
create index sessions_by_user on sessions (user_id) where user_id is not null;

create table sources (
    id               blob primary key not null,
    workspace_id     blob not null references workspaces (id),
    name             text not null,
    name_key         text not null,
    write_key        text not null unique,
    old_write_key    text unique,            -- accepted until old_key_until after a rotation
    old_key_until    integer,
    default_country  text,                   -- ISO 3166 alpha-2
    enabled          integer not null default 1,
    created_at       integer not null,
    unique (workspace_id, name_key)
);

create table destinations (
    id                  blob primary key not null,
    workspace_id        blob not null references workspaces (id),
    type                text not null,
    name                text not null,
    name_key            text not null,
    enabled             integer not null default 1,
    send_server_side    integer not null default 0,
    business_id         text,
    business_name       text,
    ad_account_id       text,
    ad_account_name     text,
    pixel_id            text,
    pixel_name          text,
    settings            text not null default '{}',   -- further settings of the type, JSON without secrets
    capi_token_sealed   blob,
    capi_token_last4    text,
    capi_token_set_at   integer,
    -- How deliveries fare: ok | retrying | needs_reconnect | paused, with a sentence. Written by the worker; reset by a change of the configuration.
    health              text not null default 'ok' check (health in ('ok', 'retrying', 'needs_reconnect', 'paused')),
    health_reason       text,
    health_until        integer,             -- the worker's next probe while not ok
    batch_limit         integer,             -- learnt from 413 answers
    workflow_version    integer not null default 0,
    first_event_id      integer not null,    -- events from here on have a delivery for it: what `check` counts from
    created_at          integer not null,
    unique (workspace_id, name_key)
);

-- The Snapchat login of a destination.
create table connections (
    destination_id   blob primary key not null references destinations (id) on delete cascade,
    login_name       text not null,
    access_sealed    blob not null,
    refresh_sealed   blob,
    expires_at       integer not null,
    refresh_at       integer not null,       -- 80 % of its life: from here on a new access token is fetched
    refreshing_until integer,                -- one process at a time refreshes: a rotated refresh token works once
    token_no         integer not null default 0,   -- up with each stored token set
    scope            text,
    problem          text,                   -- why it is no longer accepted, or what the new login does not see
    connected_at     integer not null,
    connected_by     blob
);

-- A consent under way: one-time, bound to the session and the destination.
create table oauth_states (
    state_hash      blob primary key not null,   -- SHA-256 of the state parameter
    session_hash    blob not null,
    destination_id  blob not null references destinations (id) on delete cascade,
    user_id         blob not null,
    expires_at      integer not null,
    used_at         integer
);

create table event_settings (
    destination_id  blob not null references destinations (id) on delete cascade,
    event_key       text not null,          -- domain::catalogue::setting_key
    event           text not null,
    snap_event      text not null,
    server          integer not null,
    client          integer not null,
    fields          text not null default '{}',   -- field rules, JSON
    primary key (destination_id, event_key)
) without rowid;

-- Events as they were accepted. The body has its personal data masked; `sealed` holds the masked values by path.
create table events (
    id            integer primary key autoincrement,
    workspace_id  blob not null,
    source_id     blob not null,
    message_id    text not null check (length(message_id) between 1 and 200),
    kind          text not null,
    name          text not null,
    event_key     text not null,             -- domain::catalogue::setting_key
    occurred_at   integer not null,
    received_at   integer not null,
    body          text not null,
    sealed        blob,
    order_id      text,
    email_key     blob,                      -- for search
    phone_key     blob,
    person        text,                      -- masked, for recognising
    notes         text                       -- oddities met while reading, JSON
);
create index events_by_workspace on events (workspace_id, id);
create index events_by_name on events (workspace_id, event_key, id);
create index events_by_message on events (workspace_id, message_id);
create index events_by_order on events (workspace_id, order_id) where order_id is not null;
create index events_by_email on events (workspace_id, email_key) where email_key is not null;
create index events_by_source on events (source_id, id);

-- What makes an event arrive once: kept for 7 days.
create table seen_messages (
    source_id   blob not null,
    message_id  text not null,
    seen_at     integer not null,
    event_id    integer not null,            -- the event that it became
    primary key (source_id, message_id)
) without rowid;
create index seen_messages_by_time on seen_messages (seen_at);

-- What makes a purchase be sent once per destination: kept for 30 days.
create table sent_orders (
    destination_id  blob not null references destinations (id) on delete cascade,
    order_key       text not null,           -- snap event + order id
    event_id        integer not null,
    sent_at         integer not null,
    primary key (destination_id, order_key)
) without rowid;
create index sent_orders_by_time on sent_orders (sent_at);
create index sent_orders_by_event on sent_orders (event_id);

-- One row per event, destination and side, for every destination that was there when the event arrived (docs/states.md).
-- Its number is event_id * 4096 + the destination's place (+ 2048 for the client side), so that numbers follow arrival.
create table deliveries (
    id                integer primary key not null,
    workspace_id      blob not null,
    destination_id    blob not null references destinations (id) on delete cascade,
    event_id          integer not null,
    event_key         text not null,
    side              text not null check (side in ('server', 'client')),
    snap_event        text,
    state             text not null check (state in ('waiting', 'leased', 'delivered', 'dead', 'filtered')),
    due_at            integer not null,
    lease_no          integer not null default 0,    -- up with each claim, never down
    lease_until       integer,
    failures          integer not null default 0,    -- up with each real failure only
    crashes           integer not null default 0,
    attempts          integer not null default 0,    -- rows in attempts
    first_unanswered  integer,
    reason_code       text,
    reason            text,
    warnings          text,                          -- JSON
    sent              text,                          -- the mapped item as last sent, hashed and masked, JSON
    created_at        integer not null,
    finished_at       integer,
    unique (event_id, destination_id, side),
    constraint finished_iff_final check ((state in ('delivered', 'dead', 'filtered')) = (finished_at is not null)),
    constraint leased_has_lease check ((state = 'leased') = (lease_until is not null))
);
create index deliveries_due on deliveries (destination_id, due_at, id) where state = 'waiting' and crashes = 0;
create index deliveries_suspect on deliveries (destination_id, due_at, id) where state = 'waiting' and crashes > 0;
create index deliveries_leased on deliveries (lease_until) where state = 'leased';
create index deliveries_by_destination on deliveries (destination_id, id);
create index deliveries_by_state on deliveries (destination_id, state, id, event_key);
create index deliveries_client on deliveries (destination_id, id) where side = 'client';

-- One row per HTTP request to a destination.
create table requests (
    id              integer primary key autoincrement,
    destination_id  blob not null references destinations (id) on delete cascade,
    at              integer not null,
    duration_ms     integer not null,
    url             text not null,           -- without its query
    status          integer,
    answer          text not null,
    events          integer not null,
    normaliser      integer not null default 0   -- version of the mapping that made it
);
create index requests_by_time on requests (at);
create index requests_by_destination on requests (destination_id);

-- One row per delivery and attempt: added, never changed.
create table attempts (
    delivery_id  integer not null references deliveries (id) on delete cascade,
    number       integer not null,
    request_id   integer,                    -- of requests; without a foreign key, whose check would scan this table
    at           integer not null,
    outcome      text not null,
    detail       text,
    primary key (delivery_id, number)
) without rowid;

-- Counts per hour for pages: received per event name, finished per destination.
create table event_hours (
    workspace_id  blob not null,
    source_id     blob not null,
    event_key     text not null,
    hour          integer not null,          -- start of the hour
    name          text not null,             -- as last received
    received      integer not null,
    last_at       integer not null,
    primary key (workspace_id, event_key, hour, source_id)
) without rowid;

create table delivery_hours (
    destination_id  blob not null references destinations (id) on delete cascade,
    hour            integer not null,
    event_key       text not null,
    delivered       integer not null default 0,
    dead            integer not null default 0,
    filtered        integer not null default 0,
    primary key (destination_id, hour, event_key)
) without rowid;

-- Refused events of the last day, for the source's debugger.
create table rejections (
    id            integer primary key autoincrement,
    source_id     blob not null references sources (id) on delete cascade,
    at            integer not null,
    code          text not null,
    message       text not null,
    excerpt       text not null              -- masked
);
create index rejections_by_source on rejections (source_id, id);

create table audiences (
    id            blob primary key not null,
    workspace_id  blob not null references workspaces (id),
    name          text not null,
    name_key      text not null,
    rule          text not null,             -- JSON: match and conditions
    created_at    integer not null,
    unique (workspace_id, name_key)
);

create table audience_destinations (
    audience_id     blob not null references audiences (id) on delete cascade,
    destination_id  blob not null references destinations (id) on delete cascade,
    primary key (audience_id, destination_id)
) without rowid;

-- Who changed what when. Sentences without secrets or personal data.
create table changes (
    id              integer primary key autoincrement,
    workspace_id    blob not null,
    destination_id  blob,
    user_id         blob,                    -- null: `who` says what did it
    who             text not null,
    what            text not null,
    at              integer not null
);
create index changes_by_workspace on changes (workspace_id, id);
create index changes_by_destination on changes (destination_id, id) where destination_id is not null;
