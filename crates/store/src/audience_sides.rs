//! The two sides of a list's identifiers of one kind: those that belong into it, and those that have to leave it. Their numbers
//! say on which side they stand and in which order they came there (docs/adr/0008). Whatever moves them keeps the counts.

use std::collections::HashMap;

use domain::{AudienceId, DestinationId, destination::IdentifierKind};
use serde_json::json;
use sqlx::{Row, SqliteConnection};

use crate::StoreError;

/// A SHA-256.
pub(crate) type Digest = [u8; 32];
/// The number of a side stands above these bits of an identifier's number.
const SHIFT: u32 = 41;

/// The side of a set where identifiers belong into the list, or have to leave it.
pub(crate) fn side_of(set: i64, wanted: bool) -> i64 {
    2 * set + i64::from(!wanted)
}

/// Whether an identifier with this number belongs into its list.
pub(crate) fn is_wanted(no: i64) -> bool {
    (no >> SHIFT) & 1 == 0
}

/// The sets of an audience by destination and kind.
pub(crate) async fn read_sets(
    conn: &mut SqliteConnection,
    audience: AudienceId,
) -> Result<HashMap<(DestinationId, IdentifierKind), i64>, StoreError> {
    let rows = sqlx::query("select no >> 1, destination_id, kind from audience_sides where audience_id = $1")
        .bind(audience.0)
        .fetch_all(conn)
        .await?;
    let mut sets = HashMap::new();
    for row in &rows {
        let kind = IdentifierKind::parse(row.try_get(2)?).unwrap_or(IdentifierKind::Email);
        sets.insert((DestinationId(row.try_get(1)?), kind), row.try_get(0)?);
    }
    Ok(sets)
}

/// A new set, with both of its sides.
pub(crate) async fn add_set(
    conn: &mut SqliteConnection,
    audience: AudienceId,
    destination: DestinationId,
    kind: IdentifierKind,
) -> Result<i64, StoreError> {
    let set: i64 =
        sqlx::query_scalar("select coalesce(max(no), 1) / 2 + 1 from audience_sides").fetch_one(&mut *conn).await?;
    for wanted in [true, false] {
        let side = side_of(set, wanted);
        sqlx::query(
            "insert into audience_sides (no, audience_id, destination_id, kind, wanted, last_no, sent_no, again_no)
             values ($1, $2, $3, $4, $5, $6, $6, $6)",
        )
        .bind(side)
        .bind(audience.0)
        .bind(destination.0)
        .bind(kind.as_str())
        .bind(wanted)
        .bind(side << SHIFT)
        .execute(&mut *conn)
        .await?;
    }
    Ok(set)
}

/// Makes room for so many identifiers behind the others of a side; the number before the first of them.
async fn make_room(conn: &mut SqliteConnection, side: i64, count: usize) -> Result<i64, StoreError> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let last: i64 =
        sqlx::query_scalar("update audience_sides set last_no = last_no + $2 where no = $1 returning last_no")
            .bind(side)
            .bind(count)
            .fetch_one(conn)
            .await?;
    Ok(last - count)
}

/// So many identifiers came to a side, none of which was sent.
async fn count_new(conn: &mut SqliteConnection, side: i64, count: u64) -> Result<(), StoreError> {
    sqlx::query("update audience_sides set held = held + $2, unsent = unsent + $2 where no = $1")
        .bind(side)
        .bind(i64::try_from(count).unwrap_or(0))
        .execute(conn)
        .await?;
    Ok(())
}

/// Adds identifiers, but for those that are there on one of the sides; how many came, and the number before the first.
/// They should be in order: then they change few pages of the index.
pub(crate) async fn append(
    conn: &mut SqliteConnection,
    set: i64,
    wanted: bool,
    rows: &[(Digest, Option<i64>)],
) -> Result<(u64, i64), StoreError> {
    let side = side_of(set, wanted);
    let before = make_room(conn, side, rows.len()).await?;
    let people: Vec<Option<i64>> = rows.iter().map(|(_, person)| *person).collect();
    let digests: Vec<u8> = rows.iter().flat_map(|(digest, _)| *digest).collect();
    let done = sqlx::query(
        "insert into audience_digests (no, set_no, digest, profile_no)
         select $1 + 1 + p.key, $2, substr($3, 1 + 32 * p.key, 32), p.value from json_each($4) p where true
         on conflict do nothing",
    )
    .bind(before)
    .bind(set)
    .bind(digests)
    .bind(json!(people).to_string())
    .execute(&mut *conn)
    .await?;
    let came = done.rows_affected();
    count_new(conn, side, came).await?;
    Ok((came, before))
}

