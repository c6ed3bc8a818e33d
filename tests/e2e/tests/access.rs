//! Who may read what: tried by every reader, in every table and view of the real engine.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod sink_support;

use e2e::Machine;
use kpi::{Clock, Dimension, Target};
use sink_support::beside;
use sink_support::calls::SITE;
use sink_support::filled::fill_store;
use sink_support::machine::settings;
use std::collections::BTreeSet;
use store::Store;
use store::access::{CALL_COLUMNS, PERSONAL_COLUMNS, VIEWS};
use store::sites::{Hours, Queue, Site};

const READERS: &str = r#"
[[units]]
name = "parks"
[[units]]
name = "schools"
[[queues]]
name = "support"
kind = "group"
unit = "parks"
[[readers]]
name = "analyst"
password = "a"
[[readers]]
name = "parks_head"
password = "p"
units = ["parks"]
[[readers]]
name = "schools_head"
password = "s"
units = ["schools"]
personal = true
[[readers]]
name = "telephony"
password = "t"
personal = true
"#;
const PASSWORDS: [(&str, &str); 4] =
    [("analyst", "a"), ("parks_head", "p"), ("schools_head", "s"), ("telephony", "t")];

struct Readers {
    machine: Machine,
}

impl Readers {
    fn ask(&self, user: &str, sql: &str) -> Result<String, String> {
        let password = PASSWORDS.iter().find(|(name, _)| *name == user).unwrap().1;
        self.machine.ask_as(user, password, sql)
    }

    fn sees(&self, user: &str, sql: &str) -> Vec<String> {
        self.ask(user, sql).unwrap().lines().map(str::to_owned).collect()
    }

    #[track_caller]
    fn is_refused(&self, user: &str, sql: &str) {
        let answer = self.ask(user, sql);
        let refused =
            answer.as_ref().is_err_and(|why| why.contains("ACCESS_DENIED") || why.contains("READONLY"));
        assert!(refused, "{user}: {sql}: {answer:?}");
    }

    /// As the sink's user sees it.
    fn all(&self, sql: &str) -> Vec<String> {
        self.machine.ask_as("svarstid", "svarstid", sql).unwrap().lines().map(str::to_owned).collect()
    }
}

#[tokio::test]
async fn every_reader_sees_its_own_and_nothing_else() {
    let machine = Machine::with(READERS);
    let store = Store::new(&settings(&machine, "svarstid"));
    store.apply(store::schema::FILES).await.unwrap();
    fill_store(&store).await;
    store.tell_sites(&[organisation()], "sink-1", 1).await.unwrap();
    beside::fill(&store, SITE, &PLACES, 1_772_528_400_000_000).await;
    store.tell_alerts(vec![beside::alert("", "down", ("", ""), 1_772_528_400_000_000, false)]).await.unwrap();
    let readers = Readers { machine };
    every_column_and_view_is_judged(&readers);
    persons_are_for_those_who_may(&readers);
    heads_see_their_unit(&readers);
    heads_see_their_part_of_the_organisation(&readers);
    heads_see_what_is_told_of_their_units_and_of_the_site(&readers);
    a_call_that_moved_is_seen_by_its_new_unit_alone(&readers);
    nobody_writes(&readers);
}

fn every_column_and_view_is_judged(readers: &Readers) {
    let columns =
        readers.all("SELECT name FROM system.columns WHERE database = 'svarstid' AND table = 'calls'");
    let judged: BTreeSet<&str> = CALL_COLUMNS.iter().chain(PERSONAL_COLUMNS).copied().collect();
    assert_eq!(
        judged,
        columns.iter().map(String::as_str).collect(),
        "each column is for everybody, or tells of persons"
    );
    let views = readers.all("SELECT name FROM system.tables WHERE database = 'svarstid' AND engine = 'View'");
    for view in &views {
        let span = match view.as_str() {
            "by_span" => "by_span(minutes = 15, every = 15, zone = 'UTC')",
            "messages_open" => "messages_open(begins = '2000-01-01 00:00:00', ends = '2100-01-01 00:00:00')",
            "callers_open" => "callers_open(begins = '2000-01-01 00:00:00', ends = '2100-01-01 00:00:00')",
            "events_of_call" => "events_of_call(site = 's', call_id = 's/1')",
            plain => plain,
        };
        if VIEWS.contains(&view.as_str()) && !view.starts_with("calls_") {
            let sql = format!("SELECT * FROM {span} ORDER BY ALL");
            assert_eq!(readers.sees("analyst", &sql), readers.all(&sql), "{view}");
        } else {
            readers.is_refused("analyst", &format!("SELECT * FROM {span} LIMIT 1"));
        }
        readers.ask("telephony", &format!("SELECT * FROM {span} LIMIT 1")).unwrap();
    }
    assert!(views.len() > VIEWS.len(), "{views:?}");
}

