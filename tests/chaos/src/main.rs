//! `cargo run -p chaos -- --seed N [--only FAULT]… [--short]`

use chaos::Options;
use chaos::world::Stop;
use clap::Parser;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::signal::unix::{SignalKind, signal};

/// Kills, freezes, cuts off and starves the real parts by a seed, and tells after each fault whether the figures held.
#[derive(Parser)]
struct Arguments {
    /// What everything follows from.
    #[arg(long)]
    seed: u64,
    /// This fault alone; may be said more than once.
    #[arg(long = "only", value_name = "FAULT")]
    only: Vec<String>,
    /// The few that matter most, and shorter: a minute or two.
    #[arg(long)]
    short: bool,
    /// Keep the folder with logs and data.
    #[arg(long)]
    keep: bool,
}

#[expect(clippy::print_stderr, reason = "a command that talks to a person")]
fn main() -> ExitCode {
    match play() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("chaos: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn play() -> anyhow::Result<ExitCode> {
    let Arguments { seed, only, short, keep } = Arguments::parse();
    let stop = Arc::default();
    end_on_signals(&stop)?;
    let tell = |line: &str| {
        let mut out = std::io::stdout().lock();
        // Whoever does not read any more does not miss it.
        let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    };
    let outcome = chaos::run(&Options { seed, only, short, keep }, &stop, &tell)?;
    Ok(ExitCode::from(u8::from(outcome.bad > 0)))
}

/// Ctrl-C ends the run in order: no process, no mount and no folder stays behind. Handlers, not a mask: children inherit a mask,
/// and would not hear when they are asked to stop.
fn end_on_signals(stop: &Stop) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut signals = Vec::new();
    {
        let _inside = runtime.enter();
        for kind in [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()] {
            signals.push(signal(kind)?);
        }
    }
    for mut signal in signals {
        let stop = Arc::clone(stop);
        runtime.spawn(async move {
            signal.recv().await;
            stop.store(true, Ordering::SeqCst);
        });
    }
    std::thread::spawn(move || runtime.block_on(std::future::pending::<()>()));
    Ok(())
}
