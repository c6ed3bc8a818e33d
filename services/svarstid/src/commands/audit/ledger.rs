//! One partition's records in Kafka against its rows in ClickHouse. Pure.

use std::collections::HashMap;

/// Offsets that were seen, a bit for each.
#[derive(Debug, Default)]
struct Offsets(Vec<u64>);

impl Offsets {
    /// False when it was there before.
    fn insert(&mut self, place: usize) -> bool {
        let (word, bit) = (place / 64, 1u64 << (place % 64));
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        let new = self.0[word] & bit == 0;
        self.0[word] |= bit;
        new
    }

    fn has(&self, place: usize) -> bool {
        self.0.get(place / 64).is_some_and(|word| word & (1 << (place % 64)) != 0)
    }

    fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        let bits = |(word, bits): (usize, &u64)| {
            let bits = *bits;
            (0..64).filter(move |bit| bits & (1 << bit) != 0).map(move |bit| word * 64 + bit)
        };
        self.0.iter().enumerate().flat_map(bits)
    }
}

/// What is known of a partition. Rows are told first, then records: a row that comes meanwhile is on its way.
#[derive(Debug)]
pub struct Ledger {
    /// The first offset that Kafka holds, and the end, when the rows were asked for.
    first: i64,
    end: i64,
    /// The sink has written everything before.
    done: i64,
    rows: Offsets,
    twice: Vec<i64>,
    beyond: Vec<i64>,
    records: Offsets,
    /// The last record of each key that is judged.
    last: HashMap<u64, i64>,
    judged: u64,
    judged_rows: u64,
    on_the_way: u64,
}

/// What became of the records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Records judged.
    pub records: u64,
    /// Of these, with a row.
    pub rows: u64,
    /// Of these, replaced by a later record of the same key.
    pub replaced: u64,
    /// Records that the sink has not finished.
    pub on_the_way: u64,
    /// Offsets of records that have no row, though nothing replaced them.
    pub missing: Vec<i64>,
    /// Offsets of rows that Kafka has no record of.
    pub made_up: Vec<i64>,
    /// Offsets of records of which there are several, different rows.
    pub twice: Vec<i64>,
}

impl Ledger {
    /// Of a partition that holds `first..end`, of which the sink has finished everything before `done`.
    pub fn new(first: i64, end: i64, done: i64) -> Self {
        Self {
            first,
            end,
            done: done.max(first),
            rows: Offsets::default(),
            twice: Vec::new(),
            beyond: Vec::new(),
            records: Offsets::default(),
            last: HashMap::new(),
            judged: 0,
            judged_rows: 0,
            on_the_way: 0,
        }
    }

    /// The offsets that are asked for, in pieces.
    pub fn pieces(&self, of: i64) -> impl Iterator<Item = std::ops::Range<i64>> + use<> {
        let (first, end) = (self.first, self.end);
        let within = (0..).map(move |n| first + n * of).take_while(move |from| *from < end);
        within.map(move |from| from..(from + of).min(end)).chain(std::iter::once(end..i64::MAX))
    }

    fn place(&self, offset: i64) -> Option<usize> {
        usize::try_from(offset.checked_sub(self.first)?).ok()
    }

    /// So many different rows that came from one record.
    pub fn row(&mut self, offset: i64, copies: u64) {
        if offset >= self.end {
            self.beyond.push(offset);
        } else if let Some(place) = self.place(offset)
            && (!self.rows.insert(place) || copies > 1)
        {
            self.twice.push(offset);
        }
    }

    /// A record, in the order of offsets. Without a key it is not judged. True: it is still on its way.
    pub fn record(&mut self, offset: i64, key: Option<u64>) -> bool {
        let Some(place) = self.place(offset) else { return false };
        self.records.insert(place);
        let on_the_way = offset >= self.done;
        self.on_the_way += u64::from(on_the_way && key.is_some());
        if let Some(key) = key {
            self.last.insert(key, offset);
            self.judged += u64::from(!on_the_way);
            self.judged_rows += u64::from(!on_the_way && self.rows.has(place));
        }
        on_the_way
    }

