//! Where a request goes: which receiver, and which faults stand before it.

use super::Kind;

/// An address below the world's.
#[derive(Debug, PartialEq, Eq)]
pub struct Place<'p> {
    /// Which receiver of the kind; empty for the usual one.
    pub name: &'p str,
    /// `error,busy-2`, as it was written; empty where nothing goes wrong.
    pub faults: &'p str,
    pub kind: Kind,
    /// Everything up to the kind's name: whose requests are counted together.
    pub address: &'p str,
    /// What follows the kind's name, with its slash.
    pub rest: &'p str,
}

impl<'p> Place<'p> {
    /// `/~at/second/~fault/error/~slack/services/…`; `None` where no receiver is.
    pub fn of(path: &'p str) -> Option<Self> {
        let (mut name, mut faults, mut rest) = ("", "", path);
        loop {
            let (head, tail) = segment(rest)?;
            match head.strip_prefix('~')? {
                "at" => (name, rest) = segment(tail)?,
                "fault" => (faults, rest) = segment(tail)?,
                kind => {
                    let kind = Kind::named(kind).filter(|kind| *kind != Kind::Email)?;
                    let address = path.get(..path.len() - tail.len())?;
                    return Some(Self { name, faults, kind, address, rest: tail });
                }
            }
        }
    }
}

/// The first part of a path, and what follows it with its slash.
fn segment(path: &str) -> Option<(&str, &str)> {
    let path = path.strip_prefix('/')?;
    let end = path.find('/').unwrap_or(path.len());
    Some(path.split_at(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receivers_have_names_and_faults() {
        let place = |name, faults, kind, address, rest| Some(Place { name, faults, kind, address, rest });
        let table = [
            ("/~slack_bot/api/chat.update", place("", "", Kind::SlackBot, "/~slack_bot", "/api/chat.update")),
            ("/~webhook", place("", "", Kind::Webhook, "/~webhook", "")),
            ("/~at/x/~gotify/message", place("x", "", Kind::Gotify, "/~at/x/~gotify", "/message")),
            (
                "/~at/x/~fault/error,busy-2/~slack/a",
                place("x", "error,busy-2", Kind::Slack, "/~at/x/~fault/error,busy-2/~slack", "/a"),
            ),
            ("/~now/larkspur", None),
            ("/~email", None),
            ("/larkspur/~slack", None),
            ("/", None),
        ];
        for (path, expected) in table {
            assert_eq!(Place::of(path), expected, "{path}");
        }
    }
}
