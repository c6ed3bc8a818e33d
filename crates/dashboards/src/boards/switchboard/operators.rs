//! The operators' work: why they got the calls, their queues, whom they took first.

use super::of_words;
use crate::boards::words;
use crate::column::Column;
use crate::definition::Definition;
use crate::kind::{Judged, Kind, Unit};
use crate::panel::Panel;
use crate::sql;
use crate::text::t;

pub(super) fn all() -> Vec<Panel> {
    vec![causes_over_time(), causes(), passes(), asked_for(), inversions(), staffing()]
}

fn causes_over_time() -> Panel {
    Panel::new(
        Kind::StackedBars,
        t("Why the operator got it", "Varför telefonisten fick det"),
        t(
            "Stays in the operators' queues by cause, in the span of their joining.",
            "Vistelser i telefonisternas köer efter orsak, under det tidsrum då de ställde sig i kön.",
        ),
        Definition::Causes,
        Unit::Count,
    )
    .sql(format!(
        "SELECT $__timeInterval(joined_at) AS time, {}\n{} AND cause IS NOT NULL\nGROUP BY time ORDER BY time",
        of_words("cause", words::CAUSES),
        sql::passes()
    ))
    .columns(words::CAUSES.iter().map(|(word, title, _)| Column::new(word, *title)))
    .size(12, 9)
    .interval("1h")
}

fn causes() -> Panel {
    Panel::new(
        Kind::Table,
        t("Causes and reasons", "Orsaker och skäl"),
        t(
            "The same stays with the reason: why nobody answered, or why the person sought had diverted. A diversion is judged as it stood when the person was sought.",
            "Samma vistelser med skälet: varför ingen svarade, eller varför den sökta hade hänvisat. Hänvisningen bedöms som den var när personen söktes.",
        ),
        Definition::Causes,
        Unit::Count,
    )
    .sql(format!(
        "SELECT ifNull(cause, '') AS why, ifNull(ifNull(not_diverted_reason, diverted_reason), '') AS reason, count() AS stays,\n  countIf(result = 'answered') / stays AS answered_share\n{} AND cause IS NOT NULL\nGROUP BY why, reason ORDER BY stays DESC",
        sql::passes()
    ))
    .columns([
        Column::new("why", t("Why", "Orsak")).words(words::CAUSES),
        Column::new("reason", t("Reason", "Skäl")).words(words::REASONS),
        Column::new("stays", t("Stays", "Antal")),
        Column::new("answered_share", t("Answered by the operator", "Besvarade av telefonist")).unit(Unit::Share),
    ])
    .size(12, 9)
}

fn passes() -> Panel {
    Panel::new(
        Kind::Table,
        t("Queues", "Köerna"),
        t(
            "Stays in each queue by the span of joining: how many, how many a member answered, how many left without, and the wait of those answered. A lost stay is not always a lost call.",
            "Vistelser i varje kö: hur många, hur många som besvarades, hur många som gick förlorade, och väntan för de besvarade. En förlorad vistelse är inte alltid ett tappat samtal.",
        ),
        Definition::Passes,
        Unit::Count,
    )
    .sql(format!(
        "SELECT queue AS queue_name, count() AS entered, countIf(result = 'answered') AS answered,\n  countIf(result IN ('abandoned', 'timed_out', 'saturated', 'blocked')) AS lost,\n  if(answered > 0, avgIf(wait_us, result = 'answered') / 1000000, NULL) AS wait_mean_s,\n  quantileExactIf(0.9)(wait_us, result = 'answered') / 1000000 AS wait_p90_s\n{}\nGROUP BY queue_name ORDER BY entered DESC",
        sql::passes()
    ))
    .columns([
        Column::new("queue_name", t("Queue", "Kö")).unit(Unit::Words),
        Column::new("entered", t("Stays", "Antal")),
        Column::new("answered", t("Answered", "Besvarade")),
        Column::new("lost", t("Lost from the queue", "Förlorade ur kön")),
        Column::new("wait_mean_s", t("Mean wait", "Väntan, medel")).unit(Unit::Seconds),
        Column::new("wait_p90_s", t("Wait, 9 of 10", "Väntan, 9 av 10")).unit(Unit::Seconds),
    ])
    .size(16, 7)
}

