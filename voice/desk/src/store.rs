//! What outlives the desk: plain files in one folder. Each line that is added is on the disk before the next is.
//!
//! | file | what |
//! |---|---|
//! | `epoch` | a counter: how often a desk was started here |
//! | `audit.jsonl` | every switch that was turned; played again at the next start, so that what is off stays off |
//! | `missed.jsonl`, `voicemail.jsonl`, `voicemail/*.wav` | who was not served, and what they said |
//! | `calls.jsonl` | what came of each call |
//! | `alarms.jsonl` | what was raised, and what was over |
//! | `builds.jsonl`, `builds/*/` | which build was published when, and its files |
//! | `supervisor-token` | made at the first start |

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use serde_json::Value;

use crate::clock;

/// The folder of a desk that runs. Nobody else's desk runs there.
pub struct Store {
    folder: PathBuf,
    lines: Mutex<Option<Sender<(&'static str, Value)>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    _lock: File,
}

fn failed(path: &Path, error: &io::Error) -> String {
    format!("{} cannot be used: {error}; name another folder by `data`, or make it writable", path.display())
}

impl Store {
    /// # Errors
    /// What is wrong with the folder, and what to do.
    pub fn open(folder: &Path) -> Result<Store, String> {
        fs::create_dir_all(folder.join("voicemail")).map_err(|error| failed(folder, &error))?;
        fs::create_dir_all(folder.join("builds")).map_err(|error| failed(folder, &error))?;
        let path = folder.join("lock");
        let lock = File::create(&path).map_err(|error| failed(&path, &error))?;
        lock.try_lock()
            .map_err(|_| format!("another desk runs in {}: stop it, or name another folder", folder.display()))?;
        let (lines, told) = channel::<(&'static str, Value)>();
        let at = folder.to_owned();
        let write = move || {
            for (name, line) in told {
                if let Err(error) = append(&at, name, &line) {
                    tracing::error!(%error, name, "a line could not be written; it was: {line}");
                }
            }
        };
        let writer = std::thread::spawn(write);
        let (lines, writer) = (Mutex::new(Some(lines)), Mutex::new(Some(writer)));
        Ok(Store { folder: folder.to_owned(), lines, writer, _lock: lock })
    }

    /// One more than at the start before.
    ///
    /// # Errors
    /// When it cannot be kept: then no desk may start, since its sessions would take it for an older one.
    pub fn next_epoch(&self) -> Result<u64, String> {
        let path = self.folder.join("epoch");
        let before = match fs::read_to_string(&path) {
            Ok(text) => text.trim().parse::<u64>().map_err(|error| {
                format!("{} does not hold a number ({error}): write one that is above all before", path.display())
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(error) => return Err(failed(&path, &error)),
        };
        let epoch = before + 1;
        replace(&path, epoch.to_string().as_bytes()).map_err(|error| failed(&path, &error))?;
        Ok(epoch)
    }

    /// The token of supervisors, made if there is none yet.
    ///
    /// # Errors
    /// When it cannot be read or kept.
    pub fn supervisor_token(&self) -> Result<String, String> {
        let path = self.folder.join("supervisor-token");
        if let Ok(token) = fs::read_to_string(&path) {
            return Ok(token.trim().to_owned());
        }
        let token = random_word().map_err(|error| failed(&path, &error))?;
        replace(&path, token.as_bytes()).map_err(|error| failed(&path, &error))?;
        Ok(token)
    }

    /// Adds a line; it is written soon, in order.
    pub fn add(&self, name: &'static str, line: Value) {
        if let Ok(lines) = self.lines.lock()
            && let Some(lines) = lines.as_ref()
        {
            let _ = lines.send((name, line));
        }
    }

    /// Waits until all is written. Nothing is taken after it.
    pub fn close(&self) {
        drop(self.lines.lock().map(|mut lines| lines.take()));
        if let Ok(mut writer) = self.writer.lock()
            && let Some(writer) = writer.take()
        {
            let _ = writer.join();
        }
    }

    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The lines of a file; one that was cut off by a fall of the machine is passed over.
    #[must_use]
    pub fn lines(&self, name: &str) -> Vec<Value> {
        lines(&self.folder, name)
    }
}

/// See [`Store::lines`].
#[must_use]
pub fn lines(folder: &Path, name: &str) -> Vec<Value> {
    let text = fs::read_to_string(folder.join(name)).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// Adds a line, with the time (`at_ms`), and sees it on the disk.
///
/// # Errors
/// When it is not.
pub fn append(folder: &Path, name: &str, line: &Value) -> io::Result<()> {
    let mut line = line.clone();
    if let Value::Object(fields) = &mut line {
        fields.entry("at_ms").or_insert_with(|| clock::since_1970().into());
    }
    let mut file = OpenOptions::new().create(true).append(true).open(folder.join(name))?;
    file.write_all(format!("{line}\n").as_bytes())?;
    file.sync_data()
}

/// All of it or nothing, and only for this user's eyes.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let beside = path.with_extension("new");
    let mut file = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}

fn random_word() -> io::Result<String> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_epoch_is_never_used_twice() {
        let folder = tempfile::tempdir().unwrap();
        let first = Store::open(folder.path()).unwrap();
        assert_eq!(first.next_epoch(), Ok(1));
        assert!(Store::open(folder.path()).is_err_and(|why| why.contains("another desk runs")));
        drop(first);
        assert_eq!(Store::open(folder.path()).unwrap().next_epoch(), Ok(2));
        fs::write(folder.path().join("epoch"), "x").unwrap();
        assert!(
            Store::open(folder.path()).unwrap().next_epoch().is_err_and(|why| why.contains("does not hold a number"))
        );
    }

    #[test]
    fn lines_stay_and_half_of_one_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        store.add("missed.jsonl", json!({"call": 1}));
        store.add("missed.jsonl", json!({"call": 2}));
        store.close();
        let mut file = OpenOptions::new().append(true).open(folder.path().join("missed.jsonl")).unwrap();
        file.write_all(b"{\"call\": 3").unwrap();
        let calls: Vec<u64> = store.lines("missed.jsonl").iter().filter_map(|line| line["call"].as_u64()).collect();
        assert_eq!(calls, [1, 2]);
        assert!(store.lines("missed.jsonl")[0]["at_ms"].as_u64().is_some_and(|at| at > 0));
    }

    #[test]
    fn a_token_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let token = store.supervisor_token().unwrap();
        assert_eq!(token.len(), 32);
        assert_eq!(store.supervisor_token(), Ok(token));
    }
}
