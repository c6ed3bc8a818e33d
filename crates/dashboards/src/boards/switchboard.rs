//! For who leads the operators: how fast, how many lost and where, when it is busy, and why the operators got the calls.

use super::marks::marks;
use super::shared;
use super::targets;
use super::words;
use crate::board::{Dashboard, Row};
use crate::column::Column;
use crate::definition::Definition;
use crate::kind::{Kind, Unit};
use crate::panel::Panel;
use crate::sql;
use crate::text::t;
use crate::variable::Variable;

mod hours;
mod operators;

pub(crate) fn dashboard() -> Dashboard {
    let (name, title) = super::NAMES[1];
    let first = vec![
        shared::offered().size(4, 4),
        shared::answered_within().size(4, 4),
        shared::lost_share().size(4, 4),
        shared::answer_time(t("Median answer time", "Svarstid, median"), "0.5").size(4, 4),
        shared::answer_time(t("Answer time, 9 of 10", "Svarstid, 9 av 10"), "0.9").size(4, 4),
        operators::inversion_share().size(4, 4),
    ];
    let rows = vec![
        Row { title: t("In this time", "Under den valda tiden"), panels: first },
        Row { title: t("Targets", "Mål"), panels: vec![targets::table()] },
        Row { title: t("Answer time", "Svarstid"), panels: vec![answer_times(), levels()] },
        Row {
            title: t("When it is busy", "När det är mycket"),
            panels: vec![hours::load(), hours::answer_time()],
        },
        Row { title: t("Lost calls", "Tappade samtal"), panels: vec![stages(), lost_over_time()] },
        Row { title: t("The operators' work", "Telefonisternas arbete"), panels: operators::all() },
    ];
    let mut variables = Variable::CALLS.to_vec();
    variables.extend([Variable::Within, Variable::Zone]);
    Dashboard {
        name,
        title,
        description: t(
            "How fast calls are answered, how many are lost and where, when it is busy, and why the operators got them.",
            "Hur fort samtal besvaras, hur många som tappas och var, när det är mycket, och varför telefonisterna fick dem.",
        ),
        from: "now-7d",
        refresh: "",
        annotations: marks(&variables),
        variables,
        rows,
    }
}

fn answer_times() -> Panel {
    let quantile = sql::answer_quantile;
    Panel::new(
        Kind::Lines,
        t("Answer time", "Svarstid"),
        t(
            "Answer times of the calls that arrived in each span: mean, median, and what 90 and 95 of 100 callers did not exceed.",
            "Svarstider för samtalen som kom in under varje tidsrum: medelvärde, median, och vad 90 respektive 95 av 100 inte väntade längre än.",
        ),
        Definition::Times,
        Unit::Seconds,
    )
    .sql(format!(
        "SELECT $__timeInterval(arrived_at) AS time, avg(answer_time_us) / 1000000 AS mean_s,\n  {} AS median_s, {} AS p90_s, {} AS p95_s\n{}\nGROUP BY time ORDER BY time",
        quantile("0.5"), quantile("0.9"), quantile("0.95"), sql::calls()
    ))
    .columns([
        Column::new("mean_s", t("mean", "medelvärde")).color("blue"),
        Column::new("median_s", t("median", "median")).color("green"),
        Column::new("p90_s", t("90 %", "90 %")).color("orange"),
        Column::new("p95_s", t("95 %", "95 %")).color("red"),
    ])
    .size(12, 9)
    .interval("15m")
    .link(shared::THE_CALLS, shared::CALLS)
}

fn levels() -> Panel {
    Panel::new(
        Kind::Lines,
        t("Answered within ${within_s} s, and lost", "Besvarade inom ${within_s} s, och tappade"),
        t(
            "Of the calls to be served that arrived in each span: the share answered within T, and the share lost.",
            "Av samtalen som skulle betjänas och kom in under varje tidsrum: andelen besvarade inom T, och andelen tappade.",
        ),
        Definition::ServiceLevel,
        Unit::Share,
    )
    .sql(format!(
        "SELECT $__timeInterval(arrived_at) AS time, {} AS within, {} AS lost_share\n{}\nGROUP BY time ORDER BY time",
        sql::share(sql::WITHIN, sql::PRESENTED), sql::share(sql::LOST, sql::PRESENTED), sql::calls()
    ))
    .columns([
        Column::new("within", t("answered within T", "besvarade inom T")).color("green"),
        Column::new("lost_share", t("lost", "tappade")).color("red"),
    ])
    .size(12, 9)
    .interval("15m")
    .max(1.0)
    .link(shared::THE_LOST, shared::LOST_CALLS)
}

fn stages() -> Panel {
    let bands: Vec<String> =
        words::BANDS.iter().map(|(name, condition, _)| format!("countIf({condition}) AS {name}")).collect();
    Panel::new(
        Kind::BarChart,
        t("Where calls were lost, and after how long", "Var samtal tappades, och efter hur lång tid"),
        t(
            "Lost calls by where the caller was, and by how long the caller had waited since arrival. Short ones are shown, never removed.",
            "Tappade samtal efter var uppringaren befann sig, och efter hur länge uppringaren hade väntat. Korta visas, de tas aldrig bort.",
        ),
        Definition::Stage,
        Unit::Count,
    )
    .sql(format!(
        "SELECT ifNull(lost_stage, '') AS stage, {}\n{} AND lost_stage IS NOT NULL\nGROUP BY stage ORDER BY count() DESC",
        bands.join(", "),
        sql::calls()
    ))
    .column(Column::new("stage", t("Where", "Var")).words(words::STAGES))
    .columns(words::BANDS.map(|(name, _, title)| Column::new(name, title)))
    .size(12, 9)
    .nothing(t("no lost calls", "inga tappade samtal"))
    .link(shared::THE_LOST, shared::LOST_CALLS)
}

fn lost_over_time() -> Panel {
    Panel::new(
        Kind::StackedBars,
        t("Lost calls over time", "Tappade samtal över tid"),
        t(
            "Lost calls by where the caller was, in the span of their arrival.",
            "Tappade samtal efter var uppringaren befann sig, under det tidsrum då de kom in.",
        ),
        Definition::Stage,
        Unit::Count,
    )
    .sql(format!(
        "SELECT $__timeInterval(arrived_at) AS time, {}\n{} AND lost_stage IS NOT NULL\nGROUP BY time ORDER BY time",
        of_words("lost_stage", words::STAGES),
        sql::calls()
    ))
    .columns(words::STAGES.iter().map(|(word, title, _)| Column::new(word, *title)))
    .size(12, 9)
    .interval("1h")
    .nothing(t("no lost calls", "inga tappade samtal"))
    .link(shared::THE_LOST, shared::LOST_CALLS)
}

/// One column for each word, so that each series has a name in the reader's language.
pub(crate) fn of_words(column: &str, words: &[crate::column::Word]) -> String {
    let counts = words.iter().map(|(word, _, _)| format!("countIf({column} = '{word}') AS {word}"));
    counts.collect::<Vec<_>>().join(", ")
}
