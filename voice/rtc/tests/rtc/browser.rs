//! What stands for a browser: it answers, and says whatever it is told to.

use std::net::SocketAddr;
use std::time::Instant;

use str0m::change::{SdpAnswer, SdpOffer};
use str0m::format::{Codec, FormatParams};
use str0m::media::{Frequency, Mid};
use str0m::net::{Protocol, Receive};
use str0m::rtp::RtpWrite;
use str0m::{Candidate, Event, Input, Output, Rtc, RtcConfig};
use tocsin_rtc::{Datagram, Kind};

pub struct Browser {
    pub rtc: Rtc,
    pub mid: Option<Mid>,
    pub address: SocketAddr,
    pub connected: bool,
    /// Kind, marker, sequence number, timestamp and bytes of what came.
    pub heard: Vec<(Kind, bool, u16, u32, Vec<u8>)>,
}

impl Browser {
    pub fn new(address: SocketAddr, now: Instant) -> Browser {
        let mut config = RtcConfig::new().set_rtp_mode(true).clear_codecs().enable_pcmu(true, false);
        config.codec_config().add_config(
            101.into(),
            None,
            Codec::Tele,
            Frequency::new(8000).unwrap(),
            None,
            FormatParams::default(),
        );
        let mut rtc = config.build(now);
        rtc.add_local_candidate(Candidate::host(address, "udp").unwrap());
        Browser { rtc, mid: None, address, connected: false, heard: Vec::new() }
    }

    pub fn answer(&mut self, offer: &str) -> String {
        let answer: SdpAnswer = self.rtc.sdp_api().accept_offer(SdpOffer::from_sdp_string(offer).unwrap()).unwrap();
        answer.to_sdp_string()
    }

    pub fn take(&mut self, datagram: &Datagram, now: Instant) {
        let receive = Receive::new(Protocol::Udp, datagram.from, datagram.to, &datagram.bytes).unwrap();
        self.rtc.handle_input(Input::Receive(now, receive)).unwrap();
    }

    pub fn say(&mut self, kind: Kind, sequence: u64, timestamp: u32, bytes: Vec<u8>, now: Instant) {
        let mid = self.mid.unwrap();
        let mut api = self.rtc.direct_api();
        let stream = api.stream_tx_by_mid(mid, None).unwrap();
        stream.write_rtp(RtpWrite::new(kind.payload_type().into(), sequence.into(), timestamp, now, bytes));
    }

    /// What is to be sent, until it waits; until when.
    pub fn poll(&mut self) -> (Vec<Datagram>, Option<Instant>) {
        let mut sent = Vec::new();
        while self.rtc.is_alive() {
            match self.rtc.poll_output().unwrap() {
                Output::Timeout(at) => return (sent, Some(at)),
                Output::Transmit(send) => {
                    sent.push(Datagram { from: send.source, to: send.destination, bytes: send.contents.to_vec() });
                }
                Output::Event(Event::MediaAdded(media)) => self.mid = Some(media.mid),
                Output::Event(Event::Connected) => self.connected = true,
                Output::Event(Event::RtpPacket(packet)) => {
                    let header = &packet.header;
                    let kind = Kind::of_payload_type(*header.payload_type).unwrap();
                    let (number, timestamp) = (header.sequence_number, header.timestamp);
                    self.heard.push((kind, header.marker, number, timestamp, packet.payload.to_vec()));
                }
                Output::Event(_) => {}
            }
        }
        (sent, None)
    }
}
