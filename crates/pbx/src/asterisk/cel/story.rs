//! What the lines mean together.

use super::super::{CelEventDialect, Dialect, names};
use super::channel::{Attempt, Channel, Channels};
use super::row::Row;
use crate::{Draft, Numbers};
use call::event::{DialStatus, Endpoint, QueueStatus, TransferKind};
use call::{Body, Text};

/// A queue that let a caller go after less than this took nobody in.
const WAIT_US_MIN: i64 = 1_000_000;

/// The channels that are alive, and what is to be told.
#[derive(Debug)]
pub(super) struct Story<N> {
    pub dialect: Dialect,
    pub numbers: N,
    pub channels: Channels,
    pub drafts: Vec<Draft>,
}

impl<N: Numbers> Story<N> {
    /// One line; gives what is known now that was not known before.
    pub fn take(&mut self, row: &Row<'_>, offset: u64) -> Result<Vec<Draft>, String> {
        self.drafts.clear();
        if row.event == "CHAN_START" {
            self.started(row, offset)?;
        } else if self.channels.get(&row.id).is_some() {
            self.channels.follow(&row.id, &row.linked);
            self.look_around(row);
            self.happened(row);
        }
        Ok(std::mem::take(&mut self.drafts))
    }

    fn happened(&mut self, row: &Row<'_>) {
        match row.event {
            "ANSWER" => self.called_is_told(row, Some(DialStatus::Answer)),
            "BRIDGE_ENTER" => self.bridge_entered(row),
            "BRIDGE_EXIT" => self.bridge_left(row),
            "BLINDTRANSFER" => self.blind_transfer(row),
            "ATTENDEDTRANSFER" => self.attended_transfer(row),
            "PICKUP" => self.picked_up(row),
            "PARK_START" => self.tell(row.at_us, &row.id, Body::Parked),
            "PARK_END" => self.park_ended(row),
            "HANGUP" => self.hung_up(row),
            "CHAN_END" => self.ended(row),
            _ => self.user_event(row),
        }
    }

    fn started(&mut self, row: &Row<'_>, offset: u64) -> Result<(), String> {
        if self.channels.get(&row.id).is_some() {
            return Ok(());
        }
        let endpoint =
            names::endpoint(row.channel, &self.numbers).ok_or("channame is not technology/resource")?;
        let is_device = matches!(endpoint, Endpoint::Device(_));
        // A channel that the PBX makes for somebody is in that one's set.
        let incoming = is_device && row.id == row.linked;
        let mut channel = Channel {
            name: row.channel.into(),
            linked: row.linked.clone(),
            started_us: row.at_us,
            offset,
            is_calling: !incoming && endpoint != Endpoint::Internal { far: true },
            runs_dialplan: incoming || endpoint == Endpoint::Internal { far: true },
            dialled: row.exten.into(),
            context: row.context.into(),
            exten: row.exten.into(),
            free_us: row.at_us,
            endpoint: endpoint.clone(),
            twin: None,
            is_bridged: false,
            is_over: false,
            application: None,
            queue: None,
            served_by: None,
            has_talked: false,
            has_mailbox: false,
            consults_for: None,
            attempts: Vec::new(),
        };
        if incoming {
            channel.consults_for = self.consults(row.at_us, &endpoint);
        }
        self.channels.insert(row.id.clone(), channel);
        // The far half has dialled its extension, too.
        let dials = incoming || endpoint == Endpoint::Internal { far: true };
        let body = self.dialect.leg_started(&self.numbers, endpoint, dials, row.caller, row.exten);
        self.tell(row.at_us, &row.id, body);
        if let Some((near, far)) = self.channels.pair(&row.id) {
            self.tell(row.at_us, &row.id, Body::HalvesPaired { near, far });
        }
        Ok(())
    }

