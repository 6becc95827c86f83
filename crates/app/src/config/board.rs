//! A board as people write it: the same keys in a file and in the API.

use tocsin_domain::board::{Entry, Visibility};

use super::rule::Keys;
use super::table::Raw;
use super::values;

/// Entries of a board at most.
pub const MOST: usize = 500;
/// Characters of a heading at most.
const SECTION_CHARS: usize = 80;
/// The address under which a board is made.
const TAKEN: &str = "new";

/// `[[board]]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Board {
    pub slug: String,
    pub name: String,
    pub about: String,
    pub visibility: Visibility,
    pub entries: Vec<Entry>,
}

/// The name of a board in addresses.
pub fn slug(raw: Raw) -> Result<String, String> {
    let slug = values::slug(raw)?;
    if slug == TAKEN { Err(format!("`{TAKEN}` is where boards are made; choose another slug")) } else { Ok(slug) }
}

/// The slug that a board has where nobody chose one.
#[must_use]
pub fn slug_of(name: &str) -> String {
    let slug = values::slug_of(name, "board");
    if slug == TAKEN { format!("{TAKEN}-board") } else { slug }
}

/// What it says of itself, and who may look.
pub fn read(keys: &mut impl Keys, (about, visibility): (String, Visibility)) -> (String, Visibility) {
    let words = || Visibility::ALL.map(Visibility::word).to_vec();
    let visibility = keys.take(
        "visibility",
        visibility,
        Visibility::default(),
        values::one_of("visibility", words(), |word| word.parse().ok()),
    );
    (keys.take("about", about, String::new(), values::note), visibility)
}

/// One of its entries; `known` gives a provider that somebody named its slug, or says what to do.
pub fn entry(keys: &mut impl Keys, known: impl Fn(&str) -> Result<String, String>) -> Entry {
    let mut given = false;
    let provider = keys.take("provider", String::new(), String::new(), |raw| {
        given = true;
        known(&values::text(raw)?)
    });
    if !given {
        keys.wrong("provider", "is missing: which provider?");
    }
    Entry {
        provider,
        components: keys.take("components", Vec::new(), Vec::new(), values::components),
        section: keys.take("section", String::new(), String::new(), heading),
    }
}

/// The place of the first entry that says the same as one before it.
#[must_use]
pub fn repeated(entries: &[Entry]) -> Option<usize> {
    let same = |(place, one): &(usize, &Entry)| {
        let before = entries.iter().take(*place);
        before.into_iter().any(|other| other.provider == one.provider && other.components == one.components)
    };
    entries.iter().enumerate().find(same).map(|(place, _)| place)
}

fn heading(raw: Raw) -> Result<String, String> {
    let heading = values::note(raw)?;
    let fits = heading.chars().count() <= SECTION_CHARS;
    if fits { Ok(heading) } else { Err(format!("must have at most {SECTION_CHARS} characters")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_boards() {
        for (name, slug) in [("Build & deploy", "build-deploy"), ("New", "new-board"), ("日本", "board"), ("", "board")]
        {
            assert_eq!(slug_of(name), slug, "{name}");
        }
        assert!(slug(Raw::Text("new".into())).unwrap_err().contains("choose another"));
        assert_eq!(slug(Raw::Text("news".into())), Ok("news".to_owned()));
    }

    #[test]
    fn the_same_twice_is_found() {
        let part = Entry { components: vec!["API".to_owned()], ..Entry::all_of("github") };
        let other_heading = Entry { section: "Build".to_owned(), ..part.clone() };
        assert_eq!(repeated(&[Entry::all_of("github"), part.clone(), Entry::all_of("stripe")]), None);
        assert_eq!(repeated(&[Entry::all_of("github"), part, other_heading]), Some(2));
    }
}
