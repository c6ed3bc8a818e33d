use super::cases;
use super::tools::{run, said, tool};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use tidy::root;

pub const CONFIG: &str = "services/svarstid/tests/alerts/svarstid.toml";

pub fn rules(config: &str) -> String {
    made(config, "prometheus")
}

/// What `svarstid alerts` prints.
fn made(config: &str, kind: &str) -> String {
    let mut program = Command::new(env!("CARGO_BIN_EXE_svarstid"));
    program.env_clear().arg("--config").arg(root().join(config)).args(["alerts", kind]);
    let output = program.output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// Every rule as Prometheus would read it.
fn parsed(text: &str) -> Vec<Value> {
    let file: Value = serde_yaml_ng::from_str(text).unwrap();
    let groups = file["groups"].as_array().unwrap().iter();
    groups.flat_map(|group| group["rules"].as_array().unwrap().clone()).collect()
}

/// What promtool says of these stories under these rules, which are of this set.
fn play(rules: &str, set: cases::Set, stories: &[&cases::Story]) -> Option<(bool, String)> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rules.yml"), rules).unwrap();
    let stories: Vec<Value> = stories.iter().map(|story| story.test(set.sampled)).collect();
    let tests = json!({"rule_files": ["rules.yml"], "evaluation_interval": set.every, "tests": stories});
    std::fs::write(folder.path().join("tests.yml"), tests.to_string()).unwrap();
    let mut promtool = tool("promtool")?;
    promtool.args(["test", "rules", "tests.yml"]).current_dir(folder.path());
    let output = run(promtool, "");
    Some((output.status.success(), said(&output)))
}

#[test]
fn alerts_are_raised_when_they_should_and_not_otherwise() {
    for set in cases::SETS {
        let stories: Vec<_> = set.stories.iter().collect();
        let Some((is_well, said)) = play(&rules(CONFIG), set, &stories) else { return };
        assert!(is_well, "{said}");
    }
}

#[test]
fn every_alert_has_a_story_in_which_it_is_raised() {
    let raised: BTreeSet<&str> = cases::all()
        .flat_map(|story| story.moments.iter().flat_map(|(_, raised)| raised.iter()))
        .map(|raised| raised.split(' ').next().unwrap())
        .collect();
    let parsed = parsed(&rules(CONFIG));
    let known: BTreeSet<&str> = parsed.iter().map(|rule| rule["alert"].as_str().unwrap()).collect();
    assert_eq!(raised, known);
}

/// Each condition of a rule is there for a story, which fails without it.
#[test]
fn the_stories_see_what_is_left_out_of_a_rule() {
    let good = rules(CONFIG);
    for (part, instead, story) in [
        (
            r#"> 120
      and on (site) (max by (site) (svarstid_processor_open{site="town",queue="board"}) == 1)"#,
            "> 120",
            "somebody waits at a closed switchboard",
        ),
        (">= 20", ">= 1", "one of two lost at night"),
        ("[5m]", "[30m]", "better again: the short window ends it"),
        (
            "keep_firing_for: 1m",
            "keep_firing_for: 0s",
            "the first is answered, and the next has waited for less",
        ),
        ("> 120", "> 1200", "a caller waits for long, and is answered"),
        (
            "unless on () (max(min_over_time(svarstid_processor_lag_records[2m])) > 1000)",
            "",
            "a processor that catches up has only heard old news",
        ),
        (
            "or (svarstid_processor_invariant_violations_total > 0 unless svarstid_processor_invariant_violations_total offset 1h)",
            "",
            "an invariant is broken, by a counter that was at zero and by one that was not there",
        ),
        (
            "min_over_time(svarstid_processor_catch_up_seconds[5m]) > 600\n    for: 5m",
            "svarstid_processor_catch_up_seconds > 600\n    for: 0s",
            "a busy processor is never quite done, which is well",
        ),
        (
            r#"min_over_time(svarstid_processor_open{site="town",queue=~"board"}[15m])"#,
            r#"max_over_time(svarstid_processor_open{site="town",queue=~"board"}[15m])"#,
            "the switchboard has just opened",
        ),
        (
            r#"min by (site) (min_over_time(svarstid_processor_open{site="town",queue=~"board"}"#,
            r#"max by (site) (min_over_time(svarstid_processor_open{site="town"}"#,
            "a holiday: the switchboard is closed, and the other queue is not",
        ),
        (
            r#"and on (site) (time() - max by (site) (svarstid_processor_watermark_timestamp_seconds{site="town"}) < 120)"#,
            "",
            "nothing is heard, so that nobody calls is not known",
        ),
        ("[15m] offset 1w)) >= 20", "[15m] offset 1w)) >= 1", "a week ago there were few"),
    ] {
        assert!(good.contains(part), "{part} is in no rule");
        let is_it = |one: &&cases::Story| one.name == story;
        let set = cases::SETS.into_iter().find(|set| set.stories.iter().any(|one| is_it(&one))).unwrap();
        let story = set.stories.iter().find(is_it).unwrap();
        let Some((is_well, said)) = play(&good.replace(part, instead), set, &[story]) else { return };
        assert!(!is_well && said.contains("got:"), "`{}` does not miss {part}: {said}", story.name);
    }
}

