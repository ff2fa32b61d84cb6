//! Audience segments: membership sets, and sizes and states that develop over time. Pure: the clock is an argument.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::settings::Settings;

/// Members of a list never age out.
pub const LIFETIME_DAYS: u32 = 9_999;
const DAY_MS: i64 = 86_400_000;

/// What an identifier is the hash of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Schema {
    #[serde(rename = "EMAIL_SHA256")]
    Email,
    #[serde(rename = "PHONE_SHA256")]
    Phone,
    #[serde(rename = "MOBILE_AD_ID_SHA256")]
    MobileAdId,
}

/// A SHA-256 digest.
pub type Digest = [u8; 32];

/// How far Snapchat has come with what was uploaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upload {
    /// Nothing was ever uploaded.
    None,
    /// Since then something is being matched.
    Processing { since: i64 },
    /// Matched; sizes grow to their final value until twice the delay has passed.
    Complete { since: i64 },
}

/// One list of people.
pub struct Segment {
    pub id: String,
    /// Place in the order of creation.
    pub place: u64,
    pub name: String,
    pub description: String,
    pub ad_account_id: String,
    pub organization_id: String,
    pub retention_in_days: u32,
    pub created_at: i64,
    pub updated_at: i64,
    pub upload: Upload,
    /// Per schema: each identifier with the time it was last added.
    members: BTreeMap<Schema, HashMap<Digest, i64>>,
    /// No member was added before this time.
    oldest: i64,
    /// The size before the last upload, and after it.
    published: (u64, u64),
}

/// All segments by id.
#[derive(Default)]
pub struct Segments {
    by_id: HashMap<String, Segment>,
    created: u64,
}

/// What is told about a segment's state at one moment.
pub struct Report {
    pub status: &'static str,
    pub upload_status: &'static str,
    pub targetable_status: &'static str,
    pub approximate_number_users: u64,
}

impl Segment {
    /// An empty list.
    pub fn new(id: String, name: String, retention_in_days: u32, now: i64) -> Self {
        Self {
            id,
            place: 0,
            name,
            description: String::new(),
            ad_account_id: String::new(),
            organization_id: String::new(),
            retention_in_days,
            created_at: now,
            updated_at: now,
            upload: Upload::None,
            members: BTreeMap::new(),
            oldest: i64::MAX,
            published: (0, 0),
        }
    }

    /// Adds identifiers; one that is there already only starts its retention anew.
    pub fn add(&mut self, schema: Schema, digests: &[Digest], now: i64) {
        let set = self.members.entry(schema).or_default();
        set.extend(digests.iter().map(|digest| (*digest, now)));
        self.oldest = self.oldest.min(now);
        self.uploaded(now);
    }

    /// Removes identifiers; one that is not there is no error.
    pub fn remove(&mut self, schema: Schema, digests: &[Digest], now: i64) {
        if let Some(set) = self.members.get_mut(&schema) {
            for digest in digests {
                set.remove(digest);
            }
        }
        self.uploaded(now);
    }

    /// Empties the list; its size is 0 at once.
    pub fn clear(&mut self, now: i64) {
        self.members.clear();
        self.oldest = i64::MAX;
        self.published = (0, 0);
        self.updated_at = now;
        if self.upload != Upload::None {
            self.upload = Upload::Complete { since: now };
        }
    }

    fn uploaded(&mut self, now: i64) {
        self.updated_at = now;
        if !matches!(self.upload, Upload::Processing { .. }) {
            self.upload = Upload::Processing { since: now };
        }
    }

    /// Lets time do its work: members age out, uploads get matched.
    pub fn develop(&mut self, settings: &Settings, now: i64) {
        self.age(now);
        let delay = i64::from(settings.segment_delay_ms);
        if let Upload::Processing { since } = self.upload
            && now >= since + delay
        {
            self.published = (self.published.1, self.matched(settings.match_rate));
            self.upload = Upload::Complete { since: since + delay };
        }
    }

    fn age(&mut self, now: i64) {
        let kept_since = now - i64::from(self.retention_in_days) * DAY_MS;
        if self.retention_in_days >= LIFETIME_DAYS || self.oldest >= kept_since {
            return;
        }
        for set in self.members.values_mut() {
            set.retain(|_, added| *added >= kept_since);
        }
        self.oldest = self.members.values().flat_map(HashMap::values).copied().min().unwrap_or(i64::MAX);
        self.uploaded(now);
    }

    /// People whom Snapchat knows: a fixed part of the identifiers. The same person may stand in each of the sets, so
    /// the largest of them counts.
    fn matched(&self, rate: f64) -> u64 {
        let known = |digest: &Digest| f64::from(digest[0]) < rate * 256.0;
        let sizes = self.members.values().map(|set| set.keys().filter(|digest| known(digest)).count());
        sizes.max().unwrap_or(0) as u64
    }

