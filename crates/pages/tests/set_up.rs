//! The pages where things are set up, as a policy, a validator of outlines and an attacker would look at them.

use std::collections::BTreeMap;

use tocsin_domain::alert::rehearse::{Line, Outcome, Summary};
use tocsin_domain::alert::{Escalation, Reason, ReasonCode, Rule, Scope};
use tocsin_domain::{Component, EventKind, Health, ProviderRef, Timestamp};
use tocsin_pages::form::Wrong;
use tocsin_pages::rehearsal::{self, Rehearsed};
use tocsin_pages::rule_form::Typed;
use tocsin_pages::{
    Chrome, channel, channels, find_provider, group, groups, monitor, monitors, settings, sign_in, welcome,
};
use uuid::Uuid;

const EVIL: &str = "</textarea></script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&<!--";

fn evil() -> String {
    EVIL.to_owned()
}

fn chrome() -> Chrome {
    Chrome {
        base_url: "https://tocsin.example".to_owned(),
        version: evil(),
        simulated: None,
        signed_in: Some(evil()),
        follows: false,
        time_zone: evil(),
    }
}

fn provider() -> ProviderRef {
    ProviderRef { slug: evil(), name: evil() }
}

fn rule() -> Rule {
    Rule {
        scope: Scope { providers: vec![evil()], tags: vec![evil()], ..Scope::default() },
        escalate: Some(Escalation { to: evil(), after_s: 600 }),
        ..Rule::default()
    }
}

fn rehearsed() -> Rehearsed {
    let line = Line {
        at: Timestamp::from_second(1_700_000_000),
        provider: provider(),
        incident: Some(Uuid::nil()),
        kind: EventKind::IncidentOpened,
        title: evil(),
        group: "behind".to_owned(),
        outcome: Outcome::Silent,
        reason: Reason { code: ReasonCode::BelowMinImpact, text: evil() },
    };
    let silent = BTreeMap::from([(ReasonCode::BelowMinImpact, 1)]);
    let facts = rehearsal::Facts {
        rule: rule(),
        changed: true,
        summary: Summary { messages: 3, silent, lines: vec![line], ..Summary::default() },
        channels: vec![(evil(), 2), (evil(), 1)],
        days: 30,
        monitors: 2,
        all_monitors: true,
        nothing_watched: false,
        cut: true,
        group: "it".to_owned(),
        names: vec![("behind".to_owned(), evil())],
        now: Timestamp::from_second(1_700_000_000),
    };
    Rehearsed::new(&facts, &chrome())
}

fn wrong(fields: &[&str]) -> Vec<Wrong> {
    fields.iter().map(|field| Wrong { field: (*field).to_owned(), text: evil() }).collect()
}

fn component(id: &str, group: &str) -> Component {
    Component {
        id: id.to_owned(),
        name: evil(),
        group: vec![group.to_owned()],
        health: Health::Degraded,
        hidden_while_operational: false,
    }
}

