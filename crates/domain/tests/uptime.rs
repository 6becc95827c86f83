//! Uptime as tables and properties: what was not looked at is never up, and nothing is counted twice.

use proptest::prelude::*;
use tocsin_domain::uptime::{Day, HealthChange, Look, Span, Total, changes, days, grid};
use tocsin_domain::{Component, Health, PageState, Timestamp};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn span(from: &str, to: &str) -> Span {
    Span { from: at(from), to: at(to) }
}

fn change(when: &str, before: Option<Health>, after: Option<Health>) -> HealthChange {
    HealthChange { component: "c".into(), at: at(when), before, after }
}

fn three_days() -> Vec<Timestamp> {
    grid("UTC", at("2026-11-23T12:00:00Z"), 3)
}

fn told(days: &[Day]) -> Vec<(i64, i64, i64, Option<Health>)> {
    let hours = |seconds: i64| seconds / 3600;
    let row = |day: &Day| {
        (
            hours(day.seconds(Health::Operational)),
            hours(day.seconds(Health::Degraded)),
            hours(day.unseen_s()),
            day.worst(),
        )
    };
    days.iter().map(row).collect()
}

#[test]
fn midnights_are_those_of_the_zone_even_when_clocks_change() {
    assert_eq!(
        three_days(),
        ["2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z", "2026-11-23T12:00:00Z"].map(at)
    );
    let autumn = grid("America/New_York", at("2026-11-02T12:00:00Z"), 3);
    assert_eq!(autumn[1].since(autumn[0]), 24 * 3600);
    assert_eq!(autumn[2].since(autumn[1]), 25 * 3600, "the night in which clocks go back");
    assert_eq!(grid("No/Where", at("2026-11-02T12:00:00Z"), 1)[0], at("2026-11-02T00:00:00Z"));
}

#[test]
fn a_table_of_days() {
    use Health::{Degraded, Operational, Unknown};
    let all = [span("2026-11-01T00:00:00Z", "2026-11-23T12:00:00Z")];
    let gap =
        [span("2026-11-20T00:00:00Z", "2026-11-21T06:00:00Z"), span("2026-11-22T18:00:00Z", "2026-11-23T12:00:00Z")];
    let worse = change("2026-11-22T06:00:00Z", Some(Operational), Some(Degraded));
    let well = change("2026-11-22T09:00:00Z", Some(Degraded), Some(Operational));
    let new = change("2026-11-22T12:00:00Z", None, Some(Operational));
    let whole = |day| (day, 0, 0, Some(Operational));
    // (spans, changes, current) → (hours up, hours degraded, hours unseen, worst) a day
    assert_eq!(told(&days(&three_days(), &all, &[], Some(Operational))), [whole(24), whole(24), whole(12)]);
    let both = [worse.clone(), well];
    assert_eq!(
        told(&days(&three_days(), &all, &both, Some(Operational))),
        [whole(24), (21, 3, 0, Some(Degraded)), whole(12)]
    );
    assert_eq!(
        told(&days(&three_days(), &gap, &both, Some(Operational))),
        [(6, 0, 18, Some(Operational)), (6, 0, 18, Some(Operational)), whole(12)],
        "what happened while nobody looked is not known"
    );
    assert_eq!(
        told(&days(&three_days(), &all, &[new], Some(Operational))),
        [(0, 0, 24, None), (12, 0, 12, Some(Operational)), whole(12)],
        "before it was listed nothing was said of it"
    );
    for nothing in [None, Some(Unknown)] {
        let unseen = days(&three_days(), &all, &[], nothing);
        assert_eq!(told(&unseen), [(0, 0, 24, None), (0, 0, 24, None), (0, 0, 12, None)]);
        assert_eq!(Total::of(&unseen).without_trouble(), None);
    }
    let still = days(&three_days(), &all, &[worse], Some(Degraded));
    assert_eq!(told(&still), [whole(24), (6, 18, 0, Some(Degraded)), (0, 12, 0, Some(Degraded))]);
    let total = Total::of(&still);
    assert_eq!((total.seen_s, total.trouble_s, total.without_trouble()), (60 * 3600, 30 * 3600, Some(5_000)));
}

