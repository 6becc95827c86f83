//! The E-model against the figures that ITU-T publishes.

use proptest::prelude::*;
use tocsin_media::emodel::{Codec, Connection, mos};

/// G.107 §7.7: the default values give 93.2, and Annex B makes 4.41 of it.
#[test]
fn the_defaults_give_the_recommendations_own_rating() {
    let rating = Connection::default().rating();
    assert_eq!(format!("{rating:.1} {:.2}", mos(rating)), "93.2 4.41");
}

/// G.107 Annex B, Table B.1: the lower limits of its classes.
#[test]
fn opinions_are_those_of_annex_b() {
    for (rating, opinion) in [(90.0, 4.34), (80.0, 4.03), (70.0, 3.60), (60.0, 3.10), (50.0, 2.58)] {
        assert!((mos(rating) - opinion).abs() < 0.0101, "{rating}: {}", mos(rating));
    }
    assert_eq!((mos(-5.0), mos(0.0), mos(3.0), mos(100.0), mos(120.0)), (1.0, 1.0, 1.0, 4.5, 4.5));
}

/// G.114's curve of R over delay without echo, read to a point: nearly flat to 150 ms, 70 near 400.
#[test]
fn delay_costs_what_g_114_says() {
    let rows = [(0.0, 93.2), (100.0, 93.2), (150.0, 93.0), (200.0, 90.2), (250.0, 84.3), (300.0, 78.5), (400.0, 69.1)];
    for (delay, rating) in rows {
        let got = Connection { delay, ..Connection::default() }.rating();
        assert!((got - rating).abs() < 0.1, "{delay} ms: {got}");
    }
    // With the usual echo of 65 dB on top, 400 ms leave few satisfied.
    let echoing = Connection::measured(400.0, 0.0, 1.0).rating();
    assert!((60.0..65.0).contains(&echoing), "{echoing}");
}

/// Echo: G.131's rule of thumb that 25 ms without an echo canceller (TELR about 33 dB and less) are too much.
#[test]
fn an_echo_costs_more_the_later_it_comes() {
    let with = |talker_echo, echo_delay| Connection { talker_echo, echo_delay, ..Connection::default() }.rating();
    assert!(with(65.0, 25.0) > 90.0);
    assert!(with(35.0, 25.0) < 85.0 && with(35.0, 25.0) > with(35.0, 50.0));
    assert!(with(25.0, 100.0) < 50.0);
}

/// G.113 Appendix I: what random loss costs G.711 with gaps filled in, as measured; the formula is a fit to it.
#[test]
fn loss_costs_what_g_113_says() {
    let rows =
        [(1.0, 5.0), (2.0, 7.0), (3.0, 10.0), (5.0, 15.0), (7.0, 20.0), (10.0, 25.0), (15.0, 35.0), (20.0, 45.0)];
    for (lost, impairment) in rows {
        let cost = Connection::default().rating() - Connection { lost, ..Connection::default() }.rating();
        assert!((cost - impairment).abs() < 3.0, "{lost} %: {cost}");
    }
    let bare = Connection { lost: 1.0, codec: Codec::G711_BARE, ..Connection::default() };
    assert!((Connection::default().rating() - bare.rating() - 95.0 / 5.3).abs() < 1e-9);
}

/// Every part of the sum, against a second calculation with the Recommendation's formulas, made apart from this one.
#[test]
fn every_part_is_as_the_formulas_say() {
    let fine = Connection::default();
    let many = Connection {
        echo_delay: 120.0,
        delay: 180.0,
        round_trip: 240.0,
        lost: 3.0,
        quantising: 2.0,
        receive_room: 50.0,
        ..fine
    };
    let rows = [
        ("the defaults", fine, 93.2062),
        ("four codecs in a row", Connection { quantising: 4.0, ..fine }, 88.2031),
        ("ten codecs in a row", Connection { quantising: 10.0, ..fine }, 74.9490),
        ("a loud room", Connection { receive_room: 60.0, ..fine }, 80.4433),
        ("a loud room at the other end", Connection { send_room: 65.0, ..fine }, 62.1259),
        ("a noisy line", Connection { circuit_noise: -50.0, ..fine }, 76.3508),
        ("a faint line", Connection { send_loudness: 18.0, ..fine }, 78.8539),
        ("a loud line", Connection { send_loudness: -5.0, receive_loudness: -5.0, ..fine }, 68.0656),
        ("hearing oneself too much", Connection { sidetone: 2.0, ..fine }, 83.0766),
        ("a hollow line", Connection { listener_echo: 15.0, round_trip: 40.0, ..fine }, 78.4991),
        ("an echo", Connection { talker_echo: 45.0, echo_delay: 50.0, ..fine }, 82.8277),
        (
            "another codec, and losses in bursts",
            Connection { codec: Codec { impairment: 11.0, robustness: 19.0 }, lost: 2.0, bursts: 2.0, ..fine },
            73.8062,
        ),
        ("much at once", many, 75.5999),
    ];
    for (name, connection, rating) in rows {
        assert!((connection.rating() - rating).abs() < 1e-3, "{name}: {}", connection.rating());
    }
    assert!((Connection { advantage: 10.0, ..many }.rating() - 85.5999).abs() < 1e-3);
}

proptest! {
    #![proptest_config(crate::config(256))]

    #[test]
    fn worse_is_never_better(delay in 0.0..900.0_f64, lost in 0.0..60.0_f64, bursts in 1.0..8.0_f64, more in 0.0..50.0_f64) {
        let rating = Connection::measured(delay, lost, bursts).rating();
        prop_assert!((0.0..=100.0).contains(&rating));
        prop_assert!(Connection::measured(delay + more, lost, bursts).rating() <= rating + 1e-9);
        prop_assert!(Connection::measured(delay, lost + more, bursts).rating() <= rating + 1e-9);
        prop_assert!(Connection::measured(delay, lost, bursts + more).rating() <= rating + 1e-9);
        prop_assert!(mos(rating) >= 1.0 && mos(rating) <= 4.5);
    }

    #[test]
    fn better_ratings_are_better_opinions(rating in 0.0..100.0_f64, more in 0.0..20.0_f64) {
        prop_assert!(mos(rating + more) >= mos(rating));
    }

    #[test]
    fn any_connection_has_a_rating(delay in proptest::num::f64::ANY, lost in proptest::num::f64::ANY, bursts in proptest::num::f64::ANY) {
        let rating = Connection::measured(delay, lost, bursts).rating();
        prop_assert!((0.0..=100.0).contains(&rating), "{rating}");
    }
}
