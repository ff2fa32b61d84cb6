//! Files of people on their way in, and the rows that were not taken on their way out: both are streams, and no server function.

use app::api::{error::status, session};
use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, FromRequest, Multipart, Path, Request, State, multipart::MultipartError},
    http::header,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use domain::{Actor, ApiError, UploadId};
use futures::stream;
use pipeline::{
    Switchyard,
    uploads::{Receiving, RejectedRows, UploadRefusal},
};
use tower_sessions::Session;

use super::AppState;

/// The form's field.
const FIELD: &str = "file";

pub fn router() -> Router<AppState> {
    Router::new()
        // The file is counted while it arrives, and never held in memory.
        .route("/uploads/file", post(receive).layer(DefaultBodyLimit::disable()))
        .route("/uploads/{id}/rejected.csv", get(rejected))
}

/// Takes a file, and answers with the page that tells what is in it, or what is wrong with it.
async fn receive(State(switchyard): State<Switchyard>, session: Session, request: Request) -> Response {
    let actor = match session::actor_of(&switchyard, &session).await {
        Ok(actor) => actor,
        Err(ApiError::SignedOut) => return Redirect::to("/login?next=%2Fuploads%2Fnew").into_response(),
        Err(error) => return refused(&error),
    };
    let taken = match Multipart::from_request(request, &()).await {
        Ok(form) => take(&switchyard, &actor, form).await,
        Err(_) => Err(UploadRefusal::File("no_file")),
    };
    match taken {
        Ok(id) => Redirect::to(&format!("/uploads/{id}")).into_response(),
        Err(UploadRefusal::File(word)) => Redirect::to(&format!("/uploads/new?problem={word}")).into_response(),
        Err(UploadRefusal::Other(error)) => refused(&error),
    }
}

async fn take(switchyard: &Switchyard, actor: &Actor, mut form: Multipart) -> Result<UploadId, UploadRefusal> {
    while let Some(mut field) = form.next_field().await.map_err(|error| broken(&error))? {
        let name = field.file_name().unwrap_or_default().to_owned();
        if field.name() != Some(FIELD) {
            continue;
        }
        let mut receiving: Option<Receiving> = None;
        let mut refusal = None;
        while let Some(bytes) = field.chunk().await.map_err(|error| broken(&error))? {
            if refusal.is_some() {
                // Read on to the end: a browser shows an answer only once it has sent everything.
                continue;
            }
            let file = match &mut receiving {
                Some(file) => file,
                None => {
                    let begun = switchyard.begin_upload(actor, &name).await.map_err(UploadRefusal::Other)?;
                    receiving.insert(begun)
                }
            };
            refusal = file.write(bytes).await.err();
        }
        return match (refusal, receiving) {
            (Some(refusal), _) => Err(refusal),
            (None, Some(file)) => file.finish().await,
            (None, None) => Err(UploadRefusal::File(if name.is_empty() { "no_file" } else { "empty" })),
        };
    }
    Err(UploadRefusal::File("no_file"))
}

fn broken(error: &MultipartError) -> UploadRefusal {
    tracing::debug!(%error, "a file did not arrive whole");
    UploadRefusal::File("broken")
}

async fn rejected(
    State(switchyard): State<Switchyard>,
    session: Session,
    Path(id): Path<String>,
) -> Result<Response, Response> {
    let actor = session::actor_of(&switchyard, &session).await.map_err(|error| refused(&error))?;
    let id: UploadId = id.parse().map_err(|_| refused(&ApiError::NotFound))?;
    let rows = switchyard.rejected_rows(&actor, id).await.map_err(|error| refused(&error))?;
    let portions = stream::try_unfold(rows, |mut rows: RejectedRows| async move {
        Ok::<_, ApiError>(rows.next().await?.map(|text| (text, rows)))
    });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"rejected-{id}.csv\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, Body::from_stream(portions)).into_response())
}

fn refused(error: &ApiError) -> Response {
    (status(error), format!("{error}\n")).into_response()
}
