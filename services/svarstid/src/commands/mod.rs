//! One module for each subcommand.

pub mod analyze;
pub mod check;
pub mod collect;
pub mod demo;
pub mod explain;
pub mod import;
pub mod key;
pub mod process;
pub mod reconcile;
pub mod sink;
pub mod sql;
pub mod stack;

use std::process::ExitCode;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

/// What shells and service managers expect of a wrong configuration (sysexits.h: EX_USAGE).
const EXIT_CONFIGURATION: u8 = 64;

/// Prints the error with its causes, for an operator, and picks the exit code.
#[expect(clippy::print_stderr, reason = "the one place where the command line says what went wrong")]
pub fn exit_code(result: anyhow::Result<ExitCode>) -> ExitCode {
    match result {
        Ok(code) => code,
        // `svarstid … | head` has read what it wanted.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("svarstid: {error:#}");
            let configuration = error.chain().any(|cause| cause.is::<config::ConfigError>());
            ExitCode::from(if configuration { EXIT_CONFIGURATION } else { 1 })
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error.chain().find_map(|cause| cause.downcast_ref::<std::io::Error>());
    let json = error.chain().find_map(|cause| cause.downcast_ref::<serde_json::Error>());
    let kind = io.map(std::io::Error::kind).or_else(|| json.and_then(serde_json::Error::io_error_kind));
    kind == Some(std::io::ErrorKind::BrokenPipe)
}

/// SIGTERM or Ctrl-C.
pub struct StopSignal(Receiver<()>);

impl StopSignal {
    /// Waits so long for it; true if it came.
    pub fn wait(&self, so_long: Duration) -> bool {
        !matches!(self.0.recv_timeout(so_long), Err(RecvTimeoutError::Timeout))
    }
}

/// Listens for SIGTERM and Ctrl-C on a thread of its own. Call before any other thread exists.
pub fn stop_signal() -> anyhow::Result<StopSignal> {
    use nix::sys::signal::{SigSet, Signal};
    let mut signals = SigSet::empty();
    signals.add(Signal::SIGTERM);
    signals.add(Signal::SIGINT);
    signals.thread_block()?;
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let _ = signals.wait();
        let _ = sender.send(());
    });
    Ok(StopSignal(receiver))
}

/// Logs and a runtime for a service.
pub fn service(name: &str) -> anyhow::Result<tokio::runtime::Runtime> {
    telemetry::logging::init(name)?;
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}

/// True once SIGTERM or Ctrl-C came.
pub fn stop_on_signal() -> anyhow::Result<tokio::sync::watch::Receiver<bool>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (sender, receiver) = tokio::sync::watch::channel(false);
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("asked to stop");
        let _ = sender.send(true);
    });
    Ok(receiver)
}
