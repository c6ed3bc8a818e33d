//! Tables, functions, views and inserts on the real engine.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod sink_support;

use call::{Call, Direction};
use e2e::Machine;
use fastrand::Rng;
use kpi::{Cadence, Dimension, Pane, PaneKey, Settings, Summary, WindowRecord, WindowRecordKind};
use sink::blocks::Blocks;
use sink_support::calls::{SITE, call, position};
use sink_support::machine::{self, settings as clickhouse, value};
use std::collections::BTreeMap;
use store::schema::{FILES, File};
use store::{Block, Source, Store, StoreError};
use wire::rows::{CallRow, Row, WindowRows, read_all};

const CADENCE: Cadence = Cadence { seconds: 6 };

fn source(first: usize, rows: usize) -> Source {
    let position = position(0);
    Source {
        topic: position.topic.to_string(),
        topic_id: position.topic_id.to_string(),
        partition: 0,
        first: i64::try_from(first).unwrap(),
        last: i64::try_from(first + rows).unwrap() - 1,
    }
}

fn blocks_of_calls(first: usize, calls: &[Call]) -> Vec<Block> {
    let mut blocks = Blocks::new(source(first, calls.len()));
    for (offset, call) in (i64::try_from(first).unwrap()..).zip(calls) {
        blocks.add(&CallRow::new(call.clone(), position(offset), CADENCE).unwrap());
    }
    blocks.finish()
}

fn blocks_of_windows(first: usize, records: &[WindowRecord]) -> Vec<Block> {
    let mut blocks = Blocks::new(source(first, records.len()));
    for (offset, record) in (i64::try_from(first).unwrap()..).zip(records) {
        match WindowRows::new(record.clone(), position(offset)).unwrap() {
            WindowRows::Pane(row) => blocks.add(&row),
            WindowRows::Correction(row) => blocks.add(&row),
        }
    }
    blocks.finish()
}

async fn insert(store: &Store, blocks: &[Block], epoch: u32) {
    for block in blocks {
        store.insert(block, &block.token(epoch)).await.unwrap();
    }
}

/// The calls that the table holds, in the order of the topic.
async fn calls_of(store: &Store) -> Vec<Call> {
    let columns: Vec<_> = CallRow::columns().into_iter().map(|(name, _)| name).collect();
    let sql = format!("SELECT {} FROM calls ORDER BY kafka_offset", columns.join(", "));
    let rows = read_all::<CallRow>(&store.fetch(&sql, "RowBinary").await.unwrap()).unwrap();
    rows.into_iter().map(|row| row.into_call().unwrap()).collect()
}

#[tokio::test]
async fn tables_are_made_once_by_many_at_a_time() {
    let machine = Machine::shared();
    let store = Store::new(&clickhouse(&machine, "made_once"));
    let starts = (0..8).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { store.apply(FILES).await })
    });
    for start in starts.collect::<Vec<_>>() {
        start.await.unwrap().unwrap();
    }
    assert_eq!(store.apply(FILES).await.unwrap(), [""; 0]);
    assert_eq!(value(&store, "SELECT uniqExact(name) FROM schema_versions").await, FILES.len().to_string());
    store.check_deduplication().await.unwrap();

    let mut changed = FILES.to_vec();
    changed[1] = File { name: changed[1].name, sql: "SELECT 1;\n" };
    let refused = store.apply(&changed).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Changed { name, .. } if name == "0002_kpi.sql"), "{refused}");

    store
        .execute("ALTER TABLE kpi_windows MODIFY SETTING non_replicated_deduplication_window = 0")
        .await
        .unwrap();
    let refused = store.check_deduplication().await.unwrap_err();
    assert!(
        matches!(&refused, StoreError::NoDeduplication { table, .. } if table == "kpi_windows"),
        "{refused}"
    );
    store.execute("ALTER TABLE kpi_windows RESET SETTING non_replicated_deduplication_window").await.unwrap();
    store.check_deduplication().await.unwrap();
}

#[tokio::test]
async fn every_table_and_column_says_what_it_holds() {
    let machine = Machine::shared();
    let store = machine::store(&machine, "described").await;
    let silent =
        "SELECT concat(table, '.', name) FROM system.columns WHERE database = 'described' AND comment = ''";
    assert_eq!(value(&store, silent).await, "");
    let silent = "SELECT count() FROM system.tables WHERE database = 'described' AND comment = ''";
    assert_eq!(value(&store, silent).await, "0");
}

