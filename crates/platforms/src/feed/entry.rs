//! What one entry says of its stage, its severity and its parts, wherever it says it.

use jiff::Timestamp as Precise;
use tocsin_domain::{ComponentRef, Impact, Stage, Timestamp};

use crate::kit::feed::Item;
use crate::kit::timeline::{self, Block};
use crate::kit::words::{self, Phase};
use crate::kit::{dates, html};

/// An entry, taken apart.
pub struct Entry<'a> {
    pub item: &'a Item,
    /// Its own time: when it was first published, as far as it tells.
    pub first: Option<Precise>,
    /// Newest first, as written.
    pub blocks: Vec<Block>,
    /// The words of the text, without tags.
    text: String,
}

/// What an entry says of where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Incident(Stage),
    Work(Option<tocsin_domain::MaintenanceStage>),
    /// Expressly not over, without a word for the stage.
    NotOver,
}

impl<'a> Entry<'a> {
    pub fn of(item: &'a Item, now: Timestamp) -> Self {
        let newest = item.updated.or(item.published).unwrap_or_else(|| now.to_jiff());
        let mut blocks = timeline::blocks(&item.body, newest);
        // The writer may put the oldest first.
        let rising = blocks.first().zip(blocks.last()).is_some_and(|(first, last)| first.at < last.at);
        if rising {
            blocks.reverse();
        }
        let text = html::to_text(&item.body);
        Self { item, first: item.published.or(item.updated), blocks, text }
    }

    pub fn last(&self) -> Option<Precise> {
        let newest = self.blocks.iter().filter_map(|block| block.at).max();
        newest.into_iter().chain(self.item.updated).chain(self.item.published).max()
    }

    /// By its plainest words: a status line, the newest update, a category, the title, the beginning of the text.
    /// An end that one of them says is only believed where no status line contradicts.
    pub fn sign(&self) -> Option<Sign> {
        let line = self.after("Status:", words::phase).and_then(sign_of);
        let block =
            self.blocks.iter().find_map(|block| block.phase.filter(|phase| *phase != Phase::Same)).and_then(sign_of);
        let category = self.item.categories.iter().find_map(|term| words::phase(term).and_then(sign_of));
        match (line, block) {
            // Both speak: the update is the finer word while it runs, the line knows the end.
            (Some(Sign::Incident(line)), Some(Sign::Incident(block))) if line.is_terminal() == block.is_terminal() => {
                return Some(Sign::Incident(block));
            }
            (Some(line), _) => return Some(line),
            (None, Some(block)) => return Some(block),
            (None, None) => {}
        }
        if self.is_work_by_name() {
            return Some(self.work_sign());
        }
        category.or_else(|| self.titled()).or_else(|| begun(&self.text)).or_else(|| ended(&self.text))
    }

    fn titled(&self) -> Option<Sign> {
        let title = self.item.title.trim_start_matches(['[', '(']);
        let first: String = title.chars().take_while(|c| c.is_alphabetic() || matches!(c, '-' | ' ')).collect();
        let behind = title.get(first.len()..).unwrap_or_default();
        let prefix = behind.starts_with([']', ')', ':']).then(|| words::phase(&first)).flatten();
        prefix.and_then(sign_of).or_else(|| ended(&self.item.title))
    }

