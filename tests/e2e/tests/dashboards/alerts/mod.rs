//! What Grafana's alert rules say of small stories in the tables: each is raised when it should be, and no other.

mod stories;
mod story;

use crate::grafana::{Range, with_macros};
use crate::sink_support::filled::put_calls;
use crate::sink_support::machine::{self, value};
use call::Outcome;
use e2e::Machine;
use jiff::Timestamp;
use serde_json::Value;
use std::process::Command;
use store::Store;
use story::Story;

/// A time, and what is raised then.
pub type Moment = (&'static str, &'static [&'static str]);

const CONFIG: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../services/svarstid/tests/alerts/svarstid.toml");

/// One rule of the file that is provisioned.
#[derive(Clone)]
struct Rule {
    kind: String,
    of: String,
    sql: String,
    over: f64,
}

fn rules() -> Vec<Rule> {
    let mut command = Command::new(e2e::program("svarstid"));
    let made = command.args(["--config", CONFIG, "alerts", "grafana"]).output().unwrap();
    let file: Value = serde_yaml_ng::from_slice(&made.stdout).unwrap();
    let groups = file["groups"].as_array().unwrap().iter();
    groups.flat_map(|group| group["rules"].as_array().unwrap()).map(rule).collect()
}

fn rule(rule: &Value) -> Rule {
    let labels = &rule["labels"];
    let of = ["target", "queue", "unit"].into_iter().find_map(|name| labels[name].as_str());
    let compared = &rule["data"][1]["model"];
    assert_eq!((&rule["condition"], &compared["type"]), (&"B".into(), &"threshold".into()));
    Rule {
        kind: labels["kind"].as_str().unwrap().trim_start_matches("Svarstid").to_owned(),
        // labels are templates
        of: of.unwrap_or_default().replace("{{ \"{{\" }}", "{{"),
        sql: rule["data"][0]["model"]["rawSql"].as_str().unwrap().to_owned(),
        over: compared["conditions"][0]["evaluator"]["params"][0].as_f64().unwrap(),
    }
}

/// Alerts that are raised at this moment: `Kind of`.
async fn raised(store: &Store, rules: &[Rule], at: &str) -> Vec<String> {
    let to = at.parse::<Timestamp>().unwrap().as_second();
    let mut raised = Vec::new();
    for rule in rules {
        let sql = with_macros(&rule.sql, Range { from: to - 3600, to, interval_s: 1 });
        let answer = value(store, &sql).await;
        let found: f64 = answer.parse().unwrap_or_else(|_| panic!("{}: `{answer}`\n{sql}", rule.kind));
        if found > rule.over {
            raised.push(format!("{} {}", rule.kind, rule.of).trim().to_owned());
        }
    }
    raised
}

#[tokio::test]
async fn each_alert_of_grafana_is_raised_when_it_should_be() {
    let machine = Machine::shared();
    let store = machine::store(&machine, "alerts").await;
    let rules = rules();
    assert!(rules.len() > 10);
    let mut moments = Vec::new();
    for (n, (story, expect)) in stories::all().into_iter().enumerate() {
        story.write(&store, &format!("story-{n}")).await;
        moments.extend_from_slice(expect);
    }
    assert_eq!(differing(&store, &rules, &moments).await, Vec::<String>::new());
    what_does_not_add_up_is_told(&store, &rules).await;
    each_condition_is_seen_by_a_story(&store, &rules, &moments).await;
}

/// Moments at which something else is raised than should be.
async fn differing(store: &Store, rules: &[Rule], moments: &[Moment]) -> Vec<String> {
    let mut differing = Vec::new();
    for (at, expect) in moments {
        let mut expect: Vec<String> = expect.iter().map(|text| (*text).to_owned()).collect();
        let mut found = raised(store, rules, at).await;
        expect.sort();
        found.sort();
        if found != expect {
            differing.push(format!("{at}: {found:?} instead of {expect:?}"));
        }
    }
    differing
}

/// Each is taken out of the rules that have it.
async fn each_condition_is_seen_by_a_story(store: &Store, rules: &[Rule], moments: &[Moment]) {
    for (part, instead) in [
        ("AND minute <= $__toTime) AS heard_at", ") AS heard_at"),
        ("heard_at >= $__toTime - 300 AND ", ""),
        ("toDayOfWeek($__toTime, 0, 'Europe/Stockholm') IN (1, 2, 3, 4, 5) AND ", "true OR "),
        ("presented >= 20 AND ", ""),
        ("before >= 20 AND ", ""),
        ("heard_s >= 0.9 * 900 AND ", ""),
        ("subtractWeeks(begins, 1)", "begins - 604800"),
        (" - 5 * 60", " - 30 * 60"),
        ("sum(direct_calls) >= 10", "true"),
        (">= 900", ">= 0"),
        ("AND arrived_at < toStartOfDay($__toTime, 'Europe/Stockholm') + 900 * 60", ""),
    ] {
        let whole: Vec<Rule> = rules.iter().filter(|rule| rule.sql.contains(part)).cloned().collect();
        assert!(!whole.is_empty(), "{part} is in no rule");
        let without: Vec<Rule> =
            whole.iter().map(|rule| Rule { sql: rule.sql.replace(part, instead), ..rule.clone() }).collect();
        let mut is_missed = false;
        for (at, _) in moments {
            is_missed |= raised(store, &whole, at).await != raised(store, &without, at).await;
            if is_missed {
                break;
            }
        }
        assert!(is_missed, "no story misses {part}");
    }
}

async fn what_does_not_add_up_is_told(store: &Store, rules: &[Rule]) {
    let at = "2026-07-06T09:30:00Z";
    Story::default().heard("2026-07-06T05:00Z", "2026-07-06T10:00Z").write(store, "alone").await;
    let alone = Story::default().call("2026-07-06T07:00:00Z", |call| call.outcome = Outcome::Answered);
    put_calls(store, "lonely", &alone.calls).await;
    let refused = "INSERT INTO rejected (site, stage, source_position, rejected_at, reason) \
        VALUES ('town', 'collector', '1:2', '2026-07-06 09:00:00', 'malformed')";
    store.execute(refused).await.unwrap();
    assert_eq!(raised(store, rules, at).await, ["InvariantBroken", "RecordsRejected"]);
    assert_eq!(raised(store, rules, "2026-07-08T09:30:00Z").await, ["FiguresStill", "Gap"]);
}
