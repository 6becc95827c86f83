use proptest::prelude::*;

use super::*;

const WORDS: &str = "We **see** an _issue_ & ~~no~~ `fix` for <b>calls</b>, @here.\n\n- one\n- [two](https://e.com/a?b=c&d)\n\n> quoted\n\n1. first\n2. second";

#[test]
fn one_text_in_every_dialect() {
    let all = |dialect| render(WORDS, dialect, 4_000, Unit::Chars);
    assert_eq!(
        all(&PLAIN),
        "We see an issue & no fix for calls, @here.\n\n• one\n• two (https://e.com/a?b=c&d)\n\n> quoted\n\n1. first\n2. second"
    );
    assert_eq!(
        all(&SLACK),
        "We *see* an _issue_ &amp; ~no~ `fix` for calls, @\u{200b}here.\n\n• one\n• <https://e.com/a?b=c&amp;d|two>\n\n> quoted\n\n1. first\n2. second"
    );
    assert_eq!(
        all(&DISCORD),
        "We **see** an *issue* & ~~no~~ `fix` for calls, @\u{200b}here.\n\n• one\n• [two](<https://e.com/a?b=c&d>)\n\n> quoted\n\n1. first\n2. second"
    );
    assert_eq!(
        all(&TEAMS),
        "We **see** an _issue_ & no fix for calls, @\u{200b}here.\n\n• one\n• [two](https://e.com/a?b=c&d)\n\nquoted\n\n1. first\n2. second"
    );
}

