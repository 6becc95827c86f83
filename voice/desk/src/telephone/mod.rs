//! A caller's end: signalling, sound, and what the caller hears while nobody speaks to them.

mod leg;
mod voicemail;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::json;
use tocsin_bridge::Tone;
use tocsin_media::g711::Law;
use tocsin_rtc::{Kind, Payload};
use tocsin_sip::sdp::{Agreed, Direction, Ours};
use tocsin_sip::{Call, Event as Happened, Flow, Incoming, Latch, Packet, Sound, address_toward, random};
use tocsin_switchboard::queue::Unserved;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::{MissedTickBehavior, interval};

pub use self::leg::{Kept, Lent, lend};
use self::voicemail::Voicemail;
use crate::clock;
use crate::counts::unserved;
use crate::desk::{Event, Number};
use crate::edge::Edge;

const TICK: Duration = Duration::from_millis(20);
/// Nobody there, nobody answers; for want of anything better said.
const UNAVAILABLE: u16 = 480;

/// What is to be done about a caller.
pub enum Wish {
    Ring,
    Refuse(u16),
    Answer,
    HangUp,
    /// Notes on hold, while the caller waits who was answered before.
    Comfort(bool),
    /// An attempt has begun: sound goes there from now on.
    Lend(Kept),
    Voicemail(Unserved),
}

/// Takes calls as long as there are any.
pub async fn attend(edge: Arc<Edge>, mut incoming: Incoming) {
    let numbers = AtomicU64::new(edge.first_call());
    while let Some(call) = incoming.recv().await {
        let number = numbers.fetch_add(1, Ordering::Relaxed);
        let edge = edge.clone();
        tokio::spawn(async move {
            let id = call.id().to_owned();
            if let Err(error) = take(&edge, call, number).await {
                tracing::warn!(%error, id, "a call could not be taken");
            }
        });
    }
}

/// The user part of a SIP URI, as people read it.
#[must_use]
pub fn user(uri: &str) -> &str {
    let rest = uri.split_once(':').map_or(uri, |(_, rest)| rest);
    let user = rest.split_once('@').map_or(rest, |(user, _)| user);
    user.split([';', '?']).next().unwrap_or(user)
}

struct Caller {
    edge: Arc<Edge>,
    call: Call,
    number: Number,
    sound: Arc<Sound>,
    ours: Ours,
    lent: Option<Kept>,
    comfort: bool,
    answered: bool,
    tone: Tone,
    voicemail: Option<Voicemail>,
}

async fn take(edge: &Arc<Edge>, call: Call, number: Number) -> Result<(), tocsin_sip::Fault> {
    let peer = call.peer().ok_or(tocsin_sip::Fault::Over)?;
    let ip = address_toward(peer)?;
    let sound = Arc::new(Sound::open(ip).await?);
    let mut address = sound.address()?;
    address.set_ip(edge.setup.public.filter(|_| !peer.ip().is_loopback()).unwrap_or(ip));
    let ours = Ours {
        address,
        // The browser's end takes nothing else, and nothing is converted.
        laws: vec![Law::Mu],
        direction: Direction::SendReceive,
        session: u64::from(u32::from_be_bytes(random())),
        version: 1,
    };
    if call.offer().is_some_and(|offer| ours.answer(offer).is_none()) {
        call.refuse(488);
        return Ok(());
    }
    let (tell, wishes) = unbounded_channel();
    edge.caller_came(number, tell);
    let (caller, called) = (user(call.from()).to_owned(), user(call.to()).to_owned());
    edge.tell(Event::Invited { call: number, caller, called });
    let one = Caller {
        edge: edge.clone(),
        call,
        number,
        sound,
        ours,
        lent: None,
        comfort: false,
        answered: false,
        tone: Tone::default(),
        voicemail: None,
    };
    one.run(wishes).await;
    edge.caller_left(number);
    Ok(())
}

