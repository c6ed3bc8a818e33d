//! Where processes are played by real threads, one at a time. Whoever must wait hands the turn to whom the time says, so a run
//! is the same each time, however the machine schedules threads.

use crate::broker::Topic;
use crate::cast::{Order, Role};
use crate::lines::Lines;
use crate::world::World;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use tracing::dispatcher::{Dispatch, with_default};

/// A process that was killed unwinds with this.
pub struct Killed;

/// How a process ended.
#[derive(Debug)]
pub enum End {
    /// It was told to, or gave up with this.
    Itself(Result<(), String>),
    /// It was killed.
    Killed,
    /// It panicked.
    Panicked(String),
}

struct Actor {
    name: String,
    role: Role,
    wake_at: u64,
    frozen_until: u64,
    /// It waits for news of this topic.
    idle_on: Option<Topic>,
    killed: bool,
    ended: bool,
    bell: Arc<Condvar>,
}

struct Inner {
    world: World,
    actors: Vec<Actor>,
    running: Option<usize>,
    is_over: bool,
    threads: Vec<JoinHandle<()>>,
}

/// The stage.
pub struct Stage {
    inner: Mutex<Inner>,
    over: Condvar,
}

/// One process's hold on the stage.
#[derive(Clone)]
pub struct Turn {
    stage: Arc<Stage>,
    me: usize,
}

