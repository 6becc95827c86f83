use serde_json::json;

use super::*;

fn settings(template: &str) -> Value {
    json!({ "url": "https://example.com/hook", "template": template })
}

/// What is wrong with a template, or nothing.
fn wrong(template: &str) -> String {
    CHANNEL.validate(&settings(template)).into_iter().map(|one| one.detail).collect::<Vec<_>>().join(" | ")
}

#[test]
fn templates_that_pass() {
    for template in [
        r#"{"text": {{ headline | tojson }}, "open": {{ is_open | tojson }}}"#,
        r#"{"text": "{{ title | json }}: {{ text | oneline | cut(50) | json }}"}"#,
        r#"{"id": {{ incident.id | tojson }}}"#,
        r#"{"id": {{ (incident.id if incident else none) | tojson }}, "parts": {{ (incident.components if incident else []) | map(attribute="name") | list | tojson }}}"#,
        r#"{"facts": {% set all = dict() %}[{% for fact in facts %}{{ fact | tojson }}{% if not loop.last %},{% endif %}{% endfor %}]}"#,
        "{% macro one(what) %}{{ what | tojson }}{% endmacro %}[{{ one(vendor) }}, {{ one(links.incident) }}, {{ one(links.acknowledge) }}]",
        "{{ provider.slug | tojson }}",
    ] {
        assert_eq!(wrong(template), "", "{template}");
    }
    let plain = json!({ "url": "https://e.com/", "template": "{{ sign }} {{ headline }}\n", "content_type": "text/plain; charset=utf-8" });
    assert_eq!(CHANNEL.validate(&plain), Vec::new());
}

#[test]
fn mistakes_name_line_and_column() {
    let table = [
        (
            "{\n  \"text\": {{ headlne | tojson }}\n}",
            "line 2, column 14: there is no `headlne`; did you mean `headline`?",
        ),
        (
            "{\"a\": {{ incident.titel | tojson }}}",
            "line 1, column 10: there is no `incident.titel`; did you mean `incident.title`?",
        ),
        ("{{ env.HOME | tojson }}", "there is no `env`; it takes"),
        ("{\n  \"text\": {{ headline | tojsn }}\n}", "line 2, column 25: unknown filter: filter tojsn is unknown"),
        ("{\n \"id\": \"{{ incident.id }}\"}", "test it first, {% if incident %} (tried on announced maintenance)"),
        ("{% if is_open %}{}", "line 1, column"),
        ("{\"text\": {{ headline }}}", "what it makes is no JSON (line 1, column 10 of the body"),
        ("{\"text\": \"{{ title }}\"}", "write texts as {{ title | tojson }}"),
        ("{% include 'x' %}", "unknown statement include"),
        ("{% import '/etc/passwd' as x %}", "unknown statement import"),
        (
            "{{ range(100000) | list | length }}{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
            "it works for longer than it may",
        ),
        ("{% for a in range(9999) %}{{ 'x' * 1000 }}{% endfor %}", "what it makes is longer than 65536 bytes"),
        ("{{ 'x' * 1000000000 }}", "it works for longer than it may"),
        ("{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}", "recursion limit"),
    ];
    for (template, said) in table {
        assert!(wrong(template).contains(said), "{template}: {}", wrong(template));
        assert!(wrong(template).starts_with("`template`: "), "{template}: {}", wrong(template));
    }
    assert!(wrong(&"x".repeat(20_000)).contains("longer than 16384 bytes"));
}

#[test]
fn settings_that_pass_and_do_not() {
    let with = |key: &str, value: Value| {
        let mut settings = settings("{}");
        settings[key] = value;
        settings
    };
    let table = [
        (settings("{}"), 0),
        (with("method", json!("put")), 0),
        (with("method", json!("DELETE")), 1),
        (with("content_type", json!("application/vnd.api+json")), 0),
        (with("content_type", json!("json")), 1),
        (with("content_type", json!("text/plain\r\nx: y")), 1),
        (with("headers", json!(["X-Api-Key: a, b", "authorization: Bearer x"])), 0),
        (with("headers", json!("X-Api-Key: a, b\nAuthorization: Bearer x")), 0),
        (with("headers", json!(["Host: evil.example", "X A: b", "no colon", "x: ä", "a: 1", "A: 2"])), 5),
        (with("headers", json!(["x: a\r\ny: b"])), 1),
        (json!({ "template": "{}" }), 1),
        (json!({}), 2),
    ];
    for (settings, mistakes) in table {
        let problems = CHANNEL.validate(&settings);
        assert_eq!(problems.len(), mistakes, "{settings}: {problems:?}");
        assert!(problems.iter().all(|one| !one.detail.contains("evil.example")), "values are secret");
    }
}

#[test]
fn headers_are_secret_and_sent() {
    let mut given = settings("{}");
    given["headers"] = json!(["X-Api-Key: s3cr3t"]);
    given["method"] = json!("PATCH");
    assert_eq!(CHANNEL.redacted(&given)["headers"], json!("••••"));
    let composed = crate::json_body(&json!({}));
    let attempt = Attempt {
        delivery: uuid::Uuid::nil(),
        number: 1,
        event: "test.ping",
        now: Timestamp::from_second(0),
        thread: "",
        root: None,
        latest: None,
    };
    let Ask::Http(asked) = CHANNEL.ask(&given, &composed, &attempt, &Sender::default()) else { panic!("no mail") };
    assert_eq!(asked.method, Method::Patch);
    assert!(asked.headers.contains(&("x-api-key".to_owned(), "s3cr3t".to_owned())));
}

#[test]
fn a_template_that_fails_on_what_a_vendor_wrote_is_replaced_by_plain_words() {
    let template = "{% if tone == 'major' %}{{ 1 / 0 }}{% endif %}{}";
    let (_, notice) = examples::notices().remove(0);
    assert!(preview(template, &notice).unwrap_err().starts_with("line 1, column "));
    let composed = CHANNEL.compose(&settings(template), &notice, &Sender::default()).remove(0);
    let body: Value = serde_json::from_slice(&composed.body).unwrap();
    assert!(body["text"].as_str().unwrap().starts_with("Northwind Cloud: major incident"), "{body}");
    assert!(body["template_error"].as_str().unwrap().starts_with("line 1, column "), "{body}");
}

#[test]
fn the_example_of_the_documentation_passes() {
    let document = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/channels.md");
    let document = std::fs::read_to_string(document).unwrap();
    let (_, rest) = document.split_once("template = '''\n").unwrap();
    let (template, _) = rest.split_once("'''").unwrap();
    assert_eq!(wrong(template), "");
}
