//! `tocsin detect`: which platforms an address could be.

use std::path::PathBuf;

use tocsin_platforms::PageAddress;

use crate::door::{self, Doors};
use crate::net::Net;
use crate::work::ask;

#[derive(clap::Args, Debug)]
pub struct Args {
    /// Address of a status page.
    url: String,
    /// Configuration file: its [net] says how to ask, and its providers what opens a page.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// For machines.
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> u8 {
    let config = match super::configured(args.config.clone()) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let written = if args.url.contains("://") { args.url.clone() } else { format!("https://{}", args.url) };
    let url = match url::Url::parse(&written) {
        Ok(url) if url.host_str().is_some() => url,
        _ => {
            return super::fail(
                super::USAGE,
                &format!("`{}` is not an address; write it like https://status.example.com", args.url),
            );
        }
    };
    let net = match Net::new(crate::app::net_config(&config)) {
        Ok(net) => net,
        Err(error) => return super::fail(super::USAGE, &error.to_string()),
    };
    let doors = Doors::default();
    doors.declare(door::at(&config.declared.providers, &url).map(|door| (written.clone(), door)));
    let keyed = doors.keyed(&net, &written, &url);
    match super::block_on(ask::detect(&keyed, &PageAddress { url: url.clone() })) {
        Ok(findings) => report(args, &findings),
        Err(code) => code,
    }
}

fn report(args: &Args, findings: &tocsin_platforms::detect::Findings) -> u8 {
    if args.json {
        super::print_json(&findings.candidates);
    } else {
        for candidate in &findings.candidates {
            super::print_line(&format!(
                "{} ({} %)  {}",
                candidate.platform.name(),
                candidate.confidence,
                candidate.page
            ));
            for seen in &candidate.evidence {
                super::print_line(&format!("  {seen}"));
            }
        }
    }
    if findings.best().is_some() {
        return super::OK;
    }
    super::fail(if findings.reachable() { 3 } else { 4 }, &findings.summary())
}
