//! Options of a destination beside its assets and its credential. Forms, files and the worker read the same rules.

use serde::{Deserialize, Serialize};

use crate::FieldError;

/// The event whose holding is a choice of its own: what was bought is what advertising learns from, and soon.
pub const PURCHASE: &str = "PURCHASE";
/// How long events may be held at most, in seconds: Snapchat removes repeats within 48 hours, and deliveries need time to be retried.
pub const HOLD_MAX: u32 = 86_400;
/// The spellings of limited data use that Snapchat is known to take.
pub const LIMITED_DATA_USE: [&str; 2] = ["LMU", "LDU"];
/// The longest id of an app.
const APP_ID_MAX: usize = 100;

/// The options as they are stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DestinationOptions {
    /// Where events of apps go.
    pub snap_app_id: Option<String>,
    /// How long an event waits for what is still learnt of its person.
    pub hold_seconds: u32,
    /// Whether purchases wait, too.
    pub hold_purchases: bool,
    /// The token that every event carries, one of [`LIMITED_DATA_USE`].
    pub limited_data_use: Option<String>,
}

impl DestinationOptions {
    /// The sentences for the log of changes from these options to `new`.
    #[must_use]
    pub fn changes_to(&self, new: &Self) -> Vec<String> {
        let mut said = Vec::new();
        if self.snap_app_id != new.snap_app_id {
            said.push(match &new.snap_app_id {
                Some(id) => format!("Snap App ID {id}"),
                None => "Snap App ID removed".to_owned(),
            });
        }
        if self.hold_seconds != new.hold_seconds {
            said.push(match new.hold_seconds {
                0 => "Events are no longer held".to_owned(),
                1 => "Events are held for 1 second".to_owned(),
                seconds => format!("Events are held for {seconds} seconds"),
            });
        }
        if self.hold_purchases != new.hold_purchases {
            let what = if new.hold_purchases { "Purchases are held, too" } else { "Purchases are not held" };
            said.push(what.to_owned());
        }
        if self.limited_data_use != new.limited_data_use {
            said.push(format!("Limited data use: {}", new.limited_data_use.as_deref().unwrap_or("off")));
        }
        said
    }
}

/// The options as a form holds them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptionsForm {
    /// The Snap App ID; empty: none.
    pub snap_app_id: String,
    /// Seconds; empty: none.
    pub hold_seconds: String,
    /// Whether purchases wait, too.
    pub hold_purchases: bool,
    /// `LMU`, `LDU`, or empty.
    pub limited_data_use: String,
}

impl OptionsForm {
    /// The options that the form asks for.
    ///
    /// # Errors
    /// What is wrong, by field.
    pub fn read(&self) -> Result<DestinationOptions, Vec<FieldError>> {
        let app = read_app_id("snap_app_id", &self.snap_app_id);
        let hold = read_hold("hold_seconds", &self.hold_seconds);
        let limited = read_limited_data_use("limited_data_use", &self.limited_data_use);
        match (app, hold, limited) {
            (Ok(snap_app_id), Ok(hold_seconds), Ok(limited_data_use)) => Ok(DestinationOptions {
                snap_app_id,
                hold_seconds,
                hold_purchases: self.hold_purchases,
                limited_data_use,
            }),
            (app, hold, limited) => Err([app.err(), hold.err(), limited.err()].into_iter().flatten().collect()),
        }
    }
}

/// A Snap App ID; ids of stores are told apart from it.
///
/// # Errors
/// What is wrong with it.
pub fn read_app_id(field: &str, text: &str) -> Result<Option<String>, FieldError> {
    let id = text.trim();
    let wrong = |message: &str| Err(FieldError::new(field, message));
    if id.is_empty() {
        return Ok(None);
    }
    if id.bytes().all(|b| b.is_ascii_digit()) {
        return wrong(
            "This is the app's number in Apple's store. The Snap App ID stands in Snapchat Events Manager under Apps.",
        );
    }
    if id.contains('.') {
        return wrong("This is the app's package name. The Snap App ID stands in Snapchat Events Manager under Apps.");
    }
    if id.len() > APP_ID_MAX || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
        return wrong("A Snap App ID looks like 4f2b7c1a-8d3e-4a5f-9b6c-1d2e3f4a5b6c.");
    }
    Ok(Some(id.to_owned()))
}

