//! `cargo run --release -p sim -- --seed N [--count M]`

use clap::Parser;
use sim::run::Options;
use sim::story::Tally;
use std::io::Write;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Plays the pipeline in a world that breaks by a seed, and tells whether the figures held.
#[derive(Parser)]
struct Arguments {
    /// The first seed.
    #[arg(long)]
    seed: u64,
    /// So many seeds; one alone tells everything that happens.
    #[arg(long, default_value_t = 1)]
    count: u64,
    /// How much happens at the sites.
    #[arg(long, default_value_t = 120)]
    steps: u64,
    /// Every site has a channel event log beside the live connection.
    #[arg(long)]
    logged: bool,
    /// Every site has a second collector beside the first one.
    #[arg(long)]
    paired: bool,
    /// Threads for many seeds; 0: one for each core.
    #[arg(long, default_value_t = 0)]
    threads: usize,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    if arguments.count == 1 { one(&arguments) } else { many(&arguments) }
}

fn options(arguments: &Arguments, seed: u64) -> Options {
    Options {
        steps: arguments.steps,
        logged: arguments.logged,
        paired: arguments.paired,
        ..Options::new(seed)
    }
}

fn one(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let outcome = sim::run(&Options { told: true, ..options(arguments, arguments.seed) })?;
    let mut out = std::io::stdout().lock();
    for line in &outcome.lines {
        writeln!(out, "{line}")?;
    }
    print_tally(&mut out, &outcome.tally)?;
    for (id, what) in &outcome.findings {
        writeln!(out, "BROKEN {id}: {what}")?;
    }
    let verdict = if outcome.findings.is_empty() { "holds" } else { "is broken" };
    writeln!(out, "seed {}: everything {verdict}", arguments.seed)?;
    Ok(ExitCode::from(u8::from(!outcome.findings.is_empty())))
}

fn many(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = if arguments.threads == 0 { cores } else { arguments.threads };
    let (next, broken) = (AtomicU64::new(0), AtomicU64::new(0));
    let tally = Mutex::new(Tally::new());
    let done = std::thread::scope(|scope| {
        let workers: Vec<_> =
            (0..threads).map(|_| scope.spawn(|| work(arguments, &next, &broken, &tally))).collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or_else(|_| anyhow::bail!("a worker died")))
    });
    done?;
    let mut out = std::io::stdout().lock();
    print_tally(&mut out, &tally.into_inner().unwrap_or_else(PoisonError::into_inner))?;
    let broken = broken.into_inner();
    writeln!(out, "{} seeds from {}: {broken} broken", arguments.count, arguments.seed)?;
    Ok(ExitCode::from(u8::from(broken > 0)))
}

fn work(
    arguments: &Arguments,
    next: &AtomicU64,
    broken: &AtomicU64,
    tally: &Mutex<Tally>,
) -> anyhow::Result<()> {
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        if index >= arguments.count {
            return Ok(());
        }
        let seed = arguments.seed + index;
        let outcome = sim::run(&options(arguments, seed))?;
        let mut out = std::io::stdout().lock();
        if let Some((id, what)) = outcome.findings.first() {
            broken.fetch_add(1, Ordering::Relaxed);
            writeln!(out, "seed {seed}: BROKEN {id}: {what:.300}")?;
        }
        if index % 1_000 == 999 {
            writeln!(out, "{} seeds", index + 1)?;
        }
        let mut sums = tally.lock().unwrap_or_else(PoisonError::into_inner);
        outcome.tally.iter().for_each(|(what, count)| *sums.entry(what).or_default() += count);
    }
}

fn print_tally(out: &mut impl Write, tally: &Tally) -> anyhow::Result<()> {
    for (what, count) in tally {
        writeln!(out, "{count:>10} {what}")?;
    }
    Ok(())
}
