//! `bench PART…`: measures and tells `bench NAME VALUE UNIT`.

use bench::Size;
use bench::line::Lines;
use bench::parts;
use clap::{Parser, ValueEnum};
use std::path::PathBuf;

/// Measures, prints lines `bench NAME VALUE UNIT`, and keeps them in a file of JSON. docs/performance.md tells what they mean.
#[derive(Debug, Parser)]
struct Arguments {
    /// What is measured, in this order
    #[arg(value_enum, required = true)]
    parts: Vec<Part>,
    /// Figures, or only whether it runs
    #[arg(long, value_enum, default_value_t = Size::Full)]
    size: Size,
    /// Where the lines are kept
    #[arg(long, env = "BENCH_JSON", default_value = "target/bench.json")]
    json: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The processor's core alone on one thread
    Core,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let mut lines = Lines::open(&arguments.json)?;
    for part in arguments.parts {
        match part {
            Part::Core => parts::alone::measure(arguments.size, &mut lines)?,
        }
    }
    Ok(())
}
