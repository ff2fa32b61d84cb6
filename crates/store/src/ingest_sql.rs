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
    ingest_rows::FIXED,
    young_messages::{self, CATCH_UP},
};

/// How long a repeated `messageId` counts as a duplicate (contract section 3).
pub const DUPLICATE_WINDOW: i64 = 7 * DAY;
/// How old an event may be on arrival and still be delivered (contract section 3).
pub const DELIVERY_AGE: i64 = 7 * DAY;
/// What is left of that age after an event was held: time for tries.
const HOLD_SPARE: i64 = 6 * HOUR;

/// Stores a group: `$1` the events, `$2` now, `$3` what was handed to pixels, `$4` the content of the events, `$5` their message keys,
/// `$6` their kinds by number, `$7` the kinds. No two events may have one message. Answers with `base` and the places of the events that
/// are new, as one JSON list. An event's number is `base` + 1 + its place.
pub(crate) const INSERT_GROUP: &str =
    "insert into ingest_group (base, events, now, handed, content, keys, kind_of, kinds)
     select coalesce(max(seq), 0), $1, $2, $3, $4, $5, $6, $7 from sqlite_sequence where name = 'events'
     returning base, (select json_group_array(id - base - 1) from events where id > base)";

/// Makes what [`INSERT_GROUP`] is inserted into, in one connection.
///
/// What reads `events` before the group is in it has a trigger of its own: as a step of the group's it would make SQLite copy all events
/// into a table of their own before it inserts them.
pub(crate) fn procedure() -> String {
    let steps = [KINDS.into(), verdicts(), events(), deliveries(), HANDED.into(), hours(), COUNTS.into()];
    format!(
        "{}
         {TABLES}
         create temp view ingest_known (base, events, now, keys, kind_of) as select null, null, null, null, null;
         create temp trigger ingest_known_asked instead of insert on ingest_known begin {CATCH_UP} {} end;
         create temp view ingest_handed (base, now, handed) as select null, null, null;
         create temp trigger ingest_handed_over instead of insert on ingest_handed begin {} end;
         create temp view ingest_group (base, events, now, handed, content, keys, kind_of, kinds) as
         select null, null, null, null, null, null, null, null;
         create temp trigger ingest_group_arrives instead of insert on ingest_group begin {} end",
        young_messages::TABLES,
        repeated(),
        handed(),
        steps.join(" ")
    )
}

/// `repeated`: the events of the group that are known already. `ingest_kinds`: what is the same for many events of the group, and how many of
/// them are new. `verdicts`: what becomes of a kind at a destination, whose place in its workspace makes a delivery's number.
const TABLES: &str = "create temp table repeated (place integer primary key not null, kind, key, source_id, message_id);
     create temp table ingest_kinds (kind integer primary key not null, workspace_id, source_id, call, name, event_key, hour, last_at,
                                     consent, too_old, fresh);
     create temp table verdicts (kind, place, destination_id, snap_event, code, hold, primary key (kind, place)) without rowid;";

const KINDS: &str = "delete from ingest_kinds;
     insert into ingest_kinds
     select key, unhex(value ->> '$[0]'), unhex(value ->> '$[1]'), value ->> '$[2]', value ->> '$[3]', value ->> '$[4]',
            value ->> '$[5]', value ->> '$[6]', value ->> '$[7]', value ->> '$[8]', value ->> '$[9]'
     from jsonb_each(new.kinds);
     insert into ingest_known values (new.base, new.events, new.now, new.keys, new.kind_of);
     update ingest_kinds set fresh = fresh - (select count(*) from repeated r where r.kind = ingest_kinds.kind)
     where exists (select 1 from repeated);";

/// Which messages are known: from memory, from the table of seven days, or from that of earlier versions. Two messages may have one key, so
/// source and id are compared.
fn repeated() -> String {
    format!(
        "delete from repeated;
         insert into repeated (place, kind, key, source_id, message_id)
         select m.key, k.kind, m.value, k.source_id, new.events ->> ('$[' || m.key || '][5]')
         from json_each(new.keys) m cross join ingest_kinds k on k.kind = new.kind_of ->> m.key
         where exists (select 1 from young_messages where key = m.value)
            or exists (select 1 from message_keys where key = m.value);
         delete from repeated where not exists (
             select 1 from (select event_id from young_messages where key = repeated.key
                            union all select event_id from message_keys where key = repeated.key) k
             cross join events e on e.id = k.event_id
             where e.source_id = repeated.source_id and e.message_id = repeated.message_id
               and e.received_at > new.now - {DUPLICATE_WINDOW});
         insert or ignore into repeated (place, kind)
         select r.key, k.kind
         from (select 1 where exists (select 1 from seen_messages)) cross join jsonb_each(new.events) r
         cross join ingest_kinds k on k.kind = r.value ->> '$[3]'
         join seen_messages s on s.source_id = k.source_id and s.message_id = r.value ->> '$[5]'
         where s.seen_at > new.now - {DUPLICATE_WINDOW};"
    )
}

/// What becomes of the events: born `filtered` where they are not to be sent.
fn verdicts() -> String {
    format!(
        "delete from verdicts;
         insert into verdicts
         select k.kind, (select count(*) from destinations o where o.workspace_id = d.workspace_id and o.id <= d.id), d.id,
                nullif(s.snap_event, ''),
                case when not d.enabled then 'destination_disabled'
                     when not d.send_server_side then 'server_side_off'
                     when coalesce(s.server, 0) = 0 or s.snap_event = '' then 'switched_off'
                     when k.consent = 0 or (src.consent_required and k.consent is not 1) then 'no_consent'
                     when k.too_old then 'too_old' end,
                case when s.snap_event = '{PURCHASE}' and not coalesce(d.settings ->> 'hold_purchases', 0) then 0
                     else coalesce(d.settings ->> 'hold_seconds', 0) * 1000 end
         from ingest_kinds k
         cross join destinations d on d.workspace_id = k.workspace_id
         left join event_settings s on s.destination_id = d.id and s.event_key = k.event_key
         left join sources src on src.id = k.source_id;"
    )
}

