//! A telephone over plain RTP: it says one of the check's tones, and tells what it hears.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tocsin_media::g711::Law;
use tocsin_media::measure::level;
use tocsin_media::playout::FRAME;
use tocsin_media::reception::Reception;
use tocsin_media::rtp::Packet;
use tocsin_media::signal::{Listener, Tone};
use tocsin_media::tone::{Wave, share};
use tocsin_rtc::key::Hearer;
use tokio::net::UdpSocket;
use tokio::time::{Instant, MissedTickBehavior};

use crate::lock;

const KEYS: u8 = 101;
/// The first note of the bridge's hold.
const NOTE: f64 = 523.25;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Says {
    Tone(Tone),
    /// No packets at all.
    Nothing,
}

impl Says {
    pub fn read(name: &str) -> Option<Says> {
        let tone = Tone::ALL.into_iter().find(|tone| format!("{tone:?}") == name).map(Says::Tone);
        tone.or((name == "nothing").then_some(Says::Nothing))
    }
}

struct Ear {
    says: Says,
    over: bool,
    packets: u64,
    markers: u64,
    tones: Listener,
    heard: Vec<String>,
    keys: Hearer,
    pressed: String,
    notes: u64,
    level: f64,
    reception: Option<Reception>,
    sources: Vec<u32>,
    last: Option<Instant>,
    longest_gap: Duration,
}

#[derive(Clone)]
pub struct Telephone {
    address: SocketAddr,
    ear: Arc<Mutex<Ear>>,
}

impl Telephone {
    pub async fn call(to: SocketAddr, says: Says) -> std::io::Result<Telephone> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let ear = Ear {
            says,
            over: false,
            packets: 0,
            markers: 0,
            tones: Listener::default(),
            heard: Vec::new(),
            keys: Hearer::default(),
            pressed: String::new(),
            notes: 0,
            level: -120.0,
            reception: None,
            sources: Vec::new(),
            last: None,
            longest_gap: Duration::ZERO,
        };
        let telephone = Telephone { address: socket.local_addr()?, ear: Arc::new(Mutex::new(ear)) };
        tokio::spawn(telephone.clone().run(socket, to));
        Ok(telephone)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn say(&self, says: Says) {
        lock(&self.ear).says = says;
    }

    pub fn hang_up(&self) {
        lock(&self.ear).over = true;
    }

    pub fn heard(&self) -> Value {
        let ear = lock(&self.ear);
        json!({
            "packets": ear.packets,
            "markers": ear.markers,
            "tones": ear.heard,
            "pressed": ear.pressed,
            "notes": ear.notes,
            "level": ear.level,
            "lost": ear.reception.as_ref().map_or(0, Reception::lost),
            "sources": ear.sources.len(),
            "longest_gap_ms": ear.longest_gap.as_millis(),
        })
    }

    async fn run(self, socket: UdpSocket, to: SocketAddr) {
        let began = Instant::now();
        let mut beat = tokio::time::interval(Duration::from_millis(20));
        beat.set_missed_tick_behavior(MissedTickBehavior::Burst);
        // Both wrap within the first seconds.
        let (mut sequence, mut timestamp) = (65_500_u16, u32::MAX - 8000);
        let (mut said, mut wave) = (None, Wave::new(&[], 0.0));
        let mut buffer = [0; 2048];
        loop {
            tokio::select! {
                _ = beat.tick() => {
                    let (says, over) = { let ear = lock(&self.ear); (ear.says, ear.over) };
                    if over {
                        return;
                    }
                    timestamp = timestamp.wrapping_add(FRAME as u32);
                    let Says::Tone(tone) = says else { continue };
                    if said != Some(tone) {
                        (said, wave) = (Some(tone), tone.wave());
                    }
                    let bytes = Law::Mu.encoded(&wave.take(FRAME));
                    let packet = Packet {
                        marker: false, payload_type: 0, sequence, timestamp, source: 0x7E1E, payload: &bytes,
                    };
                    sequence = sequence.wrapping_add(1);
                    let _ = socket.send_to(&packet.write(), to).await;
                }
                Ok((length, _)) = socket.recv_from(&mut buffer) => {
                    if let Ok(packet) = Packet::read(&buffer[..length]) {
                        lock(&self.ear).hear(&packet, began.elapsed());
                    }
                }
            }
        }
    }
}

impl Ear {
    fn hear(&mut self, packet: &Packet<'_>, now: Duration) {
        self.packets += 1;
        self.markers += u64::from(packet.marker);
        let moment = Instant::now();
        if let Some(last) = self.last.replace(moment) {
            self.longest_gap = self.longest_gap.max(moment - last);
        }
        if !self.sources.contains(&packet.source) {
            self.sources.push(packet.source);
        }
        let reception = self.reception.get_or_insert_with(|| Reception::new(packet.source, packet.sequence));
        reception.arrived(packet.sequence, packet.timestamp, now);
        if packet.payload_type == KEYS {
            self.pressed.extend(self.keys.take(packet.timestamp, packet.payload));
            return;
        }
        let sound = Law::Mu.decoded(packet.payload);
        self.level = level(&sound);
        self.notes += u64::from(self.level > -40.0 && share(&sound, NOTE) > 0.5);
        self.heard.extend(self.tones.feed(&sound).into_iter().map(|heard| format!("{:?}", heard.tone)));
    }
}