pub(super) fn inversion_share() -> Panel {
    Panel::new(
        Kind::Stat,
        t("Internal taken before external", "Interna före externa"),
        t(
            "Stays of internal callers that an operator answered while an external caller had waited longer, of all answered stays of internal callers.",
            "Interna samtal som en telefonist besvarade medan ett externt hade väntat längre, av alla besvarade interna.",
        ),
        Definition::Priority,
        Unit::Share,
    )
    .sql(format!("SELECT {} AS inversion_share\n{}", sql::share(sql::INVERSIONS, sql::INTERNAL_ANSWERED), sql::passes_of_all()))
    .column(Column::new("inversion_share", t("internal before external", "interna före externa")))
    .judged(Judged::AtMost(0.0))
    .nothing(t("no internal calls", "inga interna samtal"))
}

fn inversions() -> Panel {
    Panel::new(
        Kind::StackedBars,
        t("Priority inversions", "Interna före externa, över tid"),
        t(
            "How often an internal caller was taken first, and how many external callers waited on meanwhile.",
            "Hur ofta ett internt samtal togs först, och hur många externa som väntade vidare under tiden.",
        ),
        Definition::Priority,
        Unit::Count,
    )
    .sql(format!(
        "SELECT $__timeInterval(joined_at) AS time, {} AS inversions,\n  countIf(direction = 'external' AND overtaken_us IS NOT NULL) AS overtaken\n{} AND cause IS NOT NULL\nGROUP BY time ORDER BY time",
        sql::INVERSIONS,
        sql::passes_of_all()
    ))
    .columns([
        Column::new("inversions", t("internal taken first", "interna som togs först")),
        Column::new("overtaken", t("external overtaken", "externa som blev omkörda")),
    ])
    .size(12, 8)
    .interval("1h")
}

fn staffing() -> Panel {
    Panel::new(
        Kind::Lines,
        t("Load against staffing", "Belastning mot bemanning"),
        t(
            "Callers who wait and members who are free, as the services saw each queue at that moment.",
            "Väntande uppringare och lediga svarande, så som tjänsterna såg varje kö i det ögonblicket.",
        ),
        Definition::Now,
        Unit::Count,
    )
    .metric(
        "sum(svarstid_processor_waiting_callers{site=~\"$site\", queue=~\"$queue\"})",
        t("waiting", "väntande"),
    )
    .metric(
        "sum(svarstid_processor_queue_members{site=~\"$site\", queue=~\"$queue\", state=\"free\"})",
        t("free", "lediga"),
    )
    .metric(
        "sum(svarstid_processor_queue_members{site=~\"$site\", queue=~\"$queue\", state=~\"free|ringing|busy\"})",
        t("at work", "i tjänst"),
    )
    .size(12, 8)
    .nothing(t("nothing told", "inget känt"))
}

fn asked_for() -> Panel {
    Panel::new(
        Kind::Table,
        t("Asked for through the operator", "Efterfrågade via telefonisten"),
        t(
            "Extensions that callers most often asked the operator for: candidates for a direct number that callers know. Those of fewer than 5 calls are left out.",
            "Anknytningar som oftast efterfrågas hos telefonisten: här behöver direktnumret bli känt. Sådana med färre än 5 samtal utelämnas.",
        ),
        Definition::Causes,
        Unit::Count,
    )
    .sql(format!(
        "SELECT assumeNotNull(asked_for) AS extension, count() AS n\n{} AND asked_for IS NOT NULL\nGROUP BY extension HAVING n >= {} ORDER BY n DESC, extension LIMIT 20",
        sql::calls(),
        sql::K
    ))
    .columns([
        Column::new("extension", t("Extension", "Anknytning")).unit(Unit::Words),
        Column::new("n", t("Calls", "Samtal")),
    ])
    .size(8, 7)
    .nothing(t("fewer than 5 calls", "färre än 5 samtal"))
}
