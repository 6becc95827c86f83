//! How fast a reader is: `cargo run --release -p tocsin-platforms --example speed -- statuspage summary.json [KEY]`.
//! Prints megabytes of body per CPU second for recognising, reading, and a whole poll of one changed answer, and for the
//! same bytes as a `serde_json::Value`: the limit that a reader is held against.

use std::hint::black_box;

use tocsin_domain::{Answer, HttpAnswer, Timestamp};
use tocsin_platforms::{Answered, Memory, PageAddress, Payload, Platform, Turn};

/// User and system seconds of this process so far (Linux).
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|nanos| nanos.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

fn rate(what: &str, bytes: usize, mut once: impl FnMut()) {
    let began = cpu_seconds();
    let mut turns = 0_u32;
    while cpu_seconds() - began < 1.0 {
        for _ in 0..50 {
            once();
        }
        turns += 50;
    }
    let seconds = cpu_seconds() - began;
    let each = seconds / f64::from(turns);
    println!("{what:10} {:7.1} MB per CPU second, {:6.1} µs a body", bytes as f64 / each / 1e6, each * 1e6);
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let platform = arguments.next().and_then(|name| Platform::named(&name));
    let (Some(platform), Some(file)) = (platform, arguments.next()) else {
        eprintln!("Name a platform and a file: speed statuspage summary.json");
        std::process::exit(2);
    };
    let bytes = std::fs::read(&file).unwrap_or_default();
    let size = bytes.len();
    let now = Timestamp::from_second(1_772_366_400);
    let key = arguments.next().unwrap_or_else(|| "summary".to_owned());
    let payload = Payload { key, bytes, ..Payload::default() };
    let reader = platform.reader();
    println!("{file}: {size} bytes");
    rate("Value", size, || drop(black_box(serde_json::from_slice::<serde_json::Value>(black_box(&payload.bytes)))));
    rate("recognise", size, || drop(black_box(reader.recognise(black_box(&payload)))));
    rate("read", size, || drop(black_box(reader.read(black_box(std::slice::from_ref(&payload)), now))));
    let page = PageAddress { url: "https://status.example.com/".parse().expect("an address") };
    let memory = Memory::default();
    let ask = reader.begin(&page, &memory, now).swap_remove(0);
    let body = HttpAnswer { status: 200, body: payload.bytes.clone(), url: ask.url.clone(), ..HttpAnswer::default() };
    let answers = vec![Answered { ask, answer: Answer::Http(body) }];
    let known = match reader.next(&page, &memory, &answers, now) {
        Turn::More { .. } => Memory::default(),
        Turn::Done { memory, .. } => memory,
    };
    rate("poll", size, || drop(black_box(reader.next(&page, black_box(&known), black_box(&answers), now))));
}
