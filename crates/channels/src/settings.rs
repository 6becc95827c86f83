//! Settings checked and shown: every mistake at once, secrets cut.

use std::net::IpAddr;

use serde_json::{Map, Value};
use url::{Host, Url};

use crate::{Setting, SettingProblem};

/// What stands for a secret.
pub(crate) const DOTS: &str = "••••";

pub(crate) fn problem(key: &str, detail: impl Into<String>) -> SettingProblem {
    SettingProblem { key: key.to_owned(), detail: detail.into() }
}

/// The string under `key`, empty where there is none.
pub(crate) fn string<'a>(settings: &'a Value, key: &str) -> &'a str {
    settings.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The strings under `key`; one string with commas counts as a list.
pub(crate) fn strings(settings: &Value, key: &str) -> Vec<String> {
    match settings.get(key) {
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).map(|one| one.trim().to_owned()).collect(),
        Some(Value::String(text)) => {
            text.split(',').map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect()
        }
        _ => Vec::new(),
    }
}

/// The strings under `key`; one string counts as one a line: where a comma belongs to what is written.
pub(crate) fn lines(settings: &Value, key: &str) -> Vec<String> {
    let trimmed = |text: &str| text.trim().to_owned();
    let lines: Vec<String> = match settings.get(key) {
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).map(trimmed).collect(),
        Some(Value::String(text)) => text.lines().map(trimmed).collect(),
        _ => Vec::new(),
    };
    lines.into_iter().filter(|line| !line.is_empty()).collect()
}

/// Unknown and missing keys, and values of the wrong type.
pub(crate) fn shape(settings: &Value, known: &[Setting]) -> Vec<SettingProblem> {
    let empty = Map::new();
    let given = settings.as_object().unwrap_or(&empty);
    let mut problems: Vec<SettingProblem> = given
        .keys()
        .filter(|key| !known.iter().any(|one| one.key == key.as_str()))
        .map(|key| unknown(key, known))
        .collect();
    for setting in known {
        match given.get(setting.key) {
            None | Some(Value::Null) if setting.required => {
                problems.push(problem(setting.key, format!("`{}` is missing: {}", setting.key, setting.help)));
            }
            None | Some(Value::Null) => {}
            Some(value) => problems.extend(wrong_type(setting, value)),
        }
    }
    problems
}

fn unknown(key: &str, known: &[Setting]) -> SettingProblem {
    let nearest = known.iter().map(|one| (strsim::osa_distance(one.key, key), one.key)).min();
    let hint = match nearest {
        Some((distance, near)) if distance <= 2 && distance < near.len() => format!("did you mean `{near}`?"),
        _ => {
            let names: Vec<String> = known.iter().map(|one| format!("`{}`", one.key)).collect();
            format!("it takes {}", names.join(", "))
        }
    };
    problem(key, format!("this kind of channel has no setting `{key}`; {hint}"))
}

fn wrong_type(setting: &Setting, value: &Value) -> Option<SettingProblem> {
    let key = setting.key;
    let strings = |list: &Vec<Value>| list.iter().all(Value::is_string);
    match value {
        Value::String(text) if text.trim().is_empty() && setting.required => {
            Some(problem(key, format!("`{key}` is empty: {}", setting.help)))
        }
        Value::String(_) => None,
        Value::Array(list) if setting.list && list.is_empty() => {
            Some(problem(key, format!("`{key}` names nobody: {}", setting.help)))
        }
        Value::Array(list) if setting.list && strings(list) => None,
        _ if setting.list => Some(problem(key, format!("`{key}` must be a list of strings, like [\"…\"]"))),
        _ => Some(problem(key, format!("`{key}` must be a string, like \"…\""))),
    }
}

/// What is wrong with a value that goes into a header or a path as it is: a token, an id.
pub(crate) fn no_spaces(settings: &Value, keys: &[&str]) -> Vec<SettingProblem> {
    let broken =
        |key: &&&str| string(settings, key).trim().contains(|one: char| one.is_whitespace() || one.is_control());
    keys.iter()
        .filter(broken)
        .map(|key| problem(key, format!("`{key}` has white space in it: copy it again, alone on its line")))
        .collect()
}