    /// What the API tells at this moment.
    pub fn report(&self, settings: &Settings, now: i64) -> Report {
        let (before, after) = self.published;
        let (upload_status, size) = match self.upload {
            Upload::None => ("NO_UPLOAD", 0),
            Upload::Processing { .. } => ("PROCESSING", after),
            Upload::Complete { since } if now < since + i64::from(settings.segment_delay_ms) => {
                ("COMPLETE", u64::midpoint(before, after))
            }
            Upload::Complete { .. } => ("COMPLETE", after),
        };
        let pending = matches!(self.upload, Upload::None) || (upload_status == "PROCESSING" && size == 0);
        let targetable_status = match (pending, size >= settings.min_targetable) {
            (true, _) => "NOT_READY",
            (false, true) => "READY",
            (false, false) => "TOO_FEW_USERS",
        };
        Report {
            status: if pending { "PENDING" } else { "ACTIVE" },
            upload_status,
            targetable_status,
            approximate_number_users: rounded(size),
        }
    }

    /// Identifiers per schema.
    pub fn counts(&self) -> BTreeMap<Schema, usize> {
        self.members.iter().filter(|(_, set)| !set.is_empty()).map(|(schema, set)| (*schema, set.len())).collect()
    }

    /// The sets, in hex and in order.
    pub fn members(&self) -> BTreeMap<Schema, Vec<String>> {
        let listed = self.members.iter().filter(|(_, set)| !set.is_empty()).map(|(schema, set)| {
            let mut digests: Vec<String> = set.keys().map(hex).collect();
            digests.sort_unstable();
            (*schema, digests)
        });
        listed.collect()
    }
}

/// Snapchat never tells the exact size of a larger list: two digits, the rest zeros.
fn rounded(size: u64) -> u64 {
    let mut unit = 1;
    while size / unit >= 100 {
        unit *= 10;
    }
    size / unit * unit
}

/// 64 lower-case digits.
pub fn hex(digest: &Digest) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Segments {
    /// Adds a new segment.
    pub fn insert(&mut self, mut segment: Segment) {
        self.created += 1;
        segment.place = self.created;
        self.by_id.insert(segment.id.clone(), segment);
    }

    /// A segment, developed up to now.
    pub fn get(&mut self, id: &str, settings: &Settings, now: i64) -> Option<&mut Segment> {
        let segment = self.by_id.get_mut(id)?;
        segment.develop(settings, now);
        Some(segment)
    }

    /// Forgets a segment with all its members.
    pub fn delete(&mut self, id: &str) {
        self.by_id.remove(id);
    }

    /// All segments (of one ad account), in order of creation, developed up to now.
    pub fn list(&mut self, ad_account: Option<&str>, settings: &Settings, now: i64) -> Vec<&Segment> {
        let all = self.by_id.values_mut().filter(|segment| ad_account.is_none_or(|id| segment.ad_account_id == id));
        let developed = all.map(|segment| {
            segment.develop(settings, now);
            &*segment
        });
        let mut listed: Vec<&Segment> = developed.collect();
        listed.sort_unstable_by_key(|segment| segment.place);
        listed
    }

    /// How many segments an ad account has.
    pub fn count(&self, ad_account: &str) -> usize {
        self.by_id.values().filter(|segment| segment.ad_account_id == ad_account).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people(count: u16) -> Vec<Digest> {
        (0..count)
            .map(|n| {
                let [a, b] = n.to_be_bytes();
                let mut d = [0; 32];
                (d[0], d[1], d[2]) = (b, a, 1);
                d
            })
            .collect()
    }

    fn settings() -> Settings {
        Settings { segment_delay_ms: 1_000, match_rate: 0.5, ..Settings::default() }
    }

    #[test]
    fn an_upload_is_matched_over_time() {
        let mut segment = Segment::new("1".into(), "n".into(), LIFETIME_DAYS, 0);
        let state = |segment: &mut Segment, now| {
            segment.develop(&settings(), now);
            let report = segment.report(&settings(), now);
            (report.status, report.upload_status, report.targetable_status, report.approximate_number_users)
        };
        assert_eq!(state(&mut segment, 0), ("PENDING", "NO_UPLOAD", "NOT_READY", 0));
        segment.add(Schema::Email, &people(2_560), 100);
        assert_eq!(state(&mut segment, 1_099), ("PENDING", "PROCESSING", "NOT_READY", 0));
        assert_eq!(state(&mut segment, 1_100), ("ACTIVE", "COMPLETE", "TOO_FEW_USERS", 640));
        assert_eq!(state(&mut segment, 2_100), ("ACTIVE", "COMPLETE", "READY", 1_200));
        segment.add(Schema::Email, &people(1), 3_000);
        assert_eq!(state(&mut segment, 3_500), ("ACTIVE", "PROCESSING", "READY", 1_200));
    }

    #[test]
    fn members_form_a_set_and_age_out() {
        let mut segment = Segment::new("1".into(), "n".into(), 7, 0);
        segment.add(Schema::Email, &people(3), 0);
        segment.add(Schema::Email, &people(2), DAY_MS);
        segment.add(Schema::Phone, &people(1), DAY_MS);
        segment.remove(Schema::Phone, &people(3), DAY_MS);
        assert_eq!(segment.counts(), BTreeMap::from([(Schema::Email, 3)]));
        segment.develop(&settings(), 7 * DAY_MS + 1);
        assert_eq!(segment.counts(), BTreeMap::from([(Schema::Email, 2)]));
        segment.develop(&settings(), 9 * DAY_MS);
        assert_eq!(segment.members(), BTreeMap::new());
    }

    #[test]
    fn large_sizes_are_rounded_down() {
        assert_eq!([7, 99, 123, 1_999, 123_456].map(rounded), [7, 99, 120, 1_900, 120_000]);
    }
}
