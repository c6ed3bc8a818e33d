use super::tools::{run, said, tool};
use serde_json::{Value, json};
use tidy::root;

/// Questions to Prometheus of every panel, with something in the place of each variable.
fn questions() -> Vec<String> {
    let files = std::fs::read_dir(root().join("grafana/dashboards/en")).unwrap();
    let read = |file: std::fs::DirEntry| std::fs::read_to_string(file.path()).unwrap();
    let boards: Vec<Value> = files.map(|file| serde_json::from_str(&read(file.unwrap())).unwrap()).collect();
    let panels = boards.iter().flat_map(|board| board["panels"].as_array().unwrap());
    let targets = panels.flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    let variable = regex::Regex::new(r"\$(\w+)").unwrap();
    let filled = |question: &str| {
        let put_in = |name: &regex::Captures<'_>| match &name[1] {
            "__rate_interval" | "__range" | "__interval" => "5m",
            _ => ".*",
        };
        variable.replace_all(question, put_in).into_owned()
    };
    targets.filter_map(|target| target["expr"].as_str()).map(filled).collect()
}

/// Prometheus reads every question of the dashboards, and not one that is wrong.
#[test]
fn promtool_reads_every_question_of_the_dashboards() {
    let check = |questions: &[String]| {
        let rules: Vec<Value> = questions
            .iter()
            .enumerate()
            .map(|(n, question)| json!({"record": format!("question:{n}"), "expr": question}))
            .collect();
        let file = json!({"groups": [{"name": "questions", "rules": rules}]});
        let mut promtool = tool("promtool")?;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("questions.yml");
        std::fs::write(&path, file.to_string()).unwrap();
        promtool.args(["check", "rules", "--lint=none"]).arg(path);
        let output = run(promtool, "");
        Some((output.status.success(), said(&output)))
    };
    let mut questions = questions();
    assert!(questions.len() > 10);
    let Some((is_well, said)) = check(&questions) else { return };
    assert!(is_well, "{said}");
    questions.push("sum by (site (up)".to_owned());
    assert!(!check(&questions).unwrap().0);
}