    /// The title, a category or the address says that this is announced work.
    fn is_work_by_name(&self) -> bool {
        let names = |text: &str| {
            let plain = text.trim_start_matches(['[', '(']).trim().to_lowercase();
            ["planned maintenance", "scheduled maintenance", "maintenance", "planned work", "scheduled work"]
                .iter()
                .any(|words| plain.strip_prefix(words).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric)))
        };
        let addressed = self
            .item
            .link
            .as_deref()
            .is_some_and(|link| link.contains("/maintenances/") || link.contains("/maintenance/"));
        names(&self.item.title) || addressed || self.item.categories.iter().any(|term| names(term))
    }

    fn work_sign(&self) -> Sign {
        let said = self.item.categories.iter().find_map(|term| words::maintenance_stage(term));
        let over = words::says_ended(&self.item.title).or_else(|| words::says_ended(&self.text)) == Some(true);
        Sign::Work(said.or(over.then_some(tocsin_domain::MaintenanceStage::Completed)))
    }

    /// `Severity: degraded`, or a category that is such a word. What a closed entry says of now says nothing of how
    /// bad it was.
    pub fn impact(&self, over: bool) -> Option<Impact> {
        let said = self.after("Severity:", words::severity).or_else(|| self.after("Impact:", words::severity));
        let category = self.item.categories.iter().find_map(|term| words::severity(term));
        said.or(category).filter(|impact| !(over && *impact == Impact::None))
    }

    /// The end that the text names: `Resolved: Fri, 31 Jul 2026 08:00:00 GMT`.
    pub fn end(&self) -> Option<Precise> {
        let at = self.text.find("Resolved: ")? + "Resolved: ".len();
        let rest = self.text.get(at..)?;
        // A date is at most seven words long.
        let words: Vec<&str> = rest.split(' ').take(7).collect();
        (2..=words.len()).rev().find_map(|count| dates::parse(&words[..count].join(" "))).map(|instant| instant.at)
    }

    /// What one or two words behind a label in the text mean: `Status: In progress`.
    fn after<T>(&self, label: &str, meaning: impl Fn(&str) -> Option<T>) -> Option<T> {
        let at = self.text.find(label)? + label.len();
        let mut words = self.text.get(at..)?.split_whitespace().map(|word| word.trim_matches(['.', ',', ';']));
        let first = words.next()?;
        let both = words.next().map(|second| format!("{first} {second}"));
        both.and_then(|both| meaning(&both)).or_else(|| meaning(first))
    }

    /// `[API] Errors`, and categories that are no word of stage, severity or work.
    pub fn components(&self) -> Vec<ComponentRef> {
        let mut names: Vec<&str> = Vec::new();
        if let Some((inside, _)) = self.item.title.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            names.push(inside);
        }
        names.extend(self.item.categories.iter().map(String::as_str));
        let mut components: Vec<ComponentRef> = Vec::new();
        for name in names.into_iter().map(str::trim).filter(|name| is_a_part(name)) {
            if !components.iter().any(|known| known.name == name) {
                components.push(ComponentRef { id: String::new(), name: name.to_owned() });
            }
        }
        components
    }
}

fn is_a_part(name: &str) -> bool {
    const KINDS: [&str; 9] = [
        "incident",
        "incidents",
        "outage",
        "issue",
        "status",
        "maintenance",
        "planned maintenance",
        "scheduled maintenance",
        "announcement",
    ];
    let lower = name.to_lowercase();
    !name.is_empty()
        && name.len() <= 100
        && words::phase(name).is_none()
        && words::severity(name).is_none()
        && words::says_ended(name).is_none()
        && !KINDS.contains(&lower.as_str())
}

fn sign_of(phase: Phase) -> Option<Sign> {
    match phase {
        Phase::Incident(stage) => Some(Sign::Incident(stage)),
        Phase::Work(stage) => Some(Sign::Work(Some(stage))),
        Phase::Same => None,
    }
}

/// `Investigating: …`, `Identified - …`: the stage that a text begins with.
fn begun(text: &str) -> Option<Sign> {
    let head = text.get(..text.floor_char_boundary(30)).unwrap_or_default();
    let end = [":", " - ", " \u{2013} "].iter().filter_map(|mark| head.find(mark)).min()?;
    words::phase(&head[..end]).and_then(sign_of)
}

fn ended(text: &str) -> Option<Sign> {
    words::says_ended(text).map(|ended| if ended { Sign::Incident(Stage::Resolved) } else { Sign::NotOver })
}