/// Stores the events whose message is new.
fn events() -> String {
    format!(
        "insert into events (id, source_id, workspace_id, message_id, message_key, kind, name, event_key, occurred_at,
                             received_at, body, sealed, order_id, email_key, phone_key, person, notes)
         with r as materialized ( -- otherwise each look into a row copies it
             select key, value, value ->> '$[0]' as at, value ->> '$[1]' as body from jsonb_each(new.events)
         )
         select new.base + 1 + r.key, k.source_id, k.workspace_id, r.value ->> '$[5]', r.value ->> '$[4]', k.call, k.name,
                k.event_key, r.value ->> '$[6]', r.value ->> '$[7]', cast(substr(new.content, r.at + {FIXED}, r.body) as text),
                nullif(substr(new.content, r.at + {FIXED} + r.body, r.value ->> '$[2]'), x''), r.value ->> '$[8]',
                nullif(substr(new.content, r.at, 32), x'{NO_KEY}'), nullif(substr(new.content, r.at + 32, 32), x'{NO_KEY}'),
                r.value ->> '$[9]', r.value ->> '$[10]'
         from r cross join ingest_kinds k on k.kind = r.value ->> '$[3]'
         where {};",
        fresh("r.key")
    )
}

/// A look-up key that is not there.
const NO_KEY: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Whether the event at a place is new.
fn fresh(place: &str) -> String {
    format!("(not exists (select 1 from repeated) or {place} not in (select place from repeated))")
}

/// One server-side delivery per new event and destination of its workspace.
fn deliveries() -> String {
    let reasons = born_filtered().replace('\'', "''");
    format!(
        "insert into deliveries (id, workspace_id, destination_id, event_id, event_key, side, snap_event, state, due_at,
                                 reason_code, reason, created_at, finished_at)
         select (new.base + 1 + e.key) * 4096 + v.place, k.workspace_id, v.destination_id, new.base + 1 + e.key, k.event_key,
                'server', v.snap_event, case when v.code is null then 'waiting' else 'filtered' end,
                new.now + case when v.hold = 0 then 0
                               when (select occurred_at from events where id = new.base + 1 + e.key) + {DELIVERY_AGE}
                                    < new.now + v.hold + {HOLD_SPARE} then 0
                               else v.hold end,
                v.code, '{reasons}' ->> v.code, new.now, case when v.code is not null then new.now end
         from json_each(new.kind_of) e
         cross join ingest_kinds k on k.kind = e.value
         cross join verdicts v on v.kind = e.value
         where {};",
        fresh("e.key")
    )
}

/// Few events were handed to a pixel, and their step makes several tables.
const HANDED: &str = "insert into ingest_handed select new.base, new.now, new.handed where new.handed <> '[]';";

/// What the browser tag says that it handed to a pixel, where the event workflow agrees.
fn handed() -> String {
    format!(
        "insert into deliveries (id, workspace_id, destination_id, event_id, event_key, side, snap_event, state, due_at,
                                 reason_code, reason, created_at, finished_at)
         select e.id * 4096 + 2048 + v.place, e.workspace_id, v.destination_id, e.id, e.event_key, 'client', s.snap_event,
                'delivered', new.now, 'handed_to_pixel', 'The browser tag handed it to the Snap Pixel.', new.now, new.now
         from (select distinct value ->> '$[0]' as place, value ->> '$[1]' as kind, unhex(value ->> '$[2]') as tail
               from json_each(new.handed)) h
         join events e on e.id = new.base + 1 + h.place
         join verdicts v on v.kind = h.kind and substr(v.destination_id, -4) = h.tail
         join destinations d on d.id = v.destination_id and d.enabled
         join event_settings s on s.destination_id = d.id and s.event_key = e.event_key and s.client
         order by e.id, v.place;
         insert into delivery_hours (destination_id, hour, event_key, delivered)
         select destination_id, new.now - new.now % {HOUR}, event_key, count(*)
         from deliveries not indexed where id >= (new.base + 1) * 4096 and state = 'delivered' group by 1, 3
         on conflict (destination_id, hour, event_key) do update set delivered = delivered + excluded.delivered;"
    )
}

/// The hourly counts of events and of deliveries that are filtered already.
fn hours() -> String {
    format!(
        "insert into event_hours (workspace_id, hour, event_key, source_id, name, received, last_at)
         select workspace_id, hour, event_key, source_id, name, fresh, last_at from ingest_kinds where fresh > 0
         on conflict (workspace_id, hour, event_key, source_id) do update
         set name = excluded.name, received = received + excluded.received, last_at = max(last_at, excluded.last_at);
         insert into delivery_hours (destination_id, hour, event_key, filtered)
         select v.destination_id, new.now - new.now % {HOUR}, k.event_key, k.fresh
         from verdicts v cross join ingest_kinds k on k.kind = v.kind where v.code is not null and k.fresh > 0
         on conflict (destination_id, hour, event_key) do update set filtered = filtered + excluded.filtered;"
    )
}

/// What waits at each destination.
const COUNTS: &str = "insert into delivery_counts (destination_id, waiting)
     select v.destination_id, k.fresh from verdicts v cross join ingest_kinds k on k.kind = v.kind
     where v.code is null and k.fresh > 0
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
