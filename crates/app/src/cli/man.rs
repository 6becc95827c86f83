//! `tocsin man`: manual pages.

use std::path::{Path, PathBuf};

use clap::CommandFactory;

#[derive(clap::Args, Debug)]
pub struct Args {
    /// Write a page for every command into this directory instead of printing the main one.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub fn run(args: &Args) -> u8 {
    let done = match &args.dir {
        Some(dir) => write_all(dir),
        None => print(),
    };
    match done {
        Ok(()) => super::OK,
        Err(error) => super::fail(1, &format!("the manual could not be written: {error}")),
    }
}

fn write_all(dir: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(dir)?;
    clap_mangen::generate_to(super::Cli::command(), dir)
}

fn print() -> std::io::Result<()> {
    let mut page = Vec::new();
    clap_mangen::Man::new(super::Cli::command()).render(&mut page)?;
    super::print_line(String::from_utf8_lossy(&page).trim_end());
    Ok(())
}