fn persons_are_for_those_who_may(readers: &Readers) {
    let open = format!("SELECT {} FROM calls_latest", CALL_COLUMNS.join(", "));
    assert_eq!(readers.sees("analyst", &open).len(), readers.all(&open).len());
    for column in PERSONAL_COLUMNS {
        for source in ["calls", "calls_latest"] {
            readers.is_refused("analyst", &format!("SELECT {column} FROM {source} LIMIT 1"));
            readers.is_refused("parks_head", &format!("SELECT {column} FROM {source} LIMIT 1"));
            assert!(!readers.sees("telephony", &format!("SELECT {column} FROM {source}")).is_empty());
        }
    }
    // What was asked for tells as much as what is answered.
    readers.is_refused("analyst", "SELECT count() FROM calls WHERE answered_by = '2101'");
    readers.is_refused("analyst", "SELECT excerpt FROM rejected");
    events_are_for_those_who_see_every_person(readers);
}

fn events_are_for_those_who_see_every_person(readers: &Readers) {
    readers.all("INSERT INTO call_events (site, event_id, at, event, leg) SELECT site, generateUUIDv4(), arrived_at, 'held', substring(call_id, length(site) + 2) FROM calls_latest");
    let call = readers.all("SELECT call_id FROM calls_latest ORDER BY ALL LIMIT 1").remove(0);
    let of_call = format!("SELECT event FROM events_of_call(site = '{SITE}', call_id = '{call}')");
    for sql in ["SELECT leg FROM call_events", "SELECT count() FROM call_events", of_call.as_str()] {
        readers.is_refused("analyst", sql);
        readers.is_refused("parks_head", sql);
    }
    assert_eq!(readers.sees("telephony", &of_call), ["held"]);
    // An event names no unit: who sees one unit alone sees none.
    assert_eq!(readers.sees("schools_head", "SELECT leg FROM call_events"), [""; 0]);
    assert_eq!(readers.sees("schools_head", &of_call), [""; 0]);
}

fn heads_see_their_unit(readers: &Readers) {
    let sql = "SELECT name FROM system.tables WHERE database = 'svarstid' AND engine != 'View' AND name != 'schema_versions'
        AND name NOT IN (SELECT table FROM system.row_policies WHERE short_name = 'parks_head')";
    assert_eq!(readers.all(sql), [""; 0], "tables without a row policy");
    for (user, unit) in [("parks_head", "parks"), ("schools_head", "schools")] {
        let count = "SELECT unit, count() FROM calls_latest GROUP BY unit ORDER BY unit";
        let own: Vec<String> = readers.all(count).into_iter().filter(|row| row.starts_with(unit)).collect();
        assert_eq!(readers.sees(user, count), own, "{user}");
        assert_eq!(
            readers.sees(user, "SELECT DISTINCT unit FROM calls"),
            [unit],
            "{user}: the raw table, too"
        );
        for table in ["kpi_windows", "kpi", "by_hour"] {
            let names =
                readers.sees(user, &format!("SELECT DISTINCT dimension, name FROM {table} ORDER BY ALL"));
            let queues = if unit == "parks" { vec!["queue\tsupport".to_owned()] } else { Vec::new() };
            let expect: Vec<String> = queues.into_iter().chain([format!("unit\t{unit}")]).collect();
            assert_eq!(names, expect, "{user}: {table}");
        }
        assert!(readers.sees(user, "SELECT * FROM completeness").is_empty(), "{user}: of the whole site");
        let of_unit =
            format!("SELECT day, direction, reach, calls FROM reach WHERE unit = '{unit}' ORDER BY ALL");
        let seen = readers.sees(user, "SELECT day, direction, reach, calls FROM reach ORDER BY ALL");
        assert_eq!(seen, readers.all(&of_unit), "{user}");
    }
    assert!(!readers.sees("schools_head", "SELECT answered_by FROM calls_latest").is_empty());
}

/// What the sink tells of the site; that of the readers' configuration, and more.
fn organisation() -> Site {
    let queue = |queue: &str, unit: &str| Queue {
        queue: queue.into(),
        kind: "group".into(),
        unit: unit.into(),
        longest_wait_us: 60_000_000,
    };
    let target = |name: &str, clock, scope| Target {
        name: name.into(),
        within_s: 20,
        clock,
        scope,
        share: 0.8,
        lost_share_max: None,
    };
    let hours = |queue: &str| Hours {
        queue: queue.into(),
        weekday: 1,
        opens_s: 28_800,
        closes_s: 61_200,
        closed_on: "nothing".into(),
        closed_dates: Vec::new(),
    };
    Site {
        site: SITE.into(),
        name: "Test".into(),
        time_zone: "UTC".into(),
        ring_cadence_us: 6_000_000,
        units: vec!["parks".into(), "schools".into()],
        queues: vec![queue("support", "parks"), queue("sales", "schools")],
        targets: vec![
            target("all", Clock::Arrival, Dimension::Site),
            target("parks", Clock::Arrival, Dimension::Unit("parks".into())),
            target("schools", Clock::Arrival, Dimension::Unit("schools".into())),
            target("support", Clock::Queue, Dimension::Queue("support".into())),
        ],
        hours: vec![hours(""), hours("support"), hours("sales")],
    }
}

