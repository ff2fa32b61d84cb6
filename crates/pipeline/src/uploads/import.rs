//! The import beside everything else: while one portion is written the next one is read.

use std::io;

use domain::{
    EventId, SourceId,
    profile::{Sighting, Visit, complete},
    upload::{Columns, Refusal},
};
use store::{OpenImport, SightedEvent, StoreError, Told, UploadReject, UploadStep};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    look,
    records::{Record, Records},
    sealed_file::{Folder, SealedReader},
};
use crate::Switchyard;

/// Rows of one transaction. Ingestion waits for it, so it is short.
const ROWS_AT_ONCE: usize = 3_000;
/// Bytes of one transaction, unless a single row has more.
const BYTES_AT_ONCE: u64 = 2 * 1024 * 1024;

/// Goes on with the import that comes next; `false` if there is none.
///
/// # Errors
/// What the database says.
pub(super) async fn import_next(switchyard: &Switchyard, stop: &CancellationToken) -> Result<bool, StoreError> {
    let store = switchyard.store();
    let Some(import) = store.next_import().await? else { return Ok(false) };
    tracing::info!(upload.id = %import.id, upload.byte = import.byte, "a file of people is imported");
    match run(switchyard, &import, stop).await? {
        End::Stopped => return Ok(false),
        // Another process needs the file; one that was stopped is needed by nobody.
        End::TakenOver if store.upload_is_open(import.id).await? => return Ok(false),
        End::TakenOver => {}
        End::Done => store.finish_upload(import.id, None, switchyard.now()).await?,
        End::Broken(error) => {
            tracing::error!(upload.id = %import.id, %error, "an uploaded file can't be read");
            let problem = "The uploaded file can't be read any more. What was imported stays; upload it again.";
            store.finish_upload(import.id, Some(problem), switchyard.now()).await?;
        }
    }
    super::delete_file(switchyard, import.id).await;
    Ok(true)
}

enum End {
    /// Every row was read.
    Done,
    /// The process ends: the next one goes on.
    Stopped,
    /// Somebody stopped the import, or another process goes on with it.
    TakenOver,
    /// The file can't be read.
    Broken(io::Error),
}

async fn run(switchyard: &Switchyard, import: &OpenImport, stop: &CancellationToken) -> Result<End, StoreError> {
    let store = switchyard.store();
    let (here, opened) = (switchyard.clone(), import.clone());
    let opened = blocking(move || Reader::open(here, opened)).await;
    let first = match opened {
        Ok(reader) => portion(reader).await,
        Err(error) => Err(error),
    };
    let (mut reader, mut step) = match first {
        Ok(read) => read,
        Err(error) => return Ok(End::Broken(error)),
    };
    while let Some(writing) = step {
        if stop.is_cancelled() {
            return Ok(End::Stopped);
        }
        let (written, read) = tokio::join!(store.import_rows(&writing, switchyard.now()), portion(reader));
        if !written? {
            return Ok(End::TakenOver);
        }
        (reader, step) = match read {
            Ok(read) => read,
            Err(error) => return Ok(End::Broken(error)),
        };
    }
    Ok(End::Done)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// Reads the next portion beside the threads that serve connections.
async fn portion(mut reader: Reader) -> io::Result<(Reader, Option<UploadStep>)> {
    blocking(move || {
        let step = reader.next()?;
        Ok((reader, step))
    })
    .await
}

/// Where an import stands in its file.
struct Reader {
    records: Records<SealedReader>,
    columns: Columns,
    import: OpenImport,
    switchyard: Switchyard,
    /// Where the portion that comes next begins.
    from: u64,
}

impl Reader {
    fn open(switchyard: Switchyard, import: OpenImport) -> io::Result<Self> {
        let store = switchyard.store();
        let folder = Folder::new(store.uploads_folder());
        let open = |at| folder.open(import.id, store.keys().clone(), import.bytes, at);
        let records = if import.byte == 0 {
            let mark = look::head(open(0)?)?.map_or(0, |head| head.mark());
            look::rows(open(mark)?, mark, &import.plan)?
        } else {
            Records::new(open(import.byte)?, import.plan.separator.byte(), import.byte, import.line)
        };
        Ok(Self { records, columns: import.plan.ready(), from: import.byte, import, switchyard })
    }

    fn next(&mut self) -> io::Result<Option<UploadStep>> {
        let (mut rows, mut rejects, mut left_out) = (Vec::new(), Vec::new(), 0);
        let begins = self.records.byte();
        while rows.len() + rejects.len() < ROWS_AT_ONCE && self.records.byte() - begins < BYTES_AT_ONCE {
            let Some(record) = self.records.next()? else { break };
            match self.read(record) {
                Ok((row, values)) => {
                    rows.push(row);
                    left_out += values;
                }
                Err(reject) => rejects.push(reject),
            }
        }
        if rows.is_empty() && rejects.is_empty() {
            return Ok(None);
        }
        let from = std::mem::replace(&mut self.from, self.records.byte());
        Ok(Some(UploadStep {
            upload: self.import.id,
            workspace: self.import.workspace,
            audience: self.import.audience,
            from,
            to: self.from,
            line: self.records.line(),
            rows,
            rejects,
            left_out,
        }))
    }

    fn read(&self, record: Record) -> Result<(SightedEvent, u64), UploadReject> {
        let line = record.line;
        let reject = |refusal: Refusal, fields| UploadReject { line, message: refusal.reason().message, fields };
        let fields = record.fields.map_err(|refusal| reject(refusal, Vec::new()))?;
        let mut person = match self.columns.read(fields.iter().map(String::as_str)) {
            Ok(person) => person,
            Err(refusal) => return Err(reject(refusal, fields)),
        };
        let workspace = self.import.workspace;
        let country = self.import.plan.country.as_deref();
        complete(&mut person.identifiers, |raw| self.switchyard.whole_number(raw, country));
        let sighting = Sighting {
            at: self.import.started_at,
            identifiers: person.identifiers,
            traits: person.traits,
            facts: None,
            visit: Visit::default(),
        };
        let row = SightedEvent {
            id: EventId(i64::try_from(line).unwrap_or(i64::MAX)),
            workspace,
            source: SourceId(Uuid::nil()),
            event_key: String::new(),
            name: String::new(),
            person: person.person,
            country: self.import.plan.country.clone(),
            consent: None,
            told: Told::seal(self.switchyard.store().keys(), workspace, sighting),
        };
        Ok((row, person.left_out.len() as u64))
    }
}
