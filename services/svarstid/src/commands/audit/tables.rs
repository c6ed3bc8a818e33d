//! The tables against each other.

use super::records::Read;
use super::report::{Check, Finding};
use crate::time::local;
use call::Text;
use config::Config;
use pipeline::Invariant;
use store::Store;
use store::audit::{self, Asked, Difference, Odd, Versions};
use store::retention::Horizon;

const OF_FIGURES: &str = "look at nothing_vanishes first: rows that were removed or changed by hand are the usual cause. If that \
    holds, it is a bug: please report it with this line";
const OF_VERSIONS: &str = "if nothing_vanishes tells of the same call, somebody writes beside the sink; two recordings of the \
    same calls need two sites; otherwise it is a bug: please report it with this line";

/// What does not hold, as the tables are.
pub struct Found {
    panes: u64,
    versions: Versions,
    calls: Vec<Difference>,
    passes: Vec<Difference>,
    odd: Vec<Odd>,
}

impl Found {
    /// Asks everything that is still to be had.
    pub async fn ask(store: &Store, asked: &Asked, kept: &Horizon) -> anyhow::Result<Self> {
        let (calls, passes) = (asked.since(kept.calls_s), asked.since(kept.personal_s));
        Ok(Self {
            calls: audit::calls_conserved(store, &calls).await?,
            passes: audit::passes_conserved(store, &passes).await?,
            odd: audit::one_outcome(store, &calls).await?,
            panes: audit::panes(store, &asked.since(kept.minutes_s)).await?,
            versions: audit::versions(store, &calls).await?,
        })
    }

    /// Leaves out what records on their way are about.
    pub fn judge(self, config: &Config, read: &Read) -> Vec<Check> {
        let zone = &config.site.time_zone;
        let on_the_way = ("minutes", read.minutes.len() as u64);
        let conserved = |invariant, what, differences: Vec<Difference>| {
            let mut check = Check::new(invariant, what);
            check.judged = vec![("panes", self.panes)];
            check.on_the_way = on_the_way;
            let settled =
                |one: &Difference| !read.minutes.contains(&(one.site.as_str().into(), one.minute_s));
            check.findings =
                differences.iter().filter(|one| settled(one)).map(|one| finding(one, zone)).collect();
            check
        };
        let mut once = Check::new(Invariant::OneOutcome, "calls");
        once.judged = vec![("calls", self.versions.calls), ("rows", self.versions.rows)];
        once.on_the_way = ("calls", read.calls.len() as u64);
        let settled = |one: &&Odd| !read.calls.contains(&Text::from(one.call_id.as_str()));
        once.findings = self
            .odd
            .iter()
            .filter(settled)
            .map(|one| Finding {
                what: format!("the call {}", one.what),
                place: format!("{}, arrived {}", one.call_id, local(zone, one.arrived_s * 1_000_000)),
                todo: OF_VERSIONS.to_owned(),
            })
            .collect();
        vec![
            conserved(Invariant::CallsConserved, "kpi = calls_latest", self.calls),
            conserved(Invariant::PassesConserved, "kpi = passes_latest", self.passes),
            once,
        ]
    }
}

fn finding(difference: &Difference, zone: &str) -> Finding {
    let Difference { site, minute_s, dimension, name, direction, figures } = difference;
    let figures: Vec<_> = figures
        .iter()
        .map(|one| format!("{} is {}, must be {}", one.figure, one.told, one.counted))
        .collect();
    let of = if name.is_empty() { dimension.clone() } else { format!("{dimension} {name}") };
    Finding {
        what: figures.join("; "),
        place: format!("site {site}, {of}, {direction}, minute {}", local(zone, minute_s * 1_000_000)),
        todo: OF_FIGURES.to_owned(),
    }
}
