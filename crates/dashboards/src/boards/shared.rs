//! What several dashboards have.

use crate::board::Annotation;
use crate::column::Column;
use crate::definition::Definition;
use crate::kind::{Judged, Kind, Unit};
use crate::panel::Panel;
use crate::sql::{self, chosen};
use crate::text::{Text, t};
use crate::variable::Variable;

/// The calls behind a figure: the same choices and time.
pub(crate) const CALLS: &str = "/d/svarstid-calls-{lang}?${__url_time_range}&${__all_variables}";
/// … those of them that were lost.
pub(crate) const LOST_CALLS: &str = "/d/svarstid-calls-{lang}?${__url_time_range}&${__all_variables}&var-outcome=abandoned&var-outcome=timed_out&var-outcome=saturated&var-outcome=blocked&var-outcome=failed";
pub(crate) const THE_CALLS: Text = t("The calls", "Samtalen");
pub(crate) const THE_LOST: Text = t("The lost calls", "De tappade samtalen");

/// Minutes that nobody heard: between two that were heard wholly, and after the last one.
pub(crate) fn not_heard() -> Annotation {
    let sql = format!(
        "SELECT begins AS time, ends AS timeEnd, site AS text
FROM (
  SELECT site, minute + 60 AS begins,
    leadInFrame(minute, 1, toDateTime(least($__toTime, now() - 900), 'UTC')) OVER (
      PARTITION BY site ORDER BY minute ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS ends
  FROM completeness
  WHERE $__timeFilter(minute) AND heard_share >= 0.99 AND {}
)
WHERE ends > begins
ORDER BY time",
        chosen("site", Variable::Site)
    );
    Annotation { name: t("Not heard", "Inte avlyssnat"), sql, color: "orange" }
}

/// Calls that came.
pub(crate) fn offered() -> Panel {
    let title = t("Calls", "Inkomna samtal");
    let description = t(
        "Calls that came: the sum of the eleven outcomes.",
        "Samtal som kom in: summan av de elva utfallen.",
    );
    Panel::new(Kind::Stat, title, description, Definition::Outcome, Unit::Count)
        .sql(format!("SELECT nullIf(count(), 0) AS offered\n{}", sql::calls()))
        .column(Column::new("offered", title))
        .link(THE_CALLS, CALLS)
}

/// The headline service level.
pub(crate) fn answered_within() -> Panel {
    let title = t("Answered within ${within_s} s", "Besvarade inom ${within_s} s");
    let description = t(
        "Calls answered by a person within T of their arrival, of all that were to be served (sl_of_offered). Green from the target of 80 %.",
        "Samtal som en person besvarat inom T från det att de kom in, av alla som skulle betjänas (sl_of_offered). Grönt från målet 80 %.",
    );
    Panel::new(Kind::Stat, title, description, Definition::ServiceLevel, Unit::Share)
        .sql(format!("SELECT {} AS within\n{}", sql::share(sql::WITHIN, sql::PRESENTED), sql::calls()))
        .column(Column::new("within", t("answered within T", "besvarade inom T")))
        .judged(Judged::AtLeast(sql::ANSWERED_SHARE))
        .link(THE_CALLS, CALLS)
}

/// The share of lost calls.
pub(crate) fn lost_share() -> Panel {
    let title = t("Lost calls", "Tappade samtal");
    let description = t(
        "Lost calls, of all that were to be served: hung up, timed out, queue full, nobody there, technical. Green up to 10 %.",
        "Tappade samtal, av alla som skulle betjänas: uppringaren lade på, tidsgräns, full kö, ingen där, tekniskt fel. Grönt till och med 10 %.",
    );
    Panel::new(Kind::Stat, title, description, Definition::Outcome, Unit::Share)
        .sql(format!("SELECT {} AS lost_share\n{}", sql::share(sql::LOST, sql::PRESENTED), sql::calls()))
        .column(Column::new("lost_share", t("lost", "tappade")))
        .judged(Judged::AtMost(sql::LOST_SHARE))
        .link(THE_LOST, LOST_CALLS)
}

/// A quantile of the answer time.
pub(crate) fn answer_time(title: Text, q: &str) -> Panel {
    let description = t(
        "From the call's arrival to the first person who answers. Menus, music and mailboxes are no persons.",
        "Från det att samtalet kom in till dess att den första personen svarar. Talsvar, musik och röstbrevlådor är inga personer.",
    );
    Panel::new(Kind::Stat, title, description, Definition::Times, Unit::Seconds)
        .sql(format!("SELECT {} AS answer_time_s\n{}", sql::answer_quantile(q), sql::calls()))
        .column(Column::new("answer_time_s", t("answer time", "svarstid")))
        .link(THE_CALLS, CALLS)
}
