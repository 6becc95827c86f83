//! Messages as their receivers draw them: Slack's blocks, Discord's embeds, Teams' Adaptive Cards.

use serde_json::Value;

use super::markup::{escaped, markdown, mrkdwn};

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

pub fn slack(message: &Value) -> String {
    let blocks: String = list(message, "blocks").map(slack_block).collect();
    if blocks.is_empty() { format!("<div>{}</div>", mrkdwn(text(message, "text"))) } else { blocks }
}

/// Facts side by side.
fn boxed(fields: &str) -> String {
    if fields.is_empty() { String::new() } else { format!("<div class=\"fields\">{fields}</div>") }
}

fn slack_block(block: &Value) -> String {
    let inner = block.get("text").map(|inner| text(inner, "text")).unwrap_or_default();
    match text(block, "type") {
        "header" => format!("<h2>{}</h2>", escaped(inner)),
        "section" => {
            let fields: String =
                list(block, "fields").map(|field| format!("<div>{}</div>", mrkdwn(text(field, "text")))).collect();
            format!("<div>{}</div>{}", mrkdwn(inner), boxed(&fields))
        }
        "context" => list(block, "elements")
            .map(|one| format!("<div class=\"small\">{}</div>", mrkdwn(text(one, "text"))))
            .collect(),
        "divider" => "<hr>".to_owned(),
        other => format!("<p class=\"small\">A block of the kind {}.</p>", escaped(other)),
    }
}

pub fn discord(message: &Value) -> String {
    let embeds: String = list(message, "embeds").map(embed).collect();
    format!("{}{embeds}", markdown(text(message, "content")))
}

fn embed(embed: &Value) -> String {
    let title = match text(embed, "url") {
        "" => escaped(text(embed, "title")),
        url => format!("<a href=\"{}\">{}</a>", escaped(url), escaped(text(embed, "title"))),
    };
    let fields = list(embed, "fields").map(|field| {
        format!("<p><strong>{}</strong><br>{}</p>", escaped(text(field, "name")), inline(text(field, "value")))
    });
    let footer = embed.get("footer").map(|footer| text(footer, "text")).unwrap_or_default();
    format!(
        "<h2>{title}</h2>{}{}<p class=\"small\">{}</p>",
        markdown(text(embed, "description")),
        boxed(&fields.collect::<String>()),
        escaped(footer)
    )
}

/// Markdown without the paragraph around it.
fn inline(text: &str) -> String {
    let html = markdown(text);
    html.trim().trim_start_matches("<p>").trim_end_matches("</p>").to_owned()
}

pub fn teams(message: &Value) -> String {
    let cards = list(message, "attachments").filter_map(|attachment| attachment.get("content"));
    cards.map(card).collect()
}

fn card(card: &Value) -> String {
    let body: String = list(card, "body").map(element).collect();
    let links = list(card, "actions").map(|action| {
        format!("<a class=\"button\" href=\"{}\">{}</a> ", escaped(text(action, "url")), escaped(text(action, "title")))
    });
    format!("{body}<p>{}</p>", links.collect::<String>())
}

fn element(one: &Value) -> String {
    match text(one, "type") {
        "TextBlock" if text(one, "size") == "Medium" => format!("<h2>{}</h2>", inline(text(one, "text"))),
        "TextBlock" => markdown(text(one, "text")),
        "FactSet" => {
            let facts = list(one, "facts").map(|fact| {
                format!("<p><strong>{}</strong><br>{}</p>", escaped(text(fact, "title")), inline(text(fact, "value")))
            });
            boxed(&facts.collect::<String>())
        }
        "Container" => format!("<div class=\"box\">{}</div>", list(one, "items").map(element).collect::<String>()),
        other => format!("<p class=\"small\">An element of the kind {}.</p>", escaped(other)),
    }
}
