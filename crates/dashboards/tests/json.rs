//! What must hold of the JSON, read as Grafana reads it, in both languages.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use dashboards::{ANY, CLICKHOUSE, Language, PROMETHEUS, REPOSITORY, dashboards, files};
use regex::Regex;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// Every file with its path and content.
fn all() -> Vec<(String, Value)> {
    let parsed = |file: dashboards::File| (file.path, serde_json::from_str(&file.text).unwrap());
    files().into_iter().map(parsed).collect()
}

fn panels(dashboard: &Value) -> impl Iterator<Item = &Value> {
    dashboard["panels"].as_array().unwrap().iter()
}

/// Those that show something, without the headings of rows.
fn shown(dashboard: &Value) -> impl Iterator<Item = &Value> {
    panels(dashboard).filter(|panel| panel["type"] != "row")
}

/// Every text in a JSON value.
fn texts<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(list) => list.iter().for_each(|value| texts(value, found)),
        Value::Object(map) => map.values().for_each(|value| texts(value, found)),
        _ => {}
    }
}

#[test]
fn the_committed_files_are_current() {
    let mut kept: BTreeSet<String> = BTreeSet::new();
    for language in ["en", "sv"] {
        for entry in std::fs::read_dir(root().join("grafana/dashboards").join(language)).unwrap() {
            kept.insert(format!("{language}/{}", entry.unwrap().file_name().to_str().unwrap()));
        }
    }
    assert_eq!(
        kept,
        files().into_iter().map(|file| file.path).collect(),
        "`make dashboards`, and remove old ones"
    );
    for file in files() {
        let path = format!("grafana/dashboards/{}", file.path);
        assert!(read(&path) == file.text, "{path} is not what the code makes: `make dashboards`");
    }
}

#[test]
fn no_panel_lies_on_another_and_none_sticks_out() {
    for (path, dashboard) in all() {
        let mut taken = BTreeSet::new();
        for panel in panels(&dashboard) {
            let at = |key: &str| panel["gridPos"][key].as_u64().unwrap();
            assert!(at("x") + at("w") <= 24, "{path}: {}", panel["title"]);
            for x in at("x")..at("x") + at("w") {
                for y in at("y")..at("y") + at("h") {
                    assert!(taken.insert((x, y)), "{path}: {} lies on another", panel["title"]);
                }
            }
        }
    }
}

#[test]
fn every_panel_has_title_unit_and_description_in_both_languages() {
    for dashboard in dashboards() {
        let [english, swedish] = Language::ALL.map(|language| dashboard.json(language));
        assert_ne!(english["title"], swedish["title"]);
        assert_ne!(english["description"], swedish["description"]);
        assert_eq!(panels(&english).count(), panels(&swedish).count());
        for (english, swedish) in shown(&english).zip(shown(&swedish)) {
            for panel in [english, swedish] {
                let title = panel["title"].as_str().unwrap();
                assert!(!title.is_empty(), "{panel}");
                assert!(panel["description"].as_str().unwrap().len() > 40, "{title}");
                assert!(!panel["fieldConfig"]["defaults"]["unit"].as_str().unwrap().is_empty(), "{title}");
                assert!(!panel["fieldConfig"]["defaults"]["noValue"].as_str().unwrap().is_empty(), "{title}");
            }
            assert_ne!(english["description"], swedish["description"], "not translated");
        }
    }
}

#[test]
fn both_languages_ask_the_same() {
    for dashboard in dashboards() {
        let questions = |language| {
            let json = dashboard.json(language);
            let targets = shown(&json).map(|panel| {
                let mut targets = panel["targets"].clone();
                for target in targets.as_array_mut().unwrap() {
                    target.as_object_mut().unwrap().remove("legendFormat");
                }
                targets
            });
            let marked = json["annotations"]["list"].as_array().unwrap().iter().map(|a| a["target"].clone());
            targets.chain(marked).collect::<Vec<_>>()
        };
        assert_eq!(questions(Language::En), questions(Language::Sv), "{}", dashboard.name);
    }
}

#[test]
fn ids_are_unique_and_stay() {
    let mut uids = BTreeSet::new();
    for (path, dashboard) in all() {
        let uid = dashboard["uid"].as_str().unwrap().to_owned();
        let (language, name) = path.trim_end_matches(".json").split_once('/').unwrap();
        assert_eq!(uid, format!("svarstid-{name}-{language}"));
        assert!(uid.len() <= 40, "Grafana's limit: {uid}");
        assert!(uids.insert(uid));
        assert_eq!(dashboard["schemaVersion"], 37);
        let ids: BTreeSet<u64> = panels(&dashboard).map(|panel| panel["id"].as_u64().unwrap()).collect();
        assert_eq!(ids.len(), panels(&dashboard).count(), "{path}");
        for panel in shown(&dashboard) {
            let names =
                panel["targets"].as_array().unwrap().iter().map(|target| target["refId"].as_str().unwrap());
            let unique: BTreeSet<&str> = names.clone().collect();
            assert_eq!(unique.len(), names.count(), "{path}: {}", panel["title"]);
        }
    }
    let expect = ["calls", "departments", "health", "policy", "switchboard", "wall"];
    let expect: BTreeSet<String> =
        expect.iter().flat_map(|name| ["en", "sv"].map(|l| format!("svarstid-{name}-{l}"))).collect();
    assert_eq!(uids, expect, "bookmarks and links lead to these");
}

