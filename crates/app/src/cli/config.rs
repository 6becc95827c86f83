//! `tocsin config check`: every mistake at once.

use std::path::PathBuf;

use crate::net::Net;
use crate::{app, foresight};

#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// Report every mistake in a configuration file, with line and hint.
    Check {
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

pub fn run(command: &Command) -> u8 {
    let Command::Check { file } = command;
    match super::configured(Some(file.clone())) {
        Ok(config) => {
            let declared = &config.declared;
            let counts = [
                (declared.providers.len(), "provider"),
                (declared.monitors.len(), "monitor"),
                (declared.groups.len(), "group"),
                (declared.channels.len(), "channel"),
                (config.checks.len(), "check"),
            ];
            // Most have no checks: nobody has to read that.
            let counts = counts.iter().filter(|(count, word)| *count > 0 || *word != "check");
            let parts: Vec<String> =
                counts.map(|(count, word)| format!("{count} {word}{}", if *count == 1 { "" } else { "s" })).collect();
            let net = match Net::new(app::net_config(&config)) {
                Ok(net) => net,
                Err(error) => return super::fail(super::USAGE, &error.to_string()),
            };
            for refusal in foresight::refusals(declared, &net) {
                eprintln!("tocsin: note: {refusal}");
            }
            super::print_line(&format!("{}: no mistakes; {}", file.display(), parts.join(", ")));
            super::OK
        }
        Err(code) => code,
    }
}