#[test]
fn what_is_no_markup_is_escaped() {
    let table = [
        ("a * b_c_d ~ [x] # | `", "a * b_c_d ~ [x] # | `", "a \\* b\\_c\\_d \\~ \\[x\\] \\# \\| \\`"),
        ("1 < 2 > 0 && x", "1 &lt; 2 &gt; 0 &amp;&amp; x", "1 \\< 2 \\> 0 && x"),
        ("&lt;!channel&gt;", "&lt;\u{200b}!channel&gt;", "\\<\u{200b}!channel\\>"),
        (
            "<@U1> <!here> <#C1>",
            "&lt;\u{200b}@\u{200b}U1&gt; &lt;\u{200b}!here&gt; &lt;\u{200b}#C1&gt;",
            "\\<\u{200b}@\u{200b}U1\\> \\<\u{200b}!here\\> \\<\u{200b}\\#C1\\>",
        ),
        ("[go](javascript:alert(1))", "go", "go"),
        ("[a|b](https://e.com/x|y)", "<https://e.com/x%7Cy|a¦b>", "[a\\|b](<https://e.com/x%7Cy>)"),
        ("![pixel](https://e.com/p.png)", "<https://e.com/p.png|pixel>", "[pixel](<https://e.com/p.png>)"),
        ("see https://e.com/a", "see <https://e.com/a>", "see <https://e.com/a>"),
        ("`a ``` b @here`", "`a ''' b @\u{200b}here`", "`a ''' b @\u{200b}here`"),
        ("```\nif a < b { x }\n```", "```\nif a &lt; b { x }\n```", "```\nif a < b { x }\n```"),
        ("<p>One</p><p>Two &amp; three</p>", "One\nTwo &amp; three", "One\nTwo & three"),
        ("line one\nline two", "line one\nline two", "line one\nline two"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a / b\n1 / 2", "a / b\n1 / 2"),
        ("", "", ""),
    ];
    for (markdown, slack, discord) in table {
        assert_eq!(render(markdown, &SLACK, 4_000, Unit::Chars), slack, "{markdown:?} to Slack");
        assert_eq!(render(markdown, &DISCORD, 4_000, Unit::Utf16), discord, "{markdown:?} to Discord");
    }
}

#[test]
fn html_has_no_script_image_or_style() {
    let table = [
        ("**b** <script>alert(1)</script>", "<p><strong>b</strong> </p>"),
        ("![x](https://e.com/p.png)", "<p></p>"),
        ("[go](javascript:alert(1))", "<p><a>go</a></p>"),
        ("<p onclick=x style=\"color:red\">hi</p>", "<p>hi</p>"),
        ("[ours](/unsubscribe)", "<p><a>ours</a></p>"),
    ];
    for (markdown, expected) in table {
        assert_eq!(html(markdown), expected, "{markdown:?}");
    }
    assert_eq!(styled("*a*", &[("p", "margin:0")]), "<p style=\"margin:0\"><em>a</em></p>");
}

#[test]
fn cuts_are_where_a_reader_would_cut() {
    let family = "👩‍👩‍👧‍👧";
    let table: [(String, usize, Unit, String); 6] = [
        ("abc".into(), 3, Unit::Chars, "abc".into()),
        ("abcd".into(), 3, Unit::Chars, "ab…".into()),
        (format!("a{family}b"), 11, Unit::Utf16, "a…".into()),
        (format!("a{family}"), 12, Unit::Utf16, format!("a{family}")),
        ("äöü".into(), 5, Unit::Bytes, "ä…".into()),
        ("abc".into(), 0, Unit::Chars, String::new()),
    ];
    for (text, most, unit, expected) in table {
        assert_eq!(truncate(&text, most, unit), expected, "{text:?} in {most} {unit:?}");
    }
}

#[test]
fn marks_are_closed_even_where_the_text_is_cut() {
    let cut = |markdown, most| render(markdown, &DISCORD, most, Unit::Chars);
    assert_eq!(cut("**bold and long**", 10), "**bold …**");
    assert_eq!(cut("a & [a link that is long](https://example.com/long)", 10), "a & a lin…");
    assert_eq!(cut("**a**", 1), "…");
    assert_eq!(render("a & b & c", &SLACK, 8, Unit::Chars), "a &amp;…");
}

#[test]
fn one_line_drops_tricks() {
    let table = [
        ("a\r\nBcc: b", "a Bcc: b"),
        ("a\u{202e}b\u{200b}c\u{0}d", "abcd"),
        ("  a \t b\u{2028}c ", "a b c"),
        ("é👩‍👧", "é👩‍👧"),
    ];
    for (text, expected) in table {
        assert_eq!(one_line(text), expected, "{text:?}");
    }
}

#[test]
fn only_words_that_begin_with_at_are_mentions() {
    assert_eq!(neutral("@here a@b.com (@all) x@"), "@\u{200b}here a@b.com (@\u{200b}all) x@");
}

#[test]
fn deep_nesting_ends() {
    for deep in [">".repeat(3_000), "- ".repeat(3_000), "*a".repeat(3_000), "[".repeat(3_000)] {
        for dialect in [&PLAIN, &SLACK, &DISCORD, &TEAMS] {
            assert!(render(&deep, dialect, 500, Unit::Chars).chars().count() <= 500);
        }
        assert!(!html(&deep).contains("<script"));
    }
}

proptest! {
    #[test]
    fn no_text_exceeds_its_room(text in "[ -~\n<>@*_`\\[\\]()é👩‍👧-]{0,200}", most in 0_usize..120) {
        for (dialect, unit) in
            [(&PLAIN, Unit::Chars), (&SLACK, Unit::Chars), (&DISCORD, Unit::Utf16), (&TEAMS, Unit::Bytes)]
        {
            let rendered = render(&text, dialect, most, unit);
            prop_assert!(unit.of(&rendered) <= most, "{rendered:?}");
            prop_assert!(unit.of(&truncate(&text, most, unit)) <= most);
        }
        // In Slack's text a bare < begins nothing but our own links.
        let slack = render(&text, &SLACK, 4_000, Unit::Chars);
        for (place, _) in slack.match_indices('<') {
            prop_assert!(slack[place..].starts_with("<http"), "{slack:?}");
        }
    }
}
