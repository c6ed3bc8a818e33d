//! What must hold between numbers, queues, routes and units.

use crate::check::{Checked, ranges, wrong};
use crate::{Config, ConfigError, QueueKind};
use org::NumberRange;
use std::collections::{BTreeMap, BTreeSet};

impl Config {
    pub(crate) fn check_numbers(&self) -> Checked {
        let numbers = &self.numbers;
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let code = &numbers.country_code;
        if !(1..=3).contains(&code.len()) || !digits(code) || code.starts_with('0') {
            return wrong(
                "numbers.country_code",
                "one to three digits without `+` or zeros before, such as \"46\"",
            );
        }
        if !digits(&numbers.trunk_prefix) {
            return wrong("numbers.trunk_prefix", "digits only, or \"\" where national numbers have none");
        }
        if !digits(&numbers.international_prefix) || numbers.international_prefix.is_empty() {
            return wrong("numbers.international_prefix", "digits only, such as \"00\"");
        }
        if numbers.trunk_prefix == numbers.international_prefix {
            return wrong(
                "numbers.international_prefix",
                "the same as trunk_prefix: the two could not be told apart",
            );
        }
        self.number_plan()?;
        self.check_keys()
    }

    fn check_keys(&self) -> Checked {
        let place = "numbers.pseudonym_keys";
        let mut epochs = BTreeSet::new();
        for key in &self.numbers.pseudonym_keys {
            if !epochs.insert(key.epoch) {
                return wrong(place, format!("epoch {} has two keys", key.epoch));
            }
            key.check()?;
        }
        if epochs.is_empty() {
            wrong(place, "there is no key; make one with `svarstid key new`")
        } else {
            Ok(())
        }
    }

    pub(crate) fn check_queues(&self) -> Checked {
        let mut contexts: BTreeMap<&str, &str> = BTreeMap::new();
        for queue in &self.queues {
            let place = format!("queues `{}`", queue.name);
            if queue.kind == QueueKind::Operator && queue.members.is_empty() {
                return wrong(
                    &place,
                    "an operator queue needs `members`: they tell the operators from the others",
                );
            }
            self.must_be_extensions(&place, &queue.members)?;
            for context in &queue.contexts {
                if let Some(other) = contexts.insert(context, &queue.name) {
                    return wrong(&place, format!("context `{context}` leads to queue `{other}` already"));
                }
            }
        }
        Ok(())
    }

    pub(crate) fn check_routes(&self) -> Checked {
        let numbers = &self.numbers;
        let mut plan = ranges("numbers.own", &numbers.own)?;
        plan.extend(ranges("numbers.short", &numbers.short)?);
        plan.extend(ranges("numbers.extensions", &numbers.extensions)?);
        let mut taken: Vec<NumberRange> = Vec::new();
        for route in &self.routes {
            let place = format!("routes {:?}", route.numbers);
            if route.numbers.is_empty() {
                return wrong(&place, "`numbers` is empty");
            }
            self.check_target(&place, route)?;
            for range in ranges(&place, &route.numbers)? {
                if let Some(number) = outside(&range, &plan) {
                    let what =
                        format!("{number} is in none of numbers.own, numbers.short, numbers.extensions");
                    return wrong(&place, what);
                }
                if let Some(other) = taken.iter().find(|other| other.overlaps(&range)) {
                    return wrong(&place, format!("{} leads somewhere already", shared(&range, other)));
                }
                taken.push(range);
            }
        }
        Ok(())
    }

    fn check_target(&self, place: &str, route: &crate::Route) -> Checked {
        match (&route.queue, &route.extensions) {
            (Some(queue), None) if self.queues.iter().any(|known| known.name == *queue) => Ok(()),
            (Some(queue), None) => wrong(place, format!("queue `{queue}` is not among [[queues]]")),
            (None, Some(extensions)) => {
                let (from, to) = (count(place, &route.numbers)?, count(place, extensions)?);
                if from != to {
                    return wrong(place, format!("{from} numbers cannot lead one to one to {to} extensions"));
                }
                self.must_be_extensions(place, extensions)
            }
            _ => wrong(place, "name either `queue` or `extensions`"),
        }
    }

    pub(crate) fn check_units(&self) -> Checked {
        let mut taken: Vec<(NumberRange, &str)> = Vec::new();
        for unit in &self.units {
            let place = format!("units `{}`", unit.name);
            self.must_be_extensions(&place, &unit.extensions)?;
            for range in ranges(&place, &unit.extensions)? {
                if let Some((known, other)) = taken.iter().find(|(known, _)| known.overlaps(&range)) {
                    return wrong(
                        &place,
                        format!("{} belongs to unit `{other}` already", shared(&range, known)),
                    );
                }
                taken.push((range, &unit.name));
            }
        }
        Ok(())
    }

    fn must_be_extensions(&self, place: &str, texts: &[String]) -> Checked {
        let extensions = ranges("numbers.extensions", &self.numbers.extensions)?;
        match ranges(place, texts)?.iter().find_map(|range| outside(range, &extensions)) {
            Some(number) => wrong(place, format!("{number} is not in numbers.extensions")),
            None => Ok(()),
        }
    }
}

/// The first number of the range that is in none of the others.
fn outside(range: &NumberRange, known: &[NumberRange]) -> Option<String> {
    if known.iter().any(|known| known.contains(&range.low) && known.contains(&range.high)) {
        return None;
    }
    range.numbers().find(|number| !known.iter().any(|known| known.contains(number)))
}

/// The first number that two overlapping ranges share.
fn shared<'a>(a: &'a NumberRange, b: &'a NumberRange) -> &'a str {
    if a.low >= b.low { &a.low } else { &b.low }
}

fn count(place: &str, texts: &[String]) -> Result<u64, ConfigError> {
    Ok(ranges(place, texts)?.iter().map(NumberRange::len).sum())
}
