//! docker-compose.yml, read. That the program accepts each service's command and environment is a test of services/svarstid.
#![expect(clippy::unwrap_used, reason = "helpers of tests: a failed step is a failed test")]

use tidy::compose::{Compose, faults, unscraped};
use tidy::{File, files, root};

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

fn compose() -> Compose {
    Compose::read(&text("docker-compose.yml")).unwrap()
}

#[test]
fn keeps_the_rules() {
    let found = faults(&compose(), &files().unwrap());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_service_is_scraped_and_asked_for_its_health() {
    let found = unscraped(&compose(), &text("deploy/prometheus.yml")).unwrap();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn alertmanager_tells_the_sink_where_it_listens() {
    let compose = compose();
    let environment = compose.services().find(|service| service.name == "sink").unwrap().environment();
    let port = environment["SVARSTID_SINK__ALERTS__LISTEN"].rsplit(':').next().unwrap();
    let token = &environment["SVARSTID_SINK__ALERTS__BEARER_TOKEN_FILE"];
    let alertmanager = text("deploy/alertmanager.yml");
    for expect in [format!("url: http://sink:{port}/v1/alerts"), format!("credentials_file: {token}")] {
        assert!(alertmanager.contains(&expect), "{expect}");
    }
}

#[test]
fn every_variable_that_must_be_chosen_is_in_the_example() {
    let (compose, example) = (text("docker-compose.yml"), text("deploy/env.example"));
    let names: Vec<&str> = compose
        .split("${")
        .skip(1)
        .filter_map(|rest| rest.split_once(":?"))
        .map(|(name, _)| name)
        .filter(|name| !name.contains('}'))
        .collect();
    assert!(names.len() > 3, "{names:?}");
    for name in names {
        assert!(
            example.lines().any(|line| line == format!("{name}=")),
            "{name} is missing in deploy/env.example"
        );
    }
}

#[test]
fn faults_are_found() {
    let bad = "
services:
  a:
    image: kafka:latest
    ports: [\"8080:80\"]
    volumes: [\"./gone.xml:/x\", \"data:/d\"]
    secrets: [key]
    depends_on: { b: { condition: service_healthy } }
  good:
    image: example/kafka:4.3.0
    restart: unless-stopped
    ports: [\"127.0.0.1:8080:80\"]
    volumes: [\"./here.xml:/x\"]
    healthcheck: { test: [\"CMD\", \"true\"] }
";
    let found = faults(
        &Compose::read(bad).unwrap(),
        &[File::new("here.xml", ""), File::new("Dockerfile", "FROM rust AS x\nFROM debian:13.2-slim\n")],
    );
    let expect = [
        "no health check",
        "not restarted",
        "\"kafka:latest\" is not pinned",
        "8080:80 is open",
        "./gone.xml, which",
        "volume data",
        "secret key",
        "waits for b",
        "Dockerfile: \"rust\"",
    ];
    assert_eq!(found.len(), expect.len(), "{found:#?}");
    for (found, expect) in found.iter().zip(expect) {
        assert!(found.contains(expect), "expected {expect:?} in {found:?}");
    }
    assert!(Compose::read("version: 3").is_err());
}

#[test]
fn a_service_that_nobody_scrapes_is_found() {
    let compose = Compose::read("services:\n  sink:\n    environment: { SVARSTID_SINK__LISTEN: \"0.0.0.0:9103\" }\n    healthcheck: { test: [\"CMD\", \"curl\", \"http://127.0.0.1:9999/healthz\"] }\n").unwrap();
    let prometheus = "scrape_configs: [{ static_configs: [{ targets: [\"sink:9104\"] }] }]";
    let found = unscraped(&compose, prometheus).unwrap();
    assert_eq!(
        found,
        [
            "sink:9103 is not scraped",
            "the health check of sink does not ask :9103/healthz",
            "sink:9104 is scraped, but no service listens there"
        ]
    );
}
