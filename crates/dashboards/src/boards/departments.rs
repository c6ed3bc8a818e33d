//! For the heads of departments: do callers reach whom they seek, and how does that go over the year. Figures of fewer than k calls are held
//! back, and no question needs a column that tells of persons: a reader of ClickHouse who sees one unit alone can use it.

use super::marks::marks;
use super::{shared, words};
use crate::board::{Dashboard, Row};
use crate::column::{Column, Word};
use crate::definition::Definition;
use crate::kind::{Kind, Unit};
use crate::panel::Panel;
use crate::sql::{self, of_enough, share};
use crate::text::{Text, t};
use crate::variable::Variable;

mod figures;

/// What stands where fewer than `sql::K` calls would be told of.
const TOO_FEW: Text = t("fewer than 5 calls", "färre än 5 samtal");
/// The calls of one department: the choices without the department, which the cell names.
const CALLS_OF_UNIT: &str = "/d/svarstid-calls-{lang}?${__url_time_range}&${site:queryparam}&${dialled_kind:queryparam}&${direction:queryparam}&var-unit=${__value.raw:percentencode}";
const UNITS: &[Word] = &[("", t("unknown department", "okänd förvaltning"), None)];

pub(crate) fn dashboard() -> Dashboard {
    let (name, title) = super::NAMES[2];
    let rows = vec![
        Row { title: t("In this time", "Under den valda tiden"), panels: figures::all() },
        Row {
            title: t("Whom callers reach", "Vem uppringaren når"),
            panels: vec![ladder(), ladder_over_time(), signals(), reasons()],
        },
        Row { title: t("Side by side", "Sida vid sida"), panels: vec![ranking()] },
        Row {
            title: t("Against the same time last year", "Mot samma tid i fjol"),
            panels: vec![undiverted_trend(), answer_trend()],
        },
    ];
    let variables =
        vec![Variable::Site, Variable::Unit, Variable::DialledKind, Variable::Direction, Variable::Within];
    Dashboard {
        name,
        title,
        description: t(
            "Whom callers to each department reach, how fast, and how that compares. Figures of fewer than 5 calls are held back.",
            "Vem de som ringer till varje förvaltning når, hur fort, och hur det står sig. Uppgifter om färre än 5 samtal visas inte.",
        ),
        from: "now-30d",
        refresh: "",
        annotations: marks(&variables),
        variables,
        rows,
    }
}

/// For each rung of the ladder its share of the calls that tell, of enough calls.
fn rungs(column: &str) -> String {
    let told = format!("countIf({column} != 'none')");
    let rungs = words::REACHES.iter().filter(|(word, _, _)| *word != "none").map(|(word, _, _)| {
        let part = format!("countIf({column} = '{word}')");
        format!("{} AS {word}", of_enough(&told, &share(&part, &told)))
    });
    rungs.collect::<Vec<_>>().join(",\n  ")
}

fn rung_columns() -> impl Iterator<Item = Column> {
    let told = words::REACHES.iter().filter(|(word, _, _)| *word != "none");
    told.map(|(word, title, _)| Column::new(word, *title))
}

fn ladder() -> Panel {
    Panel::new(
        Kind::Gauges,
        t("Whom callers reached first", "Vem uppringaren nådde först"),
        t(
            "The ladder: the person sought, another with the same function, the person's own mailbox, the operator, nobody. Shares of the calls that tell.",
            "Trappan: sökt person, annan med samma funktion, personlig röstbrevlåda, telefonist, ingen. Andelar av samtalen där det framgår.",
        ),
        Definition::Reach,
        Unit::Share,
    )
    .sql(format!("SELECT {}\n{}", rungs("reach"), sql::calls_of_units()))
    .columns(rung_columns())
    .size(8, 9)
    .max(1.0)
    .nothing(TOO_FEW)
    .link(shared::THE_CALLS, shared::CALLS)
}