#[tokio::test]
async fn blocks_larger_than_what_is_sent_at_a_time_arrive_as_they_are() {
    let machine = Machine::shared();
    let mut random = Rng::with_seed(5);
    let calls: Vec<Call> = (0..6_000).map(|n| call(n, 1, &mut random)).collect();
    let blocks = blocks_of_calls(0, &calls);
    assert!(blocks.iter().any(|block| block.bytes.len() > 1 << 20), "the client takes 256 KiB at a time");
    let here = clickhouse(&machine, "large");
    // Linux takes 0.0.0.0 for itself. It is none of the words that stand for this machine: rows are pressed together on the way there.
    let url = here.url.replace("127.0.0.1", "0.0.0.0");
    let away = store::Settings { url, database: "large_and_pressed".into(), ..here.clone() };
    for settings in [here, away] {
        let store = Store::new(&settings);
        store.apply(FILES).await.unwrap();
        insert(&store, &blocks, 1).await;
        assert_eq!(calls_of(&store).await, calls, "{settings:?}");
    }
}

#[tokio::test]
async fn a_batch_sent_again_counts_once() {
    let machine = Machine::shared();
    let store = machine::store(&machine, "once").await;
    let mut random = Rng::with_seed(1);
    let calls: Vec<Call> = (0..500).map(|n| call(n, 1, &mut random)).collect();
    let blocks = blocks_of_calls(0, &calls);
    assert_eq!(blocks.len(), 2, "the calls lie in two months");
    assert!(!store.holds(&blocks[0]).await.unwrap());
    insert(&store, &blocks, 1).await;
    insert(&store, &blocks, 1).await;
    assert!(store.holds(&blocks[0]).await.unwrap() && store.holds(&blocks[1]).await.unwrap());
    assert_eq!(value(&store, "SELECT count() FROM calls").await, "500");
    // One insert made one part, so that it is atomic.
    assert_eq!(
        value(
            &store,
            "SELECT count() FROM system.parts WHERE database = 'once' AND table = 'calls' AND active"
        )
        .await,
        "2"
    );

    assert_eq!(calls_of(&store).await, calls);
    assert_eq!(
        value(&store, "SELECT countIf(toYYYYMM(arrived_at) != toUInt32(_partition_id)) FROM calls").await,
        "0"
    );

    // Another epoch is another token: the rows are there twice until they are merged, but count once all the same.
    insert(&store, &blocks, 2).await;
    assert_eq!(value(&store, "SELECT count() FROM calls").await, "1000");
    assert_eq!(value(&store, "SELECT count() FROM calls FINAL").await, "500");
}

fn put_text(text: &str, to: &mut Vec<u8>) {
    let length = u8::try_from(text.len()).unwrap();
    assert!(length < 0x80, "one byte of length");
    to.push(length);
    to.extend_from_slice(text.as_bytes());
}

/// `(name, type)` of columns whose values hide in one another, and 70,000 rows of them: so many words that their places take four bytes.
fn rows_of_words() -> (Vec<(&'static str, &'static str)>, Vec<u8>) {
    let columns = vec![
        ("number", "UInt32"),
        ("word", "LowCardinality(String)"),
        ("perhaps", "LowCardinality(Nullable(String))"),
        (
            "several",
            "Array(Tuple(a LowCardinality(String), b Nullable(UInt16), c LowCardinality(Nullable(String))))",
        ),
        ("never", "Array(LowCardinality(String))"),
        ("named", "Map(LowCardinality(String), String)"),
    ];
    let mut rows = Vec::new();
    for number in 0..70_000_u32 {
        rows.extend_from_slice(&number.to_le_bytes());
        put_text(&format!("word {number}"), &mut rows);
        match number % 3 {
            0 => rows.push(1),
            1 => rows.extend_from_slice(&[0, 0]),
            _ => {
                rows.push(0);
                put_text(&format!("{}", number % 999), &mut rows);
            }
        }
        rows.push((number % 4) as u8);
        for item in 0..number % 4 {
            put_text(&format!("{}", item * 7), &mut rows);
            rows.extend_from_slice(if item == 1 { &[1][..] } else { &[0, 5, 6] });
            rows.extend_from_slice(if number % 5 == 0 { &[1][..] } else { &[0, 1, b'x'] });
        }
        rows.push(0);
        rows.push(1);
        put_text(if number % 2 == 0 { "even" } else { "" }, &mut rows);
        put_text(&"long ".repeat(usize::try_from(number % 20).unwrap()), &mut rows);
    }
    (columns, rows)
}

