//! At the pace of the clock, with something that goes wrong when it is wanted.

use anyhow::Context;
use generate::{Incident, IncidentKind, Parameters, profile};

/// A live run ends by itself after so long, µs: a month.
pub const LONGEST_US: i64 = 30 * 24 * 3_600_000_000;
const SECOND_US: i64 = 1_000_000;

#[derive(Debug, clap::Args)]
pub struct Options {
    /// From now on at the pace of the clock, until Ctrl-C; nothing goes wrong but what --incident says
    #[arg(long, conflicts_with_all = ["from", "days", "no_incidents"])]
    live: bool,
    /// Every hour is a busy one, at night too; the configuration must then be without [[opening_hours]]
    #[arg(long, requires = "live")]
    always_busy: bool,
    /// What goes wrong
    #[arg(long, requires = "live", value_name = "KIND", value_parser = kind)]
    incident: Option<IncidentKind>,
    /// So many seconds after the start
    #[arg(long, requires = "incident", value_name = "SECONDS", default_value_t = 60)]
    after: u32,
    /// For so many seconds
    #[arg(long = "for", requires = "incident", value_name = "SECONDS", default_value_t = 300)]
    lasts: u32,
    /// How strong: the share of members that are gone, how many times as many calls come, the share of diversions that is left
    #[arg(long, requires = "incident", value_name = "X")]
    strength: Option<f64>,
    /// In which queue
    #[arg(long, requires = "incident", value_name = "QUEUE", default_value = "vaxel")]
    queue: String,
    /// Of which unit, if diversions are missing
    #[arg(long, requires = "incident", value_name = "UNIT", default_value = "socialforvaltning")]
    unit: String,
}

fn kind(word: &str) -> Result<IncidentKind, String> {
    let all = IncidentKind::ALL;
    all.into_iter().find(|kind| kind.word() == word).ok_or_else(|| {
        let words: Vec<&str> = all.iter().map(|kind| kind.word()).collect();
        format!("there are {}", words.join(", "))
    })
}

impl Options {
    pub fn is_live(&self) -> bool {
        self.live
    }

    pub fn parameters(&self, parameters: Parameters) -> Parameters {
        Parameters { is_always_busy: self.always_busy, has_incidents: false, ..parameters }
    }

    pub fn incident(&self, now_us: i64) -> anyhow::Result<Vec<Incident>> {
        let Some(kind) = self.incident else { return Ok(Vec::new()) };
        let queue = profile::QUEUES.iter().find(|queue| queue.name == self.queue);
        let queue = queue.with_context(|| format!("there is no queue `{}`", self.queue))?;
        let unit = profile::UNITS.iter().find(|unit| unit.name == self.unit);
        let unit = unit.with_context(|| format!("there is no unit `{}`", self.unit))?;
        let is_of_queue =
            matches!(kind, IncidentKind::StaffingDrop | IncidentKind::QueueClosed | IncidentKind::Surge);
        let from_us = now_us + i64::from(self.after) * SECOND_US;
        Ok(vec![Incident {
            kind,
            queue: is_of_queue.then_some(queue.name),
            unit: (kind == IncidentKind::DisciplineCollapse).then_some(unit.name),
            from_us,
            to_us: from_us + i64::from(self.lasts) * SECOND_US,
            strength: self.strength.unwrap_or(kind.usual_strength()),
        }])
    }
}
