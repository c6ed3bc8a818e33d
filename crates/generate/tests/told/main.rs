//! What the world is, against what is told of it.
#![expect(clippy::unwrap_used, reason = "helpers of tests: a failed step is a failed test")]

mod erlang;
mod shape;
mod truth;

use generate::{Generator, Parameters, Site};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::sync::Arc;

/// The municipality as its own configuration has it.
fn site() -> Site {
    let config = config::parse(generate::MUNICIPALITY).unwrap();
    Site {
        id: config.site.id.as_str().into(),
        node: config.pbx.node.as_str().into(),
        trunk: config.pbx.trunks[0].as_str().into(),
        key_epoch: config.numbers.pseudonym_keys[0].epoch,
        time_zone: TimeZone::get(&config.site.time_zone).unwrap(),
        plan: Arc::new(config.site_plan().unwrap()),
    }
}

/// The same where it is never closed.
fn always_open(from: &str, to: &str, parameters: Parameters) -> Generator {
    let day = |text: &str| text.parse::<Date>().unwrap();
    let closing = site();
    let plan = call::SitePlan { opening_hours: None, ..(*closing.plan).clone() };
    Generator::of_days(Site { plan: Arc::new(plan), ..closing }, parameters, day(from)..day(to)).unwrap()
}

fn days(from: &str, to: &str, parameters: Parameters) -> Generator {
    let day = |text: &str| text.parse::<Date>().unwrap();
    Generator::of_days(site(), parameters, day(from)..day(to)).unwrap()
}

/// What `svarstid generate --print-config` prints is possible, and it and the world know the same numbers and hours.
#[test]
fn the_configuration_fits() {
    let site = site();
    site.check().unwrap();
    let open = |queue: &str, at: &str| {
        let at_us = at.parse::<jiff::Timestamp>().unwrap().as_microsecond();
        site.plan.is_open(Some(&call::Target::Queue(queue.into())), at_us)
    };
    for queue in &generate::profile::QUEUES {
        let generate::profile::Hours::Office { from, to } = queue.hours else {
            assert!(open(queue.name, "2026-03-08T02:00:00Z"), "{}", queue.name);
            continue;
        };
        // A Tuesday; Stockholm's clock is an hour ahead.
        let at = |minute: i64| format!("2026-03-10T{:02}:{:02}:00Z", minute / 60 - 1, minute % 60);
        let around = [from - 1, from, to - 1, to].map(|minute| open(queue.name, &at(minute)));
        assert_eq!(around, [false, true, true, false], "{}", queue.name);
        assert!(!open(queue.name, "2026-03-08T09:00:00Z"), "{} on a Sunday", queue.name);
    }
    let other = Site { plan: Arc::default(), ..site };
    let error = other.check().unwrap_err().to_string();
    assert!(error.contains("does not know number 0846500400") && error.contains("--print-config"), "{error}");
}
