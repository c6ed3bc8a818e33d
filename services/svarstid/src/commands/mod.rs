//! One module for each subcommand.

pub mod access;
pub mod alerts;
pub mod analyze;
pub mod annotate;
pub mod audit;
pub mod check;
pub mod collect;
pub mod demo;
pub mod explain;
pub mod generate;
pub mod import;
pub mod key;
pub mod process;
pub mod reconcile;
pub mod sink;
pub mod sql;
pub mod stack;
pub mod stop;
pub mod webhook;

use std::process::ExitCode;

/// What shells and service managers expect of a wrong configuration (sysexits.h: EX_USAGE).
const EXIT_CONFIGURATION: u8 = 64;
/// What they expect when Kafka or ClickHouse cannot be asked (EX_UNAVAILABLE).
const EXIT_UNAVAILABLE: u8 = 69;

/// Prints the error with its causes, for an operator, and picks the exit code.
#[expect(clippy::print_stderr, reason = "the one place where the command line says what went wrong")]
pub fn exit_code(result: anyhow::Result<ExitCode>) -> ExitCode {
    match result {
        Ok(code) => code,
        // `svarstid … | head` has read what it wanted.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("svarstid: {error:#}");
            ExitCode::from(code_of(&error))
        }
    }
}

fn code_of(error: &anyhow::Error) -> u8 {
    if error.chain().any(|cause| cause.is::<config::ConfigError>()) {
        EXIT_CONFIGURATION
    } else if error.is::<CannotAsk>() {
        EXIT_UNAVAILABLE
    } else {
        1
    }
}

/// The context of an error that says nothing about what was asked.
#[derive(Debug)]
struct CannotAsk;

impl std::fmt::Display for CannotAsk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the running system cannot be asked")
    }
}

/// Runs a question to Kafka and ClickHouse. That one of them does not answer is told apart from a bad answer.
pub fn ask<T>(question: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(question).map_err(|error| {
        let unanswered = error.chain().any(|cause| {
            cause.is::<store::StoreError>() || cause.is::<pipeline::Fault>() || cause.is::<wire::WireError>()
        });
        if unanswered { error.context(CannotAsk) } else { error }
    })
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error.chain().find_map(|cause| cause.downcast_ref::<std::io::Error>());
    let json = error.chain().find_map(|cause| cause.downcast_ref::<serde_json::Error>());
    let kind = io.map(std::io::Error::kind).or_else(|| json.and_then(serde_json::Error::io_error_kind));
    kind == Some(std::io::ErrorKind::BrokenPipe)
}

/// A client of the configured ClickHouse.
pub fn store(config: &config::Config) -> store::Store {
    let config::ClickHouse { url, database, user, password, cluster } = config.clickhouse.clone();
    store::Store::new(&store::Settings { url, database, user, password, cluster })
}

/// What reads the configured topics' records.
pub fn codec(config: &config::Config) -> Result<wire::Codec, wire::WireError> {
    match &config.kafka.schema_registry {
        Some(url) => wire::Codec::with_registry(url, &config.kafka.topic_prefix),
        None => wire::Codec::built_in(),
    }
}

/// Logs and a runtime for a service.
pub fn service(name: &str) -> anyhow::Result<tokio::runtime::Runtime> {
    telemetry::logging::init(name)?;
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}
