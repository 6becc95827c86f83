//! What vendors really send: very long names, every script of the world, hundreds of parts, dozens of updates, markup.

use tocsin_domain::{Health, Impact, Incident, MaintenanceStage, Stage, TimelineEntry};
use tocsin_pages::facts::PlannedWork;
use tocsin_pages::{dashboard, incident, provider};

use crate::{more, world};

/// Titles as they come.
pub const TITLES: [&str; 6] = [
    "تأخير في تسليم الرسائل لبعض العملاء في منطقة الشرق الأوسط",
    "東京リージョンにおける一部のお客様のログイン障害について(継続調査中)",
    "🔥🔥 [EU] 🚨 Webhooks are late 🐌🐌🐌",
    "Verbindungsunterbrechungen bei der Geschwindigkeitsüberwachungsschnittstellenkonfigurationsverwaltung",
    "https://status.example.com/incidents/aVeryLongAddressWithoutASingleBreakWhichSomebodyPastedIntoTheTitleOfTheIncident",
    "<b>Bold</b> & \"quoted\" <script>alert(1)</script> title",
];
/// Names of vendors as they come.
pub const NAMES: [&str; 6] = [
    "بوابة المدفوعات",
    "日本郵便クラウド",
    "🦊 Foxglove",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    "The Extraordinarily Reliable Company for Interplanetary Document Storage and Retrieval, Inc.",
    "<img src=x onerror=alert(1)>",
];
const IMPACTS: [Impact; 4] = [Impact::Minor, Impact::Major, Impact::Critical, Impact::None];

/// A dashboard of nothing but hard cases.
pub fn dashboard() -> dashboard::Facts {
    let mut facts = world::dashboard(5);
    facts.chrome.simulated = None;
    facts.open = (0..TITLES.len())
        .map(|at| {
            let words = "مرحبا. Wir untersuchen das Problem. 調査を続けています。 ".repeat(8);
            world::open(
                NAMES[at],
                TITLES[at],
                IMPACTS[at % 4],
                Stage::Investigating,
                900_000 * (at as i64 + 1),
                &NAMES,
                &words,
            )
        })
        .collect();
    facts.recent =
        (0..TITLES.len()).map(|at| world::closed(NAMES[at], TITLES[at], IMPACTS[at % 4], 900, 86_461)).collect();
    facts.monitors = NAMES
        .iter()
        .zip(Health::ALL)
        .map(|(name, health)| {
            let mut one = world::monitor(name, health, &[NAMES[3], NAMES[4], NAMES[0], NAMES[1]], 14);
            if health == Health::Unknown {
                one.reason = Some(format!("Its page answers with 503 and {}.", TITLES[4]));
                one.last_known = Some(Health::Operational);
            }
            one
        })
        .collect();
    let mut work = world::work(NAMES[3], TITLES[3], -9_000, 3_600, &NAMES);
    work.maintenance.stage = MaintenanceStage::InProgress;
    facts.works = vec![work, world::work(NAMES[1], TITLES[1], 900_000, 90_000, &[])];
    facts
}

/// 470 components, a third of them without a group, with names that do not fit.
pub fn provider() -> provider::Facts {
    let mut facts = world::kustomer();
    facts.provider = world::who(NAMES[4]);
    facts.provider.slug = "long".to_owned();
    facts.health = Health::MajorOutage;
    let component = |number: usize| {
        let groups: [&[&str]; 6] =
            [&[], &["Regions", "eu-central-1"], &[NAMES[3]], &[NAMES[0]], &[], &["Products", NAMES[1], "API"]];
        let name = if number.is_multiple_of(11) { NAMES[number % 5].to_owned() } else { format!("Cell {number:03}") };
        let health = if number % 97 == 2 { Health::MajorOutage } else { Health::Operational };
        world::component(&name, groups[number % 6], health)
    };
    facts.components = (0..470).map(component).collect();
    facts.days = (0..470).zip(&facts.components).map(|(seed, part)| more::days(seed, part.health)).collect();
    facts.open = dashboard()
        .open
        .into_iter()
        .map(|mut open| {
            open.provider = facts.provider.clone();
            open
        })
        .collect();
    facts.past =
        (0..TITLES.len()).map(|at| world::closed(NAMES[at], TITLES[at], IMPACTS[at % 4], 9_000, 90).incident).collect();
    facts.works = dashboard().works.into_iter().map(|PlannedWork { maintenance, .. }| maintenance).collect();
    facts
}

/// Fifty updates over four days, ninety components, an edit, a late one and every element a vendor may use.
pub fn incident() -> incident::Facts {
    let mut facts = world::open_incident();
    facts.incident.title = TITLES[3].to_owned() + " [Schnittstelle] [ein sehr langes Etikett, das niemand gekürzt hat]";
    facts.incident.components =
        (0..90).map(|number| world::part(&format!("Cell {number:02} {}", NAMES[number % 5]))).collect();
    let entry = |number: usize| {
        let stage = [Stage::Investigating, Stage::Identified, Stage::Monitoring][number % 3];
        let mut one = world::update(stage, "2026-11-20T09:00:00Z", "");
        one.at = one.at.map(|at| at.plus(number as i64 * 6_000));
        one.first_seen_at = one.at.unwrap_or(one.first_seen_at).plus(20);
        one.stage = (number != 7).then_some(stage);
        one
    };
    facts.incident.updates = (0..50).map(entry).collect::<Vec<TimelineEntry>>();
    facts.incident.started_at = facts.incident.updates.first().and_then(|update| update.at);
    facts.bodies = (0..50).map(|number| incident::Body { html: BODIES[number % BODIES.len()].to_owned() }).collect();
    facts
}

/// An import that states neither times nor components, and a test that its vendor made.
pub fn bare() -> incident::Facts {
    let mut facts = world::open_incident();
    let one = &mut facts.incident;
    *one = Incident {
        title: String::new(),
        url: None,
        impact: Impact::None,
        started_at: None,
        imported: true,
        sample: true,
        components: Vec::new(),
        updates: Vec::new(),
        ..one.clone()
    };
    facts
}

const BODIES: [&str; 6] = [
    "<p>We are looking into it.</p>",
    "<p>مرحبا، نحن نحقق في المشكلة التي تؤثر على تسليم الرسائل.</p><p>東京リージョンにて障害が発生しています。</p>",
    "<h2>Scope</h2><ul><li>First <code>GET /v1/things?with=a&amp;very=long&amp;query=string&amp;that=goes&amp;on=and&amp;on=for&amp;ever=and&amp;ever</code></li><li>Second<ol><li>nested</li></ol></li></ul><blockquote><p>Quoted words of a customer.</p></blockquote>",
    "<pre><code>curl -sS https://api.example.com/v1/things/with/a/very/long/path/that/does/not/fit/on/any/telephone | jq .\n</code></pre>",
    "<table><thead><tr><th>Region</th><th>State</th><th>Since</th></tr></thead><tbody><tr><td>eu-central-1</td><td>down</td><td>09:00</td></tr></tbody></table>",
    "<p>https://example.com/AnAddressOfTwoHundredLettersWithoutABreakAnAddressOfTwoHundredLettersWithoutABreakAnAddressOfTwoHundredLettersWithoutABreak</p>",
];
