//! What goes wrong, and when: all of it follows from the seed.

use crate::acts::FLUSH_US;
use crate::brokers::NAMES;
use crate::links::Way;
use fastrand::Rng;
use std::time::Duration;

/// Who is hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// A service or the engine, by its name in the herd.
    Part(&'static str),
    /// The broker that leads the site's partition of `call-events` at that moment.
    Leader,
}

/// Whose disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The collector's spool.
    Spool,
    /// Of one broker.
    Broker,
    /// The engine's.
    ClickHouse,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// SIGKILL, and a new life a little later.
    Kill(Who),
    /// SIGSTOP, and SIGCONT.
    Freeze(Who),
    /// No way from a part to all brokers.
    FromKafka(&'static str),
    /// No way from one part to another.
    Between(&'static str, &'static str),
    /// No way between two brokers.
    Brokers,
    /// No room on a disk.
    Full(Place),
    /// Every flush to disk of collector, brokers and engine takes long.
    Slow,
    /// The live connection to the PBX is cut, while its log files go on.
    LivePbx,
    /// The collector of a live PBX is dead for a while.
    LiveCollector,
}

/// All faults by name, in the order of the documentation.
pub const FAULTS: [(&str, Kind); 21] = [
    ("kill9_collector", Kind::Kill(Who::Part("collector"))),
    ("kill9_processor", Kind::Kill(Who::Part("processor"))),
    ("kill9_sink", Kind::Kill(Who::Part("sink"))),
    ("kill9_broker", Kind::Kill(Who::Leader)),
    ("kill9_clickhouse", Kind::Kill(Who::Part("clickhouse"))),
    ("sigstop_collector", Kind::Freeze(Who::Part("collector"))),
    ("sigstop_processor", Kind::Freeze(Who::Part("processor"))),
    ("sigstop_sink", Kind::Freeze(Who::Part("sink"))),
    ("sigstop_broker", Kind::Freeze(Who::Leader)),
    ("sigstop_clickhouse", Kind::Freeze(Who::Part("clickhouse"))),
    ("cut_collector_kafka", Kind::FromKafka("collector")),
    ("cut_processor_kafka", Kind::FromKafka("processor")),
    ("cut_sink_kafka", Kind::FromKafka("sink")),
    ("cut_sink_clickhouse", Kind::Between("sink", "clickhouse")),
    ("cut_broker_broker", Kind::Brokers),
    ("full_disk_spool", Kind::Full(Place::Spool)),
    ("full_disk_broker", Kind::Full(Place::Broker)),
    ("full_disk_clickhouse", Kind::Full(Place::ClickHouse)),
    ("slow_disk", Kind::Slow),
    ("live_cut_pbx", Kind::LivePbx),
    ("live_kill9_collector", Kind::LiveCollector),
];

/// Those of the short form.
pub const SHORT: [&str; 5] =
    ["kill9_broker", "kill9_processor", "sigstop_broker", "cut_processor_kafka", "kill9_clickhouse"];

/// Longer than a session of Kafka's clients (6 s) and a broker's (9 s), mostly longer than a transaction (15 s).
const LONG_MS: std::ops::Range<u64> = 12_000..20_000;
const SHORT_MS: std::ops::Range<u64> = 3_000..5_000;

/// One fault with everything that is decided about it.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// The load runs for so long before it.
    pub before: Duration,
    /// How long it lasts; of a kill, how long the killed one stays dead.
    pub lasts: Duration,
    /// So many kills.
    pub times: u32,
    /// How a network breaks.
    pub way: Way,
    /// Which brokers it is about, where it is not the leader: two of them.
    pub brokers: (&'static str, &'static str),
}

impl Plan {
    /// Of one fault, whatever else is played.
    #[must_use]
    pub fn of(seed: u64, name: &'static str, kind: Kind, short: bool) -> Self {
        let number = FAULTS.iter().position(|(known, _)| *known == name).unwrap_or(FAULTS.len());
        let mut random = Rng::with_seed(seed.wrapping_mul(1_000).wrapping_add(number as u64));
        let lasts_ms = match kind {
            Kind::Kill(_) => 200..3_000,
            _ if short => SHORT_MS,
            _ => LONG_MS,
        };
        let first = random.usize(0..NAMES.len());
        let second = (first + random.usize(1..NAMES.len())) % NAMES.len();
        let way = Way::BROKEN[random.usize(0..Way::BROKEN.len())];
        // A PBX that only does not hear us is heard as well as ever: no gap.
        let is_heard = kind == Kind::LivePbx && way == Way::NoRequests;
        Self {
            name,
            kind,
            before: Duration::from_millis(random.u64(500..2_500)),
            lasts: Duration::from_millis(random.u64(lasts_ms)),
            times: if short { 1 } else { random.u32(1..=3) },
            way: if is_heard { Way::Silent } else { way },
            brokers: (NAMES[first], NAMES[second]),
        }
    }

    /// What the seed chose, for a line.
    #[must_use]
    pub fn told(&self) -> String {
        let seconds = self.lasts.as_secs_f64();
        match self.kind {
            Kind::Kill(_) => format!("times={} dead_s={seconds:.1}", self.times),
            Kind::FromKafka(_) | Kind::Between(..) | Kind::LivePbx => {
                format!("way={} lasts_s={seconds:.1}", self.way.word())
            }
            Kind::Brokers => {
                format!(
                    "way={} pair={}/{} lasts_s={seconds:.1}",
                    self.way.word(),
                    self.brokers.0,
                    self.brokers.1
                )
            }
            Kind::Slow => format!("flush_s={} lasts_s={seconds:.1}", f64::from(FLUSH_US) / 1e6),
            Kind::Full(Place::Broker) => format!("broker={} lasts_s={seconds:.1}", self.brokers.0),
            _ => format!("lasts_s={seconds:.1}"),
        }
    }
}

/// The faults of a run in its order: those of the resumable sources shuffled, those of a live PBX at the end.
#[must_use]
pub fn plans(seed: u64, only: &[String], short: bool) -> Vec<Plan> {
    let is_asked = |name: &str| {
        if only.is_empty() { !short || SHORT.contains(&name) } else { only.iter().any(|one| one == name) }
    };
    let mut plans: Vec<Plan> = FAULTS
        .into_iter()
        .filter(|(name, _)| is_asked(name))
        .map(|(name, kind)| Plan::of(seed, name, kind, short))
        .collect();
    Rng::with_seed(seed).shuffle(&mut plans);
    plans.sort_by_key(Plan::is_live);
    plans
}

impl Plan {
    /// It is about a live PBX.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        matches!(self.kind, Kind::LivePbx | Kind::LiveCollector)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_is_the_same_plan_and_another_is_another() {
        let told = |seed| -> Vec<String> {
            plans(seed, &[], false).iter().map(|plan| format!("{plan:?}")).collect()
        };
        assert_eq!(told(1), told(1));
        assert_ne!(told(1), told(2));
        assert_eq!(told(1).len(), FAULTS.len());
        let alone = &plans(1, &["slow_disk".to_owned()], false)[0];
        assert!(told(1).contains(&format!("{alone:?}")), "alone it is as among all");
        assert!(SHORT.iter().all(|name| FAULTS.iter().any(|(known, _)| known == name)));
    }
}
