//! The files of the widget, by build: those in this program, and those that somebody published since.
//!
//! Files lie under a name made of what is in them, so that a page always gets the files that it was loaded with, and may
//! keep them for ever. Numbers of builds only rise; a roll-back publishes earlier files under a new number.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Mutex;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tocsin_switchboard::snapshot::Build;

use crate::desk::Edition;
use crate::store;

/// What the widget is made of in this program.
const OWN: [(&str, &str); 7] = [
    ("widget.html", include_str!("../web/widget.html")),
    ("widget.css", include_str!("../web/widget.css")),
    ("main.js", include_str!("../web/main.js")),
    ("call.js", include_str!("../web/call.js")),
    ("handshake.js", include_str!("../../switchboard/web/handshake.js")),
    ("widget.js", include_str!("../../switchboard/web/widget.js")),
    ("timer.js", include_str!("../../switchboard/web/timer.js")),
];

const LIST: &str = "builds.jsonl";
/// Where a build begins.
pub const PAGE: &str = "widget.html";

/// Names and contents.
pub type Files = BTreeMap<String, Vec<u8>>;

/// What this program's own widget consists of.
#[must_use]
pub fn own() -> Files {
    OWN.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect()
}

/// The name of files, by what is in them.
#[must_use]
pub fn name(files: &Files) -> String {
    let mut digest = Sha256::new();
    for (name, bytes) in files {
        digest.update((name.len() as u64).to_be_bytes());
        digest.update(name);
        digest.update((bytes.len() as u64).to_be_bytes());
        digest.update(bytes);
    }
    digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// What kind of content a file has, by its name.
#[must_use]
pub fn kind(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')?.1 {
        "html" => Some("text/html; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "css" => Some("text/css; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        _ => None,
    }
}

/// The files of a folder.
///
/// # Errors
/// What is wrong with it.
pub fn read(folder: &Path) -> Result<Files, String> {
    let broken = |error: std::io::Error| format!("{} cannot be read: {error}", folder.display());
    let mut files = Files::new();
    for entry in fs::read_dir(folder).map_err(broken)? {
        let entry = entry.map_err(broken)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if kind(&name).is_some() {
            files.insert(name, fs::read(entry.path()).map_err(broken)?);
        }
    }
    if !files.contains_key(PAGE) {
        return Err(format!("{} holds no {PAGE}: a build begins with it", folder.display()));
    }
    Ok(files)
}

/// Which builds there were, in order.
#[must_use]
pub fn editions(data: &Path) -> Vec<(Edition, u64)> {
    let of = |line: Value| {
        let at = line["at_ms"].as_u64()?;
        serde_json::from_value(line).ok().map(|edition| (edition, at))
    };
    store::lines(data, LIST).into_iter().filter_map(of).collect()
}

fn next(data: &Path) -> Build {
    editions(data).iter().map(|(edition, _)| edition.build).max().unwrap_or(0) + 1
}

/// Writes down that a build is published.
///
/// # Errors
/// When it cannot be written.
pub fn note(data: &Path, edition: &Edition) -> Result<(), String> {
    let line = serde_json::to_value(edition).unwrap_or_else(|_| json!({}));
    store::append(data, LIST, &line)
        .map_err(|error| format!("{} cannot be written: {error}", data.join(LIST).display()))
}

/// Publishes files as the next build; a desk that runs there takes it up within a second or two.
///
/// # Errors
/// When the folder cannot be written.
pub fn publish(data: &Path, files: &Files, who: &str, at_once: bool) -> Result<Edition, String> {
    let name = name(files);
    let folder = data.join("builds").join(&name);
    let broken = |error: std::io::Error| format!("{} cannot be written: {error}", folder.display());
    fs::create_dir_all(&folder).map_err(broken)?;
    for (file, bytes) in files {
        fs::write(folder.join(file), bytes).map_err(broken)?;
    }
    let edition = Edition { build: next(data), files: name, who: who.to_owned(), at_once, rolls_back: false };
    note(data, &edition)?;
    Ok(edition)
}

/// Publishes the files before the last ones anew, under a new number, and shuts out all before it.
///
/// # Errors
/// When there are none.
pub fn roll_back(data: &Path, who: &str) -> Result<Edition, String> {
    let all = editions(data);
    let (last, _) = all.last().ok_or("nothing was published here yet")?;
    let before = all.iter().rev().find(|(edition, _)| edition.files != last.files);
    let (before, _) = before.ok_or("there is no other build to go back to")?;
    let files = before.files.clone();
    let edition = Edition { build: next(data), files, who: who.to_owned(), at_once: true, rolls_back: true };
    note(data, &edition)?;
    Ok(edition)
}

/// Files that were read once.
#[derive(Default)]
pub struct Shelf(Mutex<BTreeMap<String, Files>>);

impl Shelf {
    /// One file, of whichever build.
    #[must_use]
    pub fn file(&self, data: &Path, name: &str, file: &str) -> Option<Vec<u8>> {
        let plain = name.len() == 16 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !plain {
            return None;
        }
        let mut shelf = self.0.lock().ok()?;
        if !shelf.contains_key(name) {
            shelf.insert(name.to_owned(), read(&data.join("builds").join(name)).ok()?);
        }
        shelf.get(name)?.get(file).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_rise_and_files_come_back() {
        let data = tempfile::tempdir().unwrap();
        let mut files = own();
        let first = publish(data.path(), &files, "me", false).unwrap();
        assert!(roll_back(data.path(), "me").is_err_and(|why| why.contains("no other build")));
        files.insert("main.js".to_owned(), b"broken()".to_vec());
        let second = publish(data.path(), &files, "me", true).unwrap();
        assert_ne!(first.files, second.files);
        let third = roll_back(data.path(), "me").unwrap();
        assert_eq!((first.build, second.build, third.build), (1, 2, 3));
        assert_eq!(third.files, first.files);
        let shelf = Shelf::default();
        assert_eq!(shelf.file(data.path(), &second.files, "main.js").as_deref(), Some(b"broken()".as_slice()));
        assert_eq!(shelf.file(data.path(), "../../etc/passwd", "main.js"), None);
        assert_eq!(editions(data.path()).len(), 3);
    }

    #[test]
    fn a_folder_without_a_page_is_no_build() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read(folder.path()).is_err_and(|why| why.contains("widget.html")));
    }
}
