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
    for key in ["personal_days", "calls_days", "minutes_days", "rejected_days"] {
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
