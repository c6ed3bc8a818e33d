//! The transactions of one partition as their manifests tell of them: one follows the other, and together they cover the
//! input. Pure.

use super::odd::Odd;
use wire::{Manifest, Written};

/// Topics that manifests tell of, in the order of [`Transaction::told`].
pub const TOLD: usize = 3;

/// What is kept of a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transaction {
    pub sequence: u64,
    /// What it covers of the input: from this offset …
    pub first: i64,
    /// … until before this one.
    pub next: i64,
    pub events: u64,
    /// What it wrote to `calls`, `kpi-windows` and `rejected`.
    pub told: [Written; TOLD],
}

impl From<&Manifest> for Transaction {
    fn from(manifest: &Manifest) -> Self {
        Self {
            sequence: manifest.sequence,
            first: manifest.first_offset,
            next: manifest.next_offset,
            events: manifest.events(),
            told: [manifest.calls, manifest.windows, manifest.rejected],
        }
    }
}

/// All of them, in their order.
#[derive(Debug, Default)]
pub struct Chain {
    pub list: Vec<Transaction>,
    /// The state began anew in between: what came before is not judged.
    pub is_anew: bool,
    /// Events that were put aside and not decided on, as far as the manifests that are kept tell.
    pub waiting: i64,
    pub odd: Vec<Odd>,
}

impl Chain {
    /// The next one.
    pub fn push(&mut self, manifest: &Manifest) {
        let next = Transaction::from(manifest);
        if let Some(last) = self.list.last().copied() {
            if next == last {
                self.odd.push(Odd::ManifestTwice(last));
                return;
            }
            if next.sequence <= last.sequence {
                self.odd.push(Odd::Anew(last, next));
                self.list.clear();
                self.is_anew = true;
            } else if next.sequence > last.sequence + 1 {
                self.odd.push(Odd::ManifestsLost(last, next));
            }
            if !self.list.is_empty() && next.first < last.next {
                self.odd.push(Odd::CoveredTwice(next, last.next.min(next.next)));
            }
        }
        self.waiting += manifest.waiting.cast_signed() - manifest.decided.cast_signed();
        self.list.push(next);
    }

    /// Whether the first one that is kept is the first one that there was.
    pub fn is_whole(&self) -> bool {
        !self.is_anew && self.list.first().is_none_or(|first| first.sequence == 1)
    }
}

/// The input beside the transactions that cover it.
pub struct Covered<'a> {
    list: &'a [Transaction],
    is_whole: bool,
    /// Events before are not looked at.
    from: i64,
    /// The processor had committed everything before, when it was asked before the manifests were read.
    done: i64,
    at: usize,
    there: u64,
    uncovered: Option<(i64, i64, u64)>,
    pub odd: Vec<Odd>,
    /// Events that were judged.
    pub judged: u64,
}

impl<'a> Covered<'a> {
    pub fn new(chain: &'a Chain, from: i64, done: i64) -> Self {
        Self {
            list: &chain.list,
            is_whole: chain.is_whole(),
            from,
            done,
            at: 0,
            there: 0,
            uncovered: None,
            odd: Vec::new(),
            judged: 0,
        }
    }

    /// A record of the input, in the order of offsets.
    pub fn event(&mut self, offset: i64) {
        while self.list.get(self.at).is_some_and(|one| offset >= one.next) {
            self.close();
        }
        match self.list.get(self.at) {
            Some(one) if offset >= one.first => self.there += 1,
            // Before the first manifest that is kept, or behind the last one: what was not committed yet.
            Some(_) if self.at == 0 && !self.is_whole => {}
            None if self.list.is_empty() || offset >= self.done => {}
            _ => {
                let (first, _, count) = self.uncovered.unwrap_or((offset, offset, 0));
                self.uncovered = Some((first, offset, count + 1));
            }
        }
    }

