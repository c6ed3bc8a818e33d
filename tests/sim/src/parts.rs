//! The parts that processes play: the services' own loops over their lives.

use crate::broker::Topic;
use crate::cast::Role;
use crate::journal::Journal;
use crate::member::Member;
use crate::sabotage::Spoiled;
use crate::stage::Turn;
use crate::tables::{Inserts, VirtualClock};
use pipeline::Place;
use pipeline::processor::Setup;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use wire::Codec;

/// What all processes are configured with.
pub struct Company {
    /// For the processors.
    pub setup: Arc<Setup>,
    /// Bytes and back.
    pub codec: Arc<Codec>,
    /// When processors commit.
    pub pace: processor::Pace,
    /// When sinks cut their batches.
    pub limits: sink::Limits,
}

/// One process's part.
pub struct Part {
    /// Which one.
    pub role: Role,
    /// Told to finish.
    pub stop: Arc<AtomicBool>,
    /// What it is configured with.
    pub company: Arc<Company>,
}

/// Silent for so long a loop would count as stuck; nobody asks here.
const STUCK_AFTER: Duration = Duration::from_secs(3600);

impl Part {
    /// Plays it until the end.
    ///
    /// # Errors
    /// What the process would have ended with.
    pub fn play(self, turn: &Turn) -> Result<(), String> {
        match self.role {
            Role::Processor(number) => self.process(turn, &format!("processor-{number}")),
            Role::Sink(number, place) => self.sink(turn, &format!("sink-{number}"), place),
        }
    }

    fn process(self, turn: &Turn, instance: &str) -> Result<(), String> {
        let metrics = telemetry::Metrics::new().map_err(|error| error.to_string())?;
        let watch = Breaches { metrics: metrics.clone(), turn: turn.clone() };
        let health = telemetry::Health::new(STUCK_AFTER);
        let metrics = metrics.processor().map_err(|error| error.to_string())?;
        let Self { stop, company, .. } = self;
        let clock = Arc::new(VirtualClock(turn.clone()));
        let lives = processor::Lives {
            setup: company.setup.clone(),
            meter: processor::Meter::new(metrics, health, Topic::Events.name().into()),
            pace: company.pace,
            clock: clock.clone(),
            stop: Box::new(move || stop.load(Ordering::Relaxed)),
        };
        let ended = lives.run(|| {
            let journal = Journal::open(turn, instance)?;
            let sabotage = turn.at_once(|world| world.sabotage);
            let (codec, clock) = (company.codec.clone(), clock.clone());
            let tools = processor::Tools { codec, clock, topic: Topic::Events.name().into() };
            Ok((Spoiled::new(journal, sabotage), tools))
        });
        drop(watch);
        ended.map_err(|fault| fault.to_string())
    }

    fn sink(self, turn: &Turn, instance: &str, place: Place) -> Result<(), String> {
        let metrics = telemetry::Metrics::new().map_err(|error| error.to_string())?;
        let metrics = metrics.sink().map_err(|error| error.to_string())?;
        let (topic, Self { stop, company, .. }) = (Topic::Derived(place), self);
        let lives = sink::Lives {
            kind: match place {
                Place::Calls => sink::Kind::Calls,
                Place::Windows => sink::Kind::Windows,
                Place::Rejected | Place::Manifests | Place::Changelog => sink::Kind::Rejected,
            },
            topic: topic.name().into(),
            tables: Inserts(turn.clone()),
            limits: company.limits,
            cadence: company.setup.measures.cadence,
            epoch: 0,
            codec: company.codec.clone(),
            meter: sink::Meter::new(metrics, telemetry::Health::new(STUCK_AFTER)),
            clock: Arc::new(VirtualClock(turn.clone())),
            random: || Ok(u16::MAX / 2),
            stop: Box::new(move || stop.load(Ordering::Relaxed)),
        };
        let ended = lives.run(|| {
            let sabotage = turn.at_once(|world| world.sabotage);
            Ok(Spoiled::new(Member::new(turn.clone(), topic, instance), sabotage))
        });
        ended.map_err(|error| format!("{error:#}"))
    }
}

/// Tells, however the process ends, which invariants it saw broken.
struct Breaches {
    metrics: telemetry::Metrics,
    turn: Turn,
}

impl Drop for Breaches {
    fn drop(&mut self) {
        let text = self.metrics.text().unwrap_or_default();
        let broken = text.lines().filter(|line| line.contains("invariant_violations_total{"));
        let broken: Vec<String> = broken.map(str::to_owned).collect();
        self.turn.at_once(|world| {
            world.findings.extend(broken.into_iter().map(|line| ("seen_by_a_processor", line)));
        });
    }
}
