//! What the configuration says of sites, queues, units, targets and hours, in the real engine.

mod sink_support;

use config::Config;
use e2e::Machine;
use kpi::{Dimension, Target};
use sink_support::calls::SITE;
use sink_support::filled::fill;
use sink_support::machine::{self, value};
use sink_support::running::{Installation, Sink};
use store::Store;
use store::sites::Site;

async fn lines(store: &Store, sql: &str) -> Vec<String> {
    value(store, sql).await.lines().map(str::to_owned).collect()
}

/// Runs a sink until it has told of its sites.
async fn run(installation: &Installation, config: &Config, sites: u64) {
    let sink = Sink::start(config, "told");
    installation.wait_for("SELECT count() FROM config_sites", &sites.to_string()).await;
    sink.stop().await;
}

#[tokio::test]
async fn what_is_no_longer_configured_is_no_longer_there() {
    let machine = Machine::shared();
    let installation = Installation::new(&machine, "told_sites").await;
    let store = &installation.store;
    let mut config = installation.config.clone();
    run(&installation, &config, 1).await;
    let sql = "SELECT queue, kind, unit, longest_wait_us FROM queues ORDER BY queue";
    let all = lines(store, sql).await;
    assert_eq!(all.len(), 4);
    assert!(all.contains(&"vaxel\toperator\tvaxeln\t120000000".to_owned()), "{all:?}");
    assert_eq!(lines(store, "SELECT count() FROM units").await, ["4"]);
    let sql =
        "SELECT target, dimension, name, clock, within_s, share, lost_share_max FROM targets ORDER BY target";
    let targets = lines(store, sql).await;
    assert_eq!(targets.len(), config.targets.len());
    assert_eq!(lines(store, "SELECT site, time_zone FROM sites").await, ["falkenberg\tEurope/Stockholm"]);

    // The same again is no new configuration.
    run(&installation, &config, 1).await;

    // A site of another sink stays as it is.
    let mut other = config.clone();
    other.site.id = "elsewhere".into();
    run(&installation, &other, 2).await;

    config.queues.retain(|queue| queue.name != "grupp-kultur_fritid");
    config.routes.retain(|route| route.queue.as_deref() != Some("grupp-kultur_fritid"));
    config.targets.clear();
    run(&installation, &config, 3).await;
    let left = lines(store, "SELECT queue FROM queues WHERE site = 'falkenberg' ORDER BY queue").await;
    assert_eq!(left, ["grupp-kommunledning", "grupp-socialforvaltningen", "vaxel"]);
    assert_eq!(lines(store, "SELECT DISTINCT site FROM targets").await, ["elsewhere"]);
    assert_eq!(lines(store, "SELECT count() FROM queues WHERE site = 'elsewhere'").await, ["4"]);
    let before = "SELECT count(DISTINCT queue) FROM config_queues WHERE site = 'falkenberg'";
    assert_eq!(lines(store, before).await, ["4"], "what was true before is kept");
}

fn site(name: &str) -> Site {
    Site {
        site: name.into(),
        name: name.to_uppercase(),
        time_zone: "UTC".into(),
        ring_cadence_us: 6_000_000,
        units: vec![format!("unit of {name}")],
        queues: Vec::new(),
        targets: Vec::new(),
        hours: Vec::new(),
    }
}

/// A sink of a thousand sites that told them one by one wrote nothing else for more than a minute after its start.
#[tokio::test]
async fn many_sites_take_as_many_inserts_as_one() {
    let machine = Machine::start();
    let store = machine::store(&machine, "told_many").await;
    let inserts = async || {
        let sql = "SELECT sum(value) FROM system.events WHERE event = 'InsertQuery'";
        value(&store, sql).await.parse::<u64>().unwrap()
    };
    let mut sites: Vec<Site> = (0..50).map(|number| site(&format!("site-{number}"))).collect();
    let before = inserts().await;
    store.tell_sites(&sites[..1], "sink", 1).await.unwrap();
    let one = inserts().await - before;
    let told = store.tell_sites(&sites, "sink", 2).await.unwrap();
    assert_eq!(told, (1..50).map(|number| format!("site-{number}")).collect::<Vec<_>>(), "one is known");
    assert_eq!(inserts().await - before, 2 * one);
    assert_eq!(value(&store, "SELECT count(), uniqExact(unit) FROM units").await, "50\t50");

    sites[7].units.clear();
    assert_eq!(store.tell_sites(&sites, "sink", 3).await.unwrap(), ["site-7"]);
    assert_eq!(value(&store, "SELECT count(), countIf(site = 'site-7') FROM units").await, "49\t0");
}

