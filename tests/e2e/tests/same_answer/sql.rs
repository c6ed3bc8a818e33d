//! Every figure of `analyze` worked out again in SQL, from the rows of `calls` alone.

use crate::analyze::By;
use crate::formulas::{self, Of};
use crate::words::{Level, share, signals};

/// A question that is being made: figures of calls and of passes are counted apart and laid side by side.
pub struct Question {
    by: By,
    cadence_us: i64,
    /// Aggregates with their names.
    calls: Vec<String>,
    passes: Vec<String>,
    figures: Vec<String>,
}

impl Question {
    pub fn new(by: By, cadence_s: i64) -> Self {
        let (calls, passes, figures) = Default::default();
        Self { by, cadence_us: cadence_s * 1_000_000, calls, passes, figures }
    }

    /// Asks for one more; false if nobody has said in SQL what it is.
    #[must_use]
    pub fn ask(&mut self, key: &str) -> bool {
        let Some(sql) = self.figure(key) else { return false };
        self.figures.push(format!("{sql} AS `{key}`"));
        true
    }

    /// Of one site: a line for each name and direction.
    pub fn text(&self, site: &str) -> String {
        let (of_call, of_pass) = match self.by {
            By::Site => ("'whole site'", "'whole site'"),
            By::Queue => ("'(no queue)'", "toString(pass.queue)"),
            By::Unit => ("ifNull(toString(unit), '(no unit)')", "ifNull(toString(pass.unit), '(no unit)')"),
            By::Number => ("if(dialled_party IN ('own', 'service'), dialled, '(outside)')", ""),
            By::Hour => {
                ("formatDateTime(arrived_at, '%F %H:00')", "formatDateTime(pass.joined_at, '%F %H:00')")
            }
        };
        let of_pass = if of_pass.is_empty() { of_call } else { of_pass };
        let half = |name: &str, from: &str, figures: &[String]| {
            let figures: String = figures.iter().map(|figure| format!(", {figure}")).collect();
            format!(
                "(SELECT {name} AS line, toString(direction) AS of{figures} FROM calls_latest {from}
                WHERE site = '{site}' GROUP BY line, of)"
            )
        };
        format!(
            "SELECT line, of, {} FROM {} AS c FULL OUTER JOIN {} AS p USING (line, of)
            FORMAT JSONEachRow SETTINGS output_format_json_quote_64bit_integers = 0",
            self.figures.join(", "),
            half(of_call, "", &self.calls),
            half(of_pass, "ARRAY JOIN passes AS pass", &self.passes)
        )
    }

    fn column(&mut self, of: Of, aggregate: impl Fn(&str) -> String) -> String {
        match of {
            Of::Call(sql) => column("c", &mut self.calls, &aggregate(&sql)),
            Of::Pass(sql) => column("p", &mut self.passes, &aggregate(&sql)),
        }
    }

    fn count(&mut self, of: Of) -> String {
        self.column(of, |condition| format!("toInt64(countIf({condition}))"))
    }

    fn figure(&mut self, key: &str) -> Option<String> {
        if let Some((part, whole)) = share(key) {
            let (part, whole) = (self.figure(&part)?, self.figure(&whole)?);
            return Some(quotient(&part, &whole));
        }
        if let Some(level) = Level::read(key) {
            return self.level(&level);
        }
        if let Some((number, reading)) = signals(key) {
            return Some(self.count(Of::Call(within_signals(number, reading, self.cadence_us)?)));
        }
        if let Some((of, what)) = self.time(key) {
            let aggregate = |value: &str| statistic(value, what);
            return Some(self.column(of, aggregate));
        }
        if key == "transfers" {
            return Some(self.column(Of::Call("transfers".to_owned()), |sql| format!("toInt64(sum({sql}))")));
        }
        formulas::condition(key).map(|of| self.count(of))
    }

    /// Times and numbers of signals, and which figure of them is wanted.
    fn time<'k>(&self, key: &'k str) -> Option<(Of, &'k str)> {
        let is_queue = self.by == By::Queue;
        let of = |histogram: &str| formulas::time(histogram, self.cadence_us);
        Some(match key {
            "answered" if is_queue => (of("pass_wait_answered")?, "n"),
            "answered" => (of("answer_time")?, "n"),
            "lost_wait_mean_us" if is_queue => (of("pass_wait_lost")?, "mean"),
            "overtaken_sum_us" => (of("overtaken")?, "sum"),
            "caller_signals_calls" | "ring_signals_calls" => (of(key.strip_suffix("_calls")?)?, "n"),
            _ => {
                let name = key.strip_suffix("_us").or(key.strip_suffix("_milli"))?;
                let (name, what) = name.rsplit_once('_')?;
                let times = of(if is_queue && name == "wait" { "pass_wait_answered" } else { name })?;
                let milli =
                    |sql: String| if key.ends_with("_milli") { format!("({sql}) * 1000") } else { sql };
                let times = match times {
                    Of::Call(sql) => Of::Call(milli(sql)),
                    Of::Pass(sql) => Of::Pass(milli(sql)),
                };
                (times, what)
            }
        })
    }

    fn level(&mut self, level: &Level<'_>) -> Option<String> {
        let mut of = |what: &str| Some(self.count(formulas::level(&Level { what, ..*level })?));
        match level.what {
            "sl_of_offered" => Some(quotient(&of("answered_within")?, &of("presented")?)),
            "sl_of_answered" => Some(quotient(&of("answered_within")?, &of("answered")?)),
            "sl_without_short" => {
                let whole = format!("({} - {})", of("presented")?, of("lost_within")?);
                Some(quotient(&of("answered_within")?, &whole))
            }
            "sl_with_short" => {
                let part = format!("({} + {})", of("answered_within")?, of("lost_within")?);
                Some(quotient(&part, &of("presented")?))
            }
            what => of(what),
        }
    }
}

fn within_signals(number: i64, reading: &str, cadence_us: i64) -> Option<String> {
    let answer = formulas::answer();
    Some(match reading {
        "before_the_next" => format!("{answer} < {}", number * cadence_us),
        "during_the_last" => format!("{answer} <= {}", (number - 1) * cadence_us + 1_000_000),
        "five_seconds_each" => format!("{answer} <= {}", number * 5_000_000),
        _ => return None,
    })
}

fn column(side: &str, columns: &mut Vec<String>, sql: &str) -> String {
    let known = columns
        .iter()
        .position(|column| column.strip_prefix(sql).is_some_and(|rest| rest.starts_with(" AS m")));
    let number = known.unwrap_or_else(|| {
        columns.push(format!("{sql} AS m{side}{}", columns.len()));
        columns.len() - 1
    });
    format!("m{side}{number}")
}

fn quotient(part: &str, whole: &str) -> String {
    format!("if({whole} > 0, {part} / {whole}, NULL)")
}

fn statistic(value: &str, what: &str) -> String {
    match what {
        "n" => format!("toInt64(count({value}))"),
        "sum" => format!("ifNull(toInt64(sum({value})), 0)"),
        "mean" => format!("if(count({value}) = 0, NULL, intDiv(sum({value}), toInt64(count({value}))))"),
        "median" => format!("quantileExactOrNull(0.5)({value})"),
        "max" => format!("maxOrNull({value})"),
        percentile => {
            format!("quantileExactOrNull(0.{})({value})", percentile.strip_prefix('p').unwrap_or(percentile))
        }
    }
}
