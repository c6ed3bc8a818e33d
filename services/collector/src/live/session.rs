//! From login to loss.

use super::connection::{self, Connection, Incoming};
use super::snapshot::Snapshot;
use super::{Manager, Out, actions};
use crate::intake::Place;
use call::Body;
use call::event::GapReason;
use pbx::asterisk::ami::FrameError;
use pipeline::{Clock, SystemClock};
use tokio::time::Instant;

/// Why a session ended.
#[derive(Debug)]
pub(crate) enum SessionEnd {
    /// Try again.
    Lost(String),
    /// Something a person must mend.
    Refused(String),
}

/// Runs one session; also tells whether it got as far as logging in. An error is one of the spool.
pub(super) async fn run(
    manager: &Manager,
    out: &mut Out<'_>,
    gap: GapReason,
) -> anyhow::Result<(SessionEnd, bool)> {
    let (mut connection, begin) = match log_in(manager).await {
        Ok(logged_in) => logged_in,
        Err(end) => return Ok((end, false)),
    };
    out.metrics.connected.set(1);
    out.gap(gap)?;
    if let Some(begin) = begin {
        out.lives_since(begin)?;
    }
    out.heard.heard(SystemClock.now_us());
    let mut reading = Reading {
        manager,
        snapshot: Snapshot::default(),
        silent_since: Instant::now(),
        pinged: false,
        beat_is_due: false,
    };
    if let Err(end) = reading.snapshot.ask(&mut connection).await {
        return Ok((end, true));
    }
    Ok((reading.read(&mut connection, out).await?, true))
}

/// Also tells when the PBX started.
async fn log_in(manager: &Manager) -> Result<(Connection, Option<String>), SessionEnd> {
    let mut connection = Connection::open(&manager.address).await?;
    actions::log_in(&mut connection, manager).await?;
    actions::tell_version(&mut connection, manager).await?;
    let begin = actions::ask_begin(&mut connection).await?;
    actions::set_filters(&mut connection, manager).await?;
    actions::start_events(&mut connection).await?;
    Ok((connection, begin))
}

struct Reading<'a> {
    manager: &'a Manager,
    snapshot: Snapshot,
    silent_since: Instant,
    pinged: bool,
    beat_is_due: bool,
}

impl Reading<'_> {
    async fn read(&mut self, connection: &mut Connection, out: &mut Out<'_>) -> anyhow::Result<SessionEnd> {
        let mut sync = tokio::time::interval(self.manager.sync_every);
        let mut heartbeat = tokio::time::interval(self.manager.beat_every);
        loop {
            let silence_ends = self.silent_since + self.manager.keep_alive;
            tokio::select! {
                incoming = connection.next() => match incoming {
                    Ok(incoming) => {
                        (self.silent_since, self.pinged) = (Instant::now(), false);
                        out.heard.heard(SystemClock.now_us());
                        // A heartbeat says that the PBX is heard: who waits for its events may go on, and another collector's
                        // gap is none.
                        if std::mem::take(&mut self.beat_is_due) {
                            out.own(Body::Heartbeat)?;
                        }
                        if let Some(end) = self.take(incoming, out)? {
                            return Ok(end);
                        }
                    }
                    Err(end) => return Ok(end),
                },
                _ = sync.tick() => out.sync()?,
                _ = heartbeat.tick(), if !self.beat_is_due => {
                    self.beat_is_due = true;
                    if let Err(end) = connection.tell(&[("Action", "Ping")]).await {
                        return Ok(end);
                    }
                }
                () = tokio::time::sleep_until(silence_ends) => {
                    if self.pinged {
                        return Ok(SessionEnd::Lost("the PBX does not answer a ping".into()));
                    }
                    self.pinged = true;
                    self.silent_since = Instant::now();
                    if let Err(end) = connection.tell(&[("Action", "Ping")]).await {
                        return Ok(end);
                    }
                }
            }
        }
    }

    fn take(&mut self, incoming: Incoming, out: &mut Out<'_>) -> anyhow::Result<Option<SessionEnd>> {
        let message = match incoming {
            Ok(message) => message,
            Err(error) => {
                let place = match &error {
                    FrameError::Malformed { end, .. } | FrameError::TooLong { end, .. } => *end,
                };
                tracing::debug!(place, "bytes that are no message");
                out.intake.bad_bytes(&error, Place::Live)?;
                return Ok(None);
            }
        };
        if message.get("ActionID").is_some_and(connection::is_ours) {
            self.snapshot.take(&message, out)?;
            return Ok(None);
        }
        if out.intake.lacks_time(&message) {
            return Ok(Some(SessionEnd::Refused(
                "the PBX's events carry no Timestamp; set `timestampevents = yes` in manager.conf and reload"
                    .into(),
            )));
        }
        out.intake.message(&message, Place::Live)?;
        Ok(None)
    }
}
