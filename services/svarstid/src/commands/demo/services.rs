//! The three services in this process, each as it runs alone.

use anyhow::Context;
use collector::{Progress, Source};
use config::Config;
use std::sync::Arc;
use std::sync::Mutex;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// The running services.
pub struct Services {
    stop: watch::Sender<bool>,
    running: Mutex<JoinSet<anyhow::Result<&'static str>>>,
}

impl Services {
    /// Starts all three.
    pub fn start(config: &Config, source: Source, progress: &Arc<Progress>) -> Self {
        let (stop, shutdown) = watch::channel(false);
        let mut running = JoinSet::new();
        let (collecting, progress, stopped) = (config.clone(), Arc::clone(progress), shutdown.clone());
        running.spawn(async move {
            collector::run(&collecting, source, progress, stopped).await.context("the collector")?;
            Ok("collector")
        });
        let (processing, stopped) = (config.clone(), shutdown.clone());
        running.spawn(async move {
            processor::run(processing, stopped).await.context("the processor")?;
            Ok("processor")
        });
        let sinking = config.clone();
        running.spawn(async move {
            sink::run(sinking, shutdown).await.context("the sink")?;
            Ok("sink")
        });
        Self { stop, running: Mutex::new(running) }
    }

    /// Returns when a service has failed, or has ended though it should go on.
    pub async fn failed(&self) -> anyhow::Error {
        loop {
            let ended = std::future::poll_fn(|context| match self.running.lock() {
                Ok(mut running) => running.poll_join_next(context),
                Err(poisoned) => poisoned.into_inner().poll_join_next(context),
            });
            match ended.await {
                // The collector ends when the recording is through.
                Some(Ok(Ok("collector"))) => {}
                Some(Ok(Ok(name))) => return anyhow::anyhow!("the {name} ended without being asked"),
                Some(Ok(Err(error))) => return error,
                Some(Err(error)) => return anyhow::anyhow!("a service broke down: {error}"),
                None => std::future::pending().await,
            }
        }
    }

    /// Asks all to stop and waits for them.
    pub async fn stop(self) -> anyhow::Result<()> {
        let _ = self.stop.send(true);
        let mut running = self.running.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        while let Some(ended) = running.join_next().await {
            ended??;
        }
        Ok(())
    }
}
