//! Who wants which identifier in a list. Several people may have one: it stays wanted while one of them does.

use std::collections::{BTreeMap, HashMap, HashSet, hash_map::Entry};

use domain::{AudienceId, DestinationId, destination::IdentifierKind, profile::ProfileId};
use serde_json::json;
use sqlx::{Row, SqliteConnection};

use crate::{
    DirtyPerson, StoreError, WantedDigest,
    at_once::{Blob, at_once},
    audience_sides::{self as sides, Digest, is_wanted},
};

/// An identifier: its set, and its digest.
type Place = (i64, Digest);
/// Identifiers that move within a set, each to a person or nobody.
type Moves = BTreeMap<i64, Vec<(i64, Option<i64>)>>;

/// What is there of some people in one audience.
struct Book {
    sets: HashMap<(DestinationId, IdentifierKind), i64>,
    /// Of each set whether `added_to_segment` and `removed_from_segment` are on at its destination.
    switches: HashMap<i64, (bool, bool)>,
    inside: HashSet<i64>,
    /// Those who said no to marketing.
    refused: HashSet<i64>,
    held: HashMap<i64, Vec<(i64, Place)>>,
    shares: HashMap<i64, Vec<Place>>,
}

/// What is to be done to it.
#[derive(Default)]
struct Plan {
    /// Wanted, and neither held nor shared by this person.
    new: BTreeMap<i64, Vec<(Digest, i64)>>,
    /// On its way out, and wanted again.
    back: Moves,
    /// Held by somebody who no longer wants it, and whether it may go.
    left: Vec<(i64, Place, i64, bool)>,
    /// Shared by somebody who no longer wants it.
    unshared: Vec<(Place, i64)>,
    /// Members without an identifier that a destination takes.
    skipped: Vec<(DestinationId, i64)>,
}

/// Writes what these people want in one audience: a member each digest, others none. With `removed_from_segment` off, or where
/// nothing is synced any more, who leaves stays wanted; who said no to marketing goes all the same.
pub(crate) async fn write(
    tx: &mut SqliteConnection,
    audience: AudienceId,
    people: &[(&[WantedDigest], &DirtyPerson)],
) -> Result<(), StoreError> {
    let all: Vec<i64> = people.iter().map(|(_, dirty)| dirty.person.0).collect();
    let all = json!(all).to_string();
    let mut book = Book::read(tx, audience, &all).await?;
    book.add_sets(tx, audience, people).await?;
    let plan = book.compare(people);
    // First what is back: others who want the same share it then.
    for (set, back) in &plan.back {
        sides::move_to(tx, *set, true, back).await?;
    }
    for (set, new) in plan.new {
        want(tx, set, new).await?;
    }
    unshare(tx, &plan.unshared).await?;
    let alone = hand_over(tx, &plan.left).await?;
    let mut going = Moves::new();
    for (no, place, person, _) in plan.left.iter().filter(|(no, .., may_go)| *may_go && alone.contains(no)) {
        going.entry(place.0).or_default().push((*no, Some(*person)));
    }
    for (set, moved) in &going {
        sides::move_to(tx, *set, false, moved).await?;
    }
    note_skipped(tx, audience, &all, &plan.skipped).await?;
    sqlx::query(
        "delete from audience_dirty where audience_id = $1 and profile_no in (select value from json_each($2))",
    )
    .bind(audience.0)
    .bind(&all)
    .execute(tx)
    .await?;
    Ok(())
}

impl Book {
    async fn read(conn: &mut SqliteConnection, audience: AudienceId, people: &str) -> Result<Self, StoreError> {
        let sets = sides::read_sets(conn, audience).await?;
        let query = sqlx::query_scalar(
            "select json_group_array(m.profile_no) from audience_insiders m
             join audiences a on a.id = m.audience_id and a.state <> 'deleted'
             where m.audience_id = $1 and m.profile_no in (select value from json_each($2))",
        );
        let inside = at_once::<i64>(query.bind(audience.0).bind(people), &mut *conn).await?.into_iter().collect();
        let query = sqlx::query_scalar(
            "select json_group_array(profile_no) from profile_refusals
             where profile_no in (select value from json_each($1))",
        );
        let refused = at_once::<i64>(query.bind(people), &mut *conn).await?.into_iter().collect();
        let mut book =
            Self { sets, switches: HashMap::new(), inside, refused, held: HashMap::new(), shares: HashMap::new() };
        book.read_switches(conn).await?;
        book.read_identifiers(conn, audience, people).await?;
        Ok(book)
    }

