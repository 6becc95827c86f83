//! The state machine of one peer.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::format::{Codec, FormatParams};
use str0m::media::{Direction, Frequency, MediaKind, Mid};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{RtpPacket, RtpWrite};
use str0m::{Candidate, Input, Output, Rtc, RtcConfig};
use str0m::{Event as Inner, IceConnectionState};
use tocsin_media::sequence::Sequence;

use crate::key::Hearer;
use crate::{Kind, Payload};

/// How often [`Event::Stats`] comes.
const STATS_EVERY: Duration = Duration::from_secs(1);

/// So many addresses a browser may name after its answer: each is written to, whoever lives there.
const MOST_CANDIDATES: u32 = 32;

/// One packet of the network. Addresses of ours are those that were announced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datagram {
    pub from: SocketAddr,
    pub to: SocketAddr,
    pub bytes: Vec<u8>,
}

/// Whether there is a way to the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Path {
    /// Looked for.
    Sought,
    Up,
    /// Lost, for now.
    Down,
}

/// What is known of the way.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stats {
    /// RTP packets.
    pub sent: u64,
    pub received: u64,
    /// Of what the browser sent, between 0 and 1, in the last report.
    pub lost_in: Option<f64>,
    /// Of what we sent, as the browser tells.
    pub lost_out: Option<f64>,
    /// There and back, on the way that is used.
    pub round_trip: Option<Duration>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    Path(Path),
    /// DTLS is up: from here on sound can be sent.
    Secured,
    Payload(Payload),
    /// The browser's end pressed a key.
    Pressed(char),
    Stats(Stats),
    /// Nothing more comes. Why, where nobody wanted it.
    Over(Option<String>),
}

/// What is to be done next.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    Send(Datagram),
    Happened(Event),
    /// Nothing, until then or until something is told.
    Wait(Instant),
    /// Nothing any more.
    Over,
}

/// Why an offer or an answer came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("the browser's answer cannot be read: {0}")]
    Unreadable(String),
    #[error("the browser's answer does not fit our offer: {0}")]
    Unfit(String),
    #[error("the browser's answer came without an offer")]
    Unasked,
    #[error("the browser does not take PCMU")]
    NoPcmu,
    #[error("the browser sends no sound: it answered without a microphone")]
    NoMicrophone,
    #[error("the candidate cannot be read: {0}")]
    Candidate(String),
    #[error("the browser names too many candidates")]
    TooMany,
    #[error("the address cannot be announced: {0}")]
    Address(String),
    #[error("there is no call to restart")]
    Nothing,
}

/// One peer.
pub struct Peer {
    rtc: Rtc,
    mid: Option<Mid>,
    /// The offer that is still to be answered, and how it reads.
    pending: Option<(SdpPendingOffer, String)>,
    candidates: u32,
    takes_keys: bool,
    numbers: Sequence,
    keys: Hearer,
    stats: Stats,
    events: VecDeque<Event>,
    over: bool,
}

impl Peer {
    #[must_use]
    pub fn new(now: Instant) -> Peer {
        let mut config = RtcConfig::new().set_rtp_mode(true).set_stats_interval(Some(STATS_EVERY)).clear_codecs();
        let rate = Frequency::new(tocsin_media::RATE).unwrap_or(Frequency::FORTY_EIGHT_KHZ);
        for (kind, codec) in [(Kind::Sound, Codec::PCMU), (Kind::Key, Codec::Tele)] {
            let payload_type = kind.payload_type().into();
            // Browsers do not write how many channels PCMU has, and to them that is another codec than one that does.
            config.codec_config().add_config(payload_type, None, codec, rate, None, FormatParams::default());
        }
        Peer {
            rtc: config.build(now),
            mid: None,
            pending: None,
            candidates: 0,
            takes_keys: false,
            numbers: Sequence::default(),
            keys: Hearer::default(),
            stats: Stats::default(),
            events: VecDeque::new(),
            over: false,
        }
    }

    /// An address at which we can be reached. What is announced before an offer stands in it.
    ///
    /// # Errors
    /// When it is no address that anybody could write to.
    pub fn announce(&mut self, address: SocketAddr) -> Result<(), Fault> {
        self.rtc.add_local_candidate(host(address)?);
        Ok(())
    }

    /// An address at which we cannot be reached any more.
    pub fn withdraw(&mut self, address: SocketAddr) {
        if let Ok(candidate) = host(address) {
            self.rtc.direct_api().invalidate_candidate(&candidate);
        }
    }