/// Moves identifiers, each to a person (or nobody), to a side of their set, behind the others there.
pub(crate) async fn move_to(
    conn: &mut SqliteConnection,
    set: i64,
    wanted: bool,
    moved: &[(i64, Option<i64>)],
) -> Result<(), StoreError> {
    if moved.is_empty() {
        return Ok(());
    }
    let numbers: Vec<i64> = moved.iter().map(|(no, _)| *no).collect();
    uncount(conn, &numbers).await?;
    let side = side_of(set, wanted);
    let before = make_room(conn, side, moved.len()).await?;
    let done = sqlx::query(
        "update audience_digests set no = $2 + 1 + m.key, profile_no = m.value ->> '$[1]'
         from json_each($1) m where audience_digests.no = m.value ->> '$[0]'",
    )
    .bind(json!(moved).to_string())
    .bind(before)
    .execute(&mut *conn)
    .await?;
    count_new(conn, side, done.rows_affected()).await
}

/// Forgets identifiers.
pub(crate) async fn forget(conn: &mut SqliteConnection, numbers: &[i64]) -> Result<(), StoreError> {
    uncount(conn, numbers).await?;
    sqlx::query("delete from audience_digests where no in (select value from json_each($1))")
        .bind(json!(numbers).to_string())
        .execute(conn)
        .await?;
    Ok(())
}

/// Those of these identifiers that are there leave their sides' counts, and are refused no more.
async fn uncount(conn: &mut SqliteConnection, numbers: &[i64]) -> Result<(), StoreError> {
    for sql in [
        "update audience_sides set held = held - c.all_of_them, unsent = unsent - c.not_sent
         from (select s.no, count(*) as all_of_them, sum(d.no > s.sent_no) as not_sent
               from json_each($1) n join audience_digests d on d.no = n.value join audience_sides s on s.no = d.no >> 41
               group by s.no) c
         where c.no = audience_sides.no",
        "delete from audience_refused where no in (select value from json_each($1))",
    ] {
        sqlx::query(sql).bind(json!(numbers).to_string()).execute(&mut *conn).await?;
    }
    Ok(())
}

/// Which sides of a link.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Which {
    /// Of one kind only.
    pub kind: Option<IdentifierKind>,
    /// On one side only.
    pub wanted: Option<bool>,
}

