//! The wanted state of identifiers at destinations. It follows membership, identifiers, links and the event workflow;
//! whoever sends it works off what stands behind the last one that was sent.

use std::collections::HashMap;

use domain::{
    AudienceId, DestinationId, Timestamp,
    destination::IdentifierKind as ListKind,
    profile::{IdentifierKind, LookupKey, ProfileId},
};
use serde_json::json;
use sqlx::{Row, SqliteConnection};

use crate::{
    Store, StoreError,
    at_once::{Blob, at_once},
    audience_wanted,
    profile_finds::number_of,
    sighted::key_place,
};

/// An identifier as the database writes it: whose, since when, key, kind, sealed value, country, shared.
type IdentifierColumns = (ProfileId, i64, Blob, String, Blob, Option<String>, u8);

/// Somebody whose wanted state may have changed in one audience.
#[derive(Clone, Debug)]
pub struct DirtyPerson {
    /// The audience.
    pub audience: AudienceId,
    /// The person.
    pub person: ProfileId,
    /// All identifiers.
    pub identifiers: Vec<StoredIdentifier>,
    /// The destinations that the audience goes to with `added_to_segment` on.
    pub links: Vec<SyncLink>,
}

/// An identifier of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredIdentifier {
    /// Its kind.
    pub kind: IdentifierKind,
    /// As it first came.
    pub raw: String,
    /// The default country of the source that told it.
    pub country: Option<String>,
    /// Whether many people have it.
    pub shared: bool,
}

/// A destination of an audience.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncLink {
    /// The destination.
    pub destination: DestinationId,
    /// Its type's slug.
    pub kind: String,
}

/// An identifier as a destination knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedDigest {
    /// The destination.
    pub destination: DestinationId,
    /// Its kind there.
    pub kind: ListKind,
    /// SHA-256.
    pub digest: [u8; 32],
}

impl WantedDigest {
    /// From what a destination knows it by, in hex; `None` if that is no SHA-256.
    #[must_use]
    pub fn from_hex(destination: DestinationId, kind: ListKind, hex: &str) -> Option<Self> {
        Some(Self { destination, kind, digest: const_hex::decode_to_array(hex).ok()? })
    }
}