/// Every page of the set-up, filled with the worst that anybody could type or a vendor could say.
fn every_page() -> Vec<(&'static str, String)> {
    let id = Uuid::nil();
    let now = Timestamp::from_second(1_700_000_000);
    let gone = || Some(monitors::Gone { action: format!("/monitors/{id}/restore"), said: evil() });
    let mut pages = people(now);
    pages.extend([
        (
            "monitors",
            monitors::render(&monitors::Facts {
                chrome: chrome(),
                query: evil(),
                monitors: vec![monitors::Monitor {
                    id,
                    provider: provider(),
                    components: vec![evil()],
                    groups: vec![evil()],
                    health: Some(Health::Unknown),
                    paused: false,
                    declared: false,
                }],
                total: 300,
                page: 2,
                added: None,
                gone: gone(),
                has_channel: false,
                has_group: true,
            }),
        ),
        (
            "find provider",
            find_provider::render(&find_provider::Facts {
                chrome: chrome(),
                query: evil(),
                found: vec![find_provider::Found { provider: provider(), category: Some(evil()), monitors: 2 }],
                total: 100,
                name: evil(),
                page: evil(),
                wrong: Vec::new(),
            }),
        ),
        (
            "monitor",
            monitor::render(&monitor::Facts {
                chrome: chrome(),
                id: Some(id),
                provider: provider(),
                known: vec![component("a", ""), component("b", EVIL)],
                chosen: vec![evil(), "b".to_owned()],
                groups: vec![(evil(), true)],
                tags: evil(),
                aware: true,
                paused: false,
                declared: false,
                health: Some(Health::Degraded),
                reason: Some(evil()),
                open: Vec::new(),
                may_tell: true,
                own_page: Some(evil()),
                said: Some(evil()),
                wrong: wrong(&["components", "groups/0", "tags/0", "aware", "page", ""]),
            }),
        ),
        (
            "groups",
            groups::render(&groups::Facts {
                chrome: chrome(),
                groups: vec![groups::Group {
                    id,
                    name: evil(),
                    channels: vec![evil()],
                    monitors: 1,
                    rule: rule(),
                    declared: true,
                }],
                gone: gone(),
                refused: Some(evil()),
            }),
        ),
    ]);
    pages.extend(channel_pages(id));
    pages
}

fn people(now: Timestamp) -> Vec<(&'static str, String)> {
    let welcome = welcome::Facts {
        chrome: chrome(),
        token: evil(),
        email: evil(),
        name: evil(),
        wrong: wrong(&["email", "password", ""]),
    };
    let sign_in =
        |has_owner| sign_in::Facts { chrome: chrome(), has_owner, email: evil(), next: evil(), wrong: wrong(&[""]) };
    let settings = settings::Facts {
        chrome: chrome(),
        now,
        email: evil(),
        name: evil(),
        browsers: 3,
        tokens: vec![settings::Token { id: Uuid::nil(), name: evil(), created_at: now, used_at: Some(now) }],
        made: Some((evil(), evil())),
        form: "account",
        wrong: wrong(&["email", "current"]),
        said: Some(evil()),
        subscribers: 3,
        declared: vec![("Groups", vec![evil()])],
        instance: vec![("Version", evil())],
    };
    vec![
        ("welcome", welcome::render(&welcome)),
        ("sign in", sign_in::render(&sign_in(true))),
        ("sign in, nobody there", sign_in::render(&sign_in(false))),
        ("settings", settings::render(&settings)),
    ]
}

fn channel_pages(id: Uuid) -> Vec<(&'static str, String)> {
    let setting = channel::Setting {
        key: "url".to_owned(),
        required: true,
        secret: true,
        list: false,
        help: evil(),
        value: evil(),
        stored: evil(),
    };
    let list = channel::Setting { key: "to".to_owned(), list: true, secret: false, ..setting.clone() };
    let one = channel::Facts {
        chrome: chrome(),
        id: Some(id),
        name: evil(),
        kind: (evil(), evil()),
        settings: vec![setting, list],
        used_by: vec![evil()],
        name_stays: true,
        disabled: Some(evil()),
        missed: None,
        moved: Vec::new(),
        declared: false,
        tested: Some(channel::Tested { delivered: false, status: None, latency_ms: 1_234, answer: evil() }),
        said: Some(evil()),
        wrong: wrong(&["url", "name"]),
    };
    let keys = [
        "name",
        "min_impact",
        "dwell",
        "longer_than",
        "providers",
        "categories",
        "tags",
        "components",
        "words",
        "maintenance",
        "reminders",
        "quiet_hours",
        "business_hours",
        "break_quiet",
        "digest",
        "repeat",
        "escalate_to",
        "escalate_after",
        "promises",
        "storm",
        "channels/0",
        "events/0",
    ];
    let group = group::Facts {
        chrome: chrome(),
        id: Some(id),
        rule: rule(),
        typed: Typed(keys.iter().map(|key| ((*key).to_owned(), evil())).collect()),
        events: Some(vec![evil()]),
        hears: Vec::new(),
        channels: vec![(evil(), evil(), true)],
        others: vec![evil()],
        categories: vec![evil()],
        tags: vec![evil()],
        used_by: vec![evil()],
        declared: false,
        rehearsed: Some(rehearsed()),
        said: Some(evil()),
        wrong: wrong(&keys),
    };
    let entry = channels::Channel {
        id,
        name: evil(),
        kind: evil(),
        place: evil(),
        groups: vec![evil()],
        disabled: Some(evil()),
        declared: false,
    };
    let all = channels::Facts { chrome: chrome(), channels: vec![entry], gone: None, refused: Some(evil()) };
    let kind = channels::Kind { name: evil(), title: evil(), needs: evil() };
    let family = channels::Family { title: evil(), about: evil(), kinds: vec![kind] };
    let kinds = channels::Kinds { chrome: chrome(), query: evil(), families: vec![family], total: 40 };
    vec![
        ("group", group::render(&group)),
        ("group, declared", group::render(&group::Facts { declared: true, ..group.clone() })),
        ("channel", channel::render(&one)),
        ("channel, declared", channel::render(&channel::Facts { declared: true, ..one.clone() })),
        ("channels", channels::render(&all)),
        ("kinds of channels", channels::render_kinds(&kinds)),
    ]
}

