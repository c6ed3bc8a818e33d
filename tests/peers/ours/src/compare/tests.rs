use super::figures;
use super::is_right;
use super::outcome::Outcome;
use super::round::{self, Round};
use super::side::{Side, Task};
use crate::World;
use std::path::Path;
use std::process::Command;

fn task() -> Task {
    let world =
        World { records: 1000, sites: 1, queues: 1, span_s: 60, first_s: 1, lateness_s: 600, seed: 1 };
    Task {
        world,
        partitions: 1,
        warmup: 100,
        max_s: 60,
        brokers: "127.0.0.1:1".into(),
        peers: Path::new("peers").to_owned(),
        folder: Path::new("folder").to_owned(),
    }
}

/// As `tests/peers/common` prints it.
const LINE: &str = r#"{"peer":"flink","store":"memory","decode":"fast","n":1000,"records":900,"seconds":0.030,"records_per_s":30000,"cpu_s":0.09,"memory_peak_mb":620,"startup_s":0.52,"commits":3,"late":7}"#;

fn round(number: u32, side: Side, seconds: f64, cpu_s: f64, memory_peak_mb: u64) -> Round {
    let outcome = Outcome {
        peer: side.peer().into(),
        n: 1000,
        records: 1000,
        seconds,
        cpu_s,
        memory_peak_mb,
        commits: 1,
        late: 0,
    };
    Round {
        round: number,
        side,
        outcome,
        broker_cpu_s: 0.002,
        broker_memory_mb: 500,
        is_checked: number == 1,
    }
}

#[test]
fn figures_are_medians_and_ratios_are_better_when_larger() {
    let rounds = [
        round(1, Side::Ours, 1.0, 0.001, 100),
        round(1, Side::Streams, 4.0, 0.008, 600),
        round(2, Side::Ours, 2.0, 0.002, 150),
        round(2, Side::Streams, 6.0, 0.012, 450),
        round(3, Side::Ours, 9.0, 0.009, 900),
        round(3, Side::Streams, 60.0, 0.120, 300),
    ];
    let lines = figures::lines(&rounds, 5.0).unwrap();
    let has = |line: &str| assert!(lines.iter().any(|one| one == line), "{line} is not in {lines:#?}");
    has("bench ours_records_per_s 500 records/s");
    has("bench ours_cpu_us_per_record 2.000 us");
    has("bench ours_memory_mb 150 MB");
    has("bench ours_broker_cpu_us_per_record 2.000 us");
    has("bench ours_span_s 1.0 s (shorter than 5 s)");
    has("bench streams_records_per_s 167 records/s");
    has("bench streams_throughput_ratio 3.00 times");
    has("bench streams_cpu_ratio 6.00 times");
    has("bench streams_memory_ratio 3.00 times");
    assert!(figures::told(&rounds[0], 5.0).contains("TOO SHORT"));
    assert!(!figures::told(&rounds[5], 5.0).contains("TOO SHORT"));
    assert!(figures::lines(&rounds[1..2], 5.0).is_err(), "there is nothing of ours to hold them against");
}

#[test]
fn of_two_rounds_the_median_is_between_them() {
    let rounds = [round(1, Side::Ours, 1.0, 0.001, 100), round(2, Side::Ours, 1.0, 0.003, 200)];
    let lines = figures::lines(&rounds, 0.0).unwrap();
    assert!(lines.contains(&"bench ours_cpu_us_per_record 2.000 us".to_owned()), "{lines:#?}");
    assert!(lines.contains(&"bench ours_memory_mb 150 MB".to_owned()));
}

#[test]
fn a_line_is_read_and_what_cannot_be_right_is_refused() {
    let outcome = Outcome::read(LINE, "flink", 1000).unwrap();
    assert_eq!((outcome.records, outcome.memory_peak_mb, outcome.late), (900, 620, 7));
    assert!((outcome.records_per_s() - 30_000.0).abs() < 1e-6);
    assert!((outcome.cpu_us_per_record() - 100.0).abs() < 1e-6);
    let refused = |line: &str, peer, n, why: &str| {
        let error = format!("{:#}", Outcome::read(line, peer, n).unwrap_err());
        assert!(error.contains(why), "{error}");
    };
    refused(LINE, "kafka-streams", 1000, "flink answers");
    refused(LINE, "flink", 1001, "1000 records instead of 1001");
    refused(&LINE.replace("900", "0"), "flink", 1000, "before it began");
    refused(&LINE.replace("0.09", "0"), "flink", 1000, "used nothing");
    refused(&LINE.replace("\"late\"", "\"lat\""), "flink", 1000, "missing field `late`");
}

