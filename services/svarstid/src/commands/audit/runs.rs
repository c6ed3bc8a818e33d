//! One partition's records beside what its transactions tell of them. Pure.
//!
//! The processor's committed records lie in the order of its transactions: those of one, then those of the next. So the next
//! so many records must have the digest that is told. Where they do not, whoever looks has lost track, and finds it again with
//! the next run of records whose digest a later manifest tells of: a transaction ends with a mark that takes an offset, so
//! records between two such holes belong together. What lies in between is then told.

use super::chain::Transaction;
use super::odd::Odd;
use std::collections::HashMap;
use std::ops::Range;
use wire::Written;

/// So many records are held at most to find out what went wrong.
const HELD_MAX: usize = 1_000_000;
/// So many transactions are looked for one by one among them.
const SOUGHT_MAX: usize = 1_000;

/// A record that belongs to no transaction yet.
#[derive(Debug, Clone, Copy)]
struct Held {
    offset: i64,
    one: Written,
    /// There is a hole before it.
    begins: bool,
}

/// What retention may have taken, so that it is not missed before the first transaction that is whole.
#[derive(Debug, Clone, Copy)]
pub struct Cut {
    /// The topic does not begin with its first record any more.
    pub records: bool,
    /// The manifests do not begin with the first one.
    pub manifests: bool,
}

/// The look.
pub struct Runs<'a> {
    list: &'a [Transaction],
    /// Which of the three topics.
    of: usize,
    cut: Cut,
    told_before: i64,
    /// The transaction whose records come next.
    next: usize,
    held: Vec<Held>,
    sum: Written,
    has_lost_track: bool,
    /// Where the run begins that is looked up next.
    looked: usize,
    /// Transactions by what they wrote; made when it is needed.
    by_written: Option<HashMap<Written, usize>>,
    last_offset: Option<i64>,
    begins: bool,
    found: Found,
}

/// What came of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The first record of each transaction that is whole, and its place in the list.
    pub places: Vec<(i64, usize)>,
    /// Records of these.
    pub records: u64,
    /// Records that no manifest tells of yet.
    pub on_the_way: u64,
    /// Transactions before this one may have lost records to retention.
    pub from: usize,
    pub odd: Vec<Odd>,
}

impl Found {
    /// The transaction that wrote a record.
    pub fn writer(&self, offset: i64) -> Option<usize> {
        let behind = self.places.partition_point(|(first, _)| *first <= offset);
        behind.checked_sub(1).and_then(|at| self.places.get(at)).map(|(_, place)| *place)
    }
}

impl<'a> Runs<'a> {
    /// Of topic `of`. A manifest must tell of the records before `told_before`; later ones may be on their way.
    pub fn new(list: &'a [Transaction], of: usize, cut: Cut, told_before: i64) -> Self {
        Self {
            list,
            of,
            cut,
            told_before,
            next: 0,
            held: Vec::new(),
            sum: Written::default(),
            has_lost_track: false,
            looked: 0,
            by_written: None,
            last_offset: None,
            begins: false,
            found: Found::default(),
        }
    }

    /// A record, in the order of offsets; none: somebody else's, which only takes an offset.
    pub fn record(&mut self, offset: i64, one: Option<Written>) {
        if self.list.is_empty() {
            return;
        }
        self.begins |= self.last_offset.is_none_or(|last| last + 1 != offset);
        self.last_offset = Some(offset);
        if let Some(one) = one {
            let begins = std::mem::take(&mut self.begins);
            if begins && self.has_lost_track {
                self.look_for_track(self.held.len());
            }
            self.put(Held { offset, one, begins });
        }
    }

    fn told(&self, place: usize) -> Written {
        self.list.get(place).map(|one| one.told[self.of]).unwrap_or_default()
    }

    fn put(&mut self, record: Held) {
        self.held.push(record);
        self.sum = self.sum.and(record.one);
        if self.has_lost_track {
            if self.held.len() > HELD_MAX {
                self.let_go();
            }
            return;
        }
        while self.next < self.list.len() && self.told(self.next).records == 0 {
            self.next += 1;
        }
        if self.next == self.list.len() {
            if record.offset >= self.told_before {
                self.held.pop();
                self.found.on_the_way += 1;
            }
            return;
        }
        if self.sum.records < self.told(self.next).records {
            return;
        }
        if self.sum == self.told(self.next) {
            let first = self.held.first().map_or(record.offset, |first| first.offset);
            self.whole(self.next, first);
            self.drop_held();
            self.next += 1;
        } else {
            self.has_lost_track = true;
            let begun = self.held.iter().rposition(|one| one.begins).unwrap_or_default();
            self.look_for_track(begun);
        }
    }

    fn whole(&mut self, place: usize, first: i64) {
        if self.found.places.is_empty() && self.cut.records {
            self.found.from = place;
        }
        self.found.places.push((first, place));
        self.found.records += self.told(place).records;
    }

    fn drop_held(&mut self) {
        self.held.clear();
        (self.sum, self.looked) = (Written::default(), 0);
    }

    /// Of too many records only that is told that nobody knows whose they are.
    fn let_go(&mut self) {
        self.tell(0..self.held.len(), self.next..self.next);
        self.drop_held();
    }

