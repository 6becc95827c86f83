//! Mails against a relay that says what a test wants said.

use std::sync::{Arc, Mutex};

use tocsin_domain::{Answer, Ask, FailureKind, MailAsk};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::super::{Limits, Net, NetConfig};
use super::tls::Company;
use super::{built, config, failed, hurried};

const MESSAGE: &[u8] = b"Subject: Down\r\n\r\nIt is\r\n.dotted\r\n..twice\r\n\r\nend\r\n";

/// What to do at a command other than the usual.
#[derive(Clone, Copy)]
enum Quirk {
    Say(&'static str),
    /// End the connection without a word.
    Close,
    Hang,
}

type Quirks = &'static [(&'static str, Quirk)];

struct Relay {
    port: u16,
    /// Commands, and `.` with the message for each mail; `connect` for each connection.
    seen: Arc<Mutex<Vec<String>>>,
}

impl Relay {
    /// Answers commands that begin like a quirk's by it.
    async fn start(quirks: Quirks, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let log = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(talk(stream, quirks, tls.clone(), Arc::clone(&log)));
            }
        });
        Self { port, seen }
    }

    fn net(&self) -> Net {
        self.net_by(&format!("smtp://127.0.0.1:{}/tester", self.port), None)
    }

    fn net_by(&self, url: &str, company: Option<&Company>) -> Net {
        let url = url.replace("PORT", &self.port.to_string());
        let ca_file = company.map(|company| company.ca_file.clone());
        built(&NetConfig { smtp_url: Some(url), ca_file, ..config() }, Limits::default())
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

async fn talk(stream: TcpStream, quirks: Quirks, tls: Option<TlsAcceptor>, log: Arc<Mutex<Vec<String>>>) {
    log.lock().unwrap().push("connect".to_owned());
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 relay.example ESMTP\r\n").await.unwrap();
    let Some(upgrade) = session(&mut stream, quirks, tls.is_some(), &log).await else { return };
    assert!(upgrade.is_empty(), "bytes before the handshake");
    let secure = tls.unwrap().accept(stream.into_inner()).await;
    let Ok(secure) = secure else { return };
    session(&mut BufReader::new(secure), quirks, false, &log).await;
}

/// Answers `Some` when TLS is to begin.
async fn session<S>(
    stream: &mut BufReader<S>,
    quirks: Quirks,
    starttls: bool,
    log: &Mutex<Vec<String>>,
) -> Option<Vec<u8>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(line) = line(stream).await {
        log.lock().unwrap().push(line.clone());
        let (quirk_at, usual) = match line.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" if starttls => (line.as_str(), "250-relay.example\r\n250-STARTTLS\r\n250 AUTH PLAIN"),
            "EHLO" => (line.as_str(), "250-relay.example\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN"),
            "STARTTLS" => (line.as_str(), "220 go ahead"),
            "DATA" => (line.as_str(), "354 go ahead"),
            "AUTH" => (line.as_str(), "235 welcome"),
            "QUIT" => return None,
            _ => (line.as_str(), "250 ok"),
        };
        if !answer(stream, quirks, quirk_at, usual).await {
            return None;
        }
        if line == "STARTTLS" {
            return Some(stream.buffer().to_vec());
        }
        if line == "DATA" {
            let message = message(stream).await?;
            log.lock().unwrap().push(format!(".{message}"));
            if !answer(stream, quirks, ".", "250-taken\r\n250 queued as 7").await {
                return None;
            }
        }
    }
    None
}

async fn answer(stream: &mut (impl AsyncWrite + Unpin), quirks: Quirks, command: &str, usual: &str) -> bool {
    match quirks.iter().find(|(at, _)| command.starts_with(at)).map(|(_, quirk)| *quirk) {
        None => stream.write_all(format!("{usual}\r\n").as_bytes()).await.is_ok(),
        Some(Quirk::Say(text)) => {
            stream.write_all(format!("{text}\r\n").as_bytes()).await.is_ok()
                && !text.starts_with('5')
                && !text.starts_with('4')
        }
        Some(Quirk::Close) => false,
        Some(Quirk::Hang) => std::future::pending().await,
    }
}