impl Caller {
    async fn run(mut self, mut wishes: UnboundedReceiver<Wish>) {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
        loop {
            let says = async {
                match &mut self.lent {
                    Some(lent) => lent.says.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                happened = self.call.next() => match happened {
                    None => break,
                    Some(Happened::Acknowledged(Some(agreed)) | Happened::Changed(agreed)) => {
                        self.edge.tell(Event::CallerHolds(self.number, !agreed.direction.receives()));
                        self.flow(&agreed).await;
                    }
                    // What follows is the end of the stream.
                    Some(_) => {}
                },
                Some(wish) = wishes.recv() => self.wish(wish).await,
                packet = self.sound.next() => self.heard(packet),
                said = says => match said {
                    Some(payload) => self.carry(payload).await,
                    None => self.lent = None,
                },
                _ = tick.tick(), if self.answered => self.tick().await,
            }
        }
        self.edge.tell(Event::CallerGone(self.number));
        self.sound.goodbye().await;
        self.keep();
    }

    async fn flow(&self, agreed: &Agreed) {
        match Flow::of(agreed, Latch::default()).await {
            Ok(flow) => self.sound.flow(flow),
            Err(error) => tracing::warn!(%error, call = self.number, "a caller's sound leads nowhere"),
        }
    }

    async fn wish(&mut self, wish: Wish) {
        match wish {
            Wish::Ring => self.call.ring(),
            Wish::Refuse(code) => self.call.refuse(code),
            Wish::Answer => self.answer().await,
            Wish::HangUp if self.answered => self.call.hang_up_because(16),
            Wish::HangUp => self.call.refuse(UNAVAILABLE),
            Wish::Comfort(on) => self.comfort = on,
            Wish::Lend(kept) => self.lent = Some(kept),
            Wish::Voicemail(why) => {
                tracing::info!(call = self.number, why = unserved(why), "voicemail");
                self.comfort = false;
                self.lent = None;
                self.voicemail = Some(Voicemail::default());
                self.answer().await;
            }
        }
    }

    async fn answer(&mut self) {
        if std::mem::replace(&mut self.answered, true) {
            return;
        }
        match self.call.answer(&self.ours) {
            Ok(Some(agreed)) => self.flow(&agreed).await,
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, call = self.number, "a call could not be answered"),
        }
    }

    fn heard(&mut self, packet: Packet) {
        let keys = self.sound.flowing().and_then(|flow| flow.keys);
        let kind = match packet.payload_type {
            0 => Kind::Sound,
            other if Some(other) == keys => Kind::Key,
            _ => return,
        };
        if let Some(voicemail) = &mut self.voicemail {
            if kind == Kind::Sound {
                voicemail.hear(packet.sequence, packet.timestamp, &packet.payload, packet.at);
            }
        } else if let Some(lent) = &self.lent {
            let Packet { marker, sequence, timestamp, source, payload, .. } = packet;
            let _ = lent.hears.try_send(Payload { kind, marker, sequence, timestamp, source, bytes: payload.into() });
        }
    }

    async fn carry(&self, payload: Payload) {
        let keys = self.sound.flowing().and_then(|flow| flow.keys);
        let payload_type = match (payload.kind, keys) {
            (Kind::Sound, _) => 0,
            (Kind::Key, Some(keys)) => keys,
            (Kind::Key, None) => return,
        };
        if self.comfort || !self.answered {
            return;
        }
        let Payload { marker, sequence, timestamp, source, bytes, .. } = payload;
        let at = clock::steady();
        let packet = Packet { payload_type, marker, sequence, timestamp, source, payload: bytes.to_vec(), at };
        self.sound.carry(&packet).await;
    }

    async fn tick(&mut self) {
        if let Some(voicemail) = &mut self.voicemail {
            let full = voicemail.tick(tocsin_sip::clock::steady());
            let say = voicemail.say();
            self.sound.say(&say).await;
            if full {
                self.edge.tell(Event::Recorded(self.number));
            }
        } else if self.comfort {
            let notes = self.tone.hold();
            self.sound.send(&notes).await;
        }
    }

    /// Puts down what was left on the voicemail.
    fn keep(&mut self) {
        let Some((sound, seconds)) = self.voicemail.take().and_then(Voicemail::message) else { return };
        let name = format!("{}.wav", self.number);
        let path = self.edge.store.folder().join("voicemail").join(&name);
        if let Err(error) = std::fs::write(&path, voicemail::wav(&sound)) {
            tracing::error!(%error, path = %path.display(), "a message could not be kept");
            return;
        }
        let caller = user(self.call.from());
        let seconds = (seconds * 10.0).round() / 10.0;
        let line = json!({ "call": self.number, "caller": caller, "called": user(self.call.to()), "seconds": seconds });
        self.edge.store.add("voicemail.jsonl", line);
    }
}

#[cfg(test)]
mod tests {
    use super::user;

    #[test]
    fn who_is_called_is_read_as_people_do() {
        for (uri, name) in [
            ("sip:support@desk.example.com:5060;transport=udp", "support"),
            ("sips:+4930123;tag=x@desk", "+4930123"),
            ("sip:desk.example.com", "desk.example.com"),
            ("support", "support"),
        ] {
            assert_eq!(user(uri), name);
        }
    }
}
