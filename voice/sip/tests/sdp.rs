//! Session descriptions: read, written, and agreed on.

use std::net::SocketAddr;

use proptest::prelude::*;
use tocsin_media::g711::Law;
use tocsin_sip::Cause;
use tocsin_sip::sdp::{Agreed, Description, Direction, Host, Ours, Problem};

fn ours(laws: &[Law]) -> Ours {
    let address: SocketAddr = "192.0.2.7:40000".parse().unwrap();
    Ours { address, laws: laws.to_vec(), direction: Direction::SendReceive, session: 7, version: 1 }
}

fn read(lines: &[&str]) -> Description {
    Description::read(&lines.join("\r\n")).unwrap()
}

fn at(host: &str, port: u16) -> Option<(Host, u16)> {
    Some((Host::Address(host.parse().unwrap()), port))
}

const HEAD: [&str; 4] = ["v=0", "o=- 1 1 IN IP4 198.51.100.9", "s=call", "c=IN IP4 198.51.100.9"];

fn offered(rest: &[&str]) -> Description {
    read(&[&HEAD[..], rest].concat())
}

fn agree(rest: &[&str]) -> Option<Agreed> {
    ours(&Law::BOTH).agreed(&offered(rest))
}

#[test]
fn what_we_offer_is_what_we_read() {
    let offer = ours(&Law::BOTH).offer();
    let expected = "v=0\r\no=tocsin 7 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n\
                    m=audio 40000 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n\
                    a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n";
    assert_eq!(offer, expected);
    let (answer, at_callee) = ours(&[Law::A]).answer(&Description::read(&offer).unwrap()).unwrap();
    assert_eq!((at_callee.law, at_callee.keys, at_callee.to), (Law::A, Some(101), at("192.0.2.7", 40000)));
    let at_caller = ours(&Law::BOTH).agreed(&Description::read(&answer).unwrap()).unwrap();
    assert_eq!((at_caller.law, at_caller.keys), (Law::A, Some(101)));
    assert_eq!(at_caller.control, at("192.0.2.7", 40001));
}

#[test]
fn the_other_ends_order_counts_in_an_answer() {
    for (formats, law) in [("0 8", Law::Mu), ("8 0", Law::A), ("9 18 8 0", Law::A), ("3 0", Law::Mu)] {
        let offer = offered(&[&format!("m=audio 5004 RTP/AVP {formats}")]);
        let (answer, agreed) = ours(&Law::BOTH).answer(&offer).unwrap();
        assert_eq!(agreed.law, law, "{formats}");
        let line = format!("m=audio 40000 RTP/AVP {}\r\n", law.payload_type());
        assert!(answer.contains(&line), "{answer}");
    }
}

#[test]
fn the_static_types_need_no_name() {
    let agreed = agree(&["m=audio 5004 RTP/AVP 8"]).unwrap();
    assert_eq!((agreed.law, agreed.keys, agreed.ptime), (Law::A, None, 20));
    // And a name of our own choosing may stand for a dynamic one.
    let agreed = agree(&[
        "m=audio 5004 RTP/AVP 96 97",
        "a=rtpmap:96 pcma/8000/1",
        "a=rtpmap:97 telephone-event/8000",
        "a=ptime:30",
    ])
    .unwrap();
    assert_eq!((agreed.law, agreed.keys, agreed.ptime), (Law::A, Some(97), 30));
}

#[test]
fn a_codec_that_is_not_ours_is_no_agreement() {
    for media in [
        &["m=audio 5004 RTP/AVP 9", "a=rtpmap:9 G722/8000"][..],
        &["m=audio 5004 RTP/AVP 111", "a=rtpmap:111 opus/48000/2"],
        &["m=audio 5004 RTP/AVP 10", "a=rtpmap:10 L16/44100/2"],
        // A static type under another name, or at another rate, is not what it was.
        &["m=audio 5004 RTP/AVP 0", "a=rtpmap:0 PCMU/16000"],
        // Nothing but keys.
        &["m=audio 5004 RTP/AVP 101", "a=rtpmap:101 telephone-event/8000"],
        // Encrypted, which we do not speak here.
        &["m=audio 5004 RTP/SAVP 0"],
        // Refused.
        &["m=audio 0 RTP/AVP 0"],
        &["m=video 5004 RTP/AVP 0"],
    ] {
        assert_eq!(agree(media), None, "{media:?}");
        assert_eq!(ours(&Law::BOTH).answer(&offered(media)), None, "{media:?}");
    }
    assert_eq!(ours(&[Law::Mu]).agreed(&offered(&["m=audio 5004 RTP/AVP 8"])), None);
}

