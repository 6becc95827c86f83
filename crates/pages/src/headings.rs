//! Headings inside a vendor's text, fitted below ours, so that a page has one outline.

/// Renames the `h1`…`h6` of sanitised HTML so that the levels used follow each other from `top` on. Attributes stay.
pub(crate) fn below(html: &str, top: usize) -> String {
    let mut used: Vec<usize> = (1..=6).filter(|level| html.contains(&format!("<h{level}"))).collect();
    used.dedup();
    let target = |level: usize| used.iter().position(|other| *other == level).map(|rank| (top + rank).min(6));
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        out.push_str(before);
        let name = if tag.starts_with("</") { 2 } else { 1 };
        let bytes = tag.as_bytes();
        let level =
            bytes.get(name + 1).filter(|_| bytes.get(name) == Some(&b'h')).map(|digit| digit.wrapping_sub(b'0'));
        let ends = bytes.get(name + 2).is_some_and(|byte| b" >\t\n/".contains(byte));
        match level.filter(|_| ends).and_then(|level| target(usize::from(level))) {
            Some(level) => {
                out.push_str(if name == 2 { "</h" } else { "<h" });
                out.push_str(&level.to_string());
                rest = tag.get(name + 2..).unwrap_or_default();
            }
            None => {
                out.push('<');
                rest = tag.get(1..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_follow_each_other() {
        assert_eq!(below("<h1>a</h1><p>b<h3>c</h3>", 3), "<h3>a</h3><p>b<h4>c</h4>");
        assert_eq!(
            below("<h4 id=\"x\">é</h4><hr><h5>d</h5><h6>e</h6>", 5),
            "<h5 id=\"x\">é</h5><hr><h6>d</h6><h6>e</h6>"
        );
        assert_eq!(below("no tags, 1 < 2", 3), "no tags, 1 < 2");
        assert_eq!(below("<", 3), "<");
        assert_eq!(below("<h", 3), "<h");
        assert_eq!(below("<html><h9>", 3), "<html><h9>");
    }
}