async fn line(stream: &mut (impl AsyncBufRead + Unpin)) -> Option<String> {
    let mut line = String::new();
    let length = stream.read_line(&mut line).await.ok()?;
    (length > 0).then(|| line.trim_end().to_owned())
}

/// The message without its stuffing.
async fn message(stream: &mut (impl AsyncBufRead + Unpin)) -> Option<String> {
    let mut message = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        if line == ".\r\n" {
            return Some(message);
        }
        message.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}

fn mail(to: &str) -> Ask {
    Ask::Mail(MailAsk { from: "Tocsin <tocsin@example.com>".to_owned(), to: to.to_owned(), message: MESSAGE.to_vec() })
}

async fn said(quirks: Quirks) -> Answer {
    let relay = Relay::start(quirks, None).await;
    relay.net().deliver(&mail("oncall@example.com")).await
}

#[tokio::test]
async fn a_mail_arrives_unchanged_and_connections_are_kept() {
    let relay = Relay::start(&[], None).await;
    let net = relay.net();
    for _ in 0..2 {
        let answer = net.deliver(&mail("oncall@example.com")).await;
        assert_eq!(answer, Answer::Mail { code: 250, text: "queued as 7".to_owned() });
    }
    let text = format!(".{}", String::from_utf8_lossy(MESSAGE));
    let once = ["MAIL FROM:<tocsin@example.com>", "RCPT TO:<oncall@example.com>", "DATA", &text];
    assert_eq!(relay.seen(), [&["connect", "EHLO tester"][..], &once, &once].concat());
}

#[tokio::test]
async fn replies_to_the_mail_are_answers() {
    let mail = |code, text: &str| Answer::Mail { code, text: text.to_owned() };
    assert_eq!(
        said(&[("RCPT", Quirk::Say("550-No such user\r\n550 5.1.1 here"))]).await,
        mail(550, "No such user 5.1.1 here")
    );
    assert_eq!(said(&[("MAIL", Quirk::Say("452 4.3.1 full"))]).await, mail(452, "4.3.1 full"));
    assert_eq!(said(&[("DATA", Quirk::Say("554 5.7.1 spam"))]).await, mail(554, "5.7.1 spam"));
    assert_eq!(
        said(&[(".", Quirk::Say("451 4.7.1 greylisted, come back"))]).await,
        mail(451, "4.7.1 greylisted, come back")
    );
    let relay = Relay::start(&[], None).await;
    assert!(matches!(relay.net().deliver(&self::mail("nobody")).await, Answer::Mail { code: 553, .. }));
    assert!(relay.seen().is_empty());
}

#[tokio::test]
async fn replies_about_us_are_failures_that_name_the_setting() {
    let failure = failed(said(&[("MAIL", Quirk::Say("530 5.7.0 Authentication required"))]).await);
    assert!(failure.detail.contains("530") && failure.detail.contains("net.smtp_url"), "{}", failure.detail);
    let relay = Relay::start(&[("AUTH", Quirk::Say("535 5.7.8 no"))], None).await;
    let net = relay.net_by("smtp://me:s3cret@127.0.0.1:PORT", None);
    let failure = failed(net.deliver(&mail("a@example.com")).await);
    assert!(failure.detail.contains("535") && !failure.detail.contains("s3cret"), "{}", failure.detail);
    assert!(!failure.sent);
}

#[tokio::test]
async fn only_what_breaks_after_the_message_may_have_arrived() {
    let after = failed(said(&[(".", Quirk::Close)]).await);
    assert_eq!((after.kind, after.sent), (FailureKind::Reset, true), "{}", after.detail);
    for at in ["EHLO", "MAIL", "RCPT", "DATA"] {
        let quirks: Quirks = Box::leak(Box::new([(at, Quirk::Close)]));
        let before = failed(said(quirks).await);
        assert_eq!((before.kind, before.sent), (FailureKind::Reset, false), "{at}: {}", before.detail);
    }
}

