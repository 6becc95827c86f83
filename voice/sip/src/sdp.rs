//! Session descriptions (RFC 4566) and what two of them agree on (RFC 3264), as far as a telephone call needs them.
//! Pure: text in, text out.
//!
//! We speak G.711 over plain RTP. What else is described is read, answered with a refusal of that stream, and left.

use std::fmt::{self, Write as _};
use std::net::{IpAddr, SocketAddr};

use tocsin_media::g711::Law;

/// Of 20 ms.
const PTIME: u32 = 20;
/// The payload type that we give to keys of a telephone (RFC 4733) in an offer.
const KEYS: u8 = 101;

/// Which way sound goes, as one end sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    #[default]
    SendReceive,
    SendOnly,
    ReceiveOnly,
    Inactive,
}

impl Direction {
    fn word(self) -> &'static str {
        match self {
            Direction::SendReceive => "sendrecv",
            Direction::SendOnly => "sendonly",
            Direction::ReceiveOnly => "recvonly",
            Direction::Inactive => "inactive",
        }
    }

    fn named(word: &str) -> Option<Direction> {
        [Direction::SendReceive, Direction::SendOnly, Direction::ReceiveOnly, Direction::Inactive]
            .into_iter()
            .find(|direction| direction.word() == word)
    }

    #[must_use]
    pub fn sends(self) -> bool {
        matches!(self, Direction::SendReceive | Direction::SendOnly)
    }

    #[must_use]
    pub fn receives(self) -> bool {
        matches!(self, Direction::SendReceive | Direction::ReceiveOnly)
    }

    fn of(sends: bool, receives: bool) -> Direction {
        match (sends, receives) {
            (true, true) => Direction::SendReceive,
            (true, false) => Direction::SendOnly,
            (false, true) => Direction::ReceiveOnly,
            (false, false) => Direction::Inactive,
        }
    }

    /// What is left when the other end wants this: it sends what we receive.
    #[must_use]
    pub fn answering(self, theirs: Direction) -> Direction {
        Direction::of(self.sends() && theirs.receives(), self.receives() && theirs.sends())
    }
}

/// Where sound is to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    Address(IpAddr),
    /// To be looked up.
    Name(String),
}

impl Host {
    fn read(text: &str) -> Host {
        // A multicast address may carry its reach.
        let plain = text.split('/').next().unwrap_or(text);
        plain.parse().map_or_else(|_| Host::Name(plain.to_owned()), Host::Address)
    }

    /// 0.0.0.0 or ::, the old way to say that nothing is to be sent (RFC 2543).
    fn is_nowhere(&self) -> bool {
        matches!(self, Host::Address(address) if address.is_unspecified())
    }
}

/// A codec that a stream is offered in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Codec {
    pub payload_type: u8,
    /// As written, such as `PCMU`.
    pub name: String,
    /// Of its timestamps, in Hz.
    pub rate: u32,
    pub channels: u32,
}

impl Codec {
    fn law(&self) -> Option<Law> {
        let plain = self.rate == 8000 && self.channels == 1;
        Law::BOTH.into_iter().find(|law| plain && law.name().eq_ignore_ascii_case(&self.name))
    }

    fn is_keys(&self) -> bool {
        self.rate == 8000 && self.name.eq_ignore_ascii_case("telephone-event")
    }
}

/// One `m=` section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// `audio`, `video`, `image`…
    pub kind: String,
    /// 0: refused, or ended.
    pub port: u16,
    /// `RTP/AVP`…
    pub protocol: String,
    pub host: Option<Host>,
    pub direction: Direction,
    /// In the order in which they are wished for.
    pub codecs: Vec<Codec>,
    /// What is wished for instead of 20 ms.
    pub ptime: Option<u32>,
    /// Where RTCP is to go, when not to the next port (RFC 3605).
    pub control: Option<(u16, Option<Host>)>,
    formats: String,
}

impl Stream {
    fn is_plain_audio(&self) -> bool {
        self.kind == "audio" && matches!(self.protocol.as_str(), "RTP/AVP" | "RTP/AVPF") && self.port != 0
    }
}

/// What one end says of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// In their order, which an answer has to keep.
    pub streams: Vec<Stream>,
}

/// Why a text is no session description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It does not begin with `v=0`.
    Version,
    /// A line that cannot be read, with its number from 1.
    Line(usize, String),
    /// No stream at all.
    Empty,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Version => out.write_str("the session description does not begin with v=0"),
            Problem::Line(number, line) => {
                write!(out, "line {number} of the session description cannot be read: {line}")
            }
            Problem::Empty => out.write_str("the session description names no stream"),
        }
    }
}

