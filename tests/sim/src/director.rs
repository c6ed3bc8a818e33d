//! What happens to whole processes and servers, and when it is over.

use crate::broker::Topic;
use crate::cast::{Order, Role};
use crate::world::{SECOND, World};
use pipeline::Place;

/// How often it is looked whether all is done.
const LOOK_EVERY: u64 = SECOND / 4;
/// When nothing goes wrong any more, all must be done after so long.
const PATIENCE: u64 = 300 * SECOND;
/// A reader from the beginning must not take longer than this, or it misses removals: Kafka keeps them a day.
const REMOVALS_KEPT: u64 = 60 * SECOND;

/// What happens to a whole process or server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// kill -9.
    Kill(Role),
    /// SIGSTOP for a while.
    Freeze(Role, u64),
    /// SIGSTOP, and another process is started under the same name.
    Replace(Role, u64),
    /// SIGTERM.
    Stop(Role),
    /// No packet gets through for a while.
    Cut(Role, u64),
    /// ClickHouse does not answer for a while.
    ClickHouseDown(u64),
    /// A partition of the changelog is compacted.
    Compact(i32),
}

impl World {
    /// Has acts happen by chance until the calm begins at `calm_at`.
    pub fn direct(&mut self, acts: u64, calm_at: u64) {
        let roles = self.cast.roles.clone();
        for _ in 0..acts {
            let at = self.rng.between(0, calm_at);
            let role = self.rng.one_of(&roles).copied();
            let long = self.rng.between(SECOND / 10, 20 * SECOND);
            let act = match (self.rng.between(0, 12), role) {
                (0..=2, Some(role)) => Act::Kill(role),
                (3 | 4, Some(role)) => Act::Freeze(role, long),
                (5, Some(role)) => Act::Replace(role, long),
                (6, Some(role)) => Act::Stop(role),
                (7 | 8, Some(role)) => Act::Cut(role, long),
                (9, _) => Act::ClickHouseDown(long),
                _ => Act::Compact(self.any_partition()),
            };
            self.later(at, move |world| world.carry_out(act));
        }
        self.later(calm_at, |world| world.begin_calm());
    }

    fn any_partition(&mut self) -> i32 {
        let last = self.broker.partitions() - 1;
        i32::try_from(self.rng.between(0, u64::try_from(last).unwrap_or(0))).unwrap_or(0)
    }

    /// Does it now.
    pub fn carry_out(&mut self, act: Act) {
        self.tell(|| format!("{act:?}"));
        let until = |long: u64| self.now + long;
        match act {
            Act::Kill(role) => self.order(role, Order::Kill),
            Act::Freeze(role, long) => {
                self.story.count("processes frozen");
                let until = until(long);
                self.order(role, |who| Order::Freeze(who, until));
            }
            Act::Replace(role, long) => {
                self.story.count("processes replaced");
                let until = until(long);
                self.order(role, |who| Order::Freeze(who, until));
                self.cast.orders.push(Order::Start(role));
            }
            Act::Stop(role) => {
                self.story.count("processes told to stop");
                self.cast.current(role).into_iter().for_each(|who| self.cast.stop(who));
            }
            Act::Cut(role, long) => self.cut(role, long),
            Act::ClickHouseDown(long) => {
                self.story.count("ClickHouse down");
                self.clickhouse.down_until = until(long);
            }
            Act::Compact(partition) => {
                let before = self.now.saturating_sub(REMOVALS_KEPT);
                let log = self.broker.log(Topic::Derived(Place::Changelog), partition);
                let taken = log.compact(before) as u64;
                self.story.count_many("records compacted away", taken);
            }
        }
    }

    fn order(&mut self, role: Role, order: impl FnOnce(usize) -> Order) {
        self.cast.orders.extend(self.cast.current(role).map(order));
    }

    fn cut(&mut self, role: Role, long: u64) {
        let Some(who) = self.cast.current(role) else { return };
        self.story.count("networks cut");
        self.cast.cut(who, self.now + long);
        if let Some(seat) = self.cast.seat(who) {
            self.silence(seat);
        }
        self.later(long, move |world| {
            if let Some(seat) = world.cast.seat(who) {
                world.unsilence(&seat);
            }
        });
    }

    /// From now on nothing goes wrong.
    fn begin_calm(&mut self) {
        self.tell(|| "calm: nothing goes wrong from here on".into());
        self.plan.calm();
        self.cast.mend();
        self.clickhouse.down_until = 0;
        self.cast.orders.push(Order::Thaw);
        let replaced = self.cast.replaced();
        self.cast.orders.extend(replaced.into_iter().map(Order::Kill));
        let deadline = self.now + PATIENCE;
        self.later(LOOK_EVERY, move |world| world.look_whether_done(deadline));
    }

    fn look_whether_done(&mut self, deadline: u64) {
        let undone = self.undone();
        if undone.is_none() {
            self.tell(|| "all is done".into());
            return self.cast.close();
        }
        if self.now > deadline {
            self.findings.push(("all_is_done_in_the_end", undone.unwrap_or_default()));
            self.cast.close();
            let alive = self.cast.alive();
            return self.cast.orders.extend(alive.into_iter().map(Order::Kill));
        }
        self.later(LOOK_EVERY, move |world| world.look_whether_done(deadline));
    }

    /// What is still to be done.
    fn undone(&mut self) -> Option<String> {
        let places = [Place::Calls, Place::Windows, Place::Rejected];
        let topics = std::iter::once(Topic::Events).chain(places.map(Topic::Derived));
        for topic in topics {
            for partition in 0..self.broker.partitions() {
                let what = |why: &str| Some(format!("{}/{partition}: {why}", topic.name()));
                let committed = match self.broker.group(topic).stable(partition) {
                    Err(_) => return what("offsets of a transaction that does not end"),
                    Ok(Some((_, pending))) if !pending.is_empty() => return what("a range stays pending"),
                    Ok(committed) => committed.map_or(0, |(next, _)| usize::try_from(next).unwrap_or(0)),
                };
                let log = self.broker.log(topic, partition);
                if log.stable_end() < log.end() {
                    return what("a transaction does not end");
                }
                if log.next_committed(committed).is_some() {
                    return what(&format!("not done behind {committed} of {}", log.end()));
                }
            }
        }
        None
    }
}
