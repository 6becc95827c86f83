//! What kind of text it is, and the names in it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

/// What a text was taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `package.json`
    Npm,
    /// `Cargo.toml`
    Cargo,
    /// `requirements.txt`
    Pypi,
    /// `go.mod`
    Go,
    /// `*.tf`
    Terraform,
    /// DNS records: a zone, an export, or a line of SPF.
    Dns,
    /// Names of vendors, one a line or apart by commas.
    Names,
}

/// One thing that may point to a vendor.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Clue {
    Npm(String),
    Cargo(String),
    Pypi(String),
    Go(String),
    Terraform(String),
    /// A host, lower-case.
    Host(String),
    Name(String),
}

impl Clue {
    pub fn text(&self) -> &str {
        match self {
            Self::Npm(text)
            | Self::Cargo(text)
            | Self::Pypi(text)
            | Self::Go(text)
            | Self::Terraform(text)
            | Self::Host(text)
            | Self::Name(text) => text,
        }
    }
}

/// `source = "hashicorp/aws"`, and `provider "aws" {`.
static TERRAFORM: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?m)\bsource\s*=\s*"(?:[\w.-]+/)?[\w-]+/([\w-]+)"|^\s*provider\s+"([\w-]+)"|^\s*resource\s+"([a-z0-9]+)_"#,
    )
    .ok()
});
/// A line of `requirements.txt`: `name[extra]>=1.2 ; marker`.
static REQUIREMENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(?:(?:[=<>!~]=?=?|@)\s*\S.*)?(?:;.*)?$").ok()
});
/// Something with dots that ends in letters: a host.
static HOST: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)(?:[a-z0-9_](?:[a-z0-9_-]{0,62})\.)+[a-z]{2,24}\b").ok());
/// A record's type between white space, or SPF.
static RECORD: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?im)\bv=spf1\b|[\s,;](?:CNAME|MX|NS|TXT|SRV|ALIAS)[\s,;]").ok());
static PIN: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?m)^[A-Za-z0-9._-]+(?:\[[^\]]*\])?\s*[=<>~!]=").ok());

fn matches(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(text))
}

impl Kind {
    /// By the name of the file, where it says so; else by what the text looks like.
    #[must_use]
    pub fn of(text: &str, file: Option<&str>) -> Self {
        let name = file.and_then(|file| file.rsplit(['/', '\\']).next()).unwrap_or_default().to_lowercase();
        let named = |wanted: &str| name == wanted;
        let start = text.trim_start();
        if named("package.json") || (start.starts_with('{') && text.contains("ependencies\"")) {
            return Self::Npm;
        }
        if named("cargo.toml") || text.contains("[dependencies") || text.contains("dependencies]") {
            return Self::Cargo;
        }
        if named("go.mod") || (start.starts_with("module ") && text.contains("require")) {
            return Self::Go;
        }
        if name.ends_with(".tf") || text.contains("required_providers") || matches(&TERRAFORM, text) {
            return Self::Terraform;
        }
        if name.ends_with(".zone") || matches(&RECORD, text) {
            return Self::Dns;
        }
        if name.starts_with("requirements") || matches(&PIN, text) {
            return Self::Pypi;
        }
        Self::Names
    }

    /// For people: "package.json".
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Npm => "a package.json",
            Self::Cargo => "a Cargo.toml",
            Self::Pypi => "a requirements.txt",
            Self::Go => "a go.mod",
            Self::Terraform => "Terraform",
            Self::Dns => "DNS records",
            Self::Names => "a list of names",
        }
    }

    /// The names in the text, each once.
    pub fn clues(self, text: &str) -> Vec<Clue> {
        let found: BTreeSet<Clue> = match self {
            Self::Npm => npm(text),
            Self::Cargo => cargo(text),
            Self::Pypi => pypi(text),
            Self::Go => go(text),
            Self::Terraform => terraform(text),
            Self::Dns => hosts(text).collect(),
            Self::Names => return names(text),
        };
        found.into_iter().collect()
    }
}

fn npm(text: &str) -> BTreeSet<Clue> {
    let json: Value = serde_json::from_str(text).unwrap_or_default();
    let lists = ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"];
    let packages = lists.into_iter().filter_map(|list| json.get(list)?.as_object()).flat_map(|list| list.keys());
    packages.map(|name| Clue::Npm(name.clone())).collect()
}

fn cargo(text: &str) -> BTreeSet<Clue> {
    let mut found = BTreeSet::new();
    if let Ok(table) = text.parse::<toml::Table>() {
        dependencies(&table, &mut found);
    }
    found
}

/// Tables called `dependencies`, `dev-dependencies`, … at any depth: of a workspace, of a target.
fn dependencies(table: &toml::Table, found: &mut BTreeSet<Clue>) {
    for (key, value) in table {
        let Some(inner) = value.as_table() else { continue };
        if !key.ends_with("dependencies") {
            dependencies(inner, found);
            continue;
        }
        for (name, what) in inner {
            let renamed = what.get("package").and_then(toml::Value::as_str);
            found.insert(Clue::Cargo(renamed.unwrap_or(name).to_owned()));
        }
    }
}

fn pypi(text: &str) -> BTreeSet<Clue> {
    let line = |line: &str| {
        let plain = line.split('#').next().unwrap_or_default().trim();
        let name = REQUIREMENT.as_ref()?.captures(plain)?.get(1)?.as_str();
        // PyPI takes `.`, `_` and `-` for the same.
        Some(Clue::Pypi(name.to_lowercase().replace(['_', '.'], "-")))
    };
    text.lines().filter_map(line).collect()
}

fn go(text: &str) -> BTreeSet<Clue> {
    let line = |line: &str| {
        let line = line.split("//").next().unwrap_or_default().trim();
        let mut words = line.strip_prefix("require").unwrap_or(line).split_whitespace();
        let (module, version) = (words.next()?, words.next()?);
        (version.starts_with('v') && module.contains('.')).then(|| Clue::Go(module.to_lowercase()))
    };
    text.lines().filter_map(line).collect()
}

fn terraform(text: &str) -> BTreeSet<Clue> {
    let Some(pattern) = TERRAFORM.as_ref() else { return BTreeSet::new() };
    let name = |found: regex::Captures<'_>| {
        let name = found.get(1).or_else(|| found.get(2)).or_else(|| found.get(3))?;
        Some(Clue::Terraform(name.as_str().to_lowercase()))
    };
    pattern.captures_iter(text).filter_map(name).collect()
}

fn hosts(text: &str) -> impl Iterator<Item = Clue> + '_ {
    let found = HOST.as_ref().map(|pattern| pattern.find_iter(text));
    found.into_iter().flatten().map(|host| Clue::Host(host.as_str().to_lowercase()))
}

/// One a line, or several apart by commas, semicolons or tabs; as they were written.
fn names(text: &str) -> Vec<Clue> {
    let mut seen = BTreeSet::new();
    text.split(['\n', ',', ';', '\t'])
        .map(|name| name.trim().trim_start_matches(['-', '*', '•']).trim().trim_matches(['"', '\'']))
        .filter(|name| !name.is_empty() && name.chars().count() <= 80 && seen.insert(name.to_lowercase()))
        .map(|name| Clue::Name(name.to_owned()))
        .collect()
}
