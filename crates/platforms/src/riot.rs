//! Riot's status: one file for each game and region, as the vendor's documented interface shapes it. Known from that
//! documentation and several public clients; no capture was seen.
//!
//! Oddities: the page shows what its address asks for, and nothing without a region, so the large regions are read then;
//! incidents have no stage and stay listed until they are archived; unpublished updates are sent along; every text comes
//! in many languages; announced work has a stage, but no window; a stage or a severity may be null, an archive date "".

use serde_json::Value;
use tocsin_domain::{ComponentRef, Health, HttpAsk, Impact, MaintenanceStage, Stage, Timestamp};
use url::Url;

use crate::kit::html;
use crate::kit::node::Node;
use crate::kit::report::Draft;
use crate::kit::sheet::{Planned, Sheet, Told, blamed, named_part};
use crate::kit::simple::{Body, Simple};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: Riot = Riot;

pub(crate) struct Riot;

const PAGE: &str = "https://status.riotgames.com";
const FILE_HOST: &str = ".secure.dyn.riotcdn.net";
const FILES: &str = "channels/public/x/status";
/// What is read of an address without a region: game, region.
const LARGE: [(&str, &str); 6] =
    [("lol", "na1"), ("lol", "euw1"), ("lol", "eun1"), ("lol", "kr"), ("valorant", "na"), ("valorant", "eu")];

/// The key under which a file is asked once more where others are missing: it brings nothing but this knowledge.
const PARTLY: &str = "partly";

