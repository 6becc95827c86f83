//! Two lines on this machine that call each other: what a desk does with a call, step by step.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tocsin_media::g711::Law;
use tocsin_sip::sdp::{Direction, Ours};
use tocsin_sip::{
    Account, Address, Call, DELAY, Event, Fault, Flow, Incoming, Invitation, Latch, Line, Packet, Party, Settings,
    Sound, Transport, Voice,
};

const SOON: Duration = Duration::from_secs(10);

fn here() -> SocketAddr {
    SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0)
}

async fn line(settings: Settings) -> (Line, Incoming, Address) {
    let (line, incoming) = Line::open(settings).await.unwrap();
    let (transport, at) = line.listening()[0];
    let address = Address {
        user: Some("desk".to_owned()),
        host: at.ip().to_string(),
        port: Some(at.port()),
        transport: Some(transport),
    };
    (line, incoming, address)
}

fn plain(transport: Transport) -> Settings {
    Settings::new(transport, here(), "tocsin/test")
}

async fn sound() -> (Arc<Sound>, Ours) {
    let sound = Arc::new(Sound::open(here().ip()).await.unwrap());
    let address = sound.address().unwrap();
    let ours = Ours { address, laws: Law::BOTH.to_vec(), direction: Direction::SendReceive, session: 1, version: 1 };
    (sound, ours)
}

fn invitation(to: &Address, ours: &Ours) -> Invitation {
    Invitation { to: to.clone(), from: None, name: None, account: None, ours: ours.clone(), transport: None }
}

/// What happens next, and `None` at the end: either comes soon.
async fn next(call: &mut Call) -> Option<Event> {
    tokio::time::timeout(SOON, call.next()).await.expect("something happens")
}

async fn come(incoming: &mut Incoming) -> Call {
    tokio::time::timeout(SOON, incoming.recv()).await.expect("a call comes").unwrap()
}

/// A call in which both ends talk, with what each calls its own.
struct Talk {
    caller: (Line, Call, Arc<Sound>),
    desk: (Line, Call, Arc<Sound>),
}

async fn talk(transport: Transport) -> Talk {
    let (ours, _, _) = line(plain(transport)).await;
    let (theirs, mut incoming, address) = line(plain(transport)).await;
    let (caller_sound, caller_says) = sound().await;
    let mut calling = ours.call(invitation(&address, &caller_says)).await.unwrap();
    let mut called = come(&mut incoming).await;
    assert_eq!(called.id(), calling.id());
    assert!(called.to().contains("desk@127.0.0.1"), "{}", called.to());
    called.ring();
    assert!(matches!(next(&mut calling).await, Some(Event::Provisional { code: 180, early: None })));
    let (desk_sound, desk_says) = sound().await;
    let agreed = called.answer(&desk_says).unwrap().unwrap();
    desk_sound.flow(Flow::of(&agreed, Latch::Always).await.unwrap());
    let Some(Event::Answered(Some(agreed))) = next(&mut calling).await else { panic!("it is answered") };
    assert_eq!(agreed.law, Law::Mu);
    caller_sound.flow(Flow::of(&agreed, Latch::Never).await.unwrap());
    assert!(matches!(next(&mut called).await, Some(Event::Acknowledged(None))));
    Talk { caller: (ours, calling, caller_sound), desk: (theirs, called, desk_sound) }
}

async fn nothing_is_left(lines: [&Line; 2]) {
    for line in lines {
        assert!(line.idle(SOON).await, "calls end");
        assert_eq!(line.dialogs(), 0);
    }
}

#[tokio::test]
async fn a_desk_holds_a_call_takes_it_up_again_and_hangs_up() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let Talk { caller: (ours, mut calling, _), desk: (theirs, mut called, _) } = talk(transport).await;
        let (desk, caller) = (called.remote(), calling.remote());
        let (held, told) = tokio::join!(desk.hold(true), next(&mut calling));
        assert_eq!(held.unwrap().direction, Direction::SendOnly);
        let Some(Event::Changed(agreed)) = told else { panic!("it is held: {told:?}") };
        assert!(agreed.is_held() && agreed.direction == Direction::ReceiveOnly);
        let (held, told) = tokio::join!(desk.hold(false), next(&mut calling));
        assert_eq!(held.unwrap().direction, Direction::SendReceive);
        assert!(matches!(told, Some(Event::Changed(agreed)) if !agreed.is_held()));
        // The caller may hold as well.
        let (held, told) = tokio::join!(caller.hold(true), next(&mut called));
        assert!(held.is_ok() && matches!(told, Some(Event::Changed(agreed)) if agreed.is_held()));
        called.hang_up_because(31);
        let told = next(&mut calling).await;
        let Some(Event::Ended { by: Party::Them, cause: Some(cause) }) = told else { panic!("{told:?}") };
        assert_eq!(cause.q850(), Some(31));
        assert!(matches!(next(&mut called).await, Some(Event::Ended { by: Party::Us, .. })));
        assert!(next(&mut calling).await.is_none() && next(&mut called).await.is_none());
        assert!(matches!(desk.hold(true).await, Err(Fault::Over)));
        nothing_is_left([&ours, &theirs]).await;
    }
}