#[tokio::test]
async fn a_relay_that_falls_silent_is_left_and_its_connection_not_used_again() {
    let relay = Relay::start(&[(".", Quirk::Hang)], None).await;
    let config = NetConfig { smtp_url: Some(format!("smtp://127.0.0.1:{}", relay.port)), ..config() };
    let net = built(&config, hurried());
    for _ in 0..2 {
        let failure = failed(net.deliver(&mail("a@example.com")).await);
        assert_eq!((failure.kind, failure.sent), (FailureKind::Timeout, true), "{}", failure.detail);
    }
    assert_eq!(relay.seen().iter().filter(|line| *line == "connect").count(), 2);
}

#[tokio::test]
async fn a_connection_that_grew_stale_is_replaced() {
    // The first mail's connection is told off at the next command.
    let relay = Relay::start(&[("MAIL FROM:<second", Quirk::Say("421 4.4.2 idle too long"))], None).await;
    let net = relay.net();
    net.deliver(&mail("a@example.com")).await;
    let second =
        MailAsk { from: "second@example.com".to_owned(), to: "a@example.com".to_owned(), message: MESSAGE.to_vec() };
    // On a new connection the same reply is an answer.
    assert_eq!(
        net.deliver(&Ask::Mail(second)).await,
        Answer::Mail { code: 421, text: "4.4.2 idle too long".to_owned() }
    );
    assert_eq!(relay.seen().iter().filter(|line| *line == "connect").count(), 2);
}

#[tokio::test]
async fn nobody_listening_is_a_failed_connection() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let net = built(&NetConfig { smtp_url: Some(format!("smtp://127.0.0.1:{port}")), ..config() }, Limits::default());
    let failure = failed(net.deliver(&mail("a@example.com")).await);
    assert_eq!((failure.kind, failure.sent), (FailureKind::Connect, false), "{}", failure.detail);
}

#[tokio::test]
async fn passwords_travel_by_starttls_only_and_the_company_ca_counts() {
    let company = Company::of("localhost");
    let relay = Relay::start(&[], Some(company.acceptor.clone())).await;
    for mode in ["required", "opportunistic"] {
        let net = relay.net_by(&format!("smtp://me:s3cret@localhost:PORT?tls={mode}"), Some(&company));
        let answer = net.deliver(&mail("a@example.com")).await;
        assert!(matches!(answer, Answer::Mail { code: 250, .. }), "{answer:?}");
    }
    let seen = relay.seen();
    let (secured, signed_in) =
        (seen.iter().position(|line| line == "STARTTLS"), seen.iter().position(|line| line.starts_with("AUTH")));
    assert!(secured < signed_in, "{seen:?}");
    // Not trusted without the CA; not sent where encryption is required but not offered.
    let net = relay.net_by("smtp://localhost:PORT?tls=required", None);
    let failure = failed(net.deliver(&mail("a@example.com")).await);
    assert_eq!(failure.kind, FailureKind::Tls, "{}", failure.detail);
    let plain = Relay::start(&[], None).await;
    let net = plain.net_by("smtp://localhost:PORT?tls=required", None);
    assert!(!failed(net.deliver(&mail("a@example.com")).await).sent);
    assert!(!plain.seen().iter().any(|line| line.starts_with("MAIL")));
}

#[tokio::test]
async fn mail_over_tls_from_the_first_byte() {
    let company = Company::of("localhost");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = company.acceptor.clone();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(acceptor.accept(stream).await.unwrap());
        stream.write_all(b"220 relay.example ESMTP\r\n").await.unwrap();
        session(&mut stream, &[], false, &Mutex::default()).await;
    });
    let config = NetConfig {
        smtp_url: Some(format!("smtps://localhost:{port}")),
        ca_file: Some(company.ca_file.clone()),
        ..config()
    };
    let answer = built(&config, Limits::default()).deliver(&mail("a@example.com")).await;
    assert!(matches!(answer, Answer::Mail { code: 250, .. }), "{answer:?}");
}