    /// What the line says of where its channel is.
    fn look_around(&mut self, row: &Row<'_>) {
        let Some(channel) = self.channels.get_mut(&row.id).filter(|channel| channel.runs_dialplan) else {
            return;
        };
        if *channel.context != *row.context || *channel.exten != *row.exten {
            (channel.context, channel.exten) = (row.context.into(), row.exten.into());
            channel.application = None;
        }
        // A transferred channel leaves the bridge with the application that it has just been taken out of.
        if let Some((name, longest)) = row.queue().filter(|_| row.event != "BRIDGE_EXIT") {
            channel.application = Some((names::label(name, &self.numbers), longest));
        }
        self.tell_attempts(&row.id, false);
        let waits = self.channels.get(&row.id).is_some_and(|channel| {
            row.queue().is_some()
                && channel.queue.is_none()
                && channel.served_by.is_none()
                && !channel.is_bridged
        });
        if waits && matches!(row.event, "APP_START" | "STREAM_BEGIN") {
            self.attempts_are_over(&row.id, row.at_us, DialStatus::NoAnswer);
            if let Some(queue) = self.queue_of(&row.id) {
                self.joins(&row.id, queue, row.at_us);
            }
        }
        if row.application.eq_ignore_ascii_case("VoiceMail") {
            self.mailbox_entered(row);
        }
    }

    fn mailbox_entered(&mut self, row: &Row<'_>) {
        self.attempts_are_over(&row.id, row.at_us, DialStatus::NoAnswer);
        let Some(channel) = self.channels.get_mut(&row.id).filter(|channel| !channel.has_mailbox) else {
            return;
        };
        channel.has_mailbox = true;
        self.leaves(&row.id, row.at_us);
        self.tell(row.at_us, &row.id, Body::MailboxEntered);
    }

    fn user_event(&mut self, row: &Row<'_>) {
        let is = |event: &Option<CelEventDialect>| {
            let named = |event: &&CelEventDialect| event.name == row.event || event.name == row.user_event;
            event.as_ref().filter(named).cloned()
        };
        let (not_diverted, diverted) = (is(&self.dialect.cel.not_diverted), is(&self.dialect.cel.diverted));
        let Some(event) = not_diverted.as_ref().or(diverted.as_ref()) else { return };
        let words = row.words();
        let word = |field: &str| {
            let place = event.fields.iter().position(|name| name == field);
            place.and_then(|place| words.get(place)).map_or("", String::as_str)
        };
        let status = names::dial_status(word("dial_status"));
        let sought = self.numbers.party(word("sought"));
        let body = if not_diverted.is_some() {
            Body::NotDiverted { sought, status: status.unwrap_or(DialStatus::Other) }
        } else {
            let (kind, reason) =
                (self.dialect.diversion_kind(word("kind")), self.dialect.reason(word("reason")));
            Body::Diverted { sought, kind, reason, to: self.numbers.party(word("target")) }
        };
        self.attempts_are_over(&row.id, row.at_us, status.unwrap_or(DialStatus::NoAnswer));
        self.leaves(&row.id, row.at_us);
        if let Some(channel) = self.channels.get_mut(&row.id) {
            (channel.served_by, channel.free_us) = (None, row.at_us);
        }
        self.tell(row.at_us, &row.id, body);
    }

    fn bridge_entered(&mut self, row: &Row<'_>) {
        self.called_is_told(row, Some(DialStatus::Answer));
        if let Some(channel) = self.channels.get_mut(&row.id) {
            channel.is_bridged = true;
        }
        self.tell_far_half(&row.id);
        if let Some(bridge) = Row::extra_id(&row.extra(), "bridge_id") {
            self.tell(row.at_us, &row.id, Body::BridgeEntered { bridge });
        }
    }

    fn bridge_left(&mut self, row: &Row<'_>) {
        if let Some(channel) = self.channels.get_mut(&row.id) {
            (channel.is_bridged, channel.free_us) = (false, row.at_us);
        }
        if let Some(bridge) = Row::extra_id(&row.extra(), "bridge_id") {
            self.tell(row.at_us, &row.id, Body::BridgeLeft { bridge });
        }
    }

    fn blind_transfer(&mut self, row: &Row<'_>) {
        let extra = row.extra();
        let Some(transferee) = Row::extra_id(&extra, "transferee_channel_uniqueid") else { return };
        self.channels.has_to_do_with(&row.id, &transferee);
        if let Some(channel) = self.channels.get_mut(&transferee) {
            (channel.queue, channel.served_by, channel.application) = (None, None, None);
            channel.free_us = row.at_us;
        }
        let to = self.numbers.party(extra["extension"].as_str().unwrap_or_default());
        let body = Body::Transferred {
            kind: TransferKind::Blind,
            succeeded: true,
            transferer: Some(row.id.clone()),
            second: None,
            transferee: Some(transferee.clone()),
            target: None,
            to,
        };
        self.tell(row.at_us, &transferee, body);
    }

