//! Heat maps of weekdays and hours, in the hours of a zone: tables whose cells are coloured.

use crate::boards::words;
use crate::column::Column;
use crate::definition::Definition;
use crate::kind::{Kind, Unit};
use crate::panel::Panel;
use crate::sql;
use crate::text::{Text, t};

/// The names of the hours' columns, and their titles.
const HOURS: [(&str, Text); 24] = [
    ("h00", t("00", "00")),
    ("h01", t("01", "01")),
    ("h02", t("02", "02")),
    ("h03", t("03", "03")),
    ("h04", t("04", "04")),
    ("h05", t("05", "05")),
    ("h06", t("06", "06")),
    ("h07", t("07", "07")),
    ("h08", t("08", "08")),
    ("h09", t("09", "09")),
    ("h10", t("10", "10")),
    ("h11", t("11", "11")),
    ("h12", t("12", "12")),
    ("h13", t("13", "13")),
    ("h14", t("14", "14")),
    ("h15", t("15", "15")),
    ("h16", t("16", "16")),
    ("h17", t("17", "17")),
    ("h18", t("18", "18")),
    ("h19", t("19", "19")),
    ("h20", t("20", "20")),
    ("h21", t("21", "21")),
    ("h22", t("22", "22")),
    ("h23", t("23", "23")),
];

/// A table of weekdays and hours of the zone; `cell` makes the figure of the calls of hour `{hour}`.
fn by_weekday_and_hour(panel: Panel, cell: &str, scheme: &'static str) -> Panel {
    let cells = HOURS.iter().enumerate();
    let cells: Vec<String> = cells
        .map(|(hour, (name, _))| format!("{} AS {name}", cell.replace("{hour}", &hour.to_string())))
        .collect();
    // how many such weekdays the chosen time touches
    let days = "arrayCount(day -> toDayOfWeek(day) = weekday_number, arrayMap(n -> toDate($__fromTime, '${zone}') + n, range(toUInt32(toDate($__toTime, '${zone}') - toDate($__fromTime, '${zone}') + 1))))";
    let sql = format!(
        "SELECT toString(weekday_number) AS weekday,\n  {}\nFROM (\n  SELECT toDayOfWeek(arrived_at, 0, '${{zone}}') AS weekday_number, toHour(arrived_at, '${{zone}}') AS hour, answer_time_us,\n    {days} AS days\n  {}\n)\nGROUP BY weekday_number ORDER BY weekday_number",
        cells.join(", "),
        sql::calls()
    );
    let column = |(name, title): &(&'static str, Text)| Column::new(name, *title).heat(scheme).width(56);
    panel
        .sql(sql)
        .column(Column::new("weekday", t("Weekday", "Veckodag")).words(words::WEEKDAYS).width(110))
        .columns(HOURS.iter().map(column))
        .size(24, 9)
        .nothing(t("–", "–"))
}

pub(super) fn load() -> Panel {
    let panel = Panel::new(
        Kind::Heat,
        t("Calls an hour, by weekday and hour", "Samtal per timme, efter veckodag och klockslag"),
        t(
            "Calls that arrived in that hour of the zone, for each such weekday that the chosen time touches: the mean load.",
            "Samtal som kom in under timmen enligt zonens klocka, per sådan veckodag i den valda tiden: den genomsnittliga belastningen.",
        ),
        Definition::Counted,
        Unit::Number,
    );
    by_weekday_and_hour(panel, "nullIf(countIf(hour = {hour}), 0) / any(days)", "continuous-blues")
}

pub(super) fn answer_time() -> Panel {
    let panel = Panel::new(
        Kind::Heat,
        t("Mean answer time, by weekday and hour", "Svarstid i medeltal, efter veckodag och klockslag"),
        t(
            "Mean answer time of the calls that arrived in that hour of the zone.",
            "Svarstid i medeltal för samtalen som kom in under timmen enligt zonens klocka.",
        ),
        Definition::Times,
        Unit::Seconds,
    );
    by_weekday_and_hour(
        panel,
        "if(countIf(hour = {hour} AND answer_time_us IS NOT NULL) > 0, avgIf(answer_time_us, hour = {hour}) / 1000000, NULL)",
        "continuous-GrYlRd",
    )
}