#[tokio::test]
async fn a_clock_that_was_set_back_hides_nothing() {
    let machine = Machine::shared();
    let store = machine::store(&machine, "told_back").await;
    let site = |zone: &str| Site { time_zone: zone.into(), ..site("a") };
    for (zone, now_us, is_new) in
        [("UTC", 9_000_000, true), ("UTC", 9_500_000, false), ("CET", 8_000_000, true)]
    {
        let told = store.tell_sites(&[site(zone)], "sink", now_us).await.unwrap();
        assert_eq!(!told.is_empty(), is_new, "{zone}");
    }
    assert_eq!(value(&store, "SELECT time_zone FROM sites").await, "CET");
}

#[tokio::test]
async fn targets_are_judged_as_the_program_judges_them() {
    let machine = Machine::shared();
    let filled = fill(&machine, "told_kept").await;
    let target = |name: &str, clock, scope, share, lost_share_max| Target {
        name: name.into(),
        within_s: 30,
        clock,
        scope,
        share,
        lost_share_max,
    };
    let targets = vec![
        target("site", kpi::Clock::Arrival, Dimension::Site, 0.1, None),
        target("menu", kpi::Clock::Menu, Dimension::Site, 0.1, Some(0.2)),
        target("queue", kpi::Clock::Queue, Dimension::Queue("support".into()), 0.3, Some(0.5)),
        target("unit", kpi::Clock::Arrival, Dimension::Unit("parks".into()), 0.9, None),
    ];
    let site = Site {
        site: SITE.into(),
        name: "A".into(),
        time_zone: "UTC".into(),
        ring_cadence_us: 6_000_000,
        units: Vec::new(),
        queues: Vec::new(),
        targets: targets.clone(),
        hours: Vec::new(),
    };
    filled.store.tell_sites(&[site], "sink", 1).await.unwrap();
    let settings = kpi::Settings { cadence: sink_support::filled::CADENCE, thresholds_s: Vec::new() };
    let mut judged = 0;
    for target in &targets {
        let mut days = std::collections::BTreeMap::<i64, kpi::Pane>::new();
        for (key, pane) in filled.calls.iter().flat_map(|call| kpi::contributions(call, &settings)) {
            if key.dimension == target.scope && key.direction == call::Direction::External {
                days.entry(key.minute.div_euclid(1440)).or_default().combine(&pane, 1);
            }
        }
        for (day, pane) in days {
            let kept = target.judge(&pane);
            if kept.presented < 5 {
                continue;
            }
            let sql = format!(
                "SELECT presented, answered_within / presented = share, lost / presented = lost_share, is_kept, round(share, 9), round(lost_share, 9)
                FROM targets_kept WHERE target = '{}' AND day = toDate({day})",
                target.name
            );
            let round = |share: Option<f64>| (share.unwrap() * 1e9).round() / 1e9;
            let expect = format!(
                "{}\t1\t1\t{}\t{}\t{}",
                kept.presented,
                kept.is_kept.unwrap(),
                round(kept.level.sl_of_offered),
                round(kept.lost_share)
            );
            assert_eq!(value(&filled.store, &sql).await, expect, "{} day {day}", target.name);
            judged += 1;
        }
    }
    assert!(judged > 20, "{judged}");
    let few =
        "SELECT count() FROM targets_kept WHERE presented < 5 AND (share IS NOT NULL OR is_kept IS NOT NULL)";
    assert_eq!(value(&filled.store, few).await, "0");
}
