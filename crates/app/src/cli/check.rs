//! `tocsin check`: asks now and prints; made for deploy gates.

use std::path::PathBuf;

use serde::Serialize;
use tocsin_domain::alert::Interest;
use tocsin_domain::{Component, Health, Reading, Report};
use tocsin_platforms::{Done, PageAddress, Platform, Reader};
use url::Url;

use crate::clock;
use crate::config::{Config, did_you_mean};
use crate::directory::{Directory, Provider};
use crate::door::{self, Doors};
use crate::net::Net;
use crate::work::ask::{self, Fetch, Known};
use crate::{app, catalog, declare};

#[derive(clap::Args, Debug)]
pub struct Args {
    /// Slugs of providers, or addresses of status pages.
    #[arg(required = true, value_name = "PROVIDER_OR_URL")]
    providers: Vec<String>,
    /// Only these components: name, id, glob or group.
    #[arg(long = "component", value_name = "NAME")]
    components: Vec<String>,
    /// Configuration file: its providers and [net] count.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// For machines.
    #[arg(long)]
    json: bool,
}

/// What one provider says now.
#[derive(Debug, Serialize)]
struct Said {
    provider: String,
    health: Health,
    /// Why the health is `unknown`; `null` otherwise.
    reason: Option<String>,
    components: Vec<Component>,
    incidents: Vec<Report>,
}

pub fn run(args: &Args) -> u8 {
    let config = match super::configured(args.config.clone()) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let asked = match args.providers.iter().map(|wanted| find(&config, wanted)).collect::<Result<Vec<_>, _>>() {
        Ok(asked) => asked,
        Err(sentence) => return super::fail(super::USAGE, &sentence),
    };
    let net = match Net::new(app::net_config(&config)) {
        Ok(net) => net,
        Err(error) => return super::fail(super::USAGE, &error.to_string()),
    };
    let interest = Interest(args.components.clone());
    let doors = doors(&config, &asked);
    let all = super::block_on(futures_util::future::join_all(
        asked.iter().map(|provider| ask_one(&net, &doors, provider, &interest)),
    ));
    match all {
        Ok(all) => report(args, &all),
        Err(code) => code,
    }
}

/// The doors of what is declared; an address that was given by itself has the one of its origin.
fn doors(config: &Config, asked: &[Provider]) -> Doors {
    let declared = &config.declared.providers;
    let doors = Doors::default();
    doors.declare(declared.iter().filter_map(|one| Some((one.slug.clone(), one.door.clone()?))));
    let addresses = asked.iter().filter_map(|one| Some((one, Url::parse(&one.slug).ok()?)));
    doors.declare(addresses.filter_map(|(one, url)| Some((one.slug.clone(), door::at(declared, &url)?))));
    doors
}

fn find(config: &Config, wanted: &str) -> Result<Provider, String> {
    if wanted.contains("://") {
        let url = Url::parse(wanted).map_err(|error| format!("`{wanted}` is not an address: {error}"))?;
        return Ok(Provider {
            slug: wanted.to_owned(),
            name: url.host_str().unwrap_or(wanted).to_owned(),
            category: String::new(),
            homepage: None,
            page: url.to_string(),
            platform: None,
            interval_s: None,
            own: true,
            described: None,
        });
    }
    let directory = Directory::new(declare::setup(&config.declared, uuid::Uuid::nil()), Vec::new());
    directory.provider(wanted).ok_or_else(|| {
        let declared = config.declared.providers.iter().map(|provider| provider.slug.as_str());
        let near = did_you_mean(wanted, declared.chain(catalog::all().iter().map(|entry| entry.slug)));
        let hint = if near.is_empty() { "; search with `tocsin providers`, or give the page's address" } else { &near };
        format!("there is no provider `{wanted}`{hint}")
    })
}

async fn ask_one(net: &Net, doors: &Doors, provider: &Provider, interest: &Interest) -> Said {
    match read(net, doors, provider).await {
        Ok(reading) => narrowed(provider, reading, interest),
        Err(reason) => Said {
            provider: provider.slug.clone(),
            health: Health::Unknown,
            reason: Some(reason),
            components: Vec::new(),
            incidents: Vec::new(),
        },
    }
}

