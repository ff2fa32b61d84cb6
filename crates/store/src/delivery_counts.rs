//! How many deliveries of each destination wait, are held or are dead: moved in the transactions that move the deliveries, so that
//! pages needn't count a million rows. What arrives is counted in `ingest_sql`; `switchyard check` compares.

use domain::{DestinationId, delivery::DeliveryState};
use sqlx::SqliteConnection;

use crate::StoreError;

/// A statement that takes the deliveries that fit a condition out of the counts, before they are deleted.
macro_rules! uncount {
    ($which:literal) => {
        concat!(
            "insert into delivery_counts (destination_id, waiting, leased, dead)
             select destination_id, -sum(state = 'waiting'), -sum(state = 'leased'), -sum(state = 'dead') from deliveries
             where state in ('waiting', 'leased', 'dead') and ",
            $which,
            " group by destination_id on conflict (destination_id) do update
              set waiting = waiting + excluded.waiting, leased = leased + excluded.leased, dead = dead + excluded.dead"
        )
    };
}
pub(crate) use uncount;

/// Deliveries of a destination went from one state to others.
pub(crate) async fn moved(
    conn: &mut SqliteConnection,
    destination: DestinationId,
    from: DeliveryState,
    to: impl IntoIterator<Item = DeliveryState>,
) -> Result<(), StoreError> {
    let (mut waiting, mut leased, mut dead) = (0_i64, 0_i64, 0_i64);
    let mut add = |state, count| match state {
        DeliveryState::Waiting => waiting += count,
        DeliveryState::Leased => leased += count,
        DeliveryState::Dead => dead += count,
        DeliveryState::Delivered | DeliveryState::Filtered => {}
    };
    for state in to {
        add(from, -1);
        add(state, 1);
    }
    if (waiting, leased, dead) == (0, 0, 0) {
        return Ok(());
    }
    sqlx::query(
        "update delivery_counts set waiting = waiting + $2, leased = leased + $3, dead = dead + $4 where destination_id = $1",
    )
    .bind(destination.0)
    .bind(waiting)
    .bind(leased)
    .bind(dead)
    .execute(conn)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use domain::WorkspaceId;
    use sqlx::{ConnectOptions, Connection, migrate::Migrator, sqlite::SqliteConnectOptions};
    use uuid::Uuid;

    use super::*;
    use crate::{Keys, Store, sqlite::MIGRATIONS};

    #[tokio::test]
    async fn deliveries_of_an_older_version_are_counted_and_keep_their_attempts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let mut old = SqliteConnectOptions::new().filename(&path).create_if_missing(true).connect().await.unwrap();
        let before = MIGRATIONS.iter().filter(|migration| migration.version < 17).cloned().collect();
        Migrator::with_migrations(before).run(&mut old).await.unwrap();
        let (workspace, destination) = (WorkspaceId(Uuid::from_u128(1)), DestinationId(Uuid::from_u128(2)));
        for sql in [
            "insert into workspaces (id, name, created_at) values ($1, 'x', 1)",
            "insert into destinations (id, workspace_id, type, name, name_key, first_event_id, created_at)
             values ($2, $1, 'snapchat', 'x', 'x', 1, 1)",
            "insert into deliveries (id, workspace_id, destination_id, event_id, event_key, side, state, due_at, created_at,
                                     lease_until, finished_at)
             select value * 4096 + 1, $1, $2, value, 'x', 'server', case when value < 4 then 'waiting' when value < 6 then 'leased'
                    when value < 7 then 'dead' else 'delivered' end, 1, 1,
                    case when value in (4, 5) then 9 end, case when value > 5 then 2 end
             from json_each('[1,2,3,4,5,6,7,8]')",
            "insert into attempts (delivery_id, number, at, outcome)
             select id, 1, 1, 'accepted' from deliveries where $1 <> $2 and state = 'delivered'",
        ] {
            sqlx::query(sql).bind(workspace.0).bind(destination.0).execute(&mut old).await.unwrap();
        }
        old.close().await.unwrap();
        let store = Store::open(&format!("sqlite://{}", path.display()), Keys::new(&[1; 32])).await.unwrap();
        let counts = store.deliveries_by_state(destination).await.unwrap();
        let of = |state| counts.iter().find(|(one, _)| *one == state).map(|(_, count)| *count);
        let open = [DeliveryState::Waiting, DeliveryState::Leased, DeliveryState::Dead].map(of);
        assert_eq!(open, [Some(3), Some(2), Some(1)]);
        let (_, faults) = store.books().await.unwrap();
        assert!(faults.destinations_with_wrong_counts.is_empty());
        // They went through a table that was made anew.
        let attempts: i64 =
            sqlx::query_scalar("select count(*) from attempts").fetch_one(&store.readers).await.unwrap();
        assert_eq!(attempts, 2);
        let mut tx = store.write().await.unwrap();
        let stray = sqlx::query("insert into attempts (delivery_id, number, at, outcome) values (5, 1, 1, 'accepted')");
        assert!(stray.execute(&mut *tx).await.is_err(), "foreign keys hold");
        tx.rollback().await.unwrap();
        store.close().await;
    }
}