    fn close(&mut self) {
        let Some(one) = self.list.get(self.at) else { return };
        self.tell_uncovered();
        if one.first >= self.from {
            self.judged += self.there;
            if self.there != one.events {
                self.odd.push(Odd::Events(*one, self.there));
            }
        }
        (self.at, self.there) = (self.at + 1, 0);
    }

    fn tell_uncovered(&mut self) {
        let told = self.uncovered.take().map(|(first, last, count)| Odd::Uncovered { first, last, count });
        self.odd.extend(told);
    }

    /// The input is at its end.
    pub fn end(mut self) -> Self {
        while self.at < self.list.len() {
            self.close();
        }
        self.tell_uncovered();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A transaction over `first..next` without output.
    fn one(sequence: u64, first: i64, next: i64) -> Transaction {
        let events = next.abs_diff(first);
        Transaction { sequence, first, next, events, told: Default::default() }
    }

    fn chain(list: &[Transaction]) -> Chain {
        let mut chain = Chain::default();
        for one in list {
            let (first_offset, next_offset) = (one.first, one.next);
            let (sequence, used) = (one.sequence, one.events);
            chain.push(&Manifest { sequence, first_offset, next_offset, used, ..Manifest::default() });
        }
        chain
    }

    #[test]
    fn manifests_follow_each_other() {
        let check = |list: &[Transaction], expect: &[Odd]| assert_eq!(chain(list).odd, expect);
        check(&[one(1, 0, 5), one(2, 5, 9)], &[]);
        // Retention took the first ones; offsets may be left out where no record is.
        check(&[one(7, 40, 50), one(8, 52, 60)], &[]);
        check(&[one(1, 0, 5), one(4, 9, 12)], &[Odd::ManifestsLost(one(1, 0, 5), one(4, 9, 12))]);
        check(&[one(1, 0, 5), one(1, 0, 5)], &[Odd::ManifestTwice(one(1, 0, 5))]);
        check(&[one(1, 0, 5), one(2, 3, 9)], &[Odd::CoveredTwice(one(2, 3, 9), 5)]);
        check(&[one(5, 30, 40), one(1, 0, 5)], &[Odd::Anew(one(5, 30, 40), one(1, 0, 5))]);
    }

    /// Events at these offsets beside the chain, of which 20 are committed.
    fn covered(list: &[Transaction], offsets: impl IntoIterator<Item = i64>, from: i64) -> (u64, Vec<Odd>) {
        let chain = chain(list);
        let mut covered = Covered::new(&chain, from, 20);
        offsets.into_iter().filter(|offset| *offset >= from).for_each(|offset| covered.event(offset));
        let covered = covered.end();
        (covered.judged, covered.odd)
    }

    #[test]
    fn they_cover_the_input() {
        let list = [one(1, 0, 8), one(2, 8, 20)];
        assert_eq!(covered(&list, 0..25, 0), (20, vec![]));
        assert_eq!(
            covered(&list[1..], 0..25, 0),
            (12, vec![]),
            "before the first manifest nothing is judged"
        );
        assert_eq!(covered(&[one(1, 8, 20)], 0..25, 0).1, [Odd::Uncovered { first: 0, last: 7, count: 8 }]);
        assert_eq!(covered(&list, 0..25, 5), (12, vec![]), "Kafka has deleted a part of the first one");
        assert_eq!(covered(&[], 0..25, 0), (0, vec![]));
        let lost = (0..25).filter(|offset| *offset != 3);
        assert_eq!(covered(&list, lost, 0), (19, vec![Odd::Events(list[0], 7)]));
        let uncovered = |first, last, count| vec![Odd::Uncovered { first, last, count }];
        let skipped = [one(1, 0, 8), one(2, 10, 20)];
        assert_eq!(covered(&skipped, 0..25, 0), (18, uncovered(8, 9, 2)));
        let hole = (0..25).filter(|offset| !(8..10).contains(offset));
        assert_eq!(covered(&skipped, hole, 0), (18, vec![]), "no record was there to be read");
        assert_eq!(covered(&list[..1], 0..25, 0), (8, uncovered(8, 19, 12)), "committed by no manifest");
    }
}
