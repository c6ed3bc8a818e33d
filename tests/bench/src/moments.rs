//! From what was seen to how long it took.

use wire::Manifest;

/// A record of a partition, and when it was seen, µs UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Its partition.
    pub partition: i32,
    /// Its place there.
    pub offset: i64,
    /// When.
    pub at_us: i64,
}

/// Everything of one partition, each by offset.
#[derive(Debug, Default)]
pub struct Moments {
    /// Events, and when they were written.
    pub written: Vec<(i64, i64)>,
    /// All transactions from the first on.
    pub manifests: Vec<Manifest>,
    /// All window records from the first on.
    pub records: Vec<Seen>,
    /// What ClickHouse showed.
    pub shown: Vec<Seen>,
}

/// Of each event how long it took until it was committed, and until it was visible, ms.
#[must_use]
pub fn latencies(partitions: &[Moments]) -> (Vec<f64>, Vec<f64>) {
    let (mut committed, mut visible) = (Vec::new(), Vec::new());
    for partition in partitions {
        let mut records = 0;
        for manifest in &partition.manifests {
            records += manifest.windows.records;
            let last = usize::try_from(records)
                .ok()
                .and_then(|records| partition.records.get(records.checked_sub(1)?));
            let Some(last) = last.filter(|_| manifest.windows.records > 0) else { continue };
            let first_shown = partition.shown.partition_point(|shown| shown.offset < last.offset);
            let shown = partition.shown.get(first_shown);
            let from = partition.written.partition_point(|(offset, _)| *offset < manifest.first_offset);
            let covered =
                partition.written.iter().skip(from).take_while(|(offset, _)| *offset < manifest.next_offset);
            for (_, written_us) in covered {
                let ms = |at_us: i64| (at_us - written_us) as f64 / 1000.0;
                committed.push(ms(last.at_us));
                visible.extend(shown.map(|shown| ms(shown.at_us)));
            }
        }
    }
    (committed, visible)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::Written;

    fn manifest(first_offset: i64, next_offset: i64, records: u64) -> Manifest {
        Manifest { first_offset, next_offset, windows: Written { records, digest: 0 }, ..Manifest::default() }
    }

    fn seen(offset: i64, at_ms: i64) -> Seen {
        Seen { partition: 0, offset, at_us: at_ms * 1000 }
    }

    #[test]
    fn an_event_is_there_with_the_last_record_of_its_transaction() {
        let moments = Moments {
            // offsets have holes where transactions end
            written: vec![(10, 1_000_000), (11, 1_100_000), (12, 1_200_000), (13, 1_300_000)],
            manifests: vec![
                manifest(0, 10, 1),
                manifest(10, 12, 2),
                manifest(12, 13, 0),
                manifest(13, 14, 1),
            ],
            records: vec![seen(0, 900), seen(2, 1150), seen(3, 1160), seen(5, 1400)],
            shown: vec![seen(2, 1500), seen(5, 1700)],
        };
        let (committed, visible) = latencies(&[moments]);
        assert_eq!(committed, [160.0, 60.0, 100.0], "the third event wrote no window");
        assert_eq!(visible, [700.0, 600.0, 400.0], "record 3 is there when 5 is shown");
    }

    #[test]
    fn what_was_not_seen_has_no_time() {
        let moments = Moments {
            written: vec![(0, 0), (1, 0)],
            manifests: vec![manifest(0, 1, 1), manifest(1, 2, 1)],
            records: vec![seen(0, 5)],
            shown: Vec::new(),
        };
        let (committed, visible) = latencies(&[moments]);
        assert_eq!((committed, visible), (vec![5.0], Vec::new()));
    }
}
