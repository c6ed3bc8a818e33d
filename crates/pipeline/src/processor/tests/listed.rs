//! Imported call lists: alone, and at a site with sources that listen.

use super::several::{AMI, SECOND, START_US, Script, call_events, with};
use super::*;
use call::event::{CallRecord, DialStatus};
use call::{Outcome, Party};

const LIST: SourceKind = SourceKind::CsvImport;
const DAY: i64 = 24 * 3600;

/// A call that gave up after 8 s, as a list tells it.
fn row(script: &mut Script, at_s: i64, id: &str) {
    let at_us = START_US + at_s * SECOND;
    let record = CallRecord {
        caller_device: Some("trunk".into()),
        caller: Party::Unknown,
        dialled: Party::Own("101".into()),
        queue: None,
        target: None,
        answered_us: None,
        ended_us: Some(at_us + 8 * SECOND),
        status: DialStatus::Cancel,
        mailbox: false,
    };
    script.say(LIST, at_us, id, Body::CallRecorded(Box::new(record)));
    // It is read now.
    if let Some(event) = script.events.last_mut() {
        event.received_us = START_US + 600 * SECOND;
    }
}

/// The manager interface from the beginning on, with one call that is given up.
fn listen(script: &mut Script, from_s: i64, to_s: i64) {
    script.heartbeats(AMI, from_s, from_s + 10);
    for (at_s, leg, body) in call_events(from_s + 20, "live", false) {
        script.say(AMI, START_US + at_s * SECOND, &leg, body);
    }
    script.heartbeats(AMI, from_s + 40, to_s);
}

/// Ids and outcomes.
fn told(seen: &Seen) -> Vec<(&str, Outcome)> {
    seen.calls.values().map(|call| (call.call_id.trim_start_matches("vik/"), call.outcome)).collect()
}

fn offered(seen: &Seen) -> i64 {
    let of_site = seen.figures().into_iter().filter(|(key, _)| key.dimension == kpi::Dimension::Site);
    of_site.map(|(_, pane)| pane.offered()).sum()
}

/// The same, killed and restored on the way.
fn run_both(sources: &[SourceKind], script: &Script) -> (Seen, Changelog) {
    let straight = run_in(&with(sources), &script.events, &|n| n % 3 == 0, &never);
    let killed = run_in(&with(sources), &script.events, &|n| n % 3 == 0, &|n| n % 7 == 5);
    assert_eq!(killed.0, straight.0, "killed and restored");
    straight
}

#[test]
fn what_was_before_a_live_source_listened_is_told_by_the_list_and_moves_nothing() {
    let mut script = Script::default();
    listen(&mut script, 0, 500);
    let before_us = run_both(&[AMI], &script).1.sites[SITE].watermark_us;
    for (id, at_s) in [("a", -30 * DAY), ("b", -29 * DAY), ("c", -60)] {
        row(&mut script, at_s, id);
    }
    // The live source heard this one, under another name.
    row(&mut script, 20, "d");
    let (seen, state) = run_both(&[AMI], &script);
    let lost = Outcome::Abandoned;
    assert_eq!(told(&seen), [("a", lost), ("b", lost), ("c", lost), ("live", lost)]);
    assert_eq!(offered(&seen), 4);
    assert!(seen.corrections.keys().any(|(_, call_id, _)| &**call_id == "vik/a"), "its minute was over");
    assert!(seen.calls["vik/a"].is_final && !seen.calls["vik/c"].is_final, "ended in the list's own time");
    assert_eq!(state.sites[SITE].watermark_us, before_us);
    assert!(state.told.is_empty(), "the live source is alone still");
    script.heartbeats(AMI, 500, 900);
    let (later, _) = run_both(&[AMI], &script);
    assert_eq!((told(&later), offered(&later)), (told(&seen), 4));
}

#[test]
fn a_list_does_not_wait_for_a_live_source_that_has_not_spoken() {
    let mut script = Script::default();
    row(&mut script, -DAY, "a");
    row(&mut script, -DAY + 60, "b");
    let (seen, _) = run_both(&[AMI], &script);
    assert_eq!((told(&seen).len(), offered(&seen)), (2, 2));
    listen(&mut script, 0, 500);
    let (seen, _) = run_both(&[AMI], &script);
    assert_eq!((told(&seen).len(), offered(&seen)), (3, 3));
    assert!(seen.calls["vik/live"].is_final && !seen.calls["vik/live"].is_partial);
}

#[test]
fn lists_alone_are_told_in_whatever_order_they_are_imported() {
    let days = |order: &[i64]| {
        let mut script = Script::default();
        for day in order {
            (0..9).for_each(|n| row(&mut script, day * DAY + n * 3600, &format!("{day}-{n}")));
        }
        let (seen, _) = run_both(&[], &script);
        assert_eq!((seen.calls.len(), offered(&seen)), (27, 27));
        let over = seen.calls.values().filter(|call| call.is_final).count();
        (seen.figures(), over)
    };
    let (in_order, over) = days(&[-3, -2, -1]);
    let (out_of_order, over_too) = days(&[-1, -3, -2]);
    assert_eq!(in_order, out_of_order);
    assert!(over >= 18 && over_too >= 18, "{over} and {over_too} are told to their end");
}

/// A site that has imported lists gets a live source later.
#[test]
fn a_live_source_takes_over_from_lists() {
    let mut script = Script::default();
    row(&mut script, -DAY, "a");
    listen(&mut script, 0, 500);
    row(&mut script, -DAY + 60, "b");
    row(&mut script, -DAY + 20_000, "c");
    script.heartbeats(AMI, 500, 900);
    let (seen, state) = run_both(&[], &script);
    assert_eq!((told(&seen).len(), offered(&seen)), (4, 4));
    assert!(seen.calls["vik/a"].is_final && seen.calls["vik/b"].is_final);
    assert_eq!(state.sites[SITE].watermark_us, START_US + 890 * SECOND - 5 * SECOND);
    assert!(state.told.is_empty());
}
