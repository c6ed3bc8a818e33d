//! Callers on hold, of which the log says nothing, and in parking spaces.

use super::row::Row;
use super::story::Story;
use crate::Numbers;
use call::event::Endpoint;
use call::{Body, Text};

impl<N: Numbers> Story<N> {
    /// A phone that calls while it speaks has put the other on hold; gives the channel that does.
    pub fn consults(&mut self, at_us: i64, endpoint: &Endpoint) -> Option<Text> {
        let held = self.channels.speaking(endpoint).filter(|_| !self.dialect.is_trunk(endpoint))?;
        self.tell(at_us, &held, Body::Held);
        Some(held)
    }

    /// The consultation is over: whoever still speaks to the other does so again.
    pub fn goes_back(&mut self, id: &str, at_us: i64) {
        let held = self.channels.get_mut(id).and_then(|channel| channel.consults_for.take());
        if let Some(held) = held.filter(|held| self.channels.get(held).is_some_and(|held| held.is_bridged)) {
            self.tell(at_us, &held, Body::Resumed);
        }
    }

    /// Who gives up is parked until the end; a swap names the channel that stands in the space from now on.
    pub fn park_ended(&mut self, row: &Row<'_>) {
        let extra = row.extra();
        let stays = matches!(extra["reason"].as_str(), Some("ParkedCallGiveUp" | "ParkedCallSwap"));
        if let Some(channel) = self.channels.get_mut(&row.id).filter(|_| !stays) {
            channel.free_us = row.at_us;
        }
        self.tell(row.at_us, &row.id, if stays { Body::Parked } else { Body::Unparked });
    }
}
