//! The window stage of the benchmark's contract (../README.md) on the product's own parts: its transactions, member, changelog, minutes and
//! histograms. Fills the input for every side, runs ours, and checks what any side has written.
#![expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "numbers of a bench")]
#![expect(clippy::print_stdout, reason = "its answers")]

mod avro;
mod check;
mod fill;
mod measure;
mod pane;
mod pass;
mod produce;
mod run;
mod stage;
#[cfg(test)]
mod tests;

use clap::{Args, Parser, Subcommand};
use fill::Plan;
use kafka::{Settings, Topics};
use std::process::ExitCode;
use std::time::Duration;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Debug, Parser)]
#[command(about)]
struct Arguments {
    /// Kafka
    #[arg(long, global = true, default_value = "127.0.0.1:19092")]
    brokers: String,
    /// What the names of our topics begin with: the input is PREFIXcall-events, ours writes PREFIXkpi-windows
    #[arg(long, global = true, default_value = "bench-")]
    prefix: String,
    #[arg(long, global = true, default_value_t = 4)]
    partitions: i32,
    #[command(flatten)]
    world: World,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
struct World {
    /// How many passes
    #[arg(long, global = true, default_value_t = 1_000_000)]
    records: u64,
    #[arg(long, global = true, default_value_t = 200)]
    sites: u32,
    /// Of each site
    #[arg(long, global = true, default_value_t = 5)]
    queues: u32,
    /// Seconds of event time that they take
    #[arg(long, global = true, default_value_t = 3600)]
    span_s: i64,
    /// When the first one joined its queue, seconds since 1970
    #[arg(long, global = true, default_value_t = 0)]
    first_s: i64,
    /// Allowed lateness, seconds
    #[arg(long, global = true, default_value_t = 600)]
    lateness_s: i64,
    #[arg(long, global = true, default_value_t = 1)]
    seed: u64,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make the topics and write the input
    Fill,
    /// Do the job, and print one line of JSON
    Run {
        #[arg(long, default_value_t = 2)]
        threads: u16,
        /// Milliseconds between commits
        #[arg(long, default_value_t = 100)]
        interval_ms: u64,
        /// So many records before the measure begins
        #[arg(long, default_value_t = 0)]
        warmup: u64,
        #[arg(long, default_value = "bench-ours")]
        group: String,
        /// Gives up
        #[arg(long, default_value_t = 600)]
        max_s: u64,
    },
    /// Whether the last pane of each key in this topic is what it must be
    Check { topic: String },
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let settings = Settings::new(&arguments.brokers, "svarstid-peer");
    let topics = Topics::new(&arguments.prefix, 1);
    let World { records, sites, queues, span_s, first_s, lateness_s, seed } = arguments.world;
    let plan = Plan {
        records,
        sites,
        queues,
        span_us: span_s * 1_000_000,
        first_us: first_s * 1_000_000,
        lateness_us: lateness_s * 1_000_000,
        seed,
    };
    match arguments.command {
        Command::Fill => {
            let runtime = tokio::runtime::Runtime::new()?;
            runtime.block_on(kafka::ensure_topics(&settings, &topics, arguments.partitions, 1))?;
            produce::fill(&settings, &topics.call_events(), &plan)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Run { threads, interval_ms, warmup, group, max_s } => {
            let commit_every = Duration::from_millis(interval_ms);
            let job = run::Job {
                settings,
                topics,
                group,
                lateness_us: plan.lateness_us,
                commit_every,
                records_max: 200_000,
            };
            let line = measure::measure(
                &job,
                threads,
                &measure::Span { records, warmup, max: Duration::from_secs(max_s) },
            )?;
            println!("{line}");
            Ok(ExitCode::SUCCESS)
        }
        Command::Check { topic } => {
            let wrong = check::compare(&settings, &topic, arguments.partitions, &plan.expected()?)?;
            wrong.iter().take(10).for_each(|difference| println!("{difference}"));
            println!("{} panes differ", wrong.len());
            Ok(if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
    }
}
