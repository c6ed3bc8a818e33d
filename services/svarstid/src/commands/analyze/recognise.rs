//! What kind of file this is, from its content.

use flate2::read::MultiGzDecoder;
use org::SiteNumbers;
use pbx::csv_import::{Mapping, is_list};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// How much of a file is looked at.
const HEAD_BYTES: usize = 8192;

/// A kind of recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One session of Asterisk's manager interface.
    AsteriskAmi,
    /// Asterisk's `queue_log`.
    AsteriskQueueLog,
    /// Asterisk's channel event log, comma-separated.
    AsteriskCel,
    /// Asterisk's call detail records, comma-separated.
    AsteriskCdr,
    /// An exported call list, as the configuration says that they are written.
    CallList,
    /// Nothing that is known.
    Unknown,
}

/// The file's bytes, unpacked if it is gzipped.
pub fn open(path: &Path) -> std::io::Result<Box<dyn Read>> {
    let mut magic = [0u8; 2];
    let mut length = 0;
    let mut file = File::open(path)?;
    while length < magic.len() {
        match file.read(&mut magic[length..])? {
            0 => break,
            n => length += n,
        }
    }
    let file = BufReader::with_capacity(1 << 16, File::open(path)?);
    Ok(if magic == [0x1f, 0x8b] { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) })
}

/// Up to `HEAD_BYTES` of a stream.
pub fn head(stream: &mut dyn Read) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(HEAD_BYTES);
    stream.take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// Words that only a channel event log has as a column.
const CEL_WORDS: &[&str] = &["CHAN_START", "CHAN_END", "LINKEDID_END", "BRIDGE_ENTER", "HANGUP"];
/// Words that a call detail record has as a column.
const CDR_WORDS: &[&str] = &["ANSWERED", "NO ANSWER", "BUSY", "FAILED", "CONGESTION"];

/// What the site's configuration says of its lists, with its numbers.
pub type Lists = Option<(Mapping, SiteNumbers)>;

/// The same, where a list may be one, too: a header that the configuration names says more than words in columns.
pub fn kind_or_list(head: &[u8], lists: &Lists) -> Kind {
    match lists {
        Some((mapping, numbers)) if is_list(head, mapping, numbers) => Kind::CallList,
        _ => kind(head),
    }
}

/// Tells the kind from the first bytes: a banner or `Key: value` lines, `seconds|id|queue|` lines, columns with the
/// words of events or of dispositions.
pub fn kind(head: &[u8]) -> Kind {
    let text = String::from_utf8_lossy(head);
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    if text.starts_with("Asterisk Call Manager/") || text.contains("\nEvent: ") || text.starts_with("Event: ")
    {
        return Kind::AsteriskAmi;
    }
    match lines.next() {
        Some(line) if line.matches('|').count() >= 4 && line.starts_with(|c: char| c.is_ascii_digit()) => {
            Kind::AsteriskQueueLog
        }
        Some(line) if has_column(line, CEL_WORDS) || lines.any(|line| has_column(line, CEL_WORDS)) => {
            Kind::AsteriskCel
        }
        Some(line) if has_column(line, CDR_WORDS) && line.matches(',').count() >= 15 => Kind::AsteriskCdr,
        _ => Kind::Unknown,
    }
}

fn has_column(line: &str, words: &[&str]) -> bool {
    line.split(',').any(|column| words.contains(&column.trim_matches('"')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_apart() {
        let check = |head: &str, expect| assert_eq!(kind(head.as_bytes()), expect, "{head}");
        check("Asterisk Call Manager/11.0.0\r\nResponse: Success\r\n", Kind::AsteriskAmi);
        check("Event: Newchannel\r\nChannel: PJSIP/1-1\r\n\r\n", Kind::AsteriskAmi);
        check("\r\n\r\nPrivilege: call,all\r\nEvent: Hangup\r\n", Kind::AsteriskAmi);
        check("1795472469|NONE|NONE|NONE|QUEUESTART|\n", Kind::AsteriskQueueLog);
        check("\"CHAN_START\",\"1795472477.6\",\"a\",\"2101\"\n", Kind::AsteriskCel);
        check("1,CHAN_END,2101\n", Kind::AsteriskCel);
        let cdr = "\"\",\"2101\",\"9\",\"in\",\"\",\"PJSIP/2101-1\",\"\",\"Hangup\",\"\",\"2026-11-23 22:21:17\",,\"2026-11-23 22:21:18\",1,1,\"ANSWERED\",\"DOCUMENTATION\",\"1.0\",\"\"\n";
        check(cdr, Kind::AsteriskCdr);
        check("GET / HTTP/1.1\r\n", Kind::Unknown);
        check("", Kind::Unknown);
    }
}