/// All of these sides is to be sent again: of everybody, or only of members among those that were sent before.
pub(crate) async fn send_again(
    conn: &mut SqliteConnection,
    link: (AudienceId, DestinationId),
    which: Which,
    members_only: bool,
) -> Result<(), StoreError> {
    for sql in [
        "delete from audience_refused where $5 = $5 and exists (
             select 1 from audience_sides s where s.no = audience_refused.no >> 41 and s.audience_id = $1
             and s.destination_id = $2 and ($3 is null or s.kind = $3) and ($4 is null or s.wanted = $4))",
        "update audience_sides
         set again_no = case when $5 then max(again_no, sent_no) else no << 41 end,
             sent_no = no << 41, unsent = held, resets = resets + 1
         where audience_id = $1 and destination_id = $2 and ($3 is null or kind = $3) and ($4 is null or wanted = $4)",
    ] {
        sqlx::query(sql)
            .bind(link.0.0)
            .bind(link.1.0)
            .bind(which.kind.map(IdentifierKind::as_str))
            .bind(which.wanted)
            .bind(members_only)
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

/// Forgets all that has to leave: nothing of it was ever sent, or somebody else sees to it.
pub(crate) async fn forget_leaving(
    conn: &mut SqliteConnection,
    link: (AudienceId, DestinationId),
    kind: Option<IdentifierKind>,
) -> Result<(), StoreError> {
    let sides: Vec<i64> = sqlx::query_scalar(
        "select no from audience_sides
         where audience_id = $1 and destination_id = $2 and ($3 is null or kind = $3) and wanted = 0 and held > 0",
    )
    .bind(link.0.0)
    .bind(link.1.0)
    .bind(kind.map(IdentifierKind::as_str))
    .fetch_all(&mut *conn)
    .await?;
    for side in sides {
        for sql in [
            "delete from audience_digests where no > $1 << 41 and no < ($1 + 1) << 41",
            "delete from audience_refused where no > $1 << 41 and no < ($1 + 1) << 41",
            "update audience_sides set held = 0, unsent = 0, sent_no = last_no where no = $1",
        ] {
            sqlx::query(sql).bind(side).execute(&mut *conn).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;
    use sqlx::{ConnectOptions, Connection, migrate::Migrator, sqlite::SqliteConnectOptions};
    use uuid::Uuid;

    use super::*;
    use crate::{Keys, Store, sqlite::MIGRATIONS};

    const FIXTURE: &str = "
        insert into workspaces (id, name, created_at) values (x'00000000000000000000000000000002', 'Bench', 1);
        insert into destinations (id, workspace_id, type, name, name_key, first_event_id, created_at)
            values (x'00000000000000000000000000000003', x'00000000000000000000000000000002', 'snapchat', 'US', 'us', 1, 1);
        insert into audiences (id, workspace_id, name, name_key, rule, created_at, state)
            values (x'00000000000000000000000000000001', x'00000000000000000000000000000002', 'pros', 'pros', '{}', 1, 'active');
        insert into audience_destinations (audience_id, destination_id) values (x'00000000000000000000000000000001', x'00000000000000000000000000000003');
        insert into audience_sync (audience_id, destination_id, kind, digest, profile_no, wanted, wanted_version, synced_version,
                                   changed_at, retry_at, refusals, refused)
            select x'00000000000000000000000000000001', x'00000000000000000000000000000003', value ->> '$[0]', printf('%02x%062d', value ->> '$[1]', 0), value ->> '$[2]',
                   value ->> '$[3]', value ->> '$[4]', value ->> '$[5]', 1, value ->> '$[6]', value ->> '$[7]', value ->> '$[8]'
            from json_each('[[\"email\", 1, 7, 1, 3, 3, 0, 0, null], [\"email\", 2, 8, 1, 1, 0, 0, 0, null],
                             [\"email\", 3, 9, 0, 2, 1, 0, 0, null], [\"email\", 4, 10, 1, 1, 0, 99, 2, \"no\"],
                             [\"email\", 5, null, 0, 4, 4, 0, 0, null], [\"phone\", 6, 7, 1, 1, 1, 0, 0, null]]');
        insert into audience_sync_shares (audience_id, destination_id, kind, digest, profile_no)
            values (x'00000000000000000000000000000001', x'00000000000000000000000000000003', 'phone', printf('%02x%062d', 6, 0), 8);
        insert into audience_sync_skipped values (x'00000000000000000000000000000001', x'00000000000000000000000000000003', 11);
        insert into audience_farewells (destination_id, list_id, kind, digest, audience_id)
            select x'00000000000000000000000000000003', 'old', 'email', printf('%02x%062d', value, 0), x'00000000000000000000000000000001' from json_each('[21, 22, 23]');";

    /// Sent, waiting, leaving, refused and shared ones of an older version are that still.
    #[tokio::test]
    async fn identifiers_of_an_older_version_stand_where_they_belong() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true).foreign_keys(false);
        let mut old = options.connect().await.unwrap();
        let before = MIGRATIONS.iter().filter(|migration| migration.version < 16).cloned().collect();
        Migrator::with_migrations(before).run(&mut old).await.unwrap();
        sqlx::raw_sql(FIXTURE).execute(&mut old).await.unwrap();
        old.close().await.unwrap();
        let store = Store::open(&format!("sqlite://{}", path.display()), Keys::new(&[1; 32])).await.unwrap();
        assert_eq!(store.books().await.unwrap().1.lists_with_wrong_counts, []);

        let link = (AudienceId(Uuid::from_u128(1)), DestinationId(Uuid::from_u128(3)));
        let (now, until) = (Timestamp(50), Timestamp(60));
        let counts = store.sync_receipts(link, 4, now).await.unwrap().counts;
        assert_eq!((counts.wanted, counts.synced, counts.waiting, counts.failed, counts.skipped), (4, 2, 6, 1, 1));
        let lane = store.sync_claim(link, now, until).await.unwrap().unwrap();
        let hex = |numbers: &[u64]| numbers.iter().map(|number| format!("{number:02x}{:062}", 0)).collect::<Vec<_>>();
        let due = async |kind, wanted, now| {
            let changes = store.sync_changes(&lane, kind, wanted, 10, now).await.unwrap();
            changes.digests().into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(due(IdentifierKind::Email, true, now).await, hex(&[2]), "sent ones and the refused one are not due");
        assert_eq!(due(IdentifierKind::Email, false, now).await, hex(&[3]));
        assert_eq!(due(IdentifierKind::Phone, true, now).await, hex(&[]));
        assert_eq!(store.sync_farewells(&lane, 10, now).await.unwrap().unwrap().digests, hex(&[21, 22, 23]));
        let mut conn = store.readers.acquire().await.unwrap();
        let shares: Vec<(Vec<u8>, i64)> =
            sqlx::query_as("select digest, profile_no from audience_shares").fetch_all(&mut *conn).await.unwrap();
        assert_eq!(shares, [(const_hex::decode(&hex(&[6])[0]).unwrap(), 8)]);
        drop(conn);
        store.close().await;
    }
}
