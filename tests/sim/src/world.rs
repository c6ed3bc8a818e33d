//! Everything outside of the processes: the broker, ClickHouse, what is under way, and the time.

use crate::broker::log::Writer;
use crate::broker::transactions::{Follows, Part};
use crate::broker::{Broker, Refusal, Topic};
use crate::cast::Cast;
use crate::clickhouse::ClickHouse;
use crate::faults::Plan;
use crate::rng::Rng;
use crate::sabotage::Sabotage;
use crate::story::Story;
use std::collections::{BTreeMap, BTreeSet};

/// One second of virtual time.
pub const SECOND: u64 = 1_000_000;
/// After this the broker aborts an open transaction, as `crates/kafka` tells it.
const TRANSACTION_TIMEOUT: u64 = 15 * SECOND;
/// A member that is silent for so long is put out of its group.
const SESSION_TIMEOUT: u64 = 6 * SECOND;

/// What happens later.
pub type Effect = Box<dyn FnOnce(&mut World) + Send>;

/// A member of a group that some process is.
#[derive(Debug, Clone)]
pub struct Seat {
    /// The topic that is read.
    pub topic: Topic,
    /// The lasting name.
    pub instance: String,
    /// Its id.
    pub id: u64,
}

/// The world.
pub struct World {
    /// Virtual µs since the beginning.
    pub now: u64,
    /// Chance.
    pub rng: Rng,
    /// Kafka.
    pub broker: Broker,
    /// ClickHouse.
    pub clickhouse: ClickHouse,
    /// What goes wrong.
    pub plan: Plan,
    /// What is broken on purpose.
    pub sabotage: Option<Sabotage>,
    /// What is told.
    pub story: Story,
    /// Who plays which part.
    pub cast: Cast,
    /// Topics on which something may be new for a reader.
    pub news: BTreeSet<Topic>,
    /// What was found to be wrong while it ran.
    pub findings: Vec<(&'static str, String)>,
    effects: BTreeMap<(u64, u64), Effect>,
    last_effect: u64,
}

impl World {
    /// Nothing has happened.
    #[must_use]
    pub fn new(rng: Rng, partitions: i32, plan: Plan, sabotage: Option<Sabotage>, story: Story) -> Self {
        Self {
            now: 0,
            rng,
            broker: Broker::new(partitions),
            clickhouse: ClickHouse::default(),
            plan,
            sabotage,
            story,
            cast: Cast::default(),
            news: BTreeSet::new(),
            findings: Vec::new(),
            effects: BTreeMap::new(),
            last_effect: 0,
        }
    }

    /// Adds a line to the story.
    pub fn tell(&mut self, what: impl FnOnce() -> String) {
        self.story.tell(self.now, what);
    }

    /// Something happens after so long.
    pub fn later(&mut self, so_long: u64, effect: impl FnOnce(&mut Self) + Send + 'static) {
        self.last_effect += 1;
        self.effects.insert((self.now + so_long, self.last_effect), Box::new(effect));
    }

    /// When the next of it happens.
    #[must_use]
    pub fn next_effect_at(&self) -> Option<u64> {
        self.effects.keys().next().map(|(at, _)| *at)
    }

    /// Lets the next of it happen.
    pub fn run_next_effect(&mut self) {
        if let Some(((at, _), effect)) = self.effects.pop_first() {
            self.now = self.now.max(at);
            effect(self);
        }
    }

    /// See [`crate::broker::transactions::Coordinator::init`].
    pub fn init(&mut self, name: &str) -> Result<Writer, Refusal> {
        let kept = self.broker.coordinator.current(name);
        if let Some(writer) = kept.filter(|_| self.sabotage == Some(Sabotage::KeepsTheEpoch)) {
            return Ok(writer);
        }
        let (answer, follows) = self.broker.coordinator.init(name);
        self.follow(name, follows);
        answer
    }

    /// See [`crate::broker::transactions::Coordinator::add`].
    pub fn add(&mut self, name: &str, writer: Writer, parts: &[Part]) -> Result<(), Refusal> {
        let (answer, follows) = self.broker.coordinator.add(name, writer, parts);
        self.follow(name, follows);
        answer
    }

    /// See [`crate::broker::transactions::Coordinator::end`].
    pub fn end(&mut self, name: &str, writer: Writer, commit: bool) -> Result<(), Refusal> {
        let (answer, follows) = self.broker.coordinator.end(name, writer, commit);
        self.follow(name, follows);
        answer
    }

    fn follow(&mut self, name: &str, follows: Follows) {
        let name = name.to_owned();
        match follows {
            Follows::Nothing => {}
            Follows::Timeout(serial) => self.later(TRANSACTION_TIMEOUT, move |world| {
                let follows = world.broker.coordinator.time_out(&name, serial);
                if follows != Follows::Nothing {
                    world.story.count("transactions timed out");
                    world.tell(|| format!("{name}: its transaction was open for too long and is aborted"));
                }
                world.follow(&name, follows);
            }),
            Follows::Marks(writer, commit, parts) => {
                self.story.count(if commit { "transactions committed" } else { "transactions aborted" });
                for part in parts {
                    let most = if self.rng.happens(500) { 2 * SECOND } else { 20_000 };
                    let (delay, name) = (self.rng.between(500, most), name.clone());
                    self.later(delay, move |world| {
                        let topic = world.broker.mark(world.now, &name, writer, commit, part);
                        world.news.insert(topic);
                    });
                }
            }
        }
    }

    /// Nothing is heard of the member any more; when that lasts, its group puts it out.
    pub fn silence(&mut self, seat: Seat) {
        let since = self.now;
        self.broker.group(seat.topic).set_silent(&seat.instance, seat.id, Some(since));
        self.later(SESSION_TIMEOUT, move |world| {
            if world.broker.group(seat.topic).expire(&seat.instance, seat.id, since) {
                world.story.count("members put out");
                world.tell(|| format!("{} is put out of the group of {}", seat.instance, seat.topic.name()));
                world.news.insert(seat.topic);
            }
        });
    }

    /// It is heard again.
    pub fn unsilence(&mut self, seat: &Seat) {
        self.broker.group(seat.topic).set_silent(&seat.instance, seat.id, None);
    }
}
