//! A browser that is told what to do over a pipe, by its own debugging protocol: JSON, each message ended by a zero.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(20);
/// How long it may take to go by itself, looked at so often.
const GOES: u32 = 60;
const LOOK: Duration = Duration::from_millis(50);
/// The protocol wants descriptors 3 and 4, and its complaints go to a file; a shell has hands for that.
const PIPED: &str = r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>"$COMPLAINTS""#;
/// All frames live in one process, so that each is looked at, and clicked on, through one connection.
const FLAGS: [&str; 13] = [
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-first-run",
    "--no-default-browser-check",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-site-isolation-trials",
    "--disable-features=IsolateOrigins,site-per-process",
    "--window-size=1200,800",
];

/// Whether a program can be had by that name.
#[must_use]
pub fn is_there(program: &str) -> bool {
    let found = Command::new("sh").args(["-c", r#"command -v "$0" >/dev/null 2>&1"#, program]).status();
    found.is_ok_and(|status| status.success())
}

/// The process of a browser, which somebody else may have to end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Leash(Arc<Mutex<Option<Pid>>>);

impl Leash {
    /// Ends it, with all that it started, if it runs.
    pub(crate) fn pull(&self) {
        if let Some(pid) = *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }
}

/// A browser that runs. It ends when this is dropped.
pub(crate) struct Browser {
    child: Child,
    leash: Leash,
    orders: ChildStdin,
    replies: Receiver<Value>,
    asked: u64,
    complaints: PathBuf,
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.leash.pull();
        let _ = self.child.wait();
        // The number may be somebody else's from now on.
        *self.leash.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Browser {
    /// Starts one that keeps its things in `home`, and takes a file for its microphone.
    ///
    /// # Errors
    /// When it does not start or does not answer.
    pub(crate) fn open(program: &str, home: &Path, microphone: &Path, leash: &Leash) -> Result<Browser, String> {
        if !is_there(program) {
            return Err(format!(
                "there is no program `{program}` on this machine: install Chromium, or name it by `browser`"
            ));
        }
        let complaints = home.join("complaints");
        let mut command = Command::new("sh");
        command
            .args(["-c", PIPED, program])
            .args(FLAGS)
            .env("COMPLAINTS", &complaints)
            .env("TMPDIR", home)
            .process_group(0);
        command.arg(format!("--user-data-dir={}", home.join("profile").display()));
        command.arg(format!("--use-file-for-fake-audio-capture={}", microphone.display()));
        if rustix::process::geteuid().is_root() {
            // Its sandbox cannot be had by root.
            command.arg("--no-sandbox");
        }
        let child =
            command.arg("about:blank").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut child = child.map_err(|error| format!("`{program}` does not start: {error}"))?;
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        *leash.0.lock().unwrap_or_else(PoisonError::into_inner) = pid;
        let (Some(orders), Some(said)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(format!("`{program}` has no pipes"));
        };
        let (tell, replies) = channel();
        std::thread::spawn(move || {
            for message in BufReader::new(said).split(0) {
                let Ok(Ok(message)) = message.map(|bytes| serde_json::from_slice::<Value>(&bytes)) else { return };
                // What is an answer, and not news that nobody asked for.
                if message.get("id").is_some() && tell.send(message).is_err() {
                    return;
                }
            }
        });
        let mut browser = Browser { child, leash: leash.clone(), orders, replies, asked: 0, complaints };
        browser.ask(None, "Browser.getVersion", json!({})).map_err(|why| browser.complaint(why))?;
        Ok(browser)
    }

    /// With its own last words.
    fn complaint(&self, why: String) -> String {
        let said = std::fs::read_to_string(&self.complaints).unwrap_or_default();
        let last = said.lines().rev().map(str::trim).find(|line| !line.is_empty());
        last.map_or(why.clone(), |last| format!("{why}; it says: {last}"))
    }

    /// # Errors
    /// When it does not answer, or refuses.
    pub(crate) fn ask(&mut self, session: Option<&str>, method: &str, params: Value) -> Result<Value, String> {
        self.asked += 1;
        let mut message = json!({ "id": self.asked, "method": method, "params": params });
        if let Some(session) = session {
            message["sessionId"] = json!(session);
        }
        let gone = |error: &dyn std::fmt::Display| format!("the browser is not to be spoken to ({error})");
        self.orders.write_all(message.to_string().as_bytes()).map_err(|error| gone(&error))?;
        self.orders.write_all(&[0]).and_then(|()| self.orders.flush()).map_err(|error| gone(&error))?;
        loop {
            let mut reply = self.replies.recv_timeout(PATIENCE).map_err(|error| gone(&error))?;
            if reply["id"] == self.asked {
                return match reply.get("error") {
                    Some(error) => Err(format!("the browser refuses {method}: {}", error["message"])),
                    None => Ok(reply["result"].take()),
                };
            }
        }
    }

    /// Lets it go by itself, which leaves nothing of it behind; who does not go is ended.
    pub(crate) fn close(mut self) {
        if self.ask(None, "Browser.close", json!({})).is_err() {
            return;
        }
        for _ in 0..GOES {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(LOOK);
        }
    }
}
