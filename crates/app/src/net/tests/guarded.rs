//! The guard: what is refused, and that nothing is connected to before it is checked.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use reqwest::dns::Resolve;
use tocsin_domain::exchange::Method;
use tocsin_domain::{Ask, FailureKind, HttpAsk};
use url::Url;

use super::super::guard::{Guard, Place};
use super::super::resolve::{ForClient, LookUp, Resolver, Unknown};
use super::super::{Limits, Net, NetConfig, Purpose};
use super::server::{Reply, Server, page, redirect};
use super::{built, config, failed, get, http, names, net};

/// Addresses that nobody may make us ask, and a word of the reason.
const REFUSED: [(&str, &str); 44] = [
    ("http://2130706433/", "net.allow_private = [\"127.0.0.0/8\"]"),
    ("https://2130706433/", "net.allow_private = [\"127.0.0.0/8\"]"),
    ("https://0x7f000001/", "127.0.0.0/8"),
    ("https://0177.0.0.1/", "127.0.0.0/8"),
    ("https://127.1/", "127.0.0.0/8"),
    ("https://127.0.0.1./", "127.0.0.0/8"),
    ("https://1\u{ff12}7.0.0.1/", "127.0.0.0/8"),
    ("https://\u{ff11}\u{ff12}\u{ff17}.0.0.1/", "127.0.0.0/8"),
    ("https://\u{2460}\u{2461}\u{2466}.0.0.1/", "127.0.0.0/8"),
    ("https://127\u{3002}0\u{3002}0\u{3002}1/", "127.0.0.0/8"),
    ("https://%31%32%37.0.0.1/", "127.0.0.0/8"),
    ("https://[::ffff:7f00:1]/", "127.0.0.0/8"),
    ("https://[::ffff:127.0.0.1]/", "127.0.0.0/8"),
    ("https://[::ffff:169.254.169.254]/", "never asked"),
    ("https://[64:ff9b::7f00:1]/", "64:ff9b::7f00:1"),
    ("https://[64:ff9b::a9fe:a9fe]/", "never asked"),
    ("https://[2002:7f00:1::]/", "2002:7f00:1::"),
    ("https://[::1]/", "net.allow_private = [\"::1/128\"]"),
    ("https://[::]/", "private"),
    ("https://[fd00:ec2::254]/", "never asked"),
    ("https://[fe80::1]/", "never asked"),
    ("https://[fc00::1]/", "fc00::/7"),
    ("https://0/", "private"),
    ("https://0.0.0.0/", "private"),
    ("https://10.1.2.3/", "net.allow_private = [\"10.0.0.0/8\"]"),
    ("https://192.168.1.1/", "192.168.0.0/16"),
    ("https://172.16.0.1/", "172.16.0.0/12"),
    ("https://100.64.0.1/", "100.64.0.0/10"),
    ("https://169.254.169.254/latest/meta-data/", "never asked"),
    ("https://localhost/", "127.0.0.0/8"),
    ("https://localhost./", "127.0.0.0/8"),
    ("https://LOCALHOST/", "127.0.0.0/8"),
    ("https://api.localhost/", "127.0.0.0/8"),
    ("https://user@host.example/", "user name or password"),
    ("https://user:pass@host.example/", "user name or password"),
    ("https://:pass@host.example/", "user name or password"),
    ("ftp://host.example/", "`ftp:`"),
    ("file:///etc/passwd", "`file:`"),
    ("gopher://127.0.0.1:70/", "`gopher:`"),
    ("javascript:alert(1)", "`javascript:`"),
    ("https://", "not an address"),
    ("/relative", "not an address"),
    ("https://host.example:6379/", "no web server"),
    ("https://host.example:25/", "no web server"),
];

/// Nothing but public addresses, of which there are none here.
fn strict() -> Net {
    let config = NetConfig { allow_private: Vec::new(), ..config() };
    Net::build(&config, Limits::default(), Arc::new(|name| panic!("{name} is looked up"))).unwrap()
}

fn deliver(url: &str) -> Ask {
    Ask::Http(HttpAsk { method: Method::Post, body: b"{}".to_vec(), ..HttpAsk::get("send", url) })
}