#[tokio::test]
async fn what_is_sent_as_columns_is_read_back_as_the_same_rows() {
    let machine = Machine::shared();
    let store = machine::store(&machine, "columns").await;
    let (columns, rows) = rows_of_words();
    let described: Vec<_> = columns.iter().map(|(name, kind)| format!("{name} {kind}")).collect();
    let sql = format!("CREATE TABLE words ({}) ENGINE = MergeTree ORDER BY number", described.join(", "));
    store.execute(&sql).await.unwrap();
    let mut bytes = vec![u8::try_from(columns.len()).unwrap()];
    columns.iter().for_each(|(name, _)| put_text(name, &mut bytes));
    columns.iter().for_each(|(_, kind)| put_text(kind, &mut bytes));
    bytes.extend_from_slice(&rows);
    let block = Block {
        table: "words",
        columns: columns.iter().map(|(name, _)| (*name).to_owned()).collect(),
        month: 0,
        rows: 70_000,
        bytes,
        source: source(0, 70_000),
    };
    store.insert(&block, "t").await.unwrap();
    let read = store.fetch("SELECT * FROM words ORDER BY number", "RowBinary").await.unwrap();
    assert!(read == rows, "{} bytes of {}", read.len(), rows.len());
    assert_eq!(value(&store, "SELECT count() FROM system.parts WHERE table = 'words' AND active").await, "1");
}

#[tokio::test]
async fn a_program_that_does_not_fit_the_tables_is_told() {
    let machine = Machine::shared();
    let store = machine::store(&machine, "misfit").await;
    let mut block = blocks_of_calls(0, &[call(1, 1, &mut Rng::with_seed(2))]).remove(0);
    store.execute("ALTER TABLE calls MODIFY COLUMN transfers UInt64").await.unwrap();
    let error = store.insert(&block, "t").await.unwrap_err();
    assert_eq!(error.policy(), store::Policy::Stop, "{error}");
    store.execute("ALTER TABLE calls MODIFY COLUMN transfers UInt32").await.unwrap();
    block.table = "nowhere";
    let error = store.insert(&block, "t").await.unwrap_err();
    assert_eq!(error.policy(), store::Policy::Stop, "{error}");
    let nobody =
        Store::new(&store::Settings { url: "http://127.0.0.1:1".into(), ..clickhouse(&machine, "misfit") });
    let error = nobody.insert(&block, "t").await.unwrap_err();
    assert_eq!(error.policy(), store::Policy::Resend, "{error}");
    let stranger =
        Store::new(&store::Settings { password: "wrong".into(), ..clickhouse(&machine, "misfit") });
    let error = stranger.apply(FILES).await.unwrap_err();
    assert_eq!(error.policy(), store::Policy::Stop, "{error}");
}

#[tokio::test]
async fn bins_in_sql_are_bins_in_the_program() {
    let machine = Machine::shared();
    let store = machine::store(&machine, "bins").await;
    let mut random = Rng::with_seed(3);
    let mut times: Vec<i64> = vec![i64::MIN, -1, 0, 999_999, 1_000_000, i64::MAX];
    for octave in 0..36 {
        let base = 120_000_000i64 << octave;
        times.extend([base - 1, base, base + 1, base + base / 128 - 1, base + base / 128]);
        times.extend((0..50).map(|_| random.i64(base..base.saturating_mul(2))));
    }
    times.extend((0..500).map(|_| random.i64(0..130_000_000)));
    let list =
        |items: Vec<String>| format!("SELECT arrayJoin(CAST([{}], 'Array(Int64)')) AS x", items.join(", "));
    let texts = times.iter().map(i64::to_string).collect();
    let sql = format!("SELECT svarstid_bin(x) FROM ({})", list(texts));
    let read = value(&store, &sql).await;
    let read: Vec<u16> = read.lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!(read, times.iter().map(|us| kpi::bin_of_us(*us)).collect::<Vec<_>>());

    let bins: Vec<u16> = (0..=4743).collect();
    let sql = "SELECT svarstid_bin_low_us(toUInt16(number)) FROM numbers(4744)";
    let read: Vec<i64> = value(&store, sql).await.lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!(read, bins.iter().map(|bin| kpi::low_edge_us(*bin)).collect::<Vec<_>>());
}

