use super::*;

const WHOLE: Cut = Cut { records: false, manifests: false };
const LATE: i64 = i64::MAX;

/// A partition: each transaction has so many records, then a mark.
struct Log {
    list: Vec<Transaction>,
    /// Offset and content.
    records: Vec<(i64, u64)>,
}

fn one(content: u64) -> Written {
    Written::one(b"key", &content.to_be_bytes())
}

/// Transactions with so many records each; each content is once.
fn log(sizes: &[u64]) -> Log {
    let (mut list, mut records, mut offset, mut content) = (Vec::new(), Vec::new(), 0, 0);
    for (size, sequence) in sizes.iter().zip(1..) {
        let mut told = Written::default();
        for _ in 0..*size {
            told = told.and(one(content));
            records.push((offset, content));
            (offset, content) = (offset + 1, content + 1);
        }
        offset += 1;
        let (first, next) = (i64::try_from(sequence - 1).unwrap(), i64::try_from(sequence).unwrap());
        list.push(Transaction { sequence, first, next, events: 1, told: [told, Written::default(), told] });
    }
    Log { list, records }
}

impl Log {
    fn look(&self, cut: Cut, told_before: i64) -> Found {
        let mut runs = Runs::new(&self.list, 0, cut, told_before);
        self.records.iter().for_each(|(offset, content)| runs.record(*offset, Some(one(*content))));
        runs.end()
    }

    fn odd(&self) -> Vec<Odd> {
        self.look(WHOLE, LATE).odd
    }

    /// Later offsets, from this record on.
    fn shift(&mut self, at: usize, by: i64) {
        self.records[at..].iter_mut().for_each(|(offset, _)| *offset += by);
    }
}

const SIZES: [u64; 7] = [2, 0, 3, 1, 4, 0, 2];

fn foreign(first: i64, last: i64, copy_of: Option<Transaction>) -> Odd {
    Odd::Foreign { first, last, count: last.abs_diff(first) + 1, copy_of }
}

#[test]
fn records_of_one_transaction_after_the_other_are_whole() {
    let whole = log(&SIZES).look(WHOLE, LATE);
    assert_eq!((whole.odd, whole.records, whole.on_the_way, whole.from), (vec![], 12, 0, 0));
    assert_eq!(whole.places, [(0, 0), (4, 2), (8, 3), (10, 4), (16, 6)]);
    let found = log(&SIZES).look(WHOLE, LATE);
    assert_eq!([0, 1, 5, 13, 99].map(|offset| found.writer(offset)), [0, 0, 2, 4, 6].map(Some));
}

/// The mark of a process that is gone comes late: within the records of the next one.
#[test]
fn marks_may_be_anywhere() {
    let mut late = log(&SIZES);
    late.records = (0..).zip(0..12).collect();
    assert_eq!(late.odd(), []);
    late.shift(4, 1);
    late.shift(9, 1);
    assert_eq!(late.odd(), []);
}

#[test]
fn records_of_others_in_between_only_take_an_offset() {
    let log = log(&SIZES);
    let mut runs = Runs::new(&log.list, 0, WHOLE, LATE);
    for (offset, content) in &log.records {
        runs.record(offset * 2, Some(one(*content)));
        runs.record(offset * 2 + 1, None);
    }
    assert_eq!(runs.end().odd, []);
}

#[test]
fn a_lost_record_is_told_with_its_transaction() {
    for at in 0..12 {
        let mut log = log(&SIZES);
        let (offset, _) = log.records.remove(at);
        let found = log.look(WHOLE, LATE);
        let [odd] = &found.odd[..] else { panic!("{at}: {:?}", found.odd) };
        let from = match odd {
            Odd::Lost { from, to, told: 1 } if from == to => from,
            Odd::Differ { from, to, told, there, first, last } if from == to => {
                assert!(*told == there + 1 && *first <= offset + 1 && *last >= offset - 1, "{odd:?}");
                from
            }
            _ => panic!("{at}: {odd:?}"),
        };
        let place = found.places.iter().find(|(_, place)| log.list[*place] == *from);
        assert_eq!((place, found.places.len()), (None, 4), "{at}");
    }
}

