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

/// How long after its end an incident is read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Late {
    /// Each by itself, for 30 days.
    Each,
    /// What every poll reads reaches back 30 days at least.
    List,
    /// For as long as the page lists it.
    Listed,
    /// What ended is told nowhere.
    Nothing,
}

impl Late {
    /// For people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Each => "30 days, each by itself",
            Self::List => "30 days and more, with the list",
            Self::Listed => "while it is listed",
            Self::Nothing => "not: what ended is gone",
        }
    }
}

/// Vendors with a home-made page once, and what it is made with today.
const BECAME: [(&str, &str); 2] = [("miro", "incidentio"), ("shopify", "statuspage")];

macro_rules! platforms {
    ($($module:ident => $variant:ident = $name:literal, $title:literal, $proof:ident, $reads:literal, $history:literal, $late:ident;)+) => {
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

            /// How long what a page rewrites after an incident's end is seen.
            #[must_use]
            pub const fn late(self) -> Late {
                match self { $(Self::$variant => Late::$late,)+ }
            }

            /// How to read it.
            #[must_use]
            pub fn reader(self) -> &'static dyn Reader {
                match self { $(Self::$variant => &crate::$module::READER,)+ }
            }

            /// The platform of that name, or of the vendor's whose own page it became.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                let name = BECAME.iter().find(|(vendor, _)| *vendor == name).map_or(name, |(_, platform)| platform);
                ALL.iter().copied().find(|platform| platform.name() == name)
            }
        }
    };
}

