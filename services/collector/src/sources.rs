//! All sources that the configuration names, side by side: one spool, one end.

use crate::intake::{Intake, SharedSpool};
use crate::progress::Progress;
use crate::spool::Spool;
use crate::{Webhook, files, live};
use anyhow::{Context, bail};
use call::SourceKind;
use config::Config;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use telemetry::metrics::Collector as Metrics;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use wire::Codec;

/// Where every source puts what it reads, and what counts it.
#[derive(Clone)]
pub(crate) struct Outlet {
    pub codec: Arc<Codec>,
    pub spool: SharedSpool,
    pub metrics: Metrics,
    pub progress: Arc<Progress>,
    /// What a source that can be read again has read is forced to disk at least this often.
    pub sync_every: Duration,
}

impl Outlet {
    /// With the spool in this folder, which nobody else may use meanwhile.
    pub fn open(
        config: &Config,
        folder: &Path,
        metrics: Metrics,
        progress: Arc<Progress>,
    ) -> anyhow::Result<Self> {
        let mut name = [0u8; 8];
        getrandom::fill(&mut name).context("the system gives no random bytes")?;
        let bytes_max = config.collector.spool.max_mib * 1024 * 1024;
        let spool = Spool::open(folder, bytes_max, u64::from_be_bytes(name) >> 1)?;
        let (codec, spool) = (Arc::new(codec(config)?), Arc::new(Mutex::new(spool)));
        let sync_every = Duration::from_millis(config.collector.spool.sync_every_ms);
        Ok(Self { codec, spool, metrics, progress, sync_every })
    }

    /// An intake of its own for a source of this kind.
    pub fn intake(&self, config: &Config, kind: SourceKind) -> anyhow::Result<Intake> {
        let (codec, spool) = (Arc::clone(&self.codec), Arc::clone(&self.spool));
        let (metrics, progress) = (self.metrics.clone(), Arc::clone(&self.progress));
        Ok(Intake::new(config, codec, spool, metrics, progress)?.of_kind(kind))
    }
}

fn codec(config: &Config) -> Result<Codec, wire::WireError> {
    match &config.kafka.schema_registry {
        Some(url) => Codec::with_registry(url, &config.kafka.topic_prefix),
        None => Codec::built_in(),
    }
}

/// The sources that run, and how they are told to end.
struct Running {
    tasks: JoinSet<anyhow::Result<()>>,
    end: watch::Sender<bool>,
}

/// Collects from all sources until `shutdown`. A fault in one that only a person can mend ends all of them: half of the
/// sources would look like a whole. Every one has made safe what it read when this returns.
pub(crate) async fn run(
    config: &Config,
    outlet: &Outlet,
    webhook: Option<Webhook>,
    shutdown: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let mut running = Running { tasks: JoinSet::new(), end: watch::channel(false).0 };
    running.start_ami(config, outlet)?;
    running.start_files(config, outlet)?;
    if let Some(webhook) = webhook {
        running.tasks.spawn(webhook.run(running.end.subscribe()));
    }
    if running.tasks.is_empty() {
        bail!(
            "the configuration names no source: add [pbx.ami] for a live PBX, [[collector.files]] for its log files or [collector.webhook] for what it posts, or name a recording with --replay FILE"
        );
    }
    running.until_ended(shutdown).await
}

impl Running {
    fn start_ami(&mut self, config: &Config, outlet: &Outlet) -> anyhow::Result<()> {
        if config.pbx.ami.is_none() {
            return Ok(());
        }
        let manager = live::Manager::from_config(config)?;
        let heard = config.spool_folder().join("last-heard");
        let mut intake = outlet.intake(config, SourceKind::AsteriskAmi)?;
        let (spool, metrics) = (Arc::clone(&outlet.spool), outlet.metrics.clone());
        let ending = self.end.subscribe();
        self.tasks
            .spawn(async move { live::run(&manager, &mut intake, &spool, &metrics, &heard, ending).await });
        Ok(())
    }

    fn start_files(&mut self, config: &Config, outlet: &Outlet) -> anyhow::Result<()> {
        for file in &config.collector.files {
            let mut follower = files::Follower::new(config, file, outlet)?;
            let ending = self.end.subscribe();
            self.tasks.spawn_blocking(move || follower.run(&ending));
        }
        Ok(())
    }

    /// The first fault is the one that is told.
    async fn until_ended(mut self, mut shutdown: watch::Receiver<bool>) -> anyhow::Result<()> {
        let mut result = Ok(());
        let mut is_ending = false;
        loop {
            tokio::select! {
                _ = shutdown.wait_for(|stop| *stop), if !is_ending => {
                    is_ending = true;
                    self.end.send_replace(true);
                }
                ended = self.tasks.join_next() => {
                    let Some(ended) = ended else { return result };
                    if let Err(fault) = outcome(ended) {
                        self.end.send_replace(true);
                        result = result.and(Err(fault));
                    }
                }
            }
        }
    }
}

/// A source that panicked is a fault like any other.
fn outcome(ended: Result<anyhow::Result<()>, JoinError>) -> anyhow::Result<()> {
    ended.context("a source broke off; this is a fault of the program")?
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Starts these tasks, each of which is given the sign to end.
    async fn result(tasks: Vec<fn(watch::Receiver<bool>) -> BoxedTask>, shut_down: bool) -> String {
        let mut running = Running { tasks: JoinSet::new(), end: watch::channel(false).0 };
        for task in tasks {
            running.tasks.spawn(task(running.end.subscribe()));
        }
        let (_stop, shutdown) = watch::channel(shut_down);
        running.until_ended(shutdown).await.map_or_else(|fault| fault.to_string(), |()| "ended".to_owned())
    }

    type BoxedTask = std::pin::Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>>;

    fn lives_on(mut ending: watch::Receiver<bool>) -> BoxedTask {
        Box::pin(async move {
            let _ = ending.wait_for(|end| *end).await?;
            Ok(())
        })
    }

    fn is_refused(_: watch::Receiver<bool>) -> BoxedTask {
        Box::pin(async { bail!("refused") })
    }

    fn fails_at_the_end(mut ending: watch::Receiver<bool>) -> BoxedTask {
        Box::pin(async move {
            let _ = ending.wait_for(|end| *end).await?;
            bail!("too late")
        })
    }

    #[tokio::test]
    async fn the_first_fault_ends_all_sources_and_is_told() {
        assert_eq!(result(vec![lives_on, is_refused, lives_on, fails_at_the_end], false).await, "refused");
    }

    #[tokio::test]
    async fn one_sign_ends_all_sources() {
        assert_eq!(result(vec![lives_on, lives_on], true).await, "ended");
    }
}
