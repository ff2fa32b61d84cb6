//! What a person's page tells beside who they are: their last events and what became of them, the audiences they are in and
//! why, and what destinations hold of them.

use std::collections::HashMap;

use domain::{
    AudienceId, EventId, Timestamp, WorkspaceId,
    audience::Rule,
    delivery::{DeliveryState, Side},
    profile::ProfileId,
    view::audience::{MembershipView, RecentEvent, SentEvent, SyncedIdentifier},
};
use serde_json::json;
use sqlx::{Row, SqliteConnection};

use crate::{
    Store, StoreError,
    audience_evaluation::{line_up, steady},
    audience_rules::{Question, matching},
};

/// Events of a person's page.
const RECENT: i64 = 50;
/// Hex digits of a digest that are shown.
const DIGEST_SHOWN: usize = 12;

impl Store {
    /// The audiences that a person is in, with each condition asked on its own.
    pub(crate) async fn memberships(
        &self,
        conn: &mut SqliteConnection,
        workspace: WorkspaceId,
        id: ProfileId,
        now: Timestamp,
    ) -> Result<Vec<MembershipView>, StoreError> {
        let rows = sqlx::query(
            "select a.id, a.name, a.rule, m.since, m.by_hand from audience_insiders m join audiences a on a.id = m.audience_id
             where m.profile_no = $1 order by a.name_key",
        )
        .bind(id.0)
        .fetch_all(&mut *conn)
        .await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let lineup = line_up(conn, workspace).await?;
        let (now, scope) = (steady(conn, now).await?, [id.0]);
        let question = Question { keys: &self.keys, workspace, now, scope: Some(&scope), audiences: lineup.by_name() };
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            let rule: Rule = serde_json::from_str(row.try_get("rule")?)?;
            let mut conditions = Vec::new();
            for part in parts(&rule) {
                let sentence = part.sentence();
                let words = sentence.strip_prefix("People who ").unwrap_or(&sentence).to_owned();
                conditions.push((words, !matching(conn, &question, &part).await?.is_empty()));
            }
            found.push(MembershipView {
                audience: (AudienceId(row.try_get("id")?), row.try_get("name")?),
                since: Timestamp(row.try_get("since")?),
                why: rule.sentence(),
                conditions,
                by_hand: row.try_get("by_hand")?,
            });
        }
        Ok(found)
    }
}

/// Each condition and group of a rule as a rule of its own.
fn parts(rule: &Rule) -> impl Iterator<Item = Rule> {
    let conditions =
        rule.conditions.iter().map(|condition| Rule { conditions: vec![condition.clone()], ..Rule::default() });
    let groups = rule.groups.iter().map(|group| Rule { groups: vec![group.clone()], ..Rule::default() });
    conditions.chain(groups)
}

/// A person's last events, with what became of each.
pub(crate) async fn recent(
    conn: &mut SqliteConnection,
    workspace: WorkspaceId,
    id: ProfileId,
) -> Result<Vec<RecentEvent>, StoreError> {
    let rows = sqlx::query(
        "select n.name, e.at, e.event_id from profile_names n
         join profile_events e on e.name_no = n.no and e.profile_no = $2
         where n.workspace_id = $1 and n.kind = 'event' order by e.at desc, e.event_id desc limit $3",
    )
    .bind(workspace.0)
    .bind(id.0)
    .bind(RECENT)
    .fetch_all(&mut *conn)
    .await?;
    let mut events = Vec::with_capacity(rows.len());
    for row in &rows {
        events.push(RecentEvent {
            id: EventId(row.try_get("event_id")?),
            event: row.try_get("name")?,
            at: Timestamp(row.try_get("at")?),
            sent: Vec::new(),
        });
    }
    let mut sent = sent(conn, &events).await?;
    for event in &mut events {
        event.sent = sent.remove(&event.id).unwrap_or_default();
    }
    Ok(events)
}

async fn sent(
    conn: &mut SqliteConnection,
    events: &[RecentEvent],
) -> Result<HashMap<EventId, Vec<SentEvent>>, StoreError> {
    let ids: Vec<i64> = events.iter().map(|event| event.id.0).collect();
    let rows = sqlx::query(
        "select d.event_id, t.name, d.side, d.snap_event, d.state, d.reason from json_each($1) e
         join deliveries d on d.id >= e.value * 4096 and d.id < (e.value + 1) * 4096
         join destinations t on t.id = d.destination_id order by d.id",
    )
    .bind(json!(ids).to_string())
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<EventId, Vec<SentEvent>> = HashMap::new();
    for row in &rows {
        let (side, state): (String, String) = (row.try_get("side")?, row.try_get("state")?);
        found.entry(EventId(row.try_get("event_id")?)).or_default().push(SentEvent {
            destination: row.try_get("name")?,
            side: Side::parse(&side).unwrap_or(Side::Server),
            snap_event: row.try_get("snap_event")?,
            state: DeliveryState::parse(&state).unwrap_or(DeliveryState::Waiting),
            reason: row.try_get("reason")?,
        });
    }
    Ok(found)
}

/// What destinations hold of a person, or are about to.
pub(crate) async fn synced(conn: &mut SqliteConnection, id: ProfileId) -> Result<Vec<SyncedIdentifier>, StoreError> {
    let rows = sqlx::query(
        "select a.name as audience, d.name as destination, s.kind, lower(hex(i.digest)) as digest, s.wanted,
                i.no <= s.sent_no and not exists (select 1 from audience_refused r where r.no = i.no) as synced
         from audience_digests i join audience_sides s on s.no = i.no >> 41
         join audiences a on a.id = s.audience_id join destinations d on d.id = s.destination_id
         where i.profile_no = $1 order by a.name_key, d.name_key, s.kind, i.digest",
    )
    .bind(id.0)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let digest: String = row.try_get("digest")?;
            Ok(SyncedIdentifier {
                audience: row.try_get("audience")?,
                destination: row.try_get("destination")?,
                kind: row.try_get("kind")?,
                digest: digest.chars().take(DIGEST_SHOWN).collect(),
                wanted: row.try_get("wanted")?,
                synced: row.try_get("synced")?,
            })
        })
        .collect()
}
