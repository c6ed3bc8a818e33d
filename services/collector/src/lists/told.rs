//! What lists have told before: so that exports may overlap, and an import that broke off goes on where it was.
//!
//! A row is on disk here before its event is in the spool, together with the event's number there. A row whose event the spool
//! does not hold was cut short by a crash: it is forgotten.

use anyhow::Context;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;

const NAME: &str = "told";
/// Row, call, begin, end, number in the spool, checksum.
const ENTRY_BYTES: usize = 16 + 8 + 8 + 8 + 8 + 4;
const MINUTE_US: i64 = 60_000_000;

/// One row that was told, or rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub row: u128,
    /// Its call and when it began and was over, µs UTC; none of a rejected one.
    pub call: Option<(u64, i64, i64)>,
}

/// How a row stands to those that were told before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is to be told.
    New,
    /// It was told or rejected before.
    Known,
    /// Its call was told to its end without it.
    TooLate,
}

/// All rows that were told, in the order in which they were told.
#[derive(Debug)]
pub(super) struct Told {
    file: File,
    file_bytes: u64,
    rows: HashSet<u128>,
    calls: Calls,
    /// Noted, not on disk yet.
    open: Vec<Entry>,
}

/// Which calls may still get rows: what `call::RecordAssembler` has not forgotten.
#[derive(Debug)]
struct Calls {
    age_us: i64,
    over_us: HashMap<u64, i64>,
    alive: BTreeSet<(i64, u64)>,
}

impl Told {
    /// Reads what is there. `age_us`: so long after its end a call is told to its end; `spool_next` is the first number that the
    /// spool does not hold.
    pub fn open(folder: &Path, age_us: i64, spool_next: u64) -> anyhow::Result<Self> {
        let path = folder.join(NAME);
        let file = OpenOptions::new().create(true).read(true).write(true).truncate(false).open(&path);
        let file = file.with_context(|| format!("{} cannot be opened", path.display()))?;
        // The name itself must survive a power loss.
        File::open(folder)?.sync_all()?;
        let bytes = std::fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        let calls = Calls { age_us, over_us: HashMap::new(), alive: BTreeSet::new() };
        let mut told = Self { file, file_bytes: 0, rows: HashSet::new(), calls, open: Vec::new() };
        for entry in bytes.chunks_exact(ENTRY_BYTES).map_while(|chunk| decode(chunk, spool_next)) {
            told.know(&entry);
            told.file_bytes += ENTRY_BYTES as u64;
        }
        // What is forgotten must stay so when the spool gives its number to another record.
        if told.file_bytes < bytes.len() as u64 {
            told.file.set_len(told.file_bytes)?;
            told.file.sync_all()?;
        }
        Ok(told)
    }

    /// How it stands; what is new is noted and known from now on.
    pub fn take(&mut self, entry: Entry) -> Standing {
        if self.rows.contains(&entry.row) {
            return Standing::Known;
        }
        if entry.call.is_some_and(|(call, at_us, _)| !self.calls.admit(call, at_us)) {
            return Standing::TooLate;
        }
        self.know(&entry);
        self.open.push(entry);
        Standing::New
    }

    /// What was noted is on disk: the first one will have this number in the spool, the others those behind it.
    pub fn remember(&mut self, first_number: u64) -> anyhow::Result<()> {
        let open = std::mem::take(&mut self.open);
        let bytes: Vec<u8> =
            (first_number..).zip(open).flat_map(|(number, entry)| encode(&entry, number)).collect();
        self.file.write_all_at(&bytes, self.file_bytes).context("what is told cannot be noted")?;
        self.file.sync_data().context("what is told cannot be noted")?;
        self.file_bytes += bytes.len() as u64;
        Ok(())
    }

    fn know(&mut self, entry: &Entry) {
        self.rows.insert(entry.row);
        if let Some((call, at_us, over_us)) = entry.call {
            self.calls.told(call, at_us, over_us);
        }
    }
}

impl Calls {
    /// Whether a row that began then would still find its call, or begin a new one.
    fn admit(&mut self, call: u64, at_us: i64) -> bool {
        self.grow_old(at_us);
        self.over_us.get(&call).is_none_or(|over_us| self.alive.contains(&(*over_us, call)))
    }

    fn told(&mut self, call: u64, at_us: i64, over_us: i64) {
        self.grow_old(at_us);
        let last_us = self.over_us.entry(call).or_insert(i64::MIN);
        self.alive.remove(&(*last_us, call));
        *last_us = (*last_us).max(at_us).max(over_us);
        self.alive.insert((*last_us, call));
    }

