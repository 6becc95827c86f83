//! Configurations and what is said of them.

use super::voice::CheckKind;
use super::*;
use tocsin_domain::board::{Entry, Visibility};
use tocsin_robot::{Hidden, Selector, Site, Step};

fn parsed(source: &str, variables: &[(&str, &str)]) -> Result<Config, String> {
    let owned = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    parse(source, &Flags::default(), &Environment::of(owned))
        .map_err(|all| Mistakes { file: "tocsin.toml".to_owned(), all }.to_string())
}

#[test]
fn nothing_at_all_is_a_configuration() {
    let config = parsed("", &[]).unwrap();
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8400");
    assert_eq!(config.server.base_url, "http://127.0.0.1:8400");
    assert_eq!(config.database_url, "sqlite://data/tocsin.db");
    assert_eq!((config.poll.interval_s, config.poll.active_interval_s, config.poll.concurrency), (300, 60, 64));
    assert_eq!(config.poll.watch, WatchWhat::Monitored);
    assert!(!config.server.public_read && config.server.subscriptions);
}

const WHOLE: &str = r#"
[server]
listen = "0.0.0.0:9000"
base_url = "https://tocsin.example.com/"
time_zone = "America/New_York"
public_read = true
[database]
url = "postgres://tocsin@localhost/tocsin"
[poll]
interval = "2m"
active_interval = "45s"
concurrency = 10
per_host = 4
spread = "0s"
watch = ["ai", "cloud"]
[net]
allow_private = ["127.0.0.0/8", "10.1.2.3"]
smtp_url = "smtp://127.0.0.1:2525"
from = "Tocsin <tocsin@example.com>"
[[provider]]
slug = "harbour"
name = "Harbour Cloud"
page = "http://127.0.0.1:9100/harbour"
platform = "statuspage"
interval = "1s"
[[monitor]]
provider = "harbour"
components = ["Quay *"]
groups = ["on-call"]
[[monitor]]
provider = "github"
groups = ["on-call"]
[[group]]
name = "on-call"
channels = ["hook", "mail"]
events = ["incident.*", "maintenance.started"]
min_impact = "major"
dwell = "5m"
[[channel]]
name = "hook"
kind = "webhook"
url = "http://127.0.0.1:9200/hook"
secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
[[channel]]
name = "mail"
kind = "email"
to = ["oncall@example.com"]
"#;

#[test]
fn a_whole_configuration_is_read() {
    let config = parsed(WHOLE, &[]).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    assert_eq!(config.server.base_url, "https://tocsin.example.com");
    assert_eq!(config.poll.per_host, Some(4));
    assert_eq!(config.poll.watch, WatchWhat::Categories(vec!["ai".into(), "cloud".into()]));
    assert_eq!(config.net.allow_private.len(), 2);
    let declared = &config.declared;
    assert_eq!((declared.providers.len(), declared.monitors.len()), (1, 2));
    assert_eq!(declared.providers[0].interval_s, Some(1));
    assert_eq!(declared.groups[0].rule.dwell_s, 300);
    assert_eq!(declared.groups[0].rule.min_impact, tocsin_domain::Impact::Major);
    assert_eq!(declared.channels[1].settings["to"][0], "oncall@example.com");
}

#[test]
fn boards_are_declared_with_slugs_or_whole_entries() {
    let source = r#"
[[provider]]
slug = "harbour"
page = "https://status.harbour.example"
[[board]]
name = "Build & deploy"
about = "What our pipelines need"
visibility = "link"
entries = [
    "GitHub", "harbour",
    { provider = "stripe", components = ["API", "Dashboard"], section = "Payments" },
]
[[board]]
name = "Wall"
slug = "wall-2"
[[board.entries]]
provider = "harbour"
"#;
    let boards = parsed(&source.replace("GitHub", "github"), &[])
        .unwrap_or_else(|mistakes| panic!("{mistakes}"))
        .declared
        .boards;
    let [build, wall] = boards.as_slice() else { panic!("{boards:?}") };
    assert_eq!((build.slug.as_str(), build.visibility), ("build-deploy", Visibility::Link));
    assert_eq!(build.about, "What our pipelines need");
    let stripe = Entry {
        provider: "stripe".to_owned(),
        components: vec!["API".to_owned(), "Dashboard".to_owned()],
        section: "Payments".to_owned(),
    };
    assert_eq!(build.entries, [Entry::all_of("github"), Entry::all_of("harbour"), stripe]);
    assert_eq!((wall.slug.as_str(), wall.visibility), ("wall-2", Visibility::Private));
    assert_eq!(wall.entries, [Entry::all_of("harbour")]);
}

