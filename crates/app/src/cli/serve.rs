//! `tocsin serve`: the service.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::config::Flags;
use crate::{server, telemetry};

#[derive(clap::Args, Debug)]
pub struct Args {
    /// Configuration file (TOML).
    #[arg(long, env = "TOCSIN_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Directory for the database and the key file [default: data].
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Address to listen on [default: 127.0.0.1:8400].
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
}

pub fn run(args: Args) -> u8 {
    let flags = Flags { config: args.config, data: args.data, listen: args.listen };
    let config = match super::load(&flags) {
        Ok(config) => config,
        Err(code) => return code,
    };
    telemetry::logs();
    match super::block_on(server::run(config)) {
        Ok(Ok(())) => super::OK,
        Ok(Err(error)) => {
            super::fail(if server::is_configuration(&error) { super::USAGE } else { 1 }, &sentence(&error))
        }
        Err(code) => code,
    }
}

/// An error with what caused it; many repeat their cause already.
fn sentence(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |said, cause| match said.as_str() {
        "" => cause,
        before if before.contains(&cause) => said,
        before => format!("{before}: {cause}"),
    })
}
