//! The statement that stores a group of events, and the procedure behind it.
//!
//! A group is one row that is inserted into a view, and what is to be done with it is the view's trigger. So a group costs one
//! answer of the database's thread: as a transaction of ten statements it costs more than twenty, and each wakes a thread.
//! As one statement it is also done as a whole or not at all, without a transaction around it.

use domain::{
    delivery::code,
    options::PURCHASE,
    time::{DAY, HOUR},
};
use serde_json::json;

use crate::{
    ingest::FIXED,
    young_messages::{self, CATCH_UP},
};

/// How long a repeated `messageId` counts as a duplicate (contract section 3).
pub const DUPLICATE_WINDOW: i64 = 7 * DAY;
/// How old an event may be on arrival and still be delivered (contract section 3).
pub const DELIVERY_AGE: i64 = 7 * DAY;
/// What is left of that age after an event was held: time for tries.
const HOLD_SPARE: i64 = 6 * HOUR;

/// Stores a group: `$1` the events, `$2` now, `$3` their workspaces, `$4`/`$5` the places of events that say no/yes to marketing,
/// `$6` what was handed to pixels, `$7` the content of the events. No two of them may have one message. Answers with `base` and the
/// places of the events that are new, as one JSON list. An event's number is `base` + 1 + its place.
pub(crate) const INSERT_GROUP: &str =
    "insert into ingest_group (base, events, now, workspaces, refusing, agreeing, handed, content)
     select coalesce(max(seq), 0), $1, $2, $3, $4, $5, $6, $7 from sqlite_sequence where name = 'events'
     returning base, (select json_group_array(id - base - 1) from events where id > base)";

/// Makes what [`INSERT_GROUP`] is inserted into, in one connection.
pub(crate) fn procedure() -> String {
    let steps = [CATCH_UP.into(), events(), deliveries(), HANDED.into(), hours(), COUNTS.into()];
    format!(
        "{}
         create temp view ingest_group (base, events, now, workspaces, refusing, agreeing, handed, content) as
         select null, null, null, null, null, null, null, null;
         create temp trigger ingest_group_arrives instead of insert on ingest_group begin {} end",
        young_messages::TABLES,
        steps.join(" ")
    )
}

/// Stores the events whose message is new. It may be known from memory, from the table of seven days, or from that of earlier versions.
fn events() -> String {
    let seen = |table: &str| {
        format!(
            "not exists (select 1 from {table} k cross join events e on e.id = k.event_id
                         where k.key = r.message_key and e.source_id = r.source_id and e.message_id = r.message_id
                         and e.received_at > new.now - {DUPLICATE_WINDOW})"
        )
    };
    format!(
        "insert into events (id, source_id, workspace_id, message_id, message_key, kind, name, event_key, occurred_at,
                             received_at, body, sealed, order_id, email_key, phone_key, person, notes)
         with r as materialized ( -- otherwise each look into a row copies it
             select key, value, at + {FIXED} as body_at, body, sealed, message_key, message_id,
                    substr(new.content, at, 16) as source_id, substr(new.content, at + 16, 16) as workspace_id,
                    substr(new.content, at + 32, 32) as email_key, substr(new.content, at + 64, 32) as phone_key
             from (select key, value, value ->> '$[0]' as at, value ->> '$[1]' as body, value ->> '$[2]' as sealed,
                          value ->> '$[3]' as message_key, value ->> '$[4]' as message_id
                   from jsonb_each(new.events) limit -1) -- otherwise they are looked for again wherever they are named
         )
         select new.base + 1 + r.key, r.source_id, r.workspace_id, r.message_id, r.message_key, r.value ->> '$[5]',
                r.value ->> '$[6]', r.value ->> '$[7]', r.value ->> '$[8]', r.value ->> '$[9]',
                cast(substr(new.content, r.body_at, r.body) as text),
                nullif(substr(new.content, r.body_at + r.body, r.sealed), zeroblob(0)), r.value ->> '$[10]',
                nullif(r.email_key, zeroblob(32)), nullif(r.phone_key, zeroblob(32)), r.value ->> '$[11]', r.value ->> '$[12]'
         from r
         where {} and {}
           and (not exists (select 1 from seen_messages)
                or not exists (select 1 from seen_messages s where s.source_id = r.source_id and s.message_id = r.message_id
                               and s.seen_at > new.now - {DUPLICATE_WINDOW}));",
        seen("young_messages"),
        seen("message_keys")
    )
}

