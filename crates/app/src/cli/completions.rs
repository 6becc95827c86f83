//! `tocsin completions`: a completion script for a shell.

use clap::CommandFactory;

#[derive(clap::Args, Debug)]
pub struct Args {
    shell: clap_complete::Shell,
}

pub fn run(args: &Args) -> u8 {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::Cli::command(), "tocsin", &mut script);
    super::print_line(String::from_utf8_lossy(&script).trim_end());
    super::OK
}
