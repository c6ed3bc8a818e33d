//! What is held of one partition until it is written.

use crate::batch::Record;
use std::time::Duration;

/// A batch is cut at so many bytes, whatever its rows: together with the client's own bound this bounds memory.
const BYTES_MAX: usize = 32 << 20;

/// When a batch is cut.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// After so many rows at the latest.
    pub rows: usize,
    /// So long after its first record at the latest.
    pub age: Duration,
}

/// Records of one partition, in order.
#[derive(Debug, Default)]
pub struct Buffer {
    records: Vec<Record>,
    bytes: usize,
    /// When the first of them came, by the clock's monotonic time.
    since: Option<Duration>,
    /// The first and last offset of a range that an earlier process may have written: it is written first, and exactly as it was.
    pending: Option<(i64, i64)>,
    /// Everything before this is written.
    pub next: i64,
}

/// Records to be written together.
#[derive(Debug, PartialEq, Eq)]
pub struct Range {
    pub first: i64,
    pub last: i64,
    /// An earlier process may have written it.
    pub again: bool,
    pub records: Vec<Record>,
}

impl Buffer {
    /// From the committed offset, with the end of the range that was being written there.
    pub fn new(next: Option<i64>, pending_last: Option<i64>) -> Self {
        let next = next.unwrap_or(0);
        Self { pending: pending_last.map(|last| (next, last)), next, ..Self::default() }
    }

    pub fn add(&mut self, record: Record, now: Duration) {
        // A delivery that comes a second time is the client library's mistake, not a second record.
        if self.records.last().is_some_and(|last| record.offset <= last.offset) || record.offset < self.next {
            return;
        }
        self.since.get_or_insert(now);
        self.bytes += record.value.len();
        self.records.push(record);
    }

    /// The part of a batch that is there, 0 to 1; more when it has to be as large as it was before.
    pub fn used_ratio(&self, limits: Limits) -> f64 {
        let rows = self.records.len() as f64 / limits.rows.max(1) as f64;
        rows.max(self.bytes as f64 / BYTES_MAX as f64)
    }

    /// Whether a batch can be cut now. `all`: the end is near, however small it is.
    pub fn is_due(&self, limits: Limits, all: bool, now: Duration) -> bool {
        match self.pending {
            Some((_, last)) => self.records.last().is_some_and(|record| record.offset >= last),
            None => {
                let is_old = || self.since.is_some_and(|since| now.saturating_sub(since) >= limits.age);
                let is_full = self.records.len() >= limits.rows || self.bytes >= BYTES_MAX;
                !self.records.is_empty() && (all || is_full || is_old())
            }
        }
    }

    /// Cuts the next batch. None: everything of a pending range is gone from the topic.
    pub fn cut(&mut self, limits: Limits, now: Duration) -> Option<Range> {
        let pending = self.pending.take();
        let end = match pending {
            Some((_, last)) => self.records.partition_point(|record| record.offset <= last),
            None => self.records.len().min(limits.rows),
        };
        let records: Vec<Record> = self.records.drain(..end).collect();
        self.bytes = self.records.iter().map(|record| record.value.len()).sum();
        self.since = (!self.records.is_empty()).then_some(now);
        let ends = records.first().zip(records.last()).map(|(first, last)| (first.offset, last.offset));
        // The token is made of the range as it was kept, whatever of it is still there.
        let (first, last) = pending.filter(|_| ends.is_some()).or(ends)?;
        Some(Range { first, last, again: pending.is_some(), records })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { rows: 3, age: Duration::from_secs(3600) };
    const NOW: Duration = Duration::from_secs(7);

    fn filled(mut buffer: Buffer, offsets: &[i64]) -> Buffer {
        for offset in offsets {
            buffer.add(Record { offset: *offset, written_us: 0, value: vec![0; 10] }, NOW);
        }
        buffer
    }

    fn cut(buffer: &mut Buffer) -> Option<(i64, i64, bool, Vec<i64>)> {
        let range = buffer.cut(LIMITS, NOW)?;
        let offsets = range.records.iter().map(|record| record.offset).collect();
        Some((range.first, range.last, range.again, offsets))
    }

    #[test]
    fn a_full_buffer_is_cut_and_a_small_one_waits() {
        let mut buffer = filled(Buffer::new(None, None), &[0, 2]);
        assert!(!buffer.is_due(LIMITS, false, NOW));
        assert!(buffer.is_due(LIMITS, true, NOW));
        assert!(buffer.is_due(Limits { age: Duration::ZERO, ..LIMITS }, false, NOW));
        buffer = filled(buffer, &[3, 5]);
        assert!(buffer.is_due(LIMITS, false, NOW));
        assert_eq!(cut(&mut buffer), Some((0, 3, false, vec![0, 2, 3])));
        assert_eq!(cut(&mut buffer), Some((5, 5, false, vec![5])));
        assert!(!buffer.is_due(LIMITS, true, NOW));
        let big = Record { offset: 9, written_us: 0, value: vec![0; BYTES_MAX] };
        buffer.add(big, NOW);
        assert!(buffer.is_due(LIMITS, false, NOW));
    }

    #[test]
    fn a_pending_range_is_cut_as_it_was_however_large() {
        let mut buffer = filled(Buffer::new(Some(10), Some(15)), &[10, 11, 12, 13]);
        assert!(!buffer.is_due(LIMITS, true, NOW), "its end is not there yet");
        buffer = filled(buffer, &[15]);
        assert!(buffer.is_due(LIMITS, false, NOW));
        assert_eq!(cut(&mut buffer), Some((10, 15, true, vec![10, 11, 12, 13, 15])));
    }

    #[test]
    fn of_a_pending_range_that_was_deleted_in_part_the_rest_has_the_same_token() {
        let mut buffer = filled(Buffer::new(Some(10), Some(15)), &[14, 17]);
        assert!(buffer.is_due(LIMITS, false, NOW));
        assert_eq!(cut(&mut buffer), Some((10, 15, true, vec![14])));
        assert_eq!(cut(&mut buffer), Some((17, 17, false, vec![17])));
        let mut buffer = filled(Buffer::new(Some(10), Some(15)), &[17]);
        assert_eq!(cut(&mut buffer), None);
        assert_eq!(cut(&mut buffer), Some((17, 17, false, vec![17])));
    }

    #[test]
    fn a_delivery_that_comes_twice_is_one_record() {
        let mut buffer = filled(Buffer::new(Some(4), None), &[3, 4, 5, 5, 4, 6]);
        assert_eq!(cut(&mut buffer), Some((4, 6, false, vec![4, 5, 6])));
    }
}