#[tokio::test]
async fn a_call_that_is_dropped_is_ended() {
    let Talk { caller: (ours, calling, _), desk: (theirs, mut called, _) } = talk(Transport::Udp).await;
    drop(calling);
    assert!(matches!(next(&mut called).await, Some(Event::Ended { by: Party::Them, cause: None })));
    nothing_is_left([&ours, &theirs]).await;

    let Talk { caller: (ours, mut calling, _), desk: (theirs, called, _) } = talk(Transport::Tcp).await;
    drop(called);
    assert!(matches!(next(&mut calling).await, Some(Event::Ended { by: Party::Them, .. })));
    nothing_is_left([&ours, &theirs]).await;
}

#[tokio::test]
async fn a_caller_who_gives_up_is_heard_of_while_it_rings() {
    let (ours, _, _) = line(plain(Transport::Udp)).await;
    let (theirs, mut incoming, address) = line(plain(Transport::Udp)).await;
    let (_sound, says) = sound().await;
    for given_up_by_dropping in [false, true] {
        let mut calling = ours.call(invitation(&address, &says)).await.unwrap();
        let mut called = come(&mut incoming).await;
        called.ring();
        assert!(matches!(next(&mut calling).await, Some(Event::Provisional { code: 180, .. })));
        if given_up_by_dropping {
            drop(calling);
        } else {
            calling.hang_up();
            let told = next(&mut calling).await;
            assert!(matches!(&told, Some(Event::Refused(refusal)) if refusal.code == 487), "{told:?}");
        }
        assert!(matches!(next(&mut called).await, Some(Event::Cancelled)));
        assert!(next(&mut called).await.is_none());
        nothing_is_left([&ours, &theirs]).await;
    }
}

#[tokio::test]
async fn giving_up_and_answering_may_cross() {
    let (ours, _, _) = line(plain(Transport::Udp)).await;
    let (theirs, mut incoming, address) = line(plain(Transport::Udp)).await;
    let (_sound, says) = sound().await;
    for turn in 0..60 {
        let calling = ours.call(invitation(&address, &says)).await.unwrap();
        let mut called = come(&mut incoming).await;
        called.ring();
        called.answer(&says).unwrap();
        // From well before the answer arrives to well after.
        tokio::time::sleep(Duration::from_micros(turn * 40)).await;
        drop(calling);
        let mut last = None;
        while let Some(event) = next(&mut called).await {
            last = Some(event);
        }
        // Nobody may be left in a call with nobody.
        assert!(matches!(last, Some(Event::Cancelled | Event::Ended { by: Party::Them, .. })), "{turn}: {last:?}");
    }
    nothing_is_left([&ours, &theirs]).await;
}

#[tokio::test]
async fn a_call_that_nobody_takes_is_refused() {
    let (ours, _, _) = line(plain(Transport::Udp)).await;
    let (theirs, mut incoming, address) = line(plain(Transport::Udp)).await;
    let (_sound, says) = sound().await;
    for (how, code) in [(Some(603), 603), (Some(486), 486), (None, 480)] {
        let mut calling = ours.call(invitation(&address, &says)).await.unwrap();
        let called = come(&mut incoming).await;
        match how {
            Some(code) => called.refuse(code),
            None => drop(called),
        }
        let told = next(&mut calling).await;
        assert!(matches!(&told, Some(Event::Refused(refusal)) if refusal.code == code), "{told:?}");
    }
    // Nor one that comes when nobody takes calls any more.
    drop(incoming);
    let mut calling = ours.call(invitation(&address, &says)).await.unwrap();
    let told = next(&mut calling).await;
    assert!(matches!(&told, Some(Event::Refused(refusal)) if refusal.code == 480), "{told:?}");
    nothing_is_left([&ours, &theirs]).await;
}

#[tokio::test]
async fn who_speaks_another_codec_is_told_so() {
    let (ours, _, _) = line(plain(Transport::Udp)).await;
    let (theirs, mut incoming, address) = line(plain(Transport::Udp)).await;
    let (_sound, says) = sound().await;
    let only_a = Ours { laws: vec![Law::A], ..says.clone() };
    let mut calling = ours.call(invitation(&address, &only_a)).await.unwrap();
    let called = come(&mut incoming).await;
    let only_mu = Ours { laws: vec![Law::Mu], ..says };
    assert!(matches!(called.answer(&only_mu), Err(Fault::NoCodec)));
    let told = next(&mut calling).await;
    assert!(matches!(&told, Some(Event::Refused(refusal)) if refusal.code == 488), "{told:?}");
    nothing_is_left([&ours, &theirs]).await;
}