    async fn read_switches(&mut self, conn: &mut SqliteConnection) -> Result<(), StoreError> {
        let rows =
            sqlx::query("select destination_id, event_key from event_settings where server = 1 and event_key in ('addedtosegment', 'removedfromsegment')")
                .fetch_all(conn)
                .await?;
        let mut on = HashSet::new();
        for row in &rows {
            on.insert((DestinationId(row.try_get(0)?), row.try_get::<String, _>(1)? == "addedtosegment"));
        }
        for ((destination, _), set) in &self.sets {
            self.switches.insert(*set, (on.contains(&(*destination, true)), on.contains(&(*destination, false))));
        }
        Ok(())
    }

    async fn read_identifiers(
        &mut self,
        conn: &mut SqliteConnection,
        audience: AudienceId,
        people: &str,
    ) -> Result<(), StoreError> {
        let query = sqlx::query_scalar(
            "select json_group_array(json_array(d.no, d.set_no, hex(d.digest), d.profile_no))
             from json_each($2) p cross join audience_digests d indexed by audience_digests_by_profile on d.profile_no = p.value
             where d.set_no in (select no >> 1 from audience_sides where audience_id = $1)",
        );
        let held: Vec<(i64, i64, Blob, i64)> = at_once(query.bind(audience.0).bind(people), &mut *conn).await?;
        for (no, set, digest, person) in held {
            if let Ok(digest) = digest.0.try_into() {
                self.held.entry(person).or_default().push((no, (set, digest)));
            }
        }
        // The plus keeps the planner from looking for each person in each set.
        let query = sqlx::query_scalar(
            "select json_group_array(json_array(set_no, hex(digest), profile_no)) from audience_shares
             where profile_no in (select value from json_each($2))
               and +set_no in (select no >> 1 from audience_sides where audience_id = $1)",
        );
        let shares: Vec<(i64, Blob, i64)> = at_once(query.bind(audience.0).bind(people), conn).await?;
        for (set, digest, person) in shares {
            if let Ok(digest) = digest.0.try_into() {
                self.shares.entry(person).or_default().push((set, digest));
            }
        }
        Ok(())
    }

    /// Sets for what was never wanted before.
    async fn add_sets(
        &mut self,
        conn: &mut SqliteConnection,
        audience: AudienceId,
        people: &[(&[WantedDigest], &DirtyPerson)],
    ) -> Result<(), StoreError> {
        let members = people.iter().filter(|(_, dirty)| self.inside.contains(&dirty.person.0));
        let wanted: HashSet<(DestinationId, IdentifierKind)> =
            members.flat_map(|(digests, _)| digests.iter().map(|it| (it.destination, it.kind))).collect();
        for (destination, kind) in wanted {
            if let Entry::Vacant(vacant) = self.sets.entry((destination, kind)) {
                vacant.insert(sides::add_set(conn, audience, destination, kind).await?);
            }
        }
        Ok(())
    }

    fn may_go(&self, person: i64, set: i64) -> bool {
        let (adds, removes) = self.switches.get(&set).copied().unwrap_or_default();
        (removes || self.refused.contains(&person)) && (adds || !self.inside.contains(&person))
    }

