//! What is there right now: asked at each (re)connect, told as events.

use super::Out;
use super::connection::Connection;
use super::session::SessionEnd;
use call::Body;
use pbx::asterisk::ami::{Message, member_state};
use pbx::asterisk::endpoint;

/// The two questions and what is still awaited of their answers.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    channels: Option<String>,
    queues: Option<String>,
    started: bool,
}

impl Snapshot {
    /// Asks for channels first: a queue's caller is one of them.
    pub async fn ask(&mut self, connection: &mut Connection) -> Result<(), SessionEnd> {
        self.channels = Some(connection.tell(&[("Action", "CoreShowChannels")]).await?);
        self.queues = Some(connection.tell(&[("Action", "QueueStatus")]).await?);
        Ok(())
    }

    /// One message of the answers; other answers are nothing to us.
    pub fn take(&mut self, message: &Message, out: &mut Out<'_>) -> anyhow::Result<()> {
        let id = message.get("ActionID");
        if id == self.channels.as_deref() {
            self.channel(message, out)
        } else if id == self.queues.as_deref() {
            self.queue(message, out)
        } else {
            Ok(())
        }
    }

    fn channel(&mut self, message: &Message, out: &mut Out<'_>) -> anyhow::Result<()> {
        if message.get("Response").is_some() {
            self.started = message.get("Response") == Some("Success");
            if !self.started {
                tracing::warn!(
                    "the PBX does not tell its channels; give the user `read = reporting` in manager.conf"
                );
                return Ok(());
            }
            return out.own(Body::SnapshotStarted);
        }
        if message.get("Event") != Some("CoreShowChannel") {
            return Ok(());
        }
        let Some(channel) = message.known("Channel") else { return Ok(()) };
        let Some(endpoint) = endpoint(channel, out.intake.numbers()) else { return Ok(()) };
        let age_us = message.known("Duration").and_then(duration_us).unwrap_or(0);
        let bridge = message.known("BridgeId").map(Into::into);
        let body = Body::LegSeen { endpoint, age_us, bridge };
        out.own_of(message.known("Uniqueid"), message.known("Linkedid"), body)
    }

    fn queue(&mut self, message: &Message, out: &mut Out<'_>) -> anyhow::Result<()> {
        let number = |key| message.known(key).and_then(|value| value.parse::<u32>().ok());
        match message.get("Event") {
            Some("QueueEntry") if self.started => {
                let Some(queue) = message.known("Queue") else { return Ok(()) };
                let body = Body::QueueCallerSeen {
                    queue: queue.into(),
                    position: number("Position").unwrap_or(0),
                    wait_us: i64::from(number("Wait").unwrap_or(0)) * 1_000_000,
                };
                out.own_of(message.known("Uniqueid"), None, body)
            }
            Some("QueueMember") if self.started => match member_state(message, out.intake.numbers()) {
                Ok(body) => out.own(body),
                Err(what) => {
                    tracing::warn!("a member of a queue is left out: {what}");
                    Ok(())
                }
            },
            Some("QueueStatusComplete") if self.started => out.own(Body::SnapshotEnded),
            _ if message.get("Response") == Some("Error") && self.started => {
                tracing::warn!(
                    "the PBX does not tell its queues; give the user `read = agent` in manager.conf"
                );
                out.own(Body::SnapshotEnded)
            }
            _ => Ok(()),
        }
    }
}

/// `HH:MM:SS` → µs.
fn duration_us(text: &str) -> Option<i64> {
    let parts: Option<Vec<i64>> = text.split(':').map(|part| part.parse().ok()).collect();
    match parts?[..] {
        [hours, minutes, seconds] => Some(((hours * 60 + minutes) * 60 + seconds) * 1_000_000),
        _ => None,
    }
}
