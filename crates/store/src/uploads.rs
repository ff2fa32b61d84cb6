//! Files of people: what is known of each, from its arrival to the end of its import.

use domain::{
    ApiError, AudienceId, Timestamp, UploadId, UserId, WorkspaceId,
    time::{DAY, HOUR},
    upload::Plan,
    view_uploads::{UploadCounts, UploadReport, UploadState, UploadView},
};
use sqlx::{Row, sqlite::SqliteRow};

use crate::{Author, Store, StoreError, changes::note, refusals::found};

/// Files that a list shows.
const LISTED: i64 = 100;
/// How long rows that were not taken are kept.
pub const REJECTS_KEPT: i64 = 7 * DAY;
/// How long a file waits for somebody to import it.
pub const DRAFTS_KEPT: i64 = DAY;
/// How long a file may take to arrive.
const ARRIVAL_MAX: i64 = 6 * HOUR;

const VIEW: &str = "select u.*, a.name as audience,
        exists (select 1 from upload_rejects r where r.upload_id = u.id) as has_rejects
 from uploads u left join audiences a on a.id = u.audience_id and a.state <> 'deleted'
 where u.workspace_id = $1 and ($2 is null or u.id = $2) order by u.created_at desc limit $3";

/// An import to go on with.
#[derive(Clone, Debug)]
pub struct OpenImport {
    /// The file.
    pub id: UploadId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// How it is read.
    pub plan: Plan,
    /// The audience that its people come into.
    pub audience: Option<AudienceId>,
    /// Its size in bytes.
    pub bytes: u64,
    /// Where the next row begins.
    pub byte: u64,
    /// And on which line.
    pub line: u64,
    /// When it was started: since when its traits hold.
    pub started_at: Timestamp,
}

impl Store {
    /// A file begins to arrive.
    ///
    /// # Errors
    /// What the database says.
    pub async fn begin_upload(
        &self,
        workspace: WorkspaceId,
        id: UploadId,
        name: &str,
        user: UserId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sqlx::query(
            "insert into uploads (id, workspace_id, name, state, created_by, created_at)
             values ($1, $2, $3, 'receiving', coalesce((select name from users where id = $4), 'somebody'), $5)",
        )
        .bind(id.0)
        .bind(workspace.0)
        .bind(name)
        .bind(user.0)
        .bind(now.0)
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    /// Writes down how a file that is not imported yet is read, and what a look through it found.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] if there is none, or its import has begun.
    pub async fn plan_upload(
        &self,
        workspace: WorkspaceId,
        id: UploadId,
        bytes: u64,
        plan: &Plan,
        report: &UploadReport,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query(
            "update uploads set state = 'draft', bytes = $3, plan = $4, report = $5, total = $6
             where workspace_id = $1 and id = $2 and state in ('receiving', 'draft')",
        )
        .bind(workspace.0)
        .bind(id.0)
        .bind(i64::try_from(bytes).unwrap_or(i64::MAX))
        .bind(serde_json::to_string(plan)?)
        .bind(serde_json::to_string(report)?)
        .bind(i64::try_from(report.rows).unwrap_or(i64::MAX))
        .execute(&mut *tx)
        .await?;
        found(&done)?;
        Ok(tx.commit().await?)
    }

    /// The files of a workspace, newest first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn uploads(&self, workspace: WorkspaceId) -> Result<Vec<UploadView>, StoreError> {
        let rows =
            sqlx::query(VIEW).bind(workspace.0).bind(None::<uuid::Uuid>).bind(LISTED).fetch_all(&self.readers).await?;
        rows.iter().map(view).collect()
    }

