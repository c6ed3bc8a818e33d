//! The faults themselves: each begins, lasts, and ends.

use crate::brokers::NAMES;
use crate::links::Way;
use crate::pipeline::Pipeline;
use crate::plan::{Kind, Plan, Who};
use crate::world::{World, disk_of};
use anyhow::Context;
use nix::sys::signal::Signal;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// So long each flush to disk takes when the disk is slow.
pub const FLUSH_US: u32 = 400_000;
/// The calls of the system that flush.
const FLUSHES: &str = "fsync,fdatasync,sync_file_range,msync";
/// Between two kills.
const ALIVE: Duration = Duration::from_millis(1_500);

/// Why a fault cannot be made on this machine, if so.
#[must_use]
pub fn impossible(world: &World, plan: &Plan) -> Option<String> {
    match plan.kind {
        Kind::Full(place) => match world.disks.get(disk_of(place, plan.brokers.0)) {
            Some(Ok(_)) => None,
            Some(Err(why)) => Some(why.clone()),
            None => Some("no small disk was asked for".to_owned()),
        },
        Kind::Slow => {
            let version = Command::new("strace").arg("-V").stdout(Stdio::null()).status();
            version.is_err().then(|| "it needs strace, which delays flushes".to_owned())
        }
        _ => None,
    }
}

/// Makes the fault and takes it away; gives whom it hit, where that was not known before.
pub fn act(world: &mut World, pipeline: &Pipeline, plan: &Plan) -> anyhow::Result<String> {
    match plan.kind {
        Kind::Kill(who) => {
            let name = hit(world, pipeline, who)?;
            for n in 0..plan.times {
                world.pause(if n == 0 { Duration::ZERO } else { ALIVE })?;
                world.herd.kill(name)?;
                world.pause(plan.lasts)?;
                world.herd.revive(name)?;
            }
            Ok(name.to_owned())
        }
        Kind::Freeze(who) => {
            let name = hit(world, pipeline, who)?;
            world.herd.signal(name, Signal::SIGSTOP)?;
            world.pause(plan.lasts)?;
            world.herd.signal(name, Signal::SIGCONT)?;
            Ok(name.to_owned())
        }
        Kind::FromKafka(who) => {
            between(world, plan, &NAMES.map(|broker| (who, broker)))?;
            Ok(format!("{who}/kafka"))
        }
        Kind::Between(from, to) => {
            between(world, plan, &[(from, to)])?;
            Ok(format!("{from}/{to}"))
        }
        Kind::Brokers => {
            let (a, b) = plan.brokers;
            between(world, plan, &[(a, b), (b, a)])?;
            Ok(format!("{a}/{b}"))
        }
        Kind::Full(place) => {
            let name = disk_of(place, plan.brokers.0);
            fill(world, plan, name)?;
            Ok(name.to_owned())
        }
        Kind::Slow => slow(world, plan),
        Kind::LivePbx => {
            between(world, plan, &[("collector", "pbx")])?;
            Ok("collector/pbx".to_owned())
        }
        Kind::LiveCollector => {
            world.herd.kill("collector")?;
            world.pause(plan.lasts)?;
            world.herd.revive("collector")?;
            Ok("collector".to_owned())
        }
    }
}

fn hit(world: &World, pipeline: &Pipeline, who: Who) -> anyhow::Result<&'static str> {
    match who {
        Who::Part(name) => Ok(name),
        Who::Leader => {
            let config = config::load(&pipeline.config)?;
            let partition = kafka::partition_of(config.site.id.as_bytes(), config.kafka.partitions);
            let known = kafka::leaders(&world.kafka(), &pipeline.topics().call_events())?;
            let leader = known.leaders.get(&partition).context("the site's partition has no leader")?;
            let at = usize::try_from(*leader - 1)?;
            NAMES.get(at).copied().context("a broker that is none of ours")
        }
    }
}

fn between(world: &mut World, plan: &Plan, pairs: &[(&'static str, &'static str)]) -> anyhow::Result<()> {
    pairs.iter().for_each(|(from, to)| world.links.set(from, to, plan.way));
    let done = world.pause(plan.lasts);
    pairs.iter().for_each(|(from, to)| world.links.set(from, to, Way::Open));
    done
}

fn fill(world: &mut World, plan: &Plan, name: &'static str) -> anyhow::Result<()> {
    let disk = |world: &World, what: &str| -> anyhow::Result<()> {
        let disk = world.disks.get(name).context("no such disk")?;
        let disk = disk.as_ref().map_err(|why| anyhow::anyhow!("{why}"))?;
        if what == "fill" { disk.fill() } else { disk.empty() }
    };
    disk(world, "fill")?;
    world.pause(plan.lasts)?;
    disk(world, "empty")
}

/// A tracer holds every flush back for a while: the real program, and a real disk that is slow.
fn slow(world: &mut World, plan: &Plan) -> anyhow::Result<String> {
    let mut tracers: Vec<(Child, &str)> = Vec::new();
    for name in ["collector", "clickhouse"].into_iter().chain(NAMES) {
        let Some(pid) = world.herd.pid(name) else { continue };
        let mut strace = Command::new("strace");
        strace.args(["-f", "-qqq", "-o", "/dev/null", "-e"]).arg(format!("trace={FLUSHES}"));
        strace.arg("-e").arg(format!("inject={FLUSHES}:delay_enter={FLUSH_US}"));
        strace.arg("-p").arg(pid.to_string()).stdin(Stdio::null()).stderr(Stdio::null());
        tracers.push((strace.spawn()?, name));
    }
    let lasted = world.pause(plan.lasts);
    let mut let_go = Vec::new();
    for (tracer, name) in &mut tracers {
        if tracer.try_wait()?.is_some() {
            let_go.push(*name);
            continue;
        }
        // Asked politely it waits for what it holds back itself; killed, the kernel lets all of it go on.
        tracer.kill()?;
        tracer.wait()?;
    }
    lasted?;
    anyhow::ensure!(let_go.is_empty(), "strace could not hold {let_go:?}, so their disk was not slow");
    Ok("collector/clickhouse/brokers".to_owned())
}

/// Every small disk that these plans fill.
#[must_use]
pub fn small_disks(plans: &[Plan]) -> Vec<&'static str> {
    let disk = |plan: &Plan| match plan.kind {
        Kind::Full(place) => Some(disk_of(place, plan.brokers.0)),
        _ => None,
    };
    plans.iter().filter_map(disk).collect()
}