    /// Looks up each run that ends before `end`.
    fn look_for_track(&mut self, end: usize) {
        while self.looked < end {
            let behind = self.looked + 1..end;
            let stop = behind.into_iter().find(|at| self.held[*at].begins).unwrap_or(end);
            let run = sum(&self.held[self.looked..stop]);
            match self.by_written().get(&run).copied().filter(|place| *place >= self.next) {
                Some(place) => {
                    let (cursor, unfound) = self.seek(self.looked, place);
                    self.tell(cursor..self.looked, unfound..place);
                    self.whole(place, self.held[self.looked].offset);
                    let rest = self.held.split_off(stop);
                    self.drop_held();
                    (self.next, self.has_lost_track) = (place + 1, false);
                    rest.into_iter().for_each(|record| {
                        if record.begins && self.has_lost_track {
                            self.look_for_track(self.held.len());
                        }
                        self.put(record);
                    });
                    return;
                }
                None => self.looked = stop,
            }
        }
    }

    fn by_written(&mut self) -> &HashMap<Written, usize> {
        let (list, of) = (self.list, self.of);
        self.by_written.get_or_insert_with(|| {
            let written = list.iter().enumerate().map(|(place, one)| (one.told[of], place));
            written.filter(|(told, _)| told.records > 0).collect()
        })
    }

    /// Looks for the transactions from the next one to before `place` among the first `until` records that are held, and
    /// tells what is between them. Returns where the rest begins, of both.
    fn seek(&mut self, until: usize, place: usize) -> (usize, usize) {
        let (mut cursor, mut unfound) = (0, self.next);
        for sought in (self.next..place).take(SOUGHT_MAX) {
            let told = self.told(sought);
            if let Some(at) = find(&self.held[cursor..until], told) {
                self.tell(cursor..cursor + at, unfound..sought);
                self.whole(sought, self.held[cursor + at].offset);
                cursor += at + usize::try_from(told.records).unwrap_or_default();
                unfound = sought + 1;
            }
        }
        (cursor, unfound)
    }

    /// Records that belong to none of these transactions, of which none has its records.
    fn tell(&mut self, records: Range<usize>, transactions: Range<usize>) {
        let has_begun = !self.found.places.is_empty();
        let excused = |is_cut: bool| is_cut && !has_begun;
        let list = self.list;
        let missing: Vec<&Transaction> = match excused(self.cut.records) {
            true => Vec::new(),
            false => list[transactions].iter().filter(|one| one.told[self.of].records > 0).collect(),
        };
        let told = missing.iter().map(|one| one.told[self.of].records).sum();
        let mut others: Vec<Range<usize>> = Vec::new();
        if !excused(self.cut.manifests) {
            for run in runs(&self.held, records) {
                let written = sum(&self.held[run.clone()]);
                let copied = self.by_written().get(&written).copied();
                match copied.and_then(|place| list.get(place)) {
                    Some(one) => {
                        let odd = self.foreign(run, Some(*one));
                        self.found.odd.push(odd);
                    }
                    None => others.push(run),
                }
            }
        }
        match (missing.first(), missing.last()) {
            (Some(from), Some(to)) => {
                let (from, to) = (**from, **to);
                let there = others.iter().map(|run| run.len() as u64).sum();
                let first = others.first().and_then(|run| self.held.get(run.start));
                let last = others.last().and_then(|run| self.held.get(run.end - 1));
                self.found.odd.push(match (first, last) {
                    (Some(first), Some(last)) => {
                        Odd::Differ { from, to, told, there, first: first.offset, last: last.offset }
                    }
                    _ => Odd::Lost { from, to, told },
                });
            }
            _ => {
                let odd = others.into_iter().map(|run| self.foreign(run, None));
                let odd: Vec<_> = odd.collect();
                self.found.odd.extend(odd);
            }
        }
    }

    fn foreign(&self, run: Range<usize>, copy_of: Option<Transaction>) -> Odd {
        let count = run.len() as u64;
        let offset = |at: usize| self.held.get(at).map_or(0, |one| one.offset);
        Odd::Foreign { first: offset(run.start), last: offset(run.end.saturating_sub(1)), count, copy_of }
    }

    /// All records were handed over.
    pub fn end(mut self) -> Found {
        if self.has_lost_track {
            self.look_for_track(self.held.len());
        }
        let (cursor, unfound) = self.seek(self.held.len(), self.list.len());
        let late = self.held.iter().position(|one| one.offset >= self.told_before).unwrap_or(self.held.len());
        self.tell(cursor..late.max(cursor), unfound..self.list.len());
        self.found.on_the_way += self.held.len().saturating_sub(late.max(cursor)) as u64;
        if self.found.places.is_empty() && self.cut.records {
            self.found.from = self.list.len();
        }
        self.found
    }
}

fn sum(records: &[Held]) -> Written {
    records.iter().map(|record| record.one).fold(Written::default(), Written::and)
}

/// Where `told` records with its digest lie.
fn find(records: &[Held], told: Written) -> Option<usize> {
    let length = usize::try_from(told.records).ok().filter(|length| (1..=records.len()).contains(length))?;
    let mut digest = sum(&records[..length]).digest;
    for at in 0.. {
        if digest == told.digest {
            return Some(at);
        }
        let next = records.get(at + length)?;
        digest = digest.wrapping_sub(records[at].one.digest).wrapping_add(next.one.digest);
    }
    None
}

/// The parts of a range between which there are holes.
fn runs(held: &[Held], records: Range<usize>) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for at in records {
        match runs.last_mut().filter(|_| !held[at].begins) {
            Some(run) => run.end = at + 1,
            None => runs.push(at..at + 1),
        }
    }
    runs
}

#[cfg(test)]
mod tests;