/// One server-side delivery per new event and destination of its workspace, born `filtered` where it is not to be sent.
fn deliveries() -> String {
    let reasons = born_filtered().replace('\'', "''");
    format!(
        "insert into deliveries (id, workspace_id, destination_id, event_id, event_key, side, snap_event, state, due_at,
                                 reason_code, reason, created_at, finished_at)
         with d as materialized (
             select id, workspace_id, enabled, send_server_side,
                    coalesce(settings ->> 'hold_seconds', 0) * 1000 as hold,
                    coalesce(settings ->> 'hold_purchases', 0) as holds_purchases,
                    row_number() over (partition by workspace_id order by id) as place
             from destinations where workspace_id in (select unhex(value) from json_each(new.workspaces))
         ), judged as (
             select e.id as event_id, e.workspace_id, e.event_key, d.id as destination_id, d.place,
                    nullif(s.snap_event, '') as snap_event,
                    case when s.snap_event = '{PURCHASE}' and not d.holds_purchases then 0
                         when e.occurred_at + {DELIVERY_AGE} < new.now + d.hold + {HOLD_SPARE} then 0
                         else d.hold end as hold,
                    case when not d.enabled then 'destination_disabled'
                         when not d.send_server_side then 'server_side_off'
                         when coalesce(s.server, 0) = 0 or s.snap_event = '' then 'switched_off'
                         when new.refusing <> '[]' and e.id in (select new.base + 1 + value from json_each(new.refusing))
                         then 'no_consent'
                         when src.consent_required and e.id not in (select new.base + 1 + value from json_each(new.agreeing))
                         then 'no_consent'
                         when e.occurred_at < e.received_at - {DELIVERY_AGE} then 'too_old' end as code
             from events e
             cross join d on d.workspace_id = e.workspace_id
             left join event_settings s on s.destination_id = d.id and s.event_key = e.event_key
             left join sources src on src.id = e.source_id
             where e.id > new.base
         )
         select event_id * 4096 + place, workspace_id, destination_id, event_id, event_key, 'server', snap_event,
                case when code is null then 'waiting' else 'filtered' end, new.now + hold, code, '{reasons}' ->> code, new.now,
                case when code is not null then new.now end
         from judged;"
    )
}

/// What the browser tag says that it handed to a pixel, where the event workflow agrees.
const HANDED: &str =
    "insert into deliveries (id, workspace_id, destination_id, event_id, event_key, side, snap_event, state, due_at,
                             reason_code, reason, created_at, finished_at)
     with d as materialized (
         select id, workspace_id, row_number() over (partition by workspace_id order by id) as place, enabled
         from destinations
         where new.handed <> '[]' and workspace_id in (select unhex(value) from json_each(new.workspaces))
     )
     select e.id * 4096 + 2048 + d.place, e.workspace_id, d.id, e.id, e.event_key, 'client', s.snap_event,
            'delivered', new.now, 'handed_to_pixel', 'The browser tag handed it to the Snap Pixel.', new.now, new.now
     from (select distinct new.base + 1 + (value ->> '$[0]') as event_id, unhex(value ->> '$[1]') as destination_id
           from json_each(new.handed)) h
     join events e on e.id = h.event_id
     join d on d.id = h.destination_id and d.workspace_id = e.workspace_id and d.enabled
     join event_settings s on s.destination_id = d.id and s.event_key = e.event_key and s.client
     order by e.id, d.place;";

/// The hourly counts of events and of deliveries that are finished already.
fn hours() -> String {
    format!(
        "insert into event_hours (workspace_id, hour, event_key, source_id, name, received, last_at)
         select workspace_id, received_at - received_at % {HOUR}, event_key, source_id, max(name), count(*), max(received_at)
         from events not indexed where id > new.base group by 1, 2, 3, 4
         on conflict (workspace_id, hour, event_key, source_id) do update
         set name = excluded.name, received = received + excluded.received, last_at = max(last_at, excluded.last_at);
         insert into delivery_hours (destination_id, hour, event_key, delivered, filtered)
         select destination_id, new.now - new.now % {HOUR}, event_key, sum(state = 'delivered'), sum(state = 'filtered')
         from deliveries not indexed where id >= (new.base + 1) * 4096 and state in ('delivered', 'filtered') group by 1, 3
         on conflict (destination_id, hour, event_key) do update
         set delivered = delivered + excluded.delivered, filtered = filtered + excluded.filtered;"
    )
}

/// What waits at each destination.
const COUNTS: &str = "insert into delivery_counts (destination_id, waiting)
     select destination_id, count(*) from deliveries not indexed
     where id >= (new.base + 1) * 4096 and state = 'waiting' group by 1
     on conflict (destination_id) do update set waiting = waiting + excluded.waiting;";

/// Why deliveries are born filtered, by code.
fn born_filtered() -> String {
    let reasons = json!({
        code::DESTINATION_DISABLED: "The destination was disabled when the event arrived.",
        code::SERVER_SIDE_OFF: "“Send data via Server-side” was off when the event arrived.",
        code::SWITCHED_OFF: "Server-side was off for this event in the event workflow when it arrived.",
        code::NO_CONSENT: "There is no marketing consent: the event says so, or its source requires context.consent.marketing to be true.",
        code::TOO_OLD: "It happened more than 7 days before it arrived.",
    });
    reasons.to_string()
}
