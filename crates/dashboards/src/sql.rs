//! Pieces of SQL that the panels share. Every figure is made from `calls_latest` and `passes_latest`, so that each choice above a dashboard
//! holds in each panel; sums and shares are those of docs/measures.md.

use crate::variable::Variable;

/// What "All" stands for. One text serves both: in SQL it is a quoted word that no name is, in PromQL (`=~"$site"`) a regular
/// expression that matches everything.
pub const ANY: &str = "'|.*|'";

/// Groups of fewer calls than this are not told of by themselves.
pub const K: u32 = 5;

/// The share of presented calls that should be answered within T, and T: the target `municipal` of docs/configuration.md.
pub(crate) const ANSWERED_SHARE: f64 = 0.80;
/// The largest share of lost calls that is well: that of the target `Luleå`.
pub(crate) const LOST_SHARE: f64 = 0.10;

/// Calls that were to be served: P.
pub(crate) const PRESENTED: &str = "countIf(outcome NOT IN ('closed', 'in_progress'))";
/// Lost calls.
pub(crate) const LOST: &str =
    "countIf(outcome IN ('abandoned', 'timed_out', 'saturated', 'blocked', 'failed'))";
/// Calls answered within T of their arrival: A.
pub(crate) const WITHIN: &str = "countIf(outcome = 'answered' AND answer_time_us < ${within_s} * 1000000)";
/// Calls to direct numbers that fell to the operator undiverted.
pub(crate) const UNDIVERTED: &str =
    "countIf(dialled_kind = 'direct' AND operator_cause = 'not_diverted' AND NOT after_transfer)";
/// Calls to direct numbers.
pub(crate) const DIRECT: &str = "countIf(dialled_kind = 'direct')";
/// Passes of operators' queues.
pub(crate) const INTERNAL_ANSWERED: &str =
    "countIf(direction = 'internal' AND result = 'answered' AND cause IS NOT NULL)";
/// … in which an internal caller was taken although an external one had waited longer.
pub(crate) const INVERSIONS: &str =
    "countIf(direction = 'internal' AND result = 'answered' AND cause IS NOT NULL AND overtook > 0)";

/// A condition: the column is one of the chosen values, or all are chosen.
pub(crate) fn chosen(column: &str, variable: Variable) -> String {
    let list = format!("${{{}:singlequote}}", variable.name());
    format!("({column} IN ({list}) OR {ANY} IN ({list}))")
}

/// Conditions that a call is one of those chosen, without the time and the queue. They need no column that tells of persons
/// (docs/privacy.md), and neither does what only departments are shown.
pub(crate) fn chosen_of_units() -> String {
    format!(
        "{} AND {} AND {} AND {}",
        chosen("site", Variable::Site),
        chosen("direction", Variable::Direction),
        chosen("dialled_kind", Variable::DialledKind),
        chosen("unit", Variable::Unit),
    )
}

/// The same, and that the call stood in one of the queues chosen.
pub(crate) fn chosen_calls() -> String {
    let queue = "${queue:singlequote}";
    format!(
        "{}\n  AND (arrayExists(pass -> tupleElement(pass, 'queue') IN ({queue}), passes) OR {ANY} IN ({queue}))",
        chosen_of_units()
    )
}

/// What minutes consist of, for those who only add up: each pane's last revision and each correction. The view `kpi` puts them together
/// minute by minute first, which is most of the work of a question over many minutes.
pub(crate) fn parts_of_minutes(columns: &str, condition: &str) -> String {
    let rows = |table: &str| format!("SELECT {columns} FROM {table} FINAL\n      WHERE {condition}");
    format!("      {}\n      UNION ALL\n      {}", rows("kpi_windows"), rows("kpi_corrections"))
}

/// `FROM … WHERE …`: the chosen calls that arrived in the chosen time.
pub(crate) fn calls() -> String {
    format!("FROM calls_latest\nWHERE $__timeFilter(arrived_at)\n  AND {}", chosen_calls())
}

/// The same without a choice of queues.
pub(crate) fn calls_of_units() -> String {
    format!("FROM calls_latest\nWHERE $__timeFilter(arrived_at)\n  AND {}", chosen_of_units())
}

/// The chosen passes, and of which direction.
fn passes_of(direction: &str) -> String {
    format!(
        "FROM passes_latest\nWHERE $__timeFilter(joined_at) AND arrived_at >= $__fromTime - 86400 AND arrived_at <= $__toTime\n  AND {} AND {} AND {} AND {}{direction}",
        chosen("site", Variable::Site),
        chosen("queue", Variable::Queue),
        chosen("unit", Variable::Unit),
        chosen("dialled_kind", Variable::DialledKind),
    )
}

/// The chosen passes whose callers joined in the chosen time.
pub(crate) fn passes() -> String {
    passes_of(&format!(" AND {}", chosen("direction", Variable::Direction)))
}

/// The same for every direction: what must compare internal callers with external ones.
pub(crate) fn passes_of_all() -> String {
    passes_of("")
}

/// A figure, unless it would tell of a group that is too small.
pub(crate) fn of_enough(count: &str, figure: &str) -> String {
    format!("if({count} >= {K}, {figure}, NULL)")
}

/// A part of a whole; NULL of nothing. The same as the function of that name in the database, for aggregates of one query.
pub(crate) fn share(part: &str, whole: &str) -> String {
    format!("svarstid_share({part}, {whole})")
}

/// An exact quantile of answer times, seconds, as in the view `by_number`; NULL of nothing.
pub(crate) fn answer_quantile(q: &str) -> String {
    format!("quantileExact({q})(answer_time_us) / 1000000")
}
