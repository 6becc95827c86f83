//! Twilio: what text messages and calls share. Nothing here can be sent twice safely: Twilio knows no ids of ours.

pub(crate) mod sms;
pub(crate) mod voice;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tocsin_domain::{Answer, Ask, HttpAnswer, Timestamp};
use url::form_urlencoded;

use crate::settings::{self, problem};
use crate::{Composed, Outcome, Part, Setting, SettingProblem, judge};

const HOST: &str = "api.twilio.com";

const ACCOUNT: Setting = Setting {
    key: "account",
    required: true,
    secret: false,
    list: false,
    help: "the account's SID, AC and 32 hexadecimal digits, from Twilio's console.",
};
const KEY: Setting = Setting {
    key: "key",
    required: false,
    secret: false,
    list: false,
    help: "the SID of an API key, SK…; leave it out where the secret is the account's auth token.",
};
const SECRET: Setting = Setting {
    key: "secret",
    required: true,
    secret: true,
    list: false,
    help: "the API key's secret, or the account's auth token.",
};
const TO: Setting = Setting {
    key: "to",
    required: true,
    secret: false,
    list: true,
    help: "the numbers that are told, each with its country, like [\"+491701234567\"].",
};
const URL: Setting = Setting {
    key: "url",
    required: false,
    secret: false,
    list: false,
    help: "where Twilio's API is, if not at https://api.twilio.com: for a stand-in on a private address.",
};

/// Mistakes in what both kinds take.
fn validate(settings: &Value, known: &[Setting]) -> Vec<SettingProblem> {
    let mut problems = settings::shape(settings, known);
    problems.extend(settings::stand_in(settings, HOST).err());
    for (key, prefix) in [("account", "AC"), ("key", "SK")] {
        let value = settings::string(settings, key).trim();
        if !value.is_empty() && !is_sid(value, prefix) {
            problems.push(problem(key, format!("`{key}` must be {prefix} and 32 hexadecimal digits")));
        }
    }
    if !settings::string(settings, "secret").trim().bytes().all(|byte| byte.is_ascii_graphic()) {
        problems.push(problem("secret", "`secret` holds characters that no secret of Twilio has"));
    }
    let mut seen = Vec::new();
    for number in settings::strings(settings, "to") {
        if !is_number(&number) {
            let shown = crate::text::one_line(&number);
            problems
                .push(problem("to", format!("`{shown}` is no number like +491701234567: + and country, digits only")));
        } else if seen.contains(&number) {
            problems.push(problem("to", format!("`{number}` is named twice")));
        }
        seen.push(number);
    }
    problems
}

fn is_sid(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix)
        .is_some_and(|digits| digits.len() == 32 && digits.bytes().all(|one| one.is_ascii_hexdigit()))
}

/// E.164: a plus, and at most 15 digits of which the first is no zero.
fn is_number(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|one| one.is_ascii_digit())
    })
}

/// One form for each number: `fields`, and whom it goes to.
fn forms(settings: &Value, fields: &[(&str, &str)]) -> Vec<Composed> {
    let numbers = settings::strings(settings, "to").into_iter().filter(|number| is_number(number));
    let form =
        |to: &str| form_urlencoded::Serializer::new(String::new()).append_pair("To", to).extend_pairs(fields).finish();
    numbers
        .map(|to| Composed {
            content_type: "application/x-www-form-urlencoded".to_owned(),
            body: form(&to).into_bytes(),
            to,
            part: Part::Root,
        })
        .collect()
}

/// The form, posted to a resource of the account.
fn ask(settings: &Value, composed: &Composed, resource: &str) -> Ask {
    let base = settings::stand_in(settings, HOST).unwrap_or_else(|_| format!("https://{HOST}"));
    let [account, key, secret] = ["account", "key", "secret"].map(|key| settings::string(settings, key).trim());
    let name = if key.is_empty() { account } else { key };
    let authorization = format!("Basic {}", STANDARD.encode(format!("{name}:{secret}")));
    let url = format!("{base}/2010-04-01/Accounts/{account}/{resource}");
    crate::post_with(&url, composed, Some(("authorization", authorization)))
}

fn judged(answer: &Answer, now: Timestamp) -> Outcome {
    judge::http(answer, now, |http| by_body(http, now))
}

/// Twilio's own codes.
fn by_body(http: &HttpAnswer, now: Timestamp) -> Option<Outcome> {
    let body: Value = serde_json::from_slice(&http.body).unwrap_or_default();
    let detail = judge::detail(http);
    if (200..300).contains(&http.status) {
        let sid = body.get("sid").and_then(Value::as_str).map(str::to_owned);
        return Some(match sid {
            Some(sid) => Outcome::Delivered { remote: Some(sid) },
            None => Outcome::Ambiguous { detail: format!("{detail} (Twilio answers with a sid)") },
        });
    }
    match body.get("code").and_then(Value::as_i64)? {
        // No such number, a number that takes no texts or calls, one that asked us to stop.
        21_211 | 21_214 | 21_217 | 21_219 | 21_401 | 21_421 | 21_610 | 21_614 | 13_223 | 13_224 => {
            Some(Outcome::RecipientGone { detail })
        }
        // The account, its money, its numbers, its countries.
        20_003 | 20_005 | 20_008 | 21_210 | 21_212 | 21_215 | 21_408 | 21_603 | 21_606 | 21_608 | 21_659 | 21_660
        | 21_703 => Some(Outcome::EndpointAuth { detail }),
        20_429 | 21_611 => Some(
            judge::wait(http, now)
                .map_or(Outcome::Retry { detail, slow: true }, |seconds| Outcome::RetryAfter { seconds }),
        ),
        21_602 | 21_605 | 21_612 | 21_617 | 21_619 | 21_658 => Some(Outcome::RejectPayload { detail }),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
