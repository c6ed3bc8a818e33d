//! `svarstid collect`: from the PBX and its log files, or a recording, to Kafka.

use crate::commands::service;
use crate::commands::stop::Grace;
use anyhow::{Context, bail};
use collector::{Progress, Replay, Shift, Source, Speed};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// A recording of the manager interface instead of the live PBX; gzipped ones too
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
    /// How many times faster than it was, or `max`
    #[arg(long, default_value = "max", value_parser = speed, requires = "replay")]
    speed: Speed,
    /// `now`, or when the recording's first event shall have happened (RFC 3339); without it: when it did
    #[arg(long, value_name = "TIME", value_parser = shift, requires = "replay")]
    shift_to: Option<Shift>,
    #[command(flatten)]
    grace: Grace,
}

pub fn run(arguments: &Arguments, config_file: &Path) -> anyhow::Result<ExitCode> {
    let config = config::load(config_file)?;
    let source = match &arguments.replay {
        Some(file) => Source::Replay(Replay {
            file: file.clone(),
            speed: arguments.speed,
            shift: arguments.shift_to.unwrap_or(Shift::None),
        }),
        None => Source::Live,
    };
    let runtime = service("collector")?;
    let progress = Arc::new(Progress::default());
    let told = Arc::clone(&progress);
    runtime.block_on(async {
        collector::run(&config, source, progress, arguments.grace.stop_on_signal()?).await
    })?;
    tracing::info!(
        messages = Progress::get(&told.messages),
        events = Progress::get(&told.events),
        rejected = Progress::get(&told.rejected),
        dropped = Progress::get(&told.dropped),
        delivered = Progress::get(&told.delivered),
        "the collector has ended"
    );
    Ok(ExitCode::SUCCESS)
}

/// `max`, or a number above 0.
pub fn speed(text: &str) -> anyhow::Result<Speed> {
    if text == "max" {
        return Ok(Speed::Max);
    }
    let times: f64 = text.parse().context("a speed is `max` or a number")?;
    if !(times.is_finite() && times > 0.0) {
        bail!("a speed is above 0");
    }
    Ok(Speed::Times(times))
}

/// `now`, `none`, or RFC 3339.
pub fn shift(text: &str) -> anyhow::Result<Shift> {
    match text {
        "now" => Ok(Shift::Now),
        "none" => Ok(Shift::None),
        time => {
            let time: jiff::Timestamp =
                time.parse().context("`now`, `none`, or a time like 2026-11-23T08:00:00Z")?;
            Ok(Shift::At(time.as_microsecond()))
        }
    }
}
