//! Challenge: an address that a program listens at shows that it wants to be told, before anything is told there.
//!
//! We post `{"type":"endpoint.verify","timestamp":…,"data":{"challenge":…,"provider":…,"unsubscribe":…}}` (or `board` instead
//! of `provider`); whoever wants it answers with 2xx and the challenge: as it is, or as `{"challenge":…}`.

use serde_json::{Value, json};
use tocsin_domain::exchange::Method;
use tocsin_domain::{Answer, Ask, HttpAsk, Timestamp};

use super::News;
use crate::access::Secret;
use crate::net::Net;

/// Why an address is not told anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// For everybody. Of what an address answers strangers learn the class of its status only: it may not be theirs.
    pub text: String,
    /// For those who are known here: what came back, or why nothing did.
    pub detail: String,
}

/// Asks an address to show that it wants to be told. `unsubscribe`: where it says that it does not any more.
///
/// # Errors
/// Why it is not told anything.
pub async fn prove(net: &Net, url: &str, news: &News, unsubscribe: &str, now: Timestamp) -> Result<(), Refused> {
    let challenge =
        Secret::draw("").map_err(|why| Refused { text: format!("Try again: {why}."), detail: String::new() })?;
    let body = json!({
        "type": "endpoint.verify",
        "timestamp": now,
        "data": {
            "challenge": challenge.text(),
            news.target.kind(): { "slug": news.slug, "name": news.name },
            "unsubscribe": unsubscribe,
        },
    });
    let headers = [("content-type", "application/json"), ("user-agent", concat!("Tocsin/", env!("CARGO_PKG_VERSION")))];
    let ask = HttpAsk {
        key: "verify".to_owned(),
        method: Method::Post,
        url: url.to_owned(),
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        body: body.to_string().into_bytes(),
    };
    judged(&net.deliver(&Ask::Http(ask)).await, challenge.text())
}

/// What an answer proves.
fn judged(answer: &Answer, challenge: &str) -> Result<(), Refused> {
    match answer {
        Answer::Http(http) if (200..300).contains(&http.status) => {
            if is_echo(&http.body, challenge) {
                return Ok(());
            }
            let text = "This address answered, but not with the challenge that it was sent: it must give it back before it \
                        is told anything.";
            Err(Refused { text: text.to_owned(), detail: String::new() })
        }
        Answer::Http(http) => Err(Refused {
            text: format!(
                "This address did not take the challenge: it answered with a status of {}xx.",
                http.status / 100
            ),
            detail: format!("The status was {}.", http.status),
        }),
        Answer::Failed(failure) => {
            Err(Refused { text: "This address cannot be reached.".to_owned(), detail: failure.detail.clone() })
        }
        Answer::NotModified | Answer::Mail { .. } => {
            Err(Refused { text: "This address answered something else.".to_owned(), detail: String::new() })
        }
    }
}

/// The challenge as it is, or as a field of its name.
fn is_echo(body: &[u8], challenge: &str) -> bool {
    let as_it_is = std::str::from_utf8(body).is_ok_and(|text| text.trim() == challenge);
    let field = |value: &Value| value.get("challenge").and_then(Value::as_str) == Some(challenge);
    as_it_is
        || serde_json::from_slice::<Value>(body).is_ok_and(|value| value.as_str() == Some(challenge) || field(&value))
}

#[cfg(test)]
mod tests {
    use tocsin_domain::{Failure, FailureKind, HttpAnswer};

    use super::*;

    fn http(status: u16, body: &str) -> Answer {
        Answer::Http(HttpAnswer { status, headers: Vec::new(), body: body.as_bytes().to_vec(), url: String::new() })
    }

    #[test]
    fn only_what_gives_the_challenge_back_wants_to_be_told() {
        for body in ["c-1", " c-1\n", "\"c-1\"", r#"{"challenge":"c-1","more":1}"#] {
            assert_eq!(judged(&http(200, body), "c-1"), Ok(()), "{body}");
        }
        for (status, body) in [
            (200, ""),
            (200, "ok"),
            (200, r#"{"data":{"challenge":"c-1"}}"#),
            (200, "c-1c-1"),
            (302, "c-1"),
            (500, "c-1"),
        ] {
            assert!(judged(&http(status, body), "c-1").is_err(), "{status} {body}");
        }
    }

    #[test]
    fn strangers_learn_the_class_of_a_status_and_nothing_else() {
        let text = |answer: &Answer| judged(answer, "c-1").unwrap_err().text;
        assert_eq!(text(&http(403, "secret words")), text(&http(404, "")));
        let failed = |kind, detail: &str| Answer::Failed(Failure { kind, detail: detail.into(), sent: false });
        let closed = failed(FailureKind::Connect, "10.0.0.7 refused the connection.");
        assert_eq!(text(&closed), text(&failed(FailureKind::Timeout, "10.0.0.8 is slow.")));
        assert!(!text(&closed).contains("10.0.0.7"));
    }
}
