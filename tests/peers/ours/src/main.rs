//! The window stage of the benchmark's contract (../README.md) on the product's own parts: its transactions, member, changelog, minutes and
//! histograms. Fills the input for every side, runs ours, checks what any side has written, and holds the sides against each other.
#![expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "numbers of a bench")]
#![expect(clippy::print_stdout, reason = "its answers")]

#[cfg(test)]
mod against_kafka;
mod avro;
mod check;
mod compare;
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
use pipeline::Pace;
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

#[derive(Debug, Clone, Args)]
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
        /// Which run of this input it is, from 1: each has output and state of its own, behind the first with the suffix -gN
        #[arg(long, default_value_t = 1)]
        generation: u32,
        #[arg(long, default_value_t = 2)]
        threads: u16,
        /// Milliseconds between commits; five times that while it is behind
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
    /// Hold ours and the peers against each other, on a Kafka of its own; prints `bench NAME VALUE UNIT`
    Compare(compare::Options),
}

impl World {
    const fn plan(&self) -> Plan {
        Plan {
            records: self.records,
            sites: self.sites,
            queues: self.queues,
            span_us: self.span_s * 1_000_000,
            first_us: self.first_s * 1_000_000,
            lateness_us: self.lateness_s * 1_000_000,
            seed: self.seed,
        }
    }
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let settings = Settings::new(&arguments.brokers, "svarstid-peer");
    let plan = arguments.world.plan();
    match arguments.command {
        Command::Fill => {
            let topics = Topics::new(&arguments.prefix, 1);
            ready(&settings, &topics, arguments.partitions)?;
            produce::fill(&settings, &topics.call_events(), arguments.partitions, &plan)?;
        }
        Command::Run { generation, threads, interval_ms, warmup, group, max_s } => {
            let topics = Topics::new(&arguments.prefix, generation);
            ready(&settings, &topics, arguments.partitions)?;
            let job = run::Job {
                settings,
                topics,
                group,
                lateness_us: plan.lateness_us,
                pace: Pace { commit_every: Duration::from_millis(interval_ms), events_max: 200_000 },
            };
            let span = measure::Span { records: plan.records, warmup, max: Duration::from_secs(max_s) };
            println!("{}", measure::measure(&job, threads, &span)?);
        }
        Command::Check { topic } => {
            let wrong = check::compare(&settings, &topic, arguments.partitions, &plan.expected()?)?;
            wrong.iter().take(10).for_each(|difference| println!("{difference}"));
            println!("{} panes differ", wrong.len());
            return Ok(if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Command::Compare(options) => {
            compare::compare(&options, arguments.world, arguments.partitions)?
                .iter()
                .for_each(|line| println!("{line}"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn ready(settings: &Settings, topics: &Topics, partitions: i32) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    Ok(runtime.block_on(kafka::ensure_topics(settings, topics, partitions, 1))?)
}