impl Stage {
    /// Plays everything that `world` holds, until nothing can happen any more.
    #[must_use]
    pub fn play(world: World) -> World {
        let inner = Inner { world, actors: Vec::new(), running: None, is_over: false, threads: Vec::new() };
        let stage = Arc::new(Self { inner: Mutex::new(inner), over: Condvar::new() });
        let mut inner = stage.lock();
        stage.pass_on(&mut inner);
        while !inner.is_over {
            inner = stage.over.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
        let threads = std::mem::take(&mut inner.threads);
        drop(inner);
        for thread in threads {
            // how it ended has been told
            drop(thread.join());
        }
        let mut inner = stage.lock();
        let empty = World::new(
            crate::rng::Rng::new(0),
            0,
            crate::faults::Plan::default(),
            None,
            crate::story::Story::default(),
        );
        std::mem::replace(&mut inner.world, empty)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the turn to whoever is next.
    fn pass_on(self: &Arc<Self>, inner: &mut Inner) {
        loop {
            self.carry_out_orders(inner);
            inner.wake_idle();
            let next = inner.next_actor();
            match (inner.world.next_effect_at(), next) {
                (None, None) => {
                    (inner.running, inner.is_over) = (None, true);
                    self.over.notify_all();
                    return;
                }
                (Some(at), next) if next.is_none_or(|(wakes, _)| at <= wakes) => {
                    inner.world.run_next_effect()
                }
                (_, Some((wakes, who))) => {
                    inner.world.now = inner.world.now.max(wakes);
                    inner.running = Some(who);
                    inner.actors[who].bell.notify_all();
                    return;
                }
                (Some(_), None) => {}
            }
        }
    }

    fn carry_out_orders(self: &Arc<Self>, inner: &mut Inner) {
        for order in std::mem::take(&mut inner.world.cast.orders) {
            match order {
                Order::Start(role) => self.start(inner, role),
                Order::Kill(who) => inner.kill(who),
                Order::Freeze(who, until) => inner.freeze(who, until),
                Order::Thaw => {
                    for who in 0..inner.actors.len() {
                        inner.freeze(who, inner.world.now);
                    }
                }
            }
        }
    }

    fn start(self: &Arc<Self>, inner: &mut Inner, role: Role) {
        let me = inner.actors.len();
        let (name, part) = inner.world.cast.enter(role, me);
        let now = inner.world.now;
        inner.world.tell(|| format!("{name} starts"));
        inner.actors.push(Actor {
            name,
            role,
            wake_at: now + 1,
            frozen_until: 0,
            idle_on: None,
            killed: false,
            ended: false,
            bell: Arc::new(Condvar::new()),
        });
        let turn = Turn { stage: self.clone(), me };
        let told = inner.world.story.is_told();
        inner.threads.push(std::thread::spawn(move || {
            let played = catch_unwind(AssertUnwindSafe(|| {
                turn.await_turn();
                let play = || part.map_or(Ok(()), |part| part.play(&turn));
                if told { with_default(&Dispatch::new(Lines::of(turn.clone())), play) } else { play() }
            }));
            turn.leave(match played {
                Ok(result) => End::Itself(result),
                Err(payload) if payload.is::<Killed>() => End::Killed,
                Err(payload) => End::Panicked(words(payload.as_ref())),
            });
        }));
    }
}

fn words(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no words".into())
}

impl Inner {
    fn next_actor(&self) -> Option<(u64, usize)> {
        let alive = self.actors.iter().enumerate().filter(|(_, actor)| !actor.ended);
        alive.map(|(index, actor)| (actor.wake_at.max(actor.frozen_until), index)).min()
    }

    fn wake_idle(&mut self) {
        let news = std::mem::take(&mut self.world.news);
        if news.is_empty() {
            return;
        }
        for actor in self.actors.iter_mut().filter(|actor| !actor.ended) {
            if actor.idle_on.is_some_and(|topic| news.contains(&topic)) {
                actor.idle_on = None;
                actor.wake_at = actor.wake_at.min(self.world.now + self.world.rng.between(500, 5_000));
            }
        }
    }

    fn kill(&mut self, who: usize) {
        let now = self.world.now;
        let Some(actor) = self.actors.get_mut(who).filter(|actor| !actor.ended && !actor.killed) else {
            return;
        };
        (actor.killed, actor.wake_at, actor.frozen_until) = (true, now, 0);
        self.world.story.count("kills");
        self.world.tell(|| format!("{} is killed", self.actors[who].name));
    }

    /// No turn before `until`; one that has come lets it go on.
    fn freeze(&mut self, who: usize, until: u64) {
        let now = self.world.now;
        let Some(actor) = self.actors.get_mut(who).filter(|actor| !actor.ended && !actor.killed) else {
            return;
        };
        actor.frozen_until = until;
        let seat = self.world.cast.seat(who);
        if until <= now {
            seat.iter().for_each(|seat| self.world.unsilence(seat));
            return;
        }
        let name = &actor.name;
        self.world.tell(|| format!("{name} is frozen for {} ms", (until - now) / 1000));
        let Some(seat) = seat else { return };
        self.world.silence(seat);
        self.world.later(until - now, move |world| {
            if let Some(seat) = world.cast.seat(who) {
                world.unsilence(&seat);
            }
        });
    }
}

impl Turn {
    /// Which actor this is.
    #[must_use]
    pub fn who(&self) -> usize {
        self.me
    }

    /// Does something in the world at once.
    pub fn at_once<R>(&self, act: impl FnOnce(&mut World) -> R) -> R {
        act(&mut self.stage.lock().world)
    }

    /// The process's name, for the story.
    pub fn tell(&self, what: impl FnOnce() -> String) {
        let inner = &mut *self.stage.lock();
        let name = &inner.actors[self.me].name;
        inner.world.tell(|| format!("{name}: {}", what()));
    }

    /// Does something in the world after so long; others have their turns meanwhile. Unwinds if the process is killed meanwhile.
    pub fn after<R>(&self, so_long: u64, act: impl FnOnce(&mut World) -> R) -> R {
        let mut inner = self.stage.lock();
        self.wait(&mut inner, so_long, None);
        act(&mut self.resume(inner).world)
    }

    /// Lets time pass until there is news of a topic.
    pub fn idle(&self, so_long: u64, topic: Topic) {
        let mut inner = self.stage.lock();
        self.wait(&mut inner, so_long, Some(topic));
        drop(self.resume(inner));
    }

    /// The process is killed here.
    pub fn die(&self) -> ! {
        self.stage.lock().kill(self.me);
        self.after(0, |_| ());
        resume_unwind(Box::new(Killed))
    }

    /// The process gets no turn for so long.
    pub fn freeze(&self, so_long: u64) {
        let mut inner = self.stage.lock();
        let until = inner.world.now + so_long;
        inner.freeze(self.me, until);
        drop(inner);
        self.after(0, |_| ());
    }

    fn await_turn(&self) {
        let inner = self.stage.lock();
        drop(self.resume(inner));
    }

    fn wait(&self, inner: &mut Inner, so_long: u64, idle_on: Option<Topic>) {
        let actor = &mut inner.actors[self.me];
        (actor.wake_at, actor.idle_on) = (inner.world.now + so_long, idle_on);
        self.stage.pass_on(inner);
    }

    fn resume<'s>(&'s self, mut inner: MutexGuard<'s, Inner>) -> MutexGuard<'s, Inner> {
        let bell = inner.actors[self.me].bell.clone();
        while inner.running != Some(self.me) {
            inner = bell.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
        inner.actors[self.me].idle_on = None;
        if inner.actors[self.me].killed {
            drop(inner);
            resume_unwind(Box::new(Killed));
        }
        inner
    }

    fn leave(&self, end: End) {
        let inner = &mut *self.stage.lock();
        let Actor { name, role, ended, .. } = &mut inner.actors[self.me];
        *ended = true;
        let (name, role) = (name.clone(), *role);
        inner.world.left(self.me, role, &name, end);
        self.stage.pass_on(inner);
    }
}
