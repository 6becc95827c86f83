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
    /// Try it: a simulated world with forty vendors, played here, without a network. Nothing of it is kept.
    #[arg(long)]
    demo: bool,
}

pub fn run(args: Args) -> u8 {
    if args.demo {
        return demo(&args);
    }
    let flags = Flags { config: args.config, data: args.data, listen: args.listen };
    let config = match super::load(&flags) {
        Ok(config) => config,
        Err(code) => return code,
    };
    telemetry::logs();
    ended(super::block_on(server::run(config, None)))
}

fn demo(args: &Args) -> u8 {
    if args.config.is_some() || args.data.is_some() {
        let sentence = "--demo has a configuration and a store of its own, so that it touches nothing of yours: leave \
                        out --config (and TOCSIN_CONFIG) and --data";
        return super::fail(super::USAGE, sentence);
    }
    telemetry::logs();
    let listen = args.listen;
    ended(super::block_on(async move {
        let (demo, config) = crate::demo::set_up(listen).await?;
        server::run(config, Some(demo)).await
    }))
}

fn ended(run: Result<anyhow::Result<()>, u8>) -> u8 {
    match run {
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
