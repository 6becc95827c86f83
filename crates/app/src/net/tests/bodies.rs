//! Bodies: decoded on the way in, within limits.

use std::io::Read;
use std::sync::Arc;

use flate2::Compression;
use flate2::read::{DeflateEncoder, GzEncoder, ZlibEncoder};
use tocsin_domain::FailureKind;

use super::super::Limits;
use super::server::{Server, page};
use super::{built, config, failed, get, http, net};

fn all(mut reader: impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).unwrap();
    bytes
}

#[tokio::test]
async fn all_encodings_are_decoded() {
    let text = b"{\"status\":\"All Systems Operational\"}".repeat(2000);
    let best = Compression::best();
    let encodings = [
        ("gzip", all(GzEncoder::new(&text[..], best))),
        ("deflate", all(ZlibEncoder::new(&text[..], best))),
        ("deflate", all(DeflateEncoder::new(&text[..], best))),
        ("zstd", zstd::encode_all(&text[..], 3).unwrap()),
        ("br", all(brotli::CompressorReader::new(&text[..], 4096, 5, 22))),
        ("identity", text.clone()),
    ];
    for (encoding, body) in encodings {
        let server = Server::saying(page(&format!("Content-Encoding: {encoding}\r\n"), &body)).await;
        assert!(http(get(&net(), &server.url("/")).await.answer).body == text, "{encoding}");
    }
}

#[tokio::test]
async fn a_bomb_is_too_large() {
    // 128 MiB of nothing in about half a megabyte.
    let bomb = all(GzEncoder::new(std::io::repeat(0).take(128 << 20), Compression::fast()));
    assert!(bomb.len() < 8 << 20);
    let server = Server::saying(page("Content-Encoding: gzip\r\n", &bomb)).await;
    let failure = failed(get(&net(), &server.url("/")).await.answer);
    assert_eq!((failure.kind, failure.sent), (FailureKind::TooLarge, true), "{}", failure.detail);
}

#[tokio::test]
async fn limits_hold_to_the_byte_compressed_and_decoded() {
    let limits = Limits { compressed: 1000, decoded: 2000, ..Limits::default() };
    let net = built(&config(), limits);
    let chunked = |length: usize| {
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        format!("{head}{length:x}\r\n{}\r\n0\r\n\r\n", "x".repeat(length)).into_bytes()
    };
    let packed = |length: usize| {
        page("Content-Encoding: gzip\r\n", &all(GzEncoder::new(&vec![b'x'; length][..], Compression::best())))
    };
    let fine = [page("", &[b'x'; 1000]), chunked(1000), packed(2000)];
    let large = [
        page("", &[b'x'; 1001]),
        chunked(1001),
        packed(2001),
        b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n".to_vec(),
    ];
    for bytes in fine {
        let server = Server::saying(bytes).await;
        http(get(&net, &server.url("/")).await.answer);
    }
    for bytes in large {
        let server = Server::saying(bytes).await;
        assert_eq!(failed(get(&net, &server.url("/")).await.answer).kind, FailureKind::TooLarge);
    }
}

#[tokio::test]
async fn damaged_and_unknown_encodings_are_not_believed() {
    let cut = &all(GzEncoder::new(&b"hello"[..], Compression::best()))[..12];
    let cases = [
        ("gzip", cut),
        ("gzip", &b"hello"[..]),
        ("br", &b"\xff\xff\xff"[..]),
        ("compress", &b"hello"[..]),
        ("gzip, gzip", &b"hello"[..]),
    ];
    for (encoding, body) in cases {
        let server = Server::saying(page(&format!("Content-Encoding: {encoding}\r\n"), body)).await;
        let failure = failed(get(&net(), &server.url("/")).await.answer);
        assert_eq!(failure.kind, FailureKind::Protocol, "{encoding}: {}", failure.detail);
    }
}

#[tokio::test]
async fn large_bodies_take_turns() {
    let server = Server::saying(page("", &[b'x'; 100_000])).await;
    let limits = Limits { small: 10, large_at_once: 1, ..Limits::default() };
    let net = Arc::new(built(&config(), limits));
    let polls: Vec<_> = (0..8)
        .map(|_| {
            let (net, url) = (Arc::clone(&net), server.url("/"));
            tokio::spawn(async move { http(get(&net, &url).await.answer).body.len() })
        })
        .collect();
    for poll in polls {
        assert_eq!(poll.await.unwrap(), 100_000);
    }
}