#[tokio::test]
async fn something_is_heard_before_the_answer() {
    let (ours, _, _) = line(plain(Transport::Udp)).await;
    let (theirs, mut incoming, address) = line(plain(Transport::Udp)).await;
    let (_sound, says) = sound().await;
    let mut calling = ours.call(invitation(&address, &says)).await.unwrap();
    let called = come(&mut incoming).await;
    let (_desk_sound, desk_says) = sound().await;
    assert!(called.be_heard_early(&desk_says).unwrap().is_some());
    let told = next(&mut calling).await;
    assert!(
        matches!(&told, Some(Event::Provisional { code: 183, early: Some(early) }) if early.law == Law::Mu),
        "{told:?}"
    );
    called.answer(&desk_says).unwrap();
    assert!(matches!(next(&mut calling).await, Some(Event::Answered(Some(_)))));
    calling.hang_up();
    nothing_is_left([&ours, &theirs]).await;
}

#[tokio::test]
async fn callers_are_asked_who_they_are_each_time() {
    let (ours, _, _) = line(plain(Transport::Udp)).await;
    let known = Account { user: "check".to_owned(), password: "s3cret".to_owned() };
    let asking = Settings { demand: Some(known.clone()), ..plain(Transport::Udp) };
    let (theirs, mut incoming, address) = line(asking).await;
    let (_sound, says) = sound().await;
    for _ in 0..2 {
        let invitation = Invitation { account: Some(known.clone()), ..invitation(&address, &says) };
        let mut calling = ours.call(invitation).await.unwrap();
        come(&mut incoming).await.refuse(486);
        let told = next(&mut calling).await;
        assert!(matches!(&told, Some(Event::Refused(refusal)) if refusal.code == 486), "{told:?}");
    }
    for account in [None, Some(Account { password: "guess".to_owned(), ..known })] {
        let invitation = Invitation { account, ..invitation(&address, &says) };
        let mut calling = ours.call(invitation).await.unwrap();
        let told = next(&mut calling).await;
        assert!(matches!(&told, Some(Event::Refused(refusal)) if refusal.code == 401), "{told:?}");
    }
    nothing_is_left([&ours, &theirs]).await;
}

#[tokio::test]
async fn anybody_may_ask_what_we_can_do() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let (ours, _, _) = line(plain(transport)).await;
        let (_theirs, _incoming, address) = line(plain(transport)).await;
        assert_eq!(ours.options(&address).await.unwrap(), 200);
        assert_eq!(ours.dialogs(), 0);
    }
}

#[tokio::test]
async fn calls_to_one_place_share_a_connection() {
    let (ours, _, _) = line(plain(Transport::Tcp)).await;
    let (theirs, mut incoming, address) = line(plain(Transport::Tcp)).await;
    let (_sound, says) = sound().await;
    let mut peers = Vec::new();
    for _ in 0..3 {
        let mut calling = ours.call(invitation(&address, &says)).await.unwrap();
        let called = come(&mut incoming).await;
        peers.push(called.peer().unwrap());
        called.refuse(486);
        assert!(matches!(next(&mut calling).await, Some(Event::Refused(_))));
    }
    assert!(peers.windows(2).all(|pair| pair[0] == pair[1]), "{peers:?}");
    nothing_is_left([&ours, &theirs]).await;
}

#[tokio::test]
async fn a_port_belongs_to_one_line() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let (_line, _incoming, address) = line(plain(transport)).await;
        let at = SocketAddr::new(here().ip(), address.port.unwrap());
        let again = Line::open(Settings::new(transport, at, "tocsin/test")).await;
        assert!(matches!(again, Err(Fault::InUse { address, .. }) if address == at));
    }
}

async fn packet(sound: &Sound) -> Packet {
    tokio::time::timeout(SOON, sound.next()).await.expect("a packet comes")
}

