//! Calls → figures or lines, without keeping them longer than must be.

use super::options::{Options, Wanted};
use super::{Format, calls};
use crate::figures;
use crate::figures::report::{Counted, Plan, open_list};
use call::{Call, Text};
use config::Config;
use kpi::{Cadence, Counting, Episodes, Report};
use std::collections::BTreeMap;
use std::io::{BufWriter, Stdout, Write};

/// Takes the last version of each call.
pub struct Output {
    calls: u64,
    /// No call lives longer.
    age_us: i64,
    format: Format,
    way: Way,
}

enum Way {
    Figures(Box<Counting>),
    Lines(Box<Lines>),
    Report(Box<(Counted, Plan)>),
    OpenList(Box<Episodes>),
}

/// Calls end in another order than they arrive. None lives longer than `age_us`, so what arrived that long ago comes
/// before everything that is still open.
struct Lines {
    out: BufWriter<Stdout>,
    cadence: Cadence,
    waiting: BTreeMap<(i64, Text), Call>,
}

impl Output {
    pub fn new(options: &Options, config: &Config) -> anyhow::Result<Self> {
        let settings = config.kpi_settings();
        let way = match options.wanted(config) {
            Wanted::Calls => Way::Lines(Box::new(Lines {
                out: BufWriter::new(std::io::stdout()),
                cadence: settings.cadence,
                waiting: BTreeMap::new(),
            })),
            Wanted::Headline => Way::Figures(Box::new(Counting::new(settings))),
            Wanted::Report(plan) => {
                let report = Report::new(plan.cut, plan.cadence);
                Way::Report(Box::new((Counted { report, episodes: Episodes::default() }, plan)))
            }
            Wanted::OpenList => Way::OpenList(Box::default()),
        };
        Ok(Self { calls: 0, age_us: config.site_plan()?.max_call_age_us, format: options.format(), way })
    }

    /// Takes a call that was over at `now_us`; one that was merged into another is left out.
    pub fn take(&mut self, call: &Call, now_us: i64) -> anyhow::Result<()> {
        if call.merged_into.is_some() {
            return Ok(());
        }
        self.calls += 1;
        let settled_us = now_us.saturating_sub(self.age_us);
        match &mut self.way {
            Way::Figures(counting) => counting.add(call),
            Way::Lines(lines) => {
                lines.waiting.insert((call.arrived_us, call.call_id.clone()), call.clone());
                lines.write_before(settled_us)?;
            }
            Way::Report(counting) => {
                counting.0.report.add(call);
                counting.0.episodes.add(call);
                counting.0.episodes.advance(settled_us);
            }
            Way::OpenList(episodes) => {
                episodes.add(call);
                episodes.advance(settled_us);
            }
        }
        Ok(())
    }

    /// Prints what is left; how many calls there were.
    pub fn finish(self) -> anyhow::Result<u64> {
        let mut out = std::io::stdout().lock();
        match self.way {
            Way::Figures(counting) => figures::write(&mut out, &counting.finish(), self.format)?,
            Way::Report(counting) => {
                let (mut counted, plan) = *counting;
                counted.episodes.finish();
                figures::report::write(&mut out, &counted, &plan, self.format)?;
            }
            Way::OpenList(mut episodes) => {
                episodes.finish();
                open_list::write(&mut out, &episodes, self.format)?;
            }
            Way::Lines(mut lines) => {
                drop(out);
                lines.write_before(i64::MAX)?;
                lines.out.flush()?;
            }
        }
        Ok(self.calls)
    }
}

impl Lines {
    fn write_before(&mut self, before_us: i64) -> anyhow::Result<()> {
        while let Some(first) = self.waiting.first_entry().filter(|first| first.key().0 < before_us) {
            calls::write(&mut self.out, &first.remove(), self.cadence)?;
        }
        Ok(())
    }
}
