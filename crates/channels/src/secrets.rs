//! Secrets in what comes back: receivers echo addresses, headers and bodies, and what they say is kept and shown.

use serde_json::Value;
use tocsin_domain::Ask;

use crate::Kind;
use crate::settings::DOTS;

/// Shorter words are no secrets: cutting them would only spoil the text.
const LEAST_CHARS: usize = 6;

/// Headers that everybody may read.
const PLAIN_HEADERS: [&str; 6] =
    ["accept", "content-type", "user-agent", "webhook-id", "webhook-timestamp", "content-length"];

/// What must not be read in anything a receiver says.
#[derive(Clone, Debug, Default)]
pub struct Secrets(Vec<String>);

impl Secrets {
    /// The secrets of a channel's settings, and those that its request carries in its address and headers.
    #[must_use]
    pub fn of(kind: Kind, settings: &Value, ask: &Ask) -> Self {
        let shown = kind.channel().redacted(settings);
        let mut found = Vec::new();
        for (key, value) in settings.as_object().into_iter().flatten() {
            let shown = shown.get(key).map(texts).unwrap_or_default().join("\n");
            for text in texts(value) {
                gather(&text, &shown, &mut found);
            }
        }
        if let Ask::Http(ask) = ask {
            let headers = ask.headers.iter().filter(|(name, _)| !PLAIN_HEADERS.contains(&name.as_str()));
            for (_, value) in headers {
                gather(value, "", &mut found);
            }
        }
        found.sort_unstable_by_key(|secret| std::cmp::Reverse(secret.len()));
        found.dedup();
        Self(found)
    }

    /// The same text with every secret as dots.
    #[must_use]
    pub fn cut(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| match text.contains(secret.as_str()) {
            true => text.replace(secret.as_str(), DOTS),
            false => text,
        })
    }
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(list) => list.iter().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// The words of `text` that are not in what may be shown of it, in the spellings in which they may come back.
fn gather(text: &str, shown: &str, found: &mut Vec<String>) {
    let apart = |letter: char| letter.is_whitespace() || "/?&=:@,;\"'<>#".contains(letter);
    let mut keep = |word: &str| {
        if word.chars().count() >= LEAST_CHARS && !shown.contains(word) {
            found.push(word.to_owned());
        }
    };
    for word in text.split(apart).chain(text.split_whitespace()) {
        keep(word);
        keep(word.trim_end_matches('='));
        let plain = percent_decoded(word);
        if plain != word {
            keep(&plain);
        }
        let encoded: String = url::form_urlencoded::byte_serialize(word.as_bytes()).collect();
        if encoded != word {
            keep(&encoded);
        }
    }
}

fn percent_decoded(word: &str) -> String {
    let pair = format!("x={word}");
    url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tocsin_domain::HttpAsk;

    use super::*;

    #[test]
    fn what_a_receiver_echoes_is_cut() {
        let settings = json!({"url": "https://hooks.slack.com/services/T0000001/B0000001/s3cr3t-token"});
        let secrets = Secrets::of(Kind::Slack, &settings, &Ask::Http(HttpAsk::get("deliver", "")));
        let said = "no /services/T0000001/B0000001/s3cr3t-token at hooks.slack.com, is s3cr3t-token right?";
        let cut = secrets.cut(said);
        assert!(!cut.contains("s3cr3t-token") && cut.contains("hooks.slack.com"), "{cut}");

        let settings =
            json!({"url": "https://example.com/hook?key=qu%2Bery-key", "secret": "whsec_abcdefghij= whsec_klmnopqr"});
        let mut ask = HttpAsk::get("deliver", "");
        ask.headers.push(("authorization".to_owned(), "Basic dXNlcjpwYXNz".to_owned()));
        ask.headers.push(("content-type".to_owned(), "application/json".to_owned()));
        let secrets = Secrets::of(Kind::Webhook, &settings, &Ask::Http(ask));
        let said =
            "example.com/hook qu%2Bery-key qu+ery-key whsec_abcdefghij whsec_klmnopqr dXNlcjpwYXNz application/json";
        assert_eq!(secrets.cut(said), "example.com/hook •••• •••• •••• •••• •••• application/json");
    }
}
