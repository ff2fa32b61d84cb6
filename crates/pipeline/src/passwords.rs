//! Hashing and checking passwords with argon2id, two at a time: each takes 19 MiB and some 20 ms of a core.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use domain::ApiError;
use tokio::sync::Semaphore;

/// Hashes under way at the same time.
const AT_A_TIME: usize = 2;
/// Checked for users that don't exist, so that the answer takes as long. No password has this hash.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c3dpdGNoeWFyZC1ub2JvZHk$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The queue of hashes.
pub(crate) struct Passwords {
    slots: Semaphore,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { slots: Semaphore::new(AT_A_TIME) }
    }
}

impl Passwords {
    /// The hash of a new password, as a PHC string.
    pub(crate) async fn hash(&self, password: &str) -> Result<String, ApiError> {
        let password = password.to_owned();
        self.run(move || Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string()).ok())
            .await?
            .ok_or_else(|| failure("a password could not be hashed"))
    }

    /// Whether it is the password of this hash. Without a hash the answer is no, after the same time.
    pub(crate) async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool, ApiError> {
        let password = password.to_owned();
        let known = hash.is_some();
        let hash = hash.unwrap_or(NOBODY).to_owned();
        let right = self
            .run(move || {
                let hash = PasswordHash::new(&hash).ok()?;
                Some(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
            })
            .await?
            .ok_or_else(|| failure("a stored password hash can't be read"))?;
        Ok(right && known)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
        let _slot = self.slots.acquire().await.map_err(|_| failure("hashing has ended"))?;
        tokio::task::spawn_blocking(work).await.map_err(|_| failure("hashing panicked"))
    }
}

fn failure(cause: &str) -> ApiError {
    crate::internal(&cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn knows_its_password_and_nobody_has_none() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(passwords.verify("correct horse", Some(&hash)).await.unwrap());
        assert!(!passwords.verify("wrong horse", Some(&hash)).await.unwrap());
        assert!(!passwords.verify("correct horse", None).await.unwrap());
    }
}
