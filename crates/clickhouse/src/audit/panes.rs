//! The minutes of `kpi` against the calls and passes that they were made from.

use super::{Asked, FOUND_MAX};
use crate::{Store, StoreError};
use call::{LostStage, Outcome, PassResult, Reach};
use clickhouse::Row;
use serde::Deserialize;

/// What a minute tells and what its calls add up to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// Which figure.
    pub figure: String,
    /// As the view `kpi` has it.
    pub told: i64,
    /// As it must be.
    pub counted: i64,
}

/// One minute of one dimension that does not add up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The site.
    pub site: String,
    /// When the minute begins, seconds since 1970-01-01 00:00 UTC.
    pub minute_s: i64,
    /// `site`, `queue` or `unit`.
    pub dimension: String,
    /// Of the queue or unit.
    pub name: String,
    /// The direction.
    pub direction: String,
    /// The figures that differ.
    pub figures: Vec<Compared>,
}

#[derive(Row, Deserialize)]
struct Found {
    site: String,
    minute_s: i64,
    dimension: String,
    name: String,
    direction: String,
    told: Vec<i64>,
    counted: Vec<i64>,
}

/// A figure: its name, what `kpi` says of it, and what it must be.
struct Figure {
    name: String,
    told: String,
    counted: String,
}

fn figure(name: impl Into<String>, told: impl Into<String>, counted: impl Into<String>) -> Figure {
    Figure { name: name.into(), told: told.into(), counted: counted.into() }
}

/// A column and the condition under which a row counts in it.
fn column(name: String, condition: &str) -> Figure {
    figure(name.clone(), name, format!("toInt64(countIf({condition}))"))
}

/// How many panes there are to be judged: minutes of sites, queues and units, by direction.
///
/// # Errors
/// ClickHouse does not answer.
pub async fn panes(store: &Store, asked: &Asked) -> Result<u64, StoreError> {
    let sql = format!("SELECT count() FROM kpi WHERE {}", Asked::condition("minute"));
    Ok(store.asked::<u64>(&sql, asked, 1).await?.into_iter().sum())
}

