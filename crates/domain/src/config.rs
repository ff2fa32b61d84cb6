//! Rules of forms that the browser and the server share.

use crate::FieldError;

/// How long a name of a workspace, source, destination or audience may be, in characters.
pub const NAME_MAX: usize = 100;
/// The shortest password.
pub const PASSWORD_MIN: usize = 10;
/// The longest password in bytes: argon2 reads all of it.
pub const PASSWORD_MAX: usize = 256;
/// The longest Conversion API token: real ones are JWTs of some hundred characters.
pub const CAPI_TOKEN_MAX: usize = 4_096;

/// A name that people give.
#[must_use]
pub fn validate_name(field: &str, what: &str, name: &str) -> Option<FieldError> {
    let name = name.trim();
    if name.is_empty() {
        return Some(FieldError::new(field, format!("Give the {what} a name.")));
    }
    if name.chars().count() > NAME_MAX {
        return Some(FieldError::new(
            field,
            format!("A name has at most {NAME_MAX} characters; this one has {}.", name.chars().count()),
        ));
    }
    name.chars()
        .any(char::is_control)
        .then(|| FieldError::new(field, "A name can't hold line breaks or control characters."))
}

/// An e-mail address that somebody signs in with.
#[must_use]
pub fn validate_email(field: &str, email: &str) -> Option<FieldError> {
    let email = email.trim();
    let ok = email.len() <= 254
        && !email.contains(char::is_whitespace)
        && email.split_once('@').is_some_and(|(local, host)| {
            !local.is_empty()
                && !host.contains('@')
                && !host.starts_with('.')
                && !host.ends_with('.')
                && host.contains('.')
        });
    (!ok).then(|| FieldError::new(field, "Enter an e-mail address such as dana@example.com."))
}

/// A new password.
#[must_use]
pub fn validate_password(field: &str, password: &str) -> Option<FieldError> {
    if password.chars().count() < PASSWORD_MIN {
        return Some(FieldError::new(
            field,
            format!("Use at least {PASSWORD_MIN} characters. Several words are easy to remember."),
        ));
    }
    (password.len() > PASSWORD_MAX).then(|| FieldError::new(field, format!("Use at most {PASSWORD_MAX} bytes.")))
}

/// A Conversion API token: non-empty and without blanks; nothing else is checked (reference section 1.1).
#[must_use]
pub fn validate_capi_token(field: &str, token: &str) -> Option<FieldError> {
    let token = token.trim();
    if token.is_empty() {
        return Some(FieldError::new(
            field,
            "Paste the token from Snapchat's Business Dashboard, section Conversion API Tokens.",
        ));
    }
    if token.contains(char::is_whitespace) || token.chars().any(char::is_control) {
        return Some(FieldError::new(
            field,
            "A token has no blanks or line breaks. Copy it again from Snapchat, whole and alone.",
        ));
    }
    (token.len() > CAPI_TOKEN_MAX || !token.is_ascii()).then(|| {
        FieldError::new(field, "This is not a Conversion API token. Copy it again from Snapchat's Business Dashboard.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails() {
        for good in ["dana@northwind.example", " a+b@c.de "] {
            assert_eq!(validate_email("email", good), None, "{good}");
        }
        for bad in ["", "dana", "@x.de", "a@b", "a b@c.de", "a@b@c.de", "a@.de", "a@b."] {
            assert!(validate_email("email", bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn tokens() {
        assert_eq!(validate_capi_token("t", " eyJhbGciOi.abc.def\n"), None);
        for bad in ["", "  ", "two words", "tök"] {
            assert!(validate_capi_token("t", bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn names_and_passwords() {
        assert_eq!(validate_name("name", "source", "Web shop"), None);
        assert!(validate_name("name", "source", " ").is_some());
        assert!(validate_name("name", "source", &"x".repeat(NAME_MAX + 1)).is_some());
        assert!(validate_name("name", "source", "a\nb").is_some());
        assert_eq!(validate_password("password", "correct horse"), None);
        assert!(validate_password("password", "short").is_some());
        assert!(validate_password("password", &"x".repeat(PASSWORD_MAX + 1)).is_some());
    }
}
