//! The sink's tables on the simulated ClickHouse, and time as a process sees it.

use crate::broker::Refusal;
use crate::faults::Point;
use crate::net::{Failed, Line};
use crate::stage::Turn;
use crate::world::{SECOND, World};
use pipeline::{Block, Clock, Tables, Unwritten};
use std::time::Duration;

/// The time of day at the beginning.
const BEGINNING_US: i64 = 1_700_000_000_000_000;
const ANSWER_WITHIN: u64 = 12 * SECOND;

/// The tables as one process reaches them.
pub struct Inserts(pub Turn);

impl Inserts {
    fn ask<R: Send + 'static>(
        &self,
        point: Point,
        act: impl Fn(&mut World) -> Result<R, Refusal> + Clone + Send + 'static,
    ) -> Result<R, Unwritten> {
        let mut line = Line { insists: false, ..Line::new(self.0.clone()) };
        let act = move |world: &mut World| {
            if world.clickhouse.down_until > world.now { Err(Refusal::Unavailable) } else { act(world) }
        };
        line.request(point, ANSWER_WITHIN, act).map_err(|failed| match failed {
            Failed::TimedOut => Unwritten::Resend("no answer".into()),
            Failed::Refused(refusal) => Unwritten::Resend(format!("{refusal:?}")),
        })
    }
}

impl Tables for Inserts {
    fn insert(&self, block: &Block, token: &str) -> Result<(), Unwritten> {
        let (block, token) = (block.clone(), token.to_owned());
        self.0.tell(|| format!("inserts {token}, {} rows", block.rows));
        self.ask(Point::Insert, move |world| {
            match world.clickhouse.insert(world.now, &block, &token) {
                Ok(true) => world.story.count("inserts"),
                Ok(false) => world.story.count("inserts known by their token"),
                Err(error) => world.findings.push(("rows_readable", format!("{token}: {error}"))),
            }
            Ok(())
        })
    }

    fn holds(&self, block: &Block) -> Result<bool, Unwritten> {
        let block = block.clone();
        self.ask(Point::Holds, move |world| {
            let holds = world.clickhouse.holds(&block);
            world.story.count(if holds { "blocks found by a look" } else { "blocks looked for in vain" });
            Ok(holds)
        })
    }
}

/// Virtual time.
pub struct VirtualClock(pub Turn);

impl Clock for VirtualClock {
    fn now_us(&self) -> i64 {
        BEGINNING_US + self.0.at_once(|world| i64::try_from(world.now).unwrap_or(i64::MAX))
    }

    fn monotonic(&self) -> Duration {
        Duration::from_micros(self.0.at_once(|world| world.now))
    }

    fn sleep(&self, so_long: Duration) {
        self.0.after(u64::try_from(so_long.as_micros()).unwrap_or(u64::MAX), |_| ());
    }
}
