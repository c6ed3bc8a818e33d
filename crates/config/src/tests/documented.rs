//! docs/configuration.md, and for lists docs/configuration-import.md, know every key.

use crate::{Config, parse};
use figment::error::Kind;

/// The keys that each section takes, as its own parser tells them.
fn keys(section: &str) -> Vec<&'static str> {
    let text = format!("{section}\nno_such_key = 1\n");
    let parsed =
        figment::Figment::from(<figment::providers::Toml as figment::providers::Format>::string(&text));
    match parsed.extract::<Config>().unwrap_err().kind {
        Kind::UnknownField(_, known) => known.to_vec(),
        other => panic!("{section}: {other}"),
    }
}

#[test]
fn every_key_is_in_its_section_of_the_document() {
    // Of lists there is only a word in the first one.
    let document = concat!(
        include_str!("../../../../docs/configuration-import.md"),
        include_str!("../../../../docs/configuration.md")
    );
    let sections = [
        ("", "the file"),
        ("[site]", "`[site]`"),
        ("[numbers]", "`[numbers]`"),
        ("[[numbers.pseudonym_keys]]", "`[[numbers.pseudonym_keys]]`"),
        ("[[routes]]", "`[[routes]]`"),
        ("[[queues]]", "`[[queues]]`"),
        ("[[units]]", "`[[units]]`"),
        ("[[opening_hours]]", "`[[opening_hours]]`"),
        ("[pbx]", "`[pbx]`"),
        ("[pbx.ami]", "`[pbx.ami]`"),
        ("[pbx.cel]", "`[pbx.cel]`"),
        ("[pbx.cel.diverted]", "`[pbx.cel.not_diverted]`"),
        ("[pbx.diversions]", "`[pbx.diversions]`"),
        ("[pbx.diversions.set]", "`[pbx.diversions.not_diverted]`"),
        ("[import]", "`[import]`"),
        ("[import.columns]", "`[import.columns]`"),
        ("[[targets]]", "`[[targets]]`"),
        ("[alerts]", "`[alerts]`"),
        ("[[alerts.longest_wait]]", "`[[alerts.longest_wait]]`"),
        ("[alerts.fast]", "`[alerts.fast]`"),
        ("[[readers]]", "`[[readers]]`"),
        ("[retention]", "`[retention]`"),
        ("[kafka]", "`[kafka]`"),
        ("[clickhouse]", "`[clickhouse]`"),
        ("[collector]", "`[collector]`"),
        ("[collector.spool]", "`[collector.spool]`"),
        ("[[collector.files]]", "`[[collector.files]]`"),
        ("[collector.webhook]", "`[collector.webhook]`"),
        ("[processor]", "`[processor]`"),
        ("[sink]", "`[sink]`"),
        ("[sink.alerts]", "`[sink.alerts]`"),
        ("[stack]", "`[stack]`"),
    ];
    let mut known = 0;
    for (section, heading) in sections {
        let chapter = document.split("\n## ").find(|chapter| chapter.starts_with(heading));
        let chapter = chapter.unwrap_or_else(|| panic!("docs/configuration.md has no chapter {heading}"));
        for key in keys(section) {
            assert!(chapter.contains(&format!("`{key}`")), "{heading} does not tell of `{key}`");
            known += 1;
        }
    }
    assert!(known > 80, "{known}");
}

#[test]
fn the_document_s_example_is_possible() {
    let document = include_str!("../../../../docs/configuration.md");
    let example = document.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    parse(example).unwrap();
}

#[test]
fn the_document_s_targets_are_possible() {
    let document = include_str!("../../../../docs/configuration.md");
    let mut examples = document.split("```toml\n").filter(|rest| rest.starts_with("[[targets]]"));
    let targets = examples.next().and_then(|rest| rest.split("```").next()).unwrap();
    let config = parse(&format!("{}\n{targets}", super::SMALL)).unwrap();
    assert_eq!(config.service_targets().len(), 7);
}
