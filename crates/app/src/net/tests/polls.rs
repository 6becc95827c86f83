//! Polls: conditional requests, redirects, waits, politeness, and every way in which an answer can fail to come.

use tocsin_domain::{Answer, FailureKind, HttpAsk};
use tokio::sync::{Semaphore, mpsc};

use super::super::{Limits, Net, NetConfig, Validators};
use super::server::{Reply, Server, page, path, redirect};
use super::{built, config, failed, get, http, hurried, names, net};

#[tokio::test]
async fn a_page_is_asked_plainly_and_answers_with_its_validators() {
    let server = Server::saying(page(
        "ETag: \"v1\"\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nSet-Cookie: a=b\r\nX-Kind: Test\r\n",
        b"hello",
    ))
    .await;
    let mut ask = HttpAsk::get("page", server.url("/a?b=c#d"));
    ask.headers = vec![("Accept".to_owned(), "application/json".to_owned()), ("Cookie".to_owned(), "no".to_owned())];
    let fetched = net().poll(&ask, &Validators::default()).await;
    let last_modified = Some("Sun, 06 Nov 1994 08:49:37 GMT".to_owned());
    assert_eq!(fetched.validators, Validators { etag: Some("\"v1\"".to_owned()), last_modified });
    assert_eq!(fetched.retry_after_s, None);
    let answer = http(fetched.answer);
    assert_eq!((answer.status, answer.body.as_slice(), answer.url), (200, &b"hello"[..], server.url("/a?b=c")));
    assert!(answer.headers.contains(&("x-kind".to_owned(), "Test".to_owned())));
    assert!(!answer.headers.iter().any(|(name, _)| name == "set-cookie"));
    let request = &server.seen()[0];
    assert!(request.starts_with("GET /a?b=c HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("user-agent: tocsin/0.0 (+https://tocsin.example)\r\n"), "{request}");
    assert!(request.contains("accept: application/json\r\n"), "{request}");
    assert!(request.contains("accept-encoding: gzip, br, zstd, deflate\r\n"), "{request}");
    for never in ["referer:", "if-none-match:"] {
        assert!(!request.contains(never), "{request}");
    }
}

#[tokio::test]
async fn unchanged_is_said_by_304_to_what_we_know() {
    let server = Server::saying(*b"HTTP/1.1 304 Not Modified\r\netag: \"v2\"\r\n\r\n").await;
    let known =
        Validators { etag: Some("\"v1\"".to_owned()), last_modified: Some("Sun, 06 Nov 1994 08:49:37 GMT".to_owned()) };
    let fetched = net().poll(&HttpAsk::get("page", server.url("/")), &known).await;
    assert_eq!(fetched.answer, Answer::NotModified);
    assert_eq!(fetched.validators, Validators { etag: Some("\"v2\"".to_owned()), ..known });
    let request = &server.seen()[0];
    assert!(request.contains("if-none-match: \"v1\"\r\n"), "{request}");
    assert!(request.contains("if-modified-since: Sun, 06 Nov 1994 08:49:37 GMT\r\n"), "{request}");
    // To somebody who knows nothing, it would mean a page that is never read.
    assert_eq!(failed(get(&net(), &server.url("/")).await.answer).kind, FailureKind::Protocol);
}

#[tokio::test]
async fn redirects_lead_to_the_address_that_answers() {
    let server = Server::start(|request| match path(request) {
        "/1" => redirect(301, "/2"),
        "/2" => redirect(302, "3?x#y"),
        "/3?x" => redirect(307, "./4"),
        _ => Reply::Say(page("", b"there")),
    })
    .await;
    let answer = http(get(&net(), &server.url("/1")).await.answer);
    assert_eq!((answer.url, answer.body.as_slice()), (server.url("/4"), &b"there"[..]));
}

#[tokio::test]
async fn five_redirects_are_followed_and_no_more() {
    let server = Server::start(|request| match path(request) {
        "/end" => Reply::Say(page("", b"there")),
        "/5" => redirect(302, "/end"),
        path => redirect(302, &format!("/{}", path[1..].parse::<u32>().unwrap() + 1)),
    })
    .await;
    assert_eq!(http(get(&net(), &server.url("/1")).await.answer).url, server.url("/end"));
    let failure = failed(get(&net(), &server.url("/0")).await.answer);
    assert_eq!(failure.kind, FailureKind::Redirects);
    assert!(failure.detail.contains("More than 5"), "{}", failure.detail);
}

#[tokio::test]
async fn circles_are_seen() {
    let server = Server::start(|request| redirect(302, if path(request) == "/a" { "/b" } else { "/a" })).await;
    let failure = failed(get(&net(), &server.url("/a")).await.answer);
    assert_eq!(failure.kind, FailureKind::Redirects);
    assert!(failure.detail.contains("circle"), "{}", failure.detail);
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn what_was_meant_for_one_host_is_not_told_to_another() {
    let other = Server::saying(page("", b"")).await;
    let to = other.url("/");
    let server = Server::start(move |_| redirect(302, &to)).await;
    let mut ask = HttpAsk::get("page", server.url("/"));
    ask.headers =
        vec![("Authorization".to_owned(), "Bearer s3cret".to_owned()), ("Accept".to_owned(), "text/html".to_owned())];
    http(net().poll(&ask, &Validators { etag: Some("\"v1\"".to_owned()), last_modified: None }).await.answer);
    assert!(server.seen()[0].contains("authorization: Bearer s3cret"));
    let request = &other.seen()[0];
    assert!(!request.contains("s3cret") && !request.contains("if-none-match"), "{request}");
    assert!(request.contains("accept: text/html") && request.contains("accept-encoding: "), "{request}");
}

#[tokio::test]
async fn a_redirect_without_address_is_an_answer() {
    let server = Server::saying(*b"HTTP/1.1 302 Found\r\ncontent-length: 2\r\n\r\nhm").await;
    assert_eq!(http(get(&net(), &server.url("/")).await.answer).status, 302);
}

#[tokio::test]
async fn a_wait_is_read_where_a_server_asks_for_one() {
    let wait = async |status: &str, value: &str| {
        let server =
            Server::saying(format!("HTTP/1.1 {status}\r\nretry-after: {value}\r\ncontent-length: 0\r\n\r\n")).await;
        get(&net(), &server.url("/")).await.retry_after_s
    };
    assert_eq!(wait("429 Too Many Requests", "120").await, Some(120));
    assert_eq!(wait("503 Service Unavailable", "Fri, 31 Dec 2999 23:59:59 GMT").await, Some(86_400));
    assert_eq!(wait("503 Service Unavailable", "Sun, 06 Nov 1994 08:49:37 GMT").await, Some(0));
    assert_eq!(wait("503 Service Unavailable", "soon").await, None);
    assert_eq!(wait("200 OK", "120").await, None);
}

#[tokio::test]
async fn failures_are_told_apart() {
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let failure = failed(get(&net(), &format!("http://{nobody}/")).await.answer);
    assert_eq!((failure.kind, failure.sent), (FailureKind::Connect, false), "{}", failure.detail);

    let resetting = Server::start(|_| Reply::Reset).await;
    let closing = Server::start(|_| Reply::Say(Vec::new())).await;
    let cut_off =
        Server::start(|_| Reply::Say(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this".to_vec())).await;
    let cut_chunk =
        Server::start(|_| Reply::Say(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n64\r\nonly".to_vec()))
            .await;
    for server in [resetting, closing, cut_off, cut_chunk] {
        let failure = failed(get(&net(), &server.url("/")).await.answer);
        assert_eq!(failure.kind, FailureKind::Reset, "{}", failure.detail);
    }
    for nonsense in
        ["SSH-2.0-OpenSSH_9.6\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n"]
    {
        let server = Server::saying(nonsense).await;
        let failure = failed(get(&net(), &server.url("/")).await.answer);
        assert_eq!(failure.kind, FailureKind::Protocol, "{nonsense}: {}", failure.detail);
    }
}

#[tokio::test]
async fn slow_answers_end_in_time() {
    let silent = Server::start(|_| Reply::SayAndHang(Vec::new())).await;
    let slow =
        Server::start(|_| Reply::SayAndHang(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this".to_vec())).await;
    let net = built(&config(), hurried());
    for server in [silent, slow] {
        let failure = failed(get(&net, &server.url("/")).await.answer);
        assert_eq!(failure.kind, FailureKind::Timeout, "{}", failure.detail);
    }
}

/// A server that tells of every request and answers when it may.
async fn patient() -> (Server, mpsc::UnboundedReceiver<String>, &'static Semaphore) {
    let (arrived, arrivals) = mpsc::unbounded_channel();
    let leave: &'static Semaphore = Box::leak(Box::new(Semaphore::new(0)));
    let server = Server::slowly(move |request| {
        let told = arrived.send(path(request).to_owned());
        Box::pin(async move {
            told.unwrap();
            leave.acquire().await.unwrap().forget();
            Reply::Say(page("", b""))
        })
    })
    .await;
    (server, arrivals, leave)
}

#[tokio::test]
async fn a_host_sees_no_more_requests_at_once_than_it_may() {
    let (server, mut arrivals, leave) = patient().await;
    let net = std::sync::Arc::new(built(&NetConfig { per_host: Some(2), ..config() }, Limits::default()));
    let polls: Vec<_> = (0..6)
        .map(|_| {
            let (net, url) = (std::sync::Arc::clone(&net), server.url("/"));
            tokio::spawn(async move { http(get(&net, &url).await.answer) })
        })
        .collect();
    for round in 0..3 {
        arrivals.recv().await.unwrap();
        arrivals.recv().await.unwrap();
        // A whole exchange with another host later, still only two are there.
        let other = Server::saying(page("", b"")).await;
        http(get(&net, &other.url("/")).await.answer);
        assert!(arrivals.try_recv().is_err(), "round {round}");
        leave.add_permits(2);
    }
    for poll in polls {
        poll.await.unwrap();
    }
}

#[tokio::test]
async fn our_own_hosts_see_as_many_as_come_unless_configured() {
    let (server, mut arrivals, leave) = patient().await;
    let net = std::sync::Arc::new(net());
    let polls: Vec<_> = (0..6)
        .map(|_| {
            let (net, url) = (std::sync::Arc::clone(&net), server.url("/"));
            tokio::spawn(async move { http(get(&net, &url).await.answer) })
        })
        .collect();
    for _ in 0..6 {
        arrivals.recv().await.unwrap();
    }
    leave.add_permits(6);
    for poll in polls {
        poll.await.unwrap();
    }
}

#[tokio::test]
async fn a_redirect_gives_up_the_turn_at_the_host_it_leaves() {
    let (slow, mut arrivals, leave) = patient().await;
    let to = slow.url("/");
    let server = Server::start(move |request| match path(request) {
        "/away" => redirect(302, &to),
        _ => Reply::Say(page("", b"stayed")),
    })
    .await;
    let net = std::sync::Arc::new(built(&NetConfig { per_host: Some(1), ..config() }, Limits::default()));
    let (away_net, url) = (std::sync::Arc::clone(&net), server.url("/away"));
    let away = tokio::spawn(async move { http(get(&away_net, &url).await.answer) });
    arrivals.recv().await.unwrap();
    assert_eq!(http(get(&net, &server.url("/here")).await.answer).body, b"stayed");
    leave.add_permits(1);
    away.await.unwrap();
}

#[tokio::test]
async fn waiting_for_a_turn_is_not_the_hosts_fault() {
    let (server, mut arrivals, leave) = patient().await;
    let config = NetConfig { concurrency: 1, ..config() };
    let net = std::sync::Arc::new(built(
        &config,
        Limits { poll: std::time::Duration::from_millis(200), ..Limits::default() },
    ));
    let polls: Vec<_> = (0..4)
        .map(|_| {
            let (net, url) = (std::sync::Arc::clone(&net), server.url("/"));
            tokio::spawn(async move { get(&net, &url).await.answer })
        })
        .collect();
    // The first three use up their time while the others wait.
    let mut answers = Vec::new();
    for (index, poll) in polls.into_iter().enumerate() {
        arrivals.recv().await.unwrap();
        if index == 3 {
            leave.add_permits(4);
        }
        answers.push(poll.await.unwrap());
    }
    let failures = answers.iter().filter(|answer| matches!(answer, Answer::Failed(_))).count();
    assert_eq!(failures, 3, "{answers:?}");
}

#[tokio::test]
async fn names_are_asked_by_name() {
    let server = Server::saying(page("", b"")).await;
    let net = Net::build(&config(), Limits::default(), names(&[("page.example", &["127.0.0.1"])])).unwrap();
    http(get(&net, &format!("http://page.example:{}/", server.port)).await.answer);
    assert!(server.seen()[0].contains(&format!("host: page.example:{}\r\n", server.port)));
}
