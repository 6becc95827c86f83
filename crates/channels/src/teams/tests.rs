use serde_json::json;

use super::*;

#[test]
fn a_table_of_answers() {
    let table = [
        (200, "1", "delivered"),
        (202, "", "delivered"),
        (200, "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429", "retry"),
        (200, "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 413", "reject"),
        (400, r#"{"error":{"code":"TriggerInputSchemaMismatch"}}"#, "reject"),
        (401, r#"{"error":{"code":"DirectApiAuthorizationRequired"}}"#, "auth"),
        (403, "", "auth"),
        (404, r#"{"error":{"code":"WorkflowNotFound"}}"#, "gone"),
        (413, "", "reject"),
        (429, "", "retry"),
        (504, "", "retry"),
    ];
    for (status, body, word) in table {
        let answer = HttpAnswer { status, body: body.as_bytes().to_vec(), ..HttpAnswer::default() };
        let outcome = CHANNEL.judge(&Answer::Http(answer), Timestamp::from_second(0));
        assert_eq!(crate::judge::word(&outcome), word, "{status} {body}");
    }
}

#[test]
fn retired_connectors_are_refused_with_a_hint() {
    for url in [
        "https://acme.webhook.office.com/webhookb2/x",
        "https://outlook.office.com/webhook/x",
        "https://outlook.office365.com/webhook/x",
    ] {
        let problems = CHANNEL.validate(&json!({ "url": url }));
        assert_eq!(problems.len(), 1, "{url}");
        assert!(
            problems[0].detail.contains("switched off") && problems[0].detail.contains("Workflows"),
            "{problems:?}"
        );
    }
}

#[test]
fn addresses_that_pass_and_do_not() {
    let table = [
        ("https://x.12.environment.api.powerplatform.com:443/powerautomate/automations/direct/workflows/a?sig=s", true),
        ("https://prod-1.westeurope.logic.azure.com:443/workflows/a?sig=s", true),
        ("http://localhost:9200/teams", true),
        ("https://example.com/hook", false),
        ("http://prod-1.westeurope.logic.azure.com/workflows/a", false),
    ];
    for (url, fine) in table {
        assert_eq!(CHANNEL.validate(&json!({ "url": url })).is_empty(), fine, "{url}");
    }
}

#[test]
fn secrets_are_cut() {
    let url = "https://x.12.environment.api.powerplatform.com:443/powerautomate/automations?api-version=1&sig=s3cr3t";
    let shown = CHANNEL.redacted(&json!({ "url": url }));
    assert_eq!(shown["url"], "https://x.12.environment.api.powerplatform.com/••••?api-version=••••&sig=••••");
}

#[test]
fn a_plainer_card_has_the_same_words() {
    let card = json!({
        "body": [
            { "type": "Container", "items": [{ "type": "TextBlock", "text": "🟡 Kustomer" }] },
            { "type": "FactSet", "facts": [{ "title": "Impact", "value": "Minor" }] },
        ],
        "actions": [{ "type": "Action.OpenUrl", "title": "Open", "url": "https://example.com" }],
    });
    let message = crate::json_body(&json!({ "type": "message", "attachments": [{ "content": card }] }));
    let plain: Value = serde_json::from_slice(&CHANNEL.plainer(&message).unwrap().body).unwrap();
    let content = &plain["attachments"][0]["content"];
    assert_eq!(content["body"][0]["text"], "🟡 Kustomer");
    assert_eq!(content["body"][1]["text"], "Impact: Minor");
    assert_eq!(content["actions"][0]["url"], "https://example.com");
}
