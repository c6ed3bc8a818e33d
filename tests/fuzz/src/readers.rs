//! Files that are read line by line.

use crate::pieces;
use crate::site::{Site, dialect, lists};
use crate::through::Through;
use call::SourceKind;
use pbx::asterisk::{cdr as cdr_file, cel as cel_file, queue_log as queue_log_file};
use pbx::{Draft, Record, csv_import as list};

/// What every reader of a file can do.
pub trait Reads {
    fn push(&mut self, bytes: &[u8]);
    fn next(&mut self) -> Option<Record>;
    fn end(&mut self) -> Option<Record>;
}

macro_rules! reads {
    ($($reader:ty),+) => {
        $(impl Reads for $reader {
            fn push(&mut self, bytes: &[u8]) {
                Self::push(self, bytes);
            }
            fn next(&mut self) -> Option<Record> {
                self.next_record()
            }
            fn end(&mut self) -> Option<Record> {
                self.finish()
            }
        })+
    };
}
reads!(queue_log_file::Reader<Site>, cel_file::Reader<Site>, cdr_file::Reader<Site>, list::Reader<Site>);

/// Asterisk's `queue_log`.
pub fn queue_log(data: &[u8]) {
    let at = |offset| queue_log_file::Reader::at(offset, dialect(), Site);
    let whole = check(data, SourceKind::AsteriskQueueLog, || at(0));
    resumed(data, &whole, at);
}

/// Asterisk's channel event log.
pub fn cel(data: &[u8]) {
    check(data, SourceKind::AsteriskCel, || cel_file::Reader::at(0, dialect(), Site));
}

/// Asterisk's call detail records.
pub fn cdr(data: &[u8]) {
    check(data, SourceKind::AsteriskCdr, || cdr_file::Reader::at(0, dialect(), Site));
}

/// Exported call lists, by the mapping of which they have the header; those without by one of the two.
pub fn csv_import(data: &[u8]) {
    let fits: Vec<_> = lists().iter().filter(|mapping| list::is_list(data, mapping, &Site)).collect();
    let mappings = if fits.is_empty() { vec![&lists()[data.len() % 2]] } else { fits };
    for mapping in mappings {
        let whole = check(data, SourceKind::CsvImport, || list::Reader::at(0, mapping.clone(), Site));
        let mut reader = list::Reader::at(0, mapping.clone(), Site);
        reader.push(data);
        while reader.next_row().is_some() {}
        if let Some(places) = reader.places() {
            resumed(data, &whole, |offset| {
                let mapping = mapping.clone();
                list::Reader::at(offset, mapping, Site).with_places(places.clone())
            });
        }
    }
}

fn check<R: Reads>(data: &[u8], kind: SourceKind, new: impl Fn() -> R) -> Vec<Record> {
    let whole = read(new(), [data]);
    assert_eq!(whole, read(new(), pieces(data)), "pieces make no difference");
    if data.len() <= 200 {
        assert_eq!(whole, read(new(), data.chunks(1)), "nor do single bytes");
    }
    accounted(data, &whole);
    let mut through = Through::new(kind);
    whole.iter().flat_map(|record| record.meaning.iter().flatten()).for_each(|draft| through.take(draft));
    whole
}

/// A reader that begins at any record tells the same of what follows.
fn resumed<R: Reads>(data: &[u8], whole: &[Record], at: impl Fn(u64) -> R) {
    let is_event = |record: &Record| record.meaning.as_ref().is_ok_and(|drafts| !drafts.is_empty());
    let Some(nth) = (whole.len() / 2..whole.len()).find(|nth| is_event(&whole[*nth])) else { return };
    let from = whole[nth].offset;
    let later = read(at(from), [&data[usize::try_from(from).unwrap()..]]);
    assert!(whole[nth..].iter().map(same).eq(later.iter().map(same)), "from byte {from}: {later:?}");
}

/// The place and the events: a reason may count lines from where reading began.
fn same(record: &Record) -> (u64, u64, Option<&Vec<Draft>>) {
    (record.offset, record.end, record.meaning.as_ref().ok())
}

fn read<'a, R: Reads>(mut reader: R, pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Record> {
    let mut records = Vec::new();
    for piece in pieces {
        reader.push(piece);
        records.extend(std::iter::from_fn(|| reader.next()));
    }
    records.extend(reader.end());
    assert_eq!(reader.end(), None, "an end is told once");
    records
}

/// Every byte is in one record, or is white space between two.
fn accounted(data: &[u8], records: &[Record]) {
    let mut at = 0;
    let is_blank = |from: usize, to: usize| data[from..to].iter().all(u8::is_ascii_whitespace);
    for record in records {
        let (from, to) = (usize::try_from(record.offset).unwrap(), usize::try_from(record.end).unwrap());
        assert!(at <= from && from < to && to <= data.len(), "{at} {record:?}");
        assert!(is_blank(at, from), "bytes {at}..{from} are in no record");
        at = to;
    }
    assert!(is_blank(at, data.len()), "bytes from {at} on are in no record");
}
