//! The only file here that knows the time and the network: a task and its sockets for each peer.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::task::{Context, Poll};
use std::time::Instant;

use tokio::io::ReadBuf;
use tokio::net::UdpSocket;
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::{Datagram, Event, Fault, Payload, Peer, Step};

/// Larger than any packet.
const LARGEST: usize = 2048;
/// Events that a listener may be behind, before it misses some: five seconds of sound.
const BEHIND: usize = 256;
/// What waits to be said: half a second.
const WAITING: usize = 32;
/// So many packets in a row are taken before anybody else has a turn.
const AT_ONCE: usize = 16;
/// The way before a restart is kept open beside the new one.
const SOCKETS: usize = 2;

/// Where a peer listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    pub bind: IpAddr,
    /// What browsers are told instead, where a router passes the same port on.
    pub announce: Option<IpAddr>,
    /// Which ports may be taken; any, if `None`.
    pub ports: Option<RangeInclusive<u16>>,
}

/// The peer is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the call in the browser is over")]
pub struct Gone;

/// What went wrong when a peer was told something.
pub type Told<T> = Result<T, Fault>;

/// What happens, from when it was asked for. Whoever is too far behind misses the oldest.
#[derive(Debug)]
pub struct Events(broadcast::Receiver<Event>);

impl Events {
    /// The next; `None` after [`Event::Over`].
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            match self.0.recv().await {
                Ok(event) => return Some(event),
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }
}

enum Command {
    Offer(oneshot::Sender<Told<String>>),
    Accept(String, oneshot::Sender<Told<String>>),
    Answer(String, oneshot::Sender<Told<()>>),
    Candidate(String, oneshot::Sender<Told<()>>),
    Restart(oneshot::Sender<Told<String>>),
    Sever,
    Close,
}

/// A peer that runs. It closes when nobody holds it any more.
#[derive(Clone, Debug)]
pub struct Line {
    commands: mpsc::Sender<Command>,
    payloads: mpsc::Sender<Payload>,
    events: broadcast::WeakSender<Event>,
}

/// Starts a peer.
///
/// # Errors
/// When no port can be had.
pub async fn open(host: Host) -> io::Result<(Line, Events)> {
    let mut peer = Peer::new(now());
    let socket = Socket::bind(&host).await?;
    peer.announce(socket.announced).map_err(io::Error::other)?;
    let (commands, told) = mpsc::channel(WAITING);
    let (payloads, said) = mpsc::channel(WAITING);
    let (events, first) = broadcast::channel(BEHIND);
    let line = Line { commands, payloads, events: events.downgrade() };
    let driver = Driver { peer, host, sockets: VecDeque::from([socket]), told, said, events };
    tokio::spawn(driver.run());
    Ok((line, Events(first)))
}

impl Line {
    async fn tell<T>(&self, command: impl FnOnce(oneshot::Sender<Told<T>>) -> Command) -> Told<T> {
        let (reply, came) = oneshot::channel();
        self.commands.send(command(reply)).await.map_err(|_| Fault::Nothing)?;
        came.await.map_err(|_| Fault::Nothing)?
    }

    /// See [`Peer::offer`].
    ///
    /// # Errors
    /// When the peer is over.
    pub async fn offer(&self) -> Told<String> {
        self.tell(Command::Offer).await
    }

    /// See [`Peer::accept`].
    ///
    /// # Errors
    /// When it cannot be read or does not offer what we need, or the peer is over.
    pub async fn accept(&self, offer: String) -> Told<String> {
        self.tell(|reply| Command::Accept(offer, reply)).await
    }

    /// See [`Peer::answer`].
    ///
    /// # Errors
    /// When it cannot be read or does not agree to what we offered, or the peer is over.
    pub async fn answer(&self, answer: String) -> Told<()> {
        self.tell(|reply| Command::Answer(answer, reply)).await
    }

    /// See [`Peer::candidate`].
    ///
    /// # Errors
    /// When it cannot be read, or the peer is over.
    pub async fn candidate(&self, line: String) -> Told<()> {
        self.tell(|reply| Command::Candidate(line, reply)).await
    }

    /// An offer by which both look for a way anew, ours from another port: see [`Peer::restart`].
    ///
    /// # Errors
    /// When nothing was answered yet, or the peer is over.
    pub async fn restart(&self) -> Told<String> {
        self.tell(Command::Restart).await
    }

    /// Sends, or loses it as a network would: before [`Event::Secured`], and where too much waits already.
    ///
    /// # Errors
    /// When the peer is over.
    pub fn say(&self, payload: Payload) -> Result<(), Gone> {
        match self.payloads.try_send(payload) {
            Ok(()) | Err(mpsc::error::TrySendError::Full(_)) => Ok(()),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(Gone),
        }
    }

    /// What happens from now on; nothing, where the peer is over.
    #[must_use]
    pub fn events(&self) -> Events {
        Events(self.events.upgrade().map_or_else(|| broadcast::channel(1).1, |events| events.subscribe()))
    }

    /// For drills: the ports that are open now lose whatever is sent or comes, as behind a firewall that was changed
    /// during the call. A restart gets through.
    pub async fn sever(&self) {
        let _ = self.commands.send(Command::Sever).await;
    }

    /// Says goodbye to the browser, and ends.
    pub async fn close(&self) {
        let _ = self.commands.send(Command::Close).await;
        self.commands.closed().await;
    }
}

