//! `bench measure PART…`: measures and tells `bench NAME VALUE UNIT`.

use anyhow::ensure;
use bench::line::{self, Lines};
use bench::{Size, drawing, parts};
use clap::{Parser, Subcommand, ValueEnum};
use std::path::{Path, PathBuf};

/// Prints lines `bench NAME VALUE UNIT` and keeps them in a file of JSON. docs/performance.md tells what they mean.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where the lines are kept
    #[arg(long, global = true, env = "BENCH_JSON", default_value = "target/bench.json")]
    json: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measures
    Measure {
        /// What, in this order
        #[arg(value_enum, required = true)]
        parts: Vec<Part>,
        /// Figures, or only whether it runs
        #[arg(long, value_enum, default_value_t = Size::Full)]
        size: Size,
    },
    /// Runs another program and keeps the lines that it prints
    Keep {
        /// The program and its arguments, after `--`
        #[arg(last = true, required = true)]
        command: Vec<String>,
    },
    /// Draws the rows `growth_…` of the file, one SVG each
    Draw {
        /// Into this folder
        folder: PathBuf,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The processor's core alone on one thread
    Core,
    /// The processor from a topic that is full, then the sink beside the engine's own format
    Pipeline,
    /// The collector from a file
    Collector,
    /// From an event to its figures, idle and at 5,000 events a second
    Latency,
    /// From the processor's start until it has caught up
    Recovery,
    /// A recording from file to tables, and sizes on disk
    Whole,
    /// The core against sites, queues, open calls and windows, and memory
    GrowthCore,
    /// The pipeline against partitions
    GrowthPipeline,
}

fn main() -> anyhow::Result<()> {
    let Arguments { json, command } = Arguments::parse();
    match command {
        Command::Measure { parts, size } => {
            let mut lines = Lines::open(&json)?;
            parts.into_iter().try_for_each(|part| measure(part, size, &mut lines))
        }
        Command::Keep { command } => parts::kept::run(&command, &mut Lines::open(&json)?),
        Command::Draw { folder } => draw(&json, &folder),
    }
}

fn measure(part: Part, size: Size, lines: &mut Lines) -> anyhow::Result<()> {
    match part {
        Part::Core => parts::alone::measure(size, lines),
        Part::Pipeline => {
            let town = parts::pipeline::measure(size, lines)?;
            parts::sink::measure(&town, size, lines)
        }
        Part::Collector => parts::collector::measure(size, lines),
        Part::Latency => parts::latency::measure(size, lines),
        Part::Recovery => parts::recovery::measure(size, lines),
        Part::Whole => parts::whole::measure(size, lines),
        Part::GrowthCore => parts::growth::measure_core(size, lines),
        Part::GrowthPipeline => parts::growth::measure_partitions(size, lines),
    }
}

fn draw(json: &Path, folder: &Path) -> anyhow::Result<()> {
    let rows = drawing::rows(&line::read(json)?);
    ensure!(!rows.is_empty(), "{} has no rows: `make bench-growth` measures them", json.display());
    std::fs::create_dir_all(folder)?;
    for (row, points) in rows {
        std::fs::write(
            folder.join(row.replace('_', "-")).with_extension("svg"),
            drawing::svg(&row, &points),
        )?;
    }
    Ok(())
}