    /// One file.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn upload(&self, workspace: WorkspaceId, id: UploadId) -> Result<UploadView, StoreError> {
        let row = sqlx::query(VIEW).bind(workspace.0).bind(id.0).bind(1).fetch_optional(&self.readers).await?;
        view(&row.ok_or(ApiError::NotFound)?)
    }

    /// The size of a file.
    ///
    /// # Errors
    /// What the database says.
    pub async fn upload_bytes(&self, id: UploadId) -> Result<u64, StoreError> {
        let bytes: i64 = sqlx::query_scalar("select coalesce(max(bytes), 0) from uploads where id = $1")
            .bind(id.0)
            .fetch_one(&self.readers)
            .await?;
        Ok(bytes.unsigned_abs())
    }

    /// Has a file imported.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] if there is none, or its import has begun; for an audience that is not static.
    pub async fn start_upload(
        &self,
        workspace: WorkspaceId,
        id: UploadId,
        audience: Option<AudienceId>,
        author: &Author,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        if let Some(audience) = audience {
            let fits: bool = sqlx::query_scalar(
                "select exists (select 1 from audiences where id = $1 and workspace_id = $2 and not dynamic
                                and state <> 'deleted')",
            )
            .bind(audience.0)
            .bind(workspace.0)
            .fetch_one(&mut *tx)
            .await?;
            if !fits {
                return Err(ApiError::NotFound.into());
            }
        }
        let name: Option<String> = sqlx::query_scalar(
            "update uploads set state = 'waiting', audience_id = $3, started_at = $4
             where workspace_id = $1 and id = $2 and state = 'draft' returning name",
        )
        .bind(workspace.0)
        .bind(id.0)
        .bind(audience.map(|id| id.0))
        .bind(author.at.0)
        .fetch_optional(&mut *tx)
        .await?;
        let name = name.ok_or(ApiError::NotFound)?;
        note(&mut tx, author, workspace, None, &format!("Import of the file “{name}” started")).await?;
        Ok(tx.commit().await?)
    }

    /// Stops an import, or forgets a file that was not imported. What was imported stays.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] if there is nothing to stop.
    pub async fn cancel_upload(&self, workspace: WorkspaceId, id: UploadId, author: &Author) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let name: Option<String> = sqlx::query_scalar(
            "update uploads set state = 'cancelled', finished_at = $3
             where workspace_id = $1 and id = $2 and state in ('receiving', 'draft', 'waiting', 'running') returning name",
        )
        .bind(workspace.0)
        .bind(id.0)
        .bind(author.at.0)
        .fetch_optional(&mut *tx)
        .await?;
        let name = name.ok_or(ApiError::NotFound)?;
        note(&mut tx, author, workspace, None, &format!("Import of the file “{name}” stopped")).await?;
        Ok(tx.commit().await?)
    }

    /// Forgets a file that could not be received.
    ///
    /// # Errors
    /// What the database says.
    pub async fn forget_upload(&self, id: UploadId) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sqlx::query("delete from uploads where id = $1 and state in ('receiving', 'draft')")
            .bind(id.0)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    /// The import that comes next: one that was begun, else the oldest that waits.
    ///
    /// # Errors
    /// What the database says.
    pub async fn next_import(&self) -> Result<Option<OpenImport>, StoreError> {
        let row = sqlx::query(
            "select * from uploads where state in ('waiting', 'running') order by state = 'waiting', created_at limit 1",
        )
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let audience: Option<uuid::Uuid> = row.try_get("audience_id")?;
        let number = |column: &str| -> Result<u64, StoreError> { Ok(row.try_get::<i64, _>(column)?.unsigned_abs()) };
        let import = OpenImport {
            id: UploadId(row.try_get("id")?),
            workspace: WorkspaceId(row.try_get("workspace_id")?),
            plan: serde_json::from_str(row.try_get("plan")?)?,
            audience: audience.map(AudienceId),
            bytes: number("bytes")?,
            byte: number("byte")?,
            line: number("line")?,
            started_at: Timestamp(row.try_get("started_at")?),
        };
        if row.try_get::<String, _>("state")? == "waiting" {
            let mut tx = self.write().await?;
            sqlx::query("update uploads set state = 'running' where id = $1 and state = 'waiting'")
                .bind(import.id.0)
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
        }
        Ok(Some(import))
    }

    /// Whether a file is still to be imported.
    ///
    /// # Errors
    /// What the database says.
    pub async fn upload_is_open(&self, id: UploadId) -> Result<bool, StoreError> {
        Ok(sqlx::query_scalar(
            "select exists (select 1 from uploads where id = $1 and state in ('receiving', 'draft', 'waiting', 'running'))",
        )
        .bind(id.0)
        .fetch_one(&self.readers)
        .await?)
    }

    /// An import came to its end, or to a problem that it can't get over.
    ///
    /// # Errors
    /// What the database says.
    pub async fn finish_upload(&self, id: UploadId, problem: Option<&str>, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let row = sqlx::query(
            "update uploads set state = case when $2 is null then 'done' else 'failed' end, problem = $2, finished_at = $3
             where id = $1 and state = 'running' returning workspace_id, name, taken, rejected, created_by",
        )
        .bind(id.0)
        .bind(problem)
        .bind(now.0)
        .fetch_optional(&mut *tx)
        .await?;
        if let Some(row) = row {
            let (name, taken, rejected): (String, i64, i64) =
                (row.try_get("name")?, row.try_get("taken")?, row.try_get("rejected")?);
            let how = if problem.is_none() { "imported" } else { "not imported to its end" };
            sqlx::query("insert into changes (workspace_id, who, what, at) values ($1, $2, $3, $4)")
                .bind(row.try_get::<uuid::Uuid, _>("workspace_id")?)
                .bind(row.try_get::<String, _>("created_by")?)
                .bind(format!("File “{name}” {how}: {taken} rows taken, {rejected} not"))
                .bind(now.0)
                .execute(&mut *tx)
                .await?;
        }
        Ok(tx.commit().await?)
    }

    /// The files that have to be kept: those that arrive, or are to be imported. The others are forgotten when their time
    /// is over, with the rows that were not taken.
    ///
    /// # Errors
    /// What the database says.
    pub async fn kept_uploads(&self, now: Timestamp) -> Result<Vec<UploadId>, StoreError> {
        let mut tx = self.write().await?;
        for (sql, before) in [
            ("delete from uploads where state = 'draft' and created_at <= $1", now.minus(DRAFTS_KEPT)),
            ("delete from uploads where state = 'receiving' and created_at <= $1", now.minus(ARRIVAL_MAX)),
            (
                "delete from upload_rejects where upload_id in (select id from uploads where finished_at <= $1)",
                now.minus(REJECTS_KEPT),
            ),
        ] {
            sqlx::query(sql).bind(before.0).execute(&mut *tx).await?;
        }
        let kept = sqlx::query(
            "select id from uploads where state in ('receiving', 'draft', 'waiting', 'running') order by created_at",
        )
        .fetch_all(&mut *tx)
        .await?;
        tx.commit().await?;
        kept.iter().map(|row| Ok(UploadId(row.try_get(0)?))).collect()
    }
}

