//! A live PBX whose connection breaks, or whose collector dies: what its log files tell of the outage, and that the gap is shown.

use crate::figures::{self, Calls};
use crate::links::Way;
use crate::manager::Pbx;
use crate::pipeline::Pipeline;
use crate::plan::{Kind, Plan};
use crate::run::{Outcome, restarts, told};
use crate::world::World;
use crate::{acts, brokers};
use call::Body;
use pipeline::{Clock, SystemClock};
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use wire::Codec;

/// Calls come before the outage, so that some of them are alive when it begins …
const BEFORE: Duration = Duration::from_secs(35);
/// … and after it, so that its end is known, too.
const AFTER: Duration = Duration::from_secs(30);
/// What the files tell of the outage is there by then, or it is `unknown`.
const PATIENCE: Duration = Duration::from_secs(120);

/// When the PBX was not heard, µs; before and after it everything must be known.
type Outage = std::ops::Range<i64>;

/// Plays one fault and tells its line.
pub fn play(
    world: &mut World,
    seed: u64,
    plan: &Plan,
    outcome: &mut Outcome,
    tell: &dyn Fn(&str),
) -> anyhow::Result<()> {
    let [pbx_port, proxy] = brokers::ports()?;
    let name = if plan.kind == Kind::LivePbx { "live_cut" } else { "live_kill" };
    let folder = world.folder().join(name);
    std::fs::create_dir_all(&folder)?;
    let (cel, queue_log) = (folder.join("cel.csv"), folder.join("queue_log"));
    let follow = |kind: &str, path: &std::path::Path| {
        format!("[[collector.files]]\nkind = \"{kind}\"\npath = \"{}\"\npoll_ms = 50\n", path.display())
    };
    let sections = format!(
        "[pbx.ami]\naddress = \"127.0.0.1:{}\"\nusername = \"chaos\"\nsecret = \"chaos\"\nkeep_alive_s = 2\n{}{}",
        proxy.1,
        follow("cel", &cel),
        follow("queue_log", &queue_log),
    );
    let pipeline = Pipeline::new(world, name, &folder.join("spool"), &sections)?;
    world.links.serve(proxy.0, "pbx", SocketAddr::from(([127, 0, 0, 1], pbx_port.1)));
    let before = world.herd.ended();
    pipeline.start(world)?;
    // The PBX begins when the collector is there: what happened before is no part of this.
    world.until(PATIENCE, |_| Ok(pipeline.collectors("svarstid_build_info").is_ok()))?;
    let pbx = Pbx::begin()?;
    pbx.live(pbx_port.0, &cel, &queue_log)?;
    let done = outage(world, &pipeline, plan, &pbx);
    pbx.ended.store(true, Ordering::SeqCst);
    let (told_of, wrong, is_good) = done?;
    let line =
        format!("seed={seed} {} {told_of} restarts={}", plan.told(), restarts(&before, &world.herd.ended()));
    told(tell, plan.name, &line, is_good, outcome);
    wrong.into_iter().for_each(|what| tell(&format!("  {what}")));
    world.links.set("collector", "pbx", Way::Open);
    pipeline.stop(world)
}

