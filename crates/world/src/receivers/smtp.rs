//! A mail server that takes everything, but what a recipient asks for: mail for `oncall+error,busy@example.com` meets these
//! faults, one after the other. The protocol is `mailin`'s; reading and writing lines is ours.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mail_parser::MessageParser;
use mailin::{Action, Handler, Response, SessionBuilder, response};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::desk::Act;
use super::fault::Fault;
use super::journal::Entry;
use super::{Arrived, Kind, LARGEST, locked};
use crate::server::Stage;

/// No line is longer (bytes).
const LONGEST_LINE: u64 = 1 << 20;
/// Longer than anybody waits for an answer.
const HANGS: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_secs(2);

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
    let met = Arc::new(Mutex::new(Fault::Well));
    let mailbox = Mailbox { stage, met: Arc::clone(&met), recipients: Vec::new(), message: Vec::new() };
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
        let fault = std::mem::replace(&mut *locked(&met), Fault::Well);
        match fault {
            Fault::Hang => tokio::time::sleep(HANGS).await,
            Fault::Slow => tokio::time::sleep(PAUSE).await,
            Fault::Reset | Fault::Lost => {
                let stream = stream.into_inner();
                return stream.set_zero_linger();
            }
            _ => {}
        }
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
    /// What the line that was just read meets.
    met: Arc<Mutex<Fault>>,
    recipients: Vec<String>,
    message: Vec<u8>,
}

impl Mailbox {
    fn note(&self, fault: Fault, status: Option<u16>, act: Act, (id, read): (&str, &Value)) {
        self.stage.receivers.journal.note(Entry {
            at_us: self.stage.now_us(),
            kind: Kind::Email,
            name: String::new(),
            method: "DATA".to_owned(),
            path: self.recipients.join(", "),
            id: id.to_owned(),
            fault,
            status,
            act,
            thing: id.to_owned(),
            of: String::new(),
            read: read.clone(),
        });
    }
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
        let message = std::mem::take(&mut self.message);
        let to = self.recipients.join(", ");
        let words = to.split_once('@').and_then(|(name, _)| name.split_once('+')).map_or("", |(_, words)| words);
        let fault = self.stage.receivers.meets(&to, words, "");
        let mail = MessageParser::default().parse(&message).unwrap_or_default();
        let id = mail.message_id().unwrap_or_default().to_owned();
        let read = json!({ "subject": mail.subject(), "text": mail.body_text(0), "in_reply_to": mail.in_reply_to().as_text() });
        let refusal = match fault {
            Fault::Error => Some(Response::custom(451, "4.3.0 Local error in processing".to_owned())),
            Fault::Busy(seconds) => {
                Some(Response::custom(451, format!("4.7.1 Greylisted, please try again in {seconds} seconds")))
            }
            Fault::No | Fault::Html => Some(Response::custom(452, "4.2.2 Mailbox full".to_owned())),
            _ => None,
        };
        if let Some(refusal) = refusal {
            self.note(fault, Some(refusal.code), Act::Refused, (&id, &read));
            return refusal;
        }
        *locked(&self.met) = fault;
        if matches!(fault, Fault::Hang | Fault::Reset) {
            self.note(fault, None, Act::Refused, (&id, &read));
            return response::OK;
        }
        self.note(fault, Some(250).filter(|_| fault != Fault::Lost), Act::Said, (&id, &read));
        self.stage.receivers.take(Arrived {
            number: 0,
            at_us: self.stage.now_us(),
            kind: Kind::Email,
            name: String::new(),
            method: "DATA".to_owned(),
            to,
            headers: Vec::new(),
            body: message.into(),
            read: None,
            thing: id,
        });
        Response::custom(250, "2.0.0 Ok: queued as simulated".to_owned())
    }
}