#[test]
fn every_mistake_in_a_board_has_its_line() {
    let source = r#"
[[board]]
name = "Build"
visibilty = "link"
entries = [
    "githb",
    { provider = "stripe", component = ["API"] },
    { section = "Payments" },
    7,
]
[[board]]
name = "BUILD"
visibility = "publik"
entries = ["stripe", "stripe"]
[[board]]
slug = "new"
entries = "stripe"
"#;
    let said = parsed(source, &[]).unwrap_err();
    insta::assert_snapshot!(said);
}

#[test]
fn every_mistake_is_reported_at_once() {
    let source = r#"
[server]
listn = "127.0.0.1:1"
time_zone = "Mars/Olympus"
[poll]
interval = 5
watch = "monitord"
[sever]
x = 1
[net]
allow_private = ["ten"]
[[provider]]
slug = "Has Spaces"
page = "status.example.com"
platform = "statuspag"
[[monitor]]
provider = "githb"
groups = ["oncall"]
[[group]]
name = "on-call"
channels = ["hok"]
events = ["incident.opend"]
min_impact = "huge"
[[channel]]
name = "hook"
kind = "webhok"
[[check]]
name = "x"
"#;
    let said = parsed(source, &[]).unwrap_err();
    insta::assert_snapshot!(said);
}

#[test]
fn a_file_that_is_no_toml_says_where() {
    let said = parsed("[server]\nlisten = \n[poll\n", &[]).unwrap_err();
    assert!(said.contains("tocsin.toml:2") && said.contains("tocsin.toml:3"), "{said}");
}

#[test]
fn the_environment_goes_before_the_file() {
    let variables = [
        ("TOCSIN_SERVER__LISTEN", "127.0.0.1:7000"),
        ("TOCSIN_POLL__WATCH", "ai,cloud"),
        ("TOCSIN_NET__ALLOW_PRIVATE", "127.0.0.0/8, ::1/128"),
        ("TOCSIN_ADMIN_TOKEN", "a-long-enough-token"),
        ("OTHER", "ignored"),
    ];
    let config = parsed("[server]\nlisten = \"127.0.0.1:1\"", &variables).unwrap();
    assert_eq!(config.server.listen.port(), 7000);
    assert_eq!(config.net.allow_private.len(), 2);
    assert_eq!(config.admin_token.as_deref(), Some("a-long-enough-token"));
    assert_eq!(config.poll.watch, WatchWhat::Categories(vec!["ai".into(), "cloud".into()]));
    let said =
        parsed("", &[("TOCSIN_SERVER__LISTN", "x"), ("TOCSIN_POOL__INTERVAL", "5m"), ("TOCSIN_ADMIN_TOKEN", "short")]);
    let said = said.unwrap_err();
    assert!(said.contains("TOCSIN_SERVER__LISTN: there is no key `server.listn`; did you mean `listen`?"), "{said}");
    assert!(said.contains("TOCSIN_POOL__INTERVAL: there is no section `pool`; did you mean `poll`?"), "{said}");
    assert!(said.contains("shorter than 8 characters"), "{said}");
}

#[test]
fn names_must_differ_and_mail_needs_a_server() {
    let source = "[[channel]]\nname = \"mail\"\nkind = \"email\"\nto = [\"a@example.com\"]\n\
                  [[channel]]\nname = \"mail\"\nkind = \"email\"\nto = [\"b@example.com\"]\n";
    let said = parsed(source, &[]).unwrap_err();
    assert!(said.contains("tocsin.toml:6: channel[2].name: there is another channel called `mail` (line 2)"), "{said}");
    assert!(said.contains("`net.smtp_url`"), "{said}");
}

#[test]
fn secrets_come_from_files_too() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("secret");
    std::fs::write(&path, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").unwrap();
    let source = format!(
        "[[channel]]\nname = \"hook\"\nkind = \"webhook\"\nurl = \"https://example.com/hook\"\nsecret_file = {path:?}\n"
    );
    let config = parsed(&source, &[]).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    assert_eq!(config.declared.channels[0].settings["secret"], "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let said = parsed(&source.replace("secret\"", "nothing\""), &[]).unwrap_err();
    assert!(said.contains("cannot be read"), "{said}");
}

const DESCRIBED: &str = r#"
[[provider]]
slug = "harbour"
page = "https://status.harbour.example/board.json"
platform = "json"
[provider.describe]
anchor = "$.board"
[provider.describe.components]
list = "$.services[*]"
name = "label"
status = "state"
[provider.describe.incidents]
list = "$.events"
id = "number"
title = "headline"
all_open = false
[provider.describe.words.health]
green = "operational"
"all. is well" = "operational"
"#;

#[test]
fn a_page_is_described_below_its_provider() {
    let config = parsed(DESCRIBED, &[]).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let described = config.declared.providers[0].described.as_ref().unwrap();
    assert_eq!(described.platform().name(), "json");
    let description = described.description();
    assert!(!description.incidents.as_ref().unwrap().all_open);
    assert_eq!(description.words.health["all. is well"], "operational");
    let rows = crate::declare::setup(&config.declared, uuid::Uuid::nil()).descriptions;
    assert_eq!(crate::directory::described(&rows[0]).as_ref(), Some(described));
}