/// Minutes whose outcomes, reaches, lost stages and bands are not those of the calls that arrived in them, or that are not
/// the same calls seen in different ways.
///
/// # Errors
/// ClickHouse does not answer.
pub async fn calls_conserved(store: &Store, asked: &Asked) -> Result<Vec<Difference>, StoreError> {
    let calls = |line: &str, only: &str| {
        format!("SELECT site, toStartOfMinute(arrived_at) AS minute, {line}, direction, {{counted}} FROM calls_latest
            WHERE {}{only}", Asked::condition("arrived_at"))
    };
    let parts = [
        calls("'site' AS dimension, '' AS name", ""),
        calls("'unit' AS dimension, assumeNotNull(unit) AS name", " AND unit IS NOT NULL"),
    ];
    let mut found = recounted(store, asked, &columns_of_calls(), &parts).await?;
    found.extend(unequal(store, asked, &sums_of_calls()).await?);
    Ok(found)
}

/// The same of passes, in the minutes in which they joined.
///
/// # Errors
/// ClickHouse does not answer.
pub async fn passes_conserved(store: &Store, asked: &Asked) -> Result<Vec<Difference>, StoreError> {
    let passes = |line: &str, only: &str| {
        format!("SELECT site, toStartOfMinute(joined_at) AS minute, {line}, direction, {{counted}} FROM passes_latest
            WHERE {}{only}", Asked::condition("joined_at"))
    };
    let parts = [
        passes("'queue' AS dimension, queue AS name", ""),
        passes("'unit' AS dimension, assumeNotNull(unit) AS name", " AND unit IS NOT NULL"),
    ];
    let columns: Vec<_> = PassResult::ALL
        .iter()
        .map(|result| column(format!("passes_{result}"), &format!("result = '{result}'")))
        .collect();
    let mut found = recounted(store, asked, &columns, &parts).await?;
    found.extend(unequal(store, asked, &sums_of_passes()).await?);
    Ok(found)
}

fn columns_of_calls() -> Vec<Figure> {
    let mut columns = Vec::new();
    let is = |column: &str, word: &str| format!("{column} = '{word}'");
    columns.extend(Outcome::ALL.iter().map(|one| column(format!("calls_{one}"), &is("outcome", one.word()))));
    columns.extend(Reach::ALL.iter().map(|one| column(format!("reach_{one}"), &is("reach", one.word()))));
    columns.extend(
        Reach::ALL.iter().map(|one| column(format!("final_reach_{one}"), &is("final_reach", one.word()))),
    );
    columns.extend(
        LostStage::ALL.iter().map(|one| column(format!("lost_stage_{one}"), &is("lost_stage", one.word()))),
    );
    let lost = "lost_stage IS NOT NULL AND lost_after_us";
    columns.extend([
        column("lost_0_to_6_s".into(), &format!("{lost} < 6000000")),
        column("lost_6_to_12_s".into(), &format!("{lost} >= 6000000 AND lost_after_us < 12000000")),
        column("lost_12_to_30_s".into(), &format!("{lost} >= 12000000 AND lost_after_us < 30000000")),
        column("lost_over_30_s".into(), &format!("{lost} >= 30000000")),
    ]);
    columns
}

/// `Pane::is_conserved`, asked of the table.
fn sums_of_calls() -> Vec<Figure> {
    let sum = |prefix: &str, words: Vec<&str>| {
        words.iter().map(|word| format!("{prefix}_{word}")).collect::<Vec<_>>().join(" + ")
    };
    let reaches = || Reach::ALL.iter().map(|one| one.word()).collect();
    let stages = LostStage::ALL.iter().map(|one| one.word()).collect();
    let outcomes: Vec<_> = Outcome::ALL.iter().map(|one| format!("calls_{one}")).collect();
    vec![
        figure("the sum of outcomes", outcomes.join(" + "), "offered"),
        figure("the sum of reach", sum("reach", reaches()), "offered"),
        figure("the sum of final_reach", sum("final_reach", reaches()), "offered"),
        figure("the sum of lost stages", sum("lost_stage", stages), "lost"),
        figure(
            "the sum of lost bands",
            "lost_0_to_6_s + lost_6_to_12_s + lost_12_to_30_s + lost_over_30_s",
            "svarstid_count(lost_wait_bins)",
        ),
        // Some sources tell that somebody answered, or that a caller was lost, but not when.
        beyond("waits of lost calls beyond lost calls", "svarstid_count(lost_wait_bins)", "lost"),
        beyond("answer times beyond answers", "svarstid_count(answer_time_bins)", "answered"),
        figure("the lowest outcome below 0", format!("least(0, {})", outcomes.join(", ")), "0"),
    ]
}

/// How much more there is of a part than of its whole: nothing.
fn beyond(what: &str, part: &str, whole: &str) -> Figure {
    figure(what, format!("greatest(toInt64({part}) - toInt64({whole}), 0)"), "0")
}

fn sums_of_passes() -> Vec<Figure> {
    let results: Vec<_> = PassResult::ALL.iter().map(|one| format!("passes_{one}")).collect();
    let lost: Vec<_> =
        PassResult::ALL.iter().filter(|one| one.is_lost()).map(|one| format!("passes_{one}")).collect();
    vec![
        figure("the sum of results", results.join(" + "), "entered"),
        beyond("waits beyond answered passes", "svarstid_count(pass_wait_answered_bins)", "passes_answered"),
        beyond("waits beyond lost passes", "svarstid_count(pass_wait_lost_bins)", &lost.join(" + ")),
        figure("the lowest result below 0", format!("least(0, {})", results.join(", ")), "0"),
    ]
}

/// Columns of `kpi` against the same counted from `parts`.
async fn recounted(
    store: &Store,
    asked: &Asked,
    figures: &[Figure],
    parts: &[String],
) -> Result<Vec<Difference>, StoreError> {
    let told = figures.iter().map(|figure| figure.told.as_str()).collect::<Vec<_>>().join(", ");
    let counted = figures.iter().map(|figure| figure.counted.as_str()).collect::<Vec<_>>().join(", ");
    let nothing = format!("arrayWithConstant({}, toInt64(0))", figures.len());
    let parts: Vec<String> = parts
        .iter()
        .map(|part| {
            let columns = format!("{nothing} AS told, [{counted}] AS counted");
            part.replace("{counted}", &columns) + " GROUP BY site, minute, dimension, name, direction"
        })
        .collect();
    let sql = format!(
        "SELECT site, toInt64(toUnixTimestamp(minute)) AS minute_s, dimension, name, direction,
            sumForEach(part.told) AS told, sumForEach(part.counted) AS counted
        FROM (
            SELECT site, minute, dimension, name, direction, [{told}] AS told, {nothing} AS counted
            FROM kpi WHERE {}
            UNION ALL {}
        ) AS part
        GROUP BY site, minute, dimension, name, direction HAVING told != counted
        ORDER BY minute_s, dimension, name, direction LIMIT {FOUND_MAX}",
        Asked::condition("minute"),
        parts.join(" UNION ALL ")
    );
    let found = store.asked::<Found>(&sql, asked, 1 + parts.len()).await?;
    Ok(found.into_iter().map(|row| difference(row, figures)).collect())
}

/// Figures of one row of `kpi` that must be equal.
async fn unequal(store: &Store, asked: &Asked, figures: &[Figure]) -> Result<Vec<Difference>, StoreError> {
    let list = |read: fn(&Figure) -> &str| {
        figures.iter().map(|figure| format!("toInt64({})", read(figure))).collect::<Vec<_>>().join(", ")
    };
    let sql = format!(
        "SELECT site, toInt64(toUnixTimestamp(minute)) AS minute_s, dimension, name, direction,
            [{}] AS told, [{}] AS counted
        FROM kpi WHERE {} AND told != counted
        ORDER BY minute_s, dimension, name, direction LIMIT {FOUND_MAX}",
        list(|figure| &figure.told),
        list(|figure| &figure.counted),
        Asked::condition("minute")
    );
    let found = store.asked::<Found>(&sql, asked, 1).await?;
    Ok(found.into_iter().map(|row| difference(row, figures)).collect())
}

fn difference(row: Found, figures: &[Figure]) -> Difference {
    let Found { site, minute_s, dimension, name, direction, told, counted } = row;
    let figures = figures
        .iter()
        .zip(told.into_iter().zip(counted))
        .filter(|(_, (told, counted))| told != counted)
        .map(|(figure, (told, counted))| Compared { figure: figure.name.clone(), told, counted })
        .collect();
    Difference { site, minute_s, dimension, name, direction, figures }
}
