//! Every call of the recording, as each source alone tells it and as all of them do, against what the phones saw.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod gaps;
mod pairs;

use pairs::{
    AMI, CDR, CEL, QUEUE_LOG, analysed, errors_us, expected, paired, recording, text, truths, wrong,
};
use serde_json::Value;
use std::collections::BTreeMap;

const ANSWER_TIME_P95_US: i64 = 300_000;
/// A source that tells whole seconds is off by less than one at the answer and less than one at the arrival.
const WHOLE_SECONDS_US: i64 = 2_000_000;

#[test]
fn the_manager_interface() {
    let pairs = paired();
    assert_eq!(pairs.len(), 171);
    let mut found = Vec::new();
    let mut signals = 0;
    for pair in &pairs {
        found.extend(wrong(&pair.truth, &pair.call));
        let left = pair.truth["voicemail_left"].as_i64().unwrap_or(0) > 0;
        assert_eq!(pair.call["message_left"] == true, left, "{}", pair.truth["id"]);
        asked_for(&pair.truth, &pair.call);
        if let Some(seconds) = pair.truth["ring_s_answering_leg"].as_f64() {
            let wanted = (seconds / 6.0) as i64 + 1;
            assert_eq!(pair.call["ring_signals"].as_i64(), Some(wanted), "{}", pair.truth["id"]);
            signals += 1;
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    let errors = errors_us(pairs.iter().map(|pair| (&pair.truth, &pair.call)));
    assert_eq!((errors.len(), signals), (126, 115));
    assert!(errors[errors.len() * 95 / 100] < ANSWER_TIME_P95_US, "{errors:?}");
}

/// Whom the operator called, or sent the caller to, first; where nobody was, nobody was asked for.
fn asked_for(truth: &Value, call: &Value) {
    let transfers = truth["transfers"].as_array().map_or(&[][..], Vec::as_slice);
    let operator = text(call, "reach") == "operator";
    let by = |transfer: &&Value| transfer["by"] == call["answered_by"];
    let targets: Vec<&Value> = transfers.iter().filter(by).map(|transfer| &transfer["target"]).collect();
    match targets.iter().find(|target| target.is_string()) {
        Some(target) if operator => assert_eq!(call["asked_for"], **target, "{}", truth["id"]),
        None if targets.is_empty() => assert!(call["asked_for"].is_null(), "{}: {call}", truth["id"]),
        // Held for a consultation of which the phones do not say whom it was with.
        _ => {}
    }
    assert_eq!(call["left_on_hold"], false, "nobody hung up on hold");
}

#[test]
fn the_channel_event_log() {
    let (truths, calls) = (truths(), analysed(&[recording(CEL)]));
    assert!(calls.keys().eq(truths.keys()), "the same calls");
    let found: Vec<String> = truths.iter().flat_map(|(id, truth)| wrong(truth, &calls[id])).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
    truths.iter().for_each(|(id, truth)| asked_for(truth, &calls[id]));
    // Whether a message was stored is not in that log.
    assert!(calls.values().all(|call| call["message_left"] != true));
    let errors = errors_us(truths.iter().map(|(id, truth)| (truth, &calls[id])));
    assert_eq!(errors.len(), 126);
    assert!(errors[errors.len() * 95 / 100] < ANSWER_TIME_P95_US, "{errors:?}");
}

/// Calls whose outcome is told are told right; gives how many, and those of which it is not.
fn told_right(truths: &BTreeMap<String, Value>, calls: &BTreeMap<String, Value>) -> (usize, Vec<String>) {
    let mut right = 0;
    let mut unknown = Vec::new();
    for (id, call) in calls {
        let Some(truth) = truths.get(id) else {
            // Nobody's call: the source may not know that, but it must not say that somebody was lost or answered.
            assert_eq!(call["outcome"], "unknown", "{call}");
            unknown.push(id.clone());
            continue;
        };
        if call["outcome"] == "unknown" {
            unknown.push(id.clone());
            continue;
        }
        let (outcome, reach) = expected(text(truth, "outcome"));
        assert_eq!((text(call, "outcome"), text(call, "reach")), (outcome, reach), "{}: {call}", truth["id"]);
        assert_eq!(call["is_partial"], true, "{call}");
        right += 1;
    }
    (right, unknown)
}

#[test]
fn the_queue_log_as_far_as_it_can_know() {
    let (truths, calls) = (truths(), analysed(&[recording(QUEUE_LOG)]));
    let (right, unknown) = told_right(&truths, &calls);
    // All that came to a queue; and one visit of an operator who took a caller to a colleague.
    let queued =
        truths.values().filter(|truth| !truth["queue_visits"].as_array().unwrap().is_empty()).count();
    assert_eq!((right, unknown.len()), (queued, 1), "{unknown:?}");
    let both = truths.iter().filter_map(|(id, truth)| Some((truth, calls.get(id)?)));
    assert!(errors_us(both).iter().all(|error| *error < WHOLE_SECONDS_US));
    let cause_known =
        |call: &&Value| !["unknown", "group_timeout", ""].contains(&text(call, "operator_cause"));
    assert_eq!(calls.values().filter(cause_known).count(), 0, "the log does not tell why");
}

#[test]
fn call_records_as_far_as_they_can_know() {
    let (truths, calls) = (truths(), analysed(&[recording(CDR)]));
    let (right, unknown) = told_right(&truths, &calls);
    // Four callers hung up on by the dialplan behind a mailbox; one who calls while another call of his goes on.
    assert_eq!((right, unknown.len(), truths.len()), (166, 4, 171), "{unknown:?}");
    let both = truths.iter().filter_map(|(id, truth)| Some((truth, calls.get(id)?)));
    assert!(errors_us(both).iter().all(|error| *error < WHOLE_SECONDS_US));
}

#[test]
fn all_sources_together() {
    let files = [CDR, QUEUE_LOG, CEL, AMI].map(recording);
    let (truths, calls) = (truths(), analysed(&files));
    assert!(calls.keys().eq(truths.keys()), "the same calls");
    let found: Vec<String> = truths.iter().flat_map(|(id, truth)| wrong(truth, &calls[id])).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
    let four = |call: &&Value| call["sources"].as_array().unwrap().len() == 4;
    assert!(calls.values().filter(four).count() > 120, "most calls stand in all of them");
}
