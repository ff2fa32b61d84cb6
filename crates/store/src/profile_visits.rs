//! What browsers told of people: the last ad click, the pixel's cookie, the last page. And the site of each source.

use std::collections::BTreeMap;

use domain::{
    SourceId, WorkspaceId,
    profile::{Outcome, ProfileId},
};
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use crate::{Keys, SightedEvent, StoreError};

/// Takes over what is newer; used by new events and by merges.
macro_rules! newer_wins {
    () => {
        " on conflict (profile_no) do update set
            click = case when excluded.click_at >= coalesce(click_at, 0) then excluded.click else click end,
            click_at = max(coalesce(excluded.click_at, 0), coalesce(click_at, 0)),
            cookie = case when excluded.cookie_at >= coalesce(cookie_at, 0) then excluded.cookie else cookie end,
            cookie_at = max(coalesce(excluded.cookie_at, 0), coalesce(cookie_at, 0)),
            page = case when excluded.page_at >= coalesce(page_at, 0) then excluded.page else page end,
            page_at = max(coalesce(excluded.page_at, 0), coalesce(page_at, 0))"
    };
}

/// What a visit's parts are sealed for. Not bound to the person: merges hand it over.
pub(crate) fn visit_place(workspace: WorkspaceId, part: &str) -> String {
    format!("profile_visits/{workspace}/{part}")
}

/// Hands the visits of `$1` to `$2`.
pub(crate) const MERGE: [&str; 2] = [
    concat!(
        "insert into profile_visits (profile_no, click, click_at, cookie, cookie_at, page, page_at)
         select $2, click, click_at, cookie, cookie_at, page, page_at from profile_visits where profile_no = $1",
        newer_wins!()
    ),
    "delete from profile_visits where profile_no = $1 and $2 > 0",
];

/// Keeps what the events tell of visits, and of the sites of their sources.
pub(crate) async fn write(
    conn: &mut SqliteConnection,
    keys: &Keys,
    seen: &[&SightedEvent],
    outcome: &Outcome,
) -> Result<(), StoreError> {
    write_sites(conn, seen).await?;
    let mut newest: BTreeMap<(ProfileId, &str), (i64, &str, WorkspaceId)> = BTreeMap::new();
    for (event, person) in seen.iter().zip(&outcome.people) {
        let (Some(person), visit) = (person, &event.told.visit) else { continue };
        for (part, text) in [("click", &visit.click_id), ("cookie", &visit.cookie), ("page", &visit.page)] {
            let Some(text) = text else { continue };
            let at = event.told.at.0;
            let kept = newest.entry((*person, part)).or_insert((at, text, event.workspace));
            if at >= kept.0 {
                *kept = (at, text, event.workspace);
            }
        }
    }
    let mut rows: BTreeMap<ProfileId, BTreeMap<&str, Value>> = BTreeMap::new();
    for ((person, part), (at, text, workspace)) in newest {
        let sealed = const_hex::encode(keys.seal(&visit_place(workspace, part), text.as_bytes()));
        rows.entry(person).or_default().insert(part, json!([sealed, at]));
    }
    if rows.is_empty() {
        return Ok(());
    }
    let rows: Vec<Value> = rows.into_iter().map(|(person, parts)| json!([person.0, parts])).collect();
    sqlx::query(concat!(
        "insert into profile_visits (profile_no, click, click_at, cookie, cookie_at, page, page_at)
         select value ->> '$[0]', unhex(value ->> '$[1].click[0]'), value ->> '$[1].click[1]',
                unhex(value ->> '$[1].cookie[0]'), value ->> '$[1].cookie[1]',
                unhex(value ->> '$[1].page[0]'), value ->> '$[1].page[1]'
         from json_each($1) where true",
        newer_wins!()
    ))
    .bind(Value::Array(rows).to_string())
    .execute(conn)
    .await?;
    Ok(())
}

/// Events of a source that name no page are of the site that others of it named last.
async fn write_sites(conn: &mut SqliteConnection, seen: &[&SightedEvent]) -> Result<(), StoreError> {
    let sites: BTreeMap<SourceId, String> =
        seen.iter().filter_map(|event| Some((event.source, event.told.visit.site()?))).collect();
    for (source, site) in sites {
        sqlx::query("update sources set site = $2 where id = $1 and site is not $2")
            .bind(source.0)
            .bind(site)
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}
