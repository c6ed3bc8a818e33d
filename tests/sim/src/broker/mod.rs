//! A broker as its clients can know it: logs, transactions, groups. Nothing here takes time or fails by itself.

pub mod group;
pub mod log;
pub mod transactions;

use group::Group;
use log::Log;
use pipeline::Place;
use std::collections::BTreeMap;
use transactions::{Coordinator, Part};

/// A topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// Events of calls.
    Events,
    /// What the processors write.
    Derived(Place),
}

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 6] = [
        Self::Events,
        Self::Derived(Place::Calls),
        Self::Derived(Place::Windows),
        Self::Derived(Place::Rejected),
        Self::Derived(Place::Manifests),
        Self::Derived(Place::Changelog),
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Events => "call-events",
            Self::Derived(Place::Calls) => "calls",
            Self::Derived(Place::Windows) => "kpi-windows",
            Self::Derived(Place::Rejected) => "rejected",
            Self::Derived(Place::Manifests) => "manifests",
            Self::Derived(Place::Changelog) => "processor-changelog",
        }
    }
}

/// Why a broker does not do what it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// A producer of that name came later.
    Fenced,
    /// A member of that instance came later.
    FencedInstance,
    /// The group has put it out.
    UnknownMember,
    /// The group has gone on.
    OldGeneration,
    /// The transaction is not open.
    NoTransaction,
    /// An earlier transaction is still being ended.
    Concurrent,
    /// It cannot now.
    Unavailable,
}

/// The cluster.
#[derive(Debug)]
pub struct Broker {
    partitions: i32,
    logs: BTreeMap<(Topic, i32), Log>,
    groups: BTreeMap<Topic, Group>,
    /// Producers.
    pub coordinator: Coordinator,
}

impl Broker {
    /// With so many partitions in every topic.
    #[must_use]
    pub fn new(partitions: i32) -> Self {
        let all = || Topic::ALL.into_iter();
        Self {
            partitions,
            logs: all()
                .flat_map(|topic| (0..partitions).map(move |n| ((topic, n), Log::default())))
                .collect(),
            groups: all().map(|topic| (topic, Group::new(partitions))).collect(),
            coordinator: Coordinator::default(),
        }
    }

    /// How many partitions each topic has.
    #[must_use]
    pub fn partitions(&self) -> i32 {
        self.partitions
    }

    /// A partition.
    pub fn log(&mut self, topic: Topic, partition: i32) -> &mut Log {
        self.logs.entry((topic, partition)).or_default()
    }

    /// A partition, to read.
    #[must_use]
    pub fn read(&self, topic: Topic, partition: i32) -> Option<&Log> {
        self.logs.get(&(topic, partition))
    }

    /// The group that reads a topic: there is one for each.
    pub fn group(&mut self, topic: Topic) -> &mut Group {
        let partitions = self.partitions;
        self.groups.entry(topic).or_insert_with(|| Group::new(partitions))
    }

    /// A transaction's end reaches one of the places that it touched.
    pub fn mark(&mut self, at: u64, name: &str, writer: log::Writer, commit: bool, part: Part) -> Topic {
        self.coordinator.marked(name);
        match part {
            Part::Of(topic, partition) => {
                self.log(topic, partition).mark(at, writer, commit);
                topic
            }
            Part::Offsets(topic) => {
                self.group(topic).end_transaction(writer.pid, commit);
                topic
            }
        }
    }
}
