//! The engine: what a call is before its browser answers, and that it leaves nothing.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use tocsin_bridge::{Fault, MediaBridge, Mode, News, Own, Plain, Settings, Side};
use tocsin_media::rtp::Packet;
use tocsin_rtc::{Host, Path};
use tokio::net::UdpSocket;
use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn bridge() -> Own {
    let host = Host { bind: HERE, announce: None, ports: None };
    Own::new(Settings { host, fills: true, patience: Duration::from_secs(10) })
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

    let mut news = offered.call.news();
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

#[tokio::test]
async fn whoever_forgets_a_call_hangs_it_up() {
    let before = Handle::current().metrics().num_alive_tasks();
    let (leg, _caller) = leg().await;
    let offered = bridge().offer(leg).await.unwrap();
    assert!(bridge().answer(&offered.call, "nonsense".to_owned()).await.is_err());
    drop(offered);
    alone(before).await;
}