#[test]
fn links_lead_to_dashboards_of_the_chosen_language() {
    let folder = tempfile::tempdir().unwrap();
    let swedish = std::fs::read_to_string(root().join(CONFIG)).unwrap();
    assert!(rules(CONFIG).contains("/d/svarstid-wall-sv?") && !rules(CONFIG).contains("-en?"));
    let english = swedish.replace("[alerts]", "[alerts]\ndashboard_language = \"en\"");
    std::fs::write(folder.path().join("svarstid.toml"), english).unwrap();
    let english = rules(folder.path().join("svarstid.toml").to_str().unwrap());
    for link in parsed(&english)
        .iter()
        .flat_map(|rule| [&rule["annotations"]["dashboard"], &rule["annotations"]["calls"]])
    {
        assert!(link.as_str().is_none_or(|link| link.split('?').next().unwrap().ends_with("-en")), "{link}");
        check_link(link.as_str().unwrap_or_default());
    }
}

#[test]
fn every_alert_says_what_happened_and_what_to_do() {
    let document = std::fs::read_to_string(root().join("docs/alerts.md")).unwrap();
    let all = [rules(CONFIG), made(CONFIG, "grafana")].map(|text| parsed(&text)).concat();
    for rule in all {
        let alert = rule["alert"].as_str().or_else(|| rule["labels"]["kind"].as_str()).unwrap();
        let says = |name: &str| rule["annotations"][name].as_str().unwrap_or_default().to_owned();
        assert!(says("summary").len() > 20 && says("description").len() > 80, "{rule}");
        assert!(says("dashboard").starts_with("https://grafana.example.org/d/svarstid-"), "{rule}");
        check_link(&says("dashboard"));
        check_link(&says("calls"));
        assert_eq!(says("runbook_url"), format!("docs/alerts.md#{}", alert.to_lowercase()));
        assert!(document.contains(&format!("\n### {alert}\n")), "docs/alerts.md has no chapter {alert}");
        // Grafana would put its environment there.
        assert!(!is_of_grafana(&rule) || !rule.to_string().replace("$__toTime", "").contains('$'), "{rule}");
        assert!(["page", "ticket"].contains(&rule["labels"]["severity"].as_str().unwrap()));
        if alert == "SvarstidLongestWait" && rule["labels"]["unit"].is_string() {
            // a template that Prometheus makes the unit's name of
            assert_eq!(rule["labels"]["unit"], "Växeln {{ \"{{\" }}1}}");
        }
    }
}

fn is_of_grafana(rule: &Value) -> bool {
    rule["uid"].is_string()
}

/// As Grafana wants them: a name of its own for each rule, short enough, and a condition that is among what is asked.
#[test]
fn grafanas_rules_are_such_as_it_takes() {
    let rules = parsed(&made(CONFIG, "grafana"));
    let names: BTreeSet<&str> = rules.iter().map(|rule| rule["title"].as_str().unwrap()).collect();
    let uids: BTreeSet<&str> = rules.iter().map(|rule| rule["uid"].as_str().unwrap()).collect();
    assert_eq!((names.len(), uids.len()), (rules.len(), rules.len()));
    for rule in &rules {
        assert!(rule["uid"].as_str().unwrap().len() <= 40 && rule["title"].as_str().unwrap().len() <= 190);
        let data = rule["data"].as_array().unwrap();
        assert!(data.iter().any(|one| one["refId"] == rule["condition"]), "{rule}");
        for one in data {
            assert_eq!(one["refId"], one["model"]["refId"]);
            let uid = &one["model"]["datasource"]["uid"];
            assert!(
                one["datasourceUid"] == *uid
                    && ["svarstid-clickhouse", "__expr__"].contains(&uid.as_str().unwrap())
            );
        }
        assert!(
            rule["for"].is_string() && rule["noDataState"].is_string() && rule["execErrState"].is_string()
        );
    }
    // That ClickHouse does not answer is told once.
    let of_errors: Vec<&Value> = rules.iter().filter(|rule| rule["execErrState"] != "OK").collect();
    assert_eq!(of_errors.len(), 1);
    assert_eq!(of_errors[0]["labels"]["kind"], "SvarstidFiguresStill");
}