    /// The first offer, or again the one that is still to be answered: a session description.
    ///
    /// # Errors
    /// When the call is over.
    pub fn offer(&mut self) -> Result<String, Fault> {
        if let Some((_, offer)) = &self.pending {
            return Ok(offer.clone());
        }
        if self.mid.is_some() {
            return self.restart();
        }
        let mut api = self.rtc.sdp_api();
        self.mid = Some(api.add_media(MediaKind::Audio, Direction::SendRecv, None, None, None));
        let (offer, pending) = api.apply().ok_or(Fault::Nothing)?;
        Ok(self.keep(&offer, pending))
    }

    /// The other way round, for a robot in an agent's place: our answer to somebody's offer.
    ///
    /// # Errors
    /// When it cannot be read, or does not offer PCMU both ways.
    pub fn accept(&mut self, offer: &str) -> Result<String, Fault> {
        let description = SdpOffer::from_sdp_string(offer).map_err(|error| Fault::Unreadable(error.to_string()))?;
        let unfit = |error: str0m::RtcError| Fault::Unfit(error.to_string());
        let answer = self.rtc.sdp_api().accept_offer(description).map_err(unfit)?;
        let audio = offer.lines().skip_while(|line| !line.starts_with("m=audio"));
        self.mid = audio.filter_map(|line| line.trim().strip_prefix("a=mid:")).map(Mid::from).next();
        self.agreed()?;
        Ok(answer.to_sdp_string())
    }

    /// An offer by which both look for a way anew, for a call that was answered before.
    ///
    /// # Errors
    /// When nothing was answered yet.
    pub fn restart(&mut self) -> Result<String, Fault> {
        if self.over || self.mid.and_then(|mid| self.rtc.media(mid)).is_none() {
            return Err(Fault::Nothing);
        }
        let mut api = self.rtc.sdp_api();
        api.ice_restart(true);
        let (offer, pending) = api.apply().ok_or(Fault::Nothing)?;
        Ok(self.keep(&offer, pending))
    }

    fn keep(&mut self, offer: &SdpOffer, pending: SdpPendingOffer) -> String {
        self.candidates = 0;
        let text = offer.to_sdp_string();
        self.pending = Some((pending, text.clone()));
        text
    }

    /// The browser's answer to the last offer: a session description.
    ///
    /// # Errors
    /// When it cannot be read, or does not agree to PCMU both ways. Nothing can be made of such a call.
    pub fn answer(&mut self, answer: &str) -> Result<(), Fault> {
        let answer = SdpAnswer::from_sdp_string(answer).map_err(|error| Fault::Unreadable(error.to_string()))?;
        let (pending, _) = self.pending.take().ok_or(Fault::Unasked)?;
        let unfit = |error: str0m::RtcError| Fault::Unfit(error.to_string());
        self.rtc.sdp_api().accept_answer(pending, answer).map_err(unfit)?;
        self.agreed()
    }

    /// Holds what both agreed to against what we need.
    fn agreed(&mut self) -> Result<(), Fault> {
        let media = self.mid.and_then(|mid| self.rtc.media(mid)).ok_or(Fault::NoPcmu)?;
        let takes = |kind: Kind| media.remote_pts().contains(&kind.payload_type().into());
        if media.disabled() || !takes(Kind::Sound) {
            return Err(Fault::NoPcmu);
        }
        if media.direction() != Direction::SendRecv {
            return Err(Fault::NoMicrophone);
        }
        self.takes_keys = takes(Kind::Key);
        Ok(())
    }

    /// An address that the browser found after its answer: a line `candidate:…`. One that says that there are no more
    /// is nothing.
    ///
    /// # Errors
    /// When it cannot be read, or is one too many. A name that only the browser's own network knows (`….local`) is none: the browser will
    /// be known by its address once it writes.
    pub fn candidate(&mut self, line: &str) -> Result<(), Fault> {
        let line = line.trim().trim_start_matches("a=");
        if line.is_empty() || line.contains(".local ") {
            return Ok(());
        }
        self.candidates += 1;
        if self.candidates > MOST_CANDIDATES {
            return Err(Fault::TooMany);
        }
        let candidate = Candidate::from_sdp_string(line).map_err(|error| Fault::Candidate(error.to_string()))?;
        self.rtc.add_remote_candidate(candidate);
        Ok(())
    }

    /// Takes a packet that came at `now`. What is not meant for us is nothing.
    pub fn take(&mut self, datagram: &Datagram, now: Instant) {
        let Ok(receive) = Receive::new(Protocol::Udp, datagram.from, datagram.to, &datagram.bytes) else { return };
        let input = Input::Receive(now, receive);
        if self.rtc.accepts(&input) {
            self.input(input);
        }
    }

