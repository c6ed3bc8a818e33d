//! A new definition of the measures beside the old one, from the same events, until readers go over to it.

use crate::{TURN, halves};
use config::Config;
use e2e::Machine;
use kafka::{Journal, Settings, Topics};
use pipeline::processor::Setup;
use pipeline::{Fault, FaultKind, SystemClock};
use processor::{Lives, Meter, Pace, Tools};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use wire::Codec;

const PATIENCE: Duration = Duration::from_secs(240);
/// So a service is told to be of the second generation.
const SECOND: [(&str, &str); 1] = [("SVARSTID_KAFKA__GENERATION", "2")];
/// Columns that the other definition does not change.
const UNCHANGED: &str = "site, minute, dimension, name, direction, offered, answered, lost, entered, answer_time_bins, \
     answer_time_sum_us, pass_wait_answered_sum_us, undiverted_calls, heard_us";

/// The program of tomorrow: its ring signals come five seconds apart.
struct Tomorrow {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Result<(), Fault>>,
}

impl Tomorrow {
    fn start(config: Config) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&stop);
        let thread =
            std::thread::spawn(move || live(&config, Box::new(move || asked.load(Ordering::Relaxed))));
        Self { stop, thread }
    }

    /// How it ended by itself.
    fn ended(self) -> Fault {
        self.thread.join().unwrap().unwrap_err()
    }

    fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap().unwrap();
    }
}

fn live(config: &Config, stop: Box<dyn Fn() -> bool + Send>) -> Result<(), Fault> {
    let topics = Topics::new(&config.kafka.topic_prefix, config.kafka.generation);
    let settings = Settings::new(&config.kafka.brokers, "svarstid-of-tomorrow");
    let shape = (config.kafka.partitions, config.kafka.replication);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(kafka::ensure_topics(&settings, &topics, shape.0, shape.1))?;
    let metrics = telemetry::Metrics::new().unwrap();
    let health = telemetry::Health::new(PATIENCE);
    let mut measures = config.kpi_settings();
    measures.cadence.seconds = 5;
    let setup = Setup {
        plans: [(config.site.id.as_str().into(), Arc::new(config.site_plan().unwrap()))].into(),
        measures,
        definition_version: 2,
        lateness: window::Lateness { allowed_us: i64::from(config.processor.allowed_lateness_s) * 1_000_000 },
        disorder_us: processor::DISORDER_US,
    };
    let lives = Lives {
        setup: Arc::new(setup),
        meter: Meter::new(metrics.processor().unwrap(), health, topics.call_events()),
        pace: Pace { commit_every: Duration::from_millis(100), events_max: 500 },
        clock: Arc::new(SystemClock),
        stop,
    };
    lives.run(|| {
        let codec = Arc::new(Codec::built_in().unwrap());
        let tools = Tools { codec, clock: Arc::new(SystemClock), topic: topics.call_events() };
        let group = &config.processor.group;
        Ok((Journal::open(&settings, &topics, group, &config.processor.instance)?, tools))
    })
}

/// The same configuration, as of another generation.
fn configuration(machine: &Machine, generation: u32) -> Config {
    let text = std::fs::read_to_string(machine.config()).unwrap();
    let text = text.replace("[kafka]\n", &format!("[kafka]\ngeneration = {generation}\n"));
    let path = machine.folder().join(format!("generation-{generation}.toml"));
    std::fs::write(&path, text).unwrap();
    config::load(&path).unwrap()
}

fn holds(machine: &Machine, environment: &[(&str, &str)]) -> String {
    let answer = machine.answer(&["audit"], environment);
    let text =
        String::from_utf8_lossy(&answer.stdout).into_owned() + &String::from_utf8_lossy(&answer.stderr);
    assert!(answer.status.success(), "{text}");
    text
}

