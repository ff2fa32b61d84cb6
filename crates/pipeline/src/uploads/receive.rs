//! A file on its way in: sealed portion by portion, looked through at its end, and gone if it does not come to that.

use std::io;

use domain::{Actor, ApiError, Role, UploadId, upload::FILE_BYTES_MAX};

use super::{
    look::Unreadable,
    sealed_file::{Folder, SealedWriter},
};
use crate::{Switchyard, api_error, internal};

/// Characters of a file's name that are kept.
const NAME_MAX: usize = 100;

/// Why a file was not taken: a word that the page has a sentence for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UploadRefusal {
    /// See the word.
    File(&'static str),
    /// The role does not allow it, or something failed.
    Other(ApiError),
}

impl From<Unreadable> for UploadRefusal {
    fn from(reason: Unreadable) -> Self {
        Self::File(reason.0)
    }
}

/// A file that is arriving. Dropped before its end, it leaves nothing behind.
pub struct Receiving {
    switchyard: Switchyard,
    actor: Actor,
    id: UploadId,
    writer: Option<SealedWriter>,
    kept: bool,
}

impl Switchyard {
    /// A file begins to arrive.
    ///
    /// # Errors
    /// [`ApiError::Forbidden`]; [`ApiError::Internal`].
    pub async fn begin_upload(&self, actor: &Actor, name: &str) -> Result<Receiving, ApiError> {
        actor.require(Role::Marketer)?;
        let id = UploadId(self.new_id());
        // Browsers send the name alone; others may send a path.
        let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
        let name: String = name.chars().filter(|c| !c.is_control()).take(NAME_MAX).collect();
        let name = if name.trim().is_empty() { "people.csv" } else { name.trim() };
        self.store().begin_upload(actor.workspace, id, name, actor.user, self.now()).await.map_err(api_error)?;
        let mut receiving = Receiving { switchyard: self.clone(), actor: actor.clone(), id, writer: None, kept: false };
        let writer = Folder::new(self.store().uploads_folder()).create(id, self.store().keys().clone());
        receiving.writer = Some(writer.map_err(|error| internal(&error))?);
        Ok(receiving)
    }
}

impl Receiving {
    /// Takes some bytes.
    ///
    /// # Errors
    /// [`UploadRefusal::File`] if it becomes too large.
    pub async fn write(&mut self, bytes: bytes::Bytes) -> Result<(), UploadRefusal> {
        let Some(mut writer) = self.writer.take() else { return Ok(()) };
        if writer.bytes() + bytes.len() as u64 > FILE_BYTES_MAX {
            return Err(UploadRefusal::File("too_large"));
        }
        let written = tokio::task::spawn_blocking(move || writer.write(&bytes).map(|()| writer)).await;
        self.writer = Some(joined(written)?);
        Ok(())
    }

    /// The file is whole: it is looked through, and waits for somebody to import it.
    ///
    /// # Errors
    /// [`UploadRefusal::File`] if it is no text with columns.
    pub async fn finish(mut self) -> Result<UploadId, UploadRefusal> {
        let Some(writer) = self.writer.take() else { return Err(UploadRefusal::File("empty")) };
        let bytes = joined(tokio::task::spawn_blocking(move || writer.finish()).await)?;
        super::look_through(&self.switchyard, self.id, bytes, None, self.actor.workspace).await?;
        self.kept = true;
        Ok(self.id)
    }
}

impl Drop for Receiving {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        let (switchyard, id) = (self.switchyard.clone(), self.id);
        // A visitor who goes away ends the request and all that it waits for; this outlives it.
        tokio::spawn(async move {
            super::delete_file(&switchyard, id).await;
            if let Err(error) = switchyard.store().forget_upload(id).await {
                tracing::warn!(%error, "a file that did not arrive is still listed; it goes within hours");
            }
        });
    }
}

fn joined<T>(done: Result<io::Result<T>, tokio::task::JoinError>) -> Result<T, UploadRefusal> {
    let failed = |error: &dyn std::fmt::Display| UploadRefusal::Other(internal(error));
    done.map_err(|error| failed(&error))?.map_err(|error| failed(&error))
}
