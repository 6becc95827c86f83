//! Messages as their receivers draw them: Slack's blocks, Discord's embeds, Teams' Adaptive Cards.

use serde_json::Value;

use super::markup::{escaped, markdown, mrkdwn, without_tags};
use super::rooms::words;

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// What is said in a chat, beside the face of whoever says it. `badge`: what marks a program there.
fn chat(name: &str, badge: &str, time: &str, said: &str) -> String {
    let badge = if badge.is_empty() { String::new() } else { format!("<span>{badge}</span>") };
    format!(
        "<div class=\"chat\"><svg class=\"face\" viewBox=\"0 0 20 20\" aria-hidden=\"true\"><path d=\"M10 2.5c2.7 0 4.4 2 4.6 \
         4.8.2 3.1 1 4.6 2.4 6.2H3c1.4-1.6 2.2-3.1 2.4-6.2C5.6 4.5 7.3 2.5 10 2.5Z\"/><path d=\"M7.8 16.3a2.3 2.3 0 0 0 4.4 0\"/></svg>\
         <p class=\"says\"><b>{}</b> {badge} {time}</p><div class=\"said\">{said}</div></div>",
        escaped(name)
    )
}

pub fn slack(message: &Value, time: &str) -> String {
    let blocks: String = list(message, "blocks").map(slack_block).collect();
    let said = if blocks.is_empty() { format!("<div>{}</div>", mrkdwn(text(message, "text"))) } else { blocks };
    chat("Tocsin", "APP", time, &said)
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
            let words = if inner.is_empty() { String::new() } else { format!("<div>{}</div>", mrkdwn(inner)) };
            format!("{words}{}", boxed(&fields))
        }
        "context" => list(block, "elements")
            .map(|one| format!("<div class=\"small\">{}</div>", mrkdwn(text(one, "text"))))
            .collect(),
        "divider" => "<hr>".to_owned(),
        other => format!("<p class=\"small\">A block of the kind {}.</p>", escaped(other)),
    }
}

/// What is written in Markdown, with the attachments that stand below it.
pub fn written(message: &Value, time: &str) -> String {
    let below = list(message, "attachments")
        .chain(message.get("props").into_iter().flat_map(|props| list(props, "attachments")));
    let below: String = below.map(|one| format!("<blockquote>{}</blockquote>", markdown(text(one, "text")))).collect();
    chat("Tocsin", "BOT", time, &format!("<div>{}</div>{below}", markdown(words(message))))
}

/// What is written in HTML of which a chat takes a few tags: its words, line by line.
pub fn marked_up(message: &Value, time: &str) -> String {
    let mut lines: Vec<String> = without_tags(words(message)).lines().map(|line| escaped(line.trim())).collect();
    lines.dedup_by(|line, before| line.is_empty() && before.is_empty());
    chat("Tocsin", "BOT", time, &format!("<div>{}</div>", lines.join("<br>")))
}

pub fn discord(message: &Value, time: &str) -> String {
    let embeds: String = list(message, "embeds").map(embed).collect();
    let name = Some(text(message, "username")).filter(|name| !name.is_empty()).unwrap_or("Webhook");
    chat(name, "APP", time, &format!("<div>{}</div>{embeds}", markdown(text(message, "content"))))
}

fn embed(embed: &Value) -> String {
    let title = match text(embed, "url") {
        "" => escaped(text(embed, "title")),
        url => format!("<a href=\"{}\">{}</a>", escaped(url), escaped(text(embed, "title"))),
    };
    let fields = list(embed, "fields").map(|field| {
        let whole = if field.get("inline") == Some(&Value::Bool(true)) { "" } else { " class=\"whole\"" };
        format!("<p{whole}><strong>{}</strong>{}</p>", escaped(text(field, "name")), inline(text(field, "value")))
    });
    let fields: String = fields.collect();
    let footer = embed.get("footer").map(|footer| text(footer, "text")).unwrap_or_default();
    // The page's policy allows no style of an element's own; a drawing may have its colour.
    let colour = embed.get("color").and_then(Value::as_u64).unwrap_or(0x80_84_8e) & 0xff_ff_ff;
    format!(
        "<div class=\"embed\"><svg viewBox=\"0 0 4 9\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><path \
         fill=\"#{colour:06x}\" d=\"M0 0h4v9H0Z\"/></svg><div><h2>{title}</h2><div>{}</div>{}<p class=\"small\">{}</p></div></div>",
        markdown(text(embed, "description")),
        boxed(&fields),
        escaped(footer)
    )
}

/// Markdown without the paragraph around it.
fn inline(text: &str) -> String {
    let html = markdown(text);
    html.trim().trim_start_matches("<p>").trim_end_matches("</p>").to_owned()
}

pub fn teams(message: &Value, time: &str) -> String {
    let cards = list(message, "attachments").filter_map(|attachment| attachment.get("content"));
    chat("Workflows", "", time, &cards.map(card).collect::<String>())
}

fn card(card: &Value) -> String {
    let body: String = list(card, "body").map(element).collect();
    let links = list(card, "actions")
        .map(|action| format!("<a href=\"{}\">{}</a>", escaped(text(action, "url")), escaped(text(action, "title"))));
    let links: String = links.collect();
    let actions = if links.is_empty() { String::new() } else { format!("<p class=\"actions\">{links}</p>") };
    format!("<div class=\"card\">{body}{actions}</div>")
}

fn element(one: &Value) -> String {
    let subtle = one.get("isSubtle") == Some(&Value::Bool(true));
    match text(one, "type") {
        "TextBlock" if text(one, "size") == "Medium" => format!("<h2>{}</h2>", inline(text(one, "text"))),
        "TextBlock" if text(one, "weight") == "Bolder" => {
            format!("<p><strong>{}</strong></p>", inline(text(one, "text")))
        }
        "TextBlock" if subtle => format!("<div class=\"small\">{}</div>", markdown(text(one, "text"))),
        "TextBlock" => format!("<div>{}</div>", markdown(text(one, "text"))),
        "FactSet" => {
            let facts = list(one, "facts").map(|fact| {
                format!("<dt>{}</dt><dd>{}</dd>", escaped(text(fact, "title")), inline(text(fact, "value")))
            });
            format!("<dl class=\"facts\">{}</dl>", facts.collect::<String>())
        }
        "Container" => {
            let tone = ["attention", "warning", "good", "accent"].into_iter().find(|tone| *tone == text(one, "style"));
            let items: String = list(one, "items").map(element).collect();
            format!("<div class=\"box {}\">{items}</div>", tone.unwrap_or("plain"))
        }
        other => format!("<p class=\"small\">An element of the kind {}.</p>", escaped(other)),
    }
}
