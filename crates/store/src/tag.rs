//! What the browser tag of a source has to know: where the source's events go through a pixel.

use domain::{ApiError, DestinationId, SourceId, Timestamp, WorkspaceId};
use sqlx::{Row, SqliteConnection};
use uuid::Uuid;

use crate::{
    Store, StoreError,
    changes::{Author, note},
};

/// A source as its tag sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagSource {
    /// The write key of today, also if it was asked for by the one before.
    pub write_key: String,
    /// Whether nothing may be sent or stored in a browser before the visitor agreed.
    pub consent_required: bool,
    /// Enabled destinations with a pixel and at least one event on the client side, by age.
    pub pixels: Vec<TagPixel>,
}

/// A destination that takes events through its pixel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagPixel {
    /// The destination.
    pub destination: DestinationId,
    /// Its pixel.
    pub pixel_id: String,
    /// The events with the client side on: key of the setting, and the destination's name for it.
    pub events: Vec<(String, String)>,
}

impl Store {
    /// The enabled source of a write key, or of one that was rotated and is still accepted, with what its tag has to know.
    ///
    /// # Errors
    /// What the database says.
    pub async fn tag_source(&self, write_key: &str, now: Timestamp) -> Result<Option<TagSource>, StoreError> {
        // One transaction, so that the source and its destinations are of the same moment.
        let mut reading = self.readers.begin().await?;
        let source = sqlx::query(
            "select workspace_id, write_key, consent_required from sources
             where enabled = 1 and (write_key = $1 or (old_write_key = $1 and old_key_until > $2))",
        )
        .bind(write_key)
        .bind(now.0)
        .fetch_optional(&mut *reading)
        .await?;
        let Some(source) = source else { return Ok(None) };
        let workspace: Uuid = source.try_get("workspace_id")?;
        let rows = sqlx::query(
            "select d.id, d.pixel_id, s.event_key, s.snap_event
             from destinations d join event_settings s on s.destination_id = d.id
             where d.workspace_id = $1 and d.enabled = 1 and d.pixel_id <> '' and s.client = 1 and s.snap_event <> ''
             order by d.id, s.event_key",
        )
        .bind(workspace)
        .fetch_all(&mut *reading)
        .await?;
        let mut pixels: Vec<TagPixel> = Vec::new();
        for row in rows {
            let destination = DestinationId(row.try_get("id")?);
            let event = (row.try_get("event_key")?, row.try_get("snap_event")?);
            match pixels.last_mut().filter(|pixel| pixel.destination == destination) {
                Some(pixel) => pixel.events.push(event),
                None => {
                    pixels.push(TagPixel { destination, pixel_id: row.try_get("pixel_id")?, events: vec![event] });
                }
            }
        }
        Ok(Some(TagSource {
            write_key: source.try_get("write_key")?,
            consent_required: source.try_get("consent_required")?,
            pixels,
        }))
    }

    /// Lets a source's tag send and store nothing, and its server events go nowhere, before the visitor agreed; or no longer.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn set_source_consent(
        &self,
        workspace: WorkspaceId,
        id: SourceId,
        required: bool,
        author: &Author,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let name = update_consent(&mut tx, workspace, id, required).await?;
        let what = format!("Source “{name}”: marketing consent {}required", if required { "" } else { "not " });
        note(&mut tx, author, workspace, None, &what).await?;
        Ok(tx.commit().await?)
    }
}

