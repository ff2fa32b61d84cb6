//! A look through a file before anything is imported: how it is to be read, and what will not be taken and why.

use std::{
    collections::HashMap,
    io::{self, Read},
};

use domain::{
    delivery::Reason,
    upload::{
        Column, Columns, Meaning, Plan, ROW_BYTES_MAX, Refusal, Separator, guess_meaning, guess_separator,
        looks_like_header,
    },
    view_uploads::{PlanForm, ReasonCount, RejectedRow, UploadReport},
};

use super::records::Records;

/// Bytes of the beginning that tell what a file is.
const HEAD: usize = ROW_BYTES_MAX;
/// Rows that are shown.
const SHOWN: usize = 5;
/// Rows that are shown of those that will not be taken.
const REJECTED_SHOWN: usize = 20;
/// Characters that are shown of such a row.
const ROW_SHOWN: usize = 200;

/// Why a file can't be read at all: a word for the address, which the page knows a sentence for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unreadable(pub &'static str);

/// The beginning of a file, its first line, and how many bytes of a mark stand before it.
pub(super) struct Head {
    text: Vec<u8>,
    first_line: String,
    mark: u64,
}

/// Reads the beginning of a file.
pub(super) fn head(mut source: impl Read) -> io::Result<Result<Head, Unreadable>> {
    let mut bytes = Vec::new();
    source.by_ref().take(HEAD as u64).read_to_end(&mut bytes)?;
    let mark = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let text = &bytes[mark..];
    Ok(if text.iter().all(u8::is_ascii_whitespace) {
        Err(Unreadable("empty"))
    } else if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        Err(Unreadable("utf16"))
    } else if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        Err(Unreadable("excel"))
    } else if text.contains(&0) {
        Err(Unreadable("binary"))
    } else {
        let line = text.split(|byte| matches!(byte, b'\n' | b'\r')).find(|line| !line.is_empty()).unwrap_or_default();
        let first_line = String::from_utf8_lossy(line).into_owned();
        Ok(Head { text: text.to_vec(), first_line, mark: mark as u64 })
    })
}

/// How a file is read: as the form says, and guessed where it says nothing.
pub(super) fn plan(head: &Head, form: Option<&PlanForm>) -> Result<Plan, Unreadable> {
    let separator =
        form.and_then(|form| Separator::parse(&form.separator)).unwrap_or_else(|| guess_separator(&head.first_line));
    let mut records = Records::new(head.text.as_slice(), separator.byte(), 0, 1);
    let first = match records.next().ok().flatten().map(|record| record.fields) {
        Some(Ok(first)) if !first.is_empty() => first,
        Some(Err(Refusal::NotUtf8)) => return Err(Unreadable("not_utf8")),
        Some(Err(Refusal::Columns { .. })) => return Err(Unreadable("too_many_columns")),
        _ => return Err(Unreadable("columns")),
    };
    let header = form.map_or_else(|| looks_like_header(first.iter().map(String::as_str)), |form| form.header);
    let chosen = form.map(|form| form.columns.as_slice()).filter(|columns| columns.len() == first.len());
    let column = |(index, text): (usize, &String)| {
        let named = header && !text.trim().is_empty();
        let name = if named { text.trim().to_owned() } else { format!("Column {}", index + 1) };
        let guessed = if named { guess_meaning(&name) } else { guess_by_value(text) };
        Column { meaning: chosen.map_or(guessed, |chosen| chosen[index]), name }
    };
    let columns = first.iter().enumerate().map(column).collect();
    let country = form.map(|form| form.country.trim().to_owned()).filter(|country| !country.is_empty());
    Ok(Plan { separator, header, columns, country })
}

/// A column without a name is known by what stands in it.
fn guess_by_value(text: &str) -> Meaning {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    match text.trim() {
        text if text.contains('@') => Meaning::Email,
        text if digits >= 7 && text.chars().all(|c| c.is_ascii_digit() || "+-() ./".contains(c)) => Meaning::Phone,
        _ => Meaning::Skip,
    }
}

/// Rows after the one that names the columns.
pub(super) fn rows<R: Read>(source: R, head_mark: u64, plan: &Plan) -> io::Result<Records<R>> {
    let mut records = Records::new(source, plan.separator.byte(), head_mark, 1);
    if plan.header {
        records.next()?;
    }
    Ok(records)
}

impl Head {
    /// Where the text begins.
    pub(super) fn mark(&self) -> u64 {
        self.mark
    }
}

/// Looks through all rows.
pub(super) fn report<R: Read>(mut records: Records<R>, plan: &Plan) -> io::Result<UploadReport> {
    let columns = plan.ready();
    let mut report = UploadReport::default();
    let (mut reasons, mut left_out) = (Tally::default(), Tally::default());
    while let Some(record) = records.next()? {
        report.rows += 1;
        let read = match &record.fields {
            Ok(fields) => columns.read(fields.iter().map(String::as_str)),
            Err(refusal) => Err(refusal.clone()),
        };
        if let (Ok(fields), true) = (&record.fields, report.first.len() < SHOWN) {
            report.first.push(columns.masked(fields.iter().map(String::as_str)));
        }
        match read {
            Ok(person) => {
                report.taken += 1;
                for value in person.left_out {
                    let message = format!("Not {} in the column “{}”.", value.wanted, value.column);
                    left_out.add(Reason::new("left_out", message), record.line);
                }
            }
            Err(refusal) => {
                if report.rejected.len() < REJECTED_SHOWN {
                    report.rejected.push(rejected(&columns, record.line, &refusal, record.fields.as_ref().ok()));
                }
                reasons.add(general(&refusal), record.line);
            }
        }
    }
    (report.reasons, report.left_out) = (reasons.finish(), left_out.finish());
    Ok(report)
}

