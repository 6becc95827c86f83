//! How the simulated world is watched: every vendor is a provider, everything is monitored, two groups are told through
//! five channels, and a board is open to everybody. Written as a configuration file, so that it is read and checked like anybody's.

use tocsin_world::Stage;
use tocsin_world::receivers::Kind;

/// The vendor whose public record is replayed.
pub const REPLAY: &str = "kustomer";
/// The desk hears of these vendors only.
const CARE: [&str; 2] = ["voice-telephony", "support-crm"];
/// Vendors in each section of the board.
const ON_BOARD: usize = 8;

/// Whom the demo tells, of all that the world has receivers for.
const TOLD: [Kind; 5] = [Kind::Slack, Kind::Discord, Kind::Teams, Kind::Email, Kind::Webhook];

/// The configuration file.
pub fn configuration(stage: &Stage) -> String {
    let mut file = format!(
        "[poll]\ninterval = \"5s\"\nactive_interval = \"3s\"\nspread = \"2s\"\n[net]\nallow_private = [\"127.0.0.0/8\"]\n\
         smtp_url = \"smtp://{}\"\nfrom = \"Tocsin <tocsin@demo.example>\"\n[server]\npublic_read = true\n",
        stage.smtp
    );
    for kind in TOLD {
        channel(&mut file, stage, kind);
    }
    table(&mut file, "group", &[("name", text("on-call")), ("channels", list(&["slack", "email", "webhook"]))]);
    let care =
        [("name", text("customer-care")), ("channels", list(&["discord", "teams"])), ("min_impact", text("minor"))];
    table(&mut file, "group", &care);
    for vendor in &stage.world.vendors {
        let page = stage.page(&vendor.slug);
        table(
            &mut file,
            "provider",
            &[("slug", text(&vendor.slug)), ("name", text(&vendor.name)), ("page", text(&page))],
        );
        let cares = CARE.contains(&vendor.category.as_str());
        let groups = if cares { list(&["on-call", "customer-care"]) } else { list(&["on-call"]) };
        table(&mut file, "monitor", &[("provider", text(&vendor.slug)), ("groups", groups)]);
    }
    board(&mut file, stage);
    file
}

/// What the desk shows to everybody: its vendors first, then what it runs on.
fn board(file: &mut String, stage: &Stage) {
    let keys = [("name", text("Customer care")), ("visibility", text("public"))];
    let about = ("about", text("What the support desk depends on, for everybody who wonders."));
    table(file, "board", &[keys.as_slice(), &[about]].concat());
    let (care, rest): (Vec<_>, Vec<_>) =
        stage.world.vendors.iter().partition(|vendor| CARE.contains(&vendor.category.as_str()));
    for (section, vendors) in [("Calls and tickets", care), ("Everything else", rest)] {
        for vendor in vendors.iter().take(ON_BOARD) {
            table(file, "board.entries", &[("provider", text(&vendor.slug)), ("section", text(section))]);
        }
    }
}

fn channel(file: &mut String, stage: &Stage, kind: Kind) {
    let name = ("name", text(kind.name()));
    let kind_key = ("kind", text(kind.name()));
    let address = text(&format!("{}{}", stage.base, kind.path()));
    match kind {
        Kind::Email => table(file, "channel", &[name, kind_key, ("to", list(&["oncall@demo.example"]))]),
        _ => table(file, "channel", &[name, kind_key, ("url", address)]),
    }
}

fn table(file: &mut String, name: &str, keys: &[(&str, String)]) {
    file.push_str(&format!("[[{name}]]\n"));
    for (key, value) in keys {
        file.push_str(&format!("{key} = {value}\n"));
    }
}

/// JSON's texts and lists of texts are TOML's.
fn text(value: &str) -> String {
    serde_json::Value::from(value).to_string()
}

fn list(values: &[&str]) -> String {
    serde_json::Value::from(values.to_vec()).to_string()
}
