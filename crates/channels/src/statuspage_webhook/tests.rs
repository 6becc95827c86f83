use serde_json::json;
use tocsin_domain::HttpAnswer;

use super::*;
use crate::template_examples;

fn said(about: &str) -> Option<Value> {
    let (_, notice) = template_examples().into_iter().find(|(name, _)| *name == about).unwrap();
    told(&notice, &Sender { base_url: "https://tocsin.example.com".into(), ..Sender::default() })
}

#[test]
fn what_they_have_no_word_for_is_not_said() {
    for about in ["a page that cannot be read", "a digest"] {
        assert_eq!(said(about), None, "{about}");
    }
    for about in [
        "a new incident",
        "the end of an incident",
        "announced maintenance",
        "a component that changed",
        "a test message",
    ] {
        assert!(said(about).is_some(), "{about}");
    }
}

#[test]
fn one_incident_keeps_its_ids_and_ends() {
    let (open, over) = (said("a new incident").unwrap(), said("the end of an incident").unwrap());
    assert_eq!(open["incident"]["id"], over["incident"]["id"]);
    assert_eq!(open["page"]["id"], over["page"]["id"]);
    let words = |body: &Value| (body["incident"]["status"].clone(), body["page"]["status_indicator"].clone());
    assert_eq!(words(&open), (json!("investigating"), json!("major")));
    assert_eq!(words(&over), (json!("resolved"), json!("none")));
    assert_eq!(open["incident"]["resolved_at"], Value::Null);
    assert_eq!(over["incident"]["resolved_at"], json!("2026-02-20T23:00:00.000Z"));
    let newest = |body: &Value| body["incident"]["incident_updates"][0].clone();
    assert_eq!(newest(&over)["status"], json!("resolved"), "newest first");
    assert_eq!(newest(&open)["id"], over["incident"]["incident_updates"][1]["id"]);
    let of = |body: &Value| body["incident"]["components"][0]["status"].clone();
    assert_eq!((of(&open), of(&over)), (json!("partial_outage"), json!("operational")));
}

#[test]
fn a_table_of_answers_and_settings() {
    for (status, word) in
        [(200, "delivered"), (204, "delivered"), (302, "retry"), (400, "reject"), (410, "gone"), (503, "retry")]
    {
        let answer = Answer::Http(HttpAnswer { status, ..HttpAnswer::default() });
        assert_eq!(crate::judge::word(&CHANNEL.judge(&answer, Timestamp::from_second(0))), word, "{status}");
    }
    let url = "https://zulip.example.com/api/v1/external/statuspage?api_key=s3cr3t&stream=ops";
    assert!(CHANNEL.validate(&json!({ "url": url })).is_empty());
    assert_eq!(CHANNEL.validate(&json!({ "url": "http://example.com" })).len(), 1);
    assert_eq!(CHANNEL.validate(&json!({})).len(), 1);
    assert_eq!(
        CHANNEL.redacted(&json!({ "url": url })),
        json!({ "url": "https://zulip.example.com/api/••••?api_key=••••&stream=••••" })
    );
}
