//! The pipeline's figures in docs/performance.md: each stage alone on what the stage before it left, then all together, with
//! Kafka and ClickHouse on the same cores. The recording is played again and again, each time a quarter of an hour later.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement that cannot be made ends loudly"
)]

use config::Config;
use e2e::{Machine, Service, program, recording};
use kafka::{Settings, Topics};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const COPIES_DEFAULT: u64 = 40;
const APART_S: u64 = 900;
const CALLS_OF_ONE: u64 = 171;
const PATIENCE: Duration = Duration::from_secs(600);
const LOOK_EVERY: Duration = Duration::from_millis(10);

fn main() {
    let copies = std::env::args().nth(1).map_or(COPIES_DEFAULT, |copies| copies.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let many = folder.path().join("recording");
    std::fs::write(&many, repeated(&recording(), copies)).unwrap();
    let many = Bench { recording: many.to_str().unwrap().to_owned(), calls: copies * CALLS_OF_ONE };
    let events = many.stages();
    many.whole(events);
}

struct Bench {
    recording: String,
    calls: u64,
}

impl Bench {
    /// One after the other. Gives how many events there were.
    fn stages(&self) -> u64 {
        let machine = Machine::start();
        let config = config::load(&machine.config()).unwrap();
        let spooled = spooled(&machine, &self.recording);

        let begun = Instant::now();
        machine.run(&["collect", "--replay", &self.recording]);
        let took = begun.elapsed();
        let events = progress(&config).1;
        tell("collector, recording to Kafka", "events", events, took);
        println!("one event: {} bytes in the spool", spooled / events);
        println!(
            "one event: {} bytes in Kafka",
            bytes_under(&machine.folder().join("stack/kafka"), "call-events-") / events
        );

        let begun = Instant::now();
        let processor = machine.spawn(&["process"]);
        until("the processor is done", || progress(&config) == (events, events));
        tell("processor, events to calls and windows", "events", events, begun.elapsed());
        tell_cost(processor);

        let begun = Instant::now();
        let sink = machine.spawn(&["sink"]);
        until("the sink is done", || self.is_written(&machine));
        let took = begun.elapsed();
        let rows = machine.ask("SELECT sum(rows) FROM system.parts WHERE active AND database = 'svarstid'");
        tell("sink, records to rows", "rows", rows.parse().unwrap(), took);
        tell_cost(sink);
        for (table, what, of) in
            [("calls", "call", "calls_latest"), ("kpi_windows", "minute of a queue or unit", "kpi")]
        {
            assert_eq!(machine.ask(&format!("OPTIMIZE TABLE {table} FINAL")), "");
            let bytes = format!(
                "SELECT intDiv((SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND table = '{table}'), \
                 (SELECT count() FROM {of}))"
            );
            println!("one {what}: {} bytes in ClickHouse", machine.ask(&bytes));
        }
        events
    }

    /// All at once: from the first byte of the recording to the last call in ClickHouse.
    fn whole(&self, events: u64) {
        let machine = Machine::start();
        let (processor, sink) = (machine.spawn(&["process"]), machine.spawn(&["sink"]));
        until("the tables are there", || machine.ask("SELECT count() FROM calls_latest") == "0");
        let begun = Instant::now();
        let collector = machine.spawn(&["collect", "--replay", &self.recording]);
        until("every call is in ClickHouse", || self.is_written(&machine));
        tell("the whole pipeline, recording to ClickHouse", "events", events, begun.elapsed());
        collector.wait();
        processor.stop();
        sink.stop();
    }

    fn is_written(&self, machine: &Machine) -> bool {
        let calls = self.calls.to_string();
        machine.ask("SELECT count() FROM calls_latest WHERE is_final") == calls
            && machine.ask("SELECT sum(offered) FROM kpi WHERE dimension = 'site'") == calls
    }
}

/// One recording behind the other: every moment, and every id that is made of one, `APART_S` later than in the one before.
fn repeated(text: &str, copies: u64) -> String {
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let bytes = text.as_bytes();
    let is_moment = |at: usize| {
        bytes[at] == b'1'
            && !is_digit(at.checked_sub(1).and_then(|before| bytes.get(before)))
            && bytes.get(at..at + 10).is_some_and(|digits| digits.iter().all(u8::is_ascii_digit))
            && bytes.get(at + 10) == Some(&b'.')
            && is_digit(bytes.get(at + 11))
    };
    let moments: Vec<usize> = (0..bytes.len()).filter(|at| is_moment(*at)).collect();
    let mut all = String::with_capacity(text.len() * usize::try_from(copies).unwrap());
    for copy in 0..copies {
        let mut from = 0;
        for at in &moments {
            let moment: u64 = text[*at..at + 10].parse().unwrap();
            all.push_str(&text[from..*at]);
            all.push_str(&(moment + copy * APART_S).to_string());
            from = at + 10;
        }
        all.push_str(&text[from..]);
    }
    all
}

/// How many bytes wait on disk when Kafka is away.
fn spooled(machine: &Machine, recording: &str) -> u64 {
    let spool = machine.folder().join("nowhere");
    let text = std::fs::read_to_string(machine.config()).unwrap();
    let text = text.replace(&machine.brokers(), "127.0.0.1:1").replace("\"spool\"", "\"nowhere\"");
    let config = machine.folder().join("nowhere.toml");
    std::fs::write(&config, text).unwrap();
    let mut command = Command::new(program("svarstid"));
    command.arg("--config").arg(config).args(["collect", "--replay", recording]);
    let mut child = command.stderr(Stdio::null()).spawn().unwrap();
    let (mut before, mut bytes) = (1, 0);
    while bytes != before || bytes == 0 {
        std::thread::sleep(Duration::from_secs(2));
        (before, bytes) = (bytes, bytes_under(&spool, ""));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    bytes
}

/// Lengths of all files below a folder whose path holds these words.
fn bytes_under(folder: &Path, words: &str) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let bytes = |path: &Path| match path {
        folder if folder.is_dir() => bytes_under(folder, words),
        // Kafka makes its indexes as large as they may become.
        file if file.to_string_lossy().contains(words)
            && file.extension().is_none_or(|kind| !kind.to_string_lossy().contains("index")) =>
        {
            std::fs::metadata(file).map_or(0, |file| file.len())
        }
        _ => 0,
    };
    entries.map(|entry| bytes(&entry.path())).sum()
}

/// Records of the input that the processor has finished, and all of them.
fn progress(config: &Config) -> (u64, u64) {
    let settings = Settings::new(&config.kafka.brokers, "svarstid-bench");
    let topics = Topics::new(&config.kafka.topic_prefix, config.kafka.generation);
    let (group, input) = (&config.processor.group, topics.call_events());
    let ask = || kafka::progress(&settings, group, &input, config.kafka.partitions);
    // A broker that just began knows of no groups for a moment.
    let places = std::iter::repeat_with(ask).take(100).find_map(Result::ok).unwrap();
    let sum = |offsets: &mut dyn Iterator<Item = i64>| u64::try_from(offsets.sum::<i64>()).unwrap();
    let done = sum(&mut places.values().map(|place| place.next.unwrap_or(0)));
    (done, sum(&mut places.values().map(|place| place.end)))
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::sleep(LOOK_EVERY);
    }
}

fn tell(what: &str, unit: &str, count: u64, took: Duration) {
    let seconds = took.as_secs_f64();
    println!(
        "{what}: {count} {unit} in {seconds:.2} s, {:.0} {unit}/s, start included",
        count as f64 / seconds
    );
}

/// What a service has used, before it is stopped.
fn tell_cost(service: Service) {
    let status = std::fs::read_to_string(format!("/proc/{}/status", service.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    println!("  memory at its peak: {}", peak.trim());
    service.stop();
}
