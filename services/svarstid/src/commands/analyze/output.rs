//! Calls → figures or lines, without keeping them longer than must be.

use super::{Arguments, Format, calls};
use crate::figures;
use call::{Call, Text};
use config::Config;
use kpi::{Cadence, Counting};
use std::collections::BTreeMap;
use std::io::{BufWriter, Stdout, Write};

/// Takes the last version of each call.
pub struct Output {
    calls: u64,
    way: Way,
}

enum Way {
    Figures(Box<Counting>, Format),
    Lines(Box<Lines>),
}

/// Calls end in another order than they arrive. None lives longer than `age_us`, so what arrived that long ago comes
/// before everything that is still open.
struct Lines {
    out: BufWriter<Stdout>,
    cadence: Cadence,
    age_us: i64,
    waiting: BTreeMap<(i64, Text), Call>,
}

impl Output {
    pub fn new(arguments: &Arguments, config: &Config) -> anyhow::Result<Self> {
        let settings = config.kpi_settings();
        let way = if arguments.calls {
            Way::Lines(Box::new(Lines {
                out: BufWriter::new(std::io::stdout()),
                cadence: settings.cadence,
                age_us: config.site_plan()?.max_call_age_us,
                waiting: BTreeMap::new(),
            }))
        } else {
            Way::Figures(Box::new(Counting::new(settings)), arguments.format)
        };
        Ok(Self { calls: 0, way })
    }

    /// Takes a call that was over at `now_us`; one that was merged into another is left out.
    pub fn take(&mut self, call: &Call, now_us: i64) -> anyhow::Result<()> {
        if call.merged_into.is_some() {
            return Ok(());
        }
        self.calls += 1;
        match &mut self.way {
            Way::Figures(counting, _) => counting.add(call),
            Way::Lines(lines) => {
                lines.waiting.insert((call.arrived_us, call.call_id.clone()), call.clone());
                lines.write_before(now_us.saturating_sub(lines.age_us))?;
            }
        }
        Ok(())
    }

    /// Prints what is left; how many calls there were.
    pub fn finish(self) -> anyhow::Result<u64> {
        match self.way {
            Way::Figures(counting, format) => {
                figures::write(&mut std::io::stdout().lock(), &counting.finish(), format)?;
            }
            Way::Lines(mut lines) => {
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
