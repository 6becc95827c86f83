//! The agent of a `desk_e2e` or `webrtc_agent` check: at which page it sits, and what is what there.

use std::time::Duration;

use tocsin_robot::{Hidden, Seat, Selector, Site, Step};

use super::table::{Part, Placed, Raw, Table};
use super::values;
use super::voice::CheckKind;

const BROWSER: &str = "chromium";
/// What a page says of itself is read at so many places at most.
const SAYS: usize = 4;

fn page(raw: Raw) -> Result<String, String> {
    let text = values::text(raw)?;
    let wrong = || format!("`{text}` is no address of a page; write it like \"https://desk.example.com/\"");
    let url = url::Url::parse(&text).map_err(|_| wrong())?;
    if matches!(url.scheme(), "http" | "https") && url.has_host() { Ok(text) } else { Err(wrong()) }
}

fn selector(raw: Raw) -> Result<Selector, String> {
    values::text(raw)?.parse()
}

fn selectors(raw: Raw) -> Result<Vec<Selector>, String> {
    values::list(raw)?.iter().map(|one| one.parse()).collect()
}

/// Who takes the calls of a check of that kind; `None` also where something is missing, which is noted.
pub(super) fn seat(table: &mut Table<'_, '_>, kind: CheckKind) -> Option<Seat> {
    let site = match kind {
        CheckKind::SipCall => return None,
        CheckKind::DeskE2e => desk(table),
        CheckKind::WebrtcAgent => described(table),
    };
    let browser = table.take("browser", values::text).map_or_else(|| BROWSER.to_owned(), |placed| placed.value);
    let within = |raw| match values::duration(raw)? {
        seconds @ 5..=120 => Ok(seconds.unsigned_abs()),
        _ => Err("must lie between \"5s\" and \"2m\"".to_owned()),
    };
    let ready = table.take("ready_within", within).map_or(Seat::READY, |placed| Duration::from_secs(placed.value));
    Some(Seat { site: site?, browser, ready })
}

/// Our own desk's page, which we know.
fn desk(table: &mut Table<'_, '_>) -> Option<Site> {
    let page = table.required_secret("page", page);
    let agent = table.required("agent", values::text);
    let token = table.required_secret("token", values::text);
    Some(Site::of_desk(&page?.value, &agent?.value, &token?.value))
}

/// Somebody else's page, as the file describes it.
fn described(table: &mut Table<'_, '_>) -> Option<Site> {
    let page = table.required_secret("page", page);
    let steps = table.parts("steps").unwrap_or_default();
    let steps: Vec<Step> = steps.into_iter().filter_map(|part| step(part, table)).collect();
    let ready = table.required("ready", selector);
    let accept = table.required("accept", selector);
    let connected = table.take("connected", selector).map(|placed| placed.value);
    let mut many = |key: &str| table.take(key, selectors);
    let (dismiss, says) = (many("dismiss"), many("says"));
    let sound = table.take("sound", values::text);
    if let Some(says) = says.as_ref().filter(|says| says.value.len() > SAYS) {
        says.wrong(table.notes, format!("takes {SAYS} selectors at most"));
    }
    let all = |placed: Option<Placed<Vec<Selector>>>| placed.map(|placed| placed.value).unwrap_or_default();
    let mut site = Site::new(&page?.value, ready?.value, accept?.value);
    site.steps = steps;
    site.dismiss = all(dismiss);
    site.connected = connected;
    site.says = all(says);
    if let Some(sound) = sound {
        site.sound = sound.value;
    }
    Some(site)
}

const FORM: &str =
    "must be one of { fill = \"#user\", with = \"…\" }, { click = \"#sign-in\" } and { wait = \"#phone\" }";

fn step(part: Part<'_, '_>, of: &Table<'_, '_>) -> Option<Step> {
    let mut table = match part {
        Part::Table(table) => table,
        Part::Text(text) => {
            text.wrong(of.notes, FORM);
            return None;
        }
    };
    let fill = table.take("fill", selector).map(|placed| placed.value);
    let click = table.take("click", selector).map(|placed| placed.value);
    let wait = table.take("wait", selector).map(|placed| placed.value);
    let with = table.secret("with", values::text).map(|placed| Hidden(placed.value));
    let step = match (fill, click, wait, with) {
        (Some(at), None, None, Some(text)) => Some(Step::Fill(at, text)),
        (None, Some(at), None, None) => Some(Step::Click(at)),
        (None, None, Some(at), None) => Some(Step::Wait(at)),
        (Some(_), None, None, None) => {
            table.whole("needs `with` (or `with_file`) beside `fill`: what is to be written there");
            None
        }
        _ => {
            table.whole(FORM);
            None
        }
    };
    table.finish();
    step
}
