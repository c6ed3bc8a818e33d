//! Whatever a file holds: no reader panics, every byte belongs to one record at most, and pieces make no difference.

use super::{Plan, dialect, told};
use pbx::Record;
use pbx::asterisk::{cdr, cel, queue_log};
use proptest::prelude::*;

/// Words that the readers know, so that chance meets more than the first check.
const WORDS: &[&str] = &[
    "|",
    "\n",
    ",",
    "\"",
    "1795472488",
    ".14",
    "pbx-1795472488.14",
    "ENTERQUEUE",
    "CONNECT",
    "ABANDON",
    "vaxel",
    "CHAN_START",
    "HANGUP",
    "ANSWER",
    "BRIDGE_ENTER",
    "CHAN_END",
    "PJSIP/2101-1",
    "PJSIP/trunk-2",
    "Local/2101@x-1;1",
    "Local/2101@x-1;2",
    "AppQueue",
    "AppDial",
    "Queue",
    "vaxel,tT,,,150",
    "in-queue",
    "ANSWERED",
    "NO ANSWER",
    "2026-11-23 22:21:28",
    "{\"\"hangupcause\"\":17}",
    "\0",
    "\u{feff}",
    "å",
    "-1",
    "99999999999999999999",
    "\r\n",
];

pub fn text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => proptest::sample::select(WORDS).prop_map(|word| word.as_bytes().to_vec()),
        1 => any::<[u8; 3]>().prop_map(|bytes| bytes.to_vec()),
    ];
    proptest::collection::vec(piece, 0..120).prop_map(|pieces| pieces.concat())
}

/// Lines of a channel event log that could be: chance alone rarely makes one.
pub fn cel_lines() -> impl Strategy<Value = Vec<u8>> {
    let event = proptest::sample::select(&[
        "CHAN_START",
        "ANSWER",
        "HANGUP",
        "CHAN_END",
        "BRIDGE_ENTER",
        "BRIDGE_EXIT",
        "STREAM_BEGIN",
        "UNDIVERTED",
        "DIVERTED",
        "PICKUP",
        "BLINDTRANSFER",
        "ATTENDEDTRANSFER",
    ]);
    let channel = proptest::sample::select(&[
        "PJSIP/trunk-1",
        "PJSIP/2101-2",
        "PJSIP/9001-3",
        "Local/2101@x-1;1",
        "Local/2101@x-1;2",
    ]);
    let application =
        proptest::sample::select(&["", "Queue", "AppQueue", "AppDial", "AppDial2", "VoiceMail", "Dial"]);
    let place = proptest::sample::select(&["s,in-queue", "social,groups", "2101,people", ",x"]);
    let line = (event, 0u32..90, channel, application, place, 0u32..6, 0u32..6).prop_map(
        |(event, seconds, channel, application, place, id, linked)| {
            let extra = "\"{\"\"bridge_id\"\":\"\"a-1\"\",\"\"hangupsource\"\":\"\"PJSIP/trunk-1\"\",\"\"transferee_channel_uniqueid\"\":\"\"1.1\"\",\"\"pickup_channel_uniqueid\"\":\"\"1.2\"\",\"\"pickup_channel\"\":\"\"PJSIP/2102-9\"\",\"\"extra\"\":\"\"2101 BUSY\"\"}\"";
            format!("{event},17954724{seconds:02}.000000,0980319282,{place},{channel},{application},\"vaxel,t,,,30\",1.{id},1.{linked},{extra}\n")
        },
    );
    proptest::collection::vec(line, 0..60).prop_map(|lines| lines.concat().into_bytes())
}

macro_rules! read {
    ($reader:expr, $pieces:expr) => {{
        let mut reader = $reader;
        let mut records: Vec<Record> = Vec::new();
        for piece in $pieces {
            reader.push(piece);
            records.extend(std::iter::from_fn(|| reader.next_record()));
        }
        records.extend(reader.finish());
        records
    }};
}

fn check(bytes: &[u8], cut: usize, read: impl Fn(&[&[u8]]) -> Vec<Record>) -> Result<(), TestCaseError> {
    let pieces: Vec<&[u8]> = bytes.chunks(cut).collect();
    let (whole, pieced) = (read(&[bytes]), read(&pieces));
    for pair in whole.windows(2) {
        prop_assert!(pair[0].end <= pair[1].offset && pair[0].offset < pair[0].end);
    }
    prop_assert!(whole.last().is_none_or(|last| last.end <= bytes.len() as u64));
    prop_assert_eq!(told(whole), told(pieced));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn of_a_queue_log(bytes in text(), cut in 1usize..40) {
        check(&bytes, cut, |pieces| read!(queue_log::Reader::at(0, dialect(), Plan), pieces))?;
    }

    #[test]
    fn of_call_records(bytes in text(), cut in 1usize..40) {
        check(&bytes, cut, |pieces| read!(cdr::Reader::at(0, dialect(), Plan), pieces))?;
    }

    #[test]
    fn of_a_channel_event_log(bytes in prop_oneof![text(), cel_lines()], cut in 1usize..40) {
        check(&bytes, cut, |pieces| read!(cel::Reader::at(0, dialect(), Plan), pieces))?;
    }
}