fn view(row: &SqliteRow) -> Result<UploadView, StoreError> {
    let state: String = row.try_get("state")?;
    let json = |column: &str| -> Result<Option<String>, StoreError> { Ok(row.try_get(column)?) };
    let number = |column: &str| -> Result<u64, StoreError> { Ok(row.try_get::<i64, _>(column)?.unsigned_abs()) };
    let (audience, audience_name): (Option<uuid::Uuid>, Option<String>) =
        (row.try_get("audience_id")?, row.try_get("audience")?);
    Ok(UploadView {
        id: UploadId(row.try_get("id")?),
        name: row.try_get("name")?,
        state: UploadState::parse(&state).unwrap_or(UploadState::Failed),
        plan: json("plan")?.map(|text| serde_json::from_str(&text)).transpose()?,
        report: json("report")?.map(|text| serde_json::from_str(&text)).transpose()?,
        audience: audience.zip(audience_name).map(|(id, name)| (AudienceId(id), name)),
        counts: UploadCounts {
            total: number("total")?,
            done: number("done")?,
            taken: number("taken")?,
            rejected: number("rejected")?,
            left_out: number("left_out")?,
            new_people: number("new_people")?,
        },
        problem: row.try_get("problem")?,
        created_by: row.try_get("created_by")?,
        created_at: Timestamp(row.try_get("created_at")?),
        finished_at: row.try_get::<Option<i64>, _>("finished_at")?.map(Timestamp),
        has_rejects: row.try_get("has_rejects")?,
    })
}
