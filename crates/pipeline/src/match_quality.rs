//! Match quality of the last week: shares, a score, and the one change that would raise it most (`docs/match-quality.md`).

use std::collections::BTreeMap;

use domain::{
    Actor, ApiError, DestinationId, catalogue,
    fields::{Quality, QualityField},
    time::DAY,
    view_quality::{EventQuality, FieldShare, MatchQuality, QualityScore},
};
use store::QualityCounts;

use crate::{Switchyard, api_error};

/// Days that are looked at, today included.
const DAYS: i64 = 7;

impl Switchyard {
    /// The page of a destination.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn match_quality(&self, actor: &Actor, id: DestinationId) -> Result<MatchQuality, ApiError> {
        let workflow = self.workflow(actor, id).await?;
        let slug = self.store().destination(actor.workspace, id).await.map_err(api_error)?.slug;
        let quality = self.destination_type(&slug).ok_or(ApiError::NotFound)?.quality();
        let since = self.now().minus((DAYS - 1) * DAY);
        let mut counts = self.store().quality_counts(id, since).await.map_err(api_error)?;
        let mut total = Sum::default();
        let mut events = Vec::new();
        for row in &workflow.rows {
            let key = catalogue::setting_key(&row.setting.event);
            let Some(counts) = counts.remove(&key).filter(|counts| counts.events > 0) else { continue };
            let setting = &row.setting;
            let sum = Sum::of(quality, &setting.snap_event, &counts);
            events.push(EventQuality {
                event: setting.event.clone(),
                key,
                snap_event: setting.snap_event.clone(),
                score: sum.score(),
                fields: shares(quality, &setting.snap_event, &counts),
            });
            total.add(sum);
        }
        events.sort_by(|a, b| b.score.events.cmp(&a.score.events).then_with(|| a.event.cmp(&b.event)));
        Ok(MatchQuality { id, name: workflow.name, total: (total.events > 0).then(|| total.score()), events })
    }
}

/// Weights reached and possible, and by field what is missing.
#[derive(Default)]
struct Sum {
    events: u64,
    left_out: u64,
    reached: u64,
    possible: u64,
    /// By the field's place: the field, events that lack it, events that should carry it.
    missing: BTreeMap<usize, (&'static QualityField, u64, u64)>,
}

impl Sum {
    fn of(quality: Quality, snap_event: &str, counts: &QualityCounts) -> Self {
        let mut sum = Self { events: counts.events, left_out: counts.left_out, ..Self::default() };
        for (place, field) in fields_of(quality, snap_event).enumerate() {
            let carried = counts.fields.get(field.name).copied().unwrap_or(0).min(counts.events);
            let weight = u64::from(field.weight);
            sum.reached += weight * carried;
            sum.possible += weight * counts.events;
            sum.missing.insert(place, (field, counts.events - carried, counts.events));
        }
        sum
    }

    fn add(&mut self, other: Self) {
        self.events += other.events;
        self.left_out += other.left_out;
        self.reached += other.reached;
        self.possible += other.possible;
        for (field, lacking, of) in other.missing.into_values() {
            let same = self.missing.values_mut().find(|(known, ..)| known.name == field.name);
            match same {
                Some((_, all_lacking, all)) => {
                    *all_lacking += lacking;
                    *all += of;
                }
                None => drop(self.missing.insert(self.missing.len(), (field, lacking, of))),
            }
        }
    }

    fn score(&self) -> QualityScore {
        QualityScore {
            score: percent(self.reached, self.possible),
            events: self.events,
            left_out: self.left_out,
            advice: self.advice(),
        }
    }

    /// The field whose absence costs most; the first of the list among equals.
    fn advice(&self) -> Option<String> {
        let gain = |(field, lacking, _): &(&QualityField, u64, u64)| u64::from(field.weight) * lacking;
        let best = self.missing.values().rev().max_by_key(|missing| gain(missing))?;
        let (field, lacking, of) = best;
        if *lacking == 0 {
            return None;
        }
        let then = percent(self.reached + gain(best), self.possible);
        Some(format!(
            "{} {} % of these events carry it now; with all of them the score would be {then}.",
            field.advice,
            percent(of - lacking, *of)
        ))
    }
}

fn fields_of(quality: Quality, snap_event: &str) -> impl Iterator<Item = &'static QualityField> {
    quality.fields.iter().filter(move |field| field.applies_to(snap_event))
}

fn shares(quality: Quality, snap_event: &str, counts: &QualityCounts) -> Vec<FieldShare> {
    let share = |field: &QualityField| FieldShare {
        name: field.name.to_owned(),
        label: field.label.to_owned(),
        weight: field.weight,
        identifies: field.identifies,
        percent: percent(counts.fields.get(field.name).copied().unwrap_or(0), counts.events),
    };
    fields_of(quality, snap_event).map(share).collect()
}

/// Rounded down, so that 100 means all.
fn percent(part: u64, whole: u64) -> u32 {
    let percent = part.saturating_mul(100).checked_div(whole).unwrap_or(0).min(100);
    u32::try_from(percent).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn field(name: &'static str, weight: u32, events: &'static [&'static str]) -> QualityField {
        QualityField { name, label: name, weight, identifies: true, pointers: &[], events, advice: name }
    }

    const QUALITY: Quality = Quality {
        fields: &[field("em", 30, &[]), field("ph", 10, &[]), field("value", 10, &["PURCHASE"])],
        left_out: &[],
    };

    fn counts(events: u64, fields: &[(&str, u64)]) -> QualityCounts {
        let fields = fields.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect();
        QualityCounts { events, left_out: 0, fields }
    }

    #[test]
    fn the_score_is_the_weighted_share() {
        // (30·50 + 10·100 + 10·0) / (50·100)
        let sum = Sum::of(QUALITY, "PURCHASE", &counts(100, &[("em", 50), ("ph", 100)]));
        assert_eq!(sum.score().score, 50);
        let sum = Sum::of(QUALITY, "PAGE_VIEW", &counts(10, &[("em", 10), ("ph", 10), ("value", 0)]));
        assert_eq!((sum.score().score, sum.score().advice), (100, None));
    }

    #[test]
    fn the_advice_is_what_raises_it_most() {
        let sum = Sum::of(QUALITY, "PURCHASE", &counts(100, &[("em", 80), ("ph", 90), ("value", 10)]));
        // em: 30·20 = 600, ph: 100, value: 900.
        assert_eq!(
            sum.score().advice.as_deref(),
            Some("value 10 % of these events carry it now; with all of them the score would be 86.")
        );
    }

    #[test]
    fn events_count_by_their_number() {
        let mut total = Sum::default();
        total.add(Sum::of(QUALITY, "PURCHASE", &counts(10, &[("em", 10), ("ph", 10), ("value", 10)])));
        total.add(Sum::of(QUALITY, "PAGE_VIEW", &counts(990, &[])));
        let score = total.score();
        assert_eq!((score.events, score.score), (1_000, 1));
        assert!(score.advice.is_some_and(|advice| advice.starts_with("em 1 %")));
    }
}