    fn attended_transfer(&mut self, row: &Row<'_>) {
        let extra = row.extra();
        let id = |key| Row::extra_id(&extra, key);
        let transferee = id("transferee_channel_uniqueid");
        let body = Body::Transferred {
            kind: TransferKind::Attended,
            succeeded: true,
            transferer: Some(row.id.clone()),
            second: id("channel2_uniqueid"),
            transferee: transferee.clone(),
            target: id("transfer_target_channel_uniqueid"),
            to: call::Party::Unknown,
        };
        self.tell(row.at_us, &transferee.unwrap_or_else(|| row.id.clone()), body);
    }

    /// This channel rang, and another one took the call.
    fn picked_up(&mut self, row: &Row<'_>) {
        let dialler = self.channels.dialler_of(&row.id);
        self.called_is_told(row, None);
        let extra = row.extra();
        let Some(picker) = Row::extra_id(&extra, "pickup_channel_uniqueid") else { return };
        self.tell(row.at_us, &picker, Body::PickedUp { target: row.id.clone() });
        let name = extra["pickup_channel"].as_str().unwrap_or_default();
        let (Some(dialler), Some(endpoint)) = (dialler, names::endpoint(name, &self.numbers)) else { return };
        if let Some(channel) = self.channels.get_mut(&dialler) {
            (channel.has_talked, channel.served_by) = (true, channel.queue.take().map(|(queue, _)| queue));
        }
        self.tell(
            row.at_us,
            &dialler,
            Body::DialEnded { dest: picker, endpoint, status: DialStatus::Answer },
        );
    }

    fn hung_up(&mut self, row: &Row<'_>) {
        let extra = row.extra();
        let cause =
            extra["hangupcause"].as_u64().and_then(|cause| u16::try_from(cause).ok()).unwrap_or_default();
        self.called_is_told(row, Some(given_up(cause)));
        self.tell_attempts(&row.id, true);
        let requested = extra["hangupsource"].as_str() == Some(row.channel);
        if self.channels.get(&row.id).is_some_and(|channel| channel.runs_dialplan) {
            let status = names::dial_status(extra["dialstatus"].as_str().unwrap_or_default());
            self.dialplan_ends(row, requested, status);
        }
        if requested {
            self.tell(row.at_us, &row.id, Body::HangupRequested);
        }
        self.tell(row.at_us, &row.id, Body::LegEnded { cause });
        self.goes_back(&row.id, row.at_us);
        if let Some(channel) = self.channels.get_mut(&row.id) {
            channel.is_over = true;
        }
    }

    fn dialplan_ends(&mut self, row: &Row<'_>, requested: bool, status: Option<DialStatus>) {
        let Some(channel) = self.channels.get(&row.id) else { return };
        let waited = |since_us: i64| row.at_us - since_us >= WAIT_US_MIN;
        let unseen = channel.served_by.is_none() && !channel.has_mailbox;
        let queue = self.queue_of(&row.id).filter(|_| unseen && (requested || waited(channel.free_us)));
        let queue = queue.filter(|queue| channel.queue.as_ref().is_none_or(|(name, _)| name != queue));
        if let Some(queue) = queue {
            // Nobody was rung for this caller, who stood there all the same.
            self.attempts_are_over(&row.id, row.at_us, DialStatus::NoAnswer);
            let since_us = self.channels.get(&row.id).map_or(row.at_us, |channel| channel.free_us);
            self.joins(&row.id, queue, since_us);
        }
        self.attempts_are_over(
            &row.id,
            row.at_us,
            if requested { DialStatus::Cancel } else { DialStatus::NoAnswer },
        );
        let Some(channel) = self.channels.get(&row.id) else { return };
        match (&channel.queue, status) {
            (Some(_), _) if requested => {}
            (Some(_), _) => self.leaves(&row.id, row.at_us),
            (None, Some(status)) if !channel.has_talked && channel.served_by.is_none() => {
                self.tell(row.at_us, &row.id, Body::DialGaveUp { status });
            }
            (None, _) => {}
        }
    }

