//! The views with plain names against the calls themselves, and the questions of docs/analysts.md, in the real engine.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod sink_support;

use call::Direction;
use e2e::Machine;
use kpi::{Clock, Dimension, Pane, PaneKey, Target};
use sink_support::beside;
use sink_support::calls::{BEGIN_US, SITE};
use sink_support::filled::{Filled, fill, put_panes, rows};
use std::collections::BTreeMap;
use store::sites::Site;

/// An event of each call.
const EVENTS: &str = "INSERT INTO call_events (site, event_id, at, event, leg)
    SELECT site, generateUUIDv4(), arrived_at, 'held', substring(call_id, length(site) + 2) FROM calls_latest";

/// What a view says, and the same of the calls alone: `(view, calls)`, one row for each of both.
const PAIRS: [(&str, &str); 6] = [
    (
        "SELECT day, name, direction, answered, mean_us, within_3_signals_share FROM answer_time WHERE dimension = 'unit'",
        "SELECT toDate(arrived_at), assumeNotNull(unit) AS name, direction, toInt64(count(answer_time_us)) AS answered,
            intDiv(sum(answer_time_us), answered), if(countIf(outcome NOT IN ('closed', 'in_progress')) < 5, NULL,
            countIf(caller_signals <= 3) / countIf(outcome NOT IN ('closed', 'in_progress')))
        FROM calls_latest WHERE unit IS NOT NULL GROUP BY ALL HAVING answered > 0",
    ),
    (
        "SELECT day, name, direction, answered, mean_us FROM answer_time WHERE dimension = 'queue'",
        "SELECT toDate(joined_at), queue, direction, toInt64(count()), intDiv(sum(wait_us), count())
        FROM passes_latest WHERE result = 'answered' GROUP BY ALL",
    ),
    (
        "SELECT day, unit, direct_calls, undiverted_calls, undiverted_share FROM undiverted WHERE unit != ''",
        "SELECT toDate(arrived_at), assumeNotNull(unit), toInt64(count()) AS direct, toInt64(countIf(operator_cause = 'not_diverted' AND NOT after_transfer)) AS fell,
            if(direct < 5, NULL, fell / direct)
        FROM calls_latest WHERE direction = 'external' AND dialled_kind = 'direct' AND unit IS NOT NULL GROUP BY ALL",
    ),
    (
        "SELECT day, direction, reach, calls, final_calls, share FROM reach WHERE unit = '' AND calls + final_calls > 0",
        "SELECT day, direction, tier.1, toInt64(countIf(tier.2)), toInt64(countIf(NOT tier.2)) AS last, if(any(offered) < 5, NULL, countIf(tier.2) / any(offered))
        FROM (SELECT toDate(arrived_at) AS day, direction, arrayJoin([(reach, true), (final_reach, false)]) AS tier,
            count() OVER (PARTITION BY day, direction) AS offered FROM calls_latest) GROUP BY day, direction, tier.1",
    ),
    (
        "SELECT quarter, queue, direction, entered, answered, lost FROM operator_load",
        "SELECT toStartOfFifteenMinutes(joined_at), queue, direction, toInt64(count()), toInt64(countIf(result = 'answered')),
            toInt64(countIf(result IN ('abandoned', 'timed_out', 'saturated', 'blocked'))) FROM passes_latest GROUP BY ALL",
    ),
    (
        "SELECT day, calls, unknown_calls, partial_calls FROM data_quality WHERE calls > 0",
        "SELECT toDate(arrived_at), toInt64(count()), toInt64(countIf(outcome = 'unknown')), toInt64(countIf(is_partial))
        FROM calls_latest GROUP BY ALL",
    ),
];

