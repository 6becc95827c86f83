//! What somebody wrote, in a file or a form, becomes a door; or mistakes beside the keys they belong to.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{HeaderName, HeaderValue};
use url::Url;

use super::Door;
use super::aws::AwsKey;
use super::token::Client;

/// The keys of `[[provider]]`, which are the fields of the form: name, whether it is a list, whether it is a secret.
pub const KEYS: &[(&str, bool, bool)] = &[
    ("headers", true, true),
    ("query", true, true),
    ("basic", false, true),
    ("bearer", false, true),
    ("cookie", false, true),
    ("token_url", false, false),
    ("client_id", false, false),
    ("client_secret", false, true),
    ("scope", false, false),
    ("aws_key_id", false, false),
    ("aws_secret_key", false, true),
    ("aws_session_token", false, true),
];

/// Headers that belong to the request and not to who makes it.
const NOT_YOURS: [&str; 10] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "accept-encoding",
    "if-none-match",
    "if-modified-since",
    "range",
    "te",
    "upgrade",
];
/// More entries than this are a mistake.
const MOST: usize = 20;

/// Values by key, each a list; texts are lists of one.
#[derive(Clone, Default)]
pub struct Written(Vec<(&'static str, Vec<String>)>);

impl Written {
    /// Notes the values of one of [`KEYS`].
    pub fn put(&mut self, key: &'static str, values: Vec<String>) {
        let values: Vec<String> =
            values.into_iter().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()).collect();
        if !values.is_empty() {
            self.0.push((key, values));
        }
    }

    fn all(&self, key: &str) -> &[String] {
        self.0.iter().find(|(known, _)| *known == key).map_or(&[], |(_, values)| values.as_slice())
    }

    fn one(&self, key: &str) -> Option<&str> {
        self.all(key).first().map(String::as_str)
    }

    /// The door; `None` where nothing was written.
    ///
    /// # Errors
    /// The key and one sentence for each mistake, none of which repeats a secret.
    pub fn door(&self) -> Result<Option<Door>, Vec<(&'static str, String)>> {
        let mut wrong = Vec::new();
        let mut door = Door { headers: self.headers(&mut wrong), query: self.query(&mut wrong), ..Door::default() };
        self.client(&mut door, &mut wrong);
        self.aws(&mut door, &mut wrong);
        let signs = |name: &(String, String)| name.0.eq_ignore_ascii_case("authorization");
        let ways = door.headers.iter().filter(|header| signs(header)).count()
            + usize::from(door.client.is_some())
            + usize::from(door.aws.is_some());
        if ways > 1 {
            let key = self.0.last().map_or("headers", |(key, _)| *key);
            wrong.push((key, "a page is entered in one way: keep one of them".to_owned()));
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(Some(door).filter(|door| *door != Door::default()))
    }

    fn headers(&self, wrong: &mut Vec<(&'static str, String)>) -> Vec<(String, String)> {
        let mut headers = Vec::new();
        if self.all("headers").len() > MOST {
            wrong.push(("headers", format!("holds more than {MOST} headers")));
        }
        for line in self.all("headers").iter().take(MOST) {
            match header(line) {
                Ok(header) => headers.push(header),
                Err(text) => wrong.push(("headers", text)),
            }
        }
        let mut add = |key, name: &str, value: String| match HeaderValue::from_str(&value) {
            Ok(_) => headers.push((name.to_owned(), value)),
            Err(_) => wrong.push((key, "holds a character that no header can carry".to_owned())),
        };
        if let Some(pair) = self.one("basic") {
            add("basic", "Authorization", format!("Basic {}", STANDARD.encode(pair)));
        }
        if let Some(token) = self.one("bearer") {
            add("bearer", "Authorization", format!("Bearer {token}"));
        }
        if let Some(cookie) = self.one("cookie") {
            add("cookie", "Cookie", cookie.to_owned());
        }
        if self.one("basic").is_some_and(|pair| !pair.contains(':')) {
            wrong.push(("basic", "is a user name and a password with a colon between: \"user:password\"".to_owned()));
        }
        headers
    }

    fn query(&self, wrong: &mut Vec<(&'static str, String)>) -> Vec<(String, String)> {
        let mut query = Vec::new();
        for line in self.all("query").iter().take(MOST) {
            match line.split_once('=').filter(|(name, value)| !name.trim().is_empty() && !value.is_empty()) {
                Some((name, value)) => query.push((name.trim().to_owned(), value.trim().to_owned())),
                None => wrong.push(("query", "write each value like \"token=1234\"".to_owned())),
            }
        }
        query
    }

    fn client(&self, door: &mut Door, wrong: &mut Vec<(&'static str, String)>) {
        let all = ["token_url", "client_id", "client_secret"];
        if self.one("scope").is_none() && all.iter().all(|key| self.one(key).is_none()) {
            return;
        }
        for key in all.into_iter().filter(|key| self.one(key).is_none()) {
            wrong.push((key, format!("is missing: {} go together", all.join(", "))));
        }
        let url = self.one("token_url").map(Url::parse);
        if url.as_ref().is_some_and(|url| !matches!(url, Ok(url) if matches!(url.scheme(), "https" | "http"))) {
            wrong.push(("token_url", "is not an address; write it like https://login.example.com/token".to_owned()));
        }
        if let (Some(Ok(url)), Some(id), Some(secret)) = (url, self.one("client_id"), self.one("client_secret")) {
            door.client = Some(Client::new(url, id, secret, self.one("scope")));
        }
    }

    fn aws(&self, door: &mut Door, wrong: &mut Vec<(&'static str, String)>) {
        match (self.one("aws_key_id"), self.one("aws_secret_key")) {
            (Some(id), Some(secret)) => door.aws = Some(AwsKey::new(id, secret, self.one("aws_session_token"))),
            (None, None) if self.one("aws_session_token").is_none() => {}
            (None, _) => wrong.push(("aws_key_id", "is missing: aws_key_id and aws_secret_key go together".to_owned())),
            (_, None) => {
                wrong.push(("aws_secret_key", "is missing: aws_key_id and aws_secret_key go together".to_owned()));
            }
        }
    }
}

fn header(line: &str) -> Result<(String, String), String> {
    let (name, value) = line.split_once(':').ok_or("write each header like \"X-Api-Key: 1234\"")?;
    let (name, value) = (name.trim(), value.trim());
    let fits = HeaderName::from_bytes(name.as_bytes()).is_ok();
    if !fits {
        return Err("write each header like \"X-Api-Key: 1234\"; one of the names is none".to_owned());
    }
    if NOT_YOURS.iter().any(|reserved| name.eq_ignore_ascii_case(reserved)) {
        return Err(format!("{name} belongs to the request itself and cannot be set"));
    }
    if value.is_empty() || HeaderValue::from_str(value).is_err() {
        return Err(format!("the value of {name} is empty or holds a character that no header can carry"));
    }
    Ok((name.to_owned(), value.to_owned()))
}
