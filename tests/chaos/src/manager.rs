//! A PBX that lives: the recording, played at the pace of its own clock, told to whoever logs in, and written into its log files.
//! What nobody hears is gone, as with a real one; what is alive at a login is told when asked.

use crate::load::{later, recorded};
use anyhow::Context;
use pbx::asterisk::ami::{Framer, Message};
use pipeline::{Clock, SystemClock};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How often it looks whether something happened.
const TICK: Duration = Duration::from_millis(20);
/// From where on the recording is played, s of its clock: just before its first call.
const PLAYED_FROM_S: i64 = 1_795_472_476;

/// What the recording says, moved to now.
pub struct Pbx {
    /// Of each message when it was, µs, and its bytes; in order.
    told: Vec<(i64, Message)>,
    /// Lines of the channel event log with their times.
    cel: Vec<(i64, String)>,
    /// Lines of the queue log with their times.
    queue_log: Vec<(i64, String)>,
    /// How much later everything is, s.
    pub by_s: i64,
    /// Nothing happens any more.
    pub ended: AtomicBool,
}

impl Pbx {
    /// Begins now.
    pub fn begin() -> anyhow::Result<Arc<Self>> {
        let by_s = SystemClock.now_us() / 1_000_000 - PLAYED_FROM_S + 1;
        let mut framer = Framer::default();
        framer.push(later(&recorded("ami.raw.txt.gz")?, by_s).as_bytes());
        let mut told = Vec::new();
        while let Some(message) = framer.next_message() {
            let message = message?;
            // Answers to the recorder are nobody's business.
            let at_us = message.get("Timestamp").filter(|_| message.get("ActionID").is_none()).and_then(us);
            told.extend(at_us.map(|at_us| (at_us, message)));
        }
        let lines = |name: &str, time: fn(&str) -> Option<i64>| -> anyhow::Result<Vec<(i64, String)>> {
            let text = later(&recorded(name)?, by_s);
            let line = |line: &str| time(line).map(|at_us| (at_us, format!("{line}\n")));
            text.lines().map(|text| line(text).with_context(|| format!("no time in {text}"))).collect()
        };
        let cel = lines("cel.csv.gz", |line| us(line.split('"').nth(3)?))?;
        let queue_log = lines("queue_log.gz", |line| us(line.split('|').next()?))?;
        Ok(Arc::new(Self { told, cel, queue_log, by_s, ended: AtomicBool::new(false) }))
    }

    /// Writes both logs as their time comes, and answers at `listener`, until it ends.
    pub fn live(self: &Arc<Self>, listener: TcpListener, cel: &Path, queue_log: &Path) -> anyhow::Result<()> {
        let (mut cel, mut queue_log) = (File::create(cel)?, File::create(queue_log)?);
        let pbx = Arc::clone(self);
        std::thread::spawn(move || {
            let mut done = [0, 0];
            while !pbx.has_ended() {
                let logs = [(&pbx.cel, &mut cel), (&pbx.queue_log, &mut queue_log)];
                for ((lines, file), done) in logs.into_iter().zip(&mut done) {
                    let due = lines.partition_point(|(at_us, _)| *at_us <= SystemClock.now_us());
                    let text: String = lines[*done..due].iter().map(|(_, line)| line.as_str()).collect();
                    let _ = file.write_all(text.as_bytes());
                    *done = due;
                }
                std::thread::sleep(TICK);
            }
        });
        let pbx = Arc::clone(self);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let pbx = Arc::clone(&pbx);
                std::thread::spawn(move || pbx.serve(stream));
            }
        });
        Ok(())
    }

    fn has_ended(&self) -> bool {
        self.ended.load(Ordering::SeqCst)
    }

    /// How many messages have happened by now.
    fn due(&self) -> usize {
        self.told.partition_point(|(at_us, _)| *at_us <= SystemClock.now_us())
    }

    fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(TICK))?;
        stream.write_all(b"Asterisk Call Manager/11.0.0\r\n")?;
        let (mut framer, mut bytes) = (Framer::default(), [0u8; 4096]);
        // From which message on events are told; none before they are asked for.
        let mut told: Option<usize> = None;
        while !self.has_ended() {
            match stream.read(&mut bytes) {
                Ok(0) => break,
                Ok(n) => framer.push(&bytes[..n]),
                Err(error)
                    if [io::ErrorKind::WouldBlock, io::ErrorKind::TimedOut].contains(&error.kind()) => {}
                Err(error) => return Err(error),
            }
            while let Some(Ok(action)) = framer.next_message() {
                if action.get("Action") == Some("Events") {
                    told = Some(self.due());
                }
                stream.write_all(self.answer(&action, told.unwrap_or(0)).as_bytes())?;
            }
            if let Some(from) = &mut told {
                let due = self.due();
                for (_, message) in &self.told[*from..due] {
                    stream.write_all(&[&message.raw, &b"\r\n\r\n"[..]].concat())?;
                }
                *from = due;
            }
        }
        Ok(())
    }

    fn answer(&self, action: &Message, told: usize) -> String {
        let id = action.get("ActionID").unwrap_or_default();
        let success = format!("Response: Success\r\nActionID: {id}\r\n");
        match action.get("Action").unwrap_or_default() {
            "Challenge" => format!("{success}Challenge: 4711\r\n\r\n"),
            "CoreShowChannels" => {
                let alive = Alive::after(&self.told[..told]);
                format!(
                    "{success}\r\n{}Event: CoreShowChannelsComplete\r\nActionID: {id}\r\n\r\n",
                    alive.channels(id)
                )
            }
            "QueueStatus" => {
                let alive = Alive::after(&self.told[..told]);
                format!(
                    "{success}\r\n{}Event: QueueStatusComplete\r\nActionID: {id}\r\n\r\n",
                    alive.entries(id)
                )
            }
            _ => success + "\r\n",
        }
    }
}

