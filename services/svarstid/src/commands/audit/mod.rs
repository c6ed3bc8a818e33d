//! `svarstid audit`: whether what always holds does hold, over the whole pipeline: events, topics, tables.
//!
//! ```text
//! how far processor and sink are ─► the tables are asked ─► manifests, then what they tell of, ─► what differs, without what
//!                                                            are read to their ends                is still on its way
//! ```
//! In this order whatever moves meanwhile is on its way, and is not judged.

mod chain;
mod events;
mod horizon;
mod kept;
mod ledger;
mod odd;
mod records;
mod report;
mod runs;
mod tables;
mod transactions;

use crate::commands::{ask, store};
use crate::time::moment;
use call::Text;
use config::Config;
use kafka::{Settings, Topics};
use kept::Kept;
use pipeline::{Clock as _, SystemClock};
pub use report::Report;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;
use store::audit::Asked;

/// Every second that the tables can hold.
const ALL_TIME_S: std::ops::Range<i64> = 0..u32::MAX as i64;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// One site alone [default: all in the tables]
    #[arg(long)]
    site: Option<String>,
    /// Calls, minutes and rejected records from this time on: the site's clock, or RFC 3339 [default: all]
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// … until before this time
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// One JSON document
    #[arg(long)]
    json: bool,
}

/// Exit code 0: all holds; 1: something does not; 69: Kafka or ClickHouse do not answer.
pub fn run(arguments: &Arguments, config: &Path) -> anyhow::Result<ExitCode> {
    let config = config::load(config)?;
    let second = |text: &Option<String>, default: i64| -> anyhow::Result<i64> {
        let at_us = text.as_deref().map(|text| moment(text, &config.site.time_zone)).transpose()?;
        Ok(at_us.map_or(default, |us| us.div_euclid(1_000_000)).clamp(ALL_TIME_S.start, ALL_TIME_S.end))
    };
    let asked = Asked {
        site: arguments.site.clone(),
        // Panes are whole minutes.
        from_s: second(&arguments.from, ALL_TIME_S.start)?.div_euclid(60) * 60,
        to_s: ((second(&arguments.to, ALL_TIME_S.end)? + 59).div_euclid(60) * 60).min(ALL_TIME_S.end),
    };
    let report = ask(audit(&config, &asked))?;
    let mut out = std::io::stdout().lock();
    if arguments.json {
        report.write_json(&mut out)?;
    } else {
        report.write(&mut out)?;
    }
    Ok(if report.holds() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Everything, of all sites and times.
pub fn everything() -> Asked {
    Asked { site: None, from_s: ALL_TIME_S.start, to_s: ALL_TIME_S.end }
}

/// Where Kafka is, and what is asked of it.
#[derive(Clone)]
struct Around {
    config: Config,
    settings: Settings,
    topics: Topics,
    asked: Asked,
    /// What ClickHouse has not let go.
    kept: Kept,
    /// Those of whose events the processor makes calls.
    sites: BTreeSet<Text>,
}

impl Around {
    /// What a part of Kafka's work needs. Kafka's client waits without a runtime.
    async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> anyhow::Result<T> + Send + 'static,
    ) -> anyhow::Result<T> {
        let around = self.clone();
        tokio::task::spawn_blocking(move || work(&around)).await?
    }

    fn partitions(&self) -> i32 {
        self.config.kafka.partitions
    }

    fn is_asked(&self, site: &str, at_us: i64) -> bool {
        let Asked { site: wanted, from_s, to_s } = &self.asked;
        let at_s = at_us.div_euclid(1_000_000);
        (*from_s..*to_s).contains(&at_s)
            && wanted.as_deref().is_none_or(|wanted| wanted == site || site.is_empty())
    }
}

/// Judges everything that has arrived.
pub async fn audit(config: &Config, asked: &Asked) -> anyhow::Result<Report> {
    let others = config.other_sites()?;
    let around = Around {
        settings: Settings::new(&config.kafka.brokers, "svarstid-audit"),
        topics: Topics::new(&config.kafka.topic_prefix, config.kafka.generation),
        sites: others.iter().chain([config]).map(|one| one.site.id.as_str().into()).collect(),
        kept: Kept::of(config, SystemClock.now_us()),
        config: config.clone(),
        asked: asked.clone(),
    };
    let store = store(config);
    let (processed, mut topics) =
        tokio::try_join!(around.apart(events::processed), around.apart(records::open))?;
    for topic in &mut topics {
        topic.ask(&store).await?;
    }
    let tables = tables::Found::ask(&store, asked, &around.kept.horizon).await?;
    let (read, judged, mut whole) = around.apart(move |around| records::read(around, topics)).await?;
    let places = store::audit::rejected_places(&store, &around.topics.call_events()).await?;
    let by_stage = store::audit::rejected_by_stage(&store, asked).await?;
    let known = places.into_iter().chain(read.rejected_places.iter().cloned()).collect();
    let judge = move |around: &Around| {
        let events = events::judge(around, &processed, &known, &mut whole)?;
        Ok((events, whole.check(around)))
    };
    let (events, whole) = around.apart(judge).await?;
    let mut checks = tables.judge(config, &read);
    checks.push(events);
    checks.extend(judged);
    checks.push(whole);
    let horizons = around.apart(horizon::look).await?;
    Ok(Report { checks, rejected: by_stage, horizons, kept: around.kept })
}
