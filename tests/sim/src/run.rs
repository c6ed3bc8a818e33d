//! One run: from a seed to what the auditor says.

use crate::audit::{Finding, audit};
use crate::cast::{Order, Role};
use crate::director::Act;
use crate::faults::{Plan, Scripted};
use crate::parts::Company;
use crate::rng::Rng;
use crate::sabotage::Sabotage;
use crate::stage::Stage;
use crate::story::{Story, Tally};
use crate::workload::{self, Size};
use crate::world::{SECOND, World};
use pipeline::Place;
use std::sync::Arc;
use std::time::Duration;
use wire::Codec;

/// What is wanted of a run.
#[derive(Debug, Clone)]
pub struct Options {
    /// From which everything follows.
    pub seed: u64,
    /// How much happens at the sites.
    pub steps: u64,
    /// Every site has a second source.
    pub logged: bool,
    /// Every site has a second collector.
    pub paired: bool,
    /// Lines are wanted.
    pub told: bool,
    /// What is broken on purpose.
    pub sabotage: Option<Sabotage>,
    /// These faults and no others; none: by chance.
    pub script: Option<Vec<Scripted>>,
    /// What happens to whole processes and servers, by a script, in virtual µs.
    pub acts: Vec<(u64, Act)>,
}

impl Options {
    /// A run by chance.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            steps: 120,
            logged: false,
            paired: false,
            told: false,
            sabotage: None,
            script: None,
            acts: Vec::new(),
        }
    }
}

/// What came of a run.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// How often what happened.
    pub tally: Tally,
    /// Line by line, if they were wanted.
    pub lines: Vec<String>,
}

/// Plays a seed.
///
/// # Errors
/// The schemas cannot be read or an event not be encoded: nothing that a seed does.
pub fn run(options: &Options) -> anyhow::Result<Outcome> {
    let mut rng = Rng::new(options.seed);
    let codec = Arc::new(Codec::built_in()?);
    let sites = rng.between(1, 4);
    // By a chance of its own: whether or not, the rest of the seed is the same.
    let is_paired =
        options.paired || options.script.is_none() && Rng::new(options.seed.rotate_left(20)).happens(3_000);
    let size = Size {
        partitions: i32::try_from(rng.between(1, sites.max(2)))?,
        sites,
        steps: options.steps,
        takes: rng.between(8, 40) * SECOND,
        // by a chance of its own: whether or not, the rest of the seed is the same
        logged: options.logged || options.script.is_none() && Rng::new(!options.seed).happens(3_000),
        paired: is_paired.then_some(options.seed),
    };
    let records = workload::records(&mut rng, size, &codec)?;
    let plan = match &options.script {
        Some(script) => Plan::scripted(script),
        None => Plan::by_chance(&mut rng),
    };
    let company = Arc::new(company(&mut rng, size, codec));
    let story = Story::new(options.told);
    let mut world = World::new(rng, size.partitions, plan, options.sabotage, story);
    world.tell(|| format!("seed {}: {size:?}, {} records", options.seed, records.len()));
    world.story.count_many("records written", records.len() as u64);
    world.cast.company = Some(company.clone());
    workload::write(&mut world, records);
    people(&mut world);
    let acts = if options.script.is_some() { 0 } else { world.rng.between(0, 14) };
    let calm_at = size.takes + world.rng.between(1, 15) * SECOND;
    world.later(1, move |world| world.direct(acts, calm_at));
    for (at, act) in options.acts.clone() {
        world.later(at, move |world| world.carry_out(act));
    }
    let world = Stage::play(world);
    let findings = audit(&world, &company);
    let lines = world.story.lines().to_vec();
    Ok(Outcome { findings, tally: world.story.tally().clone(), lines })
}

fn company(rng: &mut Rng, size: Size, codec: Arc<Codec>) -> Company {
    let mut small = |from, to| usize::try_from(rng.between(from, to)).unwrap_or(1);
    let events_max = small(5, 60);
    let rows = small(3, 60);
    Company {
        setup: Arc::new(workload::setup(size)),
        codec,
        pace: processor::Pace { commit_every: Duration::from_millis(rng.between(50, 1_000)), events_max },
        limits: sink::Limits { rows, age: Duration::from_millis(rng.between(100, 3_000)) },
    }
}

/// Starts the processes, some of them later.
fn people(world: &mut World) {
    let (processors, sinks) = (world.rng.between(1, 3), world.rng.between(1, 2));
    let mut roles: Vec<Role> = (1..=processors).map(Role::Processor).collect();
    for place in [Place::Calls, Place::Windows, Place::Rejected] {
        roles.extend((1..=sinks).map(|number| Role::Sink(number, place)));
    }
    world.cast.roles = roles.clone();
    for role in roles {
        let most = if world.rng.happens(3_000) { 20 * SECOND } else { SECOND / 2 };
        let at = world.rng.between(0, most);
        world.later(at, move |world| world.cast.orders.push(Order::Start(role)));
    }
}
