//! The catalogue: whom can be watched. Data of `catalog/providers.csv`, compiled in.

use std::collections::HashMap;
use std::sync::LazyLock;

use tocsin_platforms::Platform;

const FILE: &str = include_str!("../../../catalog/providers.csv");

/// Added as monitors by the first start of an empty store without a configuration, so that there is something to see.
pub const STARTER: [&str; 25] = [
    "circleci",
    "cloudflare",
    "datadog",
    "digitalocean",
    "discord",
    "dropbox",
    "figma",
    "github",
    "hubspot",
    "intercom",
    "jira",
    "kustomer",
    "linear",
    "netlify",
    "notion",
    "npm",
    "openai",
    "sendgrid",
    "sentry",
    "shopify",
    "supabase",
    "twilio",
    "vercel",
    "atlassian",
    "zoom",
];

/// One provider. A field that the file leaves empty is empty here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub slug: &'static str,
    pub name: &'static str,
    pub homepage: &'static str,
    /// Address of the status page.
    pub page: &'static str,
    /// Name of the platform, where it is known.
    pub platform: Option<&'static str>,
    pub category: &'static str,
    old_slugs: &'static str,
}

struct Catalogue {
    entries: Vec<Entry>,
    by_slug: HashMap<&'static str, usize>,
    categories: Vec<&'static str>,
}

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let entries: Vec<Entry> = FILE.lines().skip(1).filter_map(entry).collect();
    let mut by_slug = HashMap::with_capacity(entries.len());
    for (index, entry) in entries.iter().enumerate() {
        by_slug.insert(entry.slug, index);
        by_slug.extend(entry.old_slugs.split(';').filter(|old| !old.is_empty()).map(|old| (old, index)));
    }
    let mut categories: Vec<&str> = entries.iter().map(|entry| entry.category).collect();
    categories.sort_unstable();
    categories.dedup();
    Catalogue { entries, by_slug, categories }
});

/// No field holds a comma (a test sees to it), so a line is split by them.
fn entry(line: &'static str) -> Option<Entry> {
    let mut fields = line.split(',');
    let mut next = || fields.next();
    Some(Entry {
        slug: next()?,
        name: next()?,
        homepage: next()?,
        page: next()?,
        platform: Some(next()?).filter(|platform| !platform.is_empty()),
        category: next()?,
        old_slugs: next()?,
    })
}

/// Every provider, by slug.
#[must_use]
pub fn all() -> &'static [Entry] {
    &CATALOGUE.entries
}

/// The provider of a slug, or of one it had before.
#[must_use]
pub fn by_slug(slug: &str) -> Option<&'static Entry> {
    CATALOGUE.by_slug.get(slug).and_then(|index| CATALOGUE.entries.get(*index))
}

/// Every category, by name.
#[must_use]
pub fn categories() -> &'static [&'static str] {
    &CATALOGUE.categories
}

/// A platform the catalogue names and this version cannot read.
#[must_use]
pub fn unread_platform(slug: &str) -> Option<&'static str> {
    by_slug(slug)?.platform.filter(|platform| Platform::named(platform).is_none())
}

/// What a search looks at.
#[derive(Clone, Copy, Debug, Default)]
pub struct Names<'a> {
    pub slug: &'a str,
    pub name: &'a str,
    /// Address of the status page.
    pub page: &'a str,
    pub homepage: &'a str,
    pub category: &'a str,
}

impl Entry {
    #[must_use]
    pub const fn names(&self) -> Names<'static> {
        Names { slug: self.slug, name: self.name, page: self.page, homepage: self.homepage, category: self.category }
    }
}

