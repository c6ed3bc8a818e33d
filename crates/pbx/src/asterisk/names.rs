//! Names of channels, ids, and the words that every Asterisk source shares.

use crate::Numbers;
use call::Text;
use call::event::{DialStatus, Endpoint, QueueStatus};

/// `PJSIP/2101-0000001a` is the device `2101`; `Local/2101@from-internal-00000003;2` is the far half of an internal pair.
/// A device that is named after a number outside the plan gets that number's pseudonym. None if it is no channel name.
#[must_use]
pub fn endpoint<N: Numbers + ?Sized>(channel: &str, numbers: &N) -> Option<Endpoint> {
    let (technology, resource) = channel.split_once('/')?;
    if technology == "Local" {
        return Some(Endpoint::Internal { far: resource.ends_with(";2") });
    }
    let name = resource.rsplit_once('-').map_or(resource, |(name, _)| name);
    if technology.is_empty() || name.is_empty() {
        return None;
    }
    Some(Endpoint::Device(label(name, numbers)))
}

/// A name given by an administrator: kept, unless a number outside the plan hides in it.
pub(crate) fn label<N: Numbers + ?Sized>(name: &str, numbers: &N) -> Text {
    let runs = name.as_bytes().split(|byte| !byte.is_ascii_digit());
    let longest = runs.map(<[u8]>::len).max().unwrap_or(0);
    if longest < 5 { name.into() } else { numbers.redact(name.as_bytes()).into() }
}

/// A channel's or bridge's id: only characters that Asterisk itself uses, so that nothing else rides along. None if it is none.
pub(crate) fn id(value: &str) -> Option<Text> {
    let is_mark = |b: &u8| matches!(b, b'.' | b'-');
    let plain = value.bytes().all(|b| b.is_ascii_alphanumeric() || is_mark(&b) || b == b'_');
    (plain && value.as_bytes().iter().any(is_mark) && value.len() <= 150).then(|| value.into())
}

/// Asterisk's word for how a dialling ended; none for the empty value that stands before an attempt.
pub(crate) fn dial_status(word: &str) -> Option<DialStatus> {
    Some(match word {
        "" => return None,
        "ANSWER" => DialStatus::Answer,
        "NOANSWER" => DialStatus::NoAnswer,
        "BUSY" => DialStatus::Busy,
        "CANCEL" | "ABORT" => DialStatus::Cancel,
        "CHANUNAVAIL" => DialStatus::Unavailable,
        "CONGESTION" => DialStatus::Congestion,
        _ => DialStatus::Other,
    })
}

/// Asterisk's word in `QUEUESTATUS`; none for words that say nothing about leaving.
pub(crate) fn queue_status(word: &str) -> Option<QueueStatus> {
    Some(match word {
        "TIMEOUT" => QueueStatus::Timeout,
        "FULL" => QueueStatus::Full,
        "JOINEMPTY" => QueueStatus::JoinEmpty,
        "LEAVEEMPTY" => QueueStatus::LeaveEmpty,
        "JOINUNAVAIL" => QueueStatus::JoinUnavailable,
        "LEAVEUNAVAIL" => QueueStatus::LeaveUnavailable,
        "WITHDRAW" => QueueStatus::Withdrawn,
        "CONTINUE" => QueueStatus::Continue,
        _ => return None,
    })
}

/// `seconds` or `seconds.microseconds` since 1970 → µs UTC.
pub(crate) fn epoch_us(text: &str) -> Option<i64> {
    let point = text.bytes().position(|byte| byte == b'.');
    let (seconds, micros) = point.map_or((text, "000000"), |at| (&text[..at], &text[at + 1..]));
    if micros.len() != 6 || seconds.is_empty() || seconds.len() > 12 {
        return None;
    }
    Some(whole(seconds)? * 1_000_000 + whole(micros)?)
}

/// A number of nothing but digits, of which there are at most 12.
fn whole(digits: &str) -> Option<i64> {
    let add = |number: i64, byte: u8| byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0'));
    digits.bytes().try_fold(0, add)
}

/// The second in which a channel was made, from its id: `systemname-1795472488.14` → µs UTC.
pub(crate) fn born_us(id: &str) -> Option<i64> {
    let (before, number) = id.rsplit_once('.')?;
    let seconds = before.rsplit_once('-').map_or(before, |(_, seconds)| seconds);
    (!number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())).then(|| epoch_us(seconds))?
}
