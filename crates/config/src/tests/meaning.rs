//! What a possible file becomes.

use super::{SMALL, changed};
use crate::overrides::Overrides;
use crate::{Config, load, parse};
use call::event::DiversionKind;
use call::{Numbers, Target};
use std::path::{Path, PathBuf};

#[test]
fn the_plan() {
    let plan = parse(SMALL).unwrap().site_plan().unwrap();
    let check = |digits: &str, target: Option<Target>, unit: Option<&str>| {
        assert_eq!(plan.target(digits), target, "{digits}");
        let got = target.as_ref().and_then(|target| plan.unit_of(target)).map(|unit| &**unit);
        assert_eq!(got, unit, "{digits}");
    };
    let extension = |digits: &str| Some(Target::Extension(digits.into()));
    check("0846500400", Some(Target::Queue("switchboard".into())), Some("switchboard"));
    for spelling in ["+46846500400", "46846500400", "0046846500400"] {
        check(spelling, Some(Target::Queue("switchboard".into())), Some("switchboard"));
    }
    check("+469", None, None);
    check("9", Some(Target::Queue("switchboard".into())), Some("switchboard"));
    check("0846500402", extension("2102"), Some("care"));
    check("2104", extension("2104"), None);
    check("0846500499", None, None);
    let operators: Vec<&str> = plan.operators.iter().map(|text| &**text).collect();
    assert_eq!(operators, ["9001", "9002", "9003"]);
    assert_eq!(plan.operator_queues.len(), 1);
    assert_eq!(plan.trunks.len(), 1);
    assert_eq!(plan.max_call_age_us, 4 * 3600 * 1_000_000);
}

#[test]
fn numbers_dialect_and_measures() {
    let config = parse(SMALL).unwrap();
    let numbers = config.numbers().unwrap();
    assert_eq!(numbers.party("+46846500401").own(), Some("0846500401"));
    assert_eq!(numbers.party("9").own(), Some("9"));
    assert_eq!(numbers.party("0701740606").own(), None);
    assert_eq!(config.dialect().unwrap().kinds.get("kollega"), Some(&DiversionKind::Colleague));
    let settings = config.kpi_settings();
    assert_eq!((settings.cadence.seconds, settings.thresholds_s), (6, vec![20]));
}

#[test]
fn targets_on_their_clocks() {
    let more = "share = 0.8\n[[targets]]\nname = \"board\"\nanswer_within_s = 20\nshare = 0.9\nqueue = \"switchboard\"\n\
        [[targets]]\nname = \"menu\"\nanswer_within_s = 30\nshare = 0.8\nclock = \"menu\"\nunit = \"care\"";
    let config = parse(&changed("share = 0.8", more)).unwrap();
    let told: Vec<_> = config.service_targets().into_iter().map(|t| (t.within_s, t.clock, t.scope)).collect();
    let expect = [
        (20, kpi::Clock::Arrival, kpi::Dimension::Site),
        (20, kpi::Clock::Queue, kpi::Dimension::Queue("switchboard".into())),
        (30, kpi::Clock::Menu, kpi::Dimension::Unit("care".into())),
    ];
    assert_eq!(told, expect);
    assert_eq!(config.kpi_settings().thresholds_s, [20, 30], "each T once");
}

#[test]
fn the_recording_s_own_file_is_possible() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/recordings/asterisk22/svarstid.toml");
    let config = load(&path).unwrap();
    let plan = config.site_plan().unwrap();
    assert_eq!(plan.target("0846500413"), Some(Target::Extension("2105".into())));
    assert!(config.numbers().is_ok() && config.dialect().unwrap().not_diverted.is_some());
}

fn with(text: &str, variables: &[(&str, &str)]) -> Config {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    crate::load::read(text, "FILE", PathBuf::from("/etc/svarstid"), Overrides::of(variables)).unwrap()
}

#[test]
fn the_environment_stands_over_the_file() {
    let config = with(
        SMALL,
        &[
            ("KAFKA__BROKERS", "kafka:9092"),
            ("CLICKHOUSE__PASSWORD", "0123"),
            ("PBX__AMI__SECRET", "true"),
            ("PBX__AMI__FILTER", "false"),
            ("RING_CADENCE_S", "5"),
        ],
    );
    assert_eq!(config.kafka.brokers, "kafka:9092");
    assert_eq!(config.clickhouse.password, "0123", "digits of a password stay as they were written");
    let ami = config.pbx.ami.unwrap();
    assert_eq!((ami.read_secret().unwrap().as_str(), ami.filter), ("true", false));
    assert_eq!(config.ring_cadence_s, 5);
}

#[test]
fn paths_in_the_file_begin_at_the_file() {
    let plain = with(SMALL, &[]);
    assert_eq!((&plain.stack.folder, &plain.collector.spool.folder), (&None, &None));
    assert_eq!(plain.spool_folder(), plain.state_folder().join("spool"));
    let text = changed(
        "[pbx.cel]",
        "[stack]\nfolder = \"data\"\ncache = \"/var/cache\"\n[collector.spool]\nfolder = \"spool\"\n[pbx.cel]",
    );
    let text = text.replacen("username = \"svarstid\"", "username = \"a\"\nsecret_file = \"ami\"", 1);
    let named = with(&text, &[("STACK__FOLDER", "elsewhere")]);
    assert_eq!(named.state_folder(), std::path::absolute("elsewhere").unwrap());
    assert_eq!(named.cache_folder(), Path::new("/var/cache"));
    assert_eq!(named.spool_folder(), Path::new("/etc/svarstid/spool"));
    assert_eq!(named.pbx.ami.unwrap().secret_file.as_deref(), Some(Path::new("/etc/svarstid/ami")));
}

#[test]
fn secrets_are_not_shown() {
    let text = changed("username = \"svarstid\"", "username = \"a\"\nsecret = \"hush-1\"");
    let shown = format!("{:?}", with(&text, &[("CLICKHOUSE__PASSWORD", "hush-2")]));
    assert!(!shown.contains("hush") && !shown.contains("0101010101"), "{shown}");
    assert!(shown.contains("127.0.0.1:5038"));
}

#[test]
fn opening_hours_by_the_clock_of_the_site() {
    let open = |entry: &str, at_us: i64| {
        let plan = parse(&changed("[pbx]\n", &format!("{entry}[pbx]\n"))).unwrap().site_plan().unwrap();
        plan.is_open(Some(&Target::Queue("care".into())), at_us)
    };
    // 2026-03-04, a Wednesday, 08:00 in Stockholm.
    let eight_us = 1_772_607_600_000_000;
    let entry = "[[opening_hours]]\ndays = \"mon-fri\"\nfrom = \"08:00\"\nto = \"17:00\"\n";
    assert!(open(entry, eight_us) && !open(entry, eight_us - 1));
    assert!(!open(&entry.replace("mon-fri", "mon,tue,thu-sun"), eight_us));
    assert!(!open(&format!("{entry}closed_dates = [\"2026-03-04\"]\n"), eight_us));
    assert!(open("", eight_us - 1), "without entries always open");
}

#[test]
fn a_later_generation_shares_no_database_and_no_group_with_the_first() {
    let names = |generation: &str| {
        let config = with(&changed("", ""), &[("KAFKA__GENERATION", generation)]);
        (config.clickhouse.database, config.processor.group)
    };
    assert_eq!(names("1"), ("svarstid".to_owned(), "svarstid-processor".to_owned()));
    assert_eq!(names("3"), ("svarstid_g3".to_owned(), "svarstid-processor-g3".to_owned()));
}
