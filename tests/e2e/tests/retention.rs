//! What `[retention]` lets go goes, and nothing else; and what has gone is not missing. On the real engine.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod sink_support;

use e2e::Machine;
use sink_support::machine::{self, value};
use std::time::Duration;
use store::Store;
use store::access::PERSONAL_COLUMNS;
use store::retention::Retention;

const PATIENCE: Duration = Duration::from_secs(180);
const TABLES: [&str; 7] =
    ["calls", "kpi_windows", "kpi_corrections", "rejected", "annotations", "alerts", "call_events"];

/// A row for each of the last 40 days in every table, and a second version of each call in a part of its own.
const ROWS: [&str; 9] = [
    "INSERT INTO calls (site, call_id, version, is_final, direction, arrived_at, caller, dialled, sought, asked_for, answered_by, caller_pseudonyms,
        dialled_pseudonyms, passes, rings, outcome)
    SELECT 's', toString(number), 1, false, 'external', now() - INTERVAL number DAY, 'a', 'b', 'c', 'd', 'e', [(1, repeat('0', 32))],
        [(1, repeat('0', 32))], [('q', NULL, now(), 1, 'answered', 'e', NULL, NULL, NULL, false, 0, NULL)], [('r', now(), 1, true)], 'answered'
    FROM numbers(40)",
    "INSERT INTO calls SELECT * REPLACE (2 AS version, true AS is_final) FROM calls",
    "INSERT INTO kpi_windows (site, minute, dimension, direction, revision, calls_answered)
    SELECT 's', toStartOfMinute(now() - INTERVAL number DAY), 'site', 'external', 1, 1 FROM numbers(40)",
    "INSERT INTO kpi_corrections (site, minute, dimension, direction, call_id, version, calls_answered)
    SELECT 's', toStartOfMinute(now() - INTERVAL number DAY), 'site', 'external', 'c', 1, 1 FROM numbers(40)",
    "INSERT INTO rejected (site, stage, source_position, rejected_at, reason)
    SELECT 's', 'sink', toString(number), now() - INTERVAL number DAY, 'malformed' FROM numbers(40)",
    "INSERT INTO annotations (site, id, version, begins, ends, text)
    SELECT 's', toString(number), 1, now() - INTERVAL number DAY, now() - INTERVAL number DAY, 'a' FROM numbers(40)",
    "INSERT INTO annotations SELECT * REPLACE (2 AS version) FROM annotations",
    "INSERT INTO alerts (site, alert, fingerprint, starts) SELECT 's', 'a', toString(number), now() - INTERVAL number DAY FROM numbers(40)",
    "INSERT INTO call_events (site, event_id, at, event, kafka_offset)
    SELECT 's', generateUUIDv4(), now() - INTERVAL number DAY, 'heartbeat', number FROM numbers(40)",
];

/// Rows in every view of a table, and of calls those with anything that tells of persons.
async fn counts(store: &Store) -> Vec<String> {
    for table in TABLES {
        store.execute(&format!("SYSTEM START MERGES {table}")).await.unwrap();
        store.execute(&format!("OPTIMIZE TABLE {table} FINAL")).await.unwrap();
    }
    let named: Vec<_> =
        PERSONAL_COLUMNS.iter().map(|column| format!("countIf(notEmpty(ifNull({column}, '')))")).collect();
    let named = named.join(", ").replace("ifNull(caller_pseudonyms, '')", "caller_pseudonyms");
    let named = ["dialled_pseudonyms", "passes", "rings"]
        .iter()
        .fold(named, |sql, column| sql.replace(&format!("ifNull({column}, '')"), column));
    let sql = format!(
        "SELECT count(), arraySort(arrayDistinct([{named}])), (SELECT sum(offered) FROM kpi), (SELECT count() FROM rejected FINAL),
        (SELECT count() FROM notes), (SELECT count() FROM raised_alerts), (SELECT count() FROM call_events) FROM calls_latest"
    );
    value(store, &sql).await.split('\t').map(str::to_owned).collect()
}

