//! How long things cannot be kept.

use super::SMALL;
use crate::parse;

#[track_caller]
fn check(keys: &str, expect: &str) {
    let got = parse(&format!("{SMALL}\n[retention]\n{keys}\n"));
    let got = got.map_or_else(|error| error.to_string(), |_| "possible".to_owned());
    assert!(got.ends_with(expect), "{keys}: {got}");
}

#[test]
fn what_names_persons_goes_first_and_minutes_last() {
    check("", "possible");
    check("personal_days = 90\ncalls_days = 400\nminutes_days = 4000\nrejected_days = 30", "possible");
    check("personal_days = 90\ncalls_days = 90\nminutes_days = 90", "possible");
    check("personal_days = 90", "possible");
    for key in ["personal_days", "calls_days", "minutes_days", "rejected_days", "events_days"] {
        let expect =
            format!("retention.{key}: whole days from 1 to 36525; to keep it for ever, leave the key out");
        check(&format!("{key} = 0"), &expect);
    }
    check(
        "personal_days = 100\ncalls_days = 90",
        "with its call at the latest. Write at most 90, or leave the key out",
    );
    check(
        "minutes_days = 90",
        "retention.minutes_days: calls are kept for longer (for ever) than the minutes that count them: write calls_days of at most 90, or leave minutes_days out",
    );
    check("calls_days = 91\nminutes_days = 90", "of at most 90, or leave minutes_days out");
}

#[test]
fn events_are_kept_for_a_time_that_is_said_and_no_longer_than_their_calls() {
    let with = |keys: &str| {
        let text = format!("{SMALL}\n[sink]\ncall_events = true\n{keys}\n");
        parse(&text).map_or_else(|error| error.to_string(), |_| "possible".to_owned())
    };
    for without in ["", "[retention]\ncalls_days = 90"] {
        let said = with(without);
        assert!(said.contains("retention.events_days: sink.call_events keeps every event"), "{said}");
        assert!(said.contains("write events_days = 30 below [retention]"), "{said}");
    }
    assert_eq!(with("[retention]\nevents_days = 30"), "possible");
    assert_eq!(with("[retention]\nevents_days = 30\npersonal_days = 30\ncalls_days = 31"), "possible");
    check("events_days = 30", "possible");
    check(
        "events_days = 91\npersonal_days = 90\ncalls_days = 400",
        "with their calls at the latest. Write at most 90",
    );
    check("events_days = 91\ncalls_days = 90", "with their calls at the latest. Write at most 90");
}