#[tokio::test]
async fn plain_views_say_what_the_calls_say() {
    let machine = Machine::shared();
    let filled = fill(&machine, "plain").await;
    for (view, calls) in PAIRS {
        let (mut said, mut expect) = (rows(&filled, view).await, rows(&filled, calls).await);
        said.sort();
        expect.sort();
        assert_eq!(said, expect, "{view}");
        assert!(expect.len() > 10, "{view}");
    }
    what_was_not_heard_is_told(&filled).await;
    every_question_has_an_answer(&filled).await;
    every_column_says_what_it_holds(&filled).await;
}

/// Minutes of a site of its own: how much of each was heard, in seconds.
async fn put_minutes(filled: &Filled, heard: &[(i64, i64)]) {
    let pane = |(minute, heard_s): &(i64, i64)| {
        let minute = BEGIN_US / 60_000_000 + minute;
        let key = PaneKey {
            site: "gappy".into(),
            minute,
            dimension: Dimension::Site,
            direction: Direction::External,
        };
        (key, Pane { heard_us: heard_s * 1_000_000, ..Pane::default() })
    };
    let panes: BTreeMap<PaneKey, Pane> = heard.iter().map(pane).collect();
    put_panes(&filled.store, "gappy", panes).await;
}

async fn what_was_not_heard_is_told(filled: &Filled) {
    // The first and the last one are heard in part because somebody begins and ends to listen.
    let heard = [
        (0, 20),
        (1, 60),
        (2, 60),
        (5, 60),
        (6, 60),
        (7, 20),
        (9, 60),
        (10, 50),
        (11, 30),
        (12, 60),
        (13, 5),
    ];
    put_minutes(filled, &heard).await;
    let sql = format!(
        "SELECT dateDiff('minute', fromUnixTimestamp({begin}), begins), dateDiff('minute', fromUnixTimestamp({begin}), ends), unheard_us / 1000000
        FROM gaps WHERE site = 'gappy' ORDER BY begins",
        begin = BEGIN_US / 1_000_000
    );
    assert_eq!(rows(filled, &sql).await, ["3\t5\t120", "7\t9\t100", "10\t12\t40"]);
    let sql = "SELECT round(sum(heard_share) * 86400, 3) FROM data_quality WHERE site = 'gappy'";
    let whole: i64 = heard.iter().map(|(_, heard_s)| heard_s).sum();
    assert_eq!(rows(filled, sql).await, [whole.to_string()]);
}

/// As a sink does when it starts.
async fn tell_of_a_target(filled: &Filled) {
    let target = Target {
        name: "all".into(),
        within_s: 20,
        clock: Clock::Arrival,
        scope: Dimension::Site,
        share: 0.8,
        lost_share_max: Some(0.1),
    };
    let site = Site {
        site: SITE.into(),
        name: "Test".into(),
        time_zone: "UTC".into(),
        ring_cadence_us: 6_000_000,
        units: Vec::new(),
        queues: Vec::new(),
        targets: vec![target],
        hours: Vec::new(),
    };
    assert_eq!(filled.store.tell_sites(&[site], "sink-1", BEGIN_US).await.unwrap().len(), 1);
}

async fn every_question_has_an_answer(filled: &Filled) {
    tell_of_a_target(filled).await;
    beside::fill(&filled.store, SITE, &[("", ""), ("support", "parks")], BEGIN_US).await;
    filled.store.execute(EVENTS).await.unwrap();
    let text = include_str!("../../../docs/analysts.md");
    let questions: Vec<&str> = text.split("\n### ").skip(1).collect();
    for question in &questions {
        let (title, _) = question.split_once('\n').unwrap();
        let (_, sql) = question.split_once("```sql\n").unwrap();
        let (sql, _) = sql.split_once("```").unwrap();
        assert!(!rows(filled, sql).await.is_empty(), "{title}");
    }
    assert_eq!(questions.len(), 29);
}

async fn every_column_says_what_it_holds(filled: &Filled) {
    let sql = "SELECT concat(table, '.', name) FROM system.columns WHERE database = 'plain' AND comment = ''";
    assert_eq!(rows(filled, sql).await, [""; 0]);
}
