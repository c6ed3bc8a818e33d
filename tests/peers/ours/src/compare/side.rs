//! The sides, and how each is started.

use crate::World;
use anyhow::ensure;
use kafka::Topics;
use pipeline::BEHIND_TIMES;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the names of all topics begin with.
pub const PREFIX: &str = "bench-";
/// Milliseconds between commits of ours and of Streams, which has it so by default with exactly once.
const COMMIT_MS: u32 = 100;
/// Milliseconds between Flink's checkpoints.
const CHECKPOINT_MS: u32 = 1000;
const THREADS: u32 = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum Side {
    Ours,
    /// Ours with commits as far apart as Flink's checkpoints, for as long as it is behind
    OursEachSecond,
    /// Kafka Streams on RocksDB that reads the numbers by hand
    Streams,
    /// The same with Avro's own reader
    StreamsSpecific,
    /// Flink with its state on the heap
    Flink,
}

/// What is the same for all.
pub struct Task {
    pub world: World,
    pub partitions: i32,
    pub warmup: u64,
    pub max_s: u64,
    pub brokers: String,
    pub peers: PathBuf,
    pub folder: PathBuf,
}

impl std::fmt::Display for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

impl Side {
    /// What the names of its figures begin with.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::OursEachSecond => "ours_each_second",
            Self::Streams => "streams",
            Self::StreamsSpecific => "streams_specific",
            Self::Flink => "flink",
        }
    }

    /// What it calls itself in its line.
    pub const fn peer(self) -> &'static str {
        match self {
            Self::Ours | Self::OursEachSecond => "ours",
            Self::Streams | Self::StreamsSpecific => "kafka-streams",
            Self::Flink => "flink",
        }
    }

    pub const fn is_ours(self) -> bool {
        matches!(self, Self::Ours | Self::OursEachSecond)
    }

    /// Ours that is told the same interval (Streams), or commits as often while it is behind (Flink): what a peer is held against.
    pub const fn counterpart(self) -> Self {
        match self {
            Self::Ours | Self::Streams | Self::StreamsSpecific => Self::Ours,
            Self::OursEachSecond | Self::Flink => Self::OursEachSecond,
        }
    }

    pub fn is_there(self, peers: &Path) -> anyhow::Result<()> {
        let program = peers.join(self.peer());
        ensure!(
            self.is_ours() || program.exists(),
            "{} is not there: scripts/peers.sh builds it, or says what it lacks; `--sides` leaves a side out",
            program.display()
        );
        Ok(())
    }

    /// Where the panes of this run go; each has a topic of its own.
    pub fn output(self, run: u32) -> String {
        match self {
            Self::Ours | Self::OursEachSecond => Topics::new(PREFIX, run).kpi_windows(),
            peer => format!("{PREFIX}panes-{peer}-{run}"),
        }
    }

    /// Run after run: each begins at the beginning, with a group that nobody had before.
    pub fn command(self, task: &Task, run: u32) -> anyhow::Result<Command> {
        let group = format!("bench-{self}-{run}");
        match self {
            Self::Ours => return ours(task, &group, run, COMMIT_MS),
            // so that it is CHECKPOINT_MS while it is behind
            Self::OursEachSecond => return ours(task, &group, run, CHECKPOINT_MS / BEHIND_TIMES),
            Self::Streams | Self::StreamsSpecific | Self::Flink => {}
        }
        let mut command = Command::new(task.peers.join(self.peer()));
        let World { records, lateness_s, .. } = &task.world;
        let folder = task.folder.join(&group);
        std::fs::create_dir_all(&folder)?;
        let input = Topics::new(PREFIX, 1).call_events();
        command.args([
            format!("bootstrap={}", task.brokers),
            format!("in={input}"),
            format!("out={}", self.output(run)),
            format!("group={group}"),
            format!("n={records}"),
            format!("warmup={}", task.warmup),
            format!("maxsecs={}", task.max_s),
            format!("lateness={lateness_s}"),
            format!("folder={}", folder.display()),
            // as our producer has it
            "compression=lz4".into(),
        ]);
        match self {
            Self::Flink => {
                command.args(["store=memory", "decode=fast"]).arg(format!("interval={CHECKPOINT_MS}"))
            }
            Self::StreamsSpecific => streams(&mut command, "specific"),
            Self::Streams | Self::Ours | Self::OursEachSecond => streams(&mut command, "fast"),
        };
        Ok(command)
    }
}

fn streams<'c>(command: &'c mut Command, decode: &str) -> &'c mut Command {
    command.args([
        "store=rocksdb".into(),
        format!("decode={decode}"),
        format!("threads={THREADS}"),
        format!("interval={COMMIT_MS}"),
    ])
}

/// This program again, so that its memory and processor time are its own.
fn ours(task: &Task, group: &str, run: u32, commit_ms: u32) -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    let World { records, sites, queues, span_s, first_s, lateness_s, seed } = &task.world;
    for (key, value) in [
        ("brokers", task.brokers.clone()),
        ("prefix", PREFIX.into()),
        ("partitions", task.partitions.to_string()),
        ("records", records.to_string()),
        ("sites", sites.to_string()),
        ("queues", queues.to_string()),
        ("span-s", span_s.to_string()),
        ("first-s", first_s.to_string()),
        ("lateness-s", lateness_s.to_string()),
        ("seed", seed.to_string()),
    ] {
        command.arg(format!("--{key}={value}"));
    }
    command.arg("run").args([
        format!("--generation={run}"),
        format!("--group={group}"),
        format!("--threads={THREADS}"),
        format!("--interval-ms={commit_ms}"),
        format!("--warmup={}", task.warmup),
        format!("--max-s={}", task.max_s),
    ]);
    Ok(command)
}
