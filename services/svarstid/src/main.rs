//! `svarstid`: one command for every part of the pipeline.

mod commands;
mod figures;
mod time;

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Call telemetry that can be trusted: answer times, lost calls and diversions from your telephone system.
#[derive(Debug, Parser)]
#[command(name = "svarstid", version, about, max_term_width = 110)]
struct Arguments {
    /// The configuration.
    #[arg(short, long, global = true, default_value = "svarstid.toml", env = "SVARSTID_CONFIG")]
    config: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Figures straight from a file, without Kafka or ClickHouse
    Analyze(commands::analyze::Arguments),
    /// One call as a time line: what happened, and what each statement about it rests on
    Explain(commands::explain::Arguments),
    /// How the sources of one PBX agree, and how sure each hour's calls are
    Reconcile(commands::reconcile::Arguments),
    /// Whether everything that was heard is in the figures, once: topics and tables against each other
    Audit(commands::audit::Arguments),
    /// From a call list that a PBX exported, to Kafka; `import check FILE`: how it is understood
    Import(commands::import::Arguments),
    /// From the PBX, its log files, what it posts, or a recording, to Kafka
    Collect(commands::collect::Arguments),
    /// From events to calls and one-minute figures, in Kafka
    Process(commands::process::Arguments),
    /// From calls and figures in Kafka to ClickHouse
    Sink(commands::sink::Arguments),
    /// The whole pipeline on a recording: real Kafka, real ClickHouse, real figures
    Demo(commands::demo::Arguments),
    /// A municipality that does not exist, and years of its calls: for a look without a PBX, and to measure with
    Generate(commands::generate::Arguments),
    /// Kafka and ClickHouse on this machine, without containers
    Stack(commands::stack::Arguments),
    /// The configuration: is it possible, what does it say
    Config(commands::check::Arguments),
    /// Keys of the pseudonyms
    Key(commands::key::Arguments),
    /// Rules that tell somebody when callers wait or figures cannot be trusted
    Alerts(commands::alerts::Arguments),
    /// Ask ClickHouse
    Sql(commands::sql::Arguments),
    /// Notes of people on the time line: what was new, broken or planned
    Annotate(commands::annotate::Arguments),
    /// Who may read what in ClickHouse: prints the file that makes a server know the readers
    Access(commands::access::Arguments),
    /// What a PBX may post to the collector
    Webhook(commands::webhook::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match arguments.command {
        Command::Analyze(options) => commands::analyze::run(&options, &arguments.config),
        Command::Explain(options) => commands::explain::run(&options, &arguments.config),
        Command::Reconcile(options) => commands::reconcile::run(&options, &arguments.config),
        Command::Audit(options) => commands::audit::run(&options, &arguments.config),
        Command::Import(options) => commands::import::run(&options, &arguments.config),
        Command::Collect(options) => commands::collect::run(&options, &arguments.config),
        Command::Process(process) => commands::process::run(&process, &arguments.config),
        Command::Sink(options) => commands::sink::run(&options, &arguments.config),
        Command::Demo(options) => commands::demo::run(&options, &arguments.config),
        Command::Generate(options) => commands::generate::run(&options, &arguments.config),
        Command::Stack(options) => commands::stack::run(&options, &arguments.config),
        Command::Config(options) => commands::check::run(&options, &arguments.config),
        Command::Key(options) => commands::key::run(&options, &arguments.config),
        Command::Alerts(options) => commands::alerts::run(&options, &arguments.config),
        Command::Sql(options) => commands::sql::run(&options, &arguments.config),
        Command::Annotate(options) => commands::annotate::run(&options, &arguments.config),
        Command::Access(options) => commands::access::run(&options, &arguments.config),
        Command::Webhook(options) => commands::webhook::run(&options),
    };
    commands::exit_code(result)
}
