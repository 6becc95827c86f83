//! The driver, over loopback: no task and no socket outlives whoever held its line.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use tocsin_rtc::{Datagram, Event, Fault, Gone, Host, Kind, Path, Payload, open};
use tokio::net::UdpSocket;
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep, timeout};

use crate::browser::Browser;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn here() -> Host {
    Host { bind: HERE, announce: None, ports: None }
}

/// A browser that runs until it is told how many payloads to hear, or that the call is over.
async fn browse(socket: &UdpSocket, browser: &mut Browser, enough: usize) {
    let mut buffer = [0; 2048];
    timeout(Duration::from_secs(10), async {
        while browser.rtc.is_alive() && browser.heard.len() < enough {
            let (sent, until) = browser.poll();
            for datagram in sent {
                socket.send_to(&datagram.bytes, datagram.to).await.unwrap();
            }
            let Some(until) = until else { return };
            tokio::select! {
                came = socket.recv_from(&mut buffer) => {
                    let (length, from) = came.unwrap();
                    let datagram = Datagram { from, to: browser.address, bytes: buffer[..length].to_vec() };
                    browser.take(&datagram, Instant::now().into_std());
                }
                () = tokio::time::sleep_until(until.into()) => {
                    browser.rtc.handle_input(str0m::Input::Timeout(Instant::now().into_std())).unwrap();
                }
            }
        }
    })
    .await
    .unwrap();
}

fn sound(sequence: u16) -> Payload {
    Payload {
        kind: Kind::Sound,
        marker: false,
        sequence,
        timestamp: u32::from(sequence) * 160,
        source: 1,
        bytes: [7; 160].into(),
    }
}

async fn alone(tasks: usize) {
    timeout(Duration::from_secs(5), async {
        while Handle::current().metrics().num_alive_tasks() > tasks {
            sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .expect("a task is left");
}

#[tokio::test]
async fn several_hold_a_line_and_none_leaves_anything() {
    let before = Handle::current().metrics().num_alive_tasks();
    let (line, mut events) = open(here()).await.unwrap();
    let socket = UdpSocket::bind((HERE, 0)).await.unwrap();
    let mut browser = Browser::new(socket.local_addr().unwrap(), Instant::now().into_std());
    let answer = browser.answer(&line.offer().await.unwrap());
    line.answer(answer).await.unwrap();

    let (other, mut seen) = (line.clone(), line.events());
    let talk = tokio::spawn(async move {
        while seen.next().await != Some(Event::Secured) {}
        for number in 0..10 {
            other.say(sound(number)).unwrap();
            sleep(Duration::from_millis(20)).await;
        }
    });
    browse(&socket, &mut browser, 10).await;
    talk.await.unwrap();
    assert_eq!(browser.heard.len(), 10);

    browser.rtc.close().unwrap();
    browse(&socket, &mut browser, usize::MAX).await;
    let mut last = None;
    while let Some(event) = timeout(Duration::from_secs(5), events.next()).await.unwrap() {
        last = Some(event);
    }
    assert_eq!(last, Some(Event::Over(None)));
    assert_eq!(line.offer().await, Err(Fault::Nothing));
    alone(before).await;
    assert_eq!(line.say(sound(1)), Err(Gone));
    assert_eq!(line.events().next().await, None);
}

#[tokio::test]
async fn a_restart_listens_at_another_port() {
    let (line, mut events) = open(here()).await.unwrap();
    assert_eq!(line.restart().await, Err(Fault::Nothing));
    let socket = UdpSocket::bind((HERE, 0)).await.unwrap();
    let mut browser = Browser::new(socket.local_addr().unwrap(), Instant::now().into_std());
    let answer = browser.answer(&line.offer().await.unwrap());
    line.answer(answer).await.unwrap();
    let ports = |offer: &str| offer.lines().filter(|line| line.starts_with("a=candidate")).count();
    for _ in 0..2 {
        line.sever().await;
        let offer = line.restart().await.unwrap();
        assert_eq!(ports(&offer), 2, "{offer}");
        line.answer(browser.answer(&offer)).await.unwrap();
    }
    let talker = line.clone();
    let talk = tokio::spawn(async move {
        while events.next().await != Some(Event::Secured) {}
        talker.say(sound(1)).unwrap();
        talker.say(sound(2)).unwrap();
        events.next().await
    });
    browse(&socket, &mut browser, 2).await;
    assert_eq!(browser.heard.iter().map(|heard| heard.2).collect::<Vec<_>>(), [1, 2]);
    drop(talk.await.unwrap());
}

#[tokio::test]
async fn a_robot_answers_in_an_agents_place() {
    let (desk, mut heard) = open(here()).await.unwrap();
    let (robot, mut events) = open(here()).await.unwrap();
    assert!(matches!(robot.accept("hello".to_owned()).await, Err(Fault::Unreadable(_))));
    let answer = robot.accept(desk.offer().await.unwrap()).await.unwrap();
    desk.answer(answer).await.unwrap();
    let secured = async { while events.next().await != Some(Event::Secured) {} };
    timeout(Duration::from_secs(5), secured).await.unwrap();
    while heard.next().await != Some(Event::Secured) {}
    let talked = timeout(Duration::from_secs(5), async {
        let mut came = Vec::new();
        for number in 1..=10 {
            robot.say(sound(number)).unwrap();
            while let Some(event) = heard.next().await {
                if let Event::Payload(payload) = event {
                    came.push(payload.sequence);
                    break;
                }
            }
        }
        came
    });
    assert_eq!(talked.await.unwrap(), (1..=10).collect::<Vec<u16>>());
    let (opus, _events) = open(here()).await.unwrap();
    let offer = desk.restart().await.unwrap().replace("PCMU/8000", "G722/8000");
    assert_eq!(opus.accept(offer).await, Err(Fault::NoPcmu));
}

#[tokio::test]
async fn whoever_lets_go_of_a_line_ends_it() {
    let before = Handle::current().metrics().num_alive_tasks();
    let (line, mut events) = open(here()).await.unwrap();
    line.offer().await.unwrap();
    drop(line);
    while let Some(event) = timeout(Duration::from_secs(5), events.next()).await.unwrap() {
        assert!(matches!(event, Event::Over(None) | Event::Path(Path::Sought)), "{event:?}");
    }
    alone(before).await;

    let (line, _events) = open(here()).await.unwrap();
    line.close().await;
    alone(before).await;
}

#[tokio::test]
async fn the_ports_and_the_address_are_configured() {
    let taken = UdpSocket::bind((HERE, 0)).await.unwrap();
    let port = taken.local_addr().unwrap().port();
    let host = Host { bind: HERE, announce: Some("203.0.113.5".parse().unwrap()), ports: Some(port..=port) };
    assert!(open(host.clone()).await.is_err(), "the only port is taken");
    drop(taken);
    let (line, _events) = open(host).await.unwrap();
    let offer = line.offer().await.unwrap();
    assert!(offer.contains(&format!("203.0.113.5 {port} typ host")) && !offer.contains("127.0.0.1"), "{offer}");
}