#[test]
fn every_mistake_in_a_description_has_its_line() {
    let source = DESCRIBED
        .replace("anchor =", "ancor =")
        .replace("[provider.describe.words.health]", "[provider.describe.words.helth]")
        .replace("all_open = false", "all_open = \"no\"");
    let said = parsed(&source, &[]).unwrap_err();
    for line in [
        "tocsin.toml:7: provider[1].describe.ancor: is not a key of this table; did you mean `anchor`?",
        "tocsin.toml:16: provider[1].describe.incidents.all_open: must be true or false",
        "provider[1].describe.words.helth: is not a key of this table; did you mean `health`?",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
    let source = DESCRIBED
        .replace("$.services[*]", "$.services[")
        .replace("\"number\"", "\"\"")
        .replace("title = \"headline\"\n", "")
        .replace("green = \"operational\"", "green = \"good\"");
    let said = parsed(&source, &[]).unwrap_err();
    for line in [
        "tocsin.toml:9: provider[1].describe.components.list: `$.services[` is no JSONPath",
        "tocsin.toml:14: provider[1].describe.incidents.id: is missing",
        "tocsin.toml:12: provider[1].describe.incidents.title: is missing",
        "tocsin.toml:17: provider[1].describe.words.health.green: `good` is none of our words",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
    let said = parsed(&DESCRIBED.replace("platform = \"json\"\n", ""), &[]).unwrap_err();
    assert!(said.contains("tocsin.toml:5: provider[1].describe: says how a page of JSON or HTML is read"), "{said}");
}

#[test]
fn a_description_alone_has_lines_too() {
    let parse = |text: &str| describe::parse(text, tocsin_platforms::Platform::Html);
    let fine = "anchor = \"h1\"\n[components]\nlist = \"li\"\nname = \".\"\nstatus = \"@class\"\n";
    assert!(parse(fine).is_ok());
    let wrong = parse(&fine.replace("\"li\"", "\"li[\"")).unwrap_err();
    assert_eq!((&wrong[0].place, wrong[0].key.as_str()), (&Place::Line(3), "components.list"));
    let broken = parse("anchor = \n").unwrap_err();
    assert_eq!(broken[0].place, Place::Line(1));
    let nothing = parse("").unwrap_err();
    assert!(nothing.iter().any(|mistake| mistake.key == "anchor" && mistake.text == "is missing"));
}

/// What the documentation shows of descriptions is one.
#[test]
fn the_documented_descriptions_are_read() {
    let docs = include_str!("../../../../docs/configuration.md");
    let blocks: Vec<&str> = docs.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let described: Vec<&&str> = blocks.iter().filter(|block| block.contains("[provider.describe]")).collect();
    assert_eq!(described.len(), 2);
    for block in described {
        let whole = if block.contains("[[provider]]") {
            (*block).to_string()
        } else {
            format!("[[provider]]\nslug = \"x\"\npage = \"https://x.example/\"\nplatform = \"html\"\n{block}")
        };
        let config = parsed(&whole, &[]).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        assert!(config.declared.providers[0].described.is_some());
    }
}

#[test]
fn a_secret_that_would_travel_in_clear_is_said_beforehand() {
    let said = |page: &str, door: &str| {
        let text = format!("[[provider]]\nslug = \"mine\"\nname = \"Mine\"\npage = \"{page}\"\n{door}\n");
        let config = parsed(&text, &[]).unwrap();
        let net = crate::net::Net::new(crate::app::net_config(&config)).unwrap();
        crate::foresight::refusals(&config.declared, &net).join("; ")
    };
    let client = |url: &str| format!("token_url = \"{url}\"\nclient_id = \"me\"\nclient_secret = \"hunter2\"");
    let (http, https) = ("http://status.example.com/", "https://status.example.com/");
    let page = said(http, "bearer = \"hunter2\"");
    assert!(page.contains("provider `mine`") && page.contains("in clear") && !page.contains("hunter2"), "{page}");
    let token = said(https, &client("http://login.example.com/token"));
    assert!(token.contains("`token_url`") && token.contains("login.example.com"), "{token}");
    for (page, door) in [(http, String::new()), (https, "bearer = \"x\"".to_owned()), (https, client(https))] {
        assert_eq!(said(page, &door), "");
    }
}

#[test]
fn a_check_says_whom_it_calls_and_whom_it_tells() {
    let source = r#"
[voice]
allow = ["+49 30 123456", "sip:desk@pbx.example.com"]
price_per_minute = 0.012
spend_per_day = "20"
from = "sip:+4930999999@trunk.example.com"
user = "trunk"
password = "hunter2"
codec = "pcma"
[[group]]
name = "desk"
[[check]]
name = "Support line"
kind = "sip_call"
target = "sip:+4930123456@trunk.example.com"
provider = "kustomer"
components = ["Kustomer Voice"]
groups = ["desk"]
business_hours = ["mon-fri 09:00-17:00"]
[[check]]
name = "own desk"
kind = "sip_call"
target = "sip:desk@pbx.example.com:5070;transport=tcp"
interval = "5m"
codec = ["pcmu", "pcma"]
record = true
[[check]]
name = "here"
kind = "sip_call"
target = "sip:line@127.0.0.1:5060"
"#;
    let config = parsed(source, &[]).unwrap();
    assert_eq!((config.voice.price_per_minute, config.voice.spend_per_day), (12_000, Some(20_000_000)));
    let [line, desk, here] = config.checks.as_slice() else { panic!("{:?}", config.checks) };
    assert_eq!(
        (line.slug.as_str(), line.interval_s, line.line.laws.len(), line.line.record),
        ("support-line", 60, 1, false)
    );
    assert_eq!((line.provider.as_deref(), line.groups.as_slice()), (Some("kustomer"), ["desk".to_owned()].as_slice()));
    assert_eq!((desk.interval_s, desk.line.laws.len(), desk.line.record), (300, 2, true));
    assert_eq!(
        here.line.account.as_ref().map(|(user, _)| user.as_str()),
        Some("trunk"),
        "what [voice] says holds for all"
    );
    assert!(!format!("{config:?}").contains("hunter2"), "a password is never printed");
}

#[test]
fn an_agent_of_ours_sits_at_our_desk_or_at_a_page_that_is_described() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "a-token-of-eight\n").unwrap();
    let source = format!(
        r##"
[[check]]
name = "desk"
kind = "desk_e2e"
target = "sip:check@127.0.0.1:5060"
page = "http://127.0.0.1:8088/"
agent = "robot"
token_file = "{secret}"
[[check]]
name = "widget"
kind = "webrtc_agent"
target = "sip:queue@127.0.0.1"
page = "https://phone.example.com/login"
browser = "/opt/chromium"
ready_within = "20s"
steps = [
  {{ fill = "#user", with = "robot" }},
  {{ fill = "input[type=password]", with_file = "{secret}" }},
  {{ click = "button:has-text('Sign in')" }},
  {{ wait = "#phone" }},
]
ready = '#state:has-text("Available")'
accept = ".answer"
connected = ".end"
says = "#state"
"##,
        secret = secret.display()
    );
    let config = parsed(&source, &[]).unwrap();
    let [desk, widget] = config.checks.as_slice() else { panic!("{:?}", config.checks) };
    assert_eq!((desk.kind, widget.kind), (CheckKind::DeskE2e, CheckKind::WebrtcAgent));
    let seat = desk.agent.as_ref().unwrap();
    assert_eq!(seat.site, Site::of_desk("http://127.0.0.1:8088/", "robot", "a-token-of-eight"));
    let seat = widget.agent.as_ref().unwrap();
    assert_eq!((seat.browser.as_str(), seat.ready.as_secs()), ("/opt/chromium", 20));
    let token = Step::Fill(Selector::of("input[type=password]"), Hidden("a-token-of-eight".to_owned()));
    assert_eq!(seat.site.steps[1], token);
    assert_eq!(seat.site.steps[2], Step::Click(Selector::with("button", "Sign in")));
    assert_eq!((seat.site.hang_up.clone(), seat.site.connected.clone()), (None, Some(Selector::of(".end"))));
    assert!(!format!("{config:?}").contains("a-token-of-eight"));
}

#[test]
fn every_mistake_of_a_check_is_reported_at_once() {
    let source = r##"
[voice]
allow = ["112", "+1 900 555 0100", "201"]
calls_per_hour = 30
spend_per_day = "many"
longest_call = "5m"
password = "alone"
recrd = true
[[check]]
name = "one"
kind = "sip_cal"
target = "sip:somebody@pbx.example.com"
interval = "60s"
provider = "kustomr"
groups = ["nobody"]
[[check]]
name = "One"
kind = "desk_e2e"
target = "sip:911@pbx.example.com"
codec = "g729"
business_hours = ["sometimes"]
[[check]]
kind = "tcp"
target = "tel:+4930123456"
[[check]]
name = "widget"
kind = "webrtc_agent"
target = "sip:queue@127.0.0.1"
page = "ftp://widget.example.com"
steps = [{ fill = "#user" }, { click = "#in", wait = "#out" }, { press = "#in" }, "#in"]
ready = "#state:has-text(Ready)"
token = "of no use here"
ready_within = "1h"
"##;
    let said = parsed(source, &[]).unwrap_err();
    insta::assert_snapshot!(said);
}