    fn grow_old(&mut self, at_us: i64) {
        let minute_us = at_us.div_euclid(MINUTE_US).saturating_mul(MINUTE_US);
        while let Some((over_us, _)) = self.alive.first()
            && over_us.saturating_add(self.age_us) < minute_us
        {
            self.alive.pop_first();
        }
    }
}

fn encode(entry: &Entry, number: u64) -> [u8; ENTRY_BYTES] {
    // A digest is never 0: it is what stands for no call.
    let (call, at_us, over_us) = entry.call.unwrap_or_default();
    let mut bytes = [0u8; ENTRY_BYTES];
    bytes[..16].copy_from_slice(&entry.row.to_le_bytes());
    let numbers = [call.to_le_bytes(), at_us.to_le_bytes(), over_us.to_le_bytes(), number.to_le_bytes()];
    bytes[16..48].copy_from_slice(numbers.as_flattened());
    let sum = crc32fast::hash(&bytes[..48]);
    bytes[48..].copy_from_slice(&sum.to_le_bytes());
    bytes
}

/// None of what is not whole, or whose event the spool does not hold.
fn decode(bytes: &[u8], spool_next: u64) -> Option<Entry> {
    let (row, rest) = bytes.split_first_chunk()?;
    let (call, rest) = rest.split_first_chunk()?;
    let (at_us, rest) = rest.split_first_chunk()?;
    let (over_us, rest) = rest.split_first_chunk()?;
    let (number, _) = rest.split_first_chunk()?;
    let call = (u64::from_le_bytes(*call), i64::from_le_bytes(*at_us), i64::from_le_bytes(*over_us));
    let number = u64::from_le_bytes(*number);
    let entry = Entry { row: u128::from_le_bytes(*row), call: (call.0 != 0).then_some(call) };
    (encode(&entry, number) == *bytes && number < spool_next).then_some(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_US: i64 = 3_600_000_000;

    fn row(row: u128, call: u64, at_us: i64) -> Entry {
        Entry { row, call: Some((call, at_us, at_us + MINUTE_US)) }
    }

    fn open(folder: &Path, spool_next: u64) -> Told {
        Told::open(folder, HOUR_US, spool_next).unwrap()
    }

    #[test]
    fn what_the_spool_holds_is_known_after_a_restart_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let mut told = open(folder.path(), 0);
        for entry in [row(1, 1, 0), Entry { row: 2, call: None }, row(3, 1, 5)] {
            assert_eq!(told.take(entry), Standing::New);
            assert_eq!(told.take(entry), Standing::Known);
        }
        told.remember(0).unwrap();
        // The spool was cut short: its next record takes the number of the third.
        let mut told = open(folder.path(), 2);
        let standing = [1, 2, 3].map(|id| told.take(row(id, 1, 5)));
        assert_eq!(standing, [Standing::Known, Standing::Known, Standing::New]);
        assert_eq!(open(folder.path(), 9).rows.len(), 2, "forgotten for good");
    }

    #[test]
    fn a_call_gets_no_rows_after_it_was_told_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let mut told = open(folder.path(), 0);
        let check = |told: &mut Told, entry, expect| assert_eq!(told.take(entry), expect, "{entry:?}");
        check(&mut told, row(1, 1, 0), Standing::New);
        check(&mut told, row(2, 2, HOUR_US), Standing::New);
        check(&mut told, row(3, 1, HOUR_US), Standing::New);
        check(&mut told, row(4, 3, 3 * HOUR_US), Standing::New);
        check(&mut told, row(5, 1, 2), Standing::TooLate);
        told.remember(0).unwrap();
        let mut told = open(folder.path(), 4);
        check(&mut told, row(5, 1, 2), Standing::TooLate);
        check(&mut told, row(6, 9, 2), Standing::New);
        check(&mut told, row(7, 3, 3 * HOUR_US + 1), Standing::New);
    }

    #[test]
    fn cut_or_damaged_anywhere_it_opens() {
        let folder = tempfile::tempdir().unwrap();
        let mut told = open(folder.path(), 0);
        (1..4).for_each(|id| assert_eq!(told.take(row(id, 1, 0)), Standing::New));
        told.remember(0).unwrap();
        let path = folder.path().join(NAME);
        let whole = std::fs::read(&path).unwrap();
        for cut in 0..=whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            assert_eq!(open(folder.path(), 3).rows.len(), cut / ENTRY_BYTES);
        }
        let mut damaged = whole;
        damaged[ENTRY_BYTES + 3] ^= 1;
        std::fs::write(&path, &damaged).unwrap();
        assert_eq!(open(folder.path(), 3).rows.len(), 1);
    }
}
