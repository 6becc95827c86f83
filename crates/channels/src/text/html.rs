//! Markdown to HTML that may stand in a page or a mail: no script, no image, no style of the vendor's.

use std::collections::{HashMap, HashSet};

use ammonia::Builder;
use comrak::markdown_to_html;

use super::markdown::options;
use super::worth;

/// Tags a vendor's text may use. No images: a mail must not tell the vendor that it was read.
const TAGS: [&str; 26] = [
    "a",
    "b",
    "blockquote",
    "br",
    "code",
    "del",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "li",
    "ol",
    "p",
    "pre",
    "strong",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
];

/// What every link says about its vendor.
const REL: &str = "nofollow noopener noreferrer";

/// Markdown as HTML, sanitised; links open http, https and mailto only.
#[must_use]
pub fn html(markdown: &str) -> String {
    styled(markdown, &[])
}

/// The same with an inline style for each tag named, for mails.
pub(crate) fn styled(markdown: &str, styles: &[(&'static str, &'static str)]) -> String {
    let raw = markdown_to_html(&worth(markdown), &options());
    let mut tags: HashSet<&str> = TAGS.into_iter().collect();
    tags.insert("ul");
    let mut builder = Builder::new();
    builder
        .tags(tags)
        .tag_attributes(HashMap::from([("a", HashSet::from(["href"])), ("ol", HashSet::from(["start"]))]))
        .generic_attributes(HashSet::new())
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(ammonia::UrlRelative::Deny)
        .link_rel(Some(REL));
    for (tag, style) in styles {
        builder.set_tag_attribute_value(*tag, "style", *style);
    }
    // A link whose address was refused is no link any more, and says nothing about one.
    builder.clean(&raw).to_string().replace(&format!("<a rel=\"{REL}\""), "<a").trim_end().to_owned()
}

/// HTML without its tags: block ends become line breaks, the common entities their characters.
pub(super) fn stripped(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        let Some((tag, after)) = after.split_once('>') else {
            rest = "";
            break;
        };
        let name: String = tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
        let name = name.to_ascii_lowercase();
        let ends_line = matches!(name.as_str(), "br" | "hr")
            || (tag.starts_with('/') && matches!(name.as_str(), "p" | "li" | "div" | "tr" | "h1" | "h2" | "h3" | "h4"));
        if ends_line {
            out.push('\n');
        }
        rest = after;
    }
    out.push_str(rest);
    for (entity, letter) in
        [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
    {
        out = out.replace(entity, letter);
    }
    out
}
