//! What is possible, but perhaps not meant.

use super::page::{has, per_cent};
use super::survey::Survey;
use pbx::csv_import::{Field, Mapping};

/// A column that is empty in fewer of the rows is not worth a word.
const EMPTY_PER_CENT_MIN: u64 = 10;

pub fn hints(mapping: &Mapping, survey: &Survey) -> Vec<String> {
    let mut hints = reading(survey);
    if survey.rows == 0 {
        return hints;
    }
    let lacks =
        [(Field::Caller, "a caller"), (Field::Dialled, "a number dialled"), (Field::Queue, "a queue")];
    for (field, what) in lacks {
        let share = per_cent(survey.empty.get(&field).copied().unwrap_or_default(), survey.rows);
        match has(mapping, survey, field) {
            true if share >= EMPTY_PER_CENT_MIN => {
                hints.push(format!("{share} % of rows have no {}", &what[2..]))
            }
            true => {}
            false => hints.push(format!("no column tells {what}")),
        }
    }
    let unknown: Vec<&str> = survey.queues.difference(&survey.known_queues).map(|queue| &**queue).collect();
    if !unknown.is_empty() {
        let names = unknown.join("`, `");
        hints.push(format!("`{names}`: not among [[queues]], so nobody's unit and not the operators'"));
    }
    let answered = [
        (survey.answered_without_time, "answered, without the time: figures of answers leave them out"),
        (survey.unknown_names, "with a name that is no extension: [pbx.member_names] may say whose it is"),
    ];
    for (rows, what) in answered {
        if rows > 0 {
            hints.push(format!("{} {what}", counted(rows)));
        }
    }
    if survey.same_id > 0 {
        hints.push(format!(
            "{} with an id that stands on another row, too: is call_id the right column?",
            counted(survey.same_id)
        ));
    }
    if survey.ambiguous > 0 {
        let rows = survey.ambiguous;
        hints.push(format!(
            "{rows} rows began in the hour that came twice in autumn: taken for the first one"
        ));
    }
    hints
}

/// `1 row`, `2 rows`
pub fn counted(rows: u64) -> String {
    if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") }
}

/// Why nothing, or less than all, could be read.
fn reading(survey: &Survey) -> Vec<String> {
    let mut hints = Vec::new();
    if survey.is_utf16 {
        hints.push("it is UTF-16: export it as \"CSV UTF-8\"".to_owned());
    }
    if let Some(delimiter) = survey.better_delimiter {
        let delimiter = char::from(delimiter).escape_default();
        hints.push(format!("the header fits with delimiter = \"{delimiter}\""));
    }
    if survey.rejected.keys().any(|(_, reason)| reason.contains("not UTF-8")) && !survey.is_utf16 {
        hints.push("lists made on Windows are often encoding = \"windows-1252\"".to_owned());
    }
    hints
}
