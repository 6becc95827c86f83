//! A page in a browser, with all its frames: what is shown and played there, and a mouse and a keyboard.

use std::collections::HashMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use tocsin_sip::clock;

use crate::browser::Browser;
use crate::site::Selector;

const LOOK: &str = include_str!("../web/look.js");

/// What is looked for: names, each with one or several selectors, and what plays.
pub(crate) struct Wanted<'a> {
    pub shown: Vec<(&'static str, &'a Selector)>,
    /// A CSS selector.
    pub sound: &'a str,
}

/// What is seen and heard of a page at a moment.
#[derive(Debug, Default)]
pub(crate) struct Look {
    /// The texts of what is shown, by the names that were asked for.
    pub shown: HashMap<String, String>,
    pub sounds: Vec<Sound>,
    /// Of the page's own request; 0 where there was none.
    pub status: u16,
}

/// What a frame played since the last look.
#[derive(Debug)]
pub(crate) struct Sound {
    pub source: u32,
    pub samples: Vec<i16>,
    /// When the last sample was played, by [`clock::steady`].
    pub end: Duration,
}

#[derive(Deserialize)]
struct Seen {
    shown: HashMap<String, String>,
    sound: Option<Played>,
    status: u16,
    now: f64,
}

#[derive(Deserialize)]
struct Played {
    pcm: String,
    /// Milliseconds since 1970, by the browser.
    end: f64,
}

/// A place where scripts of ours run beside those of a frame.
struct World {
    loader: String,
    context: i64,
    source: u32,
}

pub(crate) struct Page {
    browser: Browser,
    session: String,
    worlds: HashMap<String, World>,
    sources: u32,
    /// Our stopwatch against the browser's, in milliseconds, and how exact that is.
    ahead: Option<(f64, f64)>,
}

impl Page {
    /// # Errors
    /// When the browser does not do what it is told.
    pub(crate) fn open(mut browser: Browser) -> Result<Page, String> {
        let target = browser.ask(None, "Target.createTarget", json!({ "url": "about:blank" }))?;
        let to = json!({ "targetId": target["targetId"], "flatten": true });
        let attached = browser.ask(None, "Target.attachToTarget", to)?;
        let session = attached["sessionId"].as_str().ok_or("the browser shows no page")?.to_owned();
        let mut page = Page { browser, session, worlds: HashMap::new(), sources: 0, ahead: None };
        page.ask("Page.enable", json!({}))?;
        Ok(page)
    }

    fn ask(&mut self, method: &str, params: Value) -> Result<Value, String> {
        self.browser.ask(Some(&self.session), method, params)
    }

