//! Through a proxy: everything goes there, and what is refused does not even get that far.

use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use tocsin_domain::{Ask, FailureKind, HttpAsk};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use super::super::{Limits, Net, NetConfig, NetError};
use super::server::{Server, page};
use super::tls::Company;
use super::{config, failed, get, http, names};

/// A forward proxy for one target, wherever it is asked to go; keeps the heads of what it was asked.
struct Proxy {
    port: u16,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    async fn to(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(relay(stream, target, Arc::clone(&log)));
            }
        });
        Self { port, seen }
    }

    fn net(&self, company: Option<&Company>, credentials: &str) -> Net {
        let proxy = format!("http://{credentials}127.0.0.1:{}", self.port).parse().unwrap();
        let ca_file = company.map(|company| company.ca_file.clone());
        let config = NetConfig { proxy: Some(proxy), ca_file, allow_private: Vec::new(), ..config() };
        let table: [(&str, &[&str]); 2] = [("page.example", &["8.8.8.8"]), ("inside.example", &["10.0.0.1"])];
        Net::build(&config, Limits::default(), names(&table)).unwrap()
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

async fn relay(mut stream: TcpStream, target: u16, log: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let text = String::from_utf8(head.clone()).unwrap();
    log.lock().unwrap().push(text.clone());
    if text.contains("refused.example") {
        stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        return;
    }
    let mut onward = TcpStream::connect(("127.0.0.1", target)).await.unwrap();
    if text.starts_with("CONNECT ") {
        stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
    } else {
        onward.write_all(&head).await.unwrap();
    }
    drop(copy_bidirectional(&mut stream, &mut onward).await);
}

#[tokio::test]
async fn https_goes_through_a_tunnel() {
    let company = Company::of("page.example");
    let proxy = Proxy::to(company.serve().await).await;
    let net = proxy.net(Some(&company), "me:p%40ss@");
    assert_eq!(http(get(&net, "https://page.example/summary.json").await.answer).body, b"secret");
    let ask = Ask::Http(HttpAsk::get("send", "https://page.example/hook"));
    assert_eq!(http(net.deliver(&ask).await).body, b"secret");
    let seen = proxy.seen();
    assert_eq!(seen.len(), 2);
    for head in seen {
        assert!(head.starts_with("CONNECT page.example:443 HTTP/1.1\r\n"), "{head}");
        assert!(head.to_ascii_lowercase().contains("proxy-authorization: basic bwu6cebzcw=="), "{head}");
        assert!(!head.contains("summary.json") && !head.contains("hook"), "{head}");
    }
}

#[tokio::test]
async fn http_is_forwarded_and_only_its_redirect_is_believed() {
    let server = Server::saying(page("", b"plain")).await;
    let proxy = Proxy::to(server.port).await;
    let failure = failed(get(&proxy.net(None, ""), "http://page.example/").await.answer);
    assert_eq!(failure.kind, FailureKind::Forbidden);
    assert!(failure.detail.contains("plain http"), "{}", failure.detail);
    assert!(proxy.seen()[0].starts_with("GET http://page.example/ HTTP/1.1\r\n"), "{}", proxy.seen()[0]);
}

#[tokio::test]
async fn a_page_that_moved_to_https_is_found_there() {
    let company = Company::of("page.example");
    let secure = company.serve().await;
    let plain = Server::start(|_| super::server::redirect(301, "https://page.example/new")).await;
    // One proxy, two targets: by port, as a real one would.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let plain_port = plain.port;
    tokio::spawn(async move {
        for target in [plain_port, secure] {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(relay(stream, target, Arc::default()));
        }
    });
    let proxy = Proxy { port, seen: Arc::default() };
    let answer = http(get(&proxy.net(Some(&company), ""), "http://page.example/old").await.answer);
    assert_eq!((answer.url.as_str(), answer.body.as_slice()), ("https://page.example/new", &b"secret"[..]));
}

#[tokio::test]
async fn what_is_refused_does_not_reach_the_proxy() {
    let proxy = Proxy::to(1).await;
    let net = proxy.net(None, "");
    for url in [
        "https://inside.example/",
        "https://10.0.0.1/",
        "https://localhost/",
        "https://169.254.169.254/",
        "https://page.example:8443/",
    ] {
        assert_eq!(failed(get(&net, url).await.answer).kind, FailureKind::Forbidden, "{url}");
    }
    assert!(proxy.seen().is_empty());
}

#[tokio::test]
async fn names_that_only_the_proxy_knows_are_left_to_it() {
    let proxy = Proxy::to(1).await;
    let failure = failed(get(&proxy.net(None, ""), "https://refused.example/").await.answer);
    assert_eq!((failure.kind, failure.sent), (FailureKind::Connect, false), "{}", failure.detail);
    assert!(proxy.seen()[0].starts_with("CONNECT refused.example:443 "));
}

#[tokio::test]
async fn a_name_server_that_is_silent_leaves_names_to_the_proxy() {
    let company = Company::of("page.example");
    let proxy = Proxy::to(company.serve().await).await;
    let address = format!("http://127.0.0.1:{}", proxy.port).parse().unwrap();
    let config = NetConfig { proxy: Some(address), ca_file: Some(company.ca_file.clone()), ..config() };
    let limits = Limits { connect: std::time::Duration::from_secs(1), ..Limits::default() };
    let net = Net::build(&config, limits, Arc::new(|_| std::future::pending().boxed())).unwrap();
    assert_eq!(http(get(&net, "https://page.example/").await.answer).body, b"secret");
}

#[test]
fn a_proxy_of_another_kind_is_refused() {
    let proxy = Some("socks5://127.0.0.1:1080".parse().unwrap());
    assert!(matches!(Net::new(NetConfig { proxy, ..config() }), Err(NetError::Proxy)));
}
