//! `tocsin-voice call SIP-URI` checks that a telephone is answered and that both ends hear each other; `tocsin-voice
//! answer` is a far end for it.

mod cli;

fn main() -> std::process::ExitCode {
    cli::run()
}
