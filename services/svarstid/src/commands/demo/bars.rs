//! Progress on the terminal; nothing where there is none.

use super::expected::Expected;
use collector::Progress;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::sync::Arc;

/// One bar for each stage.
pub struct Bars {
    read: ProgressBar,
    delivered: ProgressBar,
    stored: ProgressBar,
}

impl Bars {
    /// From the PBX's bytes to calls in ClickHouse.
    pub fn new(progress: &Arc<Progress>, expected: &Expected) -> Self {
        let all = MultiProgress::new();
        let style = ProgressStyle::with_template("  {msg:<24} {bar:40} {pos:>9}/{len:<9} {elapsed_precise}");
        let bar = |what: &'static str, length: u64| {
            let bar = all.add(ProgressBar::new(length));
            if let Ok(style) = &style {
                bar.set_style(style.clone());
            }
            bar.with_message(what)
        };
        Self {
            read: bar("bytes read", Progress::get(&progress.bytes_total)),
            delivered: bar("records in Kafka", 0),
            stored: bar("calls in ClickHouse", expected.calls),
        }
    }

    /// How far everything is.
    pub fn update(&self, progress: &Progress, stored: u64) {
        self.read.set_length(Progress::get(&progress.bytes_total));
        self.read.set_position(Progress::get(&progress.bytes));
        self.delivered.set_length(Progress::get(&progress.events) + Progress::get(&progress.rejected));
        self.delivered.set_position(Progress::get(&progress.delivered));
        self.stored.set_position(stored);
    }

    /// Leaves the terminal as it is.
    pub fn end(&self) {
        for bar in [&self.read, &self.delivered, &self.stored] {
            bar.abandon();
        }
    }
}
