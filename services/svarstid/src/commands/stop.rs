//! How commands hear that they shall end.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;
use tokio::sync::watch;

/// So long before the end of the time given what is still under way is broken off.
const LAST_MOMENT: Duration = Duration::from_millis(500);

#[derive(Debug, clap::Args)]
pub struct Grace {
    /// After SIGTERM or Ctrl-C it ends within so many seconds, even if Kafka or ClickHouse do not answer: what is under way is
    /// then done again after the next start
    #[arg(
        long = "stop-within",
        value_name = "SECONDS",
        default_value_t = 5,
        env = "SVARSTID_STOP_WITHIN",
        value_parser = clap::value_parser!(u16).range(1..)
    )]
    seconds: u16,
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

/// True once SIGTERM or Ctrl-C came.
pub fn stop_on_signal() -> anyhow::Result<watch::Receiver<bool>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (sender, receiver) = watch::channel(false);
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

impl Grace {
    /// True once SIGTERM or Ctrl-C came; then the process ends in time. To break it off is a crash to the service, after which it goes on
    /// where it was.
    pub fn stop_on_signal(&self) -> anyhow::Result<watch::Receiver<bool>> {
        let stop = stop_on_signal()?;
        let mut asked = stop.clone();
        let patience = Duration::from_secs(self.seconds.into()).saturating_sub(LAST_MOMENT);
        tokio::spawn(async move {
            if asked.wait_for(|stop| *stop).await.is_ok() {
                // Not a task: the runtime may be busy with waiting.
                std::thread::spawn(move || give_up(patience));
            }
        });
        Ok(stop)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "whoever waits without an end cannot be stopped in any other way"
)]
fn give_up(patience: Duration) {
    std::thread::sleep(patience);
    tracing::warn!(
        "what is under way gets no answer and is broken off: it is done again after the next start, nothing is lost"
    );
    std::process::exit(1);
}
