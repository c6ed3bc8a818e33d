//! `[alerts]`: what is impossible is told, and what a queue goes by.

use super::SMALL;
use crate::parse;

#[test]
fn alerts() {
    let alerts = |text: &str, expect: &str| {
        let changed = SMALL.replace("share = 0.8", &format!("share = 0.8\n{text}"));
        let error = parse(&changed).unwrap_err().to_string();
        assert!(error.contains(expect), "{text}: {error}");
    };
    let key = |text: &str, expect: &str| alerts(&format!("[alerts]\n{text}"), &format!("alerts.{expect}"));
    key("calls = 3", "calls: `calls` is no key; the keys here are longest_wait_operator_s");
    key("longest_wait_group_s = 0", "longest_wait_group_s: whole seconds from 1 to 86400");
    key("behind_s = 100000", "behind_s: whole seconds from 1 to 86400");
    key("calls_min = 0", "calls_min: at least 1");
    key("missing_window_min = 0", "missing_window_min: whole minutes from 1");
    key("missing_share_max = 1.0", "missing_share_max: a share between 0 and 1");
    key("undiverted_share_max = 1.0", "undiverted_share_max: a share between 0 and 1");
    key("direct_calls_min = 0", "direct_calls_min: at least 1");
    key("called_back_by = \"15\"", "called_back_by: `15` is no time of day");
    key("grafana_url = \"grafana\"", "grafana_url: an address such as");
    key("dashboard_language = \"de\"", "dashboard_language: ");
    let wait = |text: &str, expect: &str| alerts(&format!("[[alerts.longest_wait]]\n{text}"), expect);
    wait("queue = \"x\"\nover_s = 9", "alerts.longest_wait `x`: queue `x` is not among [[queues]]");
    wait("queue = \"switchboard\"\nover_s = 0", "alerts.longest_wait `switchboard`: whole seconds");
    let one = "queue = \"switchboard\"\nover_s = 9\n";
    wait(
        &format!("{one}[[alerts.longest_wait]]\n{one}"),
        "alerts.longest_wait `switchboard`: it stands there twice",
    );
    let burn = |text: &str, expect: &str| alerts(&format!("[alerts.fast]\n{text}"), expect);
    let whole = "window_min = 30\nshort_min = 5\ntimes = 2.0\nfor_min = 2";
    let with = |from: &str, to: &str, expect: &str| burn(&whole.replace(from, to), expect);
    with("for_min = 2", "", "alerts.fast: `for_min` is missing");
    with("= 30", "= 0", "alerts.fast: window_min is from 1 to 1440 minutes");
    with("= 5", "= 30", "alerts.fast: short_min is at least 1 and shorter");
    with("2.0", "0.5", "alerts.fast: times is from 1");
    with("2.0", "nan", "alerts.fast: times is from 1");
    with("= 30", "= 240", "alerts.slow.window_min: it is longer than alerts.fast.window_min");
}

#[test]
fn a_queue_goes_by_its_own_time_or_by_its_kind() {
    let own = "share = 0.8\n[alerts]\nlongest_wait_group_s = 400\n[[alerts.longest_wait]]\nqueue = \"switchboard\"\nover_s = 90";
    let config = parse(&SMALL.replace("share = 0.8", own)).unwrap();
    let found: Vec<u32> = config.queues.iter().map(|queue| config.alerts.longest_wait_s(queue)).collect();
    assert_eq!(found, [90, 400]);
    let config = parse(SMALL).unwrap();
    let found: Vec<u32> = config.queues.iter().map(|queue| config.alerts.longest_wait_s(queue)).collect();
    assert_eq!(found, [120, 300]);
}
