//! Door: pages that want to know who asks. What opens one is kept encrypted, told to its own host alone, and never
//! logged, shown or put into a reason.

mod aws;
mod doors;
mod token;
mod written;

pub use doors::{Doors, at};
pub use written::{KEYS, Written};

use serde::{Deserialize, Serialize};
use tocsin_domain::{Failure, HttpAnswer, HttpAsk, Timestamp};
use url::Url;

use aws::AwsKey;
use token::Client;

use crate::net::Net;

/// What opens one page.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Door {
    /// Names and values.
    headers: Vec<(String, String)>,
    /// Names and values that go into the query of every address.
    query: Vec<(String, String)>,
    client: Option<Client>,
    aws: Option<AwsKey>,
    /// The origin it was given for; `None` in a file, where it stands beside its page.
    home: Option<String>,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Door({})", self.told().join(", "))
    }
}

impl Door {
    /// As it is stored, to be encrypted.
    #[must_use]
    pub fn kept(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// What [`Door::kept`] kept.
    #[must_use]
    pub fn of_kept(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// Bound to the origin of the page that it is given for: no other is told.
    #[must_use]
    pub fn given_for(self, page: &Url) -> Self {
        Self { home: Some(page.origin().ascii_serialization()), ..self }
    }

    /// The origin it was given for, where that is not the one of `page`.
    #[must_use]
    pub fn elsewhere(&self, page: &Url) -> Option<&str> {
        self.home.as_deref().filter(|home| *home != page.origin().ascii_serialization())
    }

    /// True where it is not known what it was given for.
    #[must_use]
    pub const fn is_loose(&self) -> bool {
        self.home.is_none()
    }

    /// What it is made of, without a secret: "header X-Api-Key", "query value token".
    #[must_use]
    pub fn told(&self) -> Vec<String> {
        let headers = self.headers.iter().map(|(name, _)| format!("header {name}"));
        let query = self.query.iter().map(|(name, _)| format!("query value {name}"));
        let client = self.client.iter().map(|client| format!("token from {}", client.place()));
        let aws = self.aws.iter().map(|key| format!("AWS key {}", key.id()));
        headers.chain(query).chain(client).chain(aws).collect()
    }

    /// Where secrets would travel in clear, as far as that can be said beforehand: the key it concerns, or none for the
    /// page itself, and why.
    #[must_use]
    pub fn in_clear(&self, net: &Net, page: &str) -> Vec<(Option<&'static str>, String)> {
        let token = self.client.as_ref().map(|client| (Some("token_url"), client.url()));
        let all = std::iter::once((None, page)).chain(token);
        all.filter_map(|(key, address)| {
            let url = Url::parse(address).ok()?;
            Some((key, net.check_secret(&url).err()?.detail))
        })
        .collect()
    }

    /// Puts on an ask what needs no question beforehand.
    fn put_on(&self, ask: &mut HttpAsk) {
        ask.headers.extend(self.headers.iter().cloned());
        if let Ok(mut url) = Url::parse(&ask.url)
            && !self.query.is_empty()
        {
            url.query_pairs_mut().extend_pairs(&self.query);
            ask.url = url.to_string();
        }
    }

    /// Signs an ask, where that is what opens the page. It is the last thing done to it.
    fn sign(&self, ask: &mut HttpAsk, now: Timestamp) -> Result<(), Failure> {
        self.aws.as_ref().map_or(Ok(()), |key| aws::sign(key, ask, now))
    }

    /// Takes out of an answer's address what we put into it.
    fn hide_in_address(&self, answer: &mut HttpAnswer) {
        let Ok(mut url) = Url::parse(&answer.url) else { return };
        if self.query.is_empty() {
            return;
        }
        let ours = |name: &str, value: &str| self.query.iter().any(|(key, secret)| key == name && secret == value);
        let rest: Vec<(String, String)> =
            url.query_pairs().into_owned().filter(|(name, value)| !ours(name, value)).collect();
        url.set_query(None);
        if !rest.is_empty() {
            url.query_pairs_mut().extend_pairs(&rest);
        }
        answer.url = url.to_string();
    }
}

#[cfg(test)]
mod tests;