#[tokio::test]
async fn quantiles_of_bins_are_the_bins_of_quantiles() {
    let machine = Machine::shared();
    let store = machine::store(&machine, "quantiles").await;
    let mut random = Rng::with_seed(4);
    for n in [1, 2, 3, 9, 10, 11, 100, 999] {
        let mut times: Vec<i64> = (0..n).map(|_| random.i64(0..400_000_000)).collect();
        let texts: Vec<String> = times.iter().map(i64::to_string).collect();
        let bins = format!(
            "(SELECT sumMap(map(svarstid_bin(x), toInt64(1))) FROM (SELECT arrayJoin(CAST([{}], 'Array(Int64)')) AS x))",
            texts.join(", ")
        );
        let sql = format!(
            "WITH {bins} AS bins SELECT svarstid_quantile_us(bins, 0.5), svarstid_quantile_us(bins, 0.9), svarstid_quantile_us(bins, 1), svarstid_count(bins), svarstid_count_below_s(bins, 20)"
        );
        times.sort_unstable();
        let low = |place: usize| kpi::low_edge_us(kpi::bin_of_us(times[place]));
        let below = times.iter().filter(|us| **us < 20_000_000).count();
        let expect = format!("{}\t{}\t{}\t{n}\t{below}", low(n / 2), low(n * 9 / 10), low(n - 1));
        assert_eq!(value(&store, &sql).await, expect);
    }
    assert_eq!(value(&store, "SELECT svarstid_quantile_us(CAST(map(), 'Map(UInt16, Int64)'), 0.5), svarstid_share(1, 0), svarstid_share(1, 4)").await, "\\N\t\\N\t0.25");
}

/// Calls in versions, and what a processor would say of them: panes revised at every step, one part of the minutes closed
/// early, so that later versions come as corrections.
struct History {
    calls: Vec<Call>,
    records: Vec<WindowRecord>,
    panes: BTreeMap<PaneKey, Pane>,
}

impl History {
    fn new(seed: u64, count: u64, settings: &Settings) -> Self {
        let mut random = Rng::with_seed(seed);
        let mut history = Self { calls: Vec::new(), records: Vec::new(), panes: BTreeMap::new() };
        let mut revisions: BTreeMap<PaneKey, (u64, Pane)> = BTreeMap::new();
        let mut latest: BTreeMap<u64, Call> = BTreeMap::new();
        for step in 0..count * 3 {
            let n = random.u64(..count);
            let version = latest.get(&n).map_or(1, |known| known.version + 1);
            let call = call(n, version, &mut random);
            let mut changes: BTreeMap<PaneKey, Pane> = BTreeMap::new();
            for (key, pane) in kpi::contributions(&call, settings) {
                changes.entry(key).or_default().combine(&pane, 1);
            }
            for (key, pane) in
                latest.get(&n).map(|known| kpi::contributions(known, settings)).unwrap_or_default()
            {
                changes.entry(key).or_default().combine(&pane, -1);
            }
            for (key, change) in changes {
                history.panes.entry(key.clone()).or_default().combine(&change, 1);
                history.records.push(record(key, change, &call, step > count, &mut revisions));
            }
            latest.insert(n, call.clone());
            history.calls.push(call);
        }
        history.panes.retain(|_, pane| !pane.is_zero());
        history
    }

    fn latest(&self) -> impl Iterator<Item = &Call> {
        let latest: BTreeMap<_, _> = self.calls.iter().map(|call| (&call.call_id, call)).collect();
        latest.into_values()
    }
}

fn record(
    key: PaneKey,
    change: Pane,
    call: &Call,
    late: bool,
    revisions: &mut BTreeMap<PaneKey, (u64, Pane)>,
) -> WindowRecord {
    if late && key.minute % 2 == 0 {
        let kind = WindowRecordKind::Correction { call_id: call.call_id.clone(), version: call.version };
        return WindowRecord { key, kind, pane: Box::new(change), definition_version: 2 };
    }
    let (revision, pane) = revisions.entry(key.clone()).or_default();
    *revision += 1;
    pane.combine(&change, 1);
    let kind = WindowRecordKind::Pane { revision: *revision, closed: false };
    WindowRecord { key, kind, pane: Box::new(pane.clone()), definition_version: 2 }
}

