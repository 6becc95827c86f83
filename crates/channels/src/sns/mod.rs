//! Amazon SNS: one message to a topic, dressed for each kind of subscriber. First-in-first-out topics keep its order.

use serde_json::{Map, Value, json};
use tocsin_domain::alert::Notice;
use tocsin_domain::exchange::Method;
use tocsin_domain::{Answer, Ask, HttpAnswer, HttpAsk, Subject, Timestamp};
use url::Url;
use url::form_urlencoded::Serializer;

use crate::aws::AwsKey;
use crate::limits::{SNS_SHORT_CHARS, SNS_SUBJECT_CHARS, SNS_TEXT_CHARS};
use crate::say::Said;
use crate::settings::{self, problem};
use crate::text::{PLAIN, Unit, truncate};
use crate::{Attempt, Channel, Composed, Outcome, Sender, Setting, SettingProblem, USER_AGENT, judge};

pub(crate) static CHANNEL: Sns = Sns;

pub(crate) struct Sns;

const SETTINGS: &[Setting] = &[
    Setting {
        key: "topic_arn",
        required: true,
        secret: false,
        list: false,
        help: "the topic's ARN, like arn:aws:sns:eu-central-1:123456789012:incidents; one that ends with .fifo keeps the order.",
    },
    Setting {
        key: "key_id",
        required: true,
        secret: false,
        list: false,
        help: "the id of an access key that may sns:Publish to the topic and nothing else: AKIA….",
    },
    Setting { key: "secret_key", required: true, secret: true, list: false, help: "the secret of that access key." },
    Setting {
        key: "url",
        required: false,
        secret: false,
        list: false,
        help: "leave it out, unless a stand-in of yours or an endpoint in your own network takes the messages.",
    },
];

impl Channel for Sns {
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }

    fn validate(&self, settings: &Value) -> Vec<SettingProblem> {
        let mut problems = settings::shape(settings, SETTINGS);
        let arn = settings::string(settings, "topic_arn").trim();
        if !arn.is_empty() && Topic::named(arn).is_none() {
            let hint = "`topic_arn` is no topic: copy the ARN from the topic's page, like \
                        arn:aws:sns:eu-central-1:123456789012:incidents";
            problems.push(problem("topic_arn", hint));
        }
        problems.extend(settings::credential(settings, "key_id"));
        problems.extend(settings::credential(settings, "secret_key"));
        let belongs = |url: &Url| {
            let host = url.host_str().unwrap_or_default();
            host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn")
        };
        let hint = "`url` is no address of AWS: leave it out";
        problems.extend(settings::vendor_address(settings, "url", belongs, hint));
        problems
    }

    fn compose(&self, _settings: &Value, notice: &Notice, _sender: &Sender) -> Vec<Composed> {
        vec![crate::json_body(&stored(notice))]
    }

    fn ask(&self, settings: &Value, composed: &Composed, attempt: &Attempt<'_>, _sender: &Sender) -> Ask {
        let stored: Value = serde_json::from_slice(&composed.body).unwrap_or_default();
        let topic = Topic::named(settings::string(settings, "topic_arn").trim()).unwrap_or_default();
        let given = settings::string(settings, "url").trim();
        let mut ask = HttpAsk {
            key: "deliver".to_owned(),
            method: Method::Post,
            url: if given.is_empty() { topic.url() } else { given.to_owned() },
            headers: vec![
                ("content-type".to_owned(), "application/x-www-form-urlencoded; charset=utf-8".to_owned()),
                ("user-agent".to_owned(), USER_AGENT.to_owned()),
            ],
            body: form(&topic, &stored, attempt).into_bytes(),
        };
        let secret = settings::string(settings, "secret_key").trim();
        let key = AwsKey::new(settings::string(settings, "key_id").trim(), secret, None);
        // What cannot be signed is refused over there, which says why.
        key.sign(&mut ask, "sns", &topic.region, attempt.now).ok();
        Ask::Http(ask)
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Outcome {
        judge::http(answer, now, by_code)
    }

    fn redacted(&self, settings: &Value) -> Value {
        settings::redacted(settings, SETTINGS, |url| settings::cut(url, usize::MAX))
    }

    fn is_machine(&self) -> bool {
        true
    }
}

/// Where messages go.
#[derive(Default)]
struct Topic {
    arn: String,
    /// `aws`, `aws-cn`, `aws-us-gov`
    partition: String,
    region: String,
}

impl Topic {
    /// `arn:aws:sns:eu-central-1:123456789012:incidents`
    fn named(arn: &str) -> Option<Self> {
        let parts: Vec<&str> = arn.split(':').collect();
        let ["arn", partition, "sns", region, account, name] = parts.as_slice() else { return None };
        let word = |text: &str, more: &str| {
            !text.is_empty() && text.chars().all(|letter| letter.is_ascii_alphanumeric() || more.contains(letter))
        };
        let fine = word(partition, "-")
            && word(region, "-")
            && account.len() == 12
            && account.chars().all(|digit| digit.is_ascii_digit())
            && word(name, "-_.");
        fine.then(|| Self { arn: arn.to_owned(), partition: (*partition).to_owned(), region: (*region).to_owned() })
    }

    fn url(&self) -> String {
        let end = if self.partition == "aws-cn" { ".cn" } else { "" };
        format!("https://sns.{}.amazonaws.com{end}/", self.region)
    }

