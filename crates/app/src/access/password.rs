//! Passwords: Argon2id, off the threads that serve, a few at a time.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

/// Hashes at once: each takes about 19 MiB and all of a core.
const AT_ONCE: usize = 2;
/// Characters of a password.
const LEAST: usize = 10;
const MOST: usize = 200;

/// What is wrong with a new password; `None`: nothing.
#[must_use]
pub fn problem(password: &str, email: &str) -> Option<&'static str> {
    let chars = password.chars().count();
    if chars < LEAST {
        return Some("A password needs at least 10 characters. Four random words are good ones.");
    }
    if chars > MOST {
        return Some("A password may have 200 characters at most.");
    }
    if password.trim().eq_ignore_ascii_case(email.trim()) {
        return Some("Your e-mail address is no password.");
    }
    let mut letters = password.chars();
    let first = letters.next();
    letters.all(|one| Some(one) == first).then_some("One character many times is no password.")
}

/// The hash of nobody's password: checked where there is no account, so that it takes as long. Nothing has this hash.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyBzYWx0IQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashes and checks passwords.
#[derive(Debug)]
pub struct Passwords {
    permits: Semaphore,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { permits: Semaphore::new(AT_ONCE) }
    }
}

impl Passwords {
    /// A password as it is kept.
    ///
    /// # Errors
    /// If the system cannot do it.
    pub async fn hash(&self, password: String) -> Result<String, &'static str> {
        let _permit = self.permits.acquire().await.map_err(|_| "we are stopping")?;
        tokio::task::spawn_blocking(move || hash(&password)).await.unwrap_or(Err("the hash broke off"))
    }

    /// True where the password is the one of `kept`. `None` (no such account) takes as long and is false.
    pub async fn matches(&self, password: String, kept: Option<String>) -> bool {
        let Ok(_permit) = self.permits.acquire().await else { return false };
        let known = kept.is_some();
        let kept = kept.unwrap_or_else(|| NOBODY.to_owned());
        known & tokio::task::spawn_blocking(move || matches(&password, &kept)).await.unwrap_or(false)
    }
}

fn hash(password: &str) -> Result<String, &'static str> {
    let made: Result<PasswordHash, _> = Argon2::default().hash_password(password.as_bytes());
    made.map(|hash| hash.to_string()).map_err(|_| "the password could not be hashed")
}

fn matches(password: &str, kept: &str) -> bool {
    let Ok(parsed) = PasswordHash::new(kept) else { return false };
    Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_opens_only_what_it_was_made_for() {
        let passwords = Passwords::default();
        let kept = passwords.hash("correct horse battery".to_owned()).await.unwrap();
        assert!(kept.starts_with("$argon2id$"), "{kept}");
        assert!(passwords.matches("correct horse battery".to_owned(), Some(kept.clone())).await);
        assert!(!passwords.matches("correct horse batterz".to_owned(), Some(kept.clone())).await);
        assert!(!passwords.matches("nobody's".to_owned(), None).await, "nobody signs in as nobody");
        let cost = |hash: &str| hash.rsplitn(3, '$').last().map(str::to_owned);
        assert_eq!(cost(NOBODY), cost(&kept), "an account that is not there costs as much as one that is");
        assert!(PasswordHash::new(NOBODY).is_ok());
        assert!(!passwords.matches("x".to_owned(), Some("not a hash".to_owned())).await);
    }

    #[test]
    fn weak_ones_are_refused_with_a_reason() {
        assert_eq!(problem("correct horse", "a@example.com"), None);
        for weak in ["short", "", "aaaaaaaaaaaa", "A@EXAMPLE.COM", &"x1".repeat(101)] {
            assert!(problem(weak, "a@example.com").is_some(), "{weak}");
        }
    }
}
