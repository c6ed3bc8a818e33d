//! Processes that are started, killed, frozen and started again. None outlives the herd.

use anyhow::{Context, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// As a service manager does: what ended by itself is started again after so long.
const START_AGAIN_AFTER: Duration = Duration::from_secs(1);
const STOP_WITHIN: Duration = Duration::from_secs(30);

/// Which process is whose.
pub type Pids = Arc<Mutex<BTreeMap<i32, &'static str>>>;

/// How one is started; asked again at each start.
pub type Start = Box<dyn Fn() -> anyhow::Result<Command>>;

struct Member {
    name: &'static str,
    start: Start,
    child: Option<Child>,
    /// Dead by our will: not started again.
    held: bool,
    ended_at: Option<Instant>,
    /// So often it ended by itself.
    ended: u32,
}

/// All processes of a world.
pub struct Herd {
    members: Vec<Member>,
    logs: PathBuf,
    pids: Pids,
}

impl Herd {
    /// With a folder for logs.
    #[must_use]
    pub fn new(logs: PathBuf) -> Self {
        Self { members: Vec::new(), logs, pids: Pids::default() }
    }

    /// Who is who, for whoever sees a connection.
    #[must_use]
    pub fn pids(&self) -> Pids {
        Arc::clone(&self.pids)
    }

    /// Starts one, and keeps it running from now on.
    pub fn start(&mut self, name: &'static str, start: Start) -> anyhow::Result<()> {
        let mut member = Member { name, start, child: None, held: false, ended_at: None, ended: 0 };
        self.spawn(&mut member)?;
        self.members.push(member);
        Ok(())
    }

    fn spawn(&self, member: &mut Member) -> anyhow::Result<()> {
        let path = self.logs.join(format!("{}.log", member.name));
        let log = OpenOptions::new().create(true).append(true).open(path)?;
        let mut command = (member.start)()?;
        // A group of its own: Ctrl-C reaches this program alone, which ends them in order.
        command.stdin(Stdio::piped()).stdout(log.try_clone()?).stderr(log).process_group(0);
        let child = command.spawn().with_context(|| format!("{} cannot be started", member.name))?;
        self.lock().insert(pid_of(&child).as_raw(), member.name);
        (member.child, member.ended_at, member.held) = (Some(child), None, false);
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<i32, &'static str>> {
        self.pids.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notices what ended by itself, and starts it again a little later.
    pub fn tend(&mut self) -> anyhow::Result<()> {
        let mut members = std::mem::take(&mut self.members);
        let done = members.iter_mut().try_for_each(|member| self.tend_one(member));
        self.members = members;
        done
    }

    fn tend_one(&self, member: &mut Member) -> anyhow::Result<()> {
        if let Some(child) = &mut member.child
            && child.try_wait()?.is_some()
        {
            self.lock().remove(&pid_of(child).as_raw());
            (member.child, member.ended_at) = (None, Some(Instant::now()));
            member.ended += 1;
        }
        let is_due = member.ended_at.is_some_and(|at| at.elapsed() >= START_AGAIN_AFTER);
        if member.child.is_none() && !member.held && is_due { self.spawn(member) } else { Ok(()) }
    }

    fn member(&mut self, name: &str) -> anyhow::Result<&mut Member> {
        self.members.iter_mut().find(|member| member.name == name).with_context(|| format!("no {name} runs"))
    }

    /// SIGKILL; it stays dead until [`Self::revive`]. False: it had ended by itself.
    pub fn kill(&mut self, name: &str) -> anyhow::Result<bool> {
        let member = self.member(name)?;
        member.held = true;
        let Some(mut child) = member.child.take() else { return Ok(false) };
        child.kill()?;
        child.wait()?;
        self.lock().remove(&pid_of(&child).as_raw());
        Ok(true)
    }

    /// Starts a killed one again.
    pub fn revive(&mut self, name: &str) -> anyhow::Result<()> {
        let Some(at) = self.members.iter().position(|member| member.name == name) else {
            bail!("no {name} is known")
        };
        if self.members[at].child.is_some() {
            return Ok(());
        }
        let mut member = self.members.remove(at);
        let done = self.spawn(&mut member);
        self.members.insert(at, member);
        done
    }

    /// Sends a signal. One that is just not there is not missed.
    pub fn signal(&mut self, name: &str, signal: Signal) -> anyhow::Result<()> {
        match &self.member(name)?.child {
            Some(child) => Ok(kill(pid_of(child), signal)?),
            None => Ok(()),
        }
    }

    /// Its process id; none while it does not run.
    #[must_use]
    pub fn pid(&self, name: &str) -> Option<i32> {
        let member = self.members.iter().find(|member| member.name == name)?;
        member.child.as_ref().map(|child| pid_of(child).as_raw())
    }

    /// How often they ended by themselves: name and count, of those that did.
    #[must_use]
    pub fn ended(&self) -> BTreeMap<&'static str, u32> {
        let ended = |member: &Member| (member.ended > 0).then_some((member.name, member.ended));
        self.members.iter().filter_map(ended).collect()
    }

    /// Asks it to stop, waits, and forgets it.
    pub fn stop(&mut self, name: &str) -> anyhow::Result<()> {
        let Some(at) = self.members.iter().position(|member| member.name == name) else { return Ok(()) };
        let mut member = self.members.remove(at);
        let Some(child) = &mut member.child else { return Ok(()) };
        kill(pid_of(child), Signal::SIGTERM)?;
        let begun = Instant::now();
        while child.try_wait()?.is_none() {
            if begun.elapsed() > STOP_WITHIN {
                child.kill()?;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        self.lock().remove(&pid_of(child).as_raw());
        Ok(())
    }
}

impl Drop for Herd {
    fn drop(&mut self) {
        let children = self.members.iter_mut().filter_map(|member| member.child.as_mut());
        for child in children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn pid_of(child: &Child) -> Pid {
    Pid::from_raw(i32::try_from(child.id()).unwrap_or(i32::MAX))
}
