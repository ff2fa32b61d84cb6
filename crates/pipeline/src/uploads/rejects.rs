//! The rows that were not taken, as a file to mend and upload again.

use domain::{Actor, ApiError, Role, UploadId, upload::Column};
use store::UploadReject;

use crate::{Switchyard, api_error};

/// Reads them portion by portion.
pub struct RejectedRows {
    switchyard: Switchyard,
    id: UploadId,
    /// The names of the columns, until they were read.
    names: Option<Vec<String>>,
    after: i64,
}

impl Switchyard {
    /// The rows of a file that were not taken: personal data, as it came.
    ///
    /// # Errors
    /// [`ApiError::Forbidden`] for viewers; [`ApiError::NotFound`] if there are none any more.
    pub async fn rejected_rows(&self, actor: &Actor, id: UploadId) -> Result<RejectedRows, ApiError> {
        actor.require(Role::Marketer)?;
        let upload = self.upload(actor, id).await?;
        let plan = upload.plan.filter(|_| upload.has_rejects).ok_or(ApiError::NotFound)?;
        let names = plan.columns.into_iter().map(|Column { name, .. }| name);
        let names = ["Line".to_owned(), "Reason".to_owned()].into_iter().chain(names).collect();
        Ok(RejectedRows { switchyard: self.clone(), id, names: Some(names), after: 0 })
    }
}

impl RejectedRows {
    /// Some more of the file; nothing at its end.
    ///
    /// # Errors
    /// [`ApiError::Internal`].
    pub async fn next(&mut self) -> Result<Option<String>, ApiError> {
        if let Some(names) = self.names.take() {
            return Ok(Some(line(names.iter().map(String::as_str))));
        }
        let portion = self.switchyard.store().upload_rejects(self.id, self.after).await.map_err(api_error)?;
        let Some((after, rejects)) = portion else { return Ok(None) };
        self.after = after;
        Ok(Some(rejects.iter().map(row).collect()))
    }
}

fn row(reject: &UploadReject) -> String {
    let number = reject.line.to_string();
    line([number.as_str(), reject.message.as_str()].into_iter().chain(reject.fields.iter().map(String::as_str)))
}

fn line<'a>(fields: impl Iterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = fields.map(quoted).collect();
    quoted.join(",") + "\r\n"
}

fn quoted(field: &str) -> String {
    if field.contains(['"', ',', ';', '\t', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_separators_is_quoted() {
        let fields = ["a@n.example", "x,\"y\"", "", "two\nlines"];
        let reject = UploadReject { line: 7, message: "No.".into(), fields: fields.map(str::to_owned).to_vec() };
        assert_eq!(row(&reject), "7,No.,a@n.example,\"x,\"\"y\"\"\",,\"two\nlines\"\r\n");
    }
}