#[test]
fn whatever_is_typed_stays_text() {
    for (name, page) in every_page() {
        for element in ["<script>", "<img", "<!--", "</script><"] {
            assert!(!page.contains(element), "{name}: {element} came through");
        }
        assert_eq!(page.matches("<textarea").count(), page.matches("</textarea>").count(), "{name}");
        assert!(!page.contains("This page could not be written"), "{name}");
    }
}

#[test]
fn a_strict_policy_suits_every_page() {
    for (name, page) in every_page() {
        for part in [" style=", "<style", " onclick=", " onsubmit=", "javascript:"] {
            assert!(!page.contains(part), "{name} has {part}");
        }
        let (scripts, files) = (page.matches("<script").count(), page.matches("<script src=\"/static/").count());
        assert_eq!(scripts, files, "{name}: files of our own and nothing within the page");
        assert_eq!(page.matches("<h1").count(), 1, "{name}");
    }
}

#[test]
fn every_field_has_a_label_and_every_mistake_a_place() {
    for (name, page) in every_page() {
        for field in page.split("id=\"f-").skip(1).filter_map(|rest| rest.split('"').next()) {
            let labelled = page.contains(&format!("for=\"f-{field}\"")) || page.contains("<label class=\"tick\">");
            let note = field.ends_with("-hint") || field.ends_with("-error");
            assert!(labelled || note, "{name}: {field} has no label");
        }
        for place in page.split("href=\"#f-").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(
                page.contains(&format!("id=\"f-{place}\"")),
                "{name}: a mistake points to {place}, which is not there"
            );
        }
    }
}

#[test]
fn secrets_are_shown_only_as_what_stands_for_them() {
    let setting = channel::Setting {
        key: "secret".to_owned(),
        required: false,
        secret: true,
        list: false,
        help: "signs the messages.".to_owned(),
        value: String::new(),
        stored: "••••".to_owned(),
    };
    let facts = channel::Facts {
        chrome: chrome(),
        id: Some(Uuid::nil()),
        name: "pager".to_owned(),
        kind: ("webhook".to_owned(), "Webhook".to_owned()),
        settings: vec![setting],
        used_by: Vec::new(),
        name_stays: false,
        disabled: None,
        missed: None,
        moved: Vec::new(),
        declared: false,
        tested: None,
        said: None,
        wrong: Vec::new(),
    };
    let page = channel::render(&facts);
    assert!(page.contains("It is •••• now. Leave this empty to keep it."));
    let (_, field) = page.split_once("id=\"f-secret\"").expect("the field");
    let (field, _) = field.split_once('>').expect("its end");
    assert!(field.contains("value=\"\"") && !field.contains("required"), "{field}");
}