    /// What it comes to. `first` and `end` are those of the partition after the records were read.
    pub fn verdict(self, first: i64, end: i64) -> Verdict {
        let has_row = |offset: i64| self.place(offset).is_some_and(|place| self.rows.has(place));
        let due = self.last.values().filter(|last| **last < self.done && !has_row(**last));
        let mut missing: Vec<i64> = due.copied().collect();
        missing.sort_unstable();
        let rows = self.rows.iter().filter(|place| !self.records.has(*place));
        let offsets = rows.filter_map(|place| Some(self.first + i64::try_from(place).ok()?));
        let mut made_up: Vec<i64> = offsets.filter(|offset| (first..self.done).contains(offset)).collect();
        // A row that came after the partition was looked at first may have a record that came then, too.
        made_up.extend(self.beyond.iter().filter(|offset| **offset >= end));
        let missed = missing.len() as u64;
        Verdict {
            records: self.judged,
            rows: self.judged_rows,
            replaced: self.judged.saturating_sub(self.judged_rows).saturating_sub(missed),
            on_the_way: self.on_the_way,
            missing,
            made_up,
            twice: self.twice,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows (offset, copies), records (offset, key) of a partition that holds 10..20, done to 16.
    fn check(rows: &[(i64, u64)], records: &[(i64, u64)], expect: Verdict) {
        let mut ledger = Ledger::new(10, 18, 16);
        rows.iter().for_each(|(offset, copies)| ledger.row(*offset, *copies));
        for (offset, key) in records {
            ledger.record(*offset, Some(*key));
        }
        assert_eq!(ledger.verdict(10, 20), expect, "{rows:?} {records:?}");
    }

    #[test]
    fn what_becomes_of_records() {
        let whole = Verdict { records: 2, rows: 2, ..Verdict::default() };
        // 11 is the mark of a transaction.
        check(&[(10, 1), (12, 1)], &[(10, 1), (12, 2)], whole.clone());
        let replaced = Verdict { rows: 1, replaced: 1, ..whole.clone() };
        check(&[(12, 1)], &[(10, 1), (12, 1)], replaced.clone());
        check(&[(10, 1)], &[(10, 1), (12, 1)], Verdict { missing: vec![12], replaced: 0, ..replaced });
        check(&[(10, 2), (12, 1)], &[(10, 1), (12, 2)], Verdict { twice: vec![10], ..whole.clone() });
        check(
            &[(10, 1), (12, 1), (13, 1)],
            &[(10, 1), (12, 2)],
            Verdict { made_up: vec![13], ..whole.clone() },
        );
        check(&[(10, 1), (12, 1), (99, 1)], &[(10, 1), (12, 2)], Verdict { made_up: vec![99], ..whole });
    }

    #[test]
    fn what_is_on_its_way_is_not_judged() {
        let one = Verdict { records: 1, rows: 1, on_the_way: 1, ..Verdict::default() };
        check(&[(10, 1)], &[(10, 1), (17, 2)], one.clone());
        check(&[(10, 1), (17, 1)], &[(10, 1), (17, 2)], one.clone());
        // Written after the first look: its record is read all the same.
        check(&[(10, 1), (19, 1)], &[(10, 1), (19, 2)], one.clone());
        // The row of the later version may have replaced the one that is judged.
        check(&[(17, 1)], &[(10, 1), (17, 1)], Verdict { rows: 0, replaced: 1, ..one });
    }

    #[test]
    fn what_kafka_has_deleted_is_not_judged() {
        let mut ledger = Ledger::new(10, 18, 16);
        ledger.row(10, 1);
        assert_eq!(ledger.verdict(12, 18), Verdict::default());
        let ledger = Ledger::new(10, 18, 3);
        assert_eq!(ledger.pieces(5).collect::<Vec<_>>(), [10..15, 15..18, 18..i64::MAX]);
    }
}
