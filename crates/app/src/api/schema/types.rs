//! What answers are made of.

#![expect(dead_code, reason = "these types describe JSON; nothing is made of them")]

use serde_json::Value;
use utoipa::ToSchema;

use super::wishes::{Acknowledgement, Said};

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum Health {
    Operational,
    Degraded,
    PartialOutage,
    MajorOutage,
    Maintenance,
    Unknown,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum Impact {
    None,
    Minor,
    Major,
    Critical,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum Stage {
    Investigating,
    Identified,
    Monitoring,
    Resolved,
    Postmortem,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum MaintenanceStage {
    Scheduled,
    InProgress,
    Verifying,
    Completed,
    Cancelled,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum IncidentState {
    Open,
    Closed,
}

#[derive(ToSchema)]
pub struct Provider {
    slug: String,
    name: String,
    category: String,
    #[schema(required = true)]
    homepage: Option<String>,
    pages: Vec<Page>,
    health: Health,
    /// What its pages say: something else only where the team knows better.
    said: Health,
    #[schema(required = true, rename = "override")]
    overruled: Option<Said>,
    /// Beside an `unknown` health: what it was when it could still be read.
    #[schema(required = true)]
    last_known: Option<Health>,
    #[schema(required = true, format = DateTime)]
    read_at: Option<String>,
    components: Vec<Component>,
}

#[derive(ToSchema)]
pub struct Page {
    url: String,
    #[schema(required = true)]
    platform: Option<String>,
    readable: bool,
    /// Why it cannot be read.
    #[schema(required = true)]
    reason: Option<String>,
}

#[derive(ToSchema)]
pub struct Component {
    id: String,
    name: String,
    /// Names of the groups around it, outermost first.
    group: Vec<String>,
    health: Health,
    /// What the page says, where the team says something else.
    said: Option<Health>,
    #[schema(rename = "override")]
    overruled: Option<Said>,
}

#[derive(ToSchema)]
pub struct Incident {
    #[schema(format = Uuid)]
    id: String,
    /// Slug.
    provider: String,
    vendor_id: String,
    title: String,
    #[schema(required = true)]
    url: Option<String>,
    impact: Impact,
    stage: Stage,
    state: IncidentState,
    #[schema(required = true, format = DateTime)]
    started_at: Option<String>,
    #[schema(required = true, format = DateTime)]
    resolved_at: Option<String>,
    #[schema(format = DateTime)]
    first_seen_at: String,
    /// It was on the page when we first read it: `first_seen_at` is no detection.
    imported: bool,
    #[schema(required = true)]
    duration_s: Option<i64>,
    /// When the vendor promised its next word, as long as it is open and has said nothing since.
    #[schema(required = true, format = DateTime)]
    promised_at: Option<String>,
    /// It is five minutes late with that, or more.
    promise_broken: bool,
    components: Vec<ComponentRef>,
    updates: Vec<Update>,
    /// What else it said before, oldest first.
    edits: Vec<Edit>,
    /// Of very many edits the first and the latest are kept; how many were not.
    left_out: Option<u32>,
    /// Who takes care of it.
    #[schema(required = true)]
    acknowledged: Option<Acknowledgement>,
    candour: Candour,
}

/// Something an incident said of itself until it said something else.
#[derive(ToSchema)]
pub struct Edit {
    /// When we first saw what it says since.
    #[schema(format = DateTime)]
    seen_at: String,
    field: EditedField,
    /// As the field itself has it.
    before: serde_json::Value,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum EditedField {
    Title,
    Impact,
    StartedAt,
    ResolvedAt,
    Components,
}

#[derive(ToSchema)]
pub struct ComponentRef {
    /// Empty where the page gives only a name.
    id: String,
    name: String,
}

#[derive(ToSchema)]
pub struct Update {
    #[schema(required = true, format = DateTime)]
    at: Option<String>,
    #[schema(format = DateTime)]
    first_seen_at: String,
    #[schema(required = true)]
    stage: Option<Stage>,
    /// Markdown as the vendor wrote it.
    body: String,
    /// The same, sanitised.
    html: String,
    /// Earlier texts, oldest first.
    revisions: Vec<Revision>,
    /// Of very many earlier texts the first and the latest are kept; how many were not.
    left_out: Option<u32>,
    /// It bears a time at which we read the page and it was not there.
    backdated: bool,
    /// The page took it away: the first reading without it.
    #[schema(required = true, format = DateTime)]
    unlisted_since: Option<String>,
    #[schema(required = true)]
    promise: Option<Promise>,
}

/// A promise of a next word, and when that came (`null`: not yet).
#[derive(ToSchema)]
pub struct Promise {
    #[schema(format = DateTime)]
    by: String,
    #[schema(required = true, format = DateTime)]
    came_at: Option<String>,
    /// Seconds by which that was too late, or by which it is overdue; `null` within five minutes.
    #[schema(required = true)]
    late_s: Option<i64>,
}

#[derive(ToSchema)]
pub struct Revision {
    #[schema(format = DateTime)]
    seen_at: String,
    body: String,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum SpokeFirst {
    Push,
    Poll,
}

/// What our own records add to the vendor's word.
#[derive(ToSchema)]
pub struct Candour {
    /// Seconds from the vendor's first word to our first sight.
    #[schema(required = true)]
    detection_s: Option<i64>,
    /// `push`: word that the vendor sent made us look; `poll`: we found it; `null`: it was there before we looked.
    #[schema(required = true)]
    spoke_first: Option<SpokeFirst>,
    /// How often a text, the title, impact, a time or the components were changed later.
    edits: i64,
    /// Updates that bear a time at which we read the page and they were not there.
    backdated: i64,
    /// Updates that the page took away.
    removed: i64,
    /// How often the vendor said when its next word would come; the other: how often it was five minutes late or more.
    promises: i64,
    promises_broken: i64,
    /// The page never said that it ended; it only stopped listing it.
    end_inferred: bool,
    /// A vendor's example or test.
    sample: bool,
}

#[derive(ToSchema)]
pub struct Maintenance {
    #[schema(format = Uuid)]
    id: String,
    provider: String,
    vendor_id: String,
    title: String,
    #[schema(required = true)]
    url: Option<String>,
    stage: MaintenanceStage,
    #[schema(required = true, format = DateTime)]
    starts_at: Option<String>,
    #[schema(required = true, format = DateTime)]
    ends_at: Option<String>,
    #[schema(format = DateTime)]
    first_seen_at: String,
    imported: bool,
    components: Vec<ComponentRef>,
    updates: Vec<WorkUpdate>,
}

#[derive(ToSchema)]
pub struct WorkUpdate {
    #[schema(required = true, format = DateTime)]
    at: Option<String>,
    #[schema(required = true)]
    stage: Option<MaintenanceStage>,
    body: String,
    html: String,
}

#[derive(ToSchema)]
pub struct Monitor {
    #[schema(format = Uuid)]
    id: String,
    provider: String,
    components: Vec<String>,
    groups: Vec<String>,
    /// Neither polled for nor told of.
    paused: bool,
    tags: Vec<String>,
    /// It only keeps people aware: boards show it, nobody is told.
    aware: bool,
    /// It stands in a configuration file and can only be changed there.
    declared: bool,
}

#[derive(ToSchema)]
pub struct Group {
    #[schema(format = Uuid)]
    id: String,
    name: String,
    channels: Vec<String>,
    /// `null`: the defaults.
    #[schema(required = true)]
    events: Option<Vec<String>>,
    min_impact: Impact,
    /// Durations like `10m`.
    dwell: String,
    longer_than: String,
    /// Slugs or globs; empty: all.
    providers: Vec<String>,
    categories: Vec<String>,
    /// Of monitors.
    tags: Vec<String>,
    components: Vec<String>,
    /// Environments and regions that titles name.
    words: Vec<String>,
    maintenance: bool,
    /// `null`: all there are.
    #[schema(required = true)]
    reminders: Option<Vec<String>>,
    /// Spans like `22:00-07:00` or `mon-fri 09:00-17:30`.
    quiet_hours: Vec<String>,
    business_hours: Vec<String>,
    /// An impact, or `never`.
    break_quiet: String,
    #[schema(required = true)]
    digest: Option<Digesting>,
    #[schema(required = true)]
    repeat: Option<String>,
    /// Name of a group.
    #[schema(required = true)]
    escalate_to: Option<String>,
    #[schema(required = true)]
    escalate_after: Option<String>,
    /// It is told when a vendor does not keep its promise of a next update.
    promises: bool,
    /// Like `10 in 5m`, or `never`; `null`: as usual for each channel.
    #[schema(required = true)]
    storm: Option<String>,
    declared: bool,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum Digesting {
    Hourly,
    Daily,
    Weekly,
}

/// What a group would have been told.
#[derive(ToSchema)]
pub struct Rehearsal {
    days: i64,
    #[schema(format = DateTime)]
    since: String,
    /// How many monitors would tell it.
    monitors: i64,
    /// To all its channels together.
    messages: i64,
    /// Names of channels with their messages.
    by_channel: std::collections::BTreeMap<String, i64>,
    /// Event types with their messages.
    by_kind: std::collections::BTreeMap<String, i64>,
    /// Messages between 22:00 and 07:00 on the clock of the team.
    at_night: i64,
    events_told: i64,
    /// Codes of reasons with the events that nobody would have been told of.
    silent: std::collections::BTreeMap<String, i64>,
    /// What would still wait to be told.
    kept: i64,
    /// There was more than could be played: the numbers are too low.
    cut: bool,
    /// The newest 200 events.
    lines: Vec<RehearsalLine>,
}

#[derive(ToSchema)]
pub struct RehearsalLine {
    #[schema(format = DateTime)]
    at: String,
    /// A slug.
    provider: String,
    #[schema(required = true, format = Uuid)]
    incident: Option<String>,
    /// An event type.
    change: String,
    title: String,
    group: String,
    outcome: RehearsalOutcome,
    reason: RehearsalReason,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum RehearsalOutcome {
    Told,
    Later,
    Silent,
}

#[derive(ToSchema)]
pub struct RehearsalReason {
    code: String,
    text: String,
}

#[derive(ToSchema)]
pub struct Channel {
    #[schema(format = Uuid)]
    id: String,
    name: String,
    kind: String,
    /// Secrets are cut.
    settings: Value,
    declared: bool,
    #[schema(required = true)]
    disabled: Option<String>,
}

#[derive(ToSchema)]
pub struct Tested {
    outcome: Outcome,
    #[schema(required = true)]
    status: Option<i64>,
    latency_ms: i64,
    answer: String,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum Outcome {
    Delivered,
    RetryAfter,
    Retry,
    Ambiguous,
    RejectPayload,
    EndpointAuth,
    EndpointGone,
    Superseded,
    RootGone,
    RecipientGone,
    Changed,
}

#[derive(ToSchema)]
pub struct ResendBody {
    /// What was made at this time or later is sent again.
    #[schema(format = DateTime)]
    since: String,
}

#[derive(ToSchema)]
pub struct Resent {
    /// How many messages are on their way again.
    resent: i64,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum DeliveryState {
    Due,
    Sent,
    Failed,
    Dead,
    Suppressed,
}

#[derive(ToSchema)]
pub struct Delivery {
    #[schema(format = Uuid)]
    id: String,
    notice: Notice,
    channel: String,
    kind: String,
    #[schema(required = true)]
    recipient: Option<String>,
    state: DeliveryState,
    #[schema(required = true)]
    why: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    attempts: Vec<Attempt>,
    #[schema(format = Uuid)]
    webhook_id: String,
    #[schema(required = true, format = DateTime)]
    next_at: Option<String>,
}

#[derive(ToSchema)]
pub struct Notice {
    sequence: i64,
    #[schema(rename = "type")]
    kind: String,
    #[schema(required = true, format = Uuid)]
    incident: Option<String>,
    reason: String,
}

#[derive(ToSchema)]
pub struct Attempt {
    #[schema(format = DateTime)]
    at: String,
    outcome: Outcome,
    #[schema(required = true)]
    status: Option<i64>,
    latency_ms: i64,
    answer: String,
}

#[derive(ToSchema)]
pub struct Decision {
    #[schema(required = true, format = Uuid)]
    incident: Option<String>,
    change: String,
    #[schema(format = DateTime)]
    at: String,
    sequence: i64,
    #[schema(format = Uuid)]
    monitor: String,
    group: String,
    #[schema(required = true)]
    channel: Option<String>,
    told: bool,
    reason: Reason,
}

#[derive(ToSchema)]
pub struct Reason {
    code: String,
    text: String,
}

#[derive(ToSchema)]
pub struct Latency {
    detection: Quantiles,
    delivery: Quantiles,
}

#[derive(ToSchema)]
pub struct Quantiles {
    count: i64,
    #[schema(required = true)]
    p50_s: Option<f64>,
    #[schema(required = true)]
    p95_s: Option<f64>,
    #[schema(required = true)]
    p99_s: Option<f64>,
}

macro_rules! lists {
    ($($name:ident of $item:ident),+ $(,)?) => {$(
        #[derive(ToSchema)]
        pub struct $name {
            items: Vec<$item>,
            #[schema(required = true)]
            next_cursor: Option<String>,
        }
    )+};
}
lists! {
    Providers of Provider, Incidents of Incident, Maintenances of Maintenance, Monitors of Monitor, Groups of Group,
    Channels of Channel, Deliveries of Delivery, Decisions of Decision,
}