impl Store {
    /// Where an audience was linked, or `added_to_segment` or `removed_from_segment` switched, everybody is looked at anew.
    ///
    /// # Errors
    /// What the database says.
    pub async fn mark_changed_plans(&self, now: Timestamp) -> Result<(), StoreError> {
        let rows = sqlx::query(
            "select l.audience_id, l.destination_id, l.adds, l.removes from (
                 select l.audience_id, l.destination_id,
                        coalesce((select s.server from event_settings s where s.destination_id = l.destination_id
                                  and s.event_key = 'addedtosegment'), 0) as adds,
                        coalesce((select s.server from event_settings s where s.destination_id = l.destination_id
                                  and s.event_key = 'removedfromsegment'), 0) as removes
                 from audience_destinations l join audiences a on a.id = l.audience_id and a.state <> 'deleted') l
             left join audience_sync_plans p on p.audience_id = l.audience_id and p.destination_id = l.destination_id
             where p.adds is not l.adds or p.removes is not l.removes",
        )
        .fetch_all(&self.readers)
        .await?;
        for row in &rows {
            let (audience, destination): (uuid::Uuid, uuid::Uuid) = (row.try_get(0)?, row.try_get(1)?);
            let mut tx = self.write().await?;
            sqlx::query(
                "insert into audience_sync_plans (audience_id, destination_id, adds, removes, planned_at)
                 values ($1, $2, $3, $4, $5)
                 on conflict (audience_id, destination_id) do update
                 set adds = excluded.adds, removes = excluded.removes, planned_at = excluded.planned_at",
            )
            .bind(audience)
            .bind(destination)
            .bind(row.try_get::<bool, _>(2)?)
            .bind(row.try_get::<bool, _>(3)?)
            .bind(now.0)
            .execute(&mut *tx)
            .await?;
            mark_everybody(&mut tx, AudienceId(audience)).await?;
            tx.commit().await?;
        }
        self.mark_unlinked().await
    }

    /// Where an audience goes no more, everybody is looked at once again: they leave unless the workflow keeps them in.
    async fn mark_unlinked(&self) -> Result<(), StoreError> {
        let rows = sqlx::query(
            "select p.audience_id, p.destination_id from audience_sync_plans p where not exists (
                 select 1 from audience_destinations l
                 where l.audience_id = p.audience_id and l.destination_id = p.destination_id)",
        )
        .fetch_all(&self.readers)
        .await?;
        for row in &rows {
            let (audience, destination): (uuid::Uuid, uuid::Uuid) = (row.try_get(0)?, row.try_get(1)?);
            let mut tx = self.write().await?;
            sqlx::query("delete from audience_sync_plans where audience_id = $1 and destination_id = $2")
                .bind(audience)
                .bind(destination)
                .execute(&mut *tx)
                .await?;
            mark_everybody(&mut tx, AudienceId(audience)).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Some whose wanted state has to be worked out, after one of them, with what it takes.
    ///
    /// # Errors
    /// What the database says.
    pub async fn dirty_people(
        &self,
        after: Option<(AudienceId, ProfileId)>,
        limit: u32,
    ) -> Result<Vec<DirtyPerson>, StoreError> {
        let mut reading = self.readers.begin().await?;
        let (audience, person) =
            after.map_or((vec![], i64::MIN), |(audience, person)| (audience.0.as_bytes().to_vec(), person.0));
        let query = sqlx::query_scalar(
            "select json_group_array(json_array(hex(audience_id), profile_no)) from (
                 select audience_id, profile_no from audience_dirty where (audience_id, profile_no) > ($1, $2)
                 order by audience_id, profile_no limit $3)",
        );
        let query = query.bind(audience).bind(person).bind(limit);
        let mut rows: Vec<(AudienceId, ProfileId)> = at_once(query, &mut *reading).await?;
        rows.sort_unstable();
        let people: Vec<i64> = rows.iter().map(|(_, person)| person.0).collect();
        let identifiers = self.identifiers_of_all(&mut reading, &people).await?;
        let mut found = Vec::with_capacity(rows.len());
        let mut links: Option<(AudienceId, Vec<SyncLink>)> = None;
        for (audience, person) in rows {
            if links.as_ref().is_none_or(|(of, _)| *of != audience) {
                links = Some((audience, read_links(&mut reading, audience).await?));
            }
            let identifiers = identifiers.get(&person).cloned().unwrap_or_default();
            let links = links.as_ref().map(|(_, links)| links.clone()).unwrap_or_default();
            found.push(DirtyPerson { audience, person, identifiers, links });
        }
        Ok(found)
    }

    /// All identifiers of one person.
    pub(crate) async fn identifiers(
        &self,
        conn: &mut SqliteConnection,
        person: ProfileId,
    ) -> Result<Vec<StoredIdentifier>, StoreError> {
        Ok(self.identifiers_of_all(conn, &[person.0]).await?.remove(&person).unwrap_or_default())
    }

    async fn identifiers_of_all(
        &self,
        conn: &mut SqliteConnection,
        people: &[i64],
    ) -> Result<HashMap<ProfileId, Vec<StoredIdentifier>>, StoreError> {
        // Nothing is sorted or compared: only a device that is the person's own, too, would come twice.
        let query = sqlx::query_scalar(concat!(
            "select json_group_array(json_array(profile_no, first_at, hex(key), kind, hex(sealed), country, shared)) from (
                 select k.profile_no, k.first_at, k.key, k.kind, k.sealed, k.country, k.shared
                 from json_each($1) p cross join profile_keys k on k.profile_no = p.value
                 union all select d.profile_no, k.first_at, k.key, k.kind, k.sealed, k.country, k.shared
                 from json_each($1) p cross join profile_devices d on d.profile_no = p.value
                 cross join profile_keys k on k.profile_no <> d.profile_no and k.no = ",
            number_of!("d.key"),
            ")",
        ));
        let mut rows: Vec<IdentifierColumns> = at_once(query.bind(json!(people).to_string()), conn).await?;
        rows.sort_unstable_by(|one, other| (one.0, one.1, &one.2.0).cmp(&(other.0, other.1, &other.2.0)));
        let mut found: HashMap<ProfileId, Vec<StoredIdentifier>> = HashMap::with_capacity(people.len());
        for (person, _, key, kind, sealed, country, shared) in rows {
            let (Ok(key), Some(kind)) = (LookupKey::try_from(key.0), IdentifierKind::parse(&kind)) else { continue };
            let raw = self.keys.open_text(&key_place(&key), &sealed.0)?;
            found.entry(person).or_default().push(StoredIdentifier { kind, raw, country, shared: shared != 0 });
        }
        Ok(found)
    }

    /// Writes what is wanted: for a member every digest, for others none. With `removed_from_segment` off, who leaves
    /// stays wanted. Somebody whose identifiers changed since they were read is left for the next round.
    ///
    /// # Errors
    /// What the database says.
    pub async fn write_wanted(&self, people: &[(Vec<WantedDigest>, DirtyPerson)]) -> Result<(), StoreError> {
        // What a power loss takes of it is still marked and is worked out again.
        let mut tx = self.write_in_bulk().await?;
        let all: Vec<i64> = people.iter().map(|(_, dirty)| dirty.person.0).collect();
        let query = sqlx::query_scalar(concat!(
            "select json_group_array(json_array(p.value,
                 (select count(*) from profile_keys k where k.profile_no = p.value)
                 + (select count(*) from profile_devices d
                    cross join profile_keys k on k.profile_no <> d.profile_no and k.no = ",
            number_of!("d.key"),
            "       where d.profile_no = p.value)))
             from json_each($1) p",
        ));
        let counts: HashMap<i64, i64> =
            at_once(query.bind(json!(all).to_string()), &mut *tx).await?.into_iter().collect();
        let unchanged = |dirty: &DirtyPerson| {
            let count = counts.get(&dirty.person.0).copied().unwrap_or(0);
            i64::try_from(dirty.identifiers.len()).is_ok_and(|read| read == count)
        };
        for of_one in people.chunk_by(|(_, one), (_, other)| one.audience == other.audience) {
            let ready: Vec<_> = of_one
                .iter()
                .filter(|(_, dirty)| unchanged(dirty))
                .map(|(digests, dirty)| (digests.as_slice(), dirty))
                .collect();
            if let Some((_, first)) = ready.first() {
                audience_wanted::write(&mut tx, first.audience, &ready).await?;
            }
        }
        Ok(tx.commit().await?)
    }
}