    /// Takes note of the time.
    pub fn tick(&mut self, now: Instant) {
        self.input(Input::Timeout(now));
    }

    fn input(&mut self, input: Input<'_>) {
        if !self.over
            && let Err(error) = self.rtc.handle_input(input)
        {
            self.end(Some(error.to_string()));
        }
    }

    /// Sends, as it is numbered. Before [`Event::Secured`] and after the end it is lost, and so is a key that the
    /// browser does not take. [`Peer::poll`] is to be asked after each.
    pub fn say(&mut self, payload: &Payload, now: Instant) {
        let Some(mid) = self.mid.filter(|_| !self.over && self.rtc.is_connected()) else { return };
        if payload.kind == Kind::Key && !self.takes_keys {
            return;
        }
        let Ok(number) = u64::try_from(self.numbers.unwrap(payload.sequence)) else { return };
        let mut api = self.rtc.direct_api();
        let Some(stream) = api.stream_tx_by_mid(mid, None) else { return };
        let kind = payload.kind.payload_type().into();
        let packet = RtpWrite::new(kind, number.into(), payload.timestamp, now, payload.bytes.clone());
        stream.write_rtp(packet.marker(payload.marker));
        self.stats.sent += 1;
    }

    /// Says goodbye. What is still to be sent comes out of [`Peer::poll`].
    pub fn close(&mut self) {
        if self.rtc.close().is_err() {
            self.rtc.disconnect();
        }
    }

    fn end(&mut self, why: Option<String>) {
        if !self.over {
            self.over = true;
            self.events.push_back(Event::Over(why));
        }
    }

    /// Whether the way is there and secured.
    #[must_use]
    pub fn is_secured(&self) -> bool {
        !self.over && self.rtc.is_connected()
    }

    /// What is to be done: to be asked until it says [`Step::Wait`].
    pub fn poll(&mut self) -> Step {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Step::Happened(event);
            }
            if self.over {
                return Step::Over;
            }
            if !self.rtc.is_alive() {
                self.end(None);
                continue;
            }
            match self.rtc.poll_output() {
                Ok(Output::Timeout(at)) => {
                    if !self.rtc.is_alive() {
                        continue;
                    }
                    return Step::Wait(at);
                }
                Ok(Output::Transmit(send)) => {
                    let bytes = send.contents.to_vec();
                    return Step::Send(Datagram { from: send.source, to: send.destination, bytes });
                }
                Ok(Output::Event(event)) => self.happened(event),
                Err(error) => self.end(Some(error.to_string())),
            }
        }
    }

    fn happened(&mut self, event: Inner) {
        let event = match event {
            Inner::Connected => Event::Secured,
            Inner::IceConnectionStateChange(state) => Event::Path(match state {
                IceConnectionState::New | IceConnectionState::Checking => Path::Sought,
                IceConnectionState::Connected | IceConnectionState::Completed => Path::Up,
                IceConnectionState::Disconnected => Path::Down,
            }),
            Inner::RtpPacket(packet) => return self.came(packet),
            Inner::MediaIngressStats(stats) => {
                self.stats.lost_in = stats.loss.map(f64::from);
                return;
            }
            Inner::MediaEgressStats(stats) => {
                self.stats.lost_out = stats.loss.map(f64::from).or(self.stats.lost_out);
                return;
            }
            Inner::PeerStats(stats) => {
                let pair = stats.selected_candidate_pair.and_then(|pair| pair.current_round_trip_time);
                self.stats.round_trip = pair.or(stats.rtt).or(self.stats.round_trip);
                Event::Stats(self.stats)
            }
            // The browser hung up; what we owe it for that is sent before the end.
            _ => return,
        };
        self.events.push_back(event);
    }

    fn came(&mut self, packet: RtpPacket) {
        let Some(kind) = Kind::of_payload_type(*packet.header.payload_type) else { return };
        self.stats.received += 1;
        let payload = Payload {
            kind,
            marker: packet.header.marker,
            sequence: packet.header.sequence_number,
            timestamp: packet.header.timestamp,
            source: *packet.header.ssrc,
            bytes: packet.payload,
        };
        if kind == Kind::Key
            && let Some(key) = self.keys.take(payload.timestamp, &payload.bytes)
        {
            self.events.push_back(Event::Pressed(key));
        }
        self.events.push_back(Event::Payload(payload));
    }
}

fn host(address: SocketAddr) -> Result<Candidate, Fault> {
    Candidate::host(address, "udp").map_err(|error| Fault::Address(error.to_string()))
}