struct Socket {
    io: UdpSocket,
    announced: SocketAddr,
    severed: bool,
}

impl Socket {
    async fn bind(host: &Host) -> io::Result<Socket> {
        let mut tried = None;
        for port in host.ports.clone().unwrap_or(0..=0) {
            match UdpSocket::bind((host.bind, port)).await {
                Ok(io) => {
                    let port = io.local_addr()?.port();
                    let announced = SocketAddr::new(host.announce.unwrap_or(host.bind), port);
                    return Ok(Socket { io, announced, severed: false });
                }
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => tried = Some(error),
                Err(error) => return Err(error),
            }
        }
        Err(tried.unwrap_or_else(|| io::Error::other("there is no port to take")))
    }
}

struct Driver {
    peer: Peer,
    host: Host,
    /// The newest last.
    sockets: VecDeque<Socket>,
    told: mpsc::Receiver<Command>,
    said: mpsc::Receiver<Payload>,
    events: broadcast::Sender<Event>,
}

impl Driver {
    async fn run(mut self) {
        let mut buffer = vec![0; LARGEST];
        while let Some(wake) = self.settle() {
            tokio::select! {
                command = self.told.recv() => match command {
                    None | Some(Command::Close) => return self.close(),
                    Some(command) => self.obey(command).await,
                },
                Some(payload) = self.said.recv() => self.say(&payload),
                came = poll_fn(|context| receive(&self.sockets, context, &mut buffer)) => {
                    self.take(came, &buffer);
                    for _ in 1..AT_ONCE {
                        let more = poll_fn(|context| Poll::Ready(receive(&self.sockets, context, &mut buffer))).await;
                        let Poll::Ready(came) = more else { break };
                        self.settle();
                        self.take(came, &buffer);
                    }
                }
                () = tokio::time::sleep_until(wake.into()) => self.peer.tick(now()),
            }
        }
    }

    /// Does what the peer wants, until it has to wait; `None` when it is over.
    fn settle(&mut self) -> Option<Instant> {
        loop {
            match self.peer.poll() {
                Step::Send(datagram) => self.send(&datagram),
                Step::Happened(event) => drop(self.events.send(event)),
                Step::Wait(until) => return Some(until),
                Step::Over => return None,
            }
        }
    }

    /// What cannot be sent at once is lost.
    fn send(&self, datagram: &Datagram) {
        let socket = self.sockets.iter().find(|socket| socket.announced == datagram.from && !socket.severed);
        if let Some(Err(error)) = socket.map(|socket| socket.io.try_send_to(&datagram.bytes, datagram.to)) {
            tracing::trace!(%error, to = %datagram.to, "a packet was not sent");
        }
    }

    fn say(&mut self, payload: &Payload) {
        let now = now();
        self.peer.say(payload, now);
        self.peer.tick(now);
    }

    fn take(&mut self, (which, length, from): (usize, usize, SocketAddr), buffer: &[u8]) {
        let socket = &self.sockets[which];
        if !socket.severed {
            let datagram = Datagram { from, to: socket.announced, bytes: buffer[..length].to_vec() };
            self.peer.take(&datagram, now());
        }
    }

    /// The goodbye is said once; nobody waits for an answer.
    fn close(mut self) {
        self.peer.close();
        if self.settle().is_some() {
            let _ = self.events.send(Event::Over(None));
        }
    }

    async fn obey(&mut self, command: Command) {
        match command {
            Command::Offer(reply) => drop(reply.send(self.peer.offer())),
            Command::Accept(offer, reply) => drop(reply.send(self.peer.accept(&offer))),
            Command::Answer(answer, reply) => drop(reply.send(self.peer.answer(&answer))),
            Command::Candidate(line, reply) => drop(reply.send(self.peer.candidate(&line))),
            Command::Restart(reply) => drop(reply.send(self.restart().await)),
            Command::Sever => self.sockets.iter_mut().for_each(|socket| socket.severed = true),
            Command::Close => {}
        }
        self.peer.tick(now());
    }

    async fn restart(&mut self) -> Told<String> {
        let socket = Socket::bind(&self.host).await.map_err(|error| Fault::Address(error.to_string()))?;
        self.peer.announce(socket.announced)?;
        self.sockets.push_back(socket);
        if self.sockets.len() > SOCKETS
            && let Some(oldest) = self.sockets.pop_front()
        {
            self.peer.withdraw(oldest.announced);
        }
        self.peer.restart()
    }
}

/// A packet of any socket: which, how long, and from whom.
fn receive(
    sockets: &VecDeque<Socket>,
    context: &mut Context<'_>,
    buffer: &mut [u8],
) -> Poll<(usize, usize, SocketAddr)> {
    for (which, socket) in sockets.iter().enumerate() {
        // An error is that of a packet sent before, which nobody took.
        loop {
            let mut into = ReadBuf::new(buffer);
            match socket.io.poll_recv_from(context, &mut into) {
                Poll::Ready(Ok(from)) => return Poll::Ready((which, into.filled().len(), from)),
                Poll::Ready(Err(_)) => {}
                Poll::Pending => break,
            }
        }
    }
    Poll::Pending
}

#[expect(clippy::disallowed_methods, reason = "this is the one place here that asks the time")]
fn now() -> Instant {
    Instant::now()
}
