//! Captures: what a page said at each moment, out of a directory or a database; bodies are read when their turn comes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tocsin_domain::Timestamp;
use tocsin_platforms::{Described, Payload, Platform};
use tocsin_store::{Captured, PageStatus, Store, StoreError};
use uuid::Uuid;

use super::then::Then;
use crate::directory::described as described_by;

/// A directory or a database.
pub struct Source {
    pub pages: Vec<Page>,
    /// How many captures there are.
    pub count: u64,
    /// A directory has none.
    store: Option<Store>,
}

/// One page that was captured.
pub struct Page {
    pub provider: String,
    /// Empty where it is not known.
    pub url: String,
    /// What it is made with now, as far as that is known.
    pub platform: Option<Platform>,
    pub described: Option<Described>,
    kept: Kept,
}

/// Where the captures of a page are.
enum Kept {
    Files(Vec<Capture>),
    Stored(Uuid),
}

/// What a page said at one moment.
#[derive(Clone)]
pub enum Capture {
    Files(Timestamp, Vec<PathBuf>),
    Stored(Captured),
}

impl Capture {
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Files(at, _) => *at,
            Self::Stored(captured) => captured.at,
        }
    }
}

impl Page {
    /// A run kept its captures: only what was new.
    pub fn is_stored(&self) -> bool {
        matches!(self.kept, Kept::Stored(_))
    }
}

fn says(error: StoreError) -> String {
    error.to_string()
}

impl Source {
    /// # Errors
    /// One sentence where it is neither, or cannot be read.
    pub async fn open(name: &str) -> Result<Self, String> {
        let path = Path::new(name);
        if path.is_dir() {
            return directory(path);
        }
        let url = if name.contains("://") { name.to_owned() } else { format!("sqlite://{name}") };
        if !name.contains("://") && !path.is_file() {
            return Err(format!("`{name}` is neither a directory of captures nor a database"));
        }
        database(&url).await.map_err(says)
    }

    /// The captures of a page, oldest first.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn captures(&self, page: &Page) -> Result<Vec<Capture>, String> {
        match (&page.kept, &self.store) {
            (Kept::Files(captures), _) => Ok(captures.clone()),
            (Kept::Stored(id), Some(store)) => {
                Ok(store.captures(*id).await.map_err(says)?.into_iter().map(Capture::Stored).collect())
            }
            (Kept::Stored(_), None) => Ok(Vec::new()),
        }
    }

    /// What was captured, whole; `None` where not all of it is kept any more.
    ///
    /// # Errors
    /// If it cannot be read.
    pub async fn payloads(&self, capture: &Capture) -> Result<Option<Vec<Payload>>, String> {
        match (capture, &self.store) {
            (Capture::Files(_, files), _) => files.iter().map(|file| payload(file)).collect::<Result<_, _>>().map(Some),
            (Capture::Stored(captured), Some(store)) => {
                let bodies = store.bodies(captured).await.map_err(says)?;
                Ok(bodies.filter(|bodies| !bodies.is_empty()).map(|bodies| answered(captured, bodies)))
            }
            (Capture::Stored(_), None) => Ok(None),
        }
    }

    /// What a run made of a page; a directory knows nothing of it.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn then(&self, page: &Page) -> Result<Option<Then>, String> {
        match (&page.kept, &self.store) {
            (Kept::Stored(id), Some(store)) => Then::of(store, *id, &page.provider).await.map(Some).map_err(says),
            _ => Ok(None),
        }
    }

    pub async fn close(self) {
        if let Some(store) = self.store {
            store.close().await;
        }
    }
}

fn payload(file: &Path) -> Result<Payload, String> {
    let bytes = std::fs::read(file).map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
    Ok(Payload { bytes, ..Payload::default() })
}

fn answered(captured: &Captured, bodies: Vec<Vec<u8>>) -> Vec<Payload> {
    let payload = |(answer, bytes): (&tocsin_store::AnswerKept, Vec<u8>)| Payload {
        key: answer.key.clone(),
        url: answer.url.clone(),
        bytes,
        ..Payload::default()
    };
    captured.answers.iter().zip(bodies).map(payload).collect()
}

