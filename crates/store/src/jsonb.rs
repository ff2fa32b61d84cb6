//! Lists as SQLite keeps JSON inside, so that it needn't read a text first: <https://sqlite.org/jsonb.html>.

const NULL: u8 = 0;
const INT: u8 = 3;
/// Without escapes, whatever is in it.
const TEXTRAW: u8 = 10;
const ARRAY: u8 = 11;

/// The items of a list, one after the other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Items(Vec<u8>);

impl Items {
    pub(crate) fn int(&mut self, number: i64) {
        // Numbers are written in digits.
        self.item(INT, number.to_string().as_bytes());
    }

    pub(crate) fn text(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.item(TEXTRAW, text.as_bytes()),
            None => self.item(NULL, &[]),
        }
    }

    /// A list of these, whose items are in two parts.
    pub(crate) fn list(&mut self, first: &Self, others: &Self) {
        self.header(ARRAY, first.0.len() + others.0.len());
        self.0.extend_from_slice(&first.0);
        self.0.extend_from_slice(&others.0);
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// A list of these, alone.
    pub(crate) fn into_list(self) -> Vec<u8> {
        let mut list = Self::default();
        list.list(&self, &Self::default());
        list.0
    }

    fn item(&mut self, kind: u8, content: &[u8]) {
        self.header(kind, content.len());
        self.0.extend_from_slice(content);
    }

    /// The kind, and the length: in the upper half of the byte, or in bytes that follow.
    fn header(&mut self, kind: u8, length: usize) {
        match (u8::try_from(length), u16::try_from(length)) {
            (Ok(length @ ..12), _) => self.0.push(length << 4 | kind),
            (Ok(length), _) => self.0.extend([12 << 4 | kind, length]),
            (_, Ok(length)) => {
                self.0.push(13 << 4 | kind);
                self.0.extend(length.to_be_bytes());
            }
            _ => {
                self.0.push(15 << 4 | kind);
                self.0.extend((length as u64).to_be_bytes());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};

    use super::*;

    #[tokio::test]
    async fn sqlite_reads_what_was_written() {
        let mut conn = SqliteConnectOptions::new().in_memory(true).connect().await.unwrap();
        for length in [0, 1, 11, 12, 255, 256, 65_535, 65_536] {
            let texts = ["é".repeat(length / 2), "\"\\\n\u{1}".repeat(length / 4), "x".repeat(length)];
            let (mut first, mut others, mut list) = (Items::default(), Items::default(), Items::default());
            first.int(i64::MIN);
            first.int(7);
            texts.iter().for_each(|text| others.text(Some(text)));
            others.text(None);
            list.list(&first, &others);
            let read: String =
                sqlx::query_scalar("select json($1)").bind(list.bytes()).fetch_one(&mut conn).await.unwrap();
            assert_eq!(
                serde_json::from_str::<Value>(&read).unwrap(),
                json!([i64::MIN, 7, texts[0], texts[1], texts[2], null])
            );
            let looked: String =
                sqlx::query_scalar("select $1 ->> '$[3]'").bind(list.bytes()).fetch_one(&mut conn).await.unwrap();
            assert_eq!(looked, texts[1]);
        }
    }
}
