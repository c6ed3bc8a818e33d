//! For the screen on the wall: who waits now, who is free, and how today goes. Few figures, large.

use super::marks::marks;
use super::shared;
use crate::board::{Dashboard, Row};
use crate::column::Column;
use crate::definition::Definition;
use crate::kind::{Judged, Kind, Unit};
use crate::panel::Panel;
use crate::sql;
use crate::text::{Text, t};
use crate::variable::Variable;

// No processor tells: that is not an empty queue.
const UNKNOWN: Text = t("no data", "inga data");

pub(crate) fn dashboard() -> Dashboard {
    let (name, title) = super::NAMES[0];
    let rows = vec![
        Row { title: t("Now", "Nu"), panels: vec![waiting(), longest(), free()] },
        Row { title: t("Today", "I dag"), panels: today() },
        Row {
            title: t("Each queue now", "Varje kö nu"),
            panels: vec![by_queue(), free_by_queue(), lately()],
        },
    ];
    let mut variables = Variable::CALLS.to_vec();
    variables.extend([Variable::Within, Variable::Zone]);
    Dashboard {
        name,
        title,
        description: t(
            "Who waits now, for how long, who is free, and how today goes; to be read from 5 m.",
            "Vilka som väntar nu, hur länge, vilka som är lediga, och hur dagen går; läsbar på 5 m håll.",
        ),
        from: "now-6h",
        refresh: "10s",
        annotations: marks(&variables),
        variables,
        rows,
    }
}

fn now(title: Text, description: Text, unit: Unit) -> Panel {
    Panel::new(Kind::Stat, title, description, Definition::Now, unit).size(8, 7).nothing(UNKNOWN)
}

fn waiting() -> Panel {
    let title = t("Waiting", "Väntar");
    let description =
        t("Callers who stand in the chosen queues now.", "Uppringare som står i de valda köerna nu.");
    now(title, description, Unit::Count)
        .metric("sum(svarstid_processor_waiting_callers{site=~\"$site\", queue=~\"$queue\"})", title)
        .judged(Judged::Rising(3.0, 6.0))
}

fn longest() -> Panel {
    let title = t("Longest wait", "Längst väntan");
    let description = t(
        "How long the caller who came first has waited. This caller can still be answered.",
        "Hur länge den som väntat längst har väntat. Den uppringaren går ännu att svara.",
    );
    now(title, description, Unit::Seconds)
        .metric("max(svarstid_processor_longest_wait_seconds{site=~\"$site\", queue=~\"$queue\"})", title)
        .judged(Judged::Rising(20.0, 60.0))
}

fn free() -> Panel {
    let title = t("Free", "Lediga");
    let description = t(
        "Members whom the chosen queues would ring now: logged in, not paused, phone reachable and idle. A member of two queues counts in each.",
        "Svarande som de valda köerna skulle ringa nu: inloggade, inte pausade, telefonen nåbar och ledig. Den som svarar i två köer räknas i båda.",
    );
    now(title, description, Unit::Count).metric(
        "sum(svarstid_processor_queue_members{site=~\"$site\", queue=~\"$queue\", state=\"free\"})",
        title,
    )
}

/// The day, in the zone, on which the chosen time ends.
fn today_calls() -> String {
    format!(
        "FROM calls_latest\nWHERE arrived_at >= toStartOfDay($__toTime, '${{zone}}') AND arrived_at <= $__toTime\n  AND {}",
        sql::chosen_calls()
    )
}