async fn database(url: &str) -> Result<Source, StoreError> {
    let store = Store::open_to_read(url).await?;
    // A store of an older version knows of none.
    let descriptions = store.descriptions().await.unwrap_or_default();
    let page = |PageStatus { page, .. }: PageStatus| {
        let described = descriptions.iter().rev().find(|row| row.provider == page.provider).and_then(described_by);
        let detected = || page.platform.as_deref().and_then(Platform::named);
        Page {
            platform: described.as_ref().map(Described::platform).or_else(detected),
            kept: Kept::Stored(page.id),
            provider: page.provider,
            url: page.url,
            described,
        }
    };
    let pages = store.pages().await?.into_iter().map(page).collect();
    Ok(Source { pages, count: store.count_captures().await?, store: Some(store) })
}

/// Files, or directories of files, named by the time of their capture.
fn directory(path: &Path) -> Result<Source, String> {
    let mut captures: BTreeMap<Timestamp, Vec<PathBuf>> = BTreeMap::new();
    let mut strange = Vec::new();
    for entry in entries(path)? {
        let name = entry.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let Some(at) = time_of(&name) else {
            strange.push(name);
            continue;
        };
        let files = if entry.is_dir() { entries(&entry)? } else { vec![entry] };
        captures.entry(at).or_default().extend(files);
    }
    if captures.is_empty() {
        let example = strange.first().map(|name| format!(" (`{name}` is not)")).unwrap_or_default();
        return Err(format!("{} holds nothing named by a time like 2025-11-21T004500Z.json{example}", path.display()));
    }
    for name in strange {
        eprintln!("tocsin: {name} is left out: its name is not a time like 2025-11-21T004500Z");
    }
    let provider =
        path.canonicalize().ok().and_then(|path| path.file_name().map(|name| name.to_string_lossy().into_owned()));
    let captures: Vec<Capture> = captures.into_iter().map(|(at, files)| Capture::Files(at, files)).collect();
    let count = captures.len() as u64;
    let provider = provider.unwrap_or_else(|| path.display().to_string());
    let page = Page { kept: Kept::Files(captures), ..bare(&provider) };
    Ok(Source { pages: vec![page], count, store: None })
}

/// A page of which nothing is known.
pub fn bare(provider: &str) -> Page {
    Page {
        provider: provider.to_owned(),
        url: String::new(),
        platform: None,
        described: None,
        kept: Kept::Files(Vec::new()),
    }
}

#[cfg(test)]
pub fn stored(provider: &str) -> Page {
    Page { kept: Kept::Stored(Uuid::nil()), ..bare(provider) }
}

/// What a directory holds, by name; hidden files are left out.
fn entries(path: &Path) -> Result<Vec<PathBuf>, String> {
    let says = |error: std::io::Error| format!("{} cannot be read: {error}", path.display());
    let mut entries: Vec<PathBuf> = std::fs::read_dir(path)
        .map_err(says)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')))
        .collect();
    entries.sort();
    Ok(entries)
}

/// `2025-11-21T004500Z.json`, `07-2025-11-21T004500Z`, `2025-11-21`, `2025-11-21T004500Z-history.atom`.
fn time_of(name: &str) -> Option<Timestamp> {
    let rest = match name.split_once('-') {
        Some((number, rest)) if number.len() < 4 && number.bytes().all(|byte| byte.is_ascii_digit()) => rest,
        _ => name,
    };
    let date = rest.get(..10).filter(|date| date.bytes().filter(|byte| *byte == b'-').count() == 2)?;
    let clock = match rest.get(10..)?.strip_prefix('T') {
        Some(clock) => {
            let digits = clock.get(..6).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
            clock.get(6..)?.strip_prefix('Z')?;
            format!("{}:{}:{}", &digits[..2], &digits[2..4], &digits[4..])
        }
        None => "00:00:00".to_owned(),
    };
    format!("{date}T{clock}Z").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_times() {
        let table = [
            ("2025-11-21T004500Z.json", Some("2025-11-21T00:45:00Z")),
            ("2025-11-21T004500Z", Some("2025-11-21T00:45:00Z")),
            ("07-2025-11-21T004500Z", Some("2025-11-21T00:45:00Z")),
            ("2025-11-21T004500Z-history.atom", Some("2025-11-21T00:45:00Z")),
            ("2025-11-21.atom", Some("2025-11-21T00:00:00Z")),
            ("01-2025-11-21", Some("2025-11-21T00:00:00Z")),
            ("2025-11-21T0045Z", None),
            ("summary.json", None),
            ("README.md", None),
            ("é", None),
        ];
        for (name, time) in table {
            assert_eq!(time_of(name).map(|at| at.to_string()).as_deref(), time, "{name}");
        }
    }
}