#[test]
fn an_address_at_the_stream_goes_before_that_of_the_session() {
    let agreed = agree(&["m=audio 5004 RTP/AVP 0", "c=IN IP4 10.1.2.3"]).unwrap();
    assert_eq!((agreed.to, agreed.control), (at("10.1.2.3", 5004), at("10.1.2.3", 5005)));
    let agreed = agree(&["m=audio 5004 RTP/AVP 0", "a=rtcp:6001"]).unwrap();
    assert_eq!((agreed.to, agreed.control), (at("198.51.100.9", 5004), at("198.51.100.9", 6001)));
    let agreed = agree(&["m=audio 5004 RTP/AVP 0", "a=rtcp:6001 IN IP4 203.0.113.5"]).unwrap();
    assert_eq!(agreed.control, at("203.0.113.5", 6001));
    let agreed = agree(&["m=audio 5004 RTP/AVP 0", "c=IN IP4 media.example.com"]).unwrap();
    assert_eq!(agreed.to, Some((Host::Name("media.example.com".to_owned()), 5004)));
    let agreed = agree(&["m=audio 5004 RTP/AVP 0", "c=IN IP6 2001:db8::9"]).unwrap();
    assert_eq!(agreed.to, at("2001:db8::9", 5004));
}

#[test]
fn holding_by_direction_and_by_no_address() {
    use Direction::{Inactive, ReceiveOnly, SendOnly, SendReceive};
    for (attribute, direction) in [
        ("a=sendrecv", SendReceive),
        ("a=sendonly", ReceiveOnly),
        ("a=recvonly", SendOnly),
        ("a=inactive", Inactive),
        ("a=unknown", SendReceive),
    ] {
        let agreed = agree(&["m=audio 5004 RTP/AVP 0", attribute]).unwrap();
        assert_eq!(agreed.direction, direction, "{attribute}");
        assert_eq!(agreed.is_held(), matches!(direction, ReceiveOnly | Inactive), "{attribute}");
    }
    // Said once for all streams.
    let agreed = agree(&["a=sendonly", "m=audio 5004 RTP/AVP 0"]).unwrap();
    assert_eq!(agreed.direction, ReceiveOnly);
    // The old way: they send, and want nothing.
    let agreed = agree(&["m=audio 5004 RTP/AVP 0", "c=IN IP4 0.0.0.0"]).unwrap();
    assert_eq!((agreed.to.clone(), agreed.direction, agreed.is_held()), (None, ReceiveOnly, true));
    let answer = ours(&Law::BOTH).answer(&offered(&["m=audio 5004 RTP/AVP 0", "a=sendonly"])).unwrap().0;
    assert!(answer.ends_with("a=recvonly\r\n"), "{answer}");
}

#[test]
fn we_who_hold_answer_as_somebody_who_holds() {
    let holding = Ours { direction: Direction::SendOnly, ..ours(&Law::BOTH) };
    assert!(holding.offer().ends_with("a=sendonly\r\n"));
    let (answer, agreed) = holding.answer(&offered(&["m=audio 5004 RTP/AVP 0"])).unwrap();
    assert_eq!(agreed.direction, Direction::SendOnly);
    assert!(answer.ends_with("a=sendonly\r\n"));
}

