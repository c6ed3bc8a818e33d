//! The window stage of one partition: passes in, panes that changed out. State lives in the changelog, as the processor's does.

use crate::pane::Pane;
use crate::pass::{DIRECTIONS, Pass};
use pipeline::{Place, Record, Table};
use std::collections::{BTreeMap, HashMap};
use window::{MINUTE_US, start_of};

/// Not the standard library's keyed hash: nobody chooses the names of queues to slow this down, and the program has the same one.
type Map<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

/// Which pane, within a minute: a queue's number here and a direction, as one number from 0.
type Whose = usize;

#[derive(Default)]
struct Open {
    pane: Pane,
    is_changed: bool,
}

pub struct Stage {
    partition: i32,
    lateness_us: i64,
    /// Numbers of queues by site and queue, so that a pane's key needs no text.
    numbers: Map<Box<str>, Map<Box<str>, usize>>,
    names: Vec<String>,
    /// By minute, so that what is over goes at once; and by whose they are. Some are empty: nothing came.
    open: BTreeMap<i64, Vec<Open>>,
    changed: Vec<(i64, Whose)>,
    /// The largest time of an event, cut to ms as the peers have it, µs.
    event_time_us: i64,
    pub next_offset: i64,
    has_news: bool,
    pub late: u64,
}

impl Stage {
    pub fn new(partition: i32, lateness_us: i64) -> Self {
        Self {
            partition,
            lateness_us,
            numbers: Map::default(),
            names: Vec::new(),
            open: BTreeMap::new(),
            changed: Vec::new(),
            event_time_us: i64::MIN / 2,
            next_offset: 0,
            has_news: false,
            late: 0,
        }
    }

    /// As the changelog has it. None: it is damaged.
    pub fn restored(mut self, table: &Table) -> Option<Self> {
        for (key, value) in table {
            if key.as_slice() == EVENT_TIME {
                self.event_time_us = i64::from_be_bytes(value.as_slice().try_into().ok()?);
                continue;
            }
            let mut parts = std::str::from_utf8(key).ok()?.split('/');
            let mut next = || parts.next();
            let (site, queue, direction, minute) = (next()?, next()?, next()?, next()?);
            let direction = DIRECTIONS.iter().position(|known| *known == direction)?;
            let whose = self.whose(site, queue, direction);
            *self.open_pane(minute.parse().ok()?, whose) =
                Open { pane: Pane::read(value)?, is_changed: false };
        }
        Some(self)
    }

    /// Takes one record. None: it is no pass.
    pub fn step(&mut self, offset: i64, value: &[u8]) -> Option<()> {
        let pass = Pass::read(value)?;
        (self.next_offset, self.has_news) = (offset + 1, true);
        self.event_time_us = self.event_time_us.max(pass.joined_us.div_euclid(1000) * 1000);
        let minute = window::minute_of(pass.joined_us);
        if start_of(minute) + MINUTE_US + self.lateness_us <= self.event_time_us {
            self.late += 1;
            return Some(());
        }
        let whose = self.whose(pass.site, pass.queue, pass.direction);
        let open = self.open_pane(minute, whose);
        open.pane.add(&pass);
        if !open.is_changed {
            open.is_changed = true;
            self.changed.push((minute, whose));
        }
        Some(())
    }

    fn whose(&mut self, site: &str, queue: &str, direction: usize) -> Whose {
        DIRECTIONS.len() * self.number(site, queue) + direction
    }

    fn number(&mut self, site: &str, queue: &str) -> usize {
        if let Some(number) = self.numbers.get(site).and_then(|queues| queues.get(queue)) {
            return *number;
        }
        let number = self.names.len();
        self.names.push(format!("{site}/{queue}"));
        self.numbers.entry(site.into()).or_default().insert(queue.into(), number);
        number
    }

    fn open_pane(&mut self, minute: i64, whose: Whose) -> &mut Open {
        let open = self.open.entry(minute).or_default();
        if open.len() <= whose {
            open.resize_with(DIRECTIONS.len() * self.names.len(), Open::default);
        }
        &mut open[whose]
    }

    /// Whether anything was read since the last time.
    pub const fn has_news(&self) -> bool {
        self.has_news
    }

    /// What changed since the last time, for the output and for the changelog; and what is over, which the changelog forgets.
    pub fn take(&mut self, records: &mut Vec<Record>) {
        self.has_news = false;
        for (minute, whose) in std::mem::take(&mut self.changed) {
            let key = self.key(minute, whose);
            let Some(open) = self.open.get_mut(&minute).and_then(|minute| minute.get_mut(whose)) else {
                continue;
            };
            open.is_changed = false;
            let value = Some(open.pane.write());
            let record = |place, key, value| Record { place, partition: self.partition, key, value };
            records.push(record(Place::Windows, key.clone(), value.clone()));
            records.push(record(Place::Changelog, key, value));
        }
        let time = self.event_time_us.to_be_bytes().to_vec();
        let key = EVENT_TIME.to_vec();
        records.push(Record { place: Place::Changelog, partition: self.partition, key, value: Some(time) });
        self.forget(records);
    }

    fn forget(&mut self, records: &mut Vec<Record>) {
        let over = |minute: i64| start_of(minute) + MINUTE_US + self.lateness_us <= self.event_time_us;
        let minutes: Vec<i64> = self.open.keys().copied().take_while(|minute| over(*minute)).collect();
        for minute in minutes {
            for (whose, open) in self.open.remove(&minute).unwrap_or_default().into_iter().enumerate() {
                if open.pane.is_empty() {
                    continue;
                }
                let key = self.key(minute, whose);
                records.push(Record { place: Place::Changelog, partition: self.partition, key, value: None });
            }
        }
    }

    fn key(&self, minute: i64, whose: Whose) -> Vec<u8> {
        let (name, direction) = (&self.names[whose / DIRECTIONS.len()], DIRECTIONS[whose % DIRECTIONS.len()]);
        format!("{name}/{direction}/{minute}").into_bytes()
    }
}

/// Key of the changelog.
const EVENT_TIME: &[u8] = b"event-time";
