//! Notes as lines of JSON.

use super::note::Said;
use anyhow::Context;
use config::Config;
use serde::Deserialize;
use std::path::Path;
use store::annotations::Note;

/// What `svarstid generate --incidents` writes, or a note with its own text.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    from: String,
    to: Option<String>,
    queue: Option<String>,
    unit: Option<String>,
    kind: Option<String>,
    text: Option<String>,
    effect: Option<String>,
    strength: Option<f64>,
}

/// Every note of a file.
///
/// # Errors
/// The first one that is not possible; then none is written.
pub fn read(file: &Path, config: &Config, now_us: i64) -> anyhow::Result<Vec<Note>> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    parse(&text, config, now_us).with_context(|| format!("{}: nothing is written", file.display()))
}

fn parse(text: &str, config: &Config, now_us: i64) -> anyhow::Result<Vec<Note>> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let note = |(n, line)| note(line, config, now_us).with_context(|| format!("line {}", n + 1));
    lines.map(note).collect()
}

fn note(line: &str, config: &Config, now_us: i64) -> anyhow::Result<Note> {
    let Line { from, to, queue, unit, kind, text, effect, strength } = serde_json::from_str(line)?;
    let strength = strength.map(|strength| format!(" (strength {strength})")).unwrap_or_default();
    let text = text.or_else(|| effect.map(|effect| effect + &strength));
    let text = text.context("neither `text` nor `effect` is there")?;
    Said { from: Some(from), to, queue, unit, kind, text }.note(config, now_us)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/recordings/asterisk22/svarstid.toml");
        config::load(Path::new(path)).unwrap()
    }

    #[test]
    fn an_incident_is_a_note() {
        let line = r#"{"kind":"surge","queue":"vaxel","unit":null,"from":"2026-03-03T09:00:00.000000Z","to":"2026-03-03T10:00:00.000000Z","strength":2.5,"effect":"more calls"}"#;
        let notes = parse(&format!("{line}\n\n{line}\n"), &config(), 0).unwrap();
        assert_eq!(notes.len(), 2);
        assert_eq!(notes[0].id(), notes[1].id());
        let note = &notes[0];
        assert_eq!(
            (note.kind.as_str(), note.queue.as_str(), note.unit.as_str(), note.text.as_str()),
            ("surge", "vaxel", "", "more calls (strength 2.5)")
        );
        assert_eq!(note.ends_us - note.begins_us, 3_600_000_000);
    }

    #[test]
    fn a_bad_line_is_told_with_its_number() {
        for (line, why) in [
            ("{", "line 2: EOF"),
            (r#"{"from":"2026-03-03"}"#, "line 2: neither `text` nor `effect`"),
            (r#"{"from":"2026-03-03","text":"x","que":"vaxel"}"#, "line 2: unknown field `que`"),
            (r#"{"from":"2026-03-03","text":"x","queue":"q"}"#, "line 2: `q` is no queue"),
        ] {
            let text = format!("{{\"from\":\"2026-03-03\",\"text\":\"good\"}}\n{line}\n");
            let error = format!("{:#}", parse(&text, &config(), 0).unwrap_err());
            assert!(error.contains(why), "{error}");
        }
    }
}