    fn ended(&mut self, row: &Row<'_>) {
        if self.channels.get(&row.id).is_some_and(|channel| !channel.is_over) {
            self.tell(row.at_us, &row.id, Body::LegEnded { cause: 0 });
        }
        self.channels.remove(&row.id);
    }

    /// Something tells what became of a channel that the PBX called, and what had called it.
    fn called_is_told(&mut self, row: &Row<'_>, status: Option<DialStatus>) {
        let Some(channel) = self.channels.get(&row.id).filter(|channel| channel.is_calling) else { return };
        let by_queue = row.application.starts_with("AppQueue");
        // `AppDial2` is the PBX itself, calling back; no application at all is a leg of somebody who asks a colleague.
        let by_dialplan = by_queue || row.application == "AppDial";
        let mut attempt = Attempt {
            dest: row.id.clone(),
            linked: row.linked.clone(),
            endpoint: channel.endpoint.clone(),
            started_us: channel.started_us,
            ended: status.map(|status| (row.at_us, status)),
            by_queue,
            queue: None,
        };
        let dialler = if by_dialplan { self.channels.dialler_of(&row.id) } else { None };
        if let Some(channel) = self.channels.get_mut(&row.id) {
            channel.is_calling = false;
        }
        match dialler {
            Some(dialler) => {
                attempt.queue = by_queue.then(|| self.queue_of_attempt(&dialler, row.exten)).flatten();
                if let Some(channel) = self.channels.get_mut(&dialler) {
                    channel.attempts.push(attempt);
                }
                self.tell_attempts(&dialler, false);
            }
            None => self.tell_attempt(None, attempt),
        }
        self.tell_far_half(&row.id);
    }

    /// What was held back of the far half because nothing told who had called the near one.
    fn tell_far_half(&mut self, near: &str) {
        let near =
            self.channels.get(near).filter(|channel| channel.endpoint == Endpoint::Internal { far: false });
        if let Some(far) = near.and_then(|near| near.twin.clone()) {
            self.tell_attempts(&far, false);
        }
    }

    /// Tells the attempts of a dialplan in their order, unless it is not known yet which queue made them.
    fn tell_attempts(&mut self, dialler: &str, at_last: bool) {
        let Some(channel) = self.channels.get(dialler) else { return };
        let twin =
            channel.twin.as_deref().filter(|_| channel.is_far()).and_then(|twin| self.channels.get(twin));
        let is_early = twin.is_some_and(|near| near.is_calling && !near.is_bridged);
        let untold = |attempt: &Attempt| attempt.by_queue && attempt.queue.is_none();
        let unknown_queue = channel.attempts.iter().any(untold) && self.queue_of(dialler).is_none();
        if (is_early || unknown_queue) && !at_last {
            return;
        }
        let attempts = self.channels.get_mut(dialler).map(|channel| std::mem::take(&mut channel.attempts));
        for attempt in attempts.unwrap_or_default() {
            self.tell_attempt(Some(dialler), attempt);
        }
    }

    fn tell_attempt(&mut self, dialler: Option<&str>, attempt: Attempt) {
        let Attempt { dest, linked, endpoint, started_us, ended, by_queue, queue } = attempt;
        let answered = ended.is_some_and(|(_, status)| status == DialStatus::Answer);
        if let Some((id, channel)) = dialler.and_then(|id| Some((id, self.channels.get(id)?))) {
            if by_queue && !answered && channel.served_by.is_some() {
                // Another member of the queue has taken the caller meanwhile.
                return;
            }
            let free_us = channel.free_us;
            match queue.or_else(|| self.queue_of(id)).filter(|_| by_queue) {
                Some(queue) => self.joins(id, queue, free_us.min(started_us)),
                None => self.leaves(id, started_us),
            }
        }
        let (leg, linked) = (dialler.map(Text::from), Some(linked));
        let started = Body::DialStarted { dest: dest.clone(), endpoint: endpoint.clone() };
        self.drafts.push(Draft {
            at_us: Some(started_us),
            leg: leg.clone(),
            linked: linked.clone(),
            body: started,
        });
        let Some((at_us, status)) = ended else { return };
        if let Some(channel) = dialler.and_then(|dialler| self.channels.get_mut(dialler)) {
            if answered {
                (channel.has_talked, channel.served_by) =
                    (true, channel.queue.take().map(|(queue, _)| queue));
            } else {
                channel.free_us = channel.free_us.max(at_us);
            }
        }
        self.drafts.push(Draft {
            at_us: Some(at_us),
            leg,
            linked,
            body: Body::DialEnded { dest, endpoint, status },
        });
    }

