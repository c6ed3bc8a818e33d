//! Asterisk's `queue_log`: `seconds|channel|queue|member|event|data…`, one event a line.
//!
//! It tells of queues alone, in whole seconds. A caller's arrival is the second in which the channel was made, which its
//! id holds. Events of a dialplan's own (`QueueLog()`) and of members (pauses, penalties) say nothing about calls.

use super::Dialect;
use super::names;
use crate::{Draft, Line, Lines, Numbers, Record};
use call::event::{Endpoint, QueueStatus, TransferKind};
use call::{Body, Party, Text};

/// Reads a log from any point on; it keeps nothing between lines.
#[derive(Debug)]
pub struct Reader<N> {
    lines: Lines,
    words: Words<N>,
}

/// The columns of one line.
struct Columns<'a> {
    channel: &'a str,
    queue: &'a str,
    member: &'a str,
    event: &'a str,
    data: [&'a str; 5],
}

#[derive(Debug)]
struct Words<N> {
    dialect: Dialect,
    numbers: N,
}

impl<N: Numbers> Reader<N> {
    /// With a site's words and number rules; the first byte that will be pushed has this offset.
    pub fn at(offset: u64, dialect: Dialect, numbers: N) -> Self {
        Self { lines: Lines::at(offset), words: Words { dialect, numbers } }
    }

    /// More bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.lines.push(bytes);
    }

    /// The next line's record; none until more bytes come.
    pub fn next_record(&mut self) -> Option<Record> {
        self.lines.next_line().map(|line| self.words.record(&line))
    }

    /// The stream ended: a last line that was not ended.
    pub fn finish(&mut self) -> Option<Record> {
        self.lines.finish().map(|line| self.words.record(&line))
    }

    /// A reader that begins here tells what this one still will.
    pub fn restart_at(&self) -> u64 {
        self.lines.next_offset()
    }
}

impl<N: Numbers> Words<N> {
    fn record(&self, line: &Line<'_>) -> Record {
        Record { offset: line.offset, end: line.end, meaning: self.meaning(line.bytes) }
    }

    fn meaning(&self, line: Option<&[u8]>) -> Result<Vec<Draft>, String> {
        let line = line.ok_or("a line longer than any record")?;
        let line = str::from_utf8(line).map_err(|_| "bytes that are not UTF-8")?;
        let mut columns = columns(line);
        let mut next = || columns.next();
        let (Some(at), Some(channel), Some(queue), Some(member), Some(event)) =
            (next(), next(), next(), next(), next())
        else {
            return Err("not seconds|channel|queue|member|event".into());
        };
        let at_us = names::epoch_us(at).ok_or("its first column is not seconds since 1970")?;
        let data = std::array::from_fn(|_| columns.next().unwrap_or_default());
        let body = self.body(&Columns { channel, queue, member, event, data })?;
        let Some(body) = body else { return Ok(Vec::new()) };
        let leg = match body {
            Body::PbxStarted => None,
            _ => Some(names::id(channel).ok_or_else(|| format!("event {event}: its channel is not an id"))?),
        };
        Ok(vec![Draft { at_us: Some(at_us), linked: None, leg, body }])
    }

    fn body(&self, line: &Columns<'_>) -> Result<Option<Body>, String> {
        let queue = || names::label(line.queue, &self.numbers);
        let exit = |status| Ok(Some(Body::QueueExited { status }));
        match line.event {
            "ENTERQUEUE" => Ok(Some(Body::QueueEntered {
                queue: queue(),
                caller: self.numbers.party(line.data[1]),
                // Asterisk 1.8 and older do not tell the place.
                position: line.data[2].parse().unwrap_or_default(),
                arrived_us: names::born_us(line.channel),
            })),
            "CONNECT" => Ok(Some(Body::QueueAnswered {
                queue: queue(),
                member: self.member(line.member),
                dest: names::id(line.data[1]),
                wait_us: seconds(line, 0)?,
                ring_us: seconds(line, 2).ok(),
            })),
            "ABANDON" => Ok(Some(Body::QueueAbandoned { queue: queue() })),
            "EXITWITHKEY" => Ok(Some(Body::QueueLeft { queue: queue() })),
            "EXITWITHTIMEOUT" => exit(QueueStatus::Timeout),
            "EXITEMPTY" => exit(QueueStatus::LeaveEmpty),
            "FULL" => exit(QueueStatus::Full),
            "JOINEMPTY" => exit(QueueStatus::JoinEmpty),
            "JOINUNAVAIL" => exit(QueueStatus::JoinUnavailable),
            "LEAVEUNAVAIL" => exit(QueueStatus::LeaveUnavailable),
            "WITHDRAW" => exit(QueueStatus::Withdrawn),
            "COMPLETECALLER" => Ok(Some(Body::QueueCompleted { queue: queue(), by_caller: true })),
            "COMPLETEAGENT" => Ok(Some(Body::QueueCompleted { queue: queue(), by_caller: false })),
            "BLINDTRANSFER" | "TRANSFER" => Ok(Some(self.transferred(TransferKind::Blind, line.data[0]))),
            "ATTENDEDTRANSFER" => Ok(Some(self.transferred(TransferKind::Attended, ""))),
            "RINGNOANSWER" => Ok(Some(Body::MemberMissed {
                queue: queue(),
                member: Endpoint::Device(self.member(line.member)),
                ring_us: whole(line, 0)?.saturating_mul(1000),
            })),
            "QUEUESTART" => Ok(Some(Body::PbxStarted)),
            _ => Ok(None),
        }
    }

    /// `PJSIP/9001` is the device 9001; a name that the PBX's configuration gives a member may be the name of a person,
    /// for whom the site's configuration names the extension.
    fn member(&self, name: &str) -> Text {
        if let Some(extension) = self.dialect.member_names.get(name) {
            return extension.as_str().into();
        }
        let resource = name.split_once('/').map_or(name, |(_, resource)| resource);
        names::label(resource.split('@').next().unwrap_or(resource), &self.numbers)
    }

    fn transferred(&self, kind: TransferKind, to: &str) -> Body {
        let to = if to.is_empty() { Party::Unknown } else { self.numbers.party(to) };
        let (transferer, second, transferee, target) = (None, None, None, None);
        Body::Transferred { kind, succeeded: true, transferer, second, transferee, target, to }
    }
}

/// What stands between bars; the standard library searches for each of them anew.
fn columns(line: &str) -> impl Iterator<Item = &str> {
    let mut ends = memchr::memchr_iter(b'|', line.as_bytes()).chain(std::iter::once(line.len()));
    let mut from = 0;
    std::iter::from_fn(move || {
        let to = ends.next()?;
        Some(&line[std::mem::replace(&mut from, to + 1)..to])
    })
}

/// A whole number.
fn whole(line: &Columns<'_>, data: usize) -> Result<i64, String> {
    let number = line.data[data].parse::<i64>().ok().filter(|number| (0..=1_000_000_000).contains(number));
    number
        .ok_or_else(|| format!("event {}: its data {} is not a whole number in range", line.event, data + 1))
}

fn seconds(line: &Columns<'_>, data: usize) -> Result<i64, String> {
    whole(line, data).map(|seconds| seconds * 1_000_000)
}
