//! Ours and the peers on one Kafka and one input, in turn, round after round.

mod figures;
pub mod machine;
mod outcome;
mod process;
mod round;
mod side;
#[cfg(test)]
mod tests;

use crate::{World, check, produce};
use anyhow::{Context, bail, ensure};
use clap::Args;
use kafka::{Settings, Topics};
use machine::Machine;
use pipeline::Clock as _;
use round::Round;
use side::{Side, Task};
use std::path::PathBuf;

#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Every side once in each
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// A span shorter than this, in seconds, is told: its figures are of little worth
    #[arg(long, default_value_t = 180.0)]
    min_s: f64,
    /// So many records before the measure begins
    #[arg(long, default_value_t = 2_000_000)]
    warmup: u64,
    /// Gives up after so many seconds of one run
    #[arg(long, default_value_t = 3600)]
    max_s: u64,
    /// Which sides; ours is always one, and with Flink ours with its interval, too
    #[arg(long, value_delimiter = ',', default_value = "streams,flink")]
    sides: Vec<Side>,
    /// Where scripts/peers.sh has built the peers
    #[arg(long)]
    peers: PathBuf,
    /// Kafka's data and the peers' state, which go again, and the peers' logs
    #[arg(long, default_value = "target/peers")]
    folder: PathBuf,
    /// Every round, as JSON
    #[arg(long, default_value = "target/peers/rounds.json")]
    json: PathBuf,
}

/// The lines to print.
pub fn compare(options: &Options, world: World, partitions: i32) -> anyhow::Result<Vec<String>> {
    let sides = sides(&options.sides);
    ensure!(options.rounds > 0, "--rounds 0: one at least is needed");
    ensure!(options.warmup < world.records, "--warmup must be less than --records");
    for side in &sides {
        side.is_there(&options.peers)?;
    }
    let machine = Machine::start(&options.folder)?;
    let task = Task {
        world: of_the_last_hours(world),
        partitions,
        warmup: options.warmup,
        max_s: options.max_s,
        brokers: machine.brokers(),
        peers: options.peers.clone(),
        folder: machine.folder().to_owned(),
    };
    fill(&machine, &task)?;
    let mut rounds = Vec::new();
    for round in 1..=options.rounds {
        for side in in_turn(&sides, round) {
            let run = rounds.len() as u32 + 1;
            let done = one(&machine, &task, side, round, run).with_context(|| {
                format!("{side} in round {round}; its log is in {}", options.folder.display())
            })?;
            tell(&done, options.min_s);
            rounds.push(done);
            figures::write(&options.json, &task, options.min_s, &rounds)?;
        }
    }
    figures::lines(&rounds, options.min_s)
}

/// Each once, and what it is held against.
fn sides(wanted: &[Side]) -> Vec<Side> {
    let mut sides = vec![Side::Ours];
    for side in wanted.iter().flat_map(|side| [side.counterpart(), *side]) {
        if !sides.contains(&side) {
            sides.push(side);
        }
    }
    sides
}

/// Each round begins with another side, so that none always runs behind the same.
fn in_turn(sides: &[Side], round: u32) -> Vec<Side> {
    let mut order = sides.to_vec();
    order.rotate_left((round as usize - 1) % sides.len());
    order
}

/// The peers' brokers delete by the time of the events.
fn of_the_last_hours(mut world: World) -> World {
    if world.first_s == 0 {
        world.first_s = pipeline::SystemClock.now_us() / 1_000_000 - world.span_s;
    }
    world
}

fn fill(machine: &Machine, task: &Task) -> anyhow::Result<()> {
    let topics = Topics::new(side::PREFIX, 1);
    machine.create(&topics.call_events(), task.partitions)?;
    produce::fill(
        &Settings::new(machine.brokers(), "svarstid-peer"),
        &topics.call_events(),
        task.partitions,
        &task.world.plan(),
    )
}

/// One run of a side, and in the first round whether its output is right.
fn one(machine: &Machine, task: &Task, side: Side, number: u32, run: u32) -> anyhow::Result<Round> {
    let output = side.output(run);
    machine.create(&output, task.partitions)?;
    let log = machine.log(&format!("{side}-{number}.log"));
    let mut done = round::run(side, number, side.command(task, run)?, machine.kafka_pid()?, &log, task)?;
    if number == 1 {
        let expected = task.world.plan().expected()?;
        let settings = Settings::new(machine.brokers(), "svarstid-peer");
        is_right(
            &check::compare(&settings, &output, task.partitions, &expected)?,
            done.outcome.late,
            expected.late,
        )?;
        done.is_checked = true;
    }
    machine.delete_all_but(&Topics::new(side::PREFIX, 1).call_events())?;
    Ok(done)
}

/// What differs in its output, and how many late records it has counted.
fn is_right(wrong: &[String], late: u64, expected_late: u64) -> anyhow::Result<()> {
    if let Some(first) = wrong.first() {
        bail!("{} panes of its output are not what they must be; the first: {first}", wrong.len());
    }
    ensure!(late == expected_late, "it counted {late} late records instead of {expected_late}");
    Ok(())
}

#[expect(clippy::print_stderr, reason = "it takes an hour: who waits sees how far it is")]
fn tell(round: &Round, min_s: f64) {
    eprintln!("{}", figures::told(round, min_s));
}