/// Settings that are of use only together.
pub(crate) fn together(settings: &Value, keys: &[&str]) -> Vec<SettingProblem> {
    let missing = |key: &&&str| string(settings, key).trim().is_empty();
    if keys.iter().all(|key| missing(&key)) {
        return Vec::new();
    }
    let names: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
    keys.iter()
        .filter(missing)
        .map(|key| problem(key, format!("`{key}` is missing: {} belong together", names.join(" and "))))
        .collect()
}

/// A name of the other side's as one segment of a path.
pub(crate) fn in_path(name: &str) -> String {
    let mut url = Url::parse("http://localhost").ok();
    if let Some(mut path) = url.as_mut().and_then(|url| url.path_segments_mut().ok()) {
        path.push(name);
    }
    url.map_or_else(String::new, |url| url.path().trim_start_matches('/').to_owned())
}

/// Where `hooks` stands in the path of an incoming webhook's address: what follows it is the secret.
pub(crate) fn hook_at(url: &Url) -> Option<usize> {
    let segments: Vec<&str> = url.path_segments()?.collect();
    let at = segments.iter().position(|segment| *segment == "hooks")?;
    segments.get(at + 1).is_some_and(|next| !next.is_empty()).then_some(at)
}

/// An incoming webhook's address up to its secret; of a server's address no more than where it is.
pub(crate) fn cut_hook(url: &Url) -> String {
    cut(url, hook_at(url).map_or(0, |at| at + 1))
}

/// The address under `key` if it may be sent to; what is wrong with it otherwise. An absent one is nobody's mistake
/// here. Plain http passes for private hosts only; whether they may be asked at all is the network guard's business.
pub(crate) fn address(settings: &Value, key: &str) -> Result<Option<Url>, SettingProblem> {
    let text = string(settings, key).trim();
    if text.is_empty() {
        return Ok(None);
    }
    let url = Url::parse(text)
        .map_err(|_| problem(key, format!("`{key}` is not an address; write it like https://example.com/path")))?;
    let complaint = if text.chars().count() > crate::limits::URL_CHARS {
        Some(format!("`{key}` is longer than {} characters", crate::limits::URL_CHARS))
    } else if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        Some(format!("`{key}` must begin with https://, not {}:", url.scheme()))
    } else if url.scheme() == "http" && !is_private(&url) {
        Some(format!("`{key}` must begin with https://; plain http is for private addresses only"))
    } else if !url.username().is_empty() || url.password().is_some() {
        Some(format!("`{key}` must not hold a user name or password"))
    } else if url.fragment().is_some() {
        Some(format!("`{key}` must not have a part after #"))
    } else {
        None
    };
    complaint.map_or(Ok(Some(url)), |detail| Err(problem(key, detail)))
}

/// Where a service of one fixed host is: `https://HOST`, or the private address under `url` that stands in for it. Without
/// a slash at its end.
pub(crate) fn stand_in(settings: &Value, host: &str) -> Result<String, SettingProblem> {
    match address(settings, "url")? {
        None => Ok(format!("https://{host}")),
        Some(url) if is_private(&url) || url.host_str() == Some(host) => {
            Ok(url.as_str().trim_end_matches('/').to_owned())
        }
        Some(_) => Err(problem("url", format!("`url` may name https://{host} or a private address; leave it out"))),
    }
}

/// Every address that messages may go to, with its key: `url`, and each of `urls`.
#[must_use]
pub fn addresses(settings: &Value) -> Vec<(&'static str, String)> {
    let one = Some(string(settings, "url").trim()).filter(|url| !url.is_empty()).map(|url| ("url", url.to_owned()));
    one.into_iter().chain(strings(settings, "urls").into_iter().map(|url| ("urls", url))).collect()
}

/// What is wrong with the address under `key`, which must be one that `belongs` to the vendor, or a private one; `hint`
/// says where to find the right one.
pub(crate) fn vendor_address(
    settings: &Value,
    key: &str,
    belongs: impl Fn(&Url) -> bool,
    hint: &str,
) -> Option<SettingProblem> {
    match address(settings, key) {
        Err(wrong) => Some(wrong),
        Ok(Some(url)) if !is_private(&url) && !belongs(&url) => Some(problem(key, hint)),
        Ok(_) => None,
    }
}

/// The address under `key` without a slash at its end, or `usual` where there is none.
pub(crate) fn base<'a>(settings: &'a Value, key: &str, usual: &'a str) -> &'a str {
    let given = string(settings, key).trim().trim_end_matches('/');
    if given.is_empty() { usual } else { given }
}

