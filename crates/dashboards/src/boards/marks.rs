//! What is marked on the lines of time: what nobody heard, what people wrote, and what was alerted.

use super::shared::not_heard;
use crate::board::Annotation;
use crate::sql::chosen;
use crate::text::t;
use crate::variable::Variable;

/// Everything that a dashboard with these choices marks, each in its own colour.
pub(crate) fn marks(variables: &[Variable]) -> Vec<Annotation> {
    vec![not_heard(), notes(variables), alerts(variables)]
}

/// What is of the chosen queues and units, and what is of the whole site. A note of a queue is one of the queue's unit, too.
fn chosen_places(variables: &[Variable]) -> String {
    let mut places = String::new();
    if variables.contains(&Variable::Queue) {
        places += &format!("\n  AND (queue = '' OR {})", chosen("queue", Variable::Queue));
    }
    if variables.contains(&Variable::Unit) {
        let unit = chosen("unit", Variable::Unit);
        places += &format!(
            "\n  AND (unit = '' AND queue = '' OR {unit} OR (site, queue) IN (SELECT site, queue FROM queues WHERE {unit}))"
        );
    }
    places
}

/// What people wrote: `svarstid annotate`.
fn notes(variables: &[Variable]) -> Annotation {
    let sql = format!(
        "SELECT begins AS time, ends AS timeEnd,
  concat(note.text, ' (', arrayStringConcat(arrayFilter(word -> word NOT IN ('', 'note'), [toString(kind), toString(queue), toString(unit), toString(site)]), ', '), ')') AS text
FROM notes AS note
WHERE begins <= $__toTime AND ends >= $__fromTime AND {}{}
ORDER BY time",
        chosen("site", Variable::Site),
        chosen_places(variables)
    );
    Annotation { name: t("Notes", "Anteckningar"), sql, color: "blue" }
}

/// What was alerted; the newest thousand of the time. What is about no site in particular, such as a service that is down, is for every site.
fn alerts(variables: &[Variable]) -> Annotation {
    let sql = format!(
        "SELECT starts AS time, ifNull(ends, toDateTime64(least($__toTime, now()), 3, 'UTC')) AS timeEnd,
  concat(if(summary = '', alert, summary), ' (', arrayStringConcat(arrayFilter(word -> word != '', [toString(severity), toString(site)]), ', '), ')') AS text
FROM raised_alerts
WHERE starts <= $__toTime AND (isNull(ends) OR ends >= $__fromTime) AND (site = '' OR {}){}
ORDER BY time DESC
LIMIT 1000",
        chosen("site", Variable::Site),
        chosen_places(variables)
    );
    Annotation { name: t("Alerts", "Larm"), sql, color: "red" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_colour_of_its_own_and_asks_only_for_choices_that_are_there() {
        let all = marks(&[Variable::Site]);
        let colors: std::collections::BTreeSet<_> = all.iter().map(|mark| mark.color).collect();
        assert_eq!(colors.len(), all.len());
        assert!(all.iter().all(|mark| !mark.sql.contains("${queue") && !mark.sql.contains("${unit")));
        let with_queue = marks(&[Variable::Site, Variable::Queue]);
        assert!(with_queue[1..].iter().all(|mark| mark.sql.contains("queue = '' OR (queue IN (${queue")));
    }
}