impl Simple for Riot {
    fn name(&self) -> &'static str {
        "riot"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        let host = page.url.host_str().unwrap_or_default();
        if page.url.path().ends_with(".json") {
            return vec![HttpAsk::get("status", page.url.to_string())];
        }
        let query =
            |key: &str| page.url.query_pairs().find(|(name, _)| name == key).map(|(_, value)| value.to_lowercase());
        let in_path = || page.url.path_segments()?.next().map(str::to_lowercase).filter(|name| !name.is_empty());
        let in_host = || host.strip_suffix(FILE_HOST).map(str::to_owned);
        let named = query("product").filter(|name| !name.is_empty()).or_else(in_path).or_else(in_host);
        let game = named.map(|name| game(&name));
        let url = |game: &str, region: &str| match host.ends_with("riotgames.com") {
            true => format!("https://{game}{FILE_HOST}/{FILES}/{region}.json"),
            false => page.at_root(&format!("{FILES}/{region}.json")),
        };
        if let Some(region) = query("region") {
            let game = game.unwrap_or_else(|| "lol".to_owned());
            return vec![HttpAsk::get("status", url(&game, &region))];
        }
        let wanted = LARGE.iter().filter(|(of, _)| game.as_deref().is_none_or(|game| game == *of));
        let key = |at: usize, game: &str, region: &str| match at {
            0 => "status".to_owned(),
            _ => format!("status-{game}-{region}"),
        };
        wanted.enumerate().map(|(at, (game, region))| HttpAsk::get(key(at, game, region), url(game, region))).collect()
    }

    fn needs(&self) -> &'static [&'static str] {
        &["status"]
    }

    fn weighs(&self, key: &str) -> bool {
        key.starts_with("status")
    }

    fn recognise(&self, _payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        let json = body.json()?;
        let is_list = |key: &str| json.get(key).is_some_and(Value::is_array);
        let lists = ["locales", "maintenances", "incidents"].into_iter().all(is_list);
        let named = json.get("id").is_some_and(Value::is_string) && json.get("name").is_some_and(Value::is_string);
        (lists && named)
            .then(|| Evidence { confidence: 94, seen: "`maintenances` and `incidents` beside `locales`".to_owned() })
    }

    fn read(&self, payload: &Payload, body: &Body<'_>, now: Timestamp, sheet: &mut Sheet) {
        if payload.key == PARTLY {
            sheet.doubt("", "Not every game and region that the page stands for could be read.");
            return;
        }
        let Some(json) = body.json() else { return };
        let root = Node::root(json);
        sheet.page.name = Some("Riot Games".to_owned());
        let host = Url::parse(&payload.url).ok().and_then(|url| url.host_str().map(str::to_owned));
        let game = host.as_deref().and_then(|host| host.strip_suffix(FILE_HOST)).and_then(title_of);
        let (code, name) = (root.string("id"), root.string("name"));
        let (id, group) = match game {
            Some((slug, title)) => (format!("{slug}.{code}"), vec![title.to_owned()]),
            None => (code, Vec::new()),
        };
        sheet.component(id.clone(), name.clone(), group, Health::Operational);
        let part = named_part(id, name);
        for row in root.objects("incidents", sheet) {
            incident(&row, part.clone(), now, sheet);
        }
        for row in root.objects("maintenances", sheet) {
            work(&row, part.clone(), now, sheet);
        }
    }

    fn more(
        &self,
        page: &PageAddress,
        memory: &mut Memory,
        bodies: &[(Payload, Body<'_>)],
        now: Timestamp,
    ) -> Vec<HttpAsk> {
        let wanted = self.asks(page, memory, now);
        let is_read = |ask: &HttpAsk| bodies.iter().any(|(payload, _)| payload.key == ask.key);
        // A file that is refused leaves no trace of its own in what is read.
        let first = wanted.first().filter(|first| is_read(first) && !wanted.iter().all(is_read));
        first.map(|first| HttpAsk::get(PARTLY, first.url.clone())).into_iter().collect()
    }

    fn finish(&self, sheet: &mut Sheet, now: Timestamp) {
        // Either the one region that was asked for, or all large ones of a game: of what was not read nothing is known.
        let read = |game: &str| sheet.components.iter().filter(|one| one.id.starts_with(&format!("{game}."))).count();
        let large = |game: &str| LARGE.iter().filter(|(of, _)| *of == game).count();
        let whole = ["lol", "valorant"].into_iter().all(|game| matches!(read(game), 0) || read(game) == large(game));
        sheet.open = sheet.components.len() == 1 || whole && read("lol") + read("valorant") == sheet.components.len();
        sheet.join_components();
        sheet.blame(blamed);
        sheet.under_maintenance(now);
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["status.riotgames.com", "lol.secure.dyn.riotcdn.net", "valorant.secure.dyn.riotcdn.net"]
    }
}

/// The game's name in the addresses of files. One that nobody knows is asked for under its own name, never as another.
fn game(name: &str) -> String {
    match name {
        "leagueoflegends" => "lol".to_owned(),
        "lor" | "legendsofruneterra" => "bacon".to_owned(),
        other => other.chars().filter(char::is_ascii_alphanumeric).collect(),
    }
}

fn title_of(host: &str) -> Option<(&'static str, &'static str)> {
    Some(match host {
        "lol" => ("lol", "League of Legends"),
        "valorant" => ("valorant", "VALORANT"),
        "wildrift" => ("wildrift", "Wild Rift"),
        "bacon" => ("lor", "Legends of Runeterra"),
        _ => return None,
    })
}

fn incident(row: &Node<'_>, part: ComponentRef, now: Timestamp, sheet: &mut Sheet) {
    let impact = row.has("incident_severity").then(|| {
        sheet.word(row, "incident_severity", |word| match word {
            "info" => Some(Impact::None),
            "warning" => Some(Impact::Minor),
            "critical" => Some(Impact::Critical),
            _ => None,
        })
    });
    let archived = archived(row, now, sheet);
    let told = Told {
        id: row.string("id"),
        title: content(row, "titles", sheet),
        url: Some(PAGE.to_owned()),
        impact: impact.flatten(),
        stage: Some(if archived.is_some() { Stage::Resolved } else { Stage::Investigating }),
        started_at: sheet.time(row, "created_at"),
        resolved_at: archived,
        components: vec![part],
        updates: updates(row, sheet),
    };
    sheet.incident(told, row);
}

fn work(row: &Node<'_>, part: ComponentRef, now: Timestamp, sheet: &mut Sheet) {
    let stage = row.has("maintenance_status").then(|| {
        sheet.word(row, "maintenance_status", |word| match word {
            "scheduled" => Some(MaintenanceStage::Scheduled),
            "in_progress" => Some(MaintenanceStage::InProgress),
            "complete" | "completed" => Some(MaintenanceStage::Completed),
            _ => None,
        })
    });
    if stage == Some(None) {
        sheet.doubt(row.place("maintenance_status"), "Whether the work runs is not known.");
    }
    let over = archived(row, now, sheet).map(|_| MaintenanceStage::Completed);
    let planned = Planned {
        id: row.string("id"),
        title: content(row, "titles", sheet),
        url: Some(PAGE.to_owned()),
        stage: over.or(stage.flatten()),
        components: vec![part],
        updates: updates(row, sheet),
        ..Planned::default()
    };
    sheet.work(planned, row);
}

/// When it was put away; `None` while it is not.
fn archived(row: &Node<'_>, now: Timestamp, sheet: &mut Sheet) -> Option<jiff::Timestamp> {
    sheet.time(row, "archive_at").filter(|at| Timestamp::from_jiff(*at) <= now)
}

/// The text in English, else in the first language.
fn content(row: &Node<'_>, key: &str, sheet: &mut Sheet) -> String {
    let rows = row.objects(key, sheet);
    let english = rows.iter().find(|one| one.text("locale").as_deref() == Some("en_US"));
    english.or(rows.first()).map(|one| one.string("content")).unwrap_or_default()
}

fn updates<S>(row: &Node<'_>, sheet: &mut Sheet) -> Vec<Draft<S>> {
    let mut drafts = Vec::new();
    for update in row.objects("updates", sheet) {
        if update.flag("publish") == Some(false) {
            continue;
        }
        let body = html::mixed_to_markdown(&content(&update, "translations", sheet));
        let at = sheet.time(&update, "created_at");
        let stored_at = sheet.time(&update, "updated_at");
        drafts.push(Draft { id: update.string("id"), stage: None, at, stored_at, body });
    }
    drafts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_says_which_game_and_region() {
        let asked = |page: &str| -> Vec<String> {
            let page = PageAddress { url: page.parse().unwrap() };
            READER.asks(&page, &Memory::default(), Timestamp::from_second(0)).into_iter().map(|ask| ask.url).collect()
        };
        let one = asked("https://status.riotgames.com/valorant?region=ap&locale=en_US");
        assert_eq!(one, ["https://valorant.secure.dyn.riotcdn.net/channels/public/x/status/ap.json"]);
        let one = asked("https://status.riotgames.com/?region=EUW1&product=leagueoflegends");
        assert_eq!(one, ["https://lol.secure.dyn.riotcdn.net/channels/public/x/status/euw1.json"]);
        assert_eq!(asked("https://status.riotgames.com/").len(), LARGE.len());
        assert_eq!(asked("https://status.riotgames.com/valorant").len(), 2);
        assert_eq!(asked("https://lol.secure.dyn.riotcdn.net/").len(), 4);
        let one = asked("https://status.riotgames.com/?region=eu&product=newgame");
        assert_eq!(one, ["https://newgame.secure.dyn.riotcdn.net/channels/public/x/status/eu.json"]);
    }

    #[test]
    fn a_game_of_which_nothing_was_read_is_a_doubt() {
        let page = PageAddress { url: "https://status.riotgames.com/".parse().unwrap() };
        let now = Timestamp::from_second(0);
        let asks = READER.asks(&page, &Memory::default(), now);
        let read = |asks: &[HttpAsk]| -> Vec<Payload> {
            let body = |ask: &HttpAsk| {
                let id = ask.url.rsplit('/').next().unwrap().trim_end_matches(".json").to_owned();
                serde_json::json!({"id": id, "name": id, "locales": [], "maintenances": [], "incidents": []})
            };
            let payload = |ask: &HttpAsk| Payload {
                key: ask.key.clone(),
                url: ask.url.clone(),
                bytes: body(ask).to_string().into_bytes(),
                ..Payload::default()
            };
            asks.iter().map(payload).collect()
        };
        let more = |payloads: &[Payload]| {
            let texts: Vec<_> = payloads.iter().map(crate::kit::decode::text).collect();
            let bodies: Vec<_> = payloads.iter().cloned().zip(texts.iter().map(|text| Body::of(text))).collect();
            READER.more(&page, &mut Memory::default(), &bodies, now)
        };
        let all = read(&asks);
        assert!(more(&all).is_empty());
        let reading = crate::Reader::read(&READER, &all, now);
        assert!(reading.covers.open && reading.health == Health::Operational);

        let mut some = read(&asks[..4]);
        let partly = more(&some);
        assert_eq!(partly.len(), 1);
        some.extend(read(&partly));
        assert!(more(&read(&asks[..1])).len() == 1, "one of six is not one region");
        let reading = crate::Reader::read(&READER, &some, now);
        assert_eq!((reading.covers.open, reading.health), (false, Health::Unknown));
        assert_eq!(reading.components.len(), 4);
    }
}
