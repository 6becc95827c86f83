//! `tocsin read`: payload files of one page become one Reading.

use std::io::Read;
use std::path::{Path, PathBuf};

use tocsin_domain::{Problem, Reading, Timestamp};
use tocsin_platforms::{Described, Payload, Platform, detect, reader_for};

use crate::clock;
use crate::config::{Mistakes, describe, did_you_mean};

#[derive(clap::Args, Debug)]
pub struct Args {
    /// Name of the platform; found out from the bytes when not given.
    #[arg(long, value_name = "NAME")]
    platform: Option<String>,
    /// How the page is described, for `--platform json` and `html`: a TOML file.
    #[arg(long, value_name = "FILE", requires = "platform")]
    describe: Option<PathBuf>,
    /// Address of the page the payloads came from.
    #[arg(long, value_name = "URL")]
    page: Option<url::Url>,
    /// When they were captured, RFC 3339 [default: now].
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// Payload files of one page; `-` is stdin.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

pub fn run(args: &Args) -> u8 {
    let named = match args.platform.as_deref().map(platform).transpose() {
        Ok(named) => named,
        Err(sentence) => return super::fail(super::USAGE, &sentence),
    };
    let payloads = match args.files.iter().map(|file| payload(file)).collect::<Result<Vec<_>, _>>() {
        Ok(payloads) => payloads,
        Err(sentence) => return super::fail(super::USAGE, &sentence),
    };
    let described = match args.describe.as_deref().zip(named).map(|(file, platform)| description(file, platform)) {
        None => None,
        Some(Ok(described)) => Some(described),
        Some(Err(sentence)) => return super::fail(super::USAGE, &sentence),
    };
    let mut reading = reading(named, described.as_ref(), &payloads, args.at.unwrap_or_else(clock::now));
    if reading.page.url.is_none() {
        reading.page.url = args.page.as_ref().map(url::Url::to_string);
    }
    super::print_json(&reading);
    if is_recognised(&reading) { super::OK } else { 3 }
}

/// The platform of that name.
///
/// # Errors
/// One sentence with the nearest name.
pub fn platform(name: &str) -> Result<Platform, String> {
    let known = || tocsin_platforms::ALL.iter().map(|platform| platform.name());
    Platform::named(name).ok_or_else(|| {
        let near = did_you_mean(name, known());
        let hint = if near.is_empty() { format!("; there are {}", crate::config::listed(known())) } else { near };
        format!("there is no platform `{name}`{hint}")
    })
}

/// A description out of a file, or every mistake in it.
fn description(file: &Path, platform: Platform) -> Result<Described, String> {
    let source =
        std::fs::read_to_string(file).map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
    describe::parse(&source, platform)
        .map_err(|all| format!("the description does not fit:\n{}", Mistakes { file: file.display().to_string(), all }))
}

/// A file does not say which surface it was: its bytes must.
fn payload(file: &Path) -> Result<Payload, String> {
    let read = if file == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(file)
    };
    let bytes = read.map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
    Ok(Payload { bytes, ..Payload::default() })
}

/// One Reading of payloads; of an unknown platform where nobody recognises them.
#[must_use]
pub fn reading(
    named: Option<Platform>,
    described: Option<&Described>,
    payloads: &[Payload],
    now: Timestamp,
) -> Reading {
    let found = named.or_else(|| detect::of_payloads(payloads).map(|(platform, _)| platform));
    let Some(platform) = found else {
        let came = payloads
            .first()
            .map(|payload| tocsin_platforms::kit::decode::text(payload).into_owned())
            .unwrap_or_default();
        let what = tocsin_platforms::kit::decode::describe(&came);
        return Reading::unrecognised(Problem::new(
            "not_recognised",
            "",
            format!("No platform recognises this: it is {what}."),
        ));
    };
    reader_for(platform, described).read(payloads, now)
}

/// Something was read: a platform is named in the reading.
#[must_use]
pub fn is_recognised(reading: &Reading) -> bool {
    reading.platform.is_some()
}