fn outage(
    world: &mut World,
    pipeline: &Pipeline,
    plan: &Plan,
    pbx: &Pbx,
) -> anyhow::Result<(String, Option<String>, bool)> {
    let connected =
        |_: &mut World| Ok(pipeline.collectors("svarstid_collector_connected").unwrap_or(0.) > 0.);
    world.until(PATIENCE, connected)?;
    world.pause(BEFORE)?;
    let from_us = SystemClock.now_us();
    acts::act(world, pipeline, plan)?;
    let begun = Instant::now();
    world.until(PATIENCE, connected)?;
    let outage = from_us..SystemClock.now_us();
    let truth = truth(world, pipeline, pbx)?;
    let over_by = |at_us: i64| -> Calls {
        let is_over = |call: &serde_json::Value| time_us(&call["ended_at"]).is_some_and(|end| end < at_us);
        truth.iter().filter(|(_, call)| is_over(call)).map(|(id, call)| (id.clone(), call.clone())).collect()
    };
    let mut account = Account::default();
    let of_outage = over_by(outage.end);
    world.until(PATIENCE, |world| {
        account = Account::of(world, pipeline, &of_outage, &truth, &outage)?;
        Ok(account.missing == 0 && account.unknown == 0 && account.wrong.is_none())
    })?;
    let caught_up_s = begun.elapsed().as_secs_f64();
    world.pause(AFTER)?;
    let all = over_by(SystemClock.now_us() - 1_000_000);
    world.until(PATIENCE, |world| {
        account = Account::of(world, pipeline, &all, &truth, &outage)?;
        Ok(account.missing == 0 && account.wrong.is_none())
    })?;
    let gap_s = gap_s(world, pipeline)?;
    let counted_s = pipeline.collectors("svarstid_collector_gap_seconds_total")?;
    let Account { missing, made_up, unknown, of_outage, wrong } = &account;
    let gap_is_shown = gap_s > 0. && counted_s > 0.;
    let is_good = *missing == 0 && *made_up == 0 && wrong.is_none() && gap_is_shown && *of_outage > 0;
    let figures = if wrong.is_none() { "equal" } else { "different" };
    let told = format!(
        "loss={missing} duplicates={made_up} figures={figures} calls={} of_outage={of_outage} recovered={} unknown={unknown} \
         gap_s={gap_s:.1} gap_metric_s={counted_s:.1} caught_up_s={caught_up_s:.1}",
        all.len(),
        of_outage - unknown,
    );
    Ok((told, account.wrong, is_good))
}

/// All calls of the day, as its whole channel event log tells them.
fn truth(world: &World, pipeline: &Pipeline, pbx: &Pbx) -> anyhow::Result<Calls> {
    let file = world.folder().join("truth.csv");
    std::fs::write(&file, crate::load::later(&crate::load::recorded("cel.csv.gz")?, pbx.by_s))?;
    figures::analysed(&pipeline.config, &[&file])
}

fn time_us(value: &serde_json::Value) -> Option<i64> {
    Some(value.as_str()?.parse::<jiff::Timestamp>().ok()?.as_microsecond())
}

/// What ClickHouse has, against the truth.
#[derive(Default)]
struct Account {
    missing: usize,
    made_up: usize,
    of_outage: usize,
    unknown: usize,
    /// The first call that is told wrongly, or is unknown without an outage.
    wrong: Option<String>,
}

impl Account {
    fn of(
        world: &World,
        pipeline: &Pipeline,
        expect: &Calls,
        truth: &Calls,
        outage: &Outage,
    ) -> anyhow::Result<Self> {
        let found = figures::stored(world, pipeline, 0, i64::from(u32::MAX))?;
        let mut account =
            Self { made_up: found.keys().filter(|id| !truth.contains_key(*id)).count(), ..Self::default() };
        for (id, call) in expect {
            let Some(found) = found.get(id) else {
                account.missing += 1;
                continue;
            };
            let span =
                time_us(&call["arrived_at"]).unwrap_or(0)..time_us(&call["ended_at"]).unwrap_or(i64::MAX);
            let is_touched = span.start < outage.end && span.end > outage.start;
            let is_unknown = found["outcome"] == "unknown";
            account.of_outage += usize::from(is_touched);
            account.unknown += usize::from(is_touched && is_unknown);
            let is_right = found["outcome"] == call["outcome"] && found["answered_by"] == call["answered_by"];
            let is_allowed = is_right || (is_touched && is_unknown);
            if !is_allowed {
                let told =
                    |call: &serde_json::Value| format!("{} by {}", call["outcome"], call["answered_by"]);
                account.wrong = account.wrong.or(Some(format!("{id}:{}, not {}", told(found), told(call))));
            }
        }
        Ok(account)
    }
}

/// How long the live connection's gaps are together, as its events tell, s.
fn gap_s(world: &World, pipeline: &Pipeline) -> anyhow::Result<f64> {
    let config = config::load(&pipeline.config)?;
    let partitions: Vec<i32> = (0..config.kafka.partitions).collect();
    let codec = Codec::built_in()?;
    let mut gaps_us = 0;
    kafka::restore::read_all(
        &world.kafka(),
        &pipeline.topics().call_events(),
        &partitions,
        |_, _, value| {
            let event = value.and_then(|value| codec.decode_event(value).ok());
            if let Some(Body::Gap { from_us, to_us, .. }) = event.map(|event| event.body) {
                gaps_us += to_us - from_us;
            }
        },
    )?;
    Ok(gaps_us as f64 / 1e6)
}
