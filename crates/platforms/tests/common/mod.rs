//! The cases: `cases/<platform>/<case>/` holds what a page sent, `now.txt` when, `reading.snap` what it was read as.
//! `cases/<platform>/anchors.txt` names the places without which a payload is not the platform's, `words.txt` those whose
//! words are the health of something: one that nobody knows is never well; `updates.txt` the lists of updates.

use std::path::{Path, PathBuf};

use tocsin_domain::Timestamp;
use tocsin_platforms::{Described, Payload, Platform, Reader, reader_for};

pub struct Case {
    pub platform: Platform,
    /// `statuspage/healthy`.
    pub name: String,
    pub now: Timestamp,
    /// In the order of their names.
    pub payloads: Vec<Payload>,
    /// Of a page that somebody described: `describe.toml`.
    pub described: Option<Described>,
}

impl Case {
    pub fn reader(&self) -> &dyn Reader {
        reader_for(self.platform, self.described.as_ref())
    }
}

/// Every case, in the order of their names.
pub fn all() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let mut cases = Vec::new();
    for platform in entries(&root) {
        let name = name_of(&platform);
        let known = Platform::named(&name).unwrap_or_else(|| panic!("cases/{name}: there is no such platform"));
        let folders = entries(&platform).into_iter().filter(|path| path.is_dir());
        cases.extend(folders.map(|folder| case(known, folder)));
    }
    assert!(!cases.is_empty(), "there are no cases below {}", root.display());
    cases
}

fn case(platform: Platform, folder: PathBuf) -> Case {
    let name = format!("{}/{}", platform.name(), name_of(&folder));
    let mut now = "2026-03-03T00:00:00Z".parse().unwrap();
    let mut payloads = Vec::new();
    let mut described = None;
    for file in entries(&folder) {
        let file_name = name_of(&file);
        if file_name == "now.txt" {
            now = std::fs::read_to_string(&file).unwrap().trim().parse().unwrap();
        } else if file_name == "describe.toml" {
            described = Some(description(platform, &std::fs::read_to_string(&file).unwrap()));
        } else if !file_name.ends_with(".snap") && !file_name.ends_with(".new") {
            payloads.push(payload(&file, &file_name));
        }
    }
    assert!(!payloads.is_empty(), "{name}: there is nothing to read");
    Case { platform, name, now, payloads, described }
}

/// A description as it is written.
pub fn description(platform: Platform, text: &str) -> Described {
    let description = toml::from_str(text).unwrap_or_else(|error| panic!("{error}"));
    Described::new(platform, description).unwrap_or_else(|faults| panic!("{faults:?}"))
}

/// The file's name without its ending is the key of the ask that would have fetched it.
fn payload(file: &Path, name: &str) -> Payload {
    let key = name.rsplit_once('.').map_or(name, |(key, _)| key).to_owned();
    Payload { key, bytes: std::fs::read(file).unwrap(), ..Payload::default() }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| !name_of(path).starts_with('.'))
        .collect();
    entries.sort();
    entries
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}