/// The dashboard is there, and has the variables that the link sets.
fn check_link(link: &str) {
    let Some((_, link)) = link.split_once("/d/") else { return };
    let (uid, query) = link.split_once('?').unwrap_or((link, ""));
    let folders = ["sv", "en"].map(|language| root().join("grafana/dashboards").join(language));
    let boards = folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap().flatten());
    let read = |file: std::fs::DirEntry| std::fs::read_to_string(file.path()).unwrap();
    let boards = boards.map(|file| serde_json::from_str::<Value>(&read(file)).unwrap());
    let board = boards.into_iter().find(|board| board["uid"] == uid);
    assert!(board.is_some(), "no dashboard {uid}");
    let board = board.unwrap();
    let variables: Vec<&Value> =
        board["templating"]["list"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    for name in query.split('&').filter_map(|part| part.strip_prefix("var-")?.split('=').next()) {
        assert!(variables.iter().any(|known| **known == name), "{uid} has no variable {name}");
    }
}

#[test]
fn promtool_accepts_the_rules_of_every_configuration_here() {
    for config in [CONFIG, "deploy/svarstid.toml", "tests/recordings/asterisk22/svarstid.toml"] {
        let text = rules(config);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("rules.yml");
        std::fs::write(&file, &text).unwrap();
        let Some(mut promtool) = tool("promtool") else { return };
        promtool.args(["check", "rules", "--lint=all", "--lint-fatal"]).arg(&file);
        let output = run(promtool, "");
        assert!(output.status.success(), "{config}: {}", said(&output));
    }
}

#[test]
fn the_files_for_docker_are_accepted_and_current() {
    let made = std::fs::read_to_string(root().join("deploy/alerts.yml")).unwrap();
    let how = "svarstid --config deploy/svarstid.toml alerts prometheus --output deploy/alerts.yml";
    assert!(made == rules("deploy/svarstid.toml"), "deploy/alerts.yml is not current: {how}");
    let made = std::fs::read_to_string(root().join("grafana/provisioning/alerting/svarstid.yml")).unwrap();
    let how = "svarstid --config deploy/svarstid.toml alerts grafana --output grafana/provisioning/alerting/svarstid.yml";
    assert!(
        without_dates(&made) == without_dates(&self::made("deploy/svarstid.toml", "grafana")),
        "not current: {how}"
    );
    if let Some(mut amtool) = tool("amtool") {
        amtool.arg("check-config").arg(root().join("deploy/alertmanager.yml"));
        let output = run(amtool, "");
        assert!(output.status.success(), "{}", said(&output));
    }
    assert!(Path::new(&root().join("deploy/prometheus.yml")).exists());
    if let Some(mut promtool) = tool("promtool") {
        promtool.args(["check", "config", "--syntax-only"]).arg(root().join("deploy/prometheus.yml"));
        let output = run(promtool, "");
        assert!(output.status.success(), "{}", said(&output));
    }
}

/// The closed days of the next years change with the year.
fn without_dates(text: &str) -> String {
    regex::Regex::new(r"'20\d\d-\d\d-\d\d'(, )?").unwrap().replace_all(text, "").into_owned()
}

/// Who is told of what, by deploy/alertmanager.yml.
#[test]
fn alerts_go_to_the_unit_that_can_do_something() {
    let receiver = |labels: &[&str]| {
        let mut amtool = tool("amtool")?;
        amtool.args(["config", "routes", "test"]);
        amtool
            .arg(format!("--config.file={}", root().join("deploy/alertmanager.yml").display()))
            .args(labels);
        let output = run(amtool, "");
        Some(String::from_utf8(output.stdout).unwrap().trim().to_owned())
    };
    let wait = receiver(&["alertname=SvarstidLongestWait", "severity=page", "unit=Switchboard"]);
    let Some(wait) = wait else { return };
    // Everything is in the history, too.
    assert_eq!(wait, "history,switchboard");
    assert_eq!(receiver(&["alertname=SvarstidSourceSilent", "severity=page"]).unwrap(), "history,operations");
    assert_eq!(receiver(&["alertname=SvarstidLongestWait", "unit=Elsewhere"]).unwrap(), "history,operations");
}
