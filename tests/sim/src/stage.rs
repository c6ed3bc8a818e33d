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

/// When a thread that waits for a word wakes by itself.
const NEVER: u64 = u64::MAX;

struct Actor {
    name: String,
    /// Whose thread it is: the actor that began with its process.
    process: usize,
    /// What the process is; none: one more thread of it.
    role: Option<Role>,
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

/// One thread's hold on the stage.
#[derive(Clone)]
pub struct Turn {
    stage: Arc<Stage>,
    me: usize,
    process: usize,
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
                (None, None) if inner.kill_who_waits_for_ever() => {}
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
                    let processes = (0..inner.actors.len()).filter(|who| inner.actors[*who].role.is_some());
                    for who in processes.collect::<Vec<_>>() {
                        inner.freeze(who, inner.world.now);
                    }
                }
            }
        }
    }

    fn start(self: &Arc<Self>, inner: &mut Inner, role: Role) {
        let me = inner.actors.len();
        let (name, part) = inner.world.cast.enter(role, me);
        inner.world.tell(|| format!("{name} starts"));
        self.enter(inner, Actor::new(name, me, Some(role)), |turn| {
            part.map_or(Ok(()), |part| part.play(turn))
        });
    }

    /// One more actor, with a thread of its own.
    fn enter(
        self: &Arc<Self>,
        inner: &mut Inner,
        mut actor: Actor,
        play: impl FnOnce(&Turn) -> Result<(), String> + Send + 'static,
    ) {
        let turn = Turn { stage: self.clone(), me: inner.actors.len(), process: actor.process };
        actor.wake_at = inner.world.now + 1;
        inner.actors.push(actor);
        let told = inner.world.story.is_told();
        inner.threads.push(std::thread::spawn(move || {
            let played = catch_unwind(AssertUnwindSafe(|| {
                turn.await_turn();
                let play = || play(&turn);
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

impl Actor {
    fn new(name: String, process: usize, role: Option<Role>) -> Self {
        let (wake_at, frozen_until, idle_on) = (0, 0, None);
        let (killed, ended, bell) = (false, false, Arc::default());
        Self { name, process, role, wake_at, frozen_until, idle_on, killed, ended, bell }
    }

    fn goes_on(&self) -> bool {
        !self.ended && !self.killed
    }
}

fn words(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no words".into())
}

impl Inner {
    fn next_actor(&self) -> Option<(u64, usize)> {
        let awake = |actor: &Actor| !actor.ended && actor.wake_at != NEVER;
        let alive = self.actors.iter().enumerate().filter(|(_, actor)| awake(actor));
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

    /// The threads of a process that go on.
    fn threads_of(&mut self, process: usize) -> impl Iterator<Item = &mut Actor> {
        let is_its = move |actor: &&mut Actor| actor.process == process && !actor.ended;
        self.actors.iter_mut().filter(is_its)
    }

    /// A process with all its threads.
    fn kill(&mut self, process: usize) {
        if !self.actors.get(process).is_some_and(Actor::goes_on) {
            return;
        }
        let now = self.world.now;
        for actor in self.threads_of(process) {
            (actor.killed, actor.wake_at, actor.frozen_until) = (true, now, 0);
        }
        self.world.story.count("kills");
        self.world.tell(|| format!("{} is killed", self.actors[process].name));
    }

    /// Nothing can happen any more and somebody still waits for it: that is a hang. Whether there was one.
    fn kill_who_waits_for_ever(&mut self) -> bool {
        let Some(actor) = self.actors.iter().find(|actor| !actor.ended) else { return false };
        let finding = ("all_is_done_in_the_end", format!("{} waits for ever", actor.name));
        self.world.findings.push(finding);
        let process = actor.process;
        for actor in self.threads_of(process) {
            (actor.killed, actor.wake_at) = (true, 0);
        }
        true
    }

    /// No turn for any of its threads before `until`; one that has come lets them go on.
    fn freeze(&mut self, who: usize, until: u64) {
        let now = self.world.now;
        if !self.actors.get(who).is_some_and(Actor::goes_on) {
            return;
        }
        self.threads_of(who).for_each(|actor| actor.frozen_until = until);
        let seat = self.world.cast.seat(who);
        if until <= now {
            seat.iter().for_each(|seat| self.world.unsilence(seat));
            return;
        }
        let name = &self.actors[who].name;
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
    /// Which process this is.
    #[must_use]
    pub fn who(&self) -> usize {
        self.process
    }

    /// This very thread, for [`Turn::call`].
    #[must_use]
    pub fn thread(&self) -> usize {
        self.me
    }

    /// Starts one more thread of this process; gives which.
    pub fn spawn(&self, does: &str, play: impl FnOnce(&Self) + Send + 'static) -> usize {
        let inner = &mut *self.stage.lock();
        let name = format!("{} {does}", inner.actors[self.process].name);
        let play = move |turn: &Self| -> Result<(), String> {
            play(turn);
            Ok(())
        };
        self.stage.enter(inner, Actor::new(name, self.process, None), play);
        inner.actors.len() - 1
    }

    /// Waits until another thread calls. Who looks what he waits for and then waits misses no call: nobody else has a turn between.
    pub fn wait_for_call(&self) {
        let mut inner = self.stage.lock();
        (inner.actors[self.me].wake_at, inner.actors[self.me].idle_on) = (NEVER, None);
        self.stage.pass_on(&mut inner);
        drop(self.resume(inner));
    }

    /// Wakes a thread of this process soon, if it waits for that.
    pub fn call(&self, thread: usize) {
        let inner = &mut *self.stage.lock();
        let soon = inner.world.now + inner.world.rng.between(5, 500);
        if let Some(actor) = inner.actors.get_mut(thread).filter(|actor| actor.wake_at == NEVER) {
            actor.wake_at = soon;
        }
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
        self.stage.lock().kill(self.process);
        self.after(0, |_| ());
        resume_unwind(Box::new(Killed))
    }

    /// The process gets no turn for so long.
    pub fn freeze(&self, so_long: u64) {
        let mut inner = self.stage.lock();
        let until = inner.world.now + so_long;
        inner.freeze(self.process, until);
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
        match (*role, end) {
            (Some(role), end) => inner.world.left(self.me, role, &name.clone(), end),
            (None, End::Panicked(words)) => {
                inner.world.findings.push(("no_panic", format!("{name}: {words}")))
            }
            (None, End::Itself(_) | End::Killed) => {}
        }
        self.stage.pass_on(inner);
    }
}