/// How well a search finds a provider: lower is better; `None`: not at all. Every word must be found.
#[must_use]
pub fn rank(query: &str, names: Names<'_>) -> Option<u8> {
    let query = query.trim().to_lowercase();
    let (slug, name) = (names.slug, names.name.to_lowercase());
    if query.is_empty() {
        return Some(0);
    }
    if slug == query || name == query {
        return Some(0);
    }
    let old = by_slug(slug).map_or("", |entry| entry.old_slugs);
    if name.starts_with(&query) || slug.starts_with(&query) || old.split(';').any(|old| old == query) {
        return Some(1);
    }
    let found = |word: &str| name.contains(word) || slug.contains(word) || old.contains(word);
    if query.split_whitespace().all(found) {
        return Some(2);
    }
    let host = |address: &'_ str| address.split("//").nth(1).unwrap_or(address).to_lowercase();
    let (page, homepage, category) = (host(names.page), host(names.homepage), names.category.replace('-', " "));
    let beside = |word: &str| page.contains(word) || homepage.contains(word) || category.contains(word);
    query.split_whitespace().all(|word| found(word) || beside(word)).then_some(3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_file_is_in_order() {
        let mut lines = FILE.lines();
        assert_eq!(lines.next(), Some("slug,name,homepage,page,platform,category,old_slugs"));
        let mut pages = HashSet::new();
        let mut names = HashSet::new();
        let mut previous = "";
        for (number, line) in lines.enumerate().map(|(index, line)| (index + 2, line)) {
            assert_eq!(line.matches(',').count(), 6, "line {number}: {line}");
            assert!(!line.contains(['"', '\t', '\r']) && line.trim() == line, "line {number}: {line}");
            let entry = entry(line).unwrap_or_else(|| panic!("line {number}: {line}"));
            assert!(previous < entry.slug, "line {number}: `{}` is out of order or twice", entry.slug);
            previous = entry.slug;
            let plain = |slug: &str| slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
            assert!(plain(entry.slug) && !entry.slug.is_empty() && entry.slug.len() <= 64, "line {number}: slug");
            assert!(!entry.name.is_empty() && names.insert(entry.name.to_lowercase()), "line {number}: name twice");
            let page = url::Url::parse(entry.page).unwrap_or_else(|error| panic!("line {number}: {error}"));
            assert_eq!(page.scheme(), "https", "line {number}");
            let place = format!("{}{}", page.host_str().unwrap_or(""), page.path().trim_end_matches('/'));
            assert!(pages.insert(place), "line {number}: the page {} is listed twice", entry.page);
            assert!(entry.homepage.is_empty() || url::Url::parse(entry.homepage).is_ok(), "line {number}: homepage");
            let word = |text: &str| {
                text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            };
            assert!(word(entry.platform.unwrap_or_default()) && word(entry.category), "line {number}: {line}");
        }
        assert!(all().len() >= 5_000);
        assert!(categories().len() < 50, "{:?}", categories());
    }

    #[test]
    fn old_slugs_lead_on_and_take_nobodys_place() {
        for entry in all() {
            assert_eq!(by_slug(entry.slug).map(|found| found.slug), Some(entry.slug));
        }
        assert_eq!(by_slug("shipwire-a-ceva-logistics-company").map(|entry| entry.slug), Some("shipwire"));
        assert_eq!(by_slug("no-such-provider"), None);
    }

    #[test]
    fn the_starter_set_exists() {
        let slugs: HashSet<&str> = STARTER.into_iter().collect();
        assert_eq!(slugs.len(), STARTER.len());
        assert!(slugs.contains("kustomer"));
        for slug in STARTER {
            assert!(by_slug(slug).is_some(), "{slug}");
            assert_eq!(unread_platform(slug), None, "{slug} could not be read by this version");
        }
    }

    #[test]
    fn a_search_puts_the_exact_name_first() {
        let github = Names {
            slug: "github",
            name: "GitHub",
            page: "https://www.githubstatus.com",
            homepage: "https://octo.example",
            category: "developer-tools",
        };
        let table = [
            ("github", Some(0)),
            ("git", Some(1)),
            ("hub", Some(2)),
            ("githubstatus", Some(3)),
            ("octo.example", Some(3)),
            ("developer tools", Some(3)),
            ("zzz", None),
            ("  ", Some(0)),
        ];
        for (query, rank) in table {
            assert_eq!(super::rank(query, github), rank, "{query}");
        }
        let moved = by_slug("shipwire-a-ceva-logistics-company").map(Entry::names).unwrap_or_default();
        assert_eq!(rank("shipwire-a-ceva-logistics-company", moved), Some(1), "an old slug finds it");
    }
}