/// As if this shell were Flink, and we the broker.
fn played(script: &str) -> anyhow::Result<Round> {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    let broker = i32::try_from(std::process::id()).unwrap();
    round::run(Side::Flink, 1, command, broker, &folder.path().join("log"), &task())
}

#[test]
fn a_side_is_run_and_its_line_found() {
    let done = played(&format!("sleep 0.1; echo 'a library says something'; echo '{LINE}'")).unwrap();
    assert_eq!(done.outcome.n, 1000);
    assert!(done.broker_memory_mb > 0);
}

#[test]
fn a_side_that_fails_is_told_with_its_last_words() {
    let refused = |script: &str, why: &[&str]| {
        let error = format!("{:#}", played(script).unwrap_err());
        assert!(why.iter().all(|why| error.contains(why)), "{error}");
    };
    let late = format!("echo '{LINE}'; echo 'not done within maxsecs' >&2; exit 1");
    refused(&late, &["exit status: 1", "not done within maxsecs"]);
    refused("echo 'no such topic' >&2", &["without its line", "no such topic"]);
    refused(&format!("echo '{}'", LINE.replace("\"n\":1000", "\"n\":999")), &["999 records instead of 1000"]);
}

#[test]
fn an_output_that_is_wrong_is_no_measurement() {
    is_right(&[], 7, 7).unwrap();
    let error = is_right(&["a/b/external/1: missing".into(), "c".into()], 7, 7).unwrap_err().to_string();
    assert!(error.contains("2 panes") && error.contains("a/b/external/1: missing"), "{error}");
    assert!(is_right(&[], 6, 7).unwrap_err().to_string().contains("6 late records instead of 7"));
}

#[test]
fn each_side_does_the_same_job_in_a_group_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let task = Task { folder: folder.path().to_owned(), ..task() };
    let words = |side: Side, run| {
        let command = side.command(&task, run).unwrap();
        command.get_args().map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>()
    };
    for (side, more) in [
        (Side::Streams, ["store=rocksdb", "decode=fast", "interval=100"]),
        (Side::StreamsSpecific, ["store=rocksdb", "decode=specific", "interval=100"]),
        (Side::Flink, ["store=memory", "decode=fast", "interval=1000"]),
    ] {
        let said = words(side, 2);
        let same = ["in=bench-call-events", "n=1000", "warmup=100", "lateness=600", "compression=lz4"];
        for word in same.iter().chain(&more) {
            assert!(said.iter().any(|one| one == word), "{word} is not in {said:?}");
        }
        assert!(said.contains(&format!("out={}", side.output(2))));
        assert_ne!(side.output(2), side.output(3));
        assert_ne!(words(side, 3), said);
    }
    let ours = words(Side::Ours, 2);
    assert!(ours.contains(&"--generation=2".to_owned()) && ours.contains(&"--records=1000".to_owned()));
    assert_eq!(Side::Ours.output(2), "bench-kpi-windows-g2");
    for (side, interval) in [(Side::Ours, "--interval-ms=100"), (Side::OursEachSecond, "--interval-ms=200")] {
        assert!(words(side, 2).contains(&interval.to_owned()), "{side}");
    }
}

#[test]
fn every_side_has_its_turn_in_each_round_and_none_always_the_same() {
    let sides = super::sides(&[Side::Streams, Side::Flink, Side::Streams]);
    let (ours, slower) = (Side::Ours, Side::OursEachSecond);
    assert_eq!(sides, [ours, Side::Streams, slower, Side::Flink]);
    assert_eq!(super::in_turn(&sides, 1), sides);
    assert_eq!(super::in_turn(&sides, 2), [Side::Streams, slower, Side::Flink, ours]);
    assert_eq!(super::in_turn(&sides, 5), sides);
    assert_eq!(super::sides(&[Side::StreamsSpecific]), [ours, Side::StreamsSpecific]);
}

#[test]
fn flink_is_held_against_ours_that_commits_as_seldom() {
    let rounds = [
        round(1, Side::Ours, 9.0, 0.001, 100),
        round(1, Side::OursEachSecond, 2.0, 0.001, 100),
        round(1, Side::Flink, 4.0, 0.003, 100),
    ];
    let lines = figures::lines(&rounds, 0.0).unwrap();
    assert!(lines.contains(&"bench flink_throughput_ratio 2.00 times".to_owned()), "{lines:#?}");
    assert!(!lines.iter().any(|line| line.contains("ours_each_second_throughput_ratio")), "{lines:#?}");
    assert!(figures::lines(&[round(1, Side::Flink, 1.0, 1.0, 1)], 0.0).is_err());
}
