//! A page at which an agent takes calls: how to sign in there, and where what is.

use std::fmt;
use std::str::FromStr;

use serde_json::{Value, json};

/// What plays, unless somebody knows better.
const SOUND: &str = "audio, video";
const TEXT: &str = ":has-text(";

/// Something on a page: the first that is shown, in any frame, which CSS finds and which holds a text.
///
/// Written as `#accept`, or `#state:has-text("Ready for calls")`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    pub css: String,
    pub text: Option<String>,
}

impl Selector {
    #[must_use]
    pub fn of(css: &str) -> Selector {
        Selector { css: css.to_owned(), text: None }
    }

    #[must_use]
    pub fn with(css: &str, text: &str) -> Selector {
        Selector { css: css.to_owned(), text: Some(text.to_owned()) }
    }

    pub(crate) fn as_json(&self) -> Value {
        json!({ "css": self.css, "text": self.text })
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.text {
            Some(text) => write!(out, "{}{TEXT}\"{text}\")", self.css),
            None => out.write_str(&self.css),
        }
    }
}

impl FromStr for Selector {
    type Err = String;

    fn from_str(written: &str) -> Result<Selector, String> {
        let written = written.trim();
        if written.is_empty() {
            return Err("is empty; write a CSS selector like \"#accept\"".to_owned());
        }
        let Some((css, rest)) = written.split_once(TEXT) else { return Ok(Selector::of(written)) };
        let wrong = || format!("`{written}` is not read; write a text like #state:has-text(\"Ready\"), at its end");
        let quoted = rest.strip_suffix(')').map(str::trim).ok_or_else(wrong)?;
        let quote = quoted.chars().next().filter(|quote| matches!(quote, '"' | '\'')).ok_or_else(wrong)?;
        let text = quoted.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)).ok_or_else(wrong)?;
        if text.is_empty() || text.contains(quote) {
            return Err(wrong());
        }
        let css = if css.trim().is_empty() { "*" } else { css.trim() };
        Ok(Selector::with(css, text))
    }
}

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(pub String);

impl fmt::Debug for Hidden {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("…")
    }
}

/// Something to do before calls come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Fill(Selector, Hidden),
    Click(Selector),
    /// Until it is shown.
    Wait(Selector),
}

impl Step {
    pub(crate) fn selector(&self) -> &Selector {
        match self {
            Step::Fill(at, _) | Step::Click(at) | Step::Wait(at) => at,
        }
    }
}

/// A page, and what is what on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    address: Hidden,
    pub steps: Vec<Step>,
    /// Shown when calls can come.
    pub ready: Selector,
    /// Clicked whenever it is shown until then: what is left of the call before.
    pub dismiss: Vec<Selector>,
    /// Shown while it rings, and clicked.
    pub accept: Selector,
    pub hang_up: Option<Selector>,
    /// Shown when the page says that caller and agent are connected.
    pub connected: Option<Selector>,
    /// What the page says of how it is, for people who read of it.
    pub says: Vec<Selector>,
    /// CSS: what plays the caller.
    pub sound: String,
}

impl Site {
    #[must_use]
    pub fn new(address: &str, ready: Selector, accept: Selector) -> Site {
        Site {
            address: Hidden(address.to_owned()),
            steps: Vec::new(),
            ready,
            dismiss: Vec::new(),
            accept,
            hang_up: None,
            connected: None,
            says: Vec::new(),
            sound: SOUND.to_owned(),
        }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address.0
    }

    /// The address without what may be secret in it.
    #[must_use]
    pub fn shown(&self) -> &str {
        let bare = self.address.0.split(['?', '#']).next().unwrap_or_default();
        // A name and password before the host.
        match bare.split_once("://").and_then(|(_, rest)| rest.split_once('@')) {
            Some((before, rest)) if !before.contains('/') => rest,
            _ => bare,
        }
    }

    /// The page of our own desk, which holds its widget in a frame.
    #[must_use]
    pub fn of_desk(address: &str, agent: &str, token: &str) -> Site {
        let fill = |css: &str, text: &str| Step::Fill(Selector::of(css), Hidden(text.to_owned()));
        let steps =
            vec![fill("#agent", agent), fill("#token", token), Step::Click(Selector::of("#sign-in button.main"))];
        Site {
            steps,
            dismiss: vec![Selector::of("#back"), Selector::of("#done")],
            hang_up: Some(Selector::of("#hang-up")),
            connected: Some(Selector::with("#state", "Connected")),
            says: vec![Selector::of("#state"), Selector::of("#why"), Selector::of("#sign-in-problem")],
            sound: "#sound".to_owned(),
            ..Site::new(address, Selector::with("#state", "Ready for calls"), Selector::of("#accept"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_are_read_and_written() {
        let table = [
            ("#accept", Ok(Selector::of("#accept"))),
            (" button.green > span ", Ok(Selector::of("button.green > span"))),
            ("#state:has-text(\"Ready for calls\")", Ok(Selector::with("#state", "Ready for calls"))),
            ("#state:has-text('Bereit')", Ok(Selector::with("#state", "Bereit"))),
            (":has-text(\"Ready\")", Ok(Selector::with("*", "Ready"))),
            ("", Err(())),
            ("#state:has-text(Ready)", Err(())),
            ("#state:has-text(\"Ready\") > b", Err(())),
            ("#state:has-text(\"\")", Err(())),
        ];
        for (written, expected) in table {
            let read = written.parse::<Selector>();
            assert_eq!(read.clone().map_err(drop), expected, "{written}");
            if let Ok(read) = read {
                assert_eq!(read.to_string().parse(), Ok(read), "{written}");
            }
        }
    }

    #[test]
    fn what_is_filled_in_is_never_printed() {
        let site = Site::of_desk("http://127.0.0.1:8088/", "robot", "a-token-that-is-secret");
        assert!(!format!("{site:?}").contains("a-token-that-is-secret"));
        let table = [
            ("https://desk.example.com/login#token=secret", "https://desk.example.com/login"),
            ("https://desk.example.com/?token=secret", "https://desk.example.com/"),
            ("https://me:secret@desk.example.com/a", "desk.example.com/a"),
            ("https://desk.example.com/@home", "https://desk.example.com/@home"),
        ];
        for (address, shown) in table {
            let site = Site::new(address, Selector::of("#ready"), Selector::of("#accept"));
            assert_eq!(site.shown(), shown);
            assert!(!format!("{site:?}").contains("secret"), "{site:?}");
        }
    }
}
