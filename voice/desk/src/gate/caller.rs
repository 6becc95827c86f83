//! Who calls: says one tone, and listens for the other.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tocsin_media::g711::Law;
use tocsin_media::playout::FRAME;
use tocsin_media::signal::{Listener, Tone};
use tocsin_sip::sdp::{Direction, Ours};
use tocsin_sip::{DELAY, Event, Flow, Invitation, Latch, Line, Party, Settings, Sound, Transport, Voice, random};
use tokio::sync::watch;

/// What came of the call so far.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    pub answered: bool,
    pub agent: bool,
    pub ended: bool,
    pub by_desk: bool,
    pub refused: Option<u16>,
}

/// No call lasts longer.
const LONGEST: Duration = Duration::from_secs(60);

/// Calls the desk; what comes of it is told by `tell`. Ends when the call does.
///
/// # Errors
/// When no call can be made at all.
pub async fn call(desk: SocketAddr, queue: &str, tell: &watch::Sender<Heard>) -> Result<(), String> {
    let failed = |fault: tocsin_sip::Fault| format!("no call can be made: {fault}");
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let settings = Settings::new(Transport::Udp, SocketAddr::new(here, 0), "tocsin-desk-gate");
    let (line, _incoming) = Line::open(settings).await.map_err(failed)?;
    let sound = Arc::new(Sound::open(here).await.map_err(failed)?);
    let ours = Ours {
        address: sound.address().map_err(failed)?,
        laws: vec![Law::Mu],
        direction: Direction::SendReceive,
        session: u64::from(u32::from_be_bytes(random())),
        version: 1,
    };
    let to = format!("sip:{queue}@{desk}").parse().map_err(|why| format!("no call can be made: {why}"))?;
    let invitation = Invitation { to, from: None, name: None, account: None, ours, transport: None };
    let mut call = line.call(invitation).await.map_err(failed)?;
    let mut voice = Voice::new(sound, DELAY);
    let (mut says, mut listens) = (Tone::CallerCalls.wave(), Listener::default());
    let end = tokio::time::sleep(LONGEST);
    tokio::pin!(end);
    loop {
        tokio::select! {
            event = call.next() => match event {
                None => break,
                Some(Event::Answered(agreed)) => {
                    if let Some(agreed) = agreed {
                        voice.flow(Flow::of(&agreed, Latch::default()).await.map_err(failed)?);
                    }
                    tell.send_modify(|heard| heard.answered = true);
                }
                Some(Event::Refused(refusal)) => tell.send_modify(|heard| heard.refused = Some(refusal.code)),
                Some(Event::Ended { by, .. }) => tell.send_modify(|heard| heard.by_desk = by == Party::Them),
                Some(_) => {}
            },
            heard = voice.hear() => {
                let tones = listens.feed(&heard.samples);
                if tones.iter().any(|heard| heard.tone == Tone::CalleeGreets) {
                    tell.send_modify(|heard| heard.agent = true);
                }
                voice.say(&says.take(FRAME)).await;
            }
            () = &mut end => break,
        }
    }
    tell.send_modify(|heard| heard.ended = true);
    Ok(())
}
