//! What the world is, against what is told of it.

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

fn days(from: &str, to: &str, parameters: Parameters) -> Generator {
    let day = |text: &str| text.parse::<Date>().unwrap();
    Generator::of_days(site(), parameters, day(from)..day(to)).unwrap()
}
