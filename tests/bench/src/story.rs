//! Events of municipalities that do not exist, the same each time.

use anyhow::Context;
use call::{Event, Text};
use config::Config;
use generate::{Generator, Parameters, Site};
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use pipeline::processor::Setup;
use std::collections::BTreeMap;
use std::sync::Arc;

const SEED: u64 = 1;
const INHABITANTS: u32 = 60_000;
/// A Monday.
const FIRST: Date = date(2026, 3, 2);
const LAST: Date = date(2027, 3, 1);
/// The same day in the morning, µs UTC.
const MORNING_US: i64 = 1_772_438_400_000_000;
const YEAR_US: i64 = 365 * 86_400_000_000;

/// The configuration of the municipality.
///
/// # Errors
/// It is impossible.
pub fn config() -> anyhow::Result<Config> {
    Ok(config::parse(generate::MUNICIPALITY)?)
}

/// What events say of the municipality.
///
/// # Errors
/// The configuration is impossible.
pub fn site(config: &Config) -> anyhow::Result<Site> {
    let trunk = config.pbx.trunks.first().context("the municipality has no trunk")?;
    Ok(Site {
        id: config.site.id.as_str().into(),
        node: config.pbx.node.as_str().into(),
        trunk: trunk.as_str().into(),
        key_epoch: config.numbers.pseudonym_keys.iter().map(|key| key.epoch).max().unwrap_or(1),
        time_zone: TimeZone::get(&config.site.time_zone)?,
        plan: Arc::new(config.site_plan()?),
    })
}

/// Whole days of one municipality, night and day, from a Monday on.
///
/// # Errors
/// The configuration does not fit.
pub fn days() -> anyhow::Result<Generator> {
    let mut parameters = Parameters::of_inhabitants(SEED, INHABITANTS);
    parameters.has_incidents = false;
    Ok(Generator::of_days(site(&config()?)?, parameters, FIRST..LAST)?)
}

/// The same in which it is always ten o'clock of a Tuesday.
///
/// # Errors
/// The configuration does not fit.
pub fn busy() -> anyhow::Result<Generator> {
    let mut parameters = Parameters::of_inhabitants(SEED, INHABITANTS);
    parameters.has_incidents = false;
    parameters.is_always_busy = true;
    let span_us = MORNING_US..MORNING_US + YEAR_US;
    Ok(Generator::new(site(&config()?)?, parameters, span_us, Vec::new())?)
}

/// The name of the site of this number.
#[must_use]
pub fn site_name(number: usize) -> Text {
    format!("site-{number:05}").into()
}

/// Each event at so many sites, one after the other.
pub fn at_sites(events: impl Iterator<Item = Event>, sites: usize) -> impl Iterator<Item = Event> {
    let names: Vec<Text> = (0..sites).map(site_name).collect();
    events.flat_map(move |event| {
        let at = |name: &Text| {
            let mut event = event.clone();
            event.origin.site = name.clone();
            event
        };
        names.iter().map(at).collect::<Vec<_>>()
    })
}

/// What the processor must know of the municipality and of so many others like it.
///
/// # Errors
/// The configuration is impossible.
pub fn setup(sites: usize) -> anyhow::Result<Setup> {
    let mut setup = processor::setup(&config()?)?;
    let plan = setup.plans.values().next().cloned().context("the municipality has no plan")?;
    let mut plans: BTreeMap<Text, _> = (0..sites).map(|number| (site_name(number), plan.clone())).collect();
    plans.append(&mut setup.plans);
    Ok(Setup { plans, ..setup })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_site_has_the_same_events() {
        let events: Vec<Event> = at_sites(busy().unwrap().take(100), 3).collect();
        assert_eq!(events.len(), 300);
        let of = |name: &str| {
            let of_site = events.iter().filter(|event| &*event.origin.site == name);
            of_site.map(|event| (event.origin.position, event.body.clone())).collect::<Vec<_>>()
        };
        assert_eq!(of("site-00000").len(), 100);
        assert_eq!(of("site-00000"), of("site-00002"));
        assert_eq!(setup(3).unwrap().plans.len(), 4);
    }
}
