//! The edge: a listener on loopback at which every vendor has a page (`/<slug>`).

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, header};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tocsin_domain::Timestamp;
use tokio::net::{TcpListener, TcpStream};

use crate::ledger::Ledger;
use crate::model::World;
use crate::receivers::{self, Receivers};
use crate::reply::{Answer, How, Reply};
use crate::shape::Place;

/// Whoever starts a world says what time it is: microseconds since 1970 in UTC.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;
type Body = BoxBody<Bytes, Broken>;

/// Why a connection is broken off: somebody wanted it so.
#[derive(Debug, thiserror::Error)]
#[error("broken off on purpose")]
pub struct Broken;

/// A body without an announced end comes in so many pieces of this size.
const PIECES: usize = 4_096;
const PIECE: Bytes = Bytes::from_static(&[b' '; 65_536]);

/// An answer in drops comes in so many, with such a pause before each.
const DROPS: usize = 4;
const PAUSE: Duration = Duration::from_millis(500);

/// A world that is played: vendors and receivers at their addresses.
pub struct Stage {
    pub world: World,
    pub receivers: Receivers,
    pub ledger: Ledger,
    pub clock: Clock,
    /// Where everything stands: `http://127.0.0.1:9000`.
    pub base: String,
    pub smtp: SocketAddr,
}

impl Stage {
    /// Sets a world up: takes both listeners over and serves until the returned task is dropped or aborted.
    ///
    /// # Errors
    /// If a listener has no address.
    pub fn open(
        world: World,
        http: TcpListener,
        smtp: TcpListener,
        clock: Clock,
    ) -> std::io::Result<(Arc<Self>, tokio::task::JoinSet<()>)> {
        let stage = Arc::new(Self {
            base: format!("http://{}", http.local_addr()?),
            smtp: smtp.local_addr()?,
            receivers: Receivers::default(),
            ledger: Ledger::default(),
            world,
            clock,
        });
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(accept(Arc::clone(&stage), http));
        tasks.spawn(receivers::smtp::accept(Arc::clone(&stage), smtp));
        Ok((stage, tasks))
    }

    /// The address of a vendor's page.
    #[must_use]
    pub fn page(&self, slug: &str) -> String {
        format!("{}/{slug}", self.base)
    }

    /// Microseconds since 1970 in UTC.
    #[must_use]
    pub fn now_us(&self) -> i64 {
        (self.clock)()
    }

    /// Where everything is, for programs.
    #[must_use]
    pub fn addresses(&self) -> Value {
        let vendors = self.world.vendors.iter().map(|vendor| {
            json!({
                "slug": vendor.slug, "name": vendor.name, "category": vendor.category,
                "platform": vendor.shape.name(), "page": self.page(&vendor.slug),
            })
        });
        json!({
            "vendors": vendors.collect::<Vec<_>>(),
            "receivers": receivers::addresses(&self.base, self.smtp),
            "channels": receivers::channels(&self.base),
            "arrived": format!("{}/", self.base),
            "arrived_json": format!("{}/~arrived.json", self.base),
            "journal_json": format!("{}/~journal.json", self.base),
            "then": format!("{}/~then", self.base),
            "answered_json": format!("{}/~answered.json", self.base),
            "now": format!("{}/~now", self.base),
        })
    }

    /// Answers a request to the address `path?query` below [`Stage::base`]; `None` where no vendor lives.
    #[must_use]
    pub fn reply(&self, path: &str, query: &str, known: Option<&str>, now: Timestamp) -> Option<Reply> {
        let path = path.trim_start_matches('/');
        let (slug, rest) = path.split_once('/').unwrap_or((path, ""));
        let place = Place { path: rest.trim_end_matches('/'), query };
        let vendor = self.world.vendor(slug)?;
        let changed = self.ledger.changed(slug);
        let vendor = changed.as_ref().unwrap_or(vendor);
        Some(vendor.reply(&self.world.course, &self.page(slug), place, known, now))
    }
}

async fn accept(stage: Arc<Stage>, listener: TcpListener) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(serve(Arc::clone(&stage), stream));
                }
            }
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}

async fn serve(stage: Arc<Stage>, stream: TcpStream) {
    let answer = service_fn(move |request| {
        let stage = Arc::clone(&stage);
        async move { answer(&stage, request).await }
    });
    let mut connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
    if (&mut connection).await.is_err() {
        // Broken off means broken off: the other side is to see a reset, not an orderly end.
        let stream = connection.into_parts().io.into_inner();
        drop(stream.set_zero_linger());
    }
}

async fn answer(stage: &Stage, request: Request<Incoming>) -> Result<Response<Body>, Broken> {
    let uri = request.uri().clone();
    let (path, query) = (uri.path(), uri.query().unwrap_or_default());
    let now = Timestamp::from_second(stage.now_us().div_euclid(1_000_000));
    if let Some(reply) = stage.reply(path, query, if_none_match(&request), now) {
        tokio::time::sleep(Duration::from_millis(reply.delay_ms)).await;
        stage.ledger.answered(path, stage.now_us());
        return send(reply.how);
    }
    let reply = receivers::answer(stage, path, request).await;
    tokio::time::sleep(Duration::from_millis(reply.delay_ms)).await;
    send(reply.how)
}

fn if_none_match(request: &Request<Incoming>) -> Option<&str> {
    request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok())
}

fn send(how: How) -> Result<Response<Body>, Broken> {
    match how {
        How::Whole(answer) => Ok(whole(answer)),
        How::Reset => Err(Broken),
        How::CutOff(answer) => {
            let half = answer.body.slice(..answer.body.len() / 2);
            let pieces = stream::iter([Ok(Frame::data(half)), Err(Broken)]);
            let length = answer.body.len();
            let mut response = headed(&answer, StreamBody::new(pieces).boxed());
            response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
            Ok(response)
        }
        How::Drops(answer) => {
            let (length, body) = (answer.body.len(), answer.body.clone());
            let drops = stream::iter((0..DROPS).map(move |drop| {
                let at = |drop: usize| length * drop / DROPS;
                body.slice(at(drop)..at(drop + 1))
            }));
            let slowly = futures_util::StreamExt::then(drops, |drop| async move {
                tokio::time::sleep(PAUSE).await;
                Ok(Frame::data(drop))
            });
            let mut response = headed(&answer, StreamBody::new(Box::pin(slowly)).boxed());
            if length > 0 {
                response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
            }
            Ok(response)
        }
        How::Endless => {
            let pieces = stream::iter((0..PIECES).map(|_| Ok(Frame::data(PIECE))));
            let head = Answer::new(200, "application/json", Bytes::new());
            Ok(headed(&head, StreamBody::new(pieces).boxed()))
        }
    }
}

fn whole(answer: Answer) -> Response<Body> {
    let body = Full::new(answer.body.clone()).map_err(|never: Infallible| match never {}).boxed();
    headed(&answer, body)
}

fn headed(answer: &Answer, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = hyper::StatusCode::from_u16(answer.status).unwrap_or_default();
    for (name, value) in &answer.headers {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(*name, value);
        }
    }
    response
}