#[tokio::test]
async fn each_class_goes_when_its_time_is_over() {
    let machine = Machine::shared();
    let store = machine::store(&machine, "retention").await;
    for sql in ROWS {
        store.execute(sql).await.unwrap();
    }
    assert_eq!(counts(&store).await, ["40", "[40]", "80", "40", "40", "40", "40"]);
    assert_eq!(
        store.keep(&Retention::default()).await.unwrap(),
        [""; 0],
        "for ever is what tables are made with"
    );

    let retention = Retention {
        personal_days: Some(10),
        calls_days: Some(20),
        minutes_days: Some(30),
        rejected_days: Some(5),
        events_days: Some(3),
    };
    assert_eq!(store.keep(&retention).await.unwrap(), TABLES);
    assert_eq!(store.keep(&retention).await.unwrap(), [""; 0], "nothing differs");
    assert_eq!(counts(&store).await, ["20", "[10]", "60", "5", "20", "30", "3"]);

    let switched_off = Retention { events_days: None, ..retention };
    assert_eq!(store.keep(&switched_off).await.unwrap(), [""; 0], "events are never kept for ever");

    // A late version of an old call goes the same way.
    store.execute("INSERT INTO calls SELECT * REPLACE (3 AS version, 'late' AS caller, arrived_at - INTERVAL 9 DAY AS arrived_at) FROM calls_latest").await.unwrap();
    assert_eq!(counts(&store).await[..2], ["31", "[11]"], "only those of the last ten days tell of persons");

    let longer = Retention { personal_days: None, calls_days: None, ..retention };
    assert_eq!(store.keep(&longer).await.unwrap(), ["calls", "annotations"]);
    store.execute(ROWS[0]).await.unwrap();
    counts(&store).await;
    let old = "SELECT count() FROM calls WHERE arrived_at < now() - INTERVAL 732 HOUR AND caller != ''";
    assert_eq!(value(&store, old).await, "9", "kept for ever again");
}

/// Whether the audit, which knows these settings, finds that everything holds; what it printed.
fn audit(machine: &Machine, retention: &[(&str, &str)]) -> (bool, String) {
    let answer = machine.answer(&["audit"], retention);
    (answer.status.success(), String::from_utf8_lossy(&answer.stdout).into_owned())
}

#[test]
fn what_has_gone_is_not_missing() {
    let machine = Machine::start();
    let processor = machine.spawn(&["process"]);
    let sink = machine.spawn(&["sink"]);
    let recording = e2e::recordings().join("ami.raw.txt.gz");
    machine.run(&["collect", "--replay", recording.to_str().unwrap()]);
    machine.wait_for("SELECT count() FROM calls_latest WHERE is_final", "171", PATIENCE);
    sink.stop();
    processor.stop();

    let persons = [("SVARSTID_RETENTION__PERSONAL_DAYS", "1")];
    let calls = [("SVARSTID_RETENTION__CALLS_DAYS", "1")];
    for (retention, gone, without) in [
        (persons, "SELECT count() FROM passes_latest", "passes_conserved does not hold"),
        (calls, "SELECT count() FROM calls", "calls_conserved does not hold"),
    ] {
        assert_ne!(machine.ask(gone), "0", "{gone}");
        let environment: Vec<_> =
            retention.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let sink = machine.spawn_with(&environment, &["sink"]);
        machine.wait_for(gone, "0", PATIENCE);
        sink.stop();
        let (holds, told) = audit(&machine, &retention);
        assert!(holds && told.contains("[retention] lets older ones go"), "{told}");
        let (holds, told) = audit(&machine, &[]);
        assert!(!holds && told.contains(without), "{told}");
    }
    assert_ne!(machine.ask("SELECT count() FROM kpi"), "0", "the minutes stay");
}
