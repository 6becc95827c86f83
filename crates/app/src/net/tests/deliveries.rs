//! Deliveries: what is sent, what is read of the answer, and whether the receiver may have acted.

use tocsin_domain::exchange::Method;
use tocsin_domain::{Answer, Ask, FailureKind, HttpAsk};
use tokio::net::TcpListener;

use super::server::{Reply, Server};
use super::{built, config, failed, http, hurried, net};

fn post(url: String, body: &[u8]) -> Ask {
    let headers =
        vec![("Content-Type".to_owned(), "application/json".to_owned()), ("Webhook-Id".to_owned(), "w1".to_owned())];
    Ask::Http(HttpAsk { key: "send".to_owned(), method: Method::Post, url, headers, body: body.to_vec() })
}

#[tokio::test]
async fn a_request_arrives_as_it_was_composed() {
    let server = Server::saying(*b"HTTP/1.1 202 Accepted\r\nretry-after: 7\r\ncontent-length: 2\r\n\r\nok").await;
    let answer = http(net().deliver(&post(server.url("/hook?key=s"), b"{\"a\":1}")).await);
    assert_eq!((answer.status, answer.header("retry-after"), answer.body.as_slice()), (202, Some("7"), &b"ok"[..]));
    let request = &server.seen()[0];
    assert!(
        request.starts_with("POST /hook?key=s HTTP/1.1\r\n") && request.ends_with("\r\n\r\n{\"a\":1}"),
        "{request}"
    );
    for line in [
        "content-length: 7",
        "content-type: application/json",
        "webhook-id: w1",
        "user-agent: tocsin/0.0 (+https://tocsin.example)",
    ] {
        assert!(request.contains(&format!("{line}\r\n")), "{request}");
    }
    for never in ["accept-encoding", "cookie", "referer", "transfer-encoding"] {
        assert!(!request.contains(never), "{request}");
    }
}

#[tokio::test]
async fn all_methods_and_empty_bodies_go() {
    let server = Server::saying(*b"HTTP/1.1 204 No Content\r\n\r\n").await;
    for (method, word) in [(Method::Get, "GET"), (Method::Post, "POST"), (Method::Put, "PUT"), (Method::Patch, "PATCH")]
    {
        let ask = Ask::Http(HttpAsk { method, ..HttpAsk::get("send", server.url("/")) });
        assert_eq!(http(net().deliver(&ask).await).status, 204);
        let request = server.seen().pop().unwrap();
        assert!(request.starts_with(word), "{request}");
        assert_eq!(request.contains("content-length: 0\r\n"), method != Method::Get, "{request}");
    }
}

#[tokio::test]
async fn a_large_body_arrives_whole() {
    let body: Vec<u8> = (0..300_000_u32).map(|n| b'a' + u8::try_from(n % 26).unwrap()).collect();
    let server = Server::saying(*b"HTTP/1.1 204 No Content\r\n\r\n").await;
    http(net().deliver(&post(server.url("/"), &body)).await);
    assert!(server.seen()[0].as_bytes().ends_with(&body));
}

#[tokio::test]
async fn of_an_answer_the_beginning_is_kept() {
    let server = Server::start(|_| {
        let head = "HTTP/1.1 500 Oops\r\ncontent-length: 1000000\r\n\r\n";
        Reply::Say([head.as_bytes(), &[b'x'; 1_000_000]].concat())
    })
    .await;
    let answer = http(net().deliver(&post(server.url("/"), b"{}")).await);
    assert_eq!((answer.status, answer.body.len()), (500, 16 * 1024));
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_still_an_answer() {
    let cut_off = Server::start(|_| Reply::Say(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf".to_vec())).await;
    let slow =
        Server::start(|_| Reply::SayAndHang(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf".to_vec())).await;
    let net = built(&config(), hurried());
    for server in [cut_off, slow] {
        let answer = http(net.deliver(&post(server.url("/"), b"{}")).await);
        assert_eq!((answer.status, answer.body.as_slice()), (200, &b"half"[..]));
    }
}

#[tokio::test]
async fn what_was_sent_completely_may_have_arrived() {
    let silent = Server::start(|_| Reply::SayAndHang(Vec::new())).await;
    let resetting = Server::start(|_| Reply::Reset).await;
    let closing = Server::start(|_| Reply::Say(Vec::new())).await;
    let net = built(&config(), hurried());
    for (server, kind) in
        [(silent, FailureKind::Timeout), (resetting, FailureKind::Reset), (closing, FailureKind::Reset)]
    {
        for body in [&b"{}"[..], b""] {
            let failure = failed(net.deliver(&post(server.url("/"), body)).await);
            assert_eq!(failure.kind, kind, "{}", failure.detail);
            assert!(failure.sent || body.is_empty(), "{}", failure.detail);
        }
    }
}

#[tokio::test]
async fn what_was_not_sent_completely_cannot_have_arrived() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    // Accepted by the system, never read by anybody.
    let asleep = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let asleep_at = asleep.local_addr().unwrap();
    let net = built(&config(), hurried());
    let large = vec![b'x'; 16 << 20];
    let cases = [
        (format!("http://{nobody}/"), &b"{}"[..], FailureKind::Connect),
        (format!("https://{asleep_at}/"), b"{}", FailureKind::Timeout),
        (format!("http://{asleep_at}/"), &large, FailureKind::Timeout),
    ];
    for (url, body, kind) in cases {
        let failure = failed(net.deliver(&post(url.clone(), body)).await);
        assert_eq!((failure.kind, failure.sent), (kind, false), "{url}: {}", failure.detail);
    }
}

#[tokio::test]
async fn a_header_that_cannot_be_sent_is_named_without_its_value() {
    let mut ask = HttpAsk::get("send", "http://127.0.0.1:1/");
    ask.headers = vec![("X-Key".to_owned(), "s3cret\r\nX-Evil: 1".to_owned())];
    let failure = failed(net().deliver(&Ask::Http(ask)).await);
    assert_eq!(failure.kind, FailureKind::Protocol);
    assert!(failure.detail.contains("X-Key") && !failure.detail.contains("s3cret"), "{}", failure.detail);
}

#[tokio::test]
async fn mail_without_a_relay_says_what_to_set() {
    let mail =
        tocsin_domain::MailAsk { from: "a@b.example".to_owned(), to: "c@d.example".to_owned(), message: Vec::new() };
    let Answer::Failed(failure) = net().deliver(&Ask::Mail(mail)).await else { panic!("it was sent") };
    assert!(failure.detail.contains("net.smtp_url"), "{}", failure.detail);
    assert!(!failure.sent);
}
