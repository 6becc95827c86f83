//! Jira Service Management's alerts, which follow Opsgenie.

use super::{Alerts, KEY, PRIORITIES, TAGS};
use crate::Setting;

pub(crate) static CHANNEL: Alerts = Alerts {
    settings: &[
        KEY,
        Setting {
            key: "url",
            required: false,
            secret: false,
            list: false,
            help: "leave it out: it is https://api.atlassian.com, unless a gateway of yours stands in between.",
        },
        PRIORITIES,
        TAGS,
    ],
    usual: "https://api.atlassian.com",
    path: "/jsm/ops/integration/v2/alerts",
    hosts: &["api.atlassian.com"],
    hint: "`url` is no address of Atlassian's API: leave it out",
};
