//! Asterisk's manager interface, live.
//!
//! A session logs in, asks the PBX to leave the noise out, takes a snapshot and then reads events until the connection is
//! lost. What happened in between is not known, and is told as a gap.

mod actions;
mod connection;
pub(crate) mod last_heard;
mod life;
mod session;
mod snapshot;
#[cfg(test)]
mod tests;

use crate::intake::{Intake, Place, SharedSpool};
use anyhow::Context;
use call::Body;
use call::event::GapReason;
use config::Config;
use last_heard::LastHeard;
use life::Life;
use pbx::Draft;
use pipeline::{Clock, SystemClock};
use session::SessionEnd;
use std::time::Duration;
use telemetry::metrics::Collector as Metrics;
use tokio::sync::watch;
use tokio::time::Instant;

/// A silent PBX is still a living one: so often the watermark is moved.
const BEAT_EVERY: Duration = Duration::from_secs(10);
const BACK_OFF_FIRST: Duration = Duration::from_millis(500);
const BACK_OFF_LAST: Duration = Duration::from_secs(30);
/// A session that lived so long was a good one: after it the first new try is at once.
const GOOD_SESSION: Duration = Duration::from_secs(10);

/// How to reach the manager.
#[derive(Debug, Clone)]
pub struct Manager {
    /// `host:port`
    pub address: String,
    /// The manager user.
    pub username: String,
    /// Its secret.
    pub secret: String,
    /// Silence before a ping, and before giving up after it.
    pub keep_alive: Duration,
    /// What to ask for; empty: everything.
    pub filters: Vec<String>,
    /// How often the spool is handed to the disk.
    pub sync_every: Duration,
    /// How often to tell that it is heard, with and without events.
    pub beat_every: Duration,
}

impl Manager {
    /// From the configuration; reads the secret's file.
    pub fn from_config(config: &Config) -> anyhow::Result<Self> {
        let ami = config.pbx.ami.as_ref().context(
            "there is no [pbx.ami] section, so no live PBX to collect from, and no [collector.webhook]; name a recording with --replay FILE",
        )?;
        let secret = match (&ami.secret, &ami.secret_file) {
            (Some(secret), _) => secret.clone(),
            (None, Some(file)) => {
                let file = config.folder.join(file);
                let text = std::fs::read_to_string(&file);
                text.with_context(|| format!("the secret {} cannot be read", file.display()))?
                    .trim()
                    .to_owned()
            }
            (None, None) => anyhow::bail!("[pbx.ami] has neither secret_file nor secret"),
        };
        Ok(Self {
            address: ami.address.clone(),
            username: ami.username.clone(),
            secret,
            keep_alive: Duration::from_secs(ami.keep_alive_s.max(1)),
            filters: if ami.filter { pbx::asterisk::ami::filters(&config.dialect()?) } else { Vec::new() },
            sync_every: Duration::from_millis(config.collector.spool.sync_every_ms.max(10)),
            beat_every: BEAT_EVERY,
        })
    }
}

/// What a session hands its events to.
pub(crate) struct Out<'a> {
    pub intake: &'a mut Intake,
    pub spool: &'a SharedSpool,
    pub metrics: &'a Metrics,
    pub heard: LastHeard,
    life: Life,
}

impl Out<'_> {
    /// Something the collector knows by itself, at its own time.
    pub fn own(&mut self, body: Body) -> anyhow::Result<()> {
        self.own_of(None, None, body)
    }

    pub fn own_of(&mut self, leg: Option<&str>, linked: Option<&str>, body: Body) -> anyhow::Result<()> {
        let (leg, linked) = (leg.map(Into::into), linked.map(Into::into));
        self.intake.own(Draft { at_us: Some(SystemClock.now_us()), leg, linked, body }, Place::Live)?;
        Ok(())
    }

    /// Everything so far is safe, and until when the PBX was heard is remembered.
    pub fn sync(&mut self) -> anyhow::Result<()> {
        self.spool.lock().unwrap_or_else(std::sync::PoisonError::into_inner).sync()?;
        self.heard.remember()
    }

    fn gap(&mut self, reason: GapReason) -> anyhow::Result<()> {
        let Some(from_us) = self.heard.at_us() else { return Ok(()) };
        let to_us = SystemClock.now_us();
        tracing::warn!(seconds = (to_us - from_us) as f64 / 1e6, ?reason, "nothing is known of this time");
        self.metrics.gap_seconds.inc_by(((to_us - from_us).max(0) as f64) / 1e6);
        self.own(Body::Gap { from_us, to_us, reason, lost: 0 })
    }

    /// Of a PBX that has started since it was heard last, no call from before is left.
    fn lives_since(&mut self, begin: String) -> anyhow::Result<()> {
        if !self.life.is_another(begin)? {
            return Ok(());
        }
        tracing::warn!("the PBX has started since it was heard last: every call from before is gone");
        self.own(Body::PbxStarted)
    }
}

/// Collects until `shutdown`. Ends by itself only when the first session is refused, or what it sends cannot be used: that
/// is for a person to mend.
pub async fn run(
    manager: &Manager,
    intake: &mut Intake,
    spool: &SharedSpool,
    metrics: &Metrics,
    heard_file: &std::path::Path,
    mut shutdown: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let life = Life::open(&heard_file.with_file_name("pbx-started"))?;
    let mut out = Out { intake, spool, metrics, heard: LastHeard::open(heard_file)?, life };
    let mut reason = GapReason::CollectorDown;
    let mut failures = 0u32;
    let mut logged_in_before = false;
    while !*shutdown.borrow() {
        let begun = Instant::now();
        let ended = tokio::select! {
            ended = session::run(manager, &mut out, reason) => ended,
            _ = shutdown.wait_for(|stop| *stop) => break,
        };
        metrics.connected.set(0);
        let (end, logged_in) = ended?;
        if logged_in {
            reason = GapReason::ConnectionLost;
            metrics.reconnects.inc();
        }
        match end {
            SessionEnd::Refused(why) if !logged_in_before => {
                out.sync()?;
                anyhow::bail!("{why}")
            }
            SessionEnd::Refused(why) | SessionEnd::Lost(why) => {
                // A PBX that lets us in and hangs up at once must not be called without a pause.
                if logged_in && begun.elapsed() >= GOOD_SESSION {
                    failures = 0;
                }
                logged_in_before |= logged_in;
                tracing::warn!(address = manager.address, why, "no connection to the PBX; trying again");
            }
        }
        out.sync()?;
        let pause = back_off(failures)?;
        failures = failures.saturating_add(1);
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = shutdown.wait_for(|stop| *stop) => break,
        }
    }
    out.sync()
}

/// At once the first time, then longer and longer, anywhere up to the limit: many collectors must not return together.
fn back_off(failures: u32) -> anyhow::Result<Duration> {
    if failures == 0 {
        return Ok(Duration::ZERO);
    }
    let limit = BACK_OFF_FIRST.saturating_mul(1 << failures.min(10)).min(BACK_OFF_LAST);
    let mut random = [0u8; 4];
    getrandom::fill(&mut random).context("the system gives no random bytes")?;
    Ok(limit.mul_f64(f64::from(u32::from_be_bytes(random)) / f64::from(u32::MAX)))
}