#[tokio::test]
async fn what_is_refused_is_refused_by_check_poll_and_delivery_alike() {
    let net = strict();
    for (url, word) in REFUSED {
        let checked = net.check_url(url, Purpose::Deliver).expect_err(url);
        let polled = failed(get(&net, url).await.answer);
        let delivered = failed(net.deliver(&deliver(url)).await);
        for failure in [checked, polled, delivered] {
            assert_eq!(failure.kind, FailureKind::Forbidden, "{url}: {}", failure.detail);
            assert!(failure.detail.contains(word), "{url}: {}", failure.detail);
            assert!(!failure.sent, "{url}");
        }
    }
}

#[test]
fn public_addresses_are_asked_by_https_on_its_port() {
    let net = strict();
    for url in [
        "https://status.example.com/",
        "https://status.example.com:443/x?y#z",
        "https://b\u{fc}cher.example/",
        "https://1.1.1.1/",
    ] {
        net.check_url(url, Purpose::Deliver).expect(url);
    }
    for url in [
        "http://status.example.com/",
        "http://1.1.1.1/",
        "https://status.example.com:8443/",
        "https://status.example.com:80/",
    ] {
        let failure = net.check_url(url, Purpose::Deliver).expect_err(url);
        assert!(failure.detail.contains("net.allow_private"), "{}", failure.detail);
    }
    let long = format!("https://status.example.com/{}", "x".repeat(2048));
    assert!(net.check_url(&long, Purpose::Deliver).unwrap_err().detail.contains("2048"));
}

#[test]
fn what_is_allowed_may_be_asked_by_http_on_nearly_any_port() {
    let net = net();
    let open = [
        "http://127.0.0.1:9100/",
        "http://127.0.0.1:9200/hook",
        "http://localhost:3000/",
        "http://[::ffff:7f00:1]:8080/",
        "http://ntfy.lan:8080/",
    ];
    for url in open {
        net.check_url(url, Purpose::Deliver).expect(url);
    }
    let closed = [
        "http://127.0.0.1:6379/",
        "http://127.0.0.1:22/",
        "http://10.0.0.1/",
        "http://169.254.169.254/",
        "http://[::1]/",
    ];
    for url in closed {
        net.check_url(url, Purpose::Deliver).expect_err(url);
    }
}

/// Gives one answer after another, and counts.
fn changing(answers: &'static [&'static [&'static str]]) -> (LookUp, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let look_up: LookUp = Arc::new(move |_| {
        let turn = count.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
        let addresses = answers[turn].iter().map(|address| address.parse().unwrap()).collect();
        std::future::ready(Ok(addresses)).boxed()
    });
    (look_up, asked)
}

#[tokio::test]
async fn a_name_that_changes_its_mind_is_connected_where_it_was_checked() {
    let (look_up, asked) = changing(&[&["8.8.8.8"], &["127.0.0.1"]]);
    let resolver = Arc::new(Resolver::new(Guard::default(), look_up, false, Duration::from_secs(5)));
    let client = ForClient(Arc::clone(&resolver));
    let url = Url::parse("https://rebind.example/").unwrap();
    let checked = resolver.check(&url).await.unwrap();
    assert_eq!(checked.place, Place::Public);
    let pin = resolver.pin(&url, checked);
    let connected: Vec<_> = client.resolve("rebind.example".parse().unwrap()).await.unwrap().collect();
    assert_eq!(connected, ["8.8.8.8:0".parse().unwrap()]);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    drop(pin);
    // Without a pin the connector checks for itself.
    let refused = client.resolve("rebind.example".parse().unwrap()).await.err().unwrap();
    assert!(refused.to_string().contains("127.0.0.1 (the address of rebind.example)"), "{refused}");
}

