//! A reader that begins where another one says tells what that one still would have told.

use super::any_bytes::{cel_lines, text};
use super::{Plan, dialect, told};
use pbx::Record;
use pbx::asterisk::{cdr, cel, queue_log};
use proptest::prelude::*;

macro_rules! rest {
    ($reader:expr) => {{
        let mut records: Vec<Record> = std::iter::from_fn(|| $reader.next_record()).collect();
        records.extend($reader.finish());
        records
    }};
}

/// Reads up to a cut that may be anywhere, then goes on with a new reader; both must tell the same of what comes later.
macro_rules! check {
    ($bytes:expr, $cut:expr, $reader_at:expr) => {{
        let (bytes, cut): (&[u8], usize) = ($bytes, $cut);
        let mut first = $reader_at(0);
        first.push(&bytes[..cut]);
        while first.next_record().is_some() {}
        let restart_at = first.restart_at();
        prop_assert!(restart_at <= cut as u64);
        let mut second = $reader_at(restart_at);
        second.push(&bytes[restart_at as usize..]);
        let again = rest!(second);
        first.push(&bytes[cut..]);
        let rest = rest!(first);
        // What was read before the cut is known by its position, and dropped.
        let first_end = rest.first().map_or(u64::MAX, |record| record.end);
        let later = again.into_iter().filter(|record| record.end >= first_end);
        prop_assert_eq!(told(rest), told(later));
    }};
}

/// Records of calls of some minutes, on a clock that is set back an hour in the middle.
fn call_records() -> impl Strategy<Value = Vec<u8>> {
    let record = (0u32..3600, 0u32..200, prop_oneof![8 => Just(0u32), 1 => Just(3600), 1 => 4u32..900]);
    proptest::collection::vec(record, 0..40).prop_map(|records| {
        let count = records.len();
        let lines = records.into_iter().enumerate().map(|(at, (second, length, later))| {
            let born = 1_795_472_488 + second;
            let hour = if at < count / 2 { 23 } else { 22 };
            let local = |second: u32| {
                let second = 21 * 60 + 28 + second;
                format!("2026-11-{} {:02}:{:02}:{:02}", 23 + (hour + second / 3600) / 24, (hour + second / 3600) % 24, second / 60 % 60, second % 60)
            };
            let (start, end) = (local(second + later), local(second + later + length));
            format!("\"\",\"2101\",\"9\",\"in\",\"\",\"PJSIP/2101-1\",\"PJSIP/2102-2\",\"Dial\",\"x,20\",\"{start}\",,\"{end}\",1,1,\"NO ANSWER\",\"DOCUMENTATION\",\"{born}.{at}\",\"\"\n")
        });
        lines.collect::<String>().into_bytes()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn of_a_queue_log(bytes in text(), cut in any::<prop::sample::Index>()) {
        let cut = cut.index(bytes.len() + 1);
        check!(&bytes, cut, |at| queue_log::Reader::at(at, dialect(), Plan));
    }

    #[test]
    fn of_call_records(bytes in prop_oneof![call_records(), text()], cut in any::<prop::sample::Index>()) {
        let cut = cut.index(bytes.len() + 1);
        check!(&bytes, cut, |at| cdr::Reader::at(at, dialect(), Plan));
    }

    #[test]
    fn of_a_channel_event_log(bytes in prop_oneof![cel_lines(), text()], cut in any::<prop::sample::Index>()) {
        let cut = cut.index(bytes.len() + 1);
        check!(&bytes, cut, |at| cel::Reader::at(at, dialect(), Plan));
    }
}