/// How long events are held, in seconds.
///
/// # Errors
/// What is wrong with it.
pub fn read_hold(field: &str, text: &str) -> Result<u32, FieldError> {
    let text = text.trim();
    let seconds = if text.is_empty() { Some(0) } else { text.parse::<i64>().ok() };
    check_hold(field, seconds.unwrap_or(-1))
}

/// A number of seconds that events may be held.
///
/// # Errors
/// What is wrong with it.
pub fn check_hold(field: &str, seconds: i64) -> Result<u32, FieldError> {
    u32::try_from(seconds).ok().filter(|seconds| *seconds <= HOLD_MAX).ok_or_else(|| {
        FieldError::new(field, format!("Give whole seconds from 0 (nothing is held) to {HOLD_MAX} (a day)."))
    })
}

/// The token for limited data use; empty or `off`: none.
///
/// # Errors
/// What is wrong with it.
pub fn read_limited_data_use(field: &str, text: &str) -> Result<Option<String>, FieldError> {
    let word = text.trim().to_ascii_uppercase();
    if word.is_empty() || word == "OFF" {
        return Ok(None);
    }
    if LIMITED_DATA_USE.contains(&word.as_str()) {
        return Ok(Some(word));
    }
    Err(FieldError::new(field, "Limited data use is off, LMU or LDU."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(app: &str, hold: &str, limited: &str) -> OptionsForm {
        OptionsForm {
            snap_app_id: app.into(),
            hold_seconds: hold.into(),
            hold_purchases: true,
            limited_data_use: limited.into(),
        }
    }

    #[test]
    fn forms_become_options() {
        assert_eq!(OptionsForm::default().read(), Ok(DestinationOptions::default()));
        let read = form(" 4f2b7c1a-8d3e ", " 90 ", "ldu").read().unwrap();
        let expected = DestinationOptions {
            snap_app_id: Some("4f2b7c1a-8d3e".into()),
            hold_seconds: 90,
            hold_purchases: true,
            limited_data_use: Some("LDU".into()),
        };
        assert_eq!(read, expected);
        assert_eq!(form("", "86400", "off").read().unwrap().limited_data_use, None);
    }

    #[test]
    fn mistakes_are_told_by_field() {
        for (form, field, words) in [
            (form("1234567890", "", ""), "snap_app_id", "Apple's store"),
            (form("com.northwind.shop", "", ""), "snap_app_id", "package name"),
            (form("two words", "", ""), "snap_app_id", "looks like"),
            (form("", "-1", ""), "hold_seconds", "whole seconds"),
            (form("", "86401", ""), "hold_seconds", "whole seconds"),
            (form("", "1.5", ""), "hold_seconds", "whole seconds"),
            (form("", "", "LUD"), "limited_data_use", "LMU or LDU"),
        ] {
            let mistakes = form.read().unwrap_err();
            assert_eq!((mistakes.len(), mistakes[0].field.as_str()), (1, field));
            assert!(mistakes[0].message.contains(words), "{}", mistakes[0].message);
        }
        assert_eq!(form("1", "x", "y").read().unwrap_err().len(), 3);
    }

    #[test]
    fn changes_are_told_in_words() {
        let (none, some) = (DestinationOptions::default(), form("a-1", "1", "LMU").read().unwrap());
        assert_eq!(
            none.changes_to(&some),
            ["Snap App ID a-1", "Events are held for 1 second", "Purchases are held, too", "Limited data use: LMU"]
        );
        assert_eq!(
            some.changes_to(&none),
            ["Snap App ID removed", "Events are no longer held", "Purchases are not held", "Limited data use: off"]
        );
        assert!(some.changes_to(&some).is_empty());
    }

    #[test]
    fn stored_options_may_lack_what_came_later() {
        let stored: DestinationOptions = serde_json::from_str(r#"{"snap_app_id":"a-1","later":1}"#).unwrap();
        assert_eq!(stored.snap_app_id.as_deref(), Some("a-1"));
    }
}