    /// What is there against what these people want.
    fn compare(&self, people: &[(&[WantedDigest], &DirtyPerson)]) -> Plan {
        let mut plan = Plan::default();
        for (digests, dirty) in people {
            let person = dirty.person.0;
            let member = self.inside.contains(&person);
            let wanted = digests.iter().filter(|_| member);
            let mut wants: Vec<Place> =
                wanted.filter_map(|it| Some((*self.sets.get(&(it.destination, it.kind))?, it.digest))).collect();
            wants.sort_unstable();
            wants.dedup();
            let held = self.held.get(&person).map_or(&[][..], Vec::as_slice);
            let shares = self.shares.get(&person).map_or(&[][..], Vec::as_slice);
            for place in &wants {
                match held.iter().find(|(_, held)| held == place) {
                    Some((no, _)) if !is_wanted(*no) => {
                        plan.back.entry(place.0).or_default().push((*no, Some(person)));
                    }
                    None if !shares.contains(place) => plan.new.entry(place.0).or_default().push((place.1, person)),
                    _ => {}
                }
            }
            for (no, place) in held.iter().filter(|(no, place)| is_wanted(*no) && !wants.contains(place)) {
                plan.left.push((*no, *place, person, self.may_go(person, place.0)));
            }
            let unshared = shares.iter().filter(|place| !wants.contains(place) && self.may_go(person, place.0));
            plan.unshared.extend(unshared.map(|place| (*place, person)));
            if member {
                let without = |link: &&crate::SyncLink| !digests.iter().any(|it| it.destination == link.destination);
                plan.skipped.extend(dirty.links.iter().filter(without).map(|link| (link.destination, person)));
            }
        }
        plan
    }
}

/// Each of these is wanted; who isn't the first to have one shares it, unless it is on its way out: then it is theirs.
async fn want(tx: &mut SqliteConnection, set: i64, mut new: Vec<(Digest, i64)>) -> Result<(), StoreError> {
    new.sort_unstable();
    let mut first: Vec<(Digest, Option<i64>)> = Vec::with_capacity(new.len());
    let mut sharing: Vec<(Place, i64)> = Vec::new();
    for (digest, person) in new {
        match first.last() {
            Some((last, _)) if *last == digest => sharing.push(((set, digest), person)),
            _ => first.push((digest, Some(person))),
        }
    }
    let (came, before) = sides::append(tx, set, true, &first).await?;
    if came < first.len() as u64 {
        let wanted: Vec<_> = first.iter().map(|(digest, person)| json!([const_hex::encode(digest), person])).collect();
        let query = sqlx::query_scalar(
            "select json_group_array(json_array(d.no, hex(d.digest), w.value ->> '$[1]')) from json_each($2) w
             cross join audience_digests d on d.set_no = $1 and substr(d.digest, 1, 12) = substr(unhex(w.value ->> '$[0]'), 1, 12)
             where d.no <= $3 or d.no > $4",
        );
        let last = before + i64::try_from(first.len()).unwrap_or(0);
        let query = query.bind(set).bind(json!(wanted).to_string()).bind(before).bind(last);
        let there: Vec<(i64, Blob, i64)> = at_once(query, &mut *tx).await?;
        let mut taken_over = Vec::new();
        for (no, digest, person) in there {
            match digest.0.try_into() {
                Ok(digest) if is_wanted(no) => sharing.push(((set, digest), person)),
                _ => taken_over.push((no, Some(person))),
            }
        }
        sides::move_to(tx, set, true, &taken_over).await?;
    }
    if sharing.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into audience_shares (set_no, digest, profile_no)
         select value ->> '$[0]', unhex(value ->> '$[1]'), value ->> '$[2]' from json_each($1) where true on conflict do nothing",
    )
    .bind(listed(&sharing))
    .execute(tx)
    .await?;
    Ok(())
}

fn listed(places: &[(Place, i64)]) -> String {
    let rows = places.iter().map(|((set, digest), person)| json!([set, const_hex::encode(digest), person]));
    json!(rows.collect::<Vec<_>>()).to_string()
}

async fn unshare(tx: &mut SqliteConnection, shares: &[(Place, i64)]) -> Result<(), StoreError> {
    if shares.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "delete from audience_shares where (set_no, digest, profile_no) in (
             select value ->> '$[0]', unhex(value ->> '$[1]'), value ->> '$[2]' from json_each($1))",
    )
    .bind(listed(shares))
    .execute(tx)
    .await?;
    Ok(())
}