fn ladder_over_time() -> Panel {
    Panel::new(
        Kind::StackedShares,
        t("Whom callers reached first, over time", "Vem uppringaren nådde först, över tid"),
        t(
            "The same ladder, of the calls that arrived in each span. Spans of fewer than 5 calls are left out.",
            "Samma trappa, för samtalen som kom in under varje tidsrum. Tidsrum med färre än 5 samtal utelämnas.",
        ),
        Definition::Reach,
        Unit::Share,
    )
    .sql(format!(
        "SELECT $__timeInterval(arrived_at) AS time, {}\n{}\nGROUP BY time HAVING countIf(reach != 'none') >= {} ORDER BY time",
        rungs("reach"),
        sql::calls_of_units(),
        sql::K
    ))
    .columns(rung_columns())
    .size(16, 9)
    .interval("1h")
    .link(shared::THE_CALLS, shared::CALLS)
}

fn signals() -> Panel {
    Panel::new(
        Kind::BarChart,
        t("Signals before the answer", "Signaler före svar"),
        t(
            "Answered calls by the ring signals that the caller lived through. Shown when there are at least 5 of them.",
            "Besvarade samtal efter hur många signaler uppringaren hörde. Visas när de är minst 5.",
        ),
        Definition::Times,
        Unit::Count,
    )
    .sql(format!(
        "SELECT signals, calls_with FROM (\n  SELECT if(caller_signals >= 10, '10+', toString(caller_signals)) AS signals, min(caller_signals) AS least,\n    count() AS calls_with, sum(count()) OVER () AS together\n  {} AND caller_signals IS NOT NULL\n  GROUP BY signals\n)\nWHERE together >= {}\nORDER BY least",
        sql::calls_of_units(),
        sql::K
    ))
    .columns([
        Column::new("signals", t("Signals", "Signaler")).unit(Unit::Words),
        Column::new("calls_with", t("calls", "samtal")),
    ])
    .size(12, 8)
    .nothing(TOO_FEW)
}

fn reasons() -> Panel {
    Panel::new(
        Kind::Table,
        t("Why people's calls fell to the operator", "Varför samtal till personer hamnade hos telefonisten"),
        t(
            "Calls to direct and group numbers that came to the operator, by cause and reason. Those of fewer than 5 calls are left out.",
            "Samtal till direkt- och gruppnummer som kom till telefonisten, efter orsak och skäl. Sådana med färre än 5 samtal utelämnas.",
        ),
        Definition::Causes,
        Unit::Count,
    )
    .sql(format!(
        "SELECT ifNull(operator_cause, '') AS why, ifNull(ifNull(not_diverted_reason, diverted_reason), '') AS reason, count() AS n\n{} AND operator_cause IS NOT NULL AND dialled_kind IN ('direct', 'group')\nGROUP BY why, reason HAVING n >= {} ORDER BY n DESC",
        sql::calls_of_units(),
        sql::K
    ))
    .columns([
        Column::new("why", t("Why", "Orsak")).words(words::CAUSES),
        Column::new("reason", t("Reason", "Skäl")).words(words::REASONS),
        Column::new("n", t("Calls", "Samtal")),
    ])
    .size(12, 8)
    .nothing(TOO_FEW)
}

fn ranking() -> Panel {
    let columns = [
        ("calls", "count()", "count()".to_owned()),
        ("not_diverted", sql::DIRECT, share(sql::UNDIVERTED, sql::DIRECT)),
        ("within", sql::PRESENTED, share(sql::WITHIN, sql::PRESENTED)),
        ("lost_share", sql::PRESENTED, share(sql::LOST, sql::PRESENTED)),
        ("median_s", "count(answer_time_us)", sql::answer_quantile("0.5")),
        ("p90_s", "count(answer_time_us)", sql::answer_quantile("0.9")),
    ];
    let columns = columns.map(|(name, count, figure)| format!("{} AS {name}", of_enough(count, &figure)));
    Panel::new(
        Kind::Table,
        t("Departments", "Förvaltningarna"),
        t(
            "The departments, the largest share of calls that fell to the operator undiverted first. What fewer than 5 calls would tell is held back.",
            "Förvaltningarna, den största andelen ej hänvisade först. Det som färre än 5 samtal skulle visa hålls inne.",
        ),
        Definition::Causes,
        Unit::Count,
    )
    .sql(format!(
        "SELECT ifNull(unit, '') AS department,\n  {}\n{}\nGROUP BY department ORDER BY not_diverted DESC NULLS LAST, calls DESC NULLS LAST, department",
        columns.join(",\n  "),
        sql::calls_of_units()
    ))
    .columns([
        Column::new("department", t("Department", "Förvaltning"))
            .words(UNITS)
            .link(shared::THE_CALLS, CALLS_OF_UNIT),
        Column::new("calls", t("Calls", "Samtal")),
        Column::new("not_diverted", t("Not diverted", "Ej hänvisade")).unit(Unit::Share),
        Column::new("within", t("Answered within ${within_s} s", "Besvarade inom ${within_s} s")).unit(Unit::Share),
        Column::new("lost_share", t("Lost", "Tappade")).unit(Unit::Share),
        Column::new("median_s", t("Median answer time", "Svarstid, median")).unit(Unit::Seconds),
        Column::new("p90_s", t("Answer time, 9 of 10", "Svarstid, 9 av 10")).unit(Unit::Seconds),
    ])
    .size(24, 9)
    .null(t("fewer than 5", "färre än 5"))
}

