//! A board: a named page of some providers, for people to share.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::alert::Interest;

/// One provider on a board.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its slug.
    pub provider: String,
    /// Names, ids, globs or groups of components, as monitors have them; empty: everything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<String>,
    /// The heading under which it stands; empty: none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub section: String,
}

impl Entry {
    /// All of a provider, under no heading.
    #[must_use]
    pub fn all_of(provider: &str) -> Self {
        Self { provider: provider.to_owned(), ..Self::default() }
    }

    /// What of the provider it is about.
    #[must_use]
    pub fn interest(&self) -> Interest {
        Interest(self.components.clone())
    }
}

/// Who may look at a board.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// The team.
    #[default]
    Private,
    /// Whoever has its unguessable address.
    Link,
    /// Everybody who may read the instance.
    Public,
}

impl Visibility {
    pub const ALL: [Self; 3] = [Self::Private, Self::Link, Self::Public];

    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Link => "link",
            Self::Public => "public",
        }
    }
}

impl FromStr for Visibility {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|one| one.word() == word).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_as_short_as_it_can_be() {
        let all = Entry::all_of("github");
        assert_eq!(serde_json::to_string(&all).unwrap(), r#"{"provider":"github"}"#);
        assert_eq!(serde_json::from_str::<Entry>(r#"{"provider":"github"}"#).unwrap(), all);
        assert!(all.interest().is_all());
        for one in Visibility::ALL {
            assert_eq!(one.word().parse(), Ok(one));
            assert_eq!(serde_json::to_value(one).unwrap(), one.word());
        }
        assert_eq!("Private".parse::<Visibility>(), Err(()));
    }
}