/// `seconds.fraction` or whole seconds.
fn us(text: &str) -> Option<i64> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let micros: i64 = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
    Some(seconds.parse::<i64>().ok()? * 1_000_000 + micros)
}

/// What is there at a moment.
#[derive(Default)]
struct Alive<'a> {
    channels: BTreeMap<&'a str, Channel<'a>>,
    /// Caller, queue, since when; in order.
    waiting: Vec<(&'a str, &'a str, i64)>,
    now_us: i64,
}

struct Channel<'a> {
    name: &'a str,
    linked: &'a str,
    bridge: &'a str,
    since_us: i64,
}

impl<'a> Alive<'a> {
    fn after(told: &'a [(i64, Message)]) -> Self {
        let mut alive = Self::default();
        for (at_us, message) in told {
            alive.now_us = *at_us;
            alive.take(*at_us, message);
        }
        alive
    }

    fn take(&mut self, at_us: i64, message: &'a Message) -> Option<()> {
        let get = |key| message.get(key).unwrap_or_default();
        let (event, id) = (message.get("Event")?, get("Uniqueid"));
        if event == "Newchannel" {
            let channel = Channel { name: get("Channel"), linked: id, bridge: "", since_us: at_us };
            self.channels.insert(id, channel);
        }
        if event == "BridgeMerge" {
            let (from, to) = (get("FromBridgeUniqueid"), get("ToBridgeUniqueid"));
            let moved = self.channels.values_mut().filter(|channel| channel.bridge == from);
            moved.for_each(|channel| channel.bridge = to);
        }
        let channel = self.channels.get_mut(id)?;
        channel.linked = message.known("Linkedid").unwrap_or(channel.linked);
        match event {
            "BridgeEnter" => channel.bridge = get("BridgeUniqueid"),
            "BridgeLeave" => channel.bridge = "",
            "QueueCallerJoin" => self.waiting.push((id, get("Queue"), at_us)),
            "QueueCallerLeave" => self.waiting.retain(|(caller, ..)| *caller != id),
            "Hangup" => drop(self.channels.remove(id)),
            _ => {}
        }
        Some(())
    }

    fn channels(&self, action: &str) -> String {
        let mut text = String::new();
        for (id, channel) in &self.channels {
            let s = (self.now_us - channel.since_us) / 1_000_000;
            let _ = write!(
                text,
                "Event: CoreShowChannel\r\nActionID: {action}\r\nChannel: {}\r\nUniqueid: {id}\r\nLinkedid: {}\r\n\
                 BridgeId: {}\r\nDuration: {:02}:{:02}:{:02}\r\n\r\n",
                channel.name,
                channel.linked,
                channel.bridge,
                s / 3600,
                s / 60 % 60,
                s % 60
            );
        }
        text
    }

    fn entries(&self, action: &str) -> String {
        let mut text = String::new();
        for (at, (id, queue, since_us)) in self.waiting.iter().enumerate() {
            let place = self.waiting[..=at].iter().filter(|(_, other, _)| other == queue).count();
            let wait_s = (self.now_us - since_us) / 1_000_000;
            let _ = write!(
                text,
                "Event: QueueEntry\r\nActionID: {action}\r\nQueue: {queue}\r\nPosition: {place}\r\nUniqueid: {id}\r\n\
                 Wait: {wait_s}\r\n\r\n"
            );
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever asks after the recording's last message is told that nothing lives, and in the middle that somebody does.
    #[test]
    fn it_knows_who_is_alive() {
        let pbx = Pbx::begin().unwrap();
        let end = Alive::after(&pbx.told);
        assert_eq!((end.channels("x"), end.entries("x")), (String::new(), String::new()));
        let middle = Alive::after(&pbx.told[..pbx.told.len() / 2]);
        assert!(middle.channels("x").contains("Channel: PJSIP/trunk-"), "{}", middle.channels("x"));
        let waits = |n: usize| !Alive::after(&pbx.told[..n]).entries("x").is_empty();
        assert!((0..pbx.told.len()).step_by(500).any(waits));
    }
}