    /// Goes there; `Err` inside: what the browser says of why it could not.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub(crate) fn goes_to(&mut self, address: &str) -> Result<Result<(), String>, String> {
        let done = self.ask("Page.navigate", json!({ "url": address }))?;
        Ok(match done["errorText"].as_str() {
            Some(error) => Err(error.to_owned()),
            None => Ok(()),
        })
    }

    /// What is there now; of a frame that is still loading, nothing.
    ///
    /// # Errors
    /// When the browser does not answer, or a selector is none.
    pub(crate) fn looks(&mut self, wanted: &Wanted<'_>) -> Result<Look, String> {
        let tree = self.ask("Page.getFrameTree", json!({}))?;
        let mut frames = Vec::new();
        collect(&tree["frameTree"], &mut frames);
        self.worlds.retain(|frame, _| frames.iter().any(|(id, _)| id == frame));
        let mut look = Look::default();
        for (place, (frame, loader)) in frames.iter().enumerate() {
            let Some(seen) = self.looks_into(frame, loader, wanted)? else { continue };
            if place == 0 {
                look.status = seen.0.status;
            }
            for (name, text) in seen.0.shown {
                look.shown.entry(name).or_insert(text);
            }
            look.sounds.extend(seen.1);
        }
        Ok(look)
    }

    fn looks_into(
        &mut self,
        frame: &str,
        loader: &str,
        wanted: &Wanted<'_>,
    ) -> Result<Option<(Seen, Option<Sound>)>, String> {
        let Some((context, source)) = self.world(frame, loader)? else { return Ok(None) };
        let shown: Vec<Value> = wanted.shown.iter().map(|(name, selector)| json!([name, selector.as_json()])).collect();
        let what = json!({ "shown": shown, "sound": wanted.sound });
        let expression = format!("{}({what})", LOOK.trim_end());
        let asked = clock::steady();
        let params = json!({ "expression": expression, "contextId": context, "returnByValue": true });
        let Ok(mut said) = self.ask("Runtime.evaluate", params) else {
            // The frame went elsewhere meanwhile.
            self.worlds.remove(frame);
            return Ok(None);
        };
        if let Some(thrown) = said.get("exceptionDetails") {
            let text = thrown["exception"]["description"].as_str().unwrap_or("?").lines().next().unwrap_or_default();
            return Err(format!("the page cannot be looked at: {text}"));
        }
        let Ok(seen) = serde_json::from_value::<Seen>(said["result"]["value"].take()) else { return Ok(None) };
        self.sets_watch(asked, clock::steady(), seen.now);
        let sound = seen.sound.as_ref().and_then(|sound| self.played(sound, source));
        Ok(Some((seen, sound)))
    }

    /// The browser said what time it is between two moments of ours.
    fn sets_watch(&mut self, asked: Duration, answered: Duration, theirs: f64) {
        let (from, to) = (asked.as_secs_f64() * 1000.0, answered.as_secs_f64() * 1000.0);
        let exact = (to - from) / 2.0;
        if self.ahead.is_none_or(|(_, before)| exact < before) {
            self.ahead = Some(((from + to) / 2.0 - theirs, exact));
        }
    }

    fn played(&self, sound: &Played, source: u32) -> Option<Sound> {
        let bytes = STANDARD.decode(&sound.pcm).ok()?;
        let samples = bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
        let end = (sound.end + self.ahead?.0).max(0.0) / 1000.0;
        Some(Sound { source, samples, end: Duration::try_from_secs_f64(end).ok()? })
    }

    /// A world of ours in a frame, made where there is none yet.
    fn world(&mut self, frame: &str, loader: &str) -> Result<Option<(i64, u32)>, String> {
        if let Some(world) = self.worlds.get(frame).filter(|world| world.loader == loader) {
            return Ok(Some((world.context, world.source)));
        }
        let made = match self.ask("Page.createIsolatedWorld", json!({ "frameId": frame, "worldName": "robot" })) {
            Ok(made) => made,
            Err(why) if why.contains("refuses") => return Ok(None),
            Err(why) => return Err(why),
        };
        let Some(context) = made["executionContextId"].as_i64() else { return Ok(None) };
        self.sources += 1;
        let world = World { loader: loader.to_owned(), context, source: self.sources };
        self.worlds.insert(frame.to_owned(), world);
        Ok(Some((context, self.sources)))
    }

    /// What is shown by that selector, in whichever frame: a handle.
    fn finds(&mut self, selector: &Selector) -> Result<Option<String>, String> {
        let contexts: Vec<i64> = self.worlds.values().map(|world| world.context).collect();
        for context in contexts {
            let expression = format!("globalThis.found?.({})", selector.as_json());
            let params = json!({ "expression": expression, "contextId": context });
            let Ok(said) = self.ask("Runtime.evaluate", params) else { continue };
            if let Some(handle) = said["result"]["objectId"].as_str() {
                return Ok(Some(handle.to_owned()));
            }
        }
        Ok(None)
    }

    /// Clicks there as a mouse does: on whatever lies topmost in the middle. False: it is not shown any more.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub(crate) fn clicks(&mut self, selector: &Selector) -> Result<bool, String> {
        let Some(handle) = self.finds(selector)? else { return Ok(false) };
        let _ = self.ask("DOM.scrollIntoViewIfNeeded", json!({ "objectId": handle }));
        let Ok(quads) = self.ask("DOM.getContentQuads", json!({ "objectId": handle })) else { return Ok(false) };
        let Some(corners) = quads["quads"][0].as_array() else { return Ok(false) };
        let middle = |from: usize| corners.iter().skip(from).step_by(2).filter_map(Value::as_f64).sum::<f64>() / 4.0;
        let (x, y) = (middle(0), middle(1));
        self.ask("Input.dispatchMouseEvent", json!({ "type": "mouseMoved", "x": x, "y": y }))?;
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1 });
            self.ask("Input.dispatchMouseEvent", event)?;
        }
        Ok(true)
    }

    /// Writes there as a keyboard does, instead of what stands there.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub(crate) fn fills(&mut self, selector: &Selector, text: &str) -> Result<bool, String> {
        if !self.clicks(selector)? {
            return Ok(false);
        }
        let Some(handle) = self.finds(selector)? else { return Ok(false) };
        let select = "function () { this.focus(); this.select?.(); }";
        self.ask("Runtime.callFunctionOn", json!({ "objectId": handle, "functionDeclaration": select }))?;
        self.ask("Input.insertText", json!({ "text": text }))?;
        Ok(true)
    }

    /// Leaves the page, so that it can say goodbye, and closes the browser.
    pub(crate) fn close(mut self) {
        let _ = self.goes_to("about:blank");
        self.browser.close();
    }
}

/// Every frame with what it has loaded, the page itself first.
fn collect(tree: &Value, frames: &mut Vec<(String, String)>) {
    let part = |name: &str| tree["frame"][name].as_str().unwrap_or_default().to_owned();
    frames.push((part("id"), part("loaderId")));
    for child in tree["childFrames"].as_array().into_iter().flatten() {
        collect(child, frames);
    }
}
