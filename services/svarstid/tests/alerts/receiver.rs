//! Somebody who is told: takes what Alertmanager posts.

use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// Every alert of every message, in order.
#[derive(Default)]
struct Heard {
    alerts: Mutex<Vec<Value>>,
    more: Condvar,
}

pub struct Receiver {
    port: u16,
    heard: Arc<Heard>,
}

impl Receiver {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Heard::default());
        let hears = Arc::clone(&heard);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let hears = Arc::clone(&hears);
                std::thread::spawn(move || take(&stream, &hears));
            }
        });
        Self { port, heard }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// The first one of this name and status.
    pub fn wait_for(&self, name: &str, status: &str, patience: Duration) -> Value {
        let until = Instant::now() + patience;
        let is_it = |alert: &&Value| alert["labels"]["alertname"] == name && alert["status"] == status;
        let mut alerts = self.heard.alerts.lock().unwrap();
        loop {
            if let Some(found) = alerts.iter().find(is_it) {
                return found.clone();
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{name} was never told as {status}: {alerts:#?}");
            alerts = self.heard.more.wait_timeout(alerts, left).unwrap().0;
        }
    }

    /// What was told of this alert, in order.
    pub fn told(&self, name: &str) -> Vec<String> {
        let alerts = self.heard.alerts.lock().unwrap();
        let of_name = alerts.iter().filter(|alert| alert["labels"]["alertname"] == name);
        of_name.map(|alert| alert["status"].as_str().unwrap().to_owned()).collect()
    }

    pub fn names(&self) -> Vec<String> {
        let alerts = self.heard.alerts.lock().unwrap();
        let names: BTreeSet<&str> =
            alerts.iter().map(|alert| alert["labels"]["alertname"].as_str().unwrap()).collect();
        names.into_iter().map(str::to_owned).collect()
    }
}

/// One connection: as many messages as come over it.
fn take(stream: &TcpStream, heard: &Heard) {
    let mut reader = BufReader::new(stream);
    while let Some(body) = message(&mut reader) {
        let message: Value = serde_json::from_slice(&body).unwrap();
        heard.alerts.lock().unwrap().extend(message["alerts"].as_array().unwrap().iter().cloned());
        heard.more.notify_all();
        let mut answer = stream;
        if answer.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").is_err() {
            return;
        }
    }
}

/// The body of a request; none when no more come.
fn message(reader: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    Read::read_exact(reader, &mut body).ok()?;
    Some(body)
}
