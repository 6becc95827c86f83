//! Pages of those who hear without an account.

use tocsin_domain::ProviderRef;
use tocsin_pages::form::Wrong;
use tocsin_pages::subscribe::{Facts, News, Step, render_step};
use tocsin_pages::subscribers;
use uuid::Uuid;

use super::world;

fn kustomer() -> News {
    News::Provider(ProviderRef { slug: "kustomer".to_owned(), name: "Kustomer".to_owned() })
}

/// For a guest who was given its link.
pub fn board() -> Facts {
    let news = News::Board { slug: "build".to_owned(), name: "Build & deploy".to_owned(), key: "k-3y_".to_owned() };
    Facts { news, ..ways() }
}

pub fn ways() -> Facts {
    Facts {
        chrome: world::chrome(),
        news: kustomer(),
        mail: true,
        key: Some("BNbxGYNMhEIi9zrneh7mqV4oUanjLUK3m-mYZBc62frMKrEoMk88r3Lk596T0ck9xlT0-BQtwSOaMFLzAuXQ0yw".to_owned()),
        email: String::new(),
        url: String::new(),
        wrong: Vec::new(),
    }
}

pub fn refused() -> Facts {
    let text = "127.0.0.1 is not a public address.".to_owned();
    Facts {
        mail: false,
        key: None,
        url: "http://127.0.0.1/<hook>".to_owned(),
        wrong: vec![Wrong { field: "url".to_owned(), text }],
        ..ways()
    }
}

fn step(step: &Step) -> String {
    render_step(&world::chrome(), Some(&kustomer()), step)
}

pub fn to_confirm() -> String {
    step(&Step::Confirm { address: "ada@harbour.example".to_owned(), action: "/subscribe/3f9c.x".to_owned() })
}

pub fn made() -> String {
    step(&Step::Made {
        address: "hooks.harbour.example".to_owned(),
        secret: "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=".to_owned(),
        leave: "/unsubscribe/3f9c.x".to_owned(),
    })
}

pub fn list() -> subscribers::Facts {
    let one = |number: u128, way: &str, address: &str, rests: &str| subscribers::Subscriber {
        id: Uuid::from_u128(number),
        news: if number == 1 { News::Gone } else { kustomer() },
        way: way.to_owned(),
        address: address.to_owned(),
        since: world::now().plus(-90_000),
        rests: rests.to_owned(),
    };
    subscribers::Facts {
        chrome: world::chrome(),
        open: true,
        counts: vec![(kustomer(), 2), (News::Gone, 1)],
        subscribers: vec![
            one(3, "E-mail", "ada@harbour.example", ""),
            one(2, "Browser (Web Push)", "fcm.googleapis.com", ""),
            one(
                1,
                "Webhook",
                "https://hooks.harbour.example/a/long/path/that/has/no/end?key=0197aaaa00007000",
                "Rests: the board was deleted.",
            ),
        ],
        next: Some(Uuid::from_u128(1)),
        leafed: true,
    }
}

pub fn nobody() -> subscribers::Facts {
    subscribers::Facts { open: false, counts: Vec::new(), subscribers: Vec::new(), next: None, leafed: false, ..list() }
}
