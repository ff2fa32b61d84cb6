//! What the pages of uploads show.

use serde::{Deserialize, Serialize};

use crate::{
    AudienceId, Timestamp, UploadId,
    delivery::Reason,
    upload::{Meaning, Plan},
};

/// Where a file stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UploadState {
    /// Its bytes are arriving.
    Receiving,
    /// It is there; nothing was imported yet.
    Draft,
    /// It will be imported as soon as those before it are.
    Waiting,
    /// It is being imported.
    Running,
    /// It was imported.
    Done,
    /// Somebody stopped it: what was imported stays.
    Cancelled,
    /// It could not be imported to its end: what was imported stays.
    Failed,
}

impl UploadState {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Receiving, Self::Draft, Self::Waiting, Self::Running, Self::Done, Self::Cancelled, Self::Failed];

    /// The word in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Receiving => "receiving",
            Self::Draft => "draft",
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }

    /// The word for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Receiving => "Arriving",
            Self::Draft => "Not imported yet",
            Self::Waiting => "Waiting",
            Self::Running => "Importing",
            Self::Done => "Imported",
            Self::Cancelled => "Stopped",
            Self::Failed => "Failed",
        }
    }

    /// The state that the word names.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether it will change by itself.
    #[must_use]
    pub fn is_under_way(self) -> bool {
        matches!(self, Self::Receiving | Self::Waiting | Self::Running)
    }
}

/// A file of people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadView {
    /// Its id.
    pub id: UploadId,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub state: UploadState,
    /// How it is read.
    pub plan: Option<Plan>,
    /// What a look through it found.
    pub report: Option<UploadReport>,
    /// The audience that its people come into.
    pub audience: Option<(AudienceId, String)>,
    /// How far it is.
    pub counts: UploadCounts,
    /// Why it could not be imported.
    pub problem: Option<String>,
    /// Who uploaded it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// When it was imported, or stopped.
    pub finished_at: Option<Timestamp>,
    /// Whether the rows that were not taken can still be downloaded.
    pub has_rejects: bool,
}

/// How far an import is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadCounts {
    /// Rows in all.
    pub total: u64,
    /// Rows read.
    pub done: u64,
    /// Rows taken.
    pub taken: u64,
    /// Rows not taken.
    pub rejected: u64,
    /// Values left out of rows that were taken.
    pub left_out: u64,
    /// People who were not known before.
    pub new_people: u64,
}

/// What a look through a file found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadReport {
    /// Rows, without the one that names the columns.
    pub rows: u64,
    /// Rows that will be taken.
    pub taken: u64,
    /// Why others will not, most frequent first.
    pub reasons: Vec<ReasonCount>,
    /// Values that will be left out of rows that are taken.
    pub left_out: Vec<ReasonCount>,
    /// The first rows that will not be taken.
    pub rejected: Vec<RejectedRow>,
    /// The first rows, masked, one text per column.
    pub first: Vec<Vec<String>>,
}

/// How often something was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonCount {
    /// What.
    pub reason: Reason,
    /// How many rows or values.
    pub count: u64,
    /// Where first.
    pub first_line: u64,
}

/// A row that will not be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedRow {
    /// Its line in the file.
    pub line: u64,
    /// Why.
    pub message: String,
    /// The row, masked.
    pub row: String,
}

/// How a file is to be read, as the form tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanForm {
    /// [`crate::upload::Separator`].
    pub separator: String,
    /// Whether the first line names the columns.
    pub header: bool,
    /// What each column holds; empty to have it guessed.
    pub columns: Vec<Meaning>,
    /// The country of phone numbers without a country code.
    pub country: String,
}

/// Where the people of a file go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum UploadTarget {
    /// Among the profiles.
    Profiles,
    /// Also into a static audience that is there.
    Audience(AudienceId),
    /// Also into a static audience that is made for them.
    NewAudience(String),
}