#[test]
fn a_new_definition_is_computed_beside_the_old_one_and_then_taken_over() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let machine = Machine::start();
    let [first, second] = halves::of_recording(&machine);
    let processor = machine.spawn(&["process"]);
    let sink = machine.spawn(&["sink"]);
    halves::replay(&machine, &first);
    let arrived = "SELECT count() > 40 AND countIf(NOT is_final) > 5 FROM calls_latest";
    machine.wait_for(arrived, "1", PATIENCE);

    // The new program in the place of the old one: it must not go on with the old one's open minutes.
    processor.stop();
    let all_is_there =
        "SELECT (SELECT sum(offered) FROM kpi WHERE dimension = 'site') = (SELECT count() FROM calls_latest)";
    machine.wait_for(all_is_there, "1", PATIENCE);
    let before = machine.ask("SELECT count(), max(kafka_offset) FROM kpi_windows");
    let fault = Tomorrow::start(configuration(&machine, 1)).ended();
    assert_eq!(fault.kind, FaultKind::OtherDefinition, "{fault}");
    assert!(fault.to_string().contains("docs/upgrades.md"), "{fault}");

    // The old one goes on as if nothing had been, and the new one beside it.
    let processor = machine.spawn(&["process"]);
    let tomorrow = Tomorrow::start(configuration(&machine, 2));
    let second_sink = machine.spawn_as("KAFKA__GENERATION", "2", &["sink"]);
    let caught_up =
        "SELECT (SELECT count() FROM calls_latest) = (SELECT count() FROM svarstid_g2.calls_latest)";
    machine.wait_for(caught_up, "1", PATIENCE);
    let untouched = machine.ask("SELECT count(), max(kafka_offset) FROM kpi_windows");
    assert_eq!(untouched, before, "nothing of the old figures changed while nothing came");

    halves::replay(&machine, &second);
    for database in ["svarstid", "svarstid_g2"] {
        let finals = format!("SELECT count() FROM {database}.calls_latest WHERE is_final");
        machine.wait_for(&finals, halves::CALLS, PATIENCE);
        let offered = format!("SELECT sum(offered) FROM {database}.kpi WHERE dimension = 'site'");
        machine.wait_for(&offered, halves::CALLS, PATIENCE);
    }
    both_are_whole_and_apart(&machine);

    // Readers have gone over: the old one may go.
    processor.stop();
    sink.stop();
    assert_eq!(machine.ask("DROP DATABASE svarstid SYNC"), "");
    let left = machine.answer(&["sql", "SELECT sum(offered) FROM kpi WHERE dimension = 'site'"], &SECOND);
    assert!(String::from_utf8_lossy(&left.stdout).contains(halves::CALLS), "{left:?}");
    holds(&machine, &SECOND);
    tomorrow.stop();
    second_sink.stop();
}

fn both_are_whole_and_apart(machine: &Machine) {
    let definitions = |database: &str| {
        machine.ask(&format!(
            "SELECT groupUniqArray(definition_version) FROM (SELECT definition_version FROM {database}.kpi_windows
             UNION ALL SELECT definition_version FROM {database}.kpi_corrections
             UNION ALL SELECT definition_version FROM {database}.definitions)"
        ))
    };
    assert_eq!(definitions("svarstid"), "[1]");
    assert_eq!(definitions("svarstid_g2"), "[2]");
    let differ = |columns: &str, view: &str| {
        machine.ask(&format!(
            "SELECT count() FROM (
                 (SELECT {columns} FROM svarstid.{view} EXCEPT SELECT {columns} FROM svarstid_g2.{view})
                 UNION ALL (SELECT {columns} FROM svarstid_g2.{view} EXCEPT SELECT {columns} FROM svarstid.{view}))"
        ))
    };
    assert_eq!(differ(UNCHANGED, "kpi"), "0");
    assert_ne!(differ("site, minute, dimension, name, direction, caller_signals_sum", "kpi"), "0");
    let of_calls =
        "call_id, is_final, outcome, arrived_at, answered_at, ended_at, reach, final_reach, passes";
    assert_eq!(differ(of_calls, "calls_latest"), "0");
    let (of_first, of_second) = (holds(machine, &[]), holds(machine, &SECOND));
    assert!(of_first.contains("kpi-windows ") && of_second.contains("kpi-windows-g2 "), "{of_second}");
}
