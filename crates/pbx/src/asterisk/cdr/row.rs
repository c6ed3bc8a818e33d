//! One record.

use super::super::{Dialect, names};
use super::local_time::LocalTime;
use crate::csv_line::Columns;
use crate::{Draft, Numbers};
use call::event::{DialStatus, Endpoint};
use call::{Body, CallRecord, Text};

/// Columns of `Master.csv` in their order; the last ones stand there by settings of `cdr.conf`.
const SRC: usize = 1;
const DST: usize = 2;
const DCONTEXT: usize = 3;
const CHANNEL: usize = 5;
const DSTCHANNEL: usize = 6;
const LASTAPP: usize = 7;
const LASTDATA: usize = 8;
const START: usize = 9;
const ANSWER: usize = 10;
const END: usize = 11;
const BILLSEC: usize = 13;
const DISPOSITION: usize = 14;
const UNIQUEID: usize = 16;
/// A queue that let a caller go after less than this took nobody in.
const WAIT_US_MIN: i64 = 1_000_000;

/// The record as an event.
pub(super) fn draft<N: Numbers>(
    columns: &Columns,
    offset: u64,
    time: &mut LocalTime,
    dialect: &Dialect,
    numbers: &N,
) -> Result<Draft, String> {
    let leg = names::id(columns.get(UNIQUEID))
        .ok_or("no uniqueid in column 17 (cdr.conf, [csv]: loguniqueid = yes)")?;
    // `peeraccount, linkedid, sequence` are the last three, if there are any of them (newcdrcolumns).
    let linked = if columns.len() > 18 { names::id(columns.get(columns.len() - 2)) } else { None };
    if let Some(born_us) = names::born_us(&leg) {
        time.learn(columns.get(START), born_us, offset);
    }
    let at = |column: usize| time.utc_us(columns.get(column));
    let started_us = at(START).ok_or("start is no time, or no channel's id tells the difference to UTC")?;
    let (answered_us, ended_us) = (at(ANSWER), at(END));
    let attempt = Attempt { columns, dialect, length_us: ended_us.map(|ended| ended - started_us) };
    let device = |name: &str| match names::endpoint(name, numbers) {
        Some(Endpoint::Device(device)) => Some(device),
        Some(Endpoint::Internal { .. }) | None => None,
    };
    let target = device(columns.get(DSTCHANNEL)).or_else(|| attempt.meant_for(numbers));
    let status = attempt.status(!columns.get(DSTCHANNEL).is_empty());
    let record = CallRecord {
        caller_device: device(columns.get(CHANNEL)),
        caller: numbers.party(columns.get(SRC)),
        dialled: numbers.party(attempt.extension()),
        queue: attempt.queue().map(|name| names::label(&name, numbers)),
        target,
        // A channel that was up before tells nothing about this answer.
        answered_us: answered_us.filter(|at| status == DialStatus::Answer && *at > started_us),
        ended_us,
        status,
        mailbox: columns.get(LASTAPP).eq_ignore_ascii_case("VoiceMail"),
    };
    let body = Body::CallRecorded(Box::new(record));
    Ok(Draft { at_us: Some(started_us), linked: linked.or_else(|| Some(leg.clone())), leg: Some(leg), body })
}

struct Attempt<'a> {
    columns: &'a Columns,
    dialect: &'a Dialect,
    length_us: Option<i64>,
}

impl Attempt<'_> {
    fn is(&self, application: &str) -> bool {
        self.columns.get(LASTAPP).eq_ignore_ascii_case(application)
    }

    /// A number that was dialled; where the dialplan went is none.
    fn extension(&self) -> &str {
        let dst = self.columns.get(DST);
        let is_number = dst.bytes().all(|byte| byte.is_ascii_digit() || b"+*#".contains(&byte));
        if is_number && !self.is("Queue") { dst } else { "" }
    }

    /// `Local/2101@context-…;1` was rung for 2101.
    fn meant_for<N: Numbers>(&self, numbers: &N) -> Option<Text> {
        let (extension, _) = self.columns.get(DSTCHANNEL).strip_prefix("Local/")?.split_once('@')?;
        numbers.party(extension).own().map(Text::from)
    }

    /// The queue that made the attempt, or that the dialplan came out of.
    fn queue(&self) -> Option<String> {
        if self.is("Queue") {
            return self
                .columns
                .get(LASTDATA)
                .split(',')
                .next()
                .filter(|name| !name.is_empty())
                .map(str::to_owned);
        }
        let waited = self.length_us.is_some_and(|length| length >= WAIT_US_MIN);
        let place = self.dialect.queue_at(self.columns.get(DCONTEXT), self.columns.get(DST));
        place.filter(|_| self.is("Hangup") && waited).map(String::from)
    }

    fn status(&self, rang: bool) -> DialStatus {
        match self.columns.get(DISPOSITION) {
            // Nothing was said: somebody else picked it up, or whoever answered was gone at once.
            "ANSWERED" if rang && self.columns.get(BILLSEC) != "0" => DialStatus::Answer,
            "ANSWERED" if rang => DialStatus::Other,
            // Nobody took the caller out of the queue, though the dialplan had answered before.
            _ if self.is("Queue") => DialStatus::Cancel,
            _ if self.queue().is_some() => DialStatus::NoAnswer,
            "NO ANSWER" if self.is("Dial") && rang => self.given_up(),
            "NO ANSWER" => DialStatus::NoAnswer,
            "BUSY" => DialStatus::Busy,
            "CONGESTION" => DialStatus::Congestion,
            _ => DialStatus::Other,
        }
    }

    /// Rung for as long as it may: nobody answered. Less: the caller gave up.
    fn given_up(&self) -> DialStatus {
        let longest =
            self.columns.get(LASTDATA).split(',').nth(1).and_then(|text| text.trim().parse::<i64>().ok());
        match (longest, self.length_us) {
            (Some(longest), Some(length_us))
                if length_us + 1_000_000 >= longest.saturating_mul(1_000_000) =>
            {
                DialStatus::NoAnswer
            }
            _ => DialStatus::Cancel,
        }
    }
}
