//! Client credentials (OAuth 2.0, RFC 6749 §4.4): a token is fetched, used until shortly before it runs out, and fetched
//! anew. Microsoft Graph is entered like this.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tocsin_domain::exchange::Method;
use tocsin_domain::{Answer, Failure, FailureKind, HttpAnswer, HttpAsk, Timestamp};
use url::Url;

use crate::net::{Manner, Net, Validators};

/// A token is not used in its last seconds.
const EARLY_S: i64 = 60;
/// What a service that names no time grants (seconds).
const USUAL_S: i64 = 300;

/// Who we are for a token service.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Client {
    url: String,
    id: String,
    secret: String,
    scope: Option<String>,
}

impl Client {
    pub fn new(url: Url, id: &str, secret: &str, scope: Option<&str>) -> Self {
        Self { url: url.into(), id: id.to_owned(), secret: secret.to_owned(), scope: scope.map(str::to_owned) }
    }

    /// The host of the service.
    pub fn place(&self) -> String {
        Url::parse(&self.url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    fn ask(&self) -> HttpAsk {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials");
        form.append_pair("client_id", &self.id).append_pair("client_secret", &self.secret);
        if let Some(scope) = &self.scope {
            form.append_pair("scope", scope);
        }
        let mut ask = HttpAsk::get("token", self.url.clone());
        ask.method = Method::Post;
        ask.body = form.finish().into_bytes();
        ask.headers = vec![
            ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
            ("accept".to_owned(), "application/json".to_owned()),
        ];
        ask
    }
}

struct Token {
    text: String,
    until: Timestamp,
}

/// The token of one client. Whoever fetches it holds the lock: the others wait for the same one.
type Held = Arc<tokio::sync::Mutex<Option<Token>>>;

/// Tokens that hold still.
#[derive(Default)]
pub struct Tokens(Mutex<HashMap<Client, Held>>);

impl Tokens {
    /// The token of a client: the one there is, or a new one.
    pub async fn of(&self, client: &Client, net: &Net, now: Timestamp) -> Result<String, Failure> {
        let held = Arc::clone(self.all().entry(client.clone()).or_default());
        let mut held = held.lock().await;
        if let Some(token) = held.as_ref().filter(|token| now < token.until) {
            return Ok(token.text.clone());
        }
        let fetched = net.poll_as(Manner::Secret, &client.ask(), &Validators::default()).await;
        let token = read(client, fetched.answer, now)?;
        Ok(held.insert(token).text.clone())
    }

    /// The page does not take this one any more; a newer one stays.
    pub async fn forget(&self, client: &Client, refused: &str) {
        let held = Arc::clone(self.all().entry(client.clone()).or_default());
        let mut held = held.lock().await;
        if held.as_ref().is_some_and(|token| token.text == refused) {
            *held = None;
        }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Client, Held>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(client: &Client, answer: Answer, now: Timestamp) -> Result<Token, Failure> {
    let place = client.place();
    let failed = |detail: String| Failure { kind: FailureKind::Protocol, detail, sent: true };
    let http = match answer {
        Answer::Http(http) => http,
        Answer::Failed(failure) => {
            return Err(Failure { detail: format!("No token could be had: {}", failure.detail), ..failure });
        }
        Answer::NotModified | Answer::Mail { .. } => return Err(failed(format!("{place} gave no token."))),
    };
    let json: Value = serde_json::from_slice(&http.body).unwrap_or_default();
    if http.status != 200 {
        return Err(failed(refusal(&place, &http, &json)));
    }
    let text = json.get("access_token").and_then(Value::as_str).filter(|text| fits(text));
    let text = text.ok_or_else(|| failed(format!("{place} answers without an access_token.")))?;
    let seconds = json.get("expires_in").and_then(|value| value.as_i64().or_else(|| value.as_str()?.parse().ok()));
    let seconds = seconds.filter(|seconds| *seconds > 0).unwrap_or(USUAL_S);
    Ok(Token { text: text.to_owned(), until: now.plus((seconds - EARLY_S).max(seconds / 2)) })
}

fn fits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Services say in a word why: `invalid_client`.
fn refusal(place: &str, http: &HttpAnswer, json: &Value) -> String {
    let is_word = |word: &&str| word.len() <= 60 && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let word = json.get("error").and_then(Value::as_str).filter(is_word);
    let word = word.map(|word| format!(", {word}")).unwrap_or_default();
    format!("{place} gives no token (HTTP {}{word}): look at the client id, its secret and the scope.", http.status)
}
