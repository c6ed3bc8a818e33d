//! Senders that take their time, and those who wait behind them.

use crate::endpoint::{Endpoint, ROOM, TOKEN, held};
use collector::Limits;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A test that fails by waiting fails after this.
const PATIENCE: Duration = Duration::from_secs(60);
const MOMENT: Duration = Duration::from_millis(20);

fn limited(folder: &tempfile::TempDir, limits: Limits) -> Endpoint {
    Endpoint::limited(folder.path(), ROOM, limits, |_| {})
}

/// A connection on which this was said.
fn said(endpoint: &Endpoint, bytes: &str) -> TcpStream {
    let mut stream = TcpStream::connect(&endpoint.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(bytes.as_bytes()).unwrap();
    stream
}

/// A request's head; `Expect` makes the server say when it begins to read the body.
fn head(length: usize) -> String {
    format!(
        "POST /v1/events HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {TOKEN}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\nExpect: 100-continue\r\n\r\n"
    )
}

const GO_ON: &str = "HTTP/1.1 100 Continue\r\n\r\n";

fn hear_go_on(stream: &mut TcpStream) {
    let mut heard = [0; GO_ON.len()];
    stream.read_exact(&mut heard).unwrap();
    assert_eq!(heard, GO_ON.as_bytes());
}

fn rest(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_body_that_does_not_come_is_told_so_and_does_not_count() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = limited(&folder, Limits { body_within: MOMENT, ..Limits::default() });
    let body = held("1");
    let mut slow = said(&endpoint, &head(body.len()));
    hear_go_on(&mut slow);
    slow.write_all(&body.as_bytes()[..body.len() - 1]).unwrap();
    let answer = rest(slow);
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("\"timeout\""), "{answer}");
    assert!(endpoint.metric("svarstid_collector_webhook_requests_total{code=\"408\"} 1"));
    assert_eq!(endpoint.events(), []);
    endpoint.close().unwrap();
}

#[test]
fn a_connection_whose_head_does_not_come_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = limited(&folder, Limits { head_within: MOMENT, ..Limits::default() });
    for begun in ["", "POST /v1/events HTTP/1.1\r\nHost: a\r\n"] {
        assert_eq!(rest(said(&endpoint, begun)), "", "after {begun:?}");
    }
    endpoint.close().unwrap();
}

#[test]
fn whoever_finds_no_turn_is_asked_to_come_back_and_is_taken_then() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = limited(&folder, Limits { at_once: 1, turn_within: MOMENT, ..Limits::default() });
    let body = held("1");
    let mut slow = said(&endpoint, &head(body.len()));
    hear_go_on(&mut slow);
    let refused = endpoint.post("application/json", held("2"));
    assert_eq!((refused.status, refused.retry_after_s), (503, Some(1)));
    assert_eq!(refused.json["error"], "busy");
    assert!(endpoint.metric("svarstid_collector_webhook_requests_total{code=\"503\"} 1"));
    slow.write_all(body.as_bytes()).unwrap();
    let answer = rest(slow);
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
    assert_eq!(endpoint.post("application/json", held("2")).counts(), (1, 0));
    assert_eq!(endpoint.events().len(), 2);
    endpoint.close().unwrap();
}
