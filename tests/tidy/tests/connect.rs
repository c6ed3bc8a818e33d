//! What docs/connect-asterisk.md tells a stranger to write is what the program needs.
#![expect(clippy::unwrap_used, reason = "helpers of tests: a failed step is a failed test")]

use tidy::root;

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

#[test]
fn the_event_filters_are_those_of_the_example_configuration() {
    let configuration = config::parse(&text("deploy/svarstid.toml")).unwrap();
    let expect = pbx::asterisk::ami::filters(&configuration.dialect().unwrap());
    let guide = text("docs/connect-asterisk.md");
    let found: Vec<&str> = guide.lines().filter_map(|line| line.strip_prefix("eventfilter = ")).collect();
    assert_eq!(found, expect);
}

#[test]
fn the_user_events_of_the_dialplan_are_those_of_the_example_configuration() {
    let diversions = config::parse(&text("deploy/svarstid.toml")).unwrap().pbx.diversions;
    let guide = text("docs/connect-asterisk.md");
    let named = [diversions.not_diverted, diversions.diverted, diversions.set, diversions.cleared];
    for event in named.into_iter().flatten() {
        let start = format!("UserEvent({},", event.user_event);
        let line = guide.lines().find(|line| line.contains(&start)).unwrap_or_else(|| panic!("no {start}…"));
        let fields = [Some(event.sought), event.dial_status, event.kind, event.reason, event.target];
        for field in fields.into_iter().flatten() {
            assert!(line.contains(&format!("{field}: ")), "{field} is missing in {line}");
        }
    }
}
