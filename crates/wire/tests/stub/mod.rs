//! A schema registry of a few lines: what the client asks is kept, what it answers is the test's.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A request: method, path and body.
pub type Request = (String, String, String);

/// A running stub; ends with the test.
pub struct Stub {
    /// Its base address.
    pub url: String,
    asked: Arc<Mutex<Vec<Request>>>,
}

impl Stub {
    /// Answers each request with a status and a body.
    pub fn start(answer: impl Fn(&str, &str, &str) -> (u16, String) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/api", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                serve(stream.unwrap(), &answer, &kept);
            }
        });
        Self { url, asked }
    }

    /// Method and path of everything asked so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|(method, path, _)| format!("{method} {path}")).collect()
    }

    /// The bodies of everything asked so far.
    pub fn bodies(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|(.., body)| body.clone()).collect()
    }
}

fn serve(
    mut stream: TcpStream,
    answer: &impl Fn(&str, &str, &str) -> (u16, String),
    asked: &Mutex<Vec<Request>>,
) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first).unwrap();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim_end().to_lowercase().split_once(": ") {
            Some(("content-length", value)) => length = value.parse().unwrap(),
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let mut words = first.split(' ');
    let (method, path) = (words.next().unwrap(), words.next().unwrap());
    let body = String::from_utf8(body).unwrap();
    let (status, text) = answer(method, path, &body);
    asked.lock().unwrap().push((method.to_owned(), path.to_owned(), body));
    let length = text.len();
    write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{text}")
        .unwrap();
}
