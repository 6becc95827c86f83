//! The one list of platforms. Adding one: a file, a line here, cases. docs/platforms.md is made from it.

use crate::Reader;

/// What a reader was held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Proof {
    /// Answers of real pages.
    Captures,
    /// The software itself, run here: something in it was broken and repaired.
    Software,
    /// Documentation and public code alone: what is unexpected is `unknown`.
    Documents,
}

impl Proof {
    /// For people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Captures => "real captures",
            Self::Software => "the real software, run here",
            Self::Documents => "documentation only (unproven)",
        }
    }
}

macro_rules! platforms {
    ($($module:ident => $variant:ident = $name:literal, $title:literal, $proof:ident, $reads:literal, $history:literal;)+) => {
        /// The software or home-made format behind a page.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Platform { $($variant,)+ }

        /// Every platform that can be read.
        pub const ALL: &[Platform] = &[$(Platform::$variant,)+];

        impl Platform {
            /// The contract's spelling: `statuspage`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// For people: "Atlassian Statuspage".
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)+ }
            }

            /// What the reader was held against.
            #[must_use]
            pub const fn proof(self) -> Proof {
                match self { $(Self::$variant => Proof::$proof,)+ }
            }

            /// Which surfaces are read, for people.
            #[must_use]
            pub const fn reads(self) -> &'static str {
                match self { $(Self::$variant => $reads,)+ }
            }

            /// How far back it reaches, for people.
            #[must_use]
            pub const fn history(self) -> &'static str {
                match self { $(Self::$variant => $history,)+ }
            }

            /// How to read it.
            #[must_use]
            pub fn reader(self) -> &'static dyn Reader {
                match self { $(Self::$variant => &crate::$module::READER,)+ }
            }

            /// The platform of that name.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                ALL.iter().copied().find(|platform| platform.name() == name)
            }
        }
    };
}

// Module, name in the code, the contract's spelling, for people, what it was held against, what is read, how far back.
platforms! {
    statuspage => Statuspage = "statuspage", "Atlassian Statuspage", Captures,
        "`api/v2` JSON, history feed, the page itself", "50 incidents, 50 maintenances";
    incidentio => IncidentIo = "incidentio", "incident.io", Captures,
        "native JSON, the page's data, `api/v2`, feed", "what the page lists, about 90 days";
    instatus => Instatus = "instatus", "Instatus", Captures,
        "`summary.json`, components, the page's data, history feed", "the feed's entries";
    cachet => Cachet = "cachet", "Cachet", Documents,
        "`api/v1` lists", "200 incidents";
    aws => Aws = "aws", "AWS Health", Captures,
        "current events, history, `all.rss`, the old `data.json`", "a year, with the history";
    googlecloud => GoogleCloud = "googlecloud", "Google Cloud", Captures,
        "`incidents.json`", "about a year";
    json => Json = "json", "JSON, as described", Captures,
        "what a description names by JSONPath", "what the page lists";
    html => Html = "html", "Web page, as described", Captures,
        "what a description names by CSS selector", "what the page lists";
    feed => Feed = "feed", "RSS or Atom feed", Captures,
        "any RSS or Atom feed of incidents", "the feed's entries";
}
