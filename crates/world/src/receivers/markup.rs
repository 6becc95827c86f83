//! The little languages of chats become HTML.

/// Text between tags or in an attribute.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The words of a chat's HTML, without its tags; a break stays one.
pub fn without_tags(html: &str) -> String {
    let mut words = String::with_capacity(html.len());
    let html = html.replace("<br>", "\n").replace("<blockquote>", "\n").replace("</blockquote>", "\n");
    let mut rest = html.as_str();
    while let Some((before, from)) = rest.split_once('<') {
        words.push_str(before);
        rest = from.split_once('>').map_or("", |(_, after)| after);
    }
    words.push_str(rest);
    words.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// Markdown, as Discord and Teams take it; raw HTML in it is left out.
pub fn markdown(text: &str) -> String {
    comrak::markdown_to_html(text, &comrak::Options::default())
}

/// Slack's mrkdwn: `*bold*`, `<address|label>`, `>` quotes; `&`, `<` and `>` come escaped.
pub fn mrkdwn(text: &str) -> String {
    let lines = text.lines().map(|line| match line.strip_prefix("&gt;").or_else(|| line.strip_prefix('>')) {
        Some(quoted) => format!("<blockquote>{}</blockquote>", inline(quoted.trim_start())),
        None => format!("{}<br>", inline(line)),
    });
    lines.collect()
}

fn inline(line: &str) -> String {
    let mut html = String::with_capacity(line.len());
    let mut bold = false;
    let mut rest = line;
    while let Some(at) = rest.find(['*', '<']) {
        let (before, from) = rest.split_at(at);
        html.push_str(&quoted(before));
        rest = match from.strip_prefix('<').and_then(|inside| inside.split_once('>')) {
            Some((inside, after)) => {
                html.push_str(&link(inside));
                after
            }
            None => {
                html.push_str(if bold { "</strong>" } else { "<strong>" });
                bold = !bold;
                from.get(1..).unwrap_or_default()
            }
        };
    }
    html.push_str(&quoted(rest));
    if bold {
        html.push_str("</strong>");
    }
    html
}

/// The entities are there already; a quotation mark is not.
fn quoted(text: &str) -> String {
    text.replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn link(inside: &str) -> String {
    let (address, label) = inside.split_once('|').unwrap_or((inside, inside));
    if address.starts_with("http") {
        format!("<a href=\"{}\">{}</a>", quoted(address), quoted(label))
    } else {
        format!("<mark>{}</mark>", quoted(inside))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slack_is_drawn_and_nothing_in_it_is_markup() {
        let table = [
            ("*Impact*\nminor", "<strong>Impact</strong><br>minor<br>"),
            ("<https://a.example/x|Open>", "<a href=\"https://a.example/x\">Open</a><br>"),
            ("&gt; said &lt;b&gt;", "<blockquote>said &lt;b&gt;</blockquote>"),
            ("<!channel>", "<mark>!channel</mark><br>"),
        ];
        for (text, html) in table {
            assert_eq!(mrkdwn(text), html);
        }
        assert!(!mrkdwn("<script>").contains("<script"));
    }
}