    fn keeps_order(&self) -> bool {
        self.arn.ends_with(".fifo")
    }
}

/// What is stored: a subject, a text for each kind of subscriber, and what filter policies may look at.
fn stored(notice: &Notice) -> Value {
    let said = Said::new(notice);
    let text = format!("{}\n\n{}", said.headline, said.story(&PLAIN, SNS_TEXT_CHARS, Unit::Chars));
    let short = match said.links.first() {
        Some(link) => format!("{} {}", truncate(&said.headline, SNS_SHORT_CHARS, Unit::Chars), link.url),
        None => truncate(&said.headline, SNS_SHORT_CHARS, Unit::Chars),
    };
    let program = crate::body_of(notice).to_string();
    let mut attributes = Map::new();
    attributes.insert("event".to_owned(), Value::from(notice.event.kind.word()));
    attributes.insert("provider".to_owned(), Value::from(notice.provider.slug.as_str()));
    if let Subject::Incident(incident) = &notice.event.subject {
        attributes.insert("impact".to_owned(), Value::from(incident.impact.word()));
    }
    json!({
        "subject": subject(&said.headline),
        "message": {
            "default": text,
            "sms": short,
            "sqs": program,
            "lambda": program,
            "http": program,
            "https": program,
        },
        "attributes": attributes,
    })
}

/// ASCII on one line, as SNS wants it.
fn subject(headline: &str) -> String {
    let plain = headline.replace(['–', '—'], "-").replace(['’', '‘'], "'").replace('…', "...");
    let printable = |letter: char| if letter.is_ascii_graphic() || letter == ' ' { letter } else { '?' };
    let plain: String = plain.chars().map(printable).collect();
    let start = plain.trim_start_matches(|letter: char| !letter.is_ascii_alphanumeric());
    if start.len() <= SNS_SUBJECT_CHARS {
        return start.trim_end().to_owned();
    }
    format!("{}...", start.get(..SNS_SUBJECT_CHARS - 3).unwrap_or_default().trim_end())
}

fn form(topic: &Topic, stored: &Value, attempt: &Attempt<'_>) -> String {
    let mut form = Serializer::new(String::new());
    form.append_pair("Action", "Publish").append_pair("Version", "2010-03-31").append_pair("TopicArn", &topic.arn);
    let subject = stored["subject"].as_str().unwrap_or_default();
    if !subject.is_empty() {
        form.append_pair("Subject", subject);
    }
    form.append_pair("MessageStructure", "json").append_pair("Message", &stored["message"].to_string());
    let empty = Map::new();
    let attributes = stored["attributes"].as_object().unwrap_or(&empty);
    for (place, (name, value)) in attributes.iter().enumerate() {
        let entry = format!("MessageAttributes.entry.{}", place + 1);
        form.append_pair(&format!("{entry}.Name"), name);
        form.append_pair(&format!("{entry}.Value.DataType"), "String");
        form.append_pair(&format!("{entry}.Value.StringValue"), value.as_str().unwrap_or_default());
    }
    if topic.keeps_order() {
        form.append_pair("MessageGroupId", attempt.thread);
        form.append_pair("MessageDeduplicationId", &attempt.delivery.to_string());
    }
    form.finish()
}

/// SNS says in a code what was wrong.
fn by_code(http: &HttpAnswer) -> Option<Outcome> {
    let text = String::from_utf8_lossy(&http.body);
    let between = |tag: &str| {
        let (_, rest) = text.split_once(&format!("<{tag}>"))?;
        Some(rest.split_once(&format!("</{tag}>"))?.0.trim().to_owned())
    };
    let detail = match (between("Code"), between("Message")) {
        (Some(code), Some(message)) => format!("HTTP {}: {code}: {message}", http.status),
        _ => judge::detail(http),
    };
    if (200..300).contains(&http.status) {
        return Some(match between("MessageId") {
            Some(id) => Outcome::Delivered { remote: Some(id).filter(|id| !id.is_empty()) },
            None => Outcome::Ambiguous { detail: format!("{detail} (SNS gives each message an id)") },
        });
    }
    let code = between("Code")?;
    match code.as_str() {
        "Throttling" | "ThrottlingException" | "Throttled" | "KMSThrottling" => {
            Some(Outcome::Retry { detail, slow: true })
        }
        "InternalError" | "InternalFailure" | "ServiceUnavailable" => Some(Outcome::Retry { detail, slow: false }),
        // Our clock and theirs differ; a fresh signature may pass.
        "RequestExpired" | "RequestTimeTooSkewed" => Some(Outcome::Retry { detail, slow: true }),
        "NotFound" | "EndpointDisabled" | "TopicNotFound" => Some(Outcome::EndpointGone { detail }),
        "AuthorizationError"
        | "AccessDenied"
        | "AccessDeniedException"
        | "InvalidClientTokenId"
        | "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "MissingAuthenticationToken"
        | "ExpiredToken"
        | "OptInRequired"
        | "InvalidSecurity"
        | "KMSAccessDenied"
        | "KMSDisabled"
        | "KMSInvalidState"
        | "KMSNotFound"
        | "KMSOptInRequired" => Some(Outcome::EndpointAuth { detail }),
        "InvalidParameter" | "InvalidParameterValue" | "ParameterValueInvalid" | "ValidationError" => {
            Some(Outcome::RejectPayload { detail })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