#[test]
fn every_query_has_a_data_source_that_is_provisioned() {
    let provisioned = read("grafana/provisioning/datasources/clickhouse.yml");
    for (kind, uid) in [CLICKHOUSE, PROMETHEUS] {
        assert!(
            provisioned.contains(&format!("uid: {uid}")) && provisioned.contains(&format!("type: {kind}"))
        );
    }
    let is_known = |source: &Value| {
        [CLICKHOUSE, PROMETHEUS].iter().any(|(kind, uid)| source["type"] == *kind && source["uid"] == *uid)
    };
    for (path, dashboard) in all() {
        for panel in shown(&dashboard) {
            assert!(is_known(&panel["datasource"]), "{path}: {}", panel["title"]);
            let targets = panel["targets"].as_array().unwrap();
            assert!(!targets.is_empty(), "{path}: {}", panel["title"]);
            for target in targets {
                assert_eq!(target["datasource"], panel["datasource"], "{path}: {}", panel["title"]);
                assert_eq!(target["rawSql"].is_string(), target["datasource"]["uid"] == CLICKHOUSE.1);
                // the backend reads the number, the editor the word
                if target["rawSql"].is_string() {
                    let is_over_time = panel["type"] == "timeseries";
                    assert_eq!(target["format"], i32::from(!is_over_time));
                    assert_eq!(target["queryType"], if is_over_time { "timeseries" } else { "table" });
                }
            }
        }
        for annotation in dashboard["annotations"]["list"].as_array().unwrap() {
            assert!(
                is_known(&annotation["datasource"])
                    && annotation["datasource"] == annotation["target"]["datasource"]
            );
        }
    }
}

/// The variables that a text of Grafana names, without its own.
fn variables_in(text: &str, pattern: &Regex) -> BTreeSet<String> {
    let names =
        pattern.captures_iter(text).map(|found| found.get(1).or(found.get(2)).unwrap().as_str().to_owned());
    names.filter(|name| !name.starts_with("__")).collect()
}

#[test]
fn every_variable_that_is_named_can_be_chosen() {
    let pattern = Regex::new(r"\$\{(\w+)|\$(\w+)").unwrap();
    for (path, dashboard) in all() {
        let list = dashboard["templating"]["list"].as_array().unwrap();
        let known: BTreeSet<String> = list.iter().map(|v| v["name"].as_str().unwrap().to_owned()).collect();
        let mut found = Vec::new();
        texts(&dashboard["panels"], &mut found);
        texts(&dashboard["annotations"], &mut found);
        texts(&dashboard["templating"], &mut found);
        let used: BTreeSet<String> =
            found.into_iter().flat_map(|text| variables_in(text, &pattern)).collect();
        assert_eq!(used, known, "{path}: named, and there");
    }
}

#[test]
fn all_means_all_in_both_languages_of_queries() {
    // SQL compares with this text, PromQL matches it from begin to end
    assert!(Regex::new(&format!("^(?:{ANY})$")).unwrap().is_match("vaxel"));
    assert!(Regex::new(&format!("^(?:{ANY})$")).unwrap().is_match(""));
    assert!(
        ANY.starts_with('\'') && ANY.ends_with('\'') && ANY.matches('\'').count() == 2,
        "one text of SQL"
    );
    let bare = Regex::new(r"\$\{(site|queue|unit|dialled_kind|direction|outcome|reach|call)\}").unwrap();
    for (path, dashboard) in all() {
        for variable in dashboard["templating"]["list"].as_array().unwrap() {
            let is_multiple = variable["multi"] == true;
            assert_eq!(variable["includeAll"] == true, is_multiple);
            assert_eq!(variable["allValue"] == ANY, is_multiple, "{path}: {}", variable["name"]);
        }
        let mut found = Vec::new();
        texts(&dashboard["panels"], &mut found);
        // without these two a name with a quote would end the text
        for text in found.iter().filter(|text| text.contains("FROM ")) {
            assert!(!bare.is_match(text), "{path}: {text}");
        }
    }
}