async fn read_links(conn: &mut SqliteConnection, audience: AudienceId) -> Result<Vec<SyncLink>, StoreError> {
    let rows = sqlx::query(
        "select d.id, d.type from audience_destinations l join destinations d on d.id = l.destination_id
         join event_settings s on s.destination_id = d.id and s.event_key = 'addedtosegment' and s.server = 1
         where l.audience_id = $1 order by d.id",
    )
    .bind(audience.0)
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| Ok(SyncLink { destination: DestinationId(row.try_get(0)?), kind: row.try_get(1)? })).collect()
}

/// Everybody who is in, and everybody of whom something was sent.
pub(crate) async fn mark_everybody(tx: &mut SqliteConnection, audience: AudienceId) -> Result<(), StoreError> {
    for sql in [
        "insert into audience_dirty (audience_id, profile_no)
         select audience_id, profile_no from audience_members where audience_id = $1 on conflict do nothing",
        "insert into audience_dirty (audience_id, profile_no)
         select $1, d.profile_no from audience_sides s
         join audience_digests d on d.no > s.no << 41 and d.no < (s.no + 1) << 41
         where s.audience_id = $1 and d.profile_no is not null on conflict do nothing",
        "insert into audience_dirty (audience_id, profile_no)
         select $1, h.profile_no from audience_sides s join audience_shares h on h.set_no = s.no >> 1
         where s.audience_id = $1 on conflict do nothing",
    ] {
        sqlx::query(sql).bind(audience.0).execute(&mut *tx).await?;
    }
    Ok(())
}