// Module, name in the code, the contract's spelling, for people, what it was held against, what is read, how far back, how
// long after an end.
platforms! {
    statuspage => Statuspage = "statuspage", "Atlassian Statuspage", Captures,
        "`api/v2` JSON, history feed, the page itself", "a year, by its history pages", Each;
    incidentio => IncidentIo = "incidentio", "incident.io", Captures,
        "native JSON, the page's data, `api/v2`, feed", "what the page lists, about 90 days", Listed;
    instatus => Instatus = "instatus", "Instatus", Captures,
        "`summary.json`, components, the page's data, history feed", "the feed's entries", Listed;
    cachet => Cachet = "cachet", "Cachet", Documents,
        "lists below `api/v1`, version 3's below `api`", "200 incidents", List;
    aws => Aws = "aws", "AWS Health", Captures,
        "current events, history, `all.rss`, the old `data.json`", "a year, with the history", List;
    googlecloud => GoogleCloud = "googlecloud", "Google Cloud", Captures,
        "`incidents.json`", "about a year", List;
    json => Json = "json", "JSON, as described", Captures,
        "what a description names by JSONPath", "what the page lists", Listed;
    html => Html = "html", "Web page, as described", Captures,
        "what a description names by CSS selector", "what the page lists", Listed;
    betterstack => BetterStack = "betterstack", "Better Stack", Captures,
        "`index.json`", "the reports that the page lists", Listed;
    statusio => StatusIo = "statusio", "Status.io", Captures,
        "`1.0/status`", "open incidents and work only", Nothing;
    checkly => Checkly = "checkly", "Checkly", Captures,
        "`summary.json`, services, history feed", "the feed's entries", Listed;
    pagerduty => PagerDuty = "pagerduty", "PagerDuty status pages", Captures,
        "posts, services, and what their words mean", "85 days", List;
    lambstatus => LambStatus = "lambstatus", "LambStatus", Captures,
        "lists of components, incidents and work, history feed", "everything that ever was", Listed;
    githubissues => GitHubIssues = "githubissues", "GitHub issues", Captures,
        "issues of a repository and their comments", "a year, 50 issues at a time", Listed;
    upptime => Upptime = "upptime", "Upptime", Captures,
        "`summary.json` of a repository, its issues", "a year, 50 issues at a time", Listed;
    azure => Azure = "azure", "Microsoft Azure", Captures,
        "the status feed", "only what is open", Nothing;
    slack => Slack = "slack", "Slack", Captures,
        "`api/v2.0.0` JSON: current, history", "the history's events, months", List;
    heroku => Heroku = "heroku", "Heroku", Captures,
        "`api/v4` JSON: current status, incidents", "50 incidents", Listed;
    salesforce => Salesforce = "salesforce", "Salesforce Trust", Captures,
        "instances, incidents, maintenances of its API", "30 days", Listed;
    yandexcloud => YandexCloud = "yandexcloud", "Yandex Cloud", Captures,
        "`api` lists of services and incidents", "a year, 50 incidents at a time", Listed;
    stripe => Stripe = "stripe", "Stripe", Documents,
        "`current/full`", "none", Nothing;
    apple => Apple = "apple", "Apple System Status", Documents,
        "the file of services and events, for everybody or developers", "what it lists, about a day", Listed;
    xbox => Xbox = "xbox", "Xbox", Documents,
        "`servicestatusv6`, JSON or XML", "none", Nothing;
    playstation => PlayStation = "playstation", "PlayStation Network", Documents,
        "the statuses of three regions", "none", Nothing;
    riot => Riot = "riot", "Riot Games", Documents,
        "the files of games and regions", "none", Nothing;
    azuredevops => AzureDevOps = "azuredevops", "Azure DevOps", Documents,
        "`_apis/status/health`, the page's data", "none: the page lists no incident", Nothing;
    microsoft365 => Microsoft365 = "microsoft365", "Microsoft 365", Documents,
        "public posts; with a token Graph's overviews and issues", "30 days, with a token", Listed;
    oci => Oci = "oci", "Oracle Cloud Infrastructure", Documents,
        "`components.json`, `incident-summary.rss`", "the feed's entries", Listed;
    ibmcloud => IbmCloud = "ibmcloud", "IBM Cloud", Documents,
        "the feed of notifications", "the feed's entries", Listed;
    zendesk => Zendesk = "zendesk", "Zendesk", Documents,
        "active incidents, maintenances, history and services", "what the page's history lists", Listed;
    adobe => Adobe = "adobe", "Adobe", Documents,
        "`StatusEvents`, the registry of products", "40 days", List;
    paypal => PayPal = "paypal", "PayPal", Documents,
        "components of production, events", "none", Nothing;
    okta => Okta = "okta", "Okta", Documents,
        "the page's data", "what the page lists", Listed;
    statuspal => StatusPal = "statuspal", "StatusPal", Documents,
        "summary and incidents of its public API, the page itself", "the newest incidents", Listed;
    sorry => Sorry = "sorry", "Sorry", Documents,
        "status, components and notices of `api/v1`", "a year, page by page", Each;
    statuscast => StatusCast = "statuscast", "StatusCast", Documents,
        "the page itself, its list of open incidents", "none", Nothing;
    statushub => StatusHub = "statushub", "StatusHub", Documents,
        "the counters of `api/statuses`", "none", Nothing;
    hund => Hund = "hund", "Hund", Documents,
        "the feed of its issues", "the feed's entries", Listed;
    freshstatus => Freshstatus = "freshstatus", "Freshstatus", Documents,
        "components and incidents of its public API", "the newest incidents", Listed;
    statusiq => StatusIq = "statusiq", "Site24x7 StatusIQ", Documents,
        "the summary that the page itself reads", "what the summary lists", Listed;
    hyperping => Hyperping = "hyperping", "Hyperping", Documents,
        "`status.json`", "none", Nothing;
    ohdear => OhDear = "ohdear", "Oh Dear", Documents,
        "`json` below the page", "the days that it lists", Listed;
    uptimecom => UptimeCom = "uptimecom", "Uptime.com", Documents,
        "`ajax` and `history` below the page, the object in the page", "what the history lists", Listed;
    uptimerobot => UptimeRobot = "uptimerobot", "UptimeRobot", Documents,
        "the list of monitors", "none", Nothing;
    pingdom => Pingdom = "pingdom", "Pingdom", Documents,
        "the table of checks", "none", Nothing;
    statuscake => StatusCake = "statuscake", "StatusCake", Documents,
        "the public report", "none", Nothing;
    onlineornot => OnlineOrNot = "onlineornot", "OnlineOrNot", Documents,
        "the page's data", "what the page lists, about 30 days", Listed;
    rootly => Rootly = "rootly", "Rootly", Documents,
        "status and incidents of `api/v1`", "none", Nothing;
    uptimekuma => UptimeKuma = "uptimekuma", "Uptime Kuma", Software,
        "`api/status-page` JSON, heartbeats, incident history", "its incidents, newest first", Listed;
    cstate => CState = "cstate", "cState", Software,
        "`index.json`, the list of issues, the feed", "every issue that the page keeps", List;
    gatus => Gatus = "gatus", "Gatus", Software,
        "`api/v1` services, suites, announcements", "archived announcements", Listed;
    openstatus => OpenStatus = "openstatus", "OpenStatus", Software,
        "`feed/json`, `api/status/summary.json`", "every report", List;
    kener => Kener = "kener", "Kener", Software,
        "the page's data, services, notifications, incidents", "incidents of the last days, as the page shows them", Each;
    feed => Feed = "feed", "RSS or Atom feed", Captures,
        "any RSS or Atom feed of incidents", "the feed's entries", Listed;
}
