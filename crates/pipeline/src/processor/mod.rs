//! The processor without Kafka: events in, versions of calls, panes and its own state out.
//!
//! Every figure is made by an event, never by how events are batched: two runs over the same events give the same
//! versions, revisions and corrections, however often they committed and wherever one of them was killed and restored.
//! Only versions that nobody saw between two commits are left out.
//!
//! ```text
//! event ─► high-water mark ─► ears ─► watermark ─► the source's ─► versions ─► Merging: ─► panes: revise | correct ─► close
//!              │ repeated                   Assembler      of calls    one list                               │
//!              └► counted, dropped            │ touched: keep the event; retired: forget it  Output at commit ◄┘
//! ```

mod coverage;
mod ears;
mod floor;
mod listed;
mod lost;
mod marks;
mod minute;
mod output;
mod panes;
mod record;
mod restore;
mod retention;
mod site;
#[cfg(test)]
mod tests;
mod voices;
#[cfg(any(test, feature = "world"))]
pub mod world;

pub use coverage::Coverage;
pub use ears::{Ear, Look, PbxEars, Session};
pub use floor::{Member, QueueNow};
pub use output::{Change, Decided, Output};
pub use record::{Mark, Restored, SiteRecord};

use crate::Breaches;
use call::{Event, SitePlan, SourceKind, Text};
use site::Site;
use std::collections::BTreeMap;
use std::sync::Arc;
use window::Lateness;

/// What the processor must know to work.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The sites it may work for.
    pub plans: BTreeMap<Text, Arc<SitePlan>>,
    /// What is counted how.
    pub measures: kpi::Settings,
    /// By which formulas: [`kpi::DEFINITION_VERSION`].
    pub definition_version: u32,
    /// How long a minute stays open for revisions.
    pub lateness: Lateness,
    /// How far events may be out of order, µs.
    pub disorder_us: i64,
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// It was used.
    Used,
    /// It had been used before; nothing changed.
    Repeated,
    /// It waits until it is known whether another collector at the same PBX has told it. What was a repetition after all is counted
    /// in [`Output::decided`].
    Held,
    /// It had been told that nobody heard it, and the PBX was looked at since; nothing changed.
    TooLate,
    /// No configuration tells of its site; nothing changed.
    UnknownSite,
}

/// How much one site's state holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gauges {
    /// The site.
    pub site: Text,
    /// Its watermark, µs UTC.
    pub watermark_us: i64,
    /// Calls that are not over.
    pub live_calls: usize,
    /// Panes that may still be revised.
    pub open_panes: usize,
    /// Calls that the first source did not hear all of, and that others may still tell.
    pub doubtful_calls: usize,
    /// When each source spoke last, µs UTC.
    pub heard: Vec<(SourceKind, i64)>,
    /// How many collectors of each kind of source are heard, and how many are silent while others are heard.
    pub collectors: BTreeMap<SourceKind, (usize, usize)>,
    /// Each queue as it is now.
    pub queues: Vec<QueueNow>,
}

/// The state of one partition: all its sites.
#[derive(Debug)]
pub struct Processor {
    setup: Arc<Setup>,
    sites: BTreeMap<Text, Box<Site>>,
    breaches: Breaches,
}

impl Processor {
    /// Without any state.
    #[must_use]
    pub fn new(setup: Arc<Setup>) -> Self {
        Self { setup, sites: BTreeMap::new(), breaches: Breaches::default() }
    }

    /// Takes one event; `bytes` is the event as it was received, kept for as long as a live call depends on it.
    pub fn apply(&mut self, event: &Event, bytes: &[u8]) -> Applied {
        let name = &event.origin.site;
        if let Some(site) = self.sites.get_mut(name) {
            return site.apply(event, bytes);
        }
        let Some(plan) = self.setup.plans.get(name) else { return Applied::UnknownSite };
        let site = Box::new(Site::new(name, plan.clone(), self.setup.clone()));
        self.sites.entry(name.clone()).or_insert(site).apply(event, bytes)
    }

    /// Everything that changed since the last time: what is written in one transaction.
    pub fn take(&mut self) -> Output {
        let mut output = Output::default();
        for site in self.sites.values_mut() {
            site.take(&mut output, &mut self.breaches);
        }
        output
    }

    /// By which formulas its figures are made.
    #[must_use]
    pub fn definition_version(&self) -> u32 {
        self.setup.definition_version
    }

    /// Invariants broken since the last time.
    pub fn take_breaches(&mut self) -> Breaches {
        std::mem::take(&mut self.breaches)
    }

    /// How much is held, by site.
    pub fn gauges(&self) -> impl Iterator<Item = Gauges> + '_ {
        self.sites.values().map(|site| site.gauges())
    }
}
