//! The engine: what a call is before its browser answers, and that it leaves nothing.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use tocsin_bridge::{Bridged, Fault, MediaBridge, Mode, News, Own, Plain, Settings, Side};
use tocsin_media::rtp::Packet;
use tocsin_rtc::{Event, Events, Host, Kind, Line, Path, Payload, open};
use tokio::net::UdpSocket;
use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn host() -> Host {
    Host { bind: HERE, announce: None, ports: None }
}

fn bridge() -> Own {
    Own::new(Settings { host: host(), fills: true, patience: Duration::from_secs(10) })
}

async fn leg() -> (Box<Plain>, UdpSocket) {
    let (ours, theirs) = (UdpSocket::bind((HERE, 0)).await.unwrap(), UdpSocket::bind((HERE, 0)).await.unwrap());
    theirs.connect(ours.local_addr().unwrap()).await.unwrap();
    (Box::new(Plain::new(ours, None, 101)), theirs)
}

async fn alone(tasks: usize) {
    let left = || Handle::current().metrics().num_alive_tasks();
    let waited = timeout(Duration::from_secs(5), async {
        while left() > tasks {
            sleep(Duration::from_millis(5)).await;
        }
    });
    assert!(waited.await.is_ok(), "{} tasks are left", left() - tasks);
}

#[tokio::test]
async fn a_caller_is_heard_before_the_agent_answers_and_only_the_first() {
    let before = Handle::current().metrics().num_alive_tasks();
    let (leg, caller) = leg().await;
    let to = caller.peer_addr().unwrap();
    let bridge = bridge();
    let offered = bridge.offer(leg).await.unwrap();
    assert!(offered.offer.contains("PCMU/8000"));
    let stranger = UdpSocket::bind((HERE, 0)).await.unwrap();
    for number in 0..10_u16 {
        let packet = |source, payload_type| Packet {
            marker: false,
            payload_type,
            sequence: number,
            timestamp: u32::from(number) * 160,
            source,
            payload: &[0x55; 160],
        };
        caller.send(&packet(1, 0).write()).await.unwrap();
        // Neither another codec, nor anybody else, nor what is no packet.
        caller.send(&packet(1, 8).write()).await.unwrap();
        caller.send(&[1, 2, 3]).await.unwrap();
        if number > 0 {
            stranger.send_to(&packet(2, 0).write(), to).await.unwrap();
        }
    }
    let came = timeout(Duration::from_secs(2), async {
        loop {
            let came = bridge.stats(&offered.call).await.unwrap();
            if came.from_caller.came.packets >= 10 {
                sleep(Duration::from_millis(50)).await;
                break bridge.stats(&offered.call).await.unwrap();
            }
        }
    });
    let stats = came.await.unwrap();
    assert_eq!(stats.from_caller.came.packets, 10);
    assert_eq!((stats.from_caller.passed, stats.secured, stats.path), (0, None, Path::Sought), "nobody is there yet");
    assert_eq!(bridge.press(&offered.call, Side::Caller, 'x', Duration::ZERO).await, Err(Fault::NoKey('x')));
    bridge.hears(&offered.call, Side::Caller, Mode::Hold).await.unwrap();

    let mut news = bridge.news(&offered.call);
    bridge.hangup(&offered.call).await;
    alone(before).await;
    let mut last = None;
    while let Ok(one) = news.recv().await {
        last = Some(one);
    }
    assert_eq!(last, Some(News::Over(None, None)));
    assert_eq!(bridge.stats(&offered.call).await, Err(Fault::Over));
    assert!(bridge.restart(&offered.call).await.is_err());
    bridge.hangup(&offered.call).await;
}

/// A call whose agent is a robot.
async fn joined(bridge: &Own) -> (Bridged, UdpSocket, Line, Events) {
    let (leg, caller) = leg().await;
    let offered = bridge.offer(leg).await.unwrap();
    let (robot, mut events) = open(host()).await.unwrap();
    let answer = robot.accept(offered.offer).await.unwrap();
    let mut news = bridge.news(&offered.call);
    bridge.answer(&offered.call, answer).await.unwrap();
    let secured = async {
        while events.next().await != Some(Event::Secured) {}
        while news.recv().await != Ok(News::Secured) {}
    };
    timeout(Duration::from_secs(5), secured).await.unwrap();
    (offered.call, caller, robot, events)
}

#[tokio::test]
async fn sound_passes_both_ways_to_the_byte() {
    let before = Handle::current().metrics().num_alive_tasks();
    let bridge = bridge();
    let (call, caller, robot, mut events) = joined(&bridge).await;
    let mut news = bridge.news(&call);
    let (mut said, mut heard_by_agent, mut heard_by_caller) = (Vec::new(), Vec::new(), Vec::new());
    let mut buffer = [0; 2048];
    for number in 0..20_u16 {
        let payload = [number as u8 + 1; 160];
        said.push(payload.to_vec());
        let (sequence, timestamp) = (number, u32::from(number) * 160);
        let packet = Packet { marker: false, payload_type: 0, sequence, timestamp, source: 1, payload: &payload };
        caller.send(&packet.write()).await.unwrap();
        let bytes = payload.as_slice().into();
        robot.say(Payload { kind: Kind::Sound, marker: false, sequence, timestamp, source: 1, bytes }).unwrap();
        let both = async {
            while heard_by_agent.len() < said.len() {
                if let Some(Event::Payload(payload)) = events.next().await
                    && said.contains(&payload.bytes.to_vec())
                {
                    heard_by_agent.push(payload.bytes.to_vec());
                }
            }
            while heard_by_caller.len() < said.len() {
                let length = caller.recv(&mut buffer).await.unwrap();
                let packet = Packet::read(&buffer[..length]).unwrap();
                if said.contains(&packet.payload.to_vec()) {
                    heard_by_caller.push(packet.payload.to_vec());
                }
            }
        };
        timeout(Duration::from_secs(5), both).await.unwrap();
    }
    assert_eq!(heard_by_agent, said);
    assert_eq!(heard_by_caller, said);
    let stats = bridge.stats(&call).await.unwrap();
    assert_eq!((stats.from_caller.passed, stats.from_agent.passed), (20, 20));
    assert_eq!((stats.from_caller.came.packets, stats.from_agent.came.packets), (20, 20));

    robot.close().await;
    let over = async { while news.recv().await != Ok(News::Over(Some(Side::Agent), None)) {} };
    timeout(Duration::from_secs(5), over).await.unwrap();
    alone(before).await;
}

#[tokio::test]
async fn a_browser_that_falls_silent_is_given_up() {
    let bridge = Own::new(Settings { host: host(), fills: true, patience: Duration::from_millis(300) });
    let (call, _caller, robot, _events) = joined(&bridge).await;
    let mut news = bridge.news(&call);
    robot.sever().await;
    let over = async {
        loop {
            if let Ok(News::Over(by, why)) = news.recv().await {
                return (by, why.unwrap_or_default());
            }
        }
    };
    let (by, why) = timeout(Duration::from_secs(5), over).await.unwrap();
    assert_eq!((by, why.as_str()), (Some(Side::Agent), "nothing comes from the browser any more"));
    assert_eq!(bridge.stats(&call).await, Err(Fault::Over));
}

#[tokio::test]
async fn whoever_forgets_a_call_hangs_it_up() {
    let before = Handle::current().metrics().num_alive_tasks();
    let (leg, _caller) = leg().await;
    let offered = bridge().offer(leg).await.unwrap();
    assert!(bridge().answer(&offered.call, "nonsense".to_owned()).await.is_err());
    drop(offered);
    alone(before).await;
}