    /// The dialplan has gone on: whatever it was calling is over. (The called channels' own ends come a little later.)
    fn attempts_are_over(&mut self, dialler: &str, at_us: i64, status: DialStatus) {
        let by_queue = self.channels.get(dialler).is_some_and(|channel| channel.queue.is_some());
        for dest in self.channels.called_by(dialler) {
            let Some(channel) = self.channels.get_mut(&dest) else { continue };
            channel.is_calling = false;
            let (endpoint, linked, started_us) =
                (channel.endpoint.clone(), channel.linked.clone(), channel.started_us);
            let ended = Some((at_us, status));
            let attempt = Attempt { dest, linked, endpoint, started_us, ended, by_queue, queue: None };
            self.tell_attempt(Some(dialler), attempt);
        }
    }

    /// The queue that this channel's dialplan is in, as far as it is known.
    fn queue_of(&self, id: &str) -> Option<Text> {
        let channel = self.channels.get(id)?;
        let application = channel.application.as_ref().map(|(name, _)| name.clone());
        application.or_else(|| self.dialect.queue_at(&channel.context, &channel.exten))
    }

    /// The queue that was calling somebody: a called channel shows the extension that its caller was in.
    fn queue_of_attempt(&self, dialler: &str, exten: &str) -> Option<Text> {
        let channel = self.channels.get(dialler)?;
        if *channel.exten == *exten && self.queue_of(dialler).is_some() {
            return None;
        }
        self.dialect.queue_at_only(exten).or_else(|| {
            let is_first = channel.queue.is_none() && channel.free_us == channel.started_us;
            self.dialect.queue_of_number(&channel.dialled).filter(|_| is_first)
        })
    }

    fn joins(&mut self, id: &str, queue: Text, at_us: i64) {
        if self
            .channels
            .get(id)
            .is_some_and(|channel| channel.queue.as_ref().is_some_and(|(name, _)| *name == queue))
        {
            return;
        }
        self.leaves(id, at_us);
        if let Some(channel) = self.channels.get_mut(id) {
            (channel.queue, channel.served_by) = (Some((queue.clone(), at_us)), None);
        }
        // Places in the queue are not in the log.
        self.tell(at_us, id, Body::QueueJoined { queue, position: 0, count: 0 });
    }

    /// The dialplan has gone on from a queue without an answer: its longest wait was over, or a key was pressed.
    fn leaves(&mut self, id: &str, at_us: i64) {
        let Some(channel) = self.channels.get_mut(id) else { return };
        let Some((queue, since_us)) = channel.queue.take() else { return };
        let longest =
            channel.application.as_ref().filter(|(name, _)| *name == queue).and_then(|(_, longest)| *longest);
        channel.free_us = channel.free_us.max(at_us);
        let by_key = longest.is_some_and(|longest| at_us - since_us < longest - WAIT_US_MIN);
        if !by_key {
            self.tell(at_us, id, Body::QueueAbandoned { queue: queue.clone() });
        }
        self.tell(at_us, id, Body::QueueLeft { queue });
        if !by_key {
            self.tell(at_us, id, Body::QueueExited { status: QueueStatus::Timeout });
        }
    }

    pub fn tell(&mut self, at_us: i64, leg: &str, body: Body) {
        let linked = self.channels.get(leg).map(|channel| channel.linked.clone());
        self.drafts.push(Draft { at_us: Some(at_us), leg: Some(leg.into()), linked, body });
    }
}

/// How a channel that never answered was given up, from its Q.850 cause.
const fn given_up(cause: u16) -> DialStatus {
    match cause {
        17 => DialStatus::Busy,
        18 | 19 => DialStatus::NoAnswer,
        20 => DialStatus::Unavailable,
        1 | 2 | 3 | 27 | 34 | 38 | 41 | 42 | 44 => DialStatus::Congestion,
        // Answered elsewhere.
        26 => DialStatus::Cancel,
        // The dialplan gave up or the caller did: what the caller's own channel says decides.
        _ => DialStatus::NoAnswer,
    }
}