impl std::error::Error for Problem {}

/// The static payload types of RFC 3551 that need no `a=rtpmap`.
fn well_known(payload_type: u8) -> Option<Codec> {
    let (name, rate) = match payload_type {
        0 => ("PCMU", 8000),
        3 => ("GSM", 8000),
        4 => ("G723", 8000),
        8 => ("PCMA", 8000),
        9 => ("G722", 8000),
        18 => ("G729", 8000),
        _ => return None,
    };
    Some(Codec { payload_type, name: name.to_owned(), rate, channels: 1 })
}

impl Description {
    /// # Errors
    /// When the text is none. What it says beyond what we know is passed over.
    pub fn read(text: &str) -> Result<Description, Problem> {
        let mut lines =
            text.lines().enumerate().map(|(at, line)| (at + 1, line.trim_end())).filter(|(_, line)| !line.is_empty());
        if lines.next().is_none_or(|(_, line)| line != "v=0") {
            return Err(Problem::Version);
        }
        let mut host = None;
        let mut direction = Direction::default();
        let mut streams: Vec<Stream> = Vec::new();
        for (number, line) in lines {
            let unreadable = || Problem::Line(number, line.to_owned());
            let (field, value) = line.split_once('=').ok_or_else(unreadable)?;
            match (field, streams.last_mut()) {
                ("m", _) => streams.push(stream(value, host.clone(), direction).ok_or_else(unreadable)?),
                ("c", stream) => {
                    let mut words = value.split_whitespace();
                    let ("IN", Some(_), Some(address)) = (words.next().unwrap_or(""), words.next(), words.next())
                    else {
                        return Err(unreadable());
                    };
                    *stream.map_or(&mut host, |stream| &mut stream.host) = Some(Host::read(address));
                }
                ("a", stream) => attribute(value, stream, &mut direction),
                _ => {}
            }
        }
        if streams.is_empty() { Err(Problem::Empty) } else { Ok(Description { streams }) }
    }
}

fn stream(value: &str, host: Option<Host>, direction: Direction) -> Option<Stream> {
    let mut words = value.splitn(4, ' ');
    let (kind, port, protocol) = (words.next()?, words.next()?, words.next()?);
    let formats = words.next().unwrap_or("").trim();
    let codecs = formats
        .split_whitespace()
        .filter_map(|format| format.parse().ok())
        .map(|payload_type| {
            // Until an rtpmap says what it is.
            well_known(payload_type).unwrap_or(Codec { payload_type, name: String::new(), rate: 0, channels: 1 })
        })
        .collect();
    Some(Stream {
        kind: kind.to_owned(),
        port: port.split('/').next()?.parse().ok()?,
        protocol: protocol.to_owned(),
        host,
        direction,
        codecs,
        ptime: None,
        control: None,
        formats: formats.to_owned(),
    })
}

/// One that cannot be read is as if it were not there: it wishes for something beyond the call.
fn attribute(value: &str, stream: Option<&mut Stream>, session: &mut Direction) {
    let (name, value) = value.split_once(':').unwrap_or((value, ""));
    if let Some(direction) = Direction::named(name) {
        *stream.map_or(session, |stream| &mut stream.direction) = direction;
        return;
    }
    let Some(stream) = stream else { return };
    match name {
        "rtpmap" => {
            let Some((number, codec)) = value.trim().split_once(' ') else { return };
            let mut parts = codec.trim().split('/');
            let (Ok(number), Some(name)) = (number.parse::<u8>(), parts.next()) else { return };
            let rate = parts.next().and_then(|rate| rate.parse().ok()).unwrap_or(8000);
            let channels = parts.next().and_then(|channels| channels.parse().ok()).unwrap_or(1);
            if let Some(codec) = stream.codecs.iter_mut().find(|codec| codec.payload_type == number) {
                name.clone_into(&mut codec.name);
                codec.rate = rate;
                codec.channels = channels;
            }
        }
        "ptime" => stream.ptime = value.trim().parse().ok(),
        "rtcp" => {
            let mut words = value.split_whitespace();
            let port = words.next().and_then(|port| port.parse().ok());
            stream.control = port.map(|port| (port, words.nth(2).map(Host::read)));
        }
        _ => {}
    }
}

/// What we say of ourselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ours {
    /// Where we want sound sent.
    pub address: SocketAddr,
    /// In the order in which we would like them.
    pub laws: Vec<Law>,
    pub direction: Direction,
    /// The same for a whole call.
    pub session: u64,
    /// One more for every description that says something new.
    pub version: u64,
}

