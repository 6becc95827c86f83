//! `tocsin providers`: searches the catalogue.

use crate::catalog::{self, Entry};
use crate::config::did_you_mean;

#[derive(clap::Args, Debug)]
pub struct Args {
    /// Part of a name.
    query: Option<String>,
    /// Only providers of this category.
    #[arg(long, value_name = "C")]
    category: Option<String>,
    /// For machines.
    #[arg(long)]
    json: bool,
}

/// One provider for machines.
#[derive(serde::Serialize)]
struct Row {
    slug: &'static str,
    name: &'static str,
    category: &'static str,
    page: &'static str,
    platform: Option<&'static str>,
}

pub fn run(args: &Args) -> u8 {
    if let Some(category) = &args.category
        && !catalog::categories().contains(&category.as_str())
    {
        let near = did_you_mean(category, catalog::categories().iter().copied());
        return super::fail(super::USAGE, &format!("there is no category `{category}`{near}"));
    }
    let found = search(args.query.as_deref().unwrap_or_default(), args.category.as_deref());
    if args.json {
        let rows: Vec<Row> = found.iter().copied().map(row).collect();
        super::print_json(&rows);
    } else {
        print(&found);
    }
    if found.is_empty() {
        if !args.json {
            eprintln!(
                "tocsin: the catalogue has no such provider; any status page can be watched as a [[provider]] of a configuration"
            );
        }
        return 1;
    }
    super::OK
}

fn row(entry: &Entry) -> Row {
    Row { slug: entry.slug, name: entry.name, category: entry.category, page: entry.page, platform: entry.platform }
}

/// Entries by how well they fit, then by slug.
fn search(query: &str, category: Option<&str>) -> Vec<&'static Entry> {
    let fits = catalog::all().iter().filter(|entry| category.is_none_or(|category| entry.category == category));
    let mut found: Vec<(u8, &Entry)> =
        fits.filter_map(|entry| catalog::rank(query, entry.names()).map(|rank| (rank, entry))).collect();
    found.sort_by_key(|(rank, entry)| (*rank, entry.slug));
    found.into_iter().map(|(_, entry)| entry).collect()
}

fn print(found: &[&Entry]) {
    let width = found.iter().map(|entry| entry.slug.len()).max().unwrap_or(0).min(40);
    let names = found.iter().map(|entry| entry.name.chars().count()).max().unwrap_or(0).min(36);
    for entry in found {
        super::print_line(&format!(
            "{:width$}  {:names$}  {:18}  {}",
            entry.slug, entry.name, entry.category, entry.page
        ));
    }
}
