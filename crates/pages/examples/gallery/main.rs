//! Writes every page with made-up vendors into a directory, to be looked at: `cargo run --example gallery -- DIR`.

mod more;
mod subscribing;
mod wild;
mod wished;
mod world;

use std::path::Path;

use tocsin_pages::{
    acknowledge, assets, calendar, dashboard, decisions, deliveries, incident, instead, message, mute, provider,
    providers, silences, subscribe, subscribers, unsubscribe,
};

fn main() -> std::io::Result<()> {
    let Some(directory) = std::env::args().nth(1) else {
        eprintln!("Name the directory to write into: cargo run --example gallery -- DIR");
        std::process::exit(2);
    };
    let directory = Path::new(&directory);
    std::fs::create_dir_all(directory.join("static"))?;
    for asset in assets::ALL {
        std::fs::write(directory.join(asset.path.trim_start_matches('/')), asset.bytes)?;
    }
    for (name, page) in pages() {
        std::fs::write(directory.join(format!("{name}.html")), page)?;
    }
    Ok(())
}

fn pages() -> Vec<(&'static str, String)> {
    let chrome = world::chrome;
    let asked = unsubscribe::Step::Ask {
        action: "/unsubscribe/3f9c".to_owned(),
        address: "oncall@harbour.example".to_owned(),
        from: unsubscribe::Whose::Channel("mail".to_owned()),
    };
    let from = unsubscribe::Whose::Channel("mail".to_owned());
    let done = unsubscribe::Step::Done { address: "oncall@harbour.example".to_owned(), from };
    vec![
        ("dashboard-0", dashboard::render(&world::dashboard(0))),
        ("dashboard-5", dashboard::render(&world::dashboard(5))),
        ("dashboard-25", dashboard::render(&world::dashboard(25))),
        ("dashboard-5000", dashboard::render(&world::dashboard(5_000))),
        ("provider", provider::render(&world::kustomer())),
        ("provider-large", provider::render(&world::large_provider())),
        ("provider-unwatched", provider::render(&world::unwatched())),
        ("providers", providers::render(&world::provider_list())),
        ("incident", incident::render(&world::kustomer_incident())),
        ("incident-open", incident::render(&world::open_incident())),
        ("wild-dashboard", dashboard::render(&wild::dashboard())),
        ("wild-provider", provider::render(&wild::provider())),
        ("wild-incident", incident::render(&wild::incident())),
        ("wild-incident-bare", incident::render(&wild::bare())),
        ("calendar", calendar::render(&more::calendar())),
        ("calendar-empty", calendar::render(&more::no_work())),
        ("deliveries", deliveries::render(&more::deliveries())),
        ("deliveries-none", deliveries::render(&more::nothing_sent())),
        ("decisions", decisions::render(&more::decisions())),
        ("dashboard-wished", dashboard::render(&wished::dashboard())),
        ("provider-wished", provider::render(&wished::provider())),
        ("incident-wished", incident::render(&wished::incident())),
        ("incident-mine", incident::render(&wished::to_do())),
        ("silences", silences::render(&wished::list())),
        ("silences-none", silences::render(&wished::nothing())),
        ("mute", mute::render(&wished::mute())),
        ("override", instead::render(&wished::instead())),
        ("acknowledge", acknowledge::render(&wished::link(false))),
        ("acknowledged", acknowledge::render(&wished::link(true))),
        ("not-found", message::render(&message::Facts::not_found(chrome()))),
        ("subscribe", subscribe::render(&subscribing::ways())),
        ("subscribe-board", subscribe::render(&subscribing::board())),
        ("subscribe-refused", subscribe::render(&subscribing::refused())),
        ("subscribe-confirm", subscribing::to_confirm()),
        ("subscribe-made", subscribing::made()),
        ("subscribers", subscribers::render(&subscribing::list())),
        ("subscribers-none", subscribers::render(&subscribing::nobody())),
        ("unsubscribe", unsubscribe::render(&unsubscribe::Facts { chrome: chrome(), step: asked })),
        ("unsubscribed", unsubscribe::render(&unsubscribe::Facts { chrome: chrome(), step: done })),
        (
            "unsubscribe-invalid",
            unsubscribe::render(&unsubscribe::Facts { chrome: chrome(), step: unsubscribe::Step::Invalid }),
        ),
    ]
}