fn settings() -> Settings {
    Settings { cadence: CADENCE, thresholds_s: vec![15, 20, 60] }
}

#[tokio::test]
async fn revisions_count_once_and_corrections_are_added_once() {
    let machine = Machine::shared();
    let store = machine::store(&machine, "revised").await;
    let history = History::new(5, 200, &settings());
    let corrections =
        history.records.iter().filter(|r| matches!(r.kind, WindowRecordKind::Correction { .. }));
    assert!(corrections.count() > 100 && history.records.len() > 1000);
    // In pieces, and all of it twice under other tokens: even rows that are there twice count once.
    for (place, piece) in history.records.chunks(700).enumerate() {
        insert(&store, &blocks_of_windows(place * 700, piece), 1).await;
    }
    insert(&store, &blocks_of_windows(0, &history.records), 2).await;

    let (names, pane_columns) = pane_columns();
    let sql = format!(
        "SELECT site, minute, dimension, name, direction, toUInt64(0) AS revision, false AS is_closed, {names},
            '' AS a, '' AS b, toInt32(0) AS c, toInt64(0) AS d FROM kpi"
    );
    let rows = read_all::<wire::rows::WindowRow>(&store.fetch(&sql, "RowBinary").await.unwrap()).unwrap();
    let read =
        rows.into_iter().map(|row| row.into_record().unwrap()).map(|record| (record.key, *record.pane));
    let read: BTreeMap<PaneKey, Pane> = read.filter(|(_, pane)| !pane.is_zero()).collect();
    assert_eq!(read, history.panes);
    assert!(pane_columns > 50);

    let sql = "SELECT sum(offered), sum(lost), sum(entered) FROM kpi WHERE dimension = 'site'";
    let site: Vec<_> = history.panes.iter().filter(|(key, _)| key.dimension == Dimension::Site).collect();
    let total = |of: fn(&Pane) -> i64| site.iter().map(|(_, pane)| of(pane)).sum::<i64>();
    assert_eq!(
        value(&store, sql).await,
        format!("{}\t{}\t{}", total(Pane::offered), total(Pane::lost), total(Pane::entered))
    );
}

/// Names of a pane's columns.
fn pane_columns() -> (String, usize) {
    let columns = wire::rows::WindowRow::columns();
    let names: Vec<_> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let own = &names[7..names.len() - 4];
    (own.join(", "), own.len())
}

#[tokio::test]
async fn the_summary_read_back_is_the_summary() {
    let machine = Machine::shared();
    let store = machine::store(&machine, "summary").await;
    let settings = settings();
    let history = History::new(6, 300, &settings);
    for (place, piece) in history.calls.chunks(250).enumerate() {
        insert(&store, &blocks_of_calls(place * 250, piece), 1).await;
    }
    insert(&store, &blocks_of_windows(0, &history.records), 1).await;
    let read = store::summary::read(&store, SITE, store::summary::ALL_MINUTES, &settings).await.unwrap();
    let expect = Summary::from_calls(history.latest(), &settings);
    assert!(expect.rows.len() > 15);
    for (read, expect) in read.rows.iter().zip(&expect.rows) {
        assert_eq!(read, expect);
    }
    assert_eq!(read.rows.len(), expect.rows.len());
    let nobody =
        store::summary::read(&store, "nobody", store::summary::ALL_MINUTES, &settings).await.unwrap();
    assert!(nobody.rows.is_empty());

    // One call alone, of every size of set: `quantileExact` is `sorted[floor(q × n)]`.
    let part = |rows: &Summary| rows.rows.iter().map(|row| row.offered).sum::<i64>();
    let minute = window_of(&history.calls);
    let early = store::summary::read(&store, SITE, 0..minute, &settings).await.unwrap();
    let late = store::summary::read(&store, SITE, minute..i64::from(u32::MAX / 60), &settings).await.unwrap();
    assert_eq!(part(&early) + part(&late), part(&read));
    assert!(part(&early) > 0 && part(&late) > 0);
    assert!(expect.rows.iter().any(|row| row.direction == Direction::Outgoing));
}

fn window_of(calls: &[Call]) -> i64 {
    calls.iter().map(|call| call.arrived_us / 60_000_000).sum::<i64>() / i64::try_from(calls.len()).unwrap()
}
