//! Everything that must be possible before anything runs.

use crate::{Config, ConfigError};
use org::NumberRange;
use std::collections::BTreeSet;

type Checked = Result<(), ConfigError>;

impl Config {
    /// Checks what the types alone do not say. Touches nothing but the key files.
    pub(crate) fn check(&self) -> Checked {
        self.check_site()?;
        self.check_names()?;
        self.check_routes()?;
        self.check_units()?;
        self.check_targets()?;
        self.check_services()?;
        self.site_plan()?;
        self.numbers()?;
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
        if self.pbx.make != "asterisk" {
            return wrong("pbx.make", "only \"asterisk\" is known");
        }
        if self.pbx.trunks.is_empty() {
            return wrong(
                "pbx.trunks",
                "name at least one endpoint that leads outside, or no call is an external one",
            );
        }
        if self.ring_cadence_s == 0 {
            return wrong("ring_cadence_s", "at least 1 (Sweden: 6)");
        }
        Ok(())
    }

    fn check_names(&self) -> Checked {
        let unique = |place: &str, names: Vec<&String>| -> Checked {
            let mut seen = BTreeSet::new();
            match names.into_iter().find(|name| !seen.insert(*name)) {
                Some(name) => wrong(place, format!("`{name}` stands there twice")),
                None => Ok(()),
            }
        };
        unique("queues", self.queues.iter().map(|queue| &queue.name).collect())?;
        unique("units", self.units.iter().map(|unit| &unit.name).collect())?;
        unique("targets", self.targets.iter().map(|target| &target.name).collect())?;
        unique("routes.numbers", self.routes.iter().flat_map(|route| &route.numbers).collect())?;
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

    fn check_routes(&self) -> Checked {
        for route in &self.routes {
            let place = format!("routes {:?}", route.numbers);
            match (&route.queue, &route.extensions) {
                (Some(queue), None) => {
                    if !self.queues.iter().any(|known| known.name == *queue) {
                        return wrong(&place, format!("queue `{queue}` is not among [[queues]]"));
                    }
                }
                (None, Some(extensions)) => {
                    let (from, to) = (count(&place, &route.numbers)?, count(&place, extensions)?);
                    if from != to {
                        return wrong(
                            &place,
                            format!("{from} numbers cannot lead one to one to {to} extensions"),
                        );
                    }
                }
                _ => return wrong(&place, "name either `queue` or `extensions`"),
            }
        }
        Ok(())
    }

    fn check_units(&self) -> Checked {
        let mut taken: Vec<(NumberRange, &str)> = Vec::new();
        for unit in &self.units {
            for range in ranges(&format!("units `{}`", unit.name), &unit.extensions)? {
                if let Some((_, other)) = taken.iter().find(|(known, _)| known.overlaps(&range)) {
                    let what = format!("{}-{} belongs to unit `{other}` already", range.low, range.high);
                    return wrong(&format!("units `{}`", unit.name), what);
                }
                taken.push((range, &unit.name));
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
        }
        Ok(())
    }

    fn check_services(&self) -> Checked {
        let positive = [
            ("kafka.partitions", i64::from(self.kafka.partitions)),
            ("kafka.replication", i64::from(self.kafka.replication)),
            ("collector.spool.max_mib", i64::try_from(self.collector.spool.max_mib).unwrap_or(i64::MAX)),
            ("processor.commit_every_ms", i64::try_from(self.processor.commit_every_ms).unwrap_or(i64::MAX)),
            ("processor.max_call_age_s", i64::from(self.processor.max_call_age_s)),
            ("sink.batch_rows", i64::try_from(self.sink.batch_rows).unwrap_or(i64::MAX)),
            ("sink.batch_every_ms", i64::try_from(self.sink.batch_every_ms).unwrap_or(i64::MAX)),
            ("stack.kafka_port", i64::from(self.stack.kafka_port)),
            ("stack.controller_port", i64::from(self.stack.controller_port)),
            ("stack.clickhouse_http_port", i64::from(self.stack.clickhouse_http_port)),
            ("stack.clickhouse_tcp_port", i64::from(self.stack.clickhouse_tcp_port)),
        ];
        match positive.iter().find(|(_, value)| *value <= 0) {
            Some((key, _)) => wrong(key, "must be at least 1"),
            None => Ok(()),
        }
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

fn count(place: &str, texts: &[String]) -> Result<u64, ConfigError> {
    Ok(ranges(place, texts)?.iter().map(NumberRange::len).sum())
}