#[test]
fn every_stream_is_answered_in_its_place() {
    let offer = offered(&[
        "m=video 6000 RTP/AVP 96",
        "a=rtpmap:96 H264/90000",
        "m=audio 5000 RTP/SAVP 0",
        "m=audio 5004 RTP/AVP 8 0",
        "m=image 5006 udptl t38",
        "m=audio 5008 RTP/AVP 0",
    ]);
    let (answer, agreed) = ours(&Law::BOTH).answer(&offer).unwrap();
    assert_eq!((agreed.law, agreed.to), (Law::A, at("198.51.100.9", 5004)));
    let lines: Vec<&str> = answer.lines().filter(|line| line.starts_with("m=")).collect();
    let expected = [
        "m=video 0 RTP/AVP 96",
        "m=audio 0 RTP/SAVP 0",
        "m=audio 40000 RTP/AVP 8",
        "m=image 0 udptl t38",
        "m=audio 0 RTP/AVP 0",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn what_is_none_says_where() {
    for (text, problem) in [
        ("", Problem::Version),
        ("hello", Problem::Version),
        ("v=1\r\n", Problem::Version),
        ("v=0\r\ns=-\r\n", Problem::Empty),
        ("v=0\r\nm=audio\r\n", Problem::Line(2, "m=audio".to_owned())),
        ("v=0\r\nm=audio 70000 RTP/AVP 0\r\n", Problem::Line(2, "m=audio 70000 RTP/AVP 0".to_owned())),
        ("v=0\r\nc=IN IP4\r\n", Problem::Line(2, "c=IN IP4".to_owned())),
        ("v=0\r\n\r\nnonsense\r\n", Problem::Line(3, "nonsense".to_owned())),
    ] {
        assert_eq!(Description::read(text), Err(problem), "{text:?}");
    }
    // Line ends of either kind, and what nobody knows, are taken.
    let read = Description::read("v=0\nz=x\nm=audio 5004/2 RTP/AVP 0\na=rtpmap:x y\na=rtcp:z\na=ptime:\n").unwrap();
    assert_eq!((read.streams[0].port, read.streams[0].control.clone()), (5004, None));
}

fn any_ours() -> impl Strategy<Value = Ours> {
    let laws =
        prop_oneof![Just(vec![Law::Mu]), Just(vec![Law::A]), Just(vec![Law::A, Law::Mu]), Just(Law::BOTH.to_vec())];
    let directions = [Direction::SendReceive, Direction::SendOnly, Direction::ReceiveOnly, Direction::Inactive];
    (any::<std::net::IpAddr>(), 1..u16::MAX, laws, prop::sample::select(directions.to_vec()), any::<[u64; 2]>())
        .prop_map(|(ip, port, laws, direction, [session, version])| Ours {
            address: SocketAddr::new(ip, port),
            laws,
            direction,
            session,
            version,
        })
}

/// Lines as they are, mixed up, cut short and with strange things between.
fn any_description() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just("m=audio 5004 RTP/AVP 0 8 101".to_owned()),
        Just("c=IN IP4 10.0.0.1".to_owned()),
        Just("a=rtpmap:101 telephone-event/8000".to_owned()),
        Just("a=rtcp:5005 IN IP4".to_owned()),
        "[a-z]=\\PC{0,20}",
        "(m=audio|a=rtpmap:|a=rtcp:|c=IN)[ 0-9a-zA-Z/:.]{0,20}",
    ];
    prop::collection::vec(line, 0..12).prop_map(|lines| format!("v=0\r\n{}", lines.join("\r\n")))
}

proptest! {
    #[test]
    fn both_ends_agree_on_the_same(caller in any_ours(), callee in any_ours()) {
        let offer = Description::read(&caller.offer()).unwrap();
        let common = caller.laws.iter().find(|law| callee.laws.contains(law));
        match callee.answer(&offer) {
            None => prop_assert_eq!(common, None),
            Some((text, at_callee)) => {
                prop_assert_eq!(Some(&at_callee.law), common);
                let at_caller = caller.agreed(&Description::read(&text).unwrap()).unwrap();
                prop_assert_eq!(at_caller.law, at_callee.law);
                prop_assert_eq!(at_caller.keys, at_callee.keys);
                prop_assert_eq!(at_caller.direction.receives() && !caller.address.ip().is_unspecified(),
                    at_callee.direction.sends() && !caller.address.ip().is_unspecified());
            }
        }
    }

    #[test]
    fn whatever_comes_is_read_or_refused(text in any_description(), noise in "\\PC{0,80}") {
        if let Ok(description) = Description::read(&text)
            && let Some((answer, _)) = ours(&Law::BOTH).answer(&description)
        {
            let answer = Description::read(&answer).unwrap();
            prop_assert_eq!(answer.streams.len(), description.streams.len());
        }
        let _nothing = (Description::read(&noise), Cause::all(&noise), noise.parse::<tocsin_sip::Address>());
    }
}
