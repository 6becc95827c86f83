//! A browser that is told what to do over a pipe, by its own debugging protocol: JSON, each message ended by a zero.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(10);
/// The protocol wants descriptors 3 and 4; a shell has hands for that.
const PIPED: &str = r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#;

/// What is seen of the page: see `web/gate.js`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Look {
    pub title: String,
    pub why: String,
    pub accept: Option<[f64; 2]>,
    pub hang_up: Option<[f64; 2]>,
    pub heard: u32,
}

pub struct Chromium {
    child: Child,
    orders: ChildStdin,
    replies: Receiver<Value>,
    asked: u64,
    session: Option<String>,
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Chromium {
    /// # Errors
    /// When the browser does not start or does not answer.
    pub fn open(program: &str, home: &Path, microphone: &Path) -> Result<Chromium, String> {
        let mut command = Command::new("sh");
        command.args(["-c", PIPED, program, "--headless=new", "--remote-debugging-pipe", "--no-first-run"]);
        command.arg(format!("--user-data-dir={}", home.display()));
        command.arg(format!("--use-file-for-fake-audio-capture={}", microphone.display()));
        command.args([
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            "--autoplay-policy=no-user-gesture-required",
            "--allow-loopback-in-peer-connection",
            "--disable-background-networking",
            "--no-sandbox",
            "--window-size=1200,800",
            "about:blank",
        ]);
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut child = child.map_err(|error| format!("{program} does not start: {error}"))?;
        let (Some(orders), Some(said)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(format!("{program} has no pipes"));
        };
        let (tell, replies) = channel();
        std::thread::spawn(move || {
            for message in BufReader::new(said).split(0) {
                let Ok(Ok(message)) = message.map(|bytes| serde_json::from_slice::<Value>(&bytes)) else { return };
                if tell.send(message).is_err() {
                    return;
                }
            }
        });
        let mut browser = Chromium { child, orders, replies, asked: 0, session: None };
        let target = browser.ask("Target.createTarget", json!({ "url": "about:blank" }))?;
        let attached =
            browser.ask("Target.attachToTarget", json!({ "targetId": target["targetId"], "flatten": true }))?;
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        Ok(browser)
    }

    fn ask(&mut self, method: &str, params: Value) -> Result<Value, String> {
        self.asked += 1;
        let mut message = json!({ "id": self.asked, "method": method, "params": params });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        let gone = |error: &dyn std::fmt::Display| format!("the browser is not to be spoken to: {error}");
        self.orders.write_all(message.to_string().as_bytes()).map_err(|error| gone(&error))?;
        self.orders.write_all(&[0]).and_then(|()| self.orders.flush()).map_err(|error| gone(&error))?;
        loop {
            let mut reply = self.replies.recv_timeout(PATIENCE).map_err(|error| gone(&error))?;
            if reply["id"] == self.asked {
                return match reply.get("error") {
                    Some(error) => Err(format!("the browser refuses {method}: {error}")),
                    None => Ok(reply["result"].take()),
                };
            }
        }
    }

    /// # Errors
    /// When the browser does not answer.
    pub fn goes_to(&mut self, address: &str) -> Result<(), String> {
        self.ask("Page.navigate", json!({ "url": address })).map(drop)
    }

    /// What is there now; of a page that is still loading, nothing.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub fn looks(&mut self, hz: f64) -> Result<Look, String> {
        let expression = format!("{}({hz})", include_str!("../../web/gate.js").trim_end());
        let mut seen = self.ask("Runtime.evaluate", json!({ "expression": expression, "returnByValue": true }))?;
        Ok(serde_json::from_value(seen["result"]["value"].take()).unwrap_or_default())
    }

    /// As a mouse does.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub fn clicks(&mut self, [x, y]: [f64; 2]) -> Result<(), String> {
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1 });
            self.ask("Input.dispatchMouseEvent", event)?;
        }
        Ok(())
    }
}