/// A figure of each span, and of the span 52 weeks before: the same weekday.
fn against_last_year(panel: Panel, count: &str, figure: &str) -> Panel {
    let of = |shift: &str| {
        let only = |text: &str| text.replace("{shift}", shift);
        of_enough(&only(count), &only(figure))
    };
    let sql = format!(
        "SELECT toStartOfInterval(at, INTERVAL $__interval_s second) AS time, {} AS this_year, {} AS last_year
FROM (
  SELECT toDateTime(arrived_at) + shift * 86400 AS at, shift, outcome, dialled_kind, operator_cause, after_transfer, answer_time_us
  FROM calls_latest ARRAY JOIN [0, 364] AS shift
  WHERE arrived_at >= $__fromTime - 364 * 86400 AND arrived_at <= $__toTime AND at >= $__fromTime AND at <= $__toTime
    AND (arrived_at >= $__fromTime OR arrived_at <= $__toTime - 364 * 86400)
    AND {}
)
GROUP BY time ORDER BY time",
        of("0"),
        of("364"),
        sql::chosen_of_units()
    );
    panel
        .sql(sql)
        .columns([
            Column::new("this_year", t("now", "nu")).color("blue"),
            Column::new("last_year", t("a year before", "i fjol")).color("text").dashed(),
        ])
        .size(12, 9)
        .interval("1d")
        .nothing(TOO_FEW)
}

fn undiverted_trend() -> Panel {
    let panel = Panel::new(
        Kind::Lines,
        t("Not diverted, against last year", "Ej hänvisade, mot i fjol"),
        t(
            "The share of calls to direct numbers that fell to the operator undiverted, and that of 52 weeks before. Spans of fewer than 5 such calls are left out.",
            "Andelen samtal till direktnummer som hamnade hos telefonisten för att telefonen inte var hänvisad, och den 52 veckor tidigare. Tidsrum med färre än 5 samtal utelämnas.",
        ),
        Definition::Causes,
        Unit::Share,
    );
    let direct = "countIf(shift = {shift} AND dialled_kind = 'direct')";
    let undiverted = "countIf(shift = {shift} AND dialled_kind = 'direct' AND operator_cause = 'not_diverted' AND NOT after_transfer)";
    against_last_year(panel, direct, &share(undiverted, direct)).max(1.0)
}

fn answer_trend() -> Panel {
    let panel = Panel::new(
        Kind::Lines,
        t("Median answer time, against last year", "Svarstid i median, mot i fjol"),
        t(
            "The median answer time of each span, and that of 52 weeks before. Spans of fewer than 5 answered calls are left out.",
            "Medianen av svarstiden under varje tidsrum, och den 52 veckor tidigare. Tidsrum med färre än 5 besvarade samtal utelämnas.",
        ),
        Definition::Times,
        Unit::Seconds,
    );
    let answered = "countIf(shift = {shift} AND answer_time_us IS NOT NULL)";
    against_last_year(panel, answered, "quantileExactIf(0.5)(answer_time_us, shift = {shift}) / 1000000")
}
