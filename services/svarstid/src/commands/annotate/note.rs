//! From what a person said to a note.

use super::{known, time};
use anyhow::ensure;
use config::Config;
use store::annotations::Note;

/// A line, not a report.
const TEXT_CHARS_MAX: usize = 1000;
const KIND_CHARS_MAX: usize = 40;
/// Fewer digits in a row call nobody from outside.
const DIGITS_MIN: usize = 7;

/// A note as it was written.
#[derive(Debug, Clone, Default)]
pub struct Said {
    pub from: Option<String>,
    pub to: Option<String>,
    pub queue: Option<String>,
    pub unit: Option<String>,
    pub kind: Option<String>,
    pub text: String,
}

impl Said {
    /// The note, if it is possible; `now_us` is its time if it names none.
    ///
    /// # Errors
    /// A time is none, a queue or unit is not known, or the text is not to be kept.
    pub fn note(&self, config: &Config, now_us: i64) -> anyhow::Result<Note> {
        let zone = &config.site.time_zone;
        let begins_us = self.from.as_ref().map_or(Ok(now_us), |from| time("from", from, zone))?;
        let ends_us = self.to.as_ref().map_or(Ok(begins_us), |to| time("to", to, zone))?;
        ensure!(begins_us <= ends_us, "it ends before it begins");
        let queues: Vec<&str> = config.queues.iter().map(|queue| queue.name.as_str()).collect();
        let units: Vec<&str> = config.units.iter().map(|unit| unit.name.as_str()).collect();
        self.queue.as_ref().map_or(Ok(()), |queue| known("queue", queue, &queues))?;
        self.unit.as_ref().map_or(Ok(()), |unit| known("unit", unit, &units))?;
        let kind = self.kind.as_deref().unwrap_or("note").trim();
        let is_word = !kind.is_empty() && kind.chars().count() <= KIND_CHARS_MAX;
        ensure!(is_word, "`kind` is a word of at most {KIND_CHARS_MAX} characters");
        let text = self.text.trim();
        ensure!(!text.is_empty(), "there is no text");
        let length = text.chars().count();
        ensure!(length <= TEXT_CHARS_MAX, "the text has {length} characters; at most {TEXT_CHARS_MAX}");
        ensure!(
            !has_number(text),
            "the text has what looks like a telephone number; notes are read by everybody who reads figures: leave it out"
        );
        Ok(Note {
            site: config.site.id.clone(),
            begins_us,
            ends_us,
            queue: self.queue.clone().unwrap_or_default(),
            unit: self.unit.clone().unwrap_or_default(),
            kind: kind.to_owned(),
            text: text.to_owned(),
        })
    }
}

/// Whether a number that can be dialled from outside stands there: many digits in a row, or begun by 0 or + with signs between them. A date
/// is none.
fn has_number(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_digit() || " -/()+\u{a0}\u{2013}".contains(c);
    text.split(|c| !is_part(c)).any(|part| {
        let in_a_row = part.split(|c: char| !c.is_ascii_digit()).any(|row| row.len() >= DIGITS_MIN);
        let begun = part.trim_start_matches([' ', '(', '-']).starts_with(['0', '+']);
        let digits = part.chars().filter(char::is_ascii_digit).count();
        in_a_row || begun && digits >= DIGITS_MIN
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/recordings/asterisk22/svarstid.toml");
        config::load(std::path::Path::new(path)).unwrap()
    }

    fn said(text: &str) -> Said {
        Said { text: text.to_owned(), ..Said::default() }
    }

    #[track_caller]
    fn is_refused(said: &Said, why: &str) {
        let error = format!("{:#}", said.note(&config(), 0).unwrap_err());
        assert!(error.contains(why), "{error}");
    }

    #[test]
    fn local_times_are_those_of_the_site() {
        let from = Some("2026-03-03 10:00".to_owned());
        let note = Said { from, ..said(" new menu ") }.note(&config(), 5).unwrap();
        assert_eq!((note.begins_us, note.ends_us), (1_772_528_400_000_000, 1_772_528_400_000_000));
        assert_eq!((note.text.as_str(), note.kind.as_str(), note.queue.as_str()), ("new menu", "note", ""));
        assert_eq!(said("now").note(&config(), 5).unwrap().begins_us, 5);
    }

    #[test]
    fn what_is_not_possible_is_refused_with_what_is() {
        let queue = Some("vaxeln".to_owned());
        is_refused(&Said { queue, ..said("x") }, "`vaxeln` is no queue of svarstid.toml; there are: vaxel, ");
        let unit = Some("parks".to_owned());
        is_refused(&Said { unit, ..said("x") }, "`parks` is no unit of svarstid.toml; there are: ");
        let (from, to) = (Some("2026-03-03".to_owned()), Some("2026-03-02".to_owned()));
        is_refused(&Said { from, to, ..said("x") }, "it ends before it begins");
        is_refused(&Said { to: Some("later".into()), ..said("x") }, "`to`: `later` is no time");
        is_refused(&Said { kind: Some(" ".into()), ..said("x") }, "`kind` is a word");
        is_refused(&said("  "), "there is no text");
        is_refused(&said(&"x".repeat(TEXT_CHARS_MAX + 1)), "1001 characters");
    }

    #[test]
    fn a_number_is_not_kept_and_a_date_is() {
        for text in
            ["ring 070-174 06 05", "+46 701 740 605 klagade", "0701740605", "1234567", "(08) 465 00 40"]
        {
            is_refused(&said(text), "a telephone number");
        }
        for text in [
            "2026-03-03 10:00 till 2026-03-05",
            "från 08:15 till 09:30",
            "knapp 1, 2 och 3",
            "anknytning 2101",
        ] {
            said(text).note(&config(), 0).unwrap();
        }
    }
}