/// True for `yes`.
pub(crate) fn is_yes(settings: &Value, key: &str) -> bool {
    string(settings, key).trim().eq_ignore_ascii_case("yes")
}

/// What is wrong with a setting that is `yes` or `no`.
pub(crate) fn yes_or_no(settings: &Value, key: &str) -> Option<SettingProblem> {
    let given = string(settings, key).trim().to_ascii_lowercase();
    let fine = matches!(given.as_str(), "" | "yes" | "no");
    (!fine).then(|| problem(key, format!("`{key}` is \"yes\" or \"no\"")))
}

/// What is wrong with a credential that becomes part of a header: white space inside, or characters no header holds.
pub(crate) fn credential(settings: &Value, key: &str) -> Option<SettingProblem> {
    let given = string(settings, key).trim();
    let fine = given.chars().all(|letter| letter.is_ascii_graphic());
    (!fine).then(|| problem(key, format!("`{key}` holds white space or letters that no key has: copy it again")))
}

/// A host that cannot be on the public internet: by address, or by a name nobody can register.
pub(crate) fn is_private(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => is_private_ip(IpAddr::V4(ip)),
        Some(Host::Ipv6(ip)) => is_private_ip(ip.to_ipv4_mapped().map_or(IpAddr::V6(ip), IpAddr::V4)),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            let last = name.rsplit('.').next().unwrap_or_default();
            let reserved = ["localhost", "local", "internal", "lan", "intranet", "corp", "home", "test"];
            !name.contains('.') || reserved.contains(&last) || name.ends_with(".home.arpa")
        }
        None => false,
    }
}

fn is_private_ip(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [first, second, ..] = ip.octets();
            ip.is_loopback() || ip.is_private() || ip.is_link_local() || (first == 100 && (64..128).contains(&second))
        }
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

/// A server's address, which is no secret; what stands behind a question mark may be.
pub(crate) fn whole(url: &Url) -> String {
    cut(url, usize::MAX)
}

/// Settings with every secret shown as dots, and every secret address cut.
pub(crate) fn redacted(settings: &Value, known: &[Setting], cut: impl Fn(&Url) -> String) -> Value {
    let Some(given) = settings.as_object() else { return Value::Null };
    let shown = given.iter().map(|(key, value)| {
        let secret = known.iter().find(|one| one.key == key).is_none_or(|one| one.secret);
        let is_address = key == "url" || key.ends_with("_url");
        let shown = match value {
            Value::String(text) if is_address => Value::from(Url::parse(text).map_or(DOTS.to_owned(), |url| cut(&url))),
            value if secret && !value.is_null() => Value::from(DOTS),
            value => value.clone(),
        };
        (key.clone(), shown)
    });
    Value::Object(shown.collect())
}

/// An address up to its `keep`th path segment; what follows, and every query value, is dots.
pub(crate) fn cut(url: &Url, keep: usize) -> String {
    let mut text = format!("{}://{}", url.scheme(), url.host_str().unwrap_or_default());
    if let Some(port) = url.port() {
        text.push_str(&format!(":{port}"));
    }
    let segments: Vec<&str> = url.path().trim_matches('/').split('/').filter(|_| url.path() != "/").collect();
    for segment in segments.iter().take(keep) {
        text.push('/');
        text.push_str(segment);
    }
    if segments.len() > keep && segments.iter().skip(keep).any(|segment| !segment.is_empty()) {
        text.push('/');
        text.push_str(DOTS);
    }
    for (index, (name, _)) in url.query_pairs().enumerate() {
        text.push(if index == 0 { '?' } else { '&' });
        text.push_str(&format!("{name}={DOTS}"));
    }
    text
}

/// Holds settings against what is wrong with them: a part of one complaint, or nothing where they are fine.
#[cfg(test)]
pub(crate) fn complained(channel: &dyn crate::Channel, table: &[(Value, &str)]) {
    for (settings, wrong) in table {
        let problems = channel.validate(settings);
        let text: Vec<&str> = problems.iter().map(|one| one.detail.as_str()).collect();
        assert_eq!(text.is_empty(), wrong.is_empty(), "{settings}: {text:?}");
        assert!(wrong.is_empty() || text.iter().any(|text| text.contains(wrong)), "{settings}: {text:?}");
    }
}
