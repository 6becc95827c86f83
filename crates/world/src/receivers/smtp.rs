//! A mail server that takes everything. The protocol is `mailin`'s; reading and writing lines is ours.

use std::net::IpAddr;
use std::sync::Arc;

use mailin::{Action, Handler, Response, SessionBuilder, response};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::{Kind, LARGEST};
use crate::server::Stage;

/// No line is longer (bytes).
const LONGEST_LINE: u64 = 1 << 20;

pub(crate) async fn accept(stage: Arc<Stage>, listener: TcpListener) {
    let mut sessions = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, peer)) = accepted {
                    // Who hangs up in the middle is let go.
                    sessions.spawn(talk(Arc::clone(&stage), stream, peer.ip()));
                }
            }
            Some(_) = sessions.join_next(), if !sessions.is_empty() => {}
        }
    }
}

async fn talk(stage: Arc<Stage>, stream: TcpStream, peer: IpAddr) -> std::io::Result<()> {
    let mailbox = Mailbox { stage, recipients: Vec::new(), message: Vec::new() };
    let mut session = SessionBuilder::new("mail.world.invalid").build(peer, mailbox);
    let mut stream = BufReader::new(stream);
    stream.write_all(&session.greeting().buffer()?).await?;
    let mut line = Vec::new();
    loop {
        line.clear();
        if (&mut stream).take(LONGEST_LINE).read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        let response = session.process(&line);
        if !matches!(response.action, Action::NoReply) {
            stream.write_all(&response.buffer()?).await?;
        }
        if matches!(response.action, Action::Close) {
            return Ok(());
        }
    }
}

struct Mailbox {
    stage: Arc<Stage>,
    recipients: Vec<String>,
    message: Vec<u8>,
}

impl Handler for Mailbox {
    fn mail(&mut self, _peer: IpAddr, _domain: &str, _from: &str) -> Response {
        self.recipients.clear();
        self.message.clear();
        response::OK
    }

    fn rcpt(&mut self, to: &str) -> Response {
        self.recipients.push(to.to_owned());
        response::OK
    }

    fn data(&mut self, part: &[u8]) -> std::io::Result<()> {
        if self.message.len() + part.len() <= LARGEST {
            self.message.extend_from_slice(part);
        }
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        let message = std::mem::take(&mut self.message).into();
        let at_us = self.stage.now_us();
        self.stage.receivers.take(at_us, Kind::Email, self.recipients.join(", "), Vec::new(), message);
        Response::custom(250, "2.0.0 Ok: queued as simulated".to_owned())
    }
}
