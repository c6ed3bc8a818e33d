//! One run: the faults of a seed one after the other, and a line for each.

use crate::judge::{Judge, PATIENCE, Verdict};
use crate::load::Load;
use crate::pipeline::Pipeline;
use crate::plan::{Plan, plans};
use crate::world::{Stop, World};
use crate::{acts, live};
use anyhow::ensure;
use std::collections::BTreeMap;
use std::time::Instant;

/// What is played.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// What everything follows from.
    pub seed: u64,
    /// These faults alone; none: all.
    pub only: Vec<String>,
    /// The few that matter most, and shorter.
    pub short: bool,
    /// The folder stays, whatever comes out.
    pub keep: bool,
}

/// How a run went.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// Faults after which everything was right.
    pub good: u32,
    /// Faults after which something was not.
    pub bad: u32,
    /// Faults that this machine cannot have.
    pub skipped: u32,
}

/// Plays it; `tell` gets every line.
///
/// # Errors
/// What kept the run from its end: not that something was found, which the outcome tells.
pub fn run(options: &Options, stop: &Stop, tell: &dyn Fn(&str)) -> anyhow::Result<Outcome> {
    let plans = plans(options.seed, &options.only, options.short);
    ensure!(!plans.is_empty(), "no fault is named {:?}", options.only);
    let mut folder = tempfile::Builder::new().prefix("svarstid-chaos-").tempdir()?;
    folder.disable_cleanup(options.keep);
    let begun = Instant::now();
    let done = World::start(folder.path(), &acts::small_disks(&plans), stop.clone()).and_then(|mut world| {
        tell(&format!("three brokers and the engine serve after {:.0} s", begun.elapsed().as_secs_f64()));
        let mut outcome = Outcome::default();
        let (of_files, of_live): (Vec<Plan>, Vec<Plan>) = plans.into_iter().partition(|plan| !plan.is_live());
        if !of_files.is_empty() {
            resumable(&mut world, options, &of_files, &mut outcome, tell)?;
        }
        for plan in &of_live {
            live::play(&mut world, options.seed, plan, &mut outcome, tell)?;
        }
        Ok(outcome)
    });
    let is_good = done.as_ref().is_ok_and(|outcome| outcome.bad == 0);
    if !is_good && !stop.load(std::sync::atomic::Ordering::SeqCst) {
        folder.disable_cleanup(true);
        tell(&format!("logs and data stay in {}", folder.path().display()));
    }
    let outcome = done?;
    let Outcome { good, bad, skipped } = outcome;
    let took = begun.elapsed().as_secs();
    tell(&format!("seed={} good={good} bad={bad} skipped={skipped} took_s={took}", options.seed));
    Ok(outcome)
}

fn resumable(
    world: &mut World,
    options: &Options,
    plans: &[Plan],
    outcome: &mut Outcome,
    tell: &dyn Fn(&str),
) -> anyhow::Result<()> {
    let log = world.folder().join("cel.csv");
    let section = format!(
        "[[collector.files]]\nkind = \"cel\"\npath = \"{}\"\nfrom = \"beginning\"\npoll_ms = 50\n",
        log.display()
    );
    let spool = world.folder().join("spool");
    let pipeline = Pipeline::new(world, "chaos", &spool, &section)?;
    let load = Load::new(log, options.seed)?;
    pipeline.start(world)?;
    let judge = Judge::begin(world, &pipeline, &load)?;
    tell("the undisturbed lap is right");
    for plan in plans {
        if let Some(why) = acts::impossible(world, plan) {
            tell(&format!("SKIPPED {}: {why}", plan.name));
            outcome.skipped += 1;
            continue;
        }
        let (from, ended) = (load.place().0, world.herd.ended());
        load.go_on();
        world.pause(plan.before)?;
        let whom = acts::act(world, &pipeline, plan)?;
        let caught_up = judge.caught_up(world, &pipeline, &load, from)?;
        load.finish_lap()?;
        let verdict = judge.judge(world, &pipeline, &load, from..load.place().0, PATIENCE)?;
        let verdict = Verdict { caught_up, ..verdict };
        let restarts = restarts(&ended, &world.herd.ended());
        let is_good = verdict.is_good() && caught_up.is_some();
        let line = format!("seed={} {} hit={whom} {verdict} restarts={restarts}", options.seed, plan.told());
        told(tell, plan.name, &line, is_good, outcome);
        let found = verdict.different.iter().chain(&verdict.audit);
        found.for_each(|what| tell(&format!("  {what:.1000}")));
    }
    judge.is_awake(world, &pipeline, &load)?;
    tell("the judge sees what is taken away and what is doubled");
    pipeline.stop(world)
}

/// The line of a fault.
pub fn told(tell: &dyn Fn(&str), name: &str, line: &str, is_good: bool, outcome: &mut Outcome) {
    let verdict = if is_good { "ok" } else { "FAILED" };
    tell(&format!("fault={name} {line} verdict={verdict}"));
    if is_good { outcome.good += 1 } else { outcome.bad += 1 }
}

/// Who ended by itself in between, and was started again.
pub fn restarts(before: &BTreeMap<&str, u32>, after: &BTreeMap<&str, u32>) -> String {
    let more = |(name, count): (&&str, &u32)| {
        let more = count - before.get(name).unwrap_or(&0);
        (more > 0).then(|| format!("{name}:{more}"))
    };
    let more: Vec<String> = after.iter().filter_map(more).collect();
    if more.is_empty() { "none".to_owned() } else { more.join(",") }
}