#[test]
fn every_link_leads_somewhere() {
    let uids: BTreeSet<String> =
        all().iter().map(|(_, dashboard)| dashboard["uid"].as_str().unwrap().to_owned()).collect();
    let address = Regex::new(r"/d/([\w-]+)").unwrap();
    for (path, dashboard) in all() {
        let mut found = Vec::new();
        texts(&dashboard, &mut found);
        let links: Vec<&str> = found
            .iter()
            .flat_map(|text| address.captures_iter(text))
            .map(|c| c.get(1).unwrap().as_str())
            .collect();
        assert!(links.len() >= 6, "{path}: the others, and the other language");
        links.iter().for_each(|uid| assert!(uids.contains(*uid), "{path}: {uid}"));
        let language = path.split('/').next().unwrap();
        let away = links.iter().filter(|uid| !uid.ends_with(language)).count();
        assert_eq!(away, 1, "{path}: one link, and only one, leads to the other language");
        assert!(!found.iter().any(|text| text.contains("{lang}")), "{path}");
    }
}

/// GitHub's anchors of a document's headings.
fn anchors(document: &str) -> BTreeSet<String> {
    let headings = document.lines().filter(|line| line.starts_with('#'));
    let words = headings.map(|line| line.trim_start_matches('#').trim().to_lowercase());
    words
        .map(|words| words.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).collect::<String>())
        .map(|words| words.replace(' ', "-"))
        .collect()
}

#[test]
fn every_description_leads_to_its_definition() {
    for (path, dashboard) in all() {
        for panel in shown(&dashboard) {
            let description = panel["description"].as_str().unwrap();
            let link = description.rsplit_once("](").unwrap().1.trim_end_matches(')');
            let place = link.strip_prefix(REPOSITORY).unwrap().trim_start_matches('/');
            let (document, anchor) = place.split_once('#').unwrap();
            assert!(anchors(&read(document)).contains(anchor), "{path}: {}: {link}", panel["title"]);
        }
    }
}

#[test]
fn every_metric_is_one_of_ours() {
    let told = read("docs/metrics-of-services.md");
    let metric = Regex::new(r"svarstid_[a-z_]+").unwrap();
    let mut count = 0;
    for (path, dashboard) in all() {
        let targets = shown(&dashboard).flat_map(|panel| panel["targets"].as_array().unwrap());
        for expression in targets.filter_map(|target| target["expr"].as_str()) {
            let names: Vec<&str> = metric.find_iter(expression).map(|found| found.as_str()).collect();
            assert!(!names.is_empty(), "{path}: {expression}");
            count += names.len();
            for name in names {
                // the buckets of a histogram are told of by its name
                let name = name.trim_end_matches("_bucket");
                assert!(told.contains(&format!("| `{name}` |")), "{path}: {name} is no metric of ours");
            }
            let balanced =
                |open, close| expression.matches(open).count() == expression.matches(close).count();
            assert!(balanced('(', ')') && balanced('{', '}') && balanced('[', ']'), "{path}: {expression}");
            assert_eq!(expression.matches('"').count() % 2, 0, "{path}: {expression}");
        }
    }
    assert!(count > 40);
}

/// A figure of nothing is told in words and in the colour of text; the base of all thresholds is neutral, too.
#[test]
fn nothing_is_red_on_a_quiet_sunday() {
    for (path, dashboard) in all() {
        for panel in shown(&dashboard) {
            let defaults = &panel["fieldConfig"]["defaults"];
            assert_eq!(defaults["thresholds"]["steps"][0]["color"], "text", "{path}: {}", panel["title"]);
            assert_eq!(defaults["thresholds"]["steps"][0]["value"], Value::Null);
            let overrides = panel["fieldConfig"]["overrides"].as_array().unwrap().iter();
            let properties = overrides.flat_map(|set| set["properties"].as_array().unwrap());
            let mapped =
                properties.filter(|property| property["id"] == "mappings").map(|property| &property["value"]);
            for mappings in mapped.chain([&defaults["mappings"]]) {
                let null =
                    mappings.as_array().unwrap().iter().find(|mapping| mapping["type"] == "special").unwrap();
                assert_eq!(null["options"]["match"], "null+nan");
                assert_eq!(null["options"]["result"]["color"], "text");
            }
        }
    }
}

/// What departments are shown holds back what fewer than k calls would tell.
#[test]
fn small_groups_are_held_back_where_departments_are_compared() {
    let departments = dashboards().into_iter().find(|dashboard| dashboard.name == "departments").unwrap();
    let json = departments.json(Language::En);
    for target in shown(&json).flat_map(|panel| panel["targets"].as_array().unwrap()) {
        let sql = target["rawSql"].as_str().unwrap_or_else(|| panic!("{target}"));
        assert!(sql.contains(&format!(">= {}", dashboards::K)), "{sql}");
    }
}