fn rejected(columns: &Columns, line: u64, refusal: &Refusal, fields: Option<&Vec<String>>) -> RejectedRow {
    let row = fields.map_or_else(String::new, |fields| {
        let masked = columns.masked(fields.iter().map(String::as_str));
        masked.join(" · ").chars().take(ROW_SHOWN).collect()
    });
    RejectedRow { line, message: refusal.reason().message, row }
}

/// The reason for rows of different counts together.
fn general(refusal: &Refusal) -> Reason {
    match refusal {
        Refusal::Columns { wanted, .. } => Reason::new(
            "column_count",
            format!(
                "More or fewer columns than the first line, which has {wanted}. Is a separator or a quote missing?"
            ),
        ),
        other => other.reason(),
    }
}

#[derive(Default)]
struct Tally(HashMap<String, ReasonCount>);

impl Tally {
    fn add(&mut self, reason: Reason, line: u64) {
        let new = || ReasonCount { reason: reason.clone(), count: 0, first_line: line };
        self.0.entry(reason.message.clone()).or_insert_with(new).count += 1;
    }

    fn finish(self) -> Vec<ReasonCount> {
        let mut counts: Vec<ReasonCount> = self.0.into_values().collect();
        counts.sort_by_key(|it| (std::cmp::Reverse(it.count), it.first_line));
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(text: &[u8], form: Option<&PlanForm>) -> Result<(Plan, UploadReport), Unreadable> {
        let head = head(text).unwrap()?;
        let plan = plan(&head, form)?;
        let start = usize::try_from(head.mark()).unwrap();
        let report = report(rows(&text[start..], head.mark(), &plan).unwrap(), &plan).unwrap();
        Ok((plan, report))
    }

    #[test]
    fn mistakes_are_told_with_their_lines() {
        let text = "\u{feff}E-Mail;Tel;Plan\r\ndana@n.example;;pro\r\nno address;;x\r\nlee@n.example;1\r\n\r\nmax@n;415 555 0199;\"a\r\nb\"\r\n";
        let (plan, report) = look(text.as_bytes(), None).unwrap();
        assert_eq!((plan.separator, plan.header), (Separator::Semicolon, true));
        let meanings: Vec<_> = plan.columns.iter().map(|column| column.meaning).collect();
        assert_eq!(meanings, [Meaning::Email, Meaning::Phone, Meaning::Trait]);
        assert_eq!((report.rows, report.taken), (4, 2));
        let told: Vec<_> = report.rejected.iter().map(|row| (row.line, row.row.as_str())).collect();
        assert_eq!(told, [(3, "••• ·  · x"), (4, "l•••@n•••.example · •••")]);
        assert_eq!(report.left_out[0].first_line, 6);
        assert_eq!(report.first[0], ["d•••@n•••.example", "", "pro"]);
    }

    #[test]
    fn what_is_no_text_says_so() {
        for (bytes, word) in [
            (&b" \r\n "[..], "empty"),
            (b"\xff\xfea\0", "utf16"),
            (b"PK\x03\x04xx", "excel"),
            (b"a\0b", "binary"),
            (b"pr\xe9nom,email\nDana,dana@n.example\n", "not_utf8"),
        ] {
            assert_eq!(look(bytes, None).unwrap_err(), Unreadable(word));
        }
        let latin = b"email,name\ndana@n.example,J\xfcrgen\nlee@n.example,Lee\n";
        let (_, report) = look(latin, None).unwrap();
        let (plan, _) = look(b"\"E-mail\naddress\",name\ndana@n.example,Dana\n", None).unwrap();
        assert_eq!((plan.columns.len(), plan.columns[0].meaning), (2, Meaning::Email));
        assert_eq!(
            (report.taken, report.reasons[0].reason.code.as_str(), report.reasons[0].first_line),
            (1, "not_utf8", 2)
        );
    }

    #[test]
    fn a_file_without_names_is_known_by_its_values() {
        let (plan, report) = look(b"dana@n.example,+1 415 555 0123,x\nlee@n.example,,y", None).unwrap();
        assert_eq!(plan.columns[0], Column { name: "Column 1".into(), meaning: Meaning::Email });
        assert_eq!((plan.columns[1].meaning, plan.columns[2].meaning), (Meaning::Phone, Meaning::Skip));
        assert_eq!((plan.header, report.rows, report.taken), (false, 2, 2));
        let form = PlanForm {
            separator: "comma".into(),
            header: false,
            columns: vec![Meaning::Skip; 3],
            country: String::new(),
        };
        assert!(look(b"dana@n.example,1,x\n", Some(&form)).unwrap().0.problem().is_some());
    }
}
