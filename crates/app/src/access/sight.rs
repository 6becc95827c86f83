//! Sight: how much somebody sees of the people behind the channels. Pages and the read API may be open to strangers;
//! whom we write to, and what they answer, is not theirs to know.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde_json::Value;
use url::Url;

use super::Visitor;
use crate::app::App;
use crate::served::Served;

/// What a stranger reads in place of an answer.
const WITHHELD: &str = "Sign in to see it.";
/// What a stranger reads in place of a name.
const SOMEBODY: &str = "somebody";
/// What is left out of an address.
const DOTS: &str = "…";

/// How much of receivers somebody sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sight {
    /// Recipients and their answers.
    Whole,
    /// Enough to tell two recipients apart, and whether it worked.
    Cut,
}

impl Sight {
    /// Strangers see less, except on a loopback listener that has no owner yet: there is nobody to hide anything from.
    #[must_use]
    pub fn of(app: &App, visitor: &Visitor) -> Self {
        let nobody_yet = app.config.server.listen.ip().is_loopback() && !app.access.has_owner();
        if visitor.is_known() || nobody_yet { Self::Whole } else { Self::Cut }
    }

    /// Whom a message went to: `o…@example.com`, the host of an address.
    #[must_use]
    pub fn recipient(self, recipient: String) -> String {
        match self {
            Self::Whole => recipient,
            Self::Cut => cut(&recipient),
        }
    }

    /// What a receiver answered, or why nothing is sent to it any more.
    #[must_use]
    pub fn answer(self, answer: String) -> String {
        if self == Self::Whole || answer.is_empty() { answer } else { WITHHELD.to_owned() }
    }

    /// Somebody of the team.
    #[must_use]
    pub fn name(self, name: &str) -> String {
        if self == Self::Whole { name.to_owned() } else { SOMEBODY.to_owned() }
    }

    /// What somebody of the team wrote for the others.
    #[must_use]
    pub fn note(self, note: &str) -> String {
        if self == Self::Whole { note.to_owned() } else { String::new() }
    }

    /// Settings of a channel: every text in them may be somebody's address.
    #[must_use]
    pub fn settings(self, settings: Value) -> Value {
        match settings {
            Value::String(text) => Value::from(self.recipient(text)),
            Value::Array(list) => list.into_iter().map(|one| self.settings(one)).collect(),
            Value::Object(fields) => fields.into_iter().map(|(key, value)| (key, self.settings(value))).collect(),
            other => other,
        }
    }
}

fn cut(recipient: &str) -> String {
    if recipient.is_empty() {
        return String::new();
    }
    if let Some((name, domain)) = recipient.rsplit_once('@').filter(|_| !recipient.contains("://")) {
        // Of a name in front of the address (`Desk <desk@…>`) nothing is left either.
        let local = name.rsplit_once('<').map_or(name, |(_, local)| local);
        let first = local.chars().next().map(String::from).unwrap_or_default();
        return format!("{first}{DOTS}@{}", domain.trim_end_matches('>'));
    }
    let url = Url::parse(recipient).ok();
    match url.as_ref().and_then(Url::host_str) {
        Some(host) => format!("{host}/{DOTS}"),
        None => DOTS.to_owned(),
    }
}

impl FromRequestParts<Served> for Sight {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, served: &Served) -> Result<Self, Infallible> {
        Ok(Self::of(&served.app, &Visitor::of(parts)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_strangers_see_of_a_recipient() {
        let table = [
            ("oncall@example.com", "o…@example.com"),
            ("On call <oncall@example.com>", "o…@example.com"),
            ("\"a@b\"@example.com", "\"…@example.com"),
            ("@example.com", "…@example.com"),
            ("https://hooks.example.com/services/T1/B2?x=y", "hooks.example.com/…"),
            ("https://user:pw@hooks.example.com/x", "hooks.example.com/…"),
            ("••••", "…"),
            ("", ""),
        ];
        for (whole, shown) in table {
            assert_eq!(Sight::Cut.recipient(whole.to_owned()), shown, "{whole}");
            assert_eq!(Sight::Whole.recipient(whole.to_owned()), whole);
        }
    }

    #[test]
    fn settings_and_answers_are_cut_wherever_they_stand() {
        let settings = serde_json::json!({"to": ["oncall@example.com"], "secret": "••••", "deep": {"n": 7}});
        let shown = serde_json::json!({"to": ["o…@example.com"], "secret": "…", "deep": {"n": 7}});
        assert_eq!(Sight::Cut.settings(settings.clone()), shown);
        assert_eq!(Sight::Whole.settings(settings.clone()), settings);
        assert_eq!(Sight::Cut.answer("550 no such user oncall".to_owned()), WITHHELD);
        assert_eq!(Sight::Cut.answer(String::new()), "");
    }
}
