//! Everything that must be possible before anything runs.

use crate::{Config, ConfigError, ServiceTarget, TargetClock};
use org::NumberRange;
use std::collections::BTreeSet;

pub(crate) type Checked = Result<(), ConfigError>;

impl Config {
    /// Checks what the types alone do not say. Touches nothing: key and secret files are for the collector alone, so
    /// the other services start without them.
    pub(crate) fn check(&self) -> Checked {
        self.check_site()?;
        self.check_names()?;
        self.check_numbers()?;
        self.check_queues()?;
        self.check_routes()?;
        self.check_units()?;
        self.check_opening_hours()?;
        self.check_targets()?;
        self.check_alerts()?;
        self.check_readers()?;
        self.check_retention()?;
        self.check_pbx()?;
        self.check_import()?;
        self.check_services()?;
        self.check_files()?;
        self.site_plan()?;
        self.dialect()?;
        Ok(())
    }

    fn check_site(&self) -> Checked {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if self.site.id.is_empty() || !self.site.id.chars().all(plain) {
            return wrong(
                "site.id",
                "letters, digits, `-` and `_` only: it is a key in Kafka and ClickHouse",
            );
        }
        if jiff::tz::TimeZone::get(&self.site.time_zone).is_err() {
            return wrong("site.time_zone", "not an IANA time zone; for example \"Europe/Stockholm\"");
        }
        if !(1..=60).contains(&self.ring_cadence_s) {
            return wrong("ring_cadence_s", "whole seconds from 1 to 60 (Sweden: 6)");
        }
        Ok(())
    }

    fn check_names(&self) -> Checked {
        let unique = |place: &str, names: Vec<&String>| -> Checked {
            let mut seen = BTreeSet::new();
            if names.iter().any(|name| name.trim().is_empty()) {
                return wrong(place, "one has an empty name");
            }
            match names.into_iter().find(|name| !seen.insert(*name)) {
                Some(name) => wrong(place, format!("`{name}` stands there twice")),
                None => Ok(()),
            }
        };
        unique("queues", self.queues.iter().map(|queue| &queue.name).collect())?;
        unique("units", self.units.iter().map(|unit| &unit.name).collect())?;
        unique("targets", self.targets.iter().map(|target| &target.name).collect())?;
        let units: BTreeSet<&String> = self.units.iter().map(|unit| &unit.name).collect();
        for queue in &self.queues {
            if let Some(unit) = queue.unit.as_ref().filter(|unit| !units.contains(unit)) {
                return wrong(
                    &format!("queues `{}`", queue.name),
                    format!("unit `{unit}` is not among [[units]]"),
                );
            }
        }
        Ok(())
    }

    fn check_targets(&self) -> Checked {
        for target in &self.targets {
            let place = format!("targets `{}`", target.name);
            let share = |value: f64| (0.0..=1.0).contains(&value);
            if !share(target.share) || target.lost_share_max.is_some_and(|value| !share(value)) {
                return wrong(&place, "a share is between 0 and 1");
            }
            if target.answer_within_s == 0 || target.answer_within_s > 120 {
                return wrong(&place, "answer_within_s is a whole number of seconds from 1 to 120");
            }
            self.check_scope(&place, target)?;
        }
        Ok(())
    }
}

impl Config {
    fn check_scope(&self, place: &str, target: &ServiceTarget) -> Checked {
        let (queue, unit) = (target.queue.as_ref(), target.unit.as_ref());
        if queue.is_some() && unit.is_some() {
            return wrong(place, "a target is about one `queue` or one `unit`, not both");
        }
        if let Some(queue) = queue.filter(|name| self.queues.iter().all(|known| known.name != **name)) {
            return wrong(place, format!("queue `{queue}` is not among [[queues]]"));
        }
        if let Some(unit) = unit.filter(|name| self.units.iter().all(|known| known.name != **name)) {
            return wrong(place, format!("unit `{unit}` is not among [[units]]"));
        }
        if queue.is_some() && target.clock.is_some_and(|clock| clock != TargetClock::Queue) {
            let what =
                "a target of one queue runs from joining it: write clock = \"queue\", or leave `clock` out";
            return wrong(place, what);
        }
        Ok(())
    }
}

pub(crate) fn wrong<T>(place: &str, what: impl Into<String>) -> Result<T, ConfigError> {
    Err(ConfigError::new(place, what))
}

/// The ranges that a list of texts holds.
pub(crate) fn ranges(place: &str, texts: &[String]) -> Result<Vec<NumberRange>, ConfigError> {
    texts
        .iter()
        .map(|text| NumberRange::parse(text).map_err(|error| ConfigError::new(place, error.to_string())))
        .collect()
}
