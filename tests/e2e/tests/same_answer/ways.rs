//! One way to the answer: topics of its own on the shared Kafka, and real processors that read them.

use crate::sites::Sites;
use crate::size::Size;
use e2e::{Machine, Service};
use fastrand::Rng;
use kafka::event_output::{EventOutput, OutputTopic};
use kafka::{Settings, Topics};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Where nothing is to be killed.
const LOOK_SELDOM: Duration = Duration::from_millis(200);
const FLUSH: Duration = Duration::from_secs(300);
const IN_FLIGHT_MAX: i32 = 50_000;
const KILLS: usize = 20;

/// How its processor lives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Lives {
    /// With so many threads, to the end.
    Straight(u16),
    /// Killed with -9 and begun again, at points of progress that follow from the seed.
    Killed,
}

/// Where its topics are and how they are processed.
#[derive(Debug, Clone)]
pub struct Way {
    pub name: &'static str,
    pub partitions: i32,
    pub lives: Lives,
}

/// The first one's `call-events` is written by the collectors, the others' are copies of it.
pub const WAYS: [Way; 5] = [
    Way { name: "straight", partitions: 1, lives: Lives::Straight(1) },
    Way { name: "killed", partitions: 1, lives: Lives::Killed },
    Way { name: "two-threads", partitions: 8, lives: Lives::Straight(2) },
    Way { name: "four-threads", partitions: 8, lives: Lives::Straight(4) },
    Way { name: "killed-of-eight", partitions: 8, lives: Lives::Killed },
];

impl Way {
    pub fn topics(&self) -> Topics {
        Topics::new(format!("{}.", self.name), 1)
    }

    /// What its programs hear beside their configuration.
    pub fn environment(&self) -> Vec<(String, String)> {
        let of = |key: &str, value: String| (format!("SVARSTID_{key}"), value);
        vec![
            of("KAFKA__TOPIC_PREFIX", self.topics().prefix),
            of("KAFKA__PARTITIONS", self.partitions.to_string()),
            of("PROCESSOR__GROUP", self.group()),
        ]
    }

    fn group(&self) -> String {
        format!("processor-{}", self.name)
    }

    /// Through the whole input. Gives at which records it was killed.
    pub fn run(&self, machine: &Machine, size: Size) -> Vec<i64> {
        let all = self.progress(machine).1;
        assert!(all > 0, "{} has no input", self.name);
        let mut killed_at = Vec::new();
        if self.lives == Lives::Killed {
            for point in points(size.seed, all) {
                // A life may have come so far that this point is behind it.
                let reached = killed_at.last().copied().unwrap_or(0);
                let mut processor = self.processor(machine);
                self.wait_for(machine, &mut processor, point.max(reached + 1).min(all), size);
                processor.kill();
                killed_at.push(self.progress(machine).0);
            }
        }
        let mut processor = self.processor(machine);
        self.wait_for(machine, &mut processor, all, size);
        processor.stop();
        killed_at
    }

    fn processor(&self, machine: &Machine) -> Service {
        let threads = if let Lives::Straight(threads) = self.lives { threads } else { 1 };
        machine.spawn_with(&self.environment(), &["process", "--threads", &threads.to_string()])
    }

    fn wait_for(&self, machine: &Machine, processor: &mut Service, done: i64, size: Size) {
        let began = Instant::now();
        loop {
            let (now, all) = self.progress(machine);
            if now >= done {
                return;
            }
            let told = || format!("{}: {now} of {all}: {}", self.name, machine.log("process"));
            assert!(began.elapsed() < size.patience, "{}", told());
            assert!(processor.is_running(), "{}", told());
            std::thread::sleep(if self.lives == Lives::Killed { LOOK_EVERY } else { LOOK_SELDOM });
        }
    }

    /// How many records of the input are committed, and how many there are.
    fn progress(&self, machine: &Machine) -> (i64, i64) {
        progress(machine, &self.group(), &self.topics().call_events(), self.partitions)
    }
}

/// How far a group has come, and how much there is.
pub fn progress(machine: &Machine, group: &str, topic: &str, partitions: i32) -> (i64, i64) {
    let settings = settings(machine);
    let ask = || {
        let answer = kafka::progress(&settings, group, topic, partitions);
        answer.inspect_err(|_| std::thread::sleep(Duration::from_millis(200)))
    };
    // A broker that has just started does not know at once who coordinates a group.
    let places = std::iter::repeat_with(ask).take(100).find_map(Result::ok).unwrap();
    let done = places.values().map(|place| place.next.unwrap_or(0)).sum();
    (done, places.values().map(|place| place.end).sum())
}

pub fn settings(machine: &Machine) -> Settings {
    Settings::new(machine.brokers(), "svarstid-same-answer")
}

/// Records after which it dies, spread over the whole input.
fn points(seed: u64, all: i64) -> Vec<i64> {
    let mut random = Rng::with_seed(seed);
    let mut points: Vec<i64> = (0..KILLS).map(|_| random.i64(1..all)).collect();
    points.sort_unstable();
    points
}

/// Gives every other way the input of the first: the same bytes, in the same order for each site. How many records that were.
pub fn copy_input(machine: &Machine, sites: &Sites) -> u64 {
    let settings = settings(machine);
    let mut copied = 0;
    for way in &WAYS[1..] {
        let topics = way.topics();
        let ensured = kafka::ensure_topics(&settings, &topics, way.partitions, 1);
        tokio::runtime::Runtime::new().unwrap().block_on(ensured).unwrap();
        let output = |site: &String| EventOutput::new(&settings, &topics, site).unwrap();
        let outputs: BTreeMap<&[u8], _> = sites.ids().map(|id| (id.as_bytes(), output(id).0)).collect();
        copied = 0;
        let from = WAYS[0].topics().call_events();
        kafka::restore::read_all(&settings, &from, &[0], |_, site, event| {
            copied += 1;
            send(&outputs[site], copied, event.unwrap());
        })
        .unwrap();
        outputs.values().for_each(|output| output.flush(FLUSH).unwrap());
    }
    copied
}

fn send(output: &EventOutput, number: u64, event: &[u8]) {
    while output.in_flight() > IN_FLIGHT_MAX || !output.send(OutputTopic::Events, number, event).unwrap() {
        std::thread::sleep(Duration::from_millis(1));
    }
}
