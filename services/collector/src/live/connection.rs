//! One TCP connection to a manager: messages in, actions out.

use super::session::SessionEnd;
use pbx::asterisk::ami::{FrameError, Framer, Message};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const CONNECT_WITHIN: Duration = Duration::from_secs(10);
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
const BANNER: &str = "Asterisk Call Manager/";
const CHUNK_BYTES: usize = 1 << 16;
/// So many events may come before an answer: bounds memory, and ten seconds of the busiest PBX are far less.
const WAITING_MAX: usize = 100_000;
const OUR_ACTIONS: &str = "svarstid-";

/// Whether an action of ours is answered. A user event that another program sends keeps that program's id, and is an
/// event like any other.
pub(super) fn is_ours(action_id: &str) -> bool {
    action_id.starts_with(OUR_ACTIONS)
}

/// What came in.
pub(super) type Incoming = Result<Message, FrameError>;

pub(super) struct Connection {
    stream: TcpStream,
    framer: Framer,
    chunk: Vec<u8>,
    /// Events that came while an answer was waited for.
    waiting: VecDeque<Incoming>,
    next_action: u64,
}

impl Connection {
    /// Connects and reads the banner. A peer that is not an Asterisk is told so.
    pub async fn open(address: &str) -> Result<Self, SessionEnd> {
        let connecting = tokio::time::timeout(CONNECT_WITHIN, TcpStream::connect(address)).await;
        let stream = match connecting {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                return Err(SessionEnd::Lost(format!("{address} does not accept a connection: {error}")));
            }
            Err(_) => return Err(SessionEnd::Lost(format!("{address} does not answer"))),
        };
        let _ = stream.set_nodelay(true);
        let mut connection = Self {
            stream,
            framer: Framer::default(),
            chunk: vec![0; CHUNK_BYTES],
            waiting: VecDeque::new(),
            next_action: 1,
        };
        connection.read_banner(address).await?;
        Ok(connection)
    }

    async fn read_banner(&mut self, address: &str) -> Result<(), SessionEnd> {
        let wrong = |said: &str| {
            SessionEnd::Refused(format!(
                "{address} is not an Asterisk manager (it begins with {said:?}); [pbx.ami] address must name the port of manager.conf"
            ))
        };
        let mut line = Vec::new();
        while line.last() != Some(&b'\n') && line.len() < 128 {
            let mut byte = [0u8; 1];
            match tokio::time::timeout(ANSWER_WITHIN, self.stream.read(&mut byte)).await {
                Ok(Ok(1)) => line.push(byte[0]),
                Ok(Ok(_)) => return Err(wrong(&printable(&line))),
                Ok(Err(error)) => return Err(SessionEnd::Lost(error.to_string())),
                Err(_) => return Err(wrong(if line.is_empty() { "silence" } else { "half a line" })),
            }
        }
        if line.starts_with(BANNER.as_bytes()) { Ok(()) } else { Err(wrong(&printable(&line))) }
    }

    /// Sends an action and waits for its answer; events that come meanwhile wait.
    pub async fn ask(&mut self, fields: &[(&str, &str)]) -> Result<Message, SessionEnd> {
        let id = self.tell(fields).await?;
        let deadline = tokio::time::Instant::now() + ANSWER_WITHIN;
        loop {
            match tokio::time::timeout_at(deadline, self.receive()).await {
                Err(_) => return Err(SessionEnd::Lost(format!("no answer to {}", fields[0].1))),
                Ok(incoming) => match incoming? {
                    Ok(message)
                        if message.get("ActionID") == Some(&id) && message.get("Response").is_some() =>
                    {
                        return Ok(message);
                    }
                    _ if self.waiting.len() >= WAITING_MAX => {
                        let asked = fields[0].1;
                        let what = format!("no answer to {asked} among {WAITING_MAX} events");
                        return Err(SessionEnd::Lost(what));
                    }
                    other => self.waiting.push_back(other),
                },
            }
        }
    }

    /// Sends an action and returns its id.
    pub async fn tell(&mut self, fields: &[(&str, &str)]) -> Result<String, SessionEnd> {
        let id = format!("{OUR_ACTIONS}{}", self.next_action);
        self.next_action += 1;
        let mut text = String::new();
        for (key, value) in fields.iter().chain(&[("ActionID", id.as_str())]) {
            // A line end in a value would begin another field.
            let value: String = value.chars().filter(|c| !c.is_control()).collect();
            text.push_str(&format!("{key}: {value}\r\n"));
        }
        text.push_str("\r\n");
        match self.stream.write_all(text.as_bytes()).await {
            Ok(()) => Ok(id),
            Err(error) => Err(SessionEnd::Lost(format!("writing failed: {error}"))),
        }
    }

    /// The next message: first those that waited.
    pub async fn next(&mut self) -> Result<Incoming, SessionEnd> {
        match self.waiting.pop_front() {
            Some(incoming) => Ok(incoming),
            None => self.receive().await,
        }
    }

    /// Safe to give up between bytes: what was read stays in the framer.
    async fn receive(&mut self) -> Result<Incoming, SessionEnd> {
        loop {
            if let Some(incoming) = self.framer.next_message() {
                return Ok(incoming);
            }
            match self.stream.read(&mut self.chunk).await {
                Ok(0) => return Err(SessionEnd::Lost("the PBX closed the connection".into())),
                Ok(n) => self.framer.push(&self.chunk[..n]),
                Err(error) => return Err(SessionEnd::Lost(format!("reading failed: {error}"))),
            }
        }
    }
}

fn printable(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().chars().filter(|c| !c.is_control()).take(40).collect()
}
