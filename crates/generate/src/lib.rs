//! A Swedish municipality that does not exist, and its telephone system: years of calls that look like real ones.
//!
//! A world of callers, queues, members and persons, in which things take their time: waiting follows from who calls and who serves, and is
//! not drawn. What its PBX tells is exactly what the adapter of Asterisk's manager interface gives, so that everything behind it works as with
//! a real one. What the world is, where its figures come from, and what it is not: `docs/generate.md`.
//!
//! What may not live here: input and output, and the clock. The same parameters give the same events, always.

pub mod calendar;
mod chance;
mod incidents;
mod people;
pub mod profile;
mod tell;
mod truth;
mod world;

pub use chance::Length;
pub use incidents::{Incident, IncidentKind};
pub use truth::{TrueStay, Truth};

use call::{Event, SitePlan, Target, Text};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use std::sync::Arc;
use world::World;

/// The configuration that fits: number plan, queues, units, opening hours, targets.
pub const MUNICIPALITY: &str = include_str!("../municipality.toml");

/// What the municipality is called in events, and what its configuration says of its numbers.
#[derive(Debug, Clone)]
pub struct Site {
    /// The site.
    pub id: Text,
    /// The PBX node.
    pub node: Text,
    /// The endpoint that leads outside.
    pub trunk: Text,
    /// The epoch of the pseudonyms' newest key.
    pub key_epoch: u32,
    /// Of its days.
    pub time_zone: TimeZone,
    /// Numbers, queues, opening hours.
    pub plan: Arc<SitePlan>,
}

/// How much, how long, and with which seed.
#[derive(Debug, Clone)]
pub struct Parameters {
    /// The same gives the same.
    pub seed: u64,
    /// Of the municipality: who calls.
    pub inhabitants: u32,
    /// In the first year, of all kinds.
    pub calls_a_year: f64,
    /// 0.02 is two percent more calls each year.
    pub growth_a_year: f64,
    /// Every hour of every day is a busy one: for a test that cannot wait for Tuesday.
    pub is_always_busy: bool,
    /// Things go wrong.
    pub has_incidents: bool,
    /// Nobody hangs up while waiting, and members write nothing afterwards: for a comparison with a formula.
    pub is_patient: bool,
    /// So many serve each queue, day and night, whatever the load; none: as many as the load needs.
    pub members: Option<usize>,
}

/// Calls in a year for each inhabitant: of all kinds, among phones of the municipality too.
pub const CALLS_PER_INHABITANT: f64 = 32.0;

impl Parameters {
    /// Of a municipality of this size.
    #[must_use]
    pub fn of_inhabitants(seed: u64, inhabitants: u32) -> Self {
        Self {
            seed,
            inhabitants,
            calls_a_year: f64::from(inhabitants) * CALLS_PER_INHABITANT,
            growth_a_year: 0.02,
            is_always_busy: false,
            has_incidents: true,
            is_patient: false,
            members: None,
        }
    }
}

/// Why nothing can be generated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// The configuration is another site's.
    #[error(
        "the configuration does not know {0} of the generated municipality: write one that fits with \
         `svarstid generate --print-config > svarstid.toml`"
    )]
    Unknown(String),
    /// The time is impossible.
    #[error("{0} is no day that can be generated")]
    Day(String),
}

impl Site {
    /// Whether every queue and extension of the municipality is known.
    ///
    /// # Errors
    /// What is not.
    pub fn check(&self) -> Result<(), Unfit> {
        for queue in &profile::QUEUES {
            let leads = self.plan.target(queue.number);
            if leads != Some(Target::Queue(queue.name.into())) {
                return Err(Unfit::Unknown(format!("number {} of queue `{}`", queue.number, queue.name)));
            }
        }
        for unit in &profile::UNITS {
            for extension in unit.first..=unit.last {
                let extension = extension.to_string();
                if self.plan.unit_of_extension(&extension).map(|unit| &**unit) != Some(unit.name) {
                    return Err(Unfit::Unknown(format!("extension {extension} of unit `{}`", unit.name)));
                }
            }
        }
        Ok(())
    }

    fn date_of(&self, at_us: i64) -> Date {
        let at = Timestamp::from_microsecond(at_us).unwrap_or(Timestamp::UNIX_EPOCH);
        self.time_zone.to_datetime(at).date()
    }

    fn start_of(&self, date: Date) -> Result<i64, Unfit> {
        let start =
            self.time_zone.to_timestamp(date.at(0, 0, 0, 0)).map_err(|_| Unfit::Day(date.to_string()))?;
        Ok(start.as_microsecond())
    }
}

/// Events in the order of time. Its memory does not grow with the years.
#[derive(Debug)]
pub struct Generator {
    world: World,
}

impl Generator {
    /// Of whole days, the last one not among them.
    ///
    /// # Errors
    /// The site does not fit.
    pub fn of_days(site: Site, parameters: Parameters, days: std::ops::Range<Date>) -> Result<Self, Unfit> {
        let span = site.start_of(days.start)?..site.start_of(days.end)?;
        Self::new(site, parameters, span, Vec::new())
    }

    /// Of a span of time, µs UTC, with these incidents beside the seed's own. Before it nobody calls: the lines are empty at its
    /// beginning, and whoever is on duty is so.
    ///
    /// # Errors
    /// The site does not fit.
    pub fn new(
        site: Site,
        parameters: Parameters,
        span_us: std::ops::Range<i64>,
        more: Vec<Incident>,
    ) -> Result<Self, Unfit> {
        site.check()?;
        let mut incidents = more;
        if parameters.has_incidents {
            let (first, last) = (site.date_of(span_us.start), site.date_of(span_us.end));
            let calendar =
                calendar::Calendar::new(first, parameters.growth_a_year, parameters.is_always_busy);
            let days = first..last.saturating_add(1.day());
            let own = incidents::schedule(parameters.seed, days, &calendar, &site.time_zone);
            incidents.extend(own.into_iter().filter(|own| span_us.contains(&own.from_us)));
        }
        incidents.sort_by_key(|incident| incident.from_us);
        Ok(Self { world: World::new(site, parameters, span_us.start, span_us.end, incidents) })
    }

    /// What goes wrong, in the order of time.
    #[must_use]
    pub fn incidents(&self) -> &[Incident] {
        &self.world.incidents
    }

    /// Keeps from now on how each call was.
    pub fn keep_truths(&mut self) {
        self.world.truths = Some(Vec::new());
    }

    /// Calls that ended since the last time.
    pub fn take_truths(&mut self) -> Vec<Truth> {
        self.world.truths.as_mut().map(std::mem::take).unwrap_or_default()
    }
}

impl Iterator for Generator {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.world.teller.out.pop_front() {
                return Some(event);
            }
            if !self.world.step() {
                return None;
            }
        }
    }
}