/// What both ends agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// What to send in.
    pub law: Law,
    /// What may come: that, and others that both ends named.
    pub laws: Vec<Law>,
    /// The payload type of keys, where both know them.
    pub keys: Option<u8>,
    /// Where to send; `None` while the other end wants nothing, or says no address.
    pub to: Option<(Host, u16)>,
    /// Where to send RTCP.
    pub control: Option<(Host, u16)>,
    /// As we see it.
    pub direction: Direction,
    /// What the other end would like its packets to last, in ms.
    pub ptime: u32,
}

impl Agreed {
    /// The other end wants to hear nothing for now.
    #[must_use]
    pub fn is_held(&self) -> bool {
        !self.direction.sends()
    }
}

impl Ours {
    fn head(&self) -> String {
        let family = if self.address.is_ipv4() { "IP4" } else { "IP6" };
        let address = self.address.ip();
        let (session, version) = (self.session, self.version);
        format!(
            "v=0\r\no=tocsin {session} {version} IN {family} {address}\r\ns=-\r\nc=IN {family} {address}\r\nt=0 0\r\n"
        )
    }

    fn audio(&self, out: &mut String, protocol: &str, laws: &[Law], keys: Option<u8>, direction: Direction) {
        let types = laws.iter().map(|law| law.payload_type()).chain(keys);
        let formats: Vec<String> = types.map(|number| number.to_string()).collect();
        let _ = write!(out, "m=audio {} {protocol} {}\r\n", self.address.port(), formats.join(" "));
        for law in laws {
            let _ = write!(out, "a=rtpmap:{} {}/8000\r\n", law.payload_type(), law.name());
        }
        if let Some(keys) = keys {
            let _ = write!(out, "a=rtpmap:{keys} telephone-event/8000\r\na=fmtp:{keys} 0-15\r\n");
        }
        let _ = write!(out, "a=ptime:{PTIME}\r\na={}\r\n", direction.word());
    }

    /// An offer of all that we take.
    #[must_use]
    pub fn offer(&self) -> String {
        let mut text = self.head();
        self.audio(&mut text, "RTP/AVP", &self.laws, Some(KEYS), self.direction);
        text
    }

    /// The answer to an offer, with what is agreed then: the first stream of sound in a codec of ours, in the first of
    /// its codecs that we take. `None`: there is none.
    #[must_use]
    pub fn answer(&self, offer: &Description) -> Option<(String, Agreed)> {
        let (chosen, agreed) = offer
            .streams
            .iter()
            .enumerate()
            .find_map(|(at, stream)| Some((at, self.agreed_on(stream, stream.is_plain_audio())?)))?;
        // One is named in the answer, so that nothing else comes.
        let agreed = Agreed { laws: vec![agreed.law], ..agreed };
        let mut text = self.head();
        for (at, stream) in offer.streams.iter().enumerate() {
            if at == chosen {
                self.audio(&mut text, &stream.protocol, &[agreed.law], agreed.keys, agreed.direction);
            } else {
                let formats = if stream.formats.is_empty() { "0" } else { &stream.formats };
                let _ = write!(text, "m={} 0 {} {formats}\r\n", stream.kind, stream.protocol);
            }
        }
        Some((text, agreed))
    }

    /// What an answer to our offer agrees to. `None`: to no codec that was offered.
    #[must_use]
    pub fn agreed(&self, answer: &Description) -> Option<Agreed> {
        // We offer one stream, so the first answers it.
        let stream = answer.streams.first()?;
        self.agreed_on(stream, stream.is_plain_audio())
    }

    fn agreed_on(&self, stream: &Stream, fits: bool) -> Option<Agreed> {
        let common = stream.codecs.iter().filter_map(Codec::law).filter(|law| fits && self.laws.contains(law));
        let laws: Vec<Law> = common.collect();
        let law = *laws.first()?;
        let keys = stream.codecs.iter().find(|codec| codec.is_keys()).map(|codec| codec.payload_type);
        let host = stream.host.clone().filter(|host| !host.is_nowhere());
        let theirs = if host.is_some() { stream.direction } else { Direction::of(stream.direction.sends(), false) };
        let beside = || host.clone().zip(stream.port.checked_add(1));
        let control = match &stream.control {
            Some((port, own)) => own.clone().or_else(|| host.clone()).map(|host| (host, *port)),
            None => beside(),
        };
        Some(Agreed {
            law,
            laws,
            keys,
            to: host.clone().map(|host| (host, stream.port)),
            control,
            direction: self.direction.answering(theirs),
            ptime: stream.ptime.unwrap_or(PTIME),
        })
    }
}
