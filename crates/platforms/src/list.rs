//! The one list of platforms. Adding one: a file, a word here, a case.

use crate::Reader;

macro_rules! platforms {
    ($($module:ident => $variant:ident = $name:literal, $title:literal;)+) => {
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

platforms! {
    statuspage => Statuspage = "statuspage", "Atlassian Statuspage";
    incidentio => IncidentIo = "incidentio", "incident.io";
    instatus => Instatus = "instatus", "Instatus";
    cachet => Cachet = "cachet", "Cachet";
    aws => Aws = "aws", "AWS Health";
    feed => Feed = "feed", "RSS or Atom feed";
}