fn today() -> Vec<Panel> {
    let big = |title, description, definition, unit| {
        Panel::new(Kind::Stat, title, description, definition, unit)
            .size(6, 7)
            .link(shared::THE_CALLS, shared::CALLS)
    };
    let within = t("Answered within ${within_s} s", "Besvarade inom ${within_s} s");
    let lost = t("Lost", "Tappade");
    let offered = t("Calls", "Samtal");
    vec![
        big(
            within,
            t(
                "Of today's calls that were to be served, those that a person answered within T of their arrival. Green from the target of 80 %.",
                "Av dagens samtal som skulle betjänas, de som en person besvarat inom T från det att de kom in. Grönt från målet 80 %.",
            ),
            Definition::ServiceLevel,
            Unit::Share,
        )
        .sql(format!("SELECT {} AS within\n{}", sql::share(sql::WITHIN, sql::PRESENTED), today_calls()))
        .column(Column::new("within", within))
        .judged(Judged::AtLeast(sql::ANSWERED_SHARE)),
        big(
            lost,
            t(
                "Of today's calls that were to be served, those that were lost. Green up to 10 %.",
                "Av dagens samtal som skulle betjänas, de som tappades. Grönt till och med 10 %.",
            ),
            Definition::Outcome,
            Unit::Share,
        )
        .sql(format!("SELECT {} AS lost_share\n{}", sql::share(sql::LOST, sql::PRESENTED), today_calls()))
        .column(Column::new("lost_share", lost))
        .judged(Judged::AtMost(sql::LOST_SHARE)),
        big(
            offered,
            t("Calls that came today.", "Samtal som kommit in i dag."),
            Definition::Outcome,
            Unit::Count,
        )
        .sql(format!("SELECT nullIf(count(), 0) AS offered\n{}", today_calls()))
        .column(Column::new("offered", offered)),
        open_list(),
    ]
}

fn open_list() -> Panel {
    let title = t("To be called back", "Att ringa upp");
    Panel::new(
        Kind::Stat,
        title,
        t(
            "Lost external callers of the last week to whom nobody has spoken since.",
            "Tappade externa uppringare den senaste veckan som ingen har talat med sedan dess.",
        ),
        Definition::Again,
        Unit::Count,
    )
    .sql(format!(
        "SELECT count() AS open\nFROM callers_open(begins = $__toTime - 7 * 86400, ends = $__toTime) WHERE {} AND {}",
        sql::chosen("site", Variable::Site),
        sql::chosen("unit", Variable::Unit)
    ))
    .column(Column::new("open", title))
    .size(6, 7)
    .link(shared::THE_LOST, shared::LOST_CALLS)
}

fn by_queue() -> Panel {
    Panel::new(
        Kind::Gauges,
        t("Waiting, by queue", "Väntar, per kö"),
        t("Callers who stand in each queue now.", "Uppringare som står i varje kö nu."),
        Definition::Now,
        Unit::Count,
    )
    .metric(
        "sum by (queue) (svarstid_processor_waiting_callers{site=~\"$site\", queue=~\"$queue\"})",
        t("{{queue}}", "{{queue}}"),
    )
    .judged(Judged::Rising(3.0, 6.0))
    .size(8, 8)
    .nothing(UNKNOWN)
}

fn free_by_queue() -> Panel {
    Panel::new(
        Kind::Gauges,
        t("Free, by queue", "Lediga, per kö"),
        t("Members whom each queue would ring now.", "Svarande som varje kö skulle ringa nu."),
        Definition::Now,
        Unit::Count,
    )
    .metric(
        "sum by (queue) (svarstid_processor_queue_members{site=~\"$site\", queue=~\"$queue\", state=\"free\"})",
        t("{{queue}}", "{{queue}}"),
    )
    .size(8, 8)
    .nothing(UNKNOWN)
}

fn lately() -> Panel {
    Panel::new(
        Kind::Lines,
        t("Longest wait, lately", "Längst väntan, den senaste tiden"),
        t(
            "How long the caller who came first had waited, in each queue.",
            "Hur länge den som väntat längst hade väntat, i varje kö.",
        ),
        Definition::Now,
        Unit::Seconds,
    )
    .metric(
        "max by (queue) (svarstid_processor_longest_wait_seconds{site=~\"$site\", queue=~\"$queue\"})",
        t("{{queue}}", "{{queue}}"),
    )
    .size(8, 8)
    .nothing(UNKNOWN)
}
