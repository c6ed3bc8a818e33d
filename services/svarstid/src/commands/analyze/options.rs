//! What `analyze` is asked to tell.

use super::Format;
use crate::figures::report::{Measure, Plan};
use clap::ValueEnum;
use config::Config;
use kpi::Cut;

#[derive(Debug, clap::Args)]
pub struct Options {
    /// One JSON line a call instead of figures
    #[arg(long, conflicts_with_all = ["full", "by", "measures", "open_list"])]
    calls: bool,
    /// Every measure; of the whole site unless `--by` cuts it
    #[arg(long)]
    full: bool,
    /// A line for each of these: calls by unit, by number dialled, by hour (UTC); passes by queue
    #[arg(long, value_enum)]
    by: Option<By>,
    /// Only these measures, in this order; several with commas
    #[arg(long = "measure", value_enum, value_delimiter = ',', conflicts_with = "full")]
    measures: Vec<Measure>,
    /// Lost external callers whom nobody has answered or called back since, within a week of the newest call
    #[arg(long, conflicts_with_all = ["full", "by", "measures"])]
    open_list: bool,
    /// N of "answered within N ring signals"; several with commas
    #[arg(long, value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..=20))]
    signals: Vec<u32>,
    /// Numbers and extensions of fewer calls are told together: behind one of them is one person
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(i64).range(1..))]
    at_least: i64,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// The same as `--format json`
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

/// What lines are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    Queue,
    Unit,
    Number,
    Hour,
}

/// What shall be told.
pub enum Wanted {
    /// The headline table.
    Headline,
    /// A line for each call.
    Calls,
    /// Measures.
    Report(Plan),
    /// Lost callers.
    OpenList,
}

impl Options {
    /// How to print it.
    pub const fn format(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }

    /// Whether a person reads the output.
    pub fn is_for_people(&self) -> bool {
        self.format() == Format::Table && !self.calls
    }

    /// What shall be told.
    pub fn wanted(&self, config: &Config) -> Wanted {
        if self.calls {
            return Wanted::Calls;
        }
        if self.open_list {
            return Wanted::OpenList;
        }
        if !self.full && self.by.is_none() && self.measures.is_empty() {
            return Wanted::Headline;
        }
        Wanted::Report(self.plan(config))
    }

    fn plan(&self, config: &Config) -> Plan {
        let settings = config.kpi_settings();
        let cut = match self.by {
            None => Cut::Site,
            Some(By::Queue) => Cut::Queue,
            Some(By::Unit) => Cut::Unit,
            Some(By::Number) => Cut::Number,
            Some(By::Hour) => Cut::Hour,
        };
        let signals = match (&self.signals[..], cut) {
            ([], Cut::Site) => (1..=5).collect(),
            ([], _) => vec![3],
            (asked, _) => asked.to_vec(),
        };
        let all = || Measure::value_variants().to_vec();
        Plan {
            cut,
            measures: if self.measures.is_empty() { all() } else { self.measures.clone() },
            cadence: settings.cadence,
            signals,
            thresholds_s: settings.thresholds_s.iter().filter_map(|t| u16::try_from(*t).ok()).collect(),
            targets: config.service_targets(),
            at_least: self.at_least,
        }
    }
}
