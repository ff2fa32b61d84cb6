//! `switchyard check`: accepted = delivered + waiting + dead + filtered, per source and destination.

use std::fmt;

use serde::Serialize;
use store::{BookFaults, BookLine, StoreError};

use crate::Switchyard;

/// The books of the whole database.
#[derive(Clone, Debug, Serialize)]
pub struct Books {
    /// One line per source and destination.
    pub lines: Vec<Line>,
    /// Events that have no delivery for a destination which was there when they arrived: event, destination.
    pub events_without_delivery: Vec<(i64, String)>,
    /// Deliveries whose event is missing.
    pub deliveries_without_event: Vec<i64>,
    /// Deliveries whose log of attempts is not whole.
    pub deliveries_with_wrong_attempts: Vec<i64>,
    /// Lists whose counts are other than what they hold: audience, destination, kind of identifier.
    pub lists_with_wrong_counts: Vec<(String, String, String)>,
    /// Audiences whose size is other than what their members say.
    pub audiences_with_wrong_size: Vec<String>,
    /// Destinations of which pages count other than what is there.
    pub destinations_with_wrong_counts: Vec<String>,
}

/// What became of the events of one source at one destination.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// The workspace's id.
    pub workspace: String,
    /// The source's name, or its id if it is gone.
    pub source: String,
    /// The destination's name.
    pub destination: String,
    /// Events accepted since the destination was made.
    pub accepted: i64,
    /// The destination has them.
    pub delivered: i64,
    /// Waiting, or being sent.
    pub waiting: i64,
    /// Set aside.
    pub dead: i64,
    /// Not meant to be sent.
    pub filtered: i64,
    /// Whether the line adds up.
    pub balanced: bool,
}

impl Books {
    /// Whether every line adds up and nothing is missing.
    #[must_use]
    pub fn balanced(&self) -> bool {
        self.lines.iter().all(|line| line.balanced)
            && self.events_without_delivery.is_empty()
            && self.deliveries_without_event.is_empty()
            && self.deliveries_with_wrong_attempts.is_empty()
            && self.lists_with_wrong_counts.is_empty()
            && self.audiences_with_wrong_size.is_empty()
            && self.destinations_with_wrong_counts.is_empty()
    }
}

/// Reads the books.
///
/// # Errors
/// What the database says.
pub async fn books(switchyard: &Switchyard) -> Result<Books, StoreError> {
    let (lines, faults) = switchyard.store().books().await?;
    let BookFaults { events_without_delivery, deliveries_without_event, deliveries_with_wrong_attempts, .. } = faults;
    let wrong_counts = faults.lists_with_wrong_counts.into_iter();
    Ok(Books {
        lists_with_wrong_counts: wrong_counts.map(|(a, d, kind)| (a.to_string(), d.to_string(), kind)).collect(),
        audiences_with_wrong_size: faults.audiences_with_wrong_size.into_iter().map(|id| id.to_string()).collect(),
        lines: lines.into_iter().map(line).collect(),
        events_without_delivery: events_without_delivery.into_iter().map(|(e, d)| (e.0, d.to_string())).collect(),
        deliveries_without_event,
        deliveries_with_wrong_attempts,
        destinations_with_wrong_counts: faults.destinations_with_wrong_counts,
    })
}

fn line(line: BookLine) -> Line {
    let BookLine { workspace, source, destination, accepted, delivered, waiting, leased, dead, filtered } = line;
    let (id, name) = source;
    Line {
        workspace: workspace.to_string(),
        source: if name.is_empty() { id.to_string() } else { name },
        destination: destination.1,
        accepted,
        delivered,
        waiting: waiting + leased,
        dead,
        filtered,
        balanced: accepted == delivered + waiting + leased + dead + filtered,
    }
}

impl fmt::Display for Books {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.lines {
            writeln!(
                f,
                "{} → {}: accepted {} = delivered {} + waiting {} + dead {} + filtered {}{}",
                line.source,
                line.destination,
                line.accepted,
                line.delivered,
                line.waiting,
                line.dead,
                line.filtered,
                if line.balanced { "" } else { "  DOES NOT BALANCE" }
            )?;
        }
        for (event, destination) in &self.events_without_delivery {
            writeln!(f, "event {event} has no delivery for destination {destination}")?;
        }
        for delivery in &self.deliveries_without_event {
            writeln!(f, "delivery {delivery} has no event")?;
        }
        for delivery in &self.deliveries_with_wrong_attempts {
            writeln!(f, "delivery {delivery} has other than its count of attempts")?;
        }
        for (audience, destination, kind) in &self.lists_with_wrong_counts {
            writeln!(
                f,
                "the counts of audience {audience} at destination {destination} ({kind}) are other than what is there"
            )?;
        }
        for audience in &self.audiences_with_wrong_size {
            writeln!(f, "the size of audience {audience} is other than its members")?;
        }
        for destination in &self.destinations_with_wrong_counts {
            writeln!(f, "the pages of destination {destination} count other than what is there")?;
        }
        writeln!(f, "{}", if self.balanced() { "The books balance." } else { "The books do not balance." })
    }
}