/// What somebody no longer wants and another one does is the other's from now on. Those that nobody else wants.
async fn hand_over(tx: &mut SqliteConnection, left: &[(i64, Place, i64, bool)]) -> Result<HashSet<i64>, StoreError> {
    let mut alone: HashSet<i64> = left.iter().map(|(no, ..)| *no).collect();
    if left.is_empty() {
        return Ok(alone);
    }
    let rows: Vec<_> = left.iter().map(|(no, (set, digest), ..)| json!([no, set, const_hex::encode(digest)])).collect();
    let query = sqlx::query_scalar(
        "select json_group_array(json_array(no, heir)) from (
             select l.value ->> '$[0]' as no, min(h.profile_no) as heir from json_each($1) l
             cross join audience_shares h on h.set_no = l.value ->> '$[1]' and h.digest = unhex(l.value ->> '$[2]')
             group by l.value ->> '$[0]')",
    );
    let heirs: Vec<(i64, i64)> = at_once(query.bind(json!(rows).to_string()), &mut *tx).await?;
    for (no, heir) in heirs {
        alone.remove(&no);
        for sql in [
            "delete from audience_shares where profile_no = $2 and (set_no, digest) in (
                 select set_no, digest from audience_digests where no = $1)",
            "update audience_digests set profile_no = $2 where no = $1",
        ] {
            sqlx::query(sql).bind(no).bind(heir).execute(&mut *tx).await?;
        }
    }
    Ok(alone)
}

/// A member without an identifier that a destination takes is counted there.
async fn note_skipped(
    tx: &mut SqliteConnection,
    audience: AudienceId,
    people: &str,
    skipped: &[(DestinationId, i64)],
) -> Result<(), StoreError> {
    sqlx::query(
        "delete from audience_sync_skipped where audience_id = $1 and profile_no in (select value from json_each($2))",
    )
    .bind(audience.0)
    .bind(people)
    .execute(&mut *tx)
    .await?;
    if skipped.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = skipped.iter().map(|(to, person)| json!([const_hex::encode(to.0.as_bytes()), person])).collect();
    sqlx::query(
        "insert into audience_sync_skipped (audience_id, destination_id, profile_no)
         select $1, unhex(value ->> '$[0]'), value ->> '$[1]' from json_each($2) where true on conflict do nothing",
    )
    .bind(audience.0)
    .bind(json!(rows).to_string())
    .execute(tx)
    .await?;
    Ok(())
}

/// Two people are one: what either has is that one's.
pub(crate) async fn merge(tx: &mut SqliteConnection, from: ProfileId, to: ProfileId) -> Result<(), StoreError> {
    for sql in [
        "update audience_digests set profile_no = $2 where profile_no = $1",
        "insert into audience_shares (set_no, digest, profile_no)
         select set_no, digest, $2 from audience_shares where profile_no = $1 on conflict do nothing",
        "delete from audience_shares where profile_no = $1 and $2 > 0",
        "delete from audience_shares where profile_no = $2 and $1 > 0 and (set_no, digest) in (
             select set_no, digest from audience_digests where profile_no = $2)",
        "delete from audience_sync_skipped where profile_no in ($1, $2)",
    ] {
        sqlx::query(sql).bind(from.0).bind(to.0).execute(&mut *tx).await?;
    }
    Ok(())
}

/// Somebody is erased: what nobody else wants is taken back everywhere, whatever the workflow says.
pub(crate) async fn let_go(tx: &mut SqliteConnection, person: ProfileId) -> Result<(), StoreError> {
    for sql in
        ["delete from audience_shares where profile_no = $1", "delete from audience_sync_skipped where profile_no = $1"]
    {
        sqlx::query(sql).bind(person.0).execute(&mut *tx).await?;
    }
    let query = sqlx::query_scalar(
        "select json_group_array(json_array(no, set_no, hex(digest))) from audience_digests where profile_no = $1",
    );
    let held: Vec<(i64, i64, Blob)> = at_once(query.bind(person.0), &mut *tx).await?;
    let wanted = held.into_iter().filter(|(no, ..)| is_wanted(*no));
    let left: Vec<_> =
        wanted.filter_map(|(no, set, digest)| Some((no, (set, digest.0.try_into().ok()?), person.0, true))).collect();
    let alone = hand_over(tx, &left).await?;
    for (no, (set, _), ..) in left.iter().filter(|(no, ..)| alone.contains(no)) {
        sides::move_to(tx, *set, false, &[(*no, None)]).await?;
    }
    sqlx::query("update audience_digests set profile_no = null where profile_no = $1")
        .bind(person.0)
        .execute(tx)
        .await?;
    Ok(())
}