#[tokio::test]
async fn one_look_up_serves_check_and_connection() {
    let server = Server::saying(page("", b"hello")).await;
    let (look_up, asked) = changing(&[&["127.0.0.1"], &["10.0.0.1"]]);
    let net = Net::build(&config(), Limits::default(), look_up).unwrap();
    let url = format!("http://page.example:{}/", server.port);
    assert_eq!(http(get(&net, &url).await.answer).body, b"hello");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let failure = failed(get(&net, &url).await.answer);
    assert_eq!(failure.kind, FailureKind::Forbidden);
    assert!(failure.detail.contains("10.0.0.1 (the address of page.example)"), "{}", failure.detail);
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn one_bad_address_spoils_a_name() {
    let table: [(&str, &[&str]); 4] = [
        ("mixed.example", &["8.8.8.8", "10.0.0.1"]),
        ("metadata.example", &["169.254.169.254"]),
        ("mapped.example", &["::ffff:10.0.0.1"]),
        ("half.example", &["127.0.0.1", "fd00:ec2::254"]),
    ];
    let net = Net::build(&config(), Limits::default(), names(&table)).unwrap();
    for (name, _) in table {
        let failure = failed(get(&net, &format!("https://{name}/")).await.answer);
        assert_eq!(failure.kind, FailureKind::Forbidden, "{name}: {}", failure.detail);
        let failure = failed(net.deliver(&deliver(&format!("https://{name}/"))).await);
        assert_eq!(failure.kind, FailureKind::Forbidden, "{name}: {}", failure.detail);
    }
}

#[tokio::test]
async fn a_public_address_beside_an_allowed_one_is_held_to_public_rules() {
    let net = Net::build(&config(), Limits::default(), names(&[("both.example", &["127.0.0.1", "8.8.8.8"])])).unwrap();
    let failure = failed(get(&net, "http://both.example:8080/").await.answer);
    assert_eq!(failure.kind, FailureKind::Forbidden);
}

#[tokio::test]
async fn a_look_up_that_fails_fails_closed() {
    let broken: LookUp =
        Arc::new(|_| std::future::ready(Err(Unknown::Failed("no server answered".to_owned()))).boxed());
    let net = Net::build(&config(), Limits::default(), broken).unwrap();
    let failure = failed(get(&net, "http://page.example/").await.answer);
    assert_eq!(failure.kind, FailureKind::Dns);
    let silent: LookUp = Arc::new(|_| std::future::pending().boxed());
    let net =
        Net::build(&config(), Limits { connect: Duration::from_millis(50), ..Limits::default() }, silent).unwrap();
    assert_eq!(failed(get(&net, "http://page.example/").await.answer).kind, FailureKind::Dns);
    let failure = failed(get(&super::net(), "http://nowhere.example/").await.answer);
    assert_eq!((failure.kind, failure.detail.as_str()), (FailureKind::Dns, "There is no host nowhere.example."));
}

#[tokio::test]
async fn localhost_is_the_part_of_loopback_that_is_allowed() {
    let server = Server::saying(page("", b"here")).await;
    let fetched = get(&net(), &format!("http://localhost:{}/", server.port)).await;
    assert_eq!(http(fetched.answer).body, b"here");
}

#[tokio::test]
async fn redirects_to_what_is_refused_are_refused_before_anything_is_sent() {
    let targets = [
        "http://127.0.0.2:1/",
        "http://169.254.169.254/latest/",
        "http://[::1]/",
        "http://2130706434/",
        "//0x7f000002/",
        "http://user@127.0.0.1/",
        "file:///etc/passwd",
        "http://inside.example/",
        "http://127.0.0.1:25/",
    ];
    let config = NetConfig { allow_private: vec!["127.0.0.1/32".parse().unwrap()], ..config() };
    let net = Net::build(&config, Limits::default(), names(&[("inside.example", &["10.0.0.1"])])).unwrap();
    for target in targets {
        let server = Server::start(move |_| redirect(302, target)).await;
        let failure = failed(get(&net, &server.url("/")).await.answer);
        assert_eq!(failure.kind, FailureKind::Forbidden, "{target}: {}", failure.detail);
    }
}

#[tokio::test]
async fn deliveries_follow_nothing() {
    let target = Server::saying(page("", b"")).await;
    let to = target.url("/");
    let server = Server::start(move |_| redirect(307, &to)).await;
    let answer = http(net().deliver(&deliver(&server.url("/hook"))).await);
    assert_eq!(answer.status, 307);
    assert!(target.seen().is_empty());
}

#[tokio::test]
async fn nothing_but_host_and_port_is_ever_told() {
    let hanging = Server::start(|_| Reply::SayAndHang(Vec::new())).await;
    let resetting = Server::start(|_| Reply::Reset).await;
    let nonsense = Server::saying(*b"SSH-2.0-OpenSSH_9.6\r\n\r\n").await;
    let net = built(&config(), super::hurried());
    let secret = "/services/T0P/S3CRET?key=H1DDEN";
    let urls = [
        hanging.url(secret),
        resetting.url(secret),
        nonsense.url(secret),
        format!("http://127.0.0.1:1{secret}"),
        format!("https://10.0.0.1{secret}"),
        format!("http://nowhere.example{secret}"),
    ];
    for url in urls {
        for failure in [failed(get(&net, &url).await.answer), failed(net.deliver(&deliver(&url)).await)] {
            let told = format!("{failure:?}");
            assert!(!told.contains("S3CRET") && !told.contains("H1DDEN"), "{told}");
        }
    }
}
