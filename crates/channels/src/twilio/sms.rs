//! Text messages: one for each number, two segments at most, for what wakes only.

use serde_json::Value;
use tocsin_domain::alert::Notice;
use tocsin_domain::{Answer, Ask, Timestamp};

use crate::limits::{SMS_PLACES, SMS_VALID_S};
use crate::say::Said;
use crate::settings::{self, problem};
use crate::sms_text::{cut, length, plain};
use crate::text;
use crate::wakes::wakes;
use crate::{Attempt, Channel, Composed, Keeping, Outcome, Sender, Setting, SettingProblem};

pub(crate) static CHANNEL: Sms = Sms;

pub(crate) struct Sms;

const SETTINGS: &[Setting] = &[
    super::ACCOUNT,
    super::SECRET,
    Setting {
        key: "from",
        required: true,
        secret: false,
        list: false,
        help: "who sends: a number of yours like +15005550006, a messaging service MG…, or a name of up to 11 letters.",
    },
    super::TO,
    super::KEY,
    super::URL,
];

impl Channel for Sms {
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }

    fn validate(&self, settings: &Value) -> Vec<SettingProblem> {
        let mut problems = super::validate(settings, SETTINGS);
        let from = settings::string(settings, "from").trim();
        let is_name = from.len() <= 11
            && from.bytes().any(|byte| byte.is_ascii_alphabetic())
            && from.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b' ');
        // Short codes have five or six digits and no plus.
        let is_short = (5..=6).contains(&from.len()) && from.bytes().all(|byte| byte.is_ascii_digit());
        if !from.is_empty() && !is_name && !is_short && !super::is_number(from) && !super::is_sid(from, "MG") {
            problems.push(problem(
                "from",
                "`from` must be a number like +15005550006, a messaging service (MG and 32 hexadecimal digits), or a name \
                 of up to 11 letters and digits",
            ));
        }
        problems
    }

    fn compose(&self, settings: &Value, notice: &Notice, _sender: &Sender) -> Vec<Composed> {
        if wakes(notice).is_none() {
            return Vec::new();
        }
        let from = settings::string(settings, "from").trim();
        let sender = if super::is_sid(from, "MG") { "MessagingServiceSid" } else { "From" };
        let words = words(&Said::new(notice));
        super::forms(settings, &[(sender, from), ("Body", &words), ("ValidityPeriod", &SMS_VALID_S.to_string())])
    }

    fn ask(&self, settings: &Value, composed: &Composed, _attempt: &Attempt<'_>, _sender: &Sender) -> Ask {
        super::ask(settings, composed, "Messages.json")
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Outcome {
        super::judged(answer, now)
    }

    fn redacted(&self, settings: &Value) -> Value {
        settings::redacted(settings, SETTINGS, |url| settings::cut(url, usize::MAX))
    }

    fn keeping(&self, _settings: &Value) -> Keeping {
        Keeping::Alarm
    }
}

/// What is wrong first, where to look last, and the vendor's newest words in what is left between them.
fn words(said: &Said) -> String {
    let link = said.links.first().map(|link| plain(&link.url)).filter(|link| length(link) <= SMS_PLACES / 2);
    let link = link.map_or_else(String::new, |link| format!("\n{link}"));
    let room = SMS_PLACES - length(&link);
    let headline = cut(&plain(&said.headline), room);
    let left = room.saturating_sub(length(&headline) + 1);
    let quote = said.quotes.iter().find(|quote| !quote.ours).map(|quote| text::plain(&quote.markdown, SMS_PLACES));
    let quote = quote.map(|quote| cut(plain(&text::one_line(&quote)).trim(), left)).filter(|quote| length(quote) >= 20);
    let quote = quote.map_or_else(String::new, |quote| format!("\n{quote}"));
    format!("{headline}{quote}{link}")
}