#[test]
fn a_second_of_trouble_is_never_rounded_away() {
    let total = Total { seen_s: 90 * 86_400, trouble_s: 1, maintenance_s: 0 };
    assert_eq!(total.without_trouble(), Some(9_999));
    assert_eq!(Total { trouble_s: 0, ..total }.without_trouble(), Some(10_000));
}

fn component(id: &str, health: Health) -> Component {
    Component { id: id.into(), name: id.into(), group: Vec::new(), health, hidden_while_operational: false }
}

fn state(health: Health, components: &[Component]) -> PageState {
    let mut state = PageState::new("page", "https://status.example.com");
    state.read_at = Some(at("2026-11-22T00:00:00Z"));
    state.health = health;
    state.components = components.to_vec().into();
    state
}

#[test]
fn what_changed_between_two_states() {
    use Health::{Degraded, MajorOutage, Operational, Unknown};
    let now = at("2026-11-22T00:05:00Z");
    let (a, b) = (component("a", Operational), component("b", Operational));
    let before = state(Operational, &[a.clone(), b.clone()]);
    assert_eq!(changes(&Look::of(&before), &before, now), []);
    let after = state(MajorOutage, &[component("a", MajorOutage), component("c", Degraded)]);
    let seen: Vec<_> = changes(&Look::of(&before), &after, now)
        .into_iter()
        .map(|one| (one.component, one.before, one.after))
        .collect();
    let row = |id: &str, before, after| (id.to_owned(), before, after);
    assert_eq!(
        seen,
        [
            row("", Some(Operational), Some(MajorOutage)),
            row("a", Some(Operational), Some(MajorOutage)),
            row("b", Some(Operational), None),
            row("c", None, Some(Degraded)),
        ]
    );
    let mut first = before.clone();
    first.read_at = None;
    assert_eq!(changes(&Look::of(&first), &after, now), [], "a first look has nothing to differ from");
    let mut dark = before.clone();
    (dark.health, dark.last_known, dark.failures) = (Unknown, Some(Operational), 2);
    assert_eq!(changes(&Look::of(&before), &dark, now), [], "a page that cannot be read says nothing");
    assert_eq!(changes(&Look::of(&dark), &before, now), [], "and when it can, it says what it said before");
    let twins = state(Operational, &[a, component("b", Operational), component("b", Degraded)]);
    assert_eq!(changes(&Look::of(&before), &twins, now), [], "two of one id cannot be told apart");
}

fn healths() -> impl Strategy<Value = Option<Health>> {
    prop_oneof![Just(None), prop::sample::select(Health::ALL.to_vec()).prop_map(Some)]
}

proptest! {
    /// Whatever happened: no day has more than its seconds, nothing beyond the spans is seen, and nothing is seen where
    /// the page said nothing.
    #[test]
    fn days_hold_what_was_seen_and_no_more(
        mut spans in prop::collection::vec((0_i64..1_500, 0_i64..330), 0..8),
        mut moves in prop::collection::vec((0_i64..1_500, healths()), 0..12),
        start in healths(),
    ) {
        spans.sort_unstable();
        moves.sort_by_key(|one| one.0);
        let begin = at("2026-11-12T00:00:00Z");
        let seen: Vec<Span> = spans.iter().map(|(from, long)| Span { from: begin.plus(from * 600), to: begin.plus((from + long) * 600) }).collect();
        let mut before = start;
        let changes: Vec<HealthChange> = moves.iter().map(|(when, after)| {
            let change = HealthChange { component: String::new(), at: begin.plus(when * 600), before, after: *after };
            before = *after;
            change
        }).collect();
        let grid = grid("Europe/Berlin", begin.plus(864_000), 11);
        let days = days(&grid, &seen, &changes, before);
        let covered = |step: i64| spans.iter().any(|(from, long)| *from <= step && step < from + long);
        for day in &days {
            prop_assert!(day.seen_s() >= 0 && day.unseen_s() >= 0, "{day:?}");
        }
        let union: i64 = (0..1_440).filter(|step| covered(*step)).map(|_| 600).sum();
        prop_assert!(Total::of(&days).seen_s <= union);
        if changes.is_empty() && start.is_some_and(|health| health != Health::Unknown) {
            prop_assert_eq!(Total::of(&days).seen_s, union);
        }
    }
}