/// Answers with the source's name.
pub(crate) async fn update_consent(
    conn: &mut SqliteConnection,
    workspace: WorkspaceId,
    id: SourceId,
    required: bool,
) -> Result<String, StoreError> {
    let row =
        sqlx::query("update sources set consent_required = $3 where workspace_id = $1 and id = $2 returning name")
            .bind(workspace.0)
            .bind(id.0)
            .bind(required)
            .fetch_optional(conn)
            .await?
            .ok_or(ApiError::NotFound)?;
    Ok(row.try_get("name")?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Keys;

    const NOW: Timestamp = Timestamp(1_795_000_000_000);

    /// Two workspaces, each with a source; in the first one destinations with and without what the tag needs.
    const ROWS: &str = "
        insert into workspaces values (x'00000000000000000000000000000001', 'Northwind', 0), (x'00000000000000000000000000000002', 'Contoso', 0);
        insert into sources (id, workspace_id, name, name_key, write_key, old_write_key, old_key_until, enabled, created_at)
        values (x'00000000000000000000000000000011', x'00000000000000000000000000000001', 'Web', 'web', 'wk_new', 'wk_old', 1795000000001, 1, 0),
               (x'00000000000000000000000000000012', x'00000000000000000000000000000001', 'Off', 'off', 'wk_off', null, null, 0, 0),
               (x'00000000000000000000000000000013', x'00000000000000000000000000000001', 'Late', 'late', 'wk_late', 'wk_over', 1795000000000, 1, 0),
               (x'00000000000000000000000000000014', x'00000000000000000000000000000002', 'Web', 'web', 'wk_other', null, null, 1, 0);
        insert into destinations (id, workspace_id, type, name, name_key, enabled, pixel_id, first_event_id, created_at)
        values (x'000000000000700080000000000000a1', x'00000000000000000000000000000001', 'snapchat', 'US', 'us', 1, 'pixel-us', 1, 0),
               (x'000000000000700080000000000000a2', x'00000000000000000000000000000001', 'snapchat', 'UK', 'uk', 1, 'pixel-uk', 1, 0),
               (x'000000000000700080000000000000a3', x'00000000000000000000000000000001', 'snapchat', 'Off', 'off', 0, 'pixel-off', 1, 0),
               (x'000000000000700080000000000000a4', x'00000000000000000000000000000001', 'snapchat', 'New', 'new', 1, null, 1, 0),
               (x'000000000000700080000000000000a5', x'00000000000000000000000000000002', 'snapchat', 'US', 'us', 1, 'pixel-other', 1, 0);
        insert into event_settings (destination_id, event_key, event, snap_event, server, client)
        select id, 'ordercompleted', 'Order Completed', 'PURCHASE', 1, 1 from destinations;
        insert into event_settings (destination_id, event_key, event, snap_event, server, client)
        select id, 'productviewed', 'Product Viewed', 'VIEW_CONTENT', 1, pixel_id is 'pixel-uk' from destinations;
        insert into event_settings (destination_id, event_key, event, snap_event, server, client)
        select id, 'cartviewed', 'Cart Viewed', '', 0, 1 from destinations;";

    async fn store(folder: &tempfile::TempDir) -> Store {
        let url = format!("sqlite://{}", folder.path().join("a.db").display());
        let store = Store::open(&url, Keys::new(&[1; 32])).await.unwrap();
        sqlx::raw_sql(ROWS).execute(&mut *store.writer.take().await.unwrap()).await.unwrap();
        store
    }

    #[tokio::test]
    async fn tells_the_client_side_of_the_own_workspace() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder).await;
        let source = store.tag_source("wk_new", NOW).await.unwrap().unwrap();
        assert!(!source.consent_required);
        let told: Vec<(&str, Vec<&str>)> = source
            .pixels
            .iter()
            .map(|p| (p.pixel_id.as_str(), p.events.iter().map(|(_, snap)| snap.as_str()).collect()))
            .collect();
        assert_eq!(told, [("pixel-us", vec!["PURCHASE"]), ("pixel-uk", vec!["PURCHASE", "VIEW_CONTENT"])]);
        assert_eq!(source.pixels[0].events[0].0, "ordercompleted");
        let other = store.tag_source("wk_other", NOW).await.unwrap().unwrap();
        assert_eq!(other.pixels.len(), 1);
        assert_eq!(other.pixels[0].pixel_id, "pixel-other");
    }

    #[tokio::test]
    async fn a_rotated_key_works_until_its_overlap_ends() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder).await;
        let rotated = store.tag_source("wk_old", NOW).await.unwrap().unwrap();
        assert_eq!(rotated.write_key, "wk_new");
        assert_eq!(store.tag_source("wk_old", NOW.plus(1)).await.unwrap(), None);
        for key in ["wk_over", "wk_off", "wk_nobody", ""] {
            assert_eq!(store.tag_source(key, NOW).await.unwrap(), None, "{key}");
        }
    }

    #[tokio::test]
    async fn a_source_can_ask_for_consent() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder).await;
        let (northwind, contoso) = (WorkspaceId(Uuid::from_u128(1)), WorkspaceId(Uuid::from_u128(2)));
        let id = SourceId(Uuid::from_u128(0x11));
        let author = Author { user: None, at: NOW };
        for required in [true, false] {
            store.set_source_consent(northwind, id, required, &author).await.unwrap();
            assert_eq!(store.tag_source("wk_new", NOW).await.unwrap().unwrap().consent_required, required);
        }
        let changes = store.changes(northwind, None, 9).await.unwrap();
        assert_eq!(changes[1].what, "Source “Web”: marketing consent required");
        assert_eq!(changes[0].what, "Source “Web”: marketing consent not required");
        let foreign = store.set_source_consent(contoso, id, true, &author).await;
        assert!(matches!(foreign, Err(StoreError::Refused(ApiError::NotFound))));
    }
}