async fn read(net: &Net, doors: &Doors, provider: &Provider) -> Result<Reading, String> {
    let url = Url::parse(&provider.page).map_err(|error| format!("`{}` is not an address: {error}.", provider.page))?;
    let net = &doors.keyed(net, &provider.slug, &url);
    let address = PageAddress { url };
    if let Some(described) = &provider.described {
        return asked(net, &address, described.as_ref()).await;
    }
    if let Some(platform) = provider.platform.as_deref().and_then(Platform::named) {
        match asked(net, &address, platform.reader()).await {
            Ok(reading) => return Ok(reading),
            Err(reason) if provider.own => return Err(reason),
            // The catalogue may be behind: the page decides.
            Err(_) => {}
        }
    }
    let findings = ask::detect(net, &address).await;
    let best = findings.best().ok_or_else(|| findings.summary())?;
    let address = Url::parse(&best.page).map_or(address, |url| PageAddress { url });
    asked(net, &address, best.platform.reader()).await
}

async fn asked(net: &impl Fetch, address: &PageAddress, reader: &dyn Reader) -> Result<Reading, String> {
    match ask::page(net, address, reader, Known::default(), clock::now()).await.done {
        Done::Read(reading) => Ok(*reading),
        Done::Unchanged => Err("The page says that nothing changed, but not what it was.".to_owned()),
        Done::Unreadable { reason, .. } => Err(reason),
    }
}

/// What concerns the chosen components: their healths, and open incidents that name one of them or none at all.
fn narrowed(provider: &Provider, reading: Reading, interest: &Interest) -> Said {
    let open = reading.incidents.iter().filter(|report| !report.is_closed());
    let concerns = |report: &&Report| {
        interest.is_all()
            || report.components.is_empty()
            || interest.picks(&report.components, &reading.components).is_some()
    };
    let incidents: Vec<Report> = open.filter(concerns).cloned().collect();
    let all = interest.is_all();
    let components: Vec<Component> =
        reading.components.iter().filter(|component| interest.picks_component(component)).cloned().collect();
    let (health, reason) = if all {
        (reading.health, (reading.health == Health::Unknown).then(|| why_unknown(&reading)))
    } else if components.is_empty() {
        let names = interest.0.join(", ");
        (Health::Unknown, Some(format!("The page lists no component called {names}.")))
    } else {
        let impacts = incidents.iter().filter_map(|report| report.impact.and_then(tocsin_domain::Impact::health));
        (Health::worst(components.iter().map(|component| component.health).chain(impacts)).unwrap_or_default(), None)
    };
    Said { provider: provider.slug.clone(), health, reason, components, incidents }
}

fn why_unknown(reading: &Reading) -> String {
    reading
        .problems
        .first()
        .map_or_else(|| "The page does not say how it is.".to_owned(), |problem| problem.detail.clone())
}

fn report(args: &Args, all: &[Said]) -> u8 {
    if args.json {
        super::print_json(&all);
    } else {
        all.iter().for_each(print);
    }
    let affected = |said: &Said| matches!(said.health, Health::Degraded | Health::PartialOutage | Health::MajorOutage);
    if all.iter().any(affected) {
        1
    } else if all.iter().any(|said| said.health == Health::Unknown) {
        4
    } else {
        super::OK
    }
}

fn print(said: &Said) {
    let reason = said.reason.as_deref().map(|reason| format!("  {reason}")).unwrap_or_default();
    super::print_line(&format!("{}: {}{reason}", said.provider, said.health.label().to_lowercase()));
    for component in said.components.iter().filter(|component| component.health != Health::Operational) {
        let group: String = component.group.iter().map(|name| format!("{name} › ")).collect();
        super::print_line(&format!("  {group}{}: {}", component.name, component.health.label().to_lowercase()));
    }
    for incident in &said.incidents {
        let impact = incident.impact.map_or("impact not stated", tocsin_domain::Impact::label).to_lowercase();
        let stage = incident.stage.map_or("", tocsin_domain::Stage::label).to_lowercase();
        let link = incident.url.as_deref().unwrap_or_default();
        super::print_line(format!("  {} ({impact}, {stage}) {link}", incident.title).trim_end());
    }
}
