//! Counters of calls hear of each once, whatever becomes of transactions.

use super::*;
use crate::answers::Watched;

/// The site of the world.
pub(super) fn watched() -> Watched {
    let text = format!(
        "[site]\nid = \"{SITE}\"\nname = \"V\"\ntime_zone = \"UTC\"\n[numbers]\ncountry_code = \"46\"\n\
         [[numbers.pseudonym_keys]]\nepoch = 1\nhex = \"{}\"\n\
         [[queues]]\nname = \"vaxel\"\nkind = \"group\"\n\
         [pbx]\nmake = \"asterisk\"\nnode = \"pbx\"\ntrunks = [\"trunk\"]\n",
        "01".repeat(32)
    );
    Watched::new(std::iter::once(&config::parse(&text).unwrap())).unwrap()
}

/// Calls and passes that counters heard of. All of the world is long past: none counts for a target.
fn heard(log: &Log) -> u64 {
    let line = log.metrics.lines().find(|line| line.starts_with("svarstid_processor_target_late_total{"));
    line.unwrap().rsplit(' ').next().unwrap().parse().unwrap()
}

#[test]
fn counters_hear_of_each_call_once() {
    let events = World::events(&random_steps(7, 400));
    let mut straight = log(input(&events));
    live(&mut straight, &mut std::iter::empty(), 50);
    let expect = heard(&straight);
    assert!(expect > 50, "{expect}");
    for (pattern, is_all) in [
        (&[Fate::Fine, Fate::Aborted][..], true),
        (&[Fate::Fine, Fate::LostAndUnknown, Fate::Fine, Fate::Aborted], true),
        // What was written without our knowing is not heard: a counter may miss something, and counts nothing twice.
        (&[Fate::Fine, Fate::WrittenButUnknown], false),
    ] {
        let mut hurt = log(input(&events));
        let lives = live(&mut hurt, &mut pattern.iter().copied().cycle(), 13);
        let found = heard(&hurt);
        assert!(lives > 2 && found > 0 && found <= expect, "{pattern:?}: {found} of {expect}");
        assert_eq!(found == expect, is_all, "{pattern:?}: {found} of {expect}");
    }
}
