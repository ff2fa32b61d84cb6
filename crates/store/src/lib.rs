//! All SQL of Switchyard, as verbs of the domain. One verb is one transaction.

mod accounts;
mod at_once;
mod attempts;
mod audience_evaluation;
mod audience_hints;
mod audience_moves;
mod audience_records;
mod audience_rules;
mod audience_sides;
mod audience_sync;
mod audience_turns;
mod audience_wanted;
mod audiences;
mod books;
mod changes;
mod checkpoints;
mod configuration;
mod connections;
mod consents;
mod deliveries;
mod deliveries_lanes;
mod delivery_counts;
mod destination_counts;
mod destinations;
mod devices;
mod erasures;
mod event_finds;
mod events;
mod housekeeping;
mod ingest;
mod ingest_group;
mod ingest_rows;
mod ingest_sources;
mod ingest_sql;
mod jsonb;
mod keys;
mod known_people;
mod log;
mod log_detail;
mod log_sync;
mod many;
mod members;
mod oauth_states;
mod people;
mod people_sets;
mod priority;
mod profile_finds;
mod profile_follow;
mod profile_merge;
mod profile_rows;
mod profile_told;
mod profile_visits;
mod profiles;
mod quality;
mod refusals;
mod rejections;
mod replay;
mod samples;
mod sessions;
mod settling;
mod sighted;
mod sources;
mod sqlite;
mod stats;
mod sync_changes;
mod sync_farewells;
mod sync_lanes;
mod sync_lists;
mod sync_receipts;
mod sync_requests;
mod sync_settings;
mod tag;
mod turns;
mod unread;
mod upload_import;
mod uploads;
mod workflow;
mod workspace_changes;
mod workspace_snapshot;
mod writer;
mod young_messages;

pub use accounts::{Credentials, NewUser};
pub use attempts::NewRequest;
pub use audience_evaluation::WholeEvaluation;
pub use audience_sync::{DirtyPerson, StoredIdentifier, SyncLink, WantedDigest};
pub use audiences::AudienceRecord;
pub use books::{BookFaults, BookLine};
pub use changes::Author;
pub use configuration::ChosenAssets;
pub use connections::{Connection, NewLogin, TokenTimes};
pub use deliveries::{Claimed, Move, ORDER_WINDOW, Pick};
pub use deliveries_lanes::{Health, Lane};
pub use destination_counts::RowCounts;
pub use destinations::{DestinationRecord, LoginRecord};
pub use erasures::Erasure;
pub use events::StoredEvent;
pub use housekeeping::{EVENTS_KEPT, REJECTIONS_KEPT_FOR};
pub use ingest::{Ingested, NewEvent, event_place};
pub use ingest_group::IngestGroup;
pub use ingest_rows::PreparedEvent;
pub use ingest_sources::IngestSource;
pub use ingest_sql::{DELIVERY_AGE, DUPLICATE_WINDOW};
pub use keys::{Keys, OpenError};
pub use known_people::FoundPeople;
pub use log::LogQuestion;
pub use log_detail::{DeliveryRecord, EventRecord};
pub use oauth_states::{Browser, ReturnedState};
pub use people::Member;
pub use priority::go_first;
pub use quality::{Carried, QualityCounts};
pub use rejections::{NewRejection, REJECTIONS_KEPT};
pub use replay::DeadQuestion;
pub use samples::Rehearsed;
pub use sighted::{SightedEvent, Told, profile_key};
pub use sources::{NewSource, SourceRecord};
pub use sqlite::StoreError;
pub use sync_changes::Changes;
pub use sync_farewells::Farewells;
pub use sync_lanes::{Left, StoredList, SyncLane};
pub use sync_lists::NewList;
pub use sync_receipts::{LinkRecord, Receipts};
pub use sync_requests::SyncRequest;
pub use tag::{TagPixel, TagSource};
pub use unread::{Place, UnreadEvent};
pub use upload_import::{UploadReject, UploadStep};
pub use uploads::{DRAFTS_KEPT, OpenImport, REJECTS_KEPT};
pub use workflow::SeenEvent;
pub use workspace_changes::{ApplyFailure, AssetIds, Planned, Step, sentence};
pub use workspace_snapshot::{DestinationSnapshot, SourceSnapshot, WorkspaceSnapshot};

use std::{path::Path, sync::Arc};

use sqlx::SqlitePool;

use checkpoints::Checkpoints;
use log_sync::LogSync;
use settling::Unsettled;
use turns::Turns;
use writer::Writer;

/// The database: one write connection, several for reading, and the keys of what is sealed in it.
#[derive(Clone)]
pub struct Store {
    writer: Arc<Writer>,
    /// What makes commits durable.
    log: Arc<LogSync>,
    /// One connection for large changes that need not be durable one by one. It writes in the writer's turn.
    bulk: SqlitePool,
    readers: SqlitePool,
    checkpoints: Arc<Checkpoints>,
    keys: Keys,
    /// Where files of people are, until they were imported: beside the database.
    uploads_folder: Arc<Path>,
    /// Whose turn it is to write, among the processes on this database.
    turns: Arc<Turns>,
    /// What ingestion leaves to be written later.
    unsettled: Arc<Unsettled>,
}

impl Store {
    /// The keys of this database.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Where files of people are, until they were imported.
    #[must_use]
    pub fn uploads_folder(&self) -> &Path {
        &self.uploads_folder
    }
}