fn heads_see_their_part_of_the_organisation(readers: &Readers) {
    let of = |user| {
        let names = |sql| readers.sees(user, sql).join(" ");
        [
            names("SELECT site FROM sites"),
            names("SELECT unit FROM units ORDER BY unit"),
            names("SELECT queue FROM queues ORDER BY queue"),
            names("SELECT target FROM targets ORDER BY target"),
            names("SELECT if(queue = '', 'others', queue) FROM opening_hours ORDER BY queue"),
            names("SELECT DISTINCT target FROM targets_kept ORDER BY target"),
        ]
    };
    assert_eq!(
        of("parks_head"),
        [SITE, "parks", "support", "parks support", "others support", "parks support"]
    );
    assert_eq!(of("schools_head"), [SITE, "schools", "sales", "schools", "others", "schools"]);
    assert_eq!(of("analyst")[3], "all parks schools support");
}

/// Queue and unit of notes and alerts; the empty ones are of the whole site.
const PLACES: [(&str, &str); 7] = [
    ("", ""),
    ("support", ""),
    ("support", "parks"),
    ("", "parks"),
    ("sales", ""),
    ("sales", "schools"),
    ("", "schools"),
];

fn heads_see_what_is_told_of_their_units_and_of_the_site(readers: &Readers) {
    for (user, expect) in [
        ("parks_head", "all parks support supportparks"),
        // Its readers' configuration names no queue of it.
        ("schools_head", "all salesschools schools"),
        ("analyst", "all parks sales salesschools schools support supportparks"),
    ] {
        for sql in ["SELECT text FROM notes ORDER BY text", "SELECT text FROM annotations ORDER BY text"] {
            assert_eq!(readers.sees(user, sql).join(" "), expect, "{user}: {sql}");
        }
        for table in ["raised_alerts", "alerts"] {
            let sql = format!("SELECT alert FROM {table} WHERE site = '{SITE}' ORDER BY alert");
            assert_eq!(readers.sees(user, &sql).join(" "), expect, "{user}: {table}");
            let down = format!("SELECT alert FROM {table} WHERE site = ''");
            assert_eq!(readers.sees(user, &down), ["down"], "{user}: {table}");
        }
    }
    // A note that is another unit's now is gone for the one that it was of, from the view.
    readers.all("INSERT INTO annotations SELECT * REPLACE (version + 1 AS version, 'schools' AS unit) FROM annotations WHERE text = 'parks'");
    assert_eq!(
        readers.sees("parks_head", "SELECT text FROM notes ORDER BY text").join(" "),
        "all support supportparks"
    );
    assert_eq!(
        readers.sees("schools_head", "SELECT text FROM notes ORDER BY text").join(" "),
        "all parks salesschools schools"
    );
}

fn a_call_that_moved_is_seen_by_its_new_unit_alone(readers: &Readers) {
    let call = readers.all("SELECT call_id FROM calls_latest WHERE unit = 'parks' ORDER BY call_id LIMIT 1");
    let call = &call[0];
    readers.all(&format!(
        "INSERT INTO calls SELECT * REPLACE (version + 1 AS version, 'schools' AS unit) FROM calls_latest WHERE call_id = '{call}'"
    ));
    let of_call = format!("SELECT unit FROM calls_latest WHERE call_id = '{call}'");
    assert!(readers.sees("parks_head", &of_call).is_empty());
    let before_final = format!("{of_call} SETTINGS apply_row_policy_after_final = 0");
    let answer = readers.ask("parks_head", &before_final);
    assert!(answer.as_ref().is_err_and(|why| why.contains("SETTING_CONSTRAINT_VIOLATION")), "{answer:?}");
    assert_eq!(readers.sees("schools_head", &of_call), ["schools"]);
}

fn nobody_writes(readers: &Readers) {
    for (user, _) in PASSWORDS {
        readers.is_refused(user, "INSERT INTO calls (site) VALUES ('x')");
        readers.is_refused(user, "DROP TABLE calls");
        readers.is_refused(user, "INSERT INTO annotations (site, text) VALUES ('x', 'x')");
        readers.is_refused(user, "INSERT INTO alerts (site) VALUES ('x')");
        readers.is_refused(user, "CREATE ROW POLICY mine ON calls USING 1 TO ALL");
        readers.is_refused(user, "SELECT * FROM file('/etc/passwd', 'LineAsString')");
        readers.is_refused(user, "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')");
    }
    assert!(readers.machine.ask_as("analyst", "wrong", "SELECT 1").is_err());
}
