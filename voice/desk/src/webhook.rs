//! Tells an alarm to somebody else: a POST of JSON to an `http://` address, a relay within the house as a rule.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

const TRIES: u32 = 3;
const PATIENCE: Duration = Duration::from_secs(5);
/// Alarms that may wait for those before them.
const WAITING: usize = 200;

/// Where an address leads: host, port, path. `None` where it is none that we can post to.
#[must_use]
pub fn read(address: &str) -> Option<(String, u16, String)> {
    let rest = address.strip_prefix("http://")?;
    let (place, path) = rest.split_once('/').map_or((rest, String::new()), |(place, path)| (place, path.to_owned()));
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (place, 80),
    };
    (!host.is_empty() && !host.contains('@')).then(|| (host.to_owned(), port, format!("/{path}")))
}

/// Alarms on their way, one after the other: whoever goes by the last one knows how things stand.
pub struct Queue(mpsc::Sender<Value>);

impl Queue {
    /// To that address.
    #[must_use]
    pub fn new(address: String) -> Queue {
        let (sender, mut waiting) = mpsc::channel(WAITING);
        tokio::spawn(async move {
            while let Some(what) = waiting.recv().await {
                post(&address, &what).await;
            }
        });
        Queue(sender)
    }

    pub fn tell(&self, what: Value) {
        if self.0.try_send(what).is_err() {
            tracing::error!("too many alarms wait for the webhook: one is only in the log and in alarms.jsonl");
        }
    }
}

/// Posts, and tries again where nobody took it.
async fn post(address: &str, what: &Value) {
    for again in 0..TRIES {
        tokio::time::sleep(PATIENCE * again).await;
        match tokio::time::timeout(PATIENCE, once(address, &what.to_string())).await {
            Ok(Ok(status)) if (200..300).contains(&status) => return,
            Ok(Ok(status)) => tracing::warn!(address, status, "an alarm was not taken"),
            Ok(Err(error)) => tracing::warn!(address, %error, "an alarm could not be told"),
            Err(_) => tracing::warn!(address, "nobody took an alarm in time"),
        }
    }
}

async fn once(address: &str, body: &str) -> std::io::Result<u16> {
    let (host, port, path) = read(address).ok_or_else(|| std::io::Error::other("it is no http:// address"))?;
    let mut stream = TcpStream::connect((host.as_str(), port)).await?;
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    let mut reply = [0; 12];
    stream.read_exact(&mut reply).await?;
    let status = std::str::from_utf8(&reply[9..]).ok().and_then(|code| code.parse().ok());
    status.ok_or_else(|| std::io::Error::other("the answer is none of HTTP"))
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn addresses() {
        assert_eq!(read("http://relay:8080/a/b"), Some(("relay".to_owned(), 8080, "/a/b".to_owned())));
        assert_eq!(read("http://relay"), Some(("relay".to_owned(), 80, "/".to_owned())));
        assert_eq!(read("https://relay/"), None);
        assert_eq!(read("http://relay:x/"), None);
    }
}
