//! Whether everything arrived, and everything once.

use super::bars::Bars;
use super::expected::Expected;
use crate::commands::{audit, store};
use anyhow::{Context, bail};
use collector::Progress;
use config::Config;
use kpi::Summary;
use std::sync::atomic::Ordering;
use std::time::Duration;
use store::Store;
use tokio::time::Instant;

const LOOK_EVERY: Duration = Duration::from_millis(250);

/// What is asked of ClickHouse, and what must come back.
pub struct Check<'a> {
    config: &'a Config,
    store: Store,
    site: &'a str,
    settings: kpi::Settings,
    expected: &'a Expected,
}

impl<'a> Check<'a> {
    pub fn new(config: &'a Config, expected: &'a Expected) -> Self {
        Self {
            config,
            store: store(config),
            site: &config.site.id,
            settings: config.kpi_settings(),
            expected,
        }
    }

    /// Waits until ClickHouse gives the expected figures, to the digit, and gives them as it tells them.
    pub async fn wait(&self, progress: &Progress, bars: &Bars, within: Duration) -> anyhow::Result<Summary> {
        let mut deadline: Option<Instant> = None;
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            // Before the sink has made its tables there is nothing to read: that is no failure yet.
            let found =
                store::summary::read(&self.store, self.site, store::summary::ALL_MINUTES, &self.settings)
                    .await;
            let stored = self.number("SELECT count() FROM calls_latest WHERE is_final").await.unwrap_or(0);
            bars.update(progress, stored);
            let done = progress.source_done.load(Ordering::SeqCst);
            if let Ok(summary) = &found
                && done
                && *summary == self.expected.summary
                && stored == self.expected.calls
            {
                return Ok(summary.clone());
            }
            let limit = *deadline.get_or_insert(Instant::now() + within);
            if !done {
                deadline = None;
            } else if Instant::now() > limit {
                let found = found.context("the figures cannot be read back")?;
                bail!(self.difference(&found, stored));
            }
        }
    }

    fn difference(&self, found: &Summary, stored: u64) -> String {
        let wrong = self.expected.summary.rows.iter().find(|row| !found.rows.contains(row));
        format!(
            "what arrived is not what was sent: {stored} of {} calls are final; expected {wrong:?}, found {:?}",
            self.expected.calls,
            wrong.and_then(|w| found
                .rows
                .iter()
                .find(|f| f.dimension == w.dimension && f.direction == w.direction))
        )
    }

    /// Every record is accounted for: read = kept, kept = delivered, rejected = told; and the audit holds.
    #[expect(clippy::print_stdout, reason = "a command that talks to a person")]
    pub async fn tell_conservation(&self, progress: &Progress) -> anyhow::Result<()> {
        let (events, rejected) = (Progress::get(&progress.events), Progress::get(&progress.rejected));
        let delivered = Progress::get(&progress.delivered);
        println!(
            "\nConservation: {} messages read, {events} events and {rejected} rejected records kept, {delivered} delivered. \
             From there `svarstid audit` tells:",
            Progress::get(&progress.messages)
        );
        if delivered != events + rejected {
            bail!("{} records were kept but {delivered} delivered", events + rejected);
        }
        let told = self.number("SELECT count() FROM rejected FINAL").await?;
        if told != rejected || rejected != self.expected.rejected {
            bail!(
                "{rejected} records were rejected, {} expected, {told} told in ClickHouse",
                self.expected.rejected
            );
        }
        let report = audit::audit(self.config, &audit::everything()).await?;
        report.write(&mut std::io::stdout().lock())?;
        if !report.holds() {
            bail!("what always holds does not hold");
        }
        println!(
            "Every figure above was read back from ClickHouse and equals, to the digit, what `svarstid analyze` works out."
        );
        Ok(())
    }

    async fn number(&self, sql: &str) -> anyhow::Result<u64> {
        let answer = self.store.fetch(sql, "TSV").await?;
        let text = String::from_utf8_lossy(&answer).into_owned();
        text.trim().parse().with_context(|| format!("ClickHouse answered {text:?} to {sql}"))
    }
}
