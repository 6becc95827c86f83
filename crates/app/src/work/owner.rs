//! Owner: that a channel was given up is told through another one, never through the broken one.

use tocsin_channels::Kind;
use tocsin_domain::event::ChannelNews;
use tocsin_domain::{Event, EventKind, ProviderRef, Subject};
use tocsin_store::{ChannelRow, DueDelivery, OutboxRow, StoreError};
use tracing::{info, warn};
use uuid::Uuid;

use super::compose::{self, Desk, Telling};
use crate::app::App;
use crate::clock;
use crate::directory::Directory;
use crate::setup::channels;

/// What the owner's mailbox is called where channels are named.
const NAME: &str = "the owner";

/// Tells of a channel that was given up: the owner by mail where there is a mail server, else whoever another channel
/// reaches. Where mail itself is what broke, the other channels come first.
///
/// # Errors
/// If the store cannot be read or written.
pub async fn tell(app: &App, broken: &ChannelRow, why: &str) -> Result<(), StoreError> {
    let directory = app.directory();
    let mailbox = mailbox(app, broken).await?;
    let mut ways = others(&directory, broken);
    if broken.kind == Kind::Email.name() {
        ways.extend(mailbox);
    } else {
        ways.splice(0..0, mailbox);
    }
    let sequence = app.store.reserve(1).await?;
    for way in ways {
        let rows = messages(app, &directory, broken, why, &way, sequence);
        if !rows.is_empty() {
            app.store.enqueue(&rows).await?;
            app.outbox_grew.notify_one();
            info!(channel = broken.name, through = way.name, "told of the disabled channel");
            return Ok(());
        }
    }
    warn!(
        channel = broken.name,
        "nobody could be told of the disabled channel: there is neither a mail server with an owner nor another channel"
    );
    Ok(())
}

/// The owner's mailbox as a channel, where there are an owner and a mail server.
async fn mailbox(app: &App, broken: &ChannelRow) -> Result<Option<ChannelRow>, StoreError> {
    if app.config.net.smtp_url.is_none() {
        return Ok(None);
    }
    let address = app.store.owner_address(broken.team).await?;
    Ok(address.map(|address| mail_to(broken.team, &address)))
}

fn mail_to(team: Uuid, address: &str) -> ChannelRow {
    ChannelRow {
        id: Uuid::nil(),
        team,
        name: NAME.to_owned(),
        kind: Kind::Email.name().to_owned(),
        settings: serde_json::json!({ "to": [address] }),
        declared: false,
        disabled: None,
    }
}

/// The channel of a mail that waits in the outbox and belongs to no channel of the team: to the owner, or to somebody who
/// is asked to confirm an address.
#[must_use]
pub fn mail_channel(delivery: &DueDelivery) -> ChannelRow {
    ChannelRow { name: delivery.channel_name.clone(), ..mail_to(delivery.team, &delivery.recipient) }
}

/// What stands for a channel that was deleted.
#[must_use]
pub fn nobody(delivery: &DueDelivery) -> ChannelRow {
    ChannelRow {
        id: delivery.channel,
        team: delivery.team,
        name: delivery.channel_name.clone(),
        kind: delivery.kind.clone(),
        settings: serde_json::Value::Null,
        declared: false,
        disabled: None,
    }
}

/// Other channels of the team that work: those of the same groups first, people before programs.
fn others(directory: &Directory, broken: &ChannelRow) -> Vec<ChannelRow> {
    let beside = |channel: &ChannelRow| {
        directory.groups().any(|group| group.channels.contains(&broken.id) && group.channels.contains(&channel.id))
    };
    let is_machine = |channel: &ChannelRow| Kind::named(&channel.kind).is_none_or(|kind| kind.channel().is_machine());
    let works =
        |channel: &&ChannelRow| channel.team == broken.team && channel.id != broken.id && channel.disabled.is_none();
    let mut others: Vec<ChannelRow> = directory.channels().filter(works).cloned().collect();
    others.sort_by_key(|channel| (!beside(channel), is_machine(channel), channel.name.clone()));
    others
}

fn messages(
    app: &App,
    directory: &Directory,
    broken: &ChannelRow,
    why: &str,
    way: &ChannelRow,
    sequence: i64,
) -> Vec<OutboxRow> {
    let now = clock::now();
    let kind = Kind::named(&broken.kind).map_or_else(|| broken.kind.clone(), |kind| kind.title().to_owned());
    let news = ChannelNews {
        id: broken.id,
        name: broken.name.clone(),
        kind,
        why: why.to_owned(),
        groups: channels::users(directory, broken.id),
    };
    let key = format!("{} {}", broken.id, clock::now_ms());
    let event = Event::new("channel", &key, vec![EventKind::ChannelDisabled], now, Subject::Channel(news));
    let text = format!("The channel {} cannot say it itself, and somebody should know.", broken.name);
    let desk = Desk::new(app, directory);
    let provider = ProviderRef { slug: "tocsin".to_owned(), name: "Tocsin".to_owned() };
    let telling = Telling {
        provider: &provider,
        page: Uuid::nil(),
        event: &event,
        channel: way,
        monitor_components: &[],
        reason: &text,
        first: true,
        sequence,
        only_page: None,
    };
    let rows = compose::messages(&desk, &telling);
    rows.into_iter().filter(|row| !row.suppressed).collect()
}
