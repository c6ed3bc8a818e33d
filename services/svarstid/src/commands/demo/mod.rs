//! `svarstid demo`: the whole pipeline on a recording, and the proof that nothing was lost on the way.
//!
//! Everything is real: Kafka, ClickHouse, the services. What comes out of ClickHouse is compared, to the digit, with what
//! `analyze` works out from the same file without any of them.

mod bars;
mod check;
mod expected;
mod recording;
mod services;

use crate::commands::service;
use crate::commands::stop::stop_on_signal;
use crate::{commands::analyze::Format, figures};
use anyhow::{Context, bail};
use bars::Bars;
use check::Check;
use collector::{Progress, Replay, Source, Speed};
use config::Config;
use services::Services;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How long the figures may take to arrive after the last event was read.
const ARRIVE_WITHIN: Duration = Duration::from_secs(180);

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// End when the figures are there; fail if an event is lost on the way
    #[arg(long)]
    once: bool,
    /// The recording; without it: ami.raw.txt.gz beside the configuration
    #[arg(long, value_name = "FILE")]
    recording: Option<PathBuf>,
    /// How many times faster than it was, or `max`
    #[arg(long, default_value = "max", value_parser = super::collect::speed)]
    speed: Speed,
    /// `now` (the recording ends now), `none` (its own times), or when it shall begin (RFC 3339)
    #[arg(long, value_name = "TIME", default_value = "now", value_parser = super::collect::shift)]
    shift_to: collector::Shift,
}

pub fn run(arguments: &Arguments, config_file: &Path) -> anyhow::Result<ExitCode> {
    let mut config = config::load(config_file)?;
    let beside = config_file.with_file_name("ami.raw.txt.gz");
    let recording = arguments.recording.clone().unwrap_or(beside);
    // A stack of its own: a demo must never write into figures that somebody relies on.
    let folder = config.state_folder().join("demo");
    config.stack.folder = Some(std::path::absolute(&folder)?);
    config.collector.spool.folder = None;
    config.kafka.brokers = format!("127.0.0.1:{}", config.stack.kafka_port);
    config.clickhouse.url = format!("http://127.0.0.1:{}", config.stack.clickhouse_http_port);
    let runtime = service("demo")?;
    let around = Around { config, config_file: config_file.to_owned(), recording };
    runtime.block_on(demo(arguments, &around))
}

/// What a demo is made of.
struct Around {
    config: Config,
    config_file: PathBuf,
    recording: PathBuf,
}

async fn demo(arguments: &Arguments, around: &Around) -> anyhow::Result<ExitCode> {
    let stopped = stop_on_signal()?;
    let settings = stack::Settings::from_config(&around.config);
    start_afresh(&settings)?;
    say("the parts: real Kafka and the real ClickHouse engine");
    let running = {
        let (settings, stopped) = (settings.clone(), stopped.clone());
        // The first start fetches the parts, which takes a while: Ctrl-C must not wait for it.
        let up = move || stack::up_unless(&settings, &|what| say(what), &|| *stopped.borrow());
        tokio::task::spawn_blocking(up).await??
    };
    let result = with_stack(arguments, around, stopped).await;
    say("stopping");
    tokio::task::spawn_blocking(move || running.stop()).await?;
    result
}

/// The last demo's data would be counted with this one's: it is removed, and said to be.
fn start_afresh(settings: &stack::Settings) -> anyhow::Result<()> {
    let folder = &settings.folder;
    if !folder.exists() {
        return Ok(());
    }
    if stack::is_running(folder) {
        bail!("a demo runs already in {}; end it with Ctrl-C where it runs", folder.display());
    }
    // What a killed demo left running holds the ports, and is known only by the files that are removed here.
    stack::down(settings)?;
    say(&format!("an earlier demo's data in {} is removed; this one begins afresh", folder.display()));
    std::fs::remove_dir_all(folder).with_context(|| format!("{} cannot be removed", folder.display()))
}

async fn with_stack(
    arguments: &Arguments,
    around: &Around,
    mut stopped: watch::Receiver<bool>,
) -> anyhow::Result<ExitCode> {
    let Around { config, recording, .. } = around;
    let span = recording::span(recording)?;
    let (shift, shift_us) = recording::shift(arguments.shift_to, arguments.speed, &span);
    let expected = expected::Expected::of(config, recording, shift_us)?;
    let replay = Replay { file: recording.to_owned(), speed: arguments.speed, shift };
    let progress = Arc::new(Progress::default());
    let services = Services::start(config, Source::Replay(replay), &progress);
    let check = Check::new(config, &expected);
    let bars = Bars::new(&progress, &expected);
    let arrived = tokio::select! {
        arrived = check.wait(&progress, &bars, ARRIVE_WITHIN) => arrived,
        failed = services.failed() => Err(failed),
        _ = stopped.wait_for(|stop| *stop) => Err(anyhow::anyhow!("stopped before the figures had arrived")),
    };
    bars.end();
    let outcome = match arrived {
        Ok(summary) => {
            figures::write(&mut std::io::stdout().lock(), &summary, Format::Table)?;
            check.tell_conservation(&progress).await?;
            Ok(())
        }
        Err(error) => Err(error),
    };
    if outcome.is_ok() && !arguments.once {
        where_next(around)?;
        let _ = stopped.wait_for(|stop| *stop).await;
    }
    services.stop().await?;
    outcome.map(|()| ExitCode::SUCCESS)
}

#[expect(clippy::print_stdout, reason = "a command that talks to a person")]
fn where_next(around: &Around) -> anyhow::Result<()> {
    let config::ClickHouse { url, user, password, .. } = &around.config.clickhouse;
    let (program, config_file) = (std::env::current_exe()?, std::path::absolute(&around.config_file)?);
    println!("\nWhere to look next, while this stays up (Ctrl-C ends it):");
    println!("  SQL console   {url}/play   (user {user}, password {password})");
    println!(
        "  one question  {} --config {} sql \"SELECT * FROM calls_latest ORDER BY arrived_at DESC LIMIT 5\"",
        program.display(),
        config_file.display()
    );
    println!("  your own PBX  docs/connect-asterisk.md");
    Ok(())
}

/// What happens, for people: on stderr, so that figures can be piped.
#[expect(clippy::print_stderr, reason = "a command that talks to a person")]
fn say(what: &str) {
    eprintln!("• {what}");
}
