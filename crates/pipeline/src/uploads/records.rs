//! Rows of a file, one at a time and never longer than a row may be, with the line that each begins on.

use std::{
    io::{self, Read},
    str,
};

use csv_core::ReadRecordResult;
use domain::upload::{COLUMNS_MAX, ROW_BYTES_MAX, Refusal};

/// Bytes that are read at once.
const INPUT: usize = 64 * 1024;
/// Columns of a row that are looked at: one more than a file may have tells that there are too many.
const ENDS: usize = COLUMNS_MAX + 1;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// The line that it begins on.
    pub line: u64,
    /// Its fields, or why it can't be read.
    pub fields: Result<Vec<String>, Refusal>,
}

/// Reads rows.
pub(super) struct Records<R> {
    source: R,
    csv: csv_core::Reader,
    input: Vec<u8>,
    /// What of the input was not read yet.
    from: usize,
    until: usize,
    output: Vec<u8>,
    ends: Vec<usize>,
    byte: u64,
    newlines: u64,
    ended: bool,
}

/// How far a row is.
#[derive(Default)]
struct Row {
    written: usize,
    fields: usize,
    /// Line breaks inside of what had to be thrown away.
    dropped_newlines: u64,
    too_long: bool,
    too_many: bool,
}

impl<R: Read> Records<R> {
    /// Begins at a byte of the file, which stands on a line.
    pub(super) fn new(source: R, separator: u8, byte: u64, line: u64) -> Self {
        Self {
            source,
            csv: csv_core::ReaderBuilder::new().delimiter(separator).build(),
            input: vec![0; INPUT],
            from: 0,
            until: 0,
            output: vec![0; ROW_BYTES_MAX],
            ends: vec![0; ENDS],
            byte,
            newlines: line - 1,
            ended: false,
        }
    }

    /// Where the next row begins.
    pub(super) fn byte(&self) -> u64 {
        self.byte
    }

    /// On which line the next row begins.
    pub(super) fn line(&self) -> u64 {
        self.newlines + 1
    }

    /// The next row.
    pub(super) fn next(&mut self) -> io::Result<Option<Record>> {
        let mut row = Row::default();
        loop {
            if self.from == self.until && !self.ended {
                self.until = self.source.read(&mut self.input)?;
                self.from = 0;
                self.ended = self.until == 0;
            }
            let (result, read, written, fields) = self.csv.read_record(
                &self.input[self.from..self.until],
                &mut self.output[row.written..],
                &mut self.ends[row.fields..],
            );
            let consumed = &self.input[self.from..self.from + read];
            self.newlines += newlines(consumed);
            // At the end of the file the last line break may stand inside of a quote that was not closed.
            let broken = consumed.last() == Some(&b'\n');
            self.from += read;
            self.byte += read as u64;
            row.written += written;
            row.fields += fields;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => row.drop_text(&self.output),
                ReadRecordResult::OutputEndsFull => row.drop_fields(),
                ReadRecordResult::Record => return Ok(Some(self.finish(&row, broken))),
                ReadRecordResult::End => return Ok(None),
            }
        }
    }

    fn finish(&self, row: &Row, broken: bool) -> Record {
        let text = &self.output[..row.written];
        let inside = row.dropped_newlines + newlines(text) + u64::from(broken);
        let line = (self.newlines + 1).saturating_sub(inside).max(1);
        Record { line, fields: self.fields(row, text) }
    }

    fn fields(&self, row: &Row, text: &[u8]) -> Result<Vec<String>, Refusal> {
        if row.too_long {
            // The rest of the file was taken for one value.
            let open = self.ended && row.dropped_newlines > 0;
            return Err(if open { Refusal::OpenQuote } else { Refusal::TooLong });
        }
        if row.too_many {
            return Err(Refusal::Columns { has: COLUMNS_MAX + 1, wanted: COLUMNS_MAX });
        }
        let text = str::from_utf8(text).map_err(|_| Refusal::NotUtf8)?;
        let mut fields = Vec::with_capacity(row.fields);
        let mut from = 0;
        for end in &self.ends[..row.fields] {
            fields.push(text.get(from..*end).ok_or(Refusal::NotUtf8)?.to_owned());
            from = *end;
        }
        Ok(fields)
    }
}

impl Row {
    fn drop_text(&mut self, output: &[u8]) {
        self.dropped_newlines += newlines(&output[..self.written]);
        self.written = 0;
        self.too_long = true;
    }

    fn drop_fields(&mut self) {
        self.fields = 0;
        self.too_many = true;
    }
}

fn newlines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<(u64, Result<Vec<String>, Refusal>)> {
        let mut records = Records::new(text.as_bytes(), b',', 0, 1);
        let mut found = Vec::new();
        while let Some(record) = records.next().unwrap() {
            found.push((record.line, record.fields));
        }
        assert_eq!(records.byte(), text.len() as u64);
        found
    }

    fn fields(fields: &[&str]) -> Result<Vec<String>, Refusal> {
        Ok(fields.iter().map(|field| (*field).to_owned()).collect())
    }

    #[test]
    fn rows_know_their_lines() {
        for end in ["\n", "\r\n"] {
            let text = ["a,b", "", "\"x\ny\",\"say \"\"hi\"\"\"", "c,d,e", "", "", "f"].join(end);
            assert_eq!(
                all(&text),
                [
                    (1, fields(&["a", "b"])),
                    (3, fields(&["x\ny", "say \"hi\""])),
                    (5, fields(&["c", "d", "e"])),
                    (8, fields(&["f"])),
                ]
            );
        }
    }

    #[test]
    fn a_huge_row_costs_no_memory_and_not_its_neighbours() {
        let huge = "x".repeat(3 * ROW_BYTES_MAX);
        assert_eq!(
            all(&format!("a,b\n{huge},1\nc,d\n")),
            [(1, fields(&["a", "b"])), (2, Err(Refusal::TooLong)), (3, fields(&["c", "d"]))]
        );
        let many = ",".repeat(3 * ENDS);
        assert!(matches!(all(&format!("{many}\na\n")).as_slice(), [(1, Err(Refusal::Columns { .. })), (2, Ok(_))]));
        let open = format!("a,b\n\"c,{}", "d\n".repeat(ROW_BYTES_MAX));
        assert_eq!(all(&open), [(1, fields(&["a", "b"])), (2, Err(Refusal::OpenQuote))]);
        assert_eq!(all("a,b\n\"c,d\ne\n"), [(1, fields(&["a", "b"])), (2, fields(&["c,d\ne\n"]))]);
    }

    #[test]
    fn goes_on_from_where_it_stopped() {
        let text = "a,1\r\n\"b\r\nb\",2\r\nc,3\r\n\r\nd,4\r\n";
        let whole = all(text);
        let mut records = Records::new(text.as_bytes(), b',', 0, 1);
        for n in 0..whole.len() {
            let (byte, line) = (records.byte(), records.line());
            let mut again = Records::new(&text.as_bytes()[usize::try_from(byte).unwrap()..], b',', byte, line);
            let mut rest = Vec::new();
            while let Some(record) = again.next().unwrap() {
                rest.push((record.line, record.fields));
            }
            assert_eq!(rest, whole[n..]);
            records.next().unwrap();
        }
    }
}
