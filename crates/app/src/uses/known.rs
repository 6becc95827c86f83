//! Who stands behind a name: the list of clues, and what the catalogue itself says.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::clues::Clue;
use crate::catalog;

const FILE: &str = include_str!("../../../../catalog/clues.csv");

/// Slug by kind and pattern; those that end in `*` stand for all that begin so.
struct Known {
    exact: HashMap<(&'static str, &'static str), &'static str>,
    prefixes: Vec<(&'static str, &'static str, &'static str)>,
    /// Providers by the domain of their homepage, where only one has it.
    domains: HashMap<&'static str, Option<&'static str>>,
    /// Providers by their name's letters and digits.
    names: HashMap<String, &'static str>,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let mut known =
        Known { exact: HashMap::new(), prefixes: Vec::new(), domains: HashMap::new(), names: HashMap::new() };
    for (kind, pattern, slug) in lines() {
        match pattern.strip_suffix('*') {
            Some(start) => known.prefixes.push((kind, start, slug)),
            None => drop(known.exact.insert((kind, pattern), slug)),
        }
    }
    for entry in catalog::all() {
        known.names.entry(letters(entry.name)).or_insert(entry.slug);
        let Some(domain) = domain(entry.homepage) else { continue };
        known.domains.entry(domain).and_modify(|one| *one = None).or_insert(Some(entry.slug));
    }
    known
});

fn lines() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    FILE.lines().skip(1).filter_map(|line| {
        let mut fields = line.split(',');
        Some((fields.next()?, fields.next()?, fields.next()?))
    })
}

/// `www.example.com` of `https://www.example.com/`, without the `www.`; `None` for an address below a host's root, which
/// may be anybody's.
fn domain(homepage: &'static str) -> Option<&'static str> {
    let rest = homepage.strip_prefix("https://").or_else(|| homepage.strip_prefix("http://"))?;
    let host = rest.strip_suffix('/').unwrap_or(rest);
    (!host.contains('/')).then(|| host.strip_prefix("www.").unwrap_or(host))
}

fn letters(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whom a clue points to, with the reason as one sentence.
pub fn providers(clue: &Clue) -> Vec<(&'static str, String)> {
    let found = match clue {
        Clue::Npm(name) => {
            listed("npm", name).or_else(|| scope(name)).map(|slug| (slug, format!("the package {name}")))
        }
        Clue::Cargo(name) => listed("cargo", name).map(|slug| (slug, format!("the crate {name}"))),
        Clue::Pypi(name) => listed("pypi", name).map(|slug| (slug, format!("the package {name}"))),
        Clue::Go(name) => listed("go", name).or_else(|| owner(name)).map(|slug| (slug, format!("the module {name}"))),
        Clue::Terraform(name) => listed("terraform", name)
            .or_else(|| slug_of(name))
            .map(|slug| (slug, format!("Terraform's provider {name}"))),
        Clue::Host(host) => host_of(host).map(|(slug, domain)| {
            let below = if domain == *host { String::new() } else { format!(", which is below {domain}") };
            (slug, format!("the host {host}{below}"))
        }),
        Clue::Name(name) => named(name).map(|slug| (slug, format!("you named {name}"))),
    };
    found.into_iter().collect()
}

fn listed(kind: &'static str, name: &str) -> Option<&'static str> {
    KNOWN.exact.get(&(kind, name)).copied().or_else(|| {
        // The longest beginning knows best.
        let begins = KNOWN.prefixes.iter().filter(|(of, start, _)| *of == kind && name.starts_with(start));
        begins.max_by_key(|(_, start, _)| start.len()).map(|(_, _, slug)| *slug)
    })
}

fn slug_of(name: &str) -> Option<&'static str> {
    catalog::by_slug(name).map(|entry| entry.slug)
}

/// `@vendor/anything`
fn scope(package: &str) -> Option<&'static str> {
    let (scope, name) = package.strip_prefix('@')?.split_once('/')?;
    slug_of(scope).filter(|_| is_client(scope, name))
}

/// `github.com/vendor/vendor-go`: a way into its service. Vendors give away much that has nothing to do with it.
fn owner(module: &str) -> Option<&'static str> {
    let mut parts = module.strip_prefix("github.com/")?.split('/');
    let (owner, name) = (parts.next()?, parts.next()?);
    slug_of(owner).filter(|_| is_client(owner, name))
}

/// A library that bears its maker's name, or calls itself a client.
fn is_client(maker: &str, name: &str) -> bool {
    let name = name.to_lowercase();
    let mut words = name.split(|letter: char| !letter.is_alphanumeric());
    letters(&name).contains(&letters(maker)) || words.any(|word| matches!(word, "sdk" | "client" | "api" | "functions"))
}

/// The host itself, or the nearest domain above it that somebody is known by.
fn host_of(host: &str) -> Option<(&'static str, String)> {
    let mut domain = host;
    loop {
        let own = || KNOWN.domains.get(domain).copied().flatten();
        if let Some(slug) = listed("domain", domain).or_else(own) {
            return Some((slug, domain.to_owned()));
        }
        domain = domain.split_once('.')?.1;
        if !domain.contains('.') {
            return None;
        }
    }
}

fn named(name: &str) -> Option<&'static str> {
    let plain = name.to_lowercase();
    let host = || plain.contains('.').then(|| host_of(&plain).map(|(slug, _)| slug)).flatten();
    slug_of(&plain)
        .or_else(|| KNOWN.names.get(&letters(name)).copied())
        .or_else(|| slug_of(&plain.replace(' ', "-")))
        .or_else(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order_and_names_who_is_there() {
        assert_eq!(FILE.lines().next(), Some("kind,pattern,slug"));
        let kinds = ["cargo", "domain", "go", "npm", "pypi", "terraform"];
        let mut previous = "";
        for line in FILE.lines().skip(1) {
            assert!(previous < line, "`{line}` is out of order or twice");
            previous = line;
            assert_eq!(line.matches(',').count(), 2, "{line}");
        }
        for (kind, pattern, slug) in lines() {
            assert!(kinds.contains(&kind), "{kind}");
            assert!(!pattern.is_empty() && pattern == pattern.trim(), "{pattern}");
            assert_eq!(catalog::by_slug(slug).map(|entry| entry.slug), Some(slug), "{pattern}: {slug}");
            assert!(kind == "npm" || pattern.to_lowercase() == pattern, "{pattern}");
        }
    }
}