#[test]
fn whole_transactions_that_are_lost_are_told() {
    let check = |lost: Range<usize>, from: usize, to: usize| {
        let mut log = log(&SIZES);
        let told = lost.len() as u64;
        log.records.drain(lost);
        assert_eq!(log.odd(), [Odd::Lost { from: log.list[from], to: log.list[to], told }]);
    };
    check(0..2, 0, 0);
    check(2..5, 2, 2);
    check(2..6, 2, 3);
    check(2..10, 2, 4);
    check(10..12, 6, 6);
    check(0..12, 0, 6);
}

#[test]
fn records_without_a_manifest_are_told() {
    // In a transaction of their own, in the same run as the next, and at the end.
    let mut alone = log(&SIZES);
    alone.shift(5, 3);
    alone.records.splice(5..5, [(8, 900), (9, 901)]);
    assert_eq!(alone.odd(), [foreign(8, 9, None)]);
    let mut plain = log(&SIZES);
    plain.shift(5, 2);
    plain.records.splice(5..5, [(8, 900), (9, 901)]);
    assert_eq!(plain.odd(), [foreign(8, 9, None)]);
    let mut behind = log(&SIZES);
    behind.records.extend([(19, 900), (20, 901)]);
    assert_eq!(behind.odd(), [foreign(19, 20, None)]);
    let on_the_way = behind.look(WHOLE, 19);
    assert_eq!((on_the_way.odd, on_the_way.on_the_way), (vec![], 2), "a manifest may come");
    let mut without = log(&SIZES);
    without.list.remove(4);
    assert_eq!(without.odd(), [foreign(10, 13, None)], "the manifest is lost, the records are not");
}

#[test]
fn records_that_come_twice_are_told_with_the_transaction_that_they_copy() {
    let mut doubled = log(&SIZES);
    doubled.shift(6, 4);
    doubled.records.splice(6..6, [(10, 2), (11, 3), (12, 4)]);
    assert_eq!(doubled.odd(), [foreign(10, 12, Some(doubled.list[2]))]);
    // One that is lost is not made up for by another that comes twice.
    let mut swapped = log(&[2, 3, 3, 2]);
    swapped.records.splice(5..8, [(7, 2), (8, 3), (9, 4)]);
    let lost = Odd::Lost { from: swapped.list[2], to: swapped.list[2], told: 3 };
    assert_eq!(swapped.odd(), [foreign(7, 9, Some(swapped.list[1])), lost]);
    let mut other = log(&SIZES);
    other.records[3].1 = 2;
    let (from, to) = (other.list[2], other.list[2]);
    assert_eq!(other.odd(), [Odd::Differ { from, to, told: 3, there: 3, first: 4, last: 6 }]);
}

#[test]
fn what_retention_took_is_not_missed() {
    let cut = Cut { records: true, manifests: true };
    for (records, manifests) in (0..12).flat_map(|records| (0..7).map(move |manifests| (records, manifests)))
    {
        let mut log = log(&SIZES);
        log.records.drain(..records);
        log.list.drain(..manifests);
        let found = log.look(cut, LATE);
        assert_eq!(found.odd, [], "{records} records and {manifests} manifests are gone");
        assert!(found.from <= log.list.len());
        if records <= 9 {
            let last = found.places.last().map(|(_, place)| log.list[*place].sequence);
            assert_eq!(last, Some(7), "{records} {manifests}: it finds its way");
        }
    }
    // The topic of the manifests is new, the records are all there.
    let upgraded = Cut { records: false, manifests: true };
    let mut log = log(&SIZES);
    log.list.drain(..3);
    assert_eq!(log.look(upgraded, LATE).odd, []);
    log.records.remove(5);
    assert_eq!(log.look(upgraded, LATE).odd, [Odd::Lost { from: log.list[0], to: log.list[0], told: 1 }]);
}

#[test]
fn several_breaks_are_told_each() {
    let mut log = log(&[2; 40]);
    log.shift(60, 3);
    log.records.splice(60..60, [(90, 4), (91, 5)]);
    log.records.remove(21);
    log.records.drain(6..8);
    let expect = [
        Odd::Lost { from: log.list[3], to: log.list[3], told: 2 },
        Odd::Differ { from: log.list[10], to: log.list[10], told: 2, there: 1, first: 30, last: 30 },
        foreign(90, 91, Some(log.list[2])),
    ];
    assert_eq!(log.odd(), expect);
}

#[test]
fn a_partition_without_manifests_is_not_judged() {
    let mut log = log(&SIZES);
    log.list.clear();
    assert_eq!(log.look(Cut { records: false, manifests: true }, LATE), Found::default());
}