#[tokio::test]
async fn a_desk_carries_sound_from_one_call_to_another_untouched() {
    let one = talk(Transport::Udp).await;
    let other = talk(Transport::Udp).await;
    let (speaks, hears) = (&one.caller.2, &other.caller.2);
    let (in_one, in_other) = (one.desk.2.clone(), other.desk.2.clone());
    let mut heard = Vec::new();
    for number in 0..20_u8 {
        if number == 10 {
            // Lost on the way to us: whoever listens must know.
            speaks.lose(160);
            continue;
        }
        speaks.send(&[number; 160]).await;
        in_other.carry(&packet(&in_one).await).await;
        heard.push(packet(hears).await);
    }
    let said: Vec<u8> = heard.iter().map(|packet| packet.payload[0]).collect();
    assert_eq!(said, (0..20).filter(|number| *number != 10).collect::<Vec<_>>());
    assert!(heard.iter().all(|packet| packet.payload.len() == 160 && packet.payload_type == 0));
    // Under one name of our own, evenly spaced, with the gap where it was.
    assert!(heard.windows(2).all(|pair| pair[0].source == pair[1].source));
    let steps: Vec<(u16, u32)> = heard
        .windows(2)
        .map(|pair| {
            let [a, b] = pair else { unreachable!() };
            (b.sequence.wrapping_sub(a.sequence), b.timestamp.wrapping_sub(a.timestamp))
        })
        .collect();
    let expected: Vec<(u16, u32)> = (0..18).map(|at| if at == 9 { (2, 320) } else { (1, 160) }).collect();
    assert_eq!(steps, expected);
    assert_eq!(hears.measures().received, 18, "the first is believed with the second");
}

#[tokio::test]
async fn while_a_call_is_held_nothing_is_sent() {
    let Talk { caller: (_, _, speaks), desk: (_, _, hears) } = talk(Transport::Udp).await;
    let flow = speaks.flowing().unwrap();
    speaks.flow(Flow { sends: false, ..flow.clone() });
    speaks.send(&[1; 160]).await;
    speaks.flow(flow);
    speaks.send(&[2; 160]).await;
    let came = packet(&hears).await;
    assert_eq!((came.payload[0], came.marker), (2, true));
    assert_eq!(speaks.measures().sent, 1);
}

#[tokio::test]
async fn sound_goes_where_it_comes_from_when_that_is_wanted() {
    for (latch, described, moves) in [
        (Latch::Never, "10.255.255.1:5004", false),
        (Latch::WhenPrivate, "10.255.255.1:5004", true),
        // A port of the same machine: it is where it says that it is, or it is ill.
        (Latch::WhenPrivate, "127.0.0.1:9", false),
        (Latch::WhenPrivate, "203.0.113.9:5004", false),
        (Latch::Always, "127.0.0.1:9", true),
    ] {
        let (near, _) = sound().await;
        let (far, _) = sound().await;
        let flow = |to: SocketAddr, latch| Flow {
            law: Law::Mu,
            laws: vec![Law::Mu],
            keys: None,
            to: Some(to),
            control: None,
            sends: true,
            latch,
        };
        near.flow(flow(described.parse().unwrap(), latch));
        far.flow(flow(near.address().unwrap(), Latch::Never));
        far.send(&[7; 160]).await;
        packet(&near).await;
        assert_eq!(near.measures().latched, moves, "{latch:?} {described}");
        let to = near.flowing().unwrap().to.unwrap();
        assert_eq!(to == far.address().unwrap(), moves, "{latch:?} {described}");
        // A stranger who sends, too, is not listened to while the first goes on.
        let (stranger, _) = sound().await;
        stranger.flow(flow(near.address().unwrap(), Latch::Never));
        stranger.send(&[8; 160]).await;
        far.send(&[9; 160]).await;
        assert_eq!(packet(&near).await.payload[0], 9);
    }
}

#[tokio::test]
async fn both_ends_say_what_they_heard_at_an_even_pace() {
    let Talk { caller: (_, _, one), desk: (_, _, other) } = talk(Transport::Udp).await;
    let (mut near, mut far) = (Voice::new(one.clone(), DELAY), Voice::new(other.clone(), DELAY));
    let began = tokio::time::Instant::now();
    let both = async {
        for _ in 0..150 {
            near.hear().await;
            near.say(&[1000; 160]).await;
            let heard = far.hear().await;
            far.say(&vec![0; heard.samples.len().max(160)][..160]).await;
        }
    };
    both.await;
    // 150 times 20 ms, however long each turn took.
    let lasted = began.elapsed();
    assert!((2_900..3_600).contains(&lasted.as_millis()), "{lasted:?}");
    for sound in [&one, &other] {
        sound.goodbye().await;
    }
    near.hear().await;
    far.hear().await;
    near.hear().await;
    let measures = one.measures();
    assert_eq!(measures.sent, 150);
    assert!(measures.reports >= 2 && measures.received >= 148, "{measures:?}");
    let said = measures.far.expect("the other end says what it heard");
    assert!(said.lost < 0.02 && said.round_trip.is_some(), "{said:?}");
    assert_eq!(measures.packets_last, Duration::from_millis(20));
    assert!(measures.jitter_worst < Duration::from_millis(50));
}
