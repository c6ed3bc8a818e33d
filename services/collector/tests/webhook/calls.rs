//! From what a PBX posts to calls.

use crate::endpoint::{Endpoint, config, example};
use call::{Call, Direction, Outcome, Reach, SourceAssembler, SourceKind};
use std::collections::BTreeMap;
use std::sync::Arc;

#[test]
fn the_examples_come_out_of_the_spool_as_what_they_say_and_become_calls() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = Endpoint::open(folder.path());
    let mut kinds = Vec::new();
    for name in ["answered-call.ndjson", "lost-call.ndjson", "the-others.ndjson"] {
        let lines = example(name);
        let events: Vec<serde_json::Value> =
            lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        kinds.extend(
            events.iter().map(|event| event["event"].as_object().unwrap().keys().next().unwrap().clone()),
        );
        assert_eq!(endpoint.post_lines(&lines).counts(), (events.len() as u64, 0));
    }
    let events = endpoint.events();
    let words: Vec<&str> = events.iter().map(|event| event.body.word()).collect();
    assert_eq!(words, kinds);
    let plan = Arc::new(config(folder.path(), |_| {}).site_plan().unwrap());
    let mut assembler = SourceAssembler::new(SourceKind::Webhook, "falkenberg", plan);
    let mut calls: BTreeMap<String, Call> = BTreeMap::new();
    for event in &events {
        for call in assembler.apply(event).changed {
            calls.insert(call.call_id.to_string(), call);
        }
    }
    let external: Vec<&Call> = calls.values().filter(|call| call.direction == Direction::External).collect();
    let [answered, lost] = external[..] else { panic!("{calls:?}") };
    assert_eq!(
        (answered.outcome, answered.reach, answered.is_final),
        (Outcome::Answered, Reach::Operator, true)
    );
    assert_eq!(answered.answer_time_us(), Some(8_000_000));
    assert_eq!((lost.outcome, lost.reach, lost.is_final), (Outcome::Abandoned, Reach::Lost, true));
    assert_eq!(lost.lost_after_us(), Some(31_000_000));
    endpoint.close().unwrap();
}

#[test]
fn no_outside_number_or_name_is_readable_in_the_spool() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = Endpoint::open(folder.path());
    assert_eq!(endpoint.post_lines(&example("answered-call.ndjson")).status, 202);
    let bad = r#"{"id":"1","dialled":"+46 70-174 06 05","caller":"\u0030701740605","caller_name":"Anna"}"#;
    for bad in [bad.to_owned(), bad.replace("\"id\":\"1\"", "\"id\":701740605")] {
        assert_eq!(endpoint.post_lines(&bad).status, 400);
    }
    let text = endpoint.metrics.text().unwrap();
    endpoint.close().unwrap();
    let mut seen = text.into_bytes();
    for file in std::fs::read_dir(folder.path().join("spool")).unwrap() {
        seen.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    let seen = String::from_utf8_lossy(&seen);
    assert!(
        seen.contains("0846500400") && seen.contains("dialled"),
        "the site's own numbers and what is wrong stay"
    );
    for hidden in ["701740605", "174 06", "Anna"] {
        assert!(!seen.contains(hidden), "{hidden}");
    }
}
