//! The judge of the resumable part: the file as `svarstid analyze` reads it, against what ClickHouse has.

use crate::figures::{self, Calls};
use crate::load::{LAP_CALLS, LAP_S, Load};
use crate::pipeline::Pipeline;
use crate::world::World;
use anyhow::ensure;
use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// After so long nothing comes any more.
pub const PATIENCE: Duration = Duration::from_secs(180);

/// What became of a fault.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Calls that are not in ClickHouse.
    pub loss: usize,
    /// Calls that nobody made, and rows that stand there twice.
    pub duplicates: u64,
    /// What is not as in the undisturbed run; the first thing of it.
    pub different: Option<String>,
    /// What `svarstid audit` finds.
    pub audit: Option<String>,
    /// From the end of the fault until everything written before was there; none: it never was.
    pub caught_up: Option<Duration>,
    /// Calls that were judged.
    pub calls: usize,
}

impl Verdict {
    /// Whether everything is as it must be.
    #[must_use]
    pub fn is_good(&self) -> bool {
        let Self { loss, duplicates, different, audit, .. } = self;
        *loss == 0 && *duplicates == 0 && different.is_none() && audit.is_none()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let figures = if self.different.is_none() { "equal" } else { "different" };
        let audit = if self.audit.is_none() { "holds" } else { "broken" };
        write!(f, "loss={} duplicates={} figures={figures} audit={audit} ", self.loss, self.duplicates)?;
        match self.caught_up {
            Some(time) => write!(f, "caught_up_s={:.1} calls={}", time.as_secs_f64(), self.calls),
            None => write!(f, "caught_up_s=never calls={}", self.calls),
        }
    }
}

/// The same call's id in another lap: `node-second.number`.
fn moved_by(id: &str, by_s: i64) -> Option<String> {
    let (node, number) = id.rsplit_once('-')?;
    let (second, number) = number.split_once('.')?;
    Some(format!("{node}-{}.{number}", second.parse::<i64>().ok()? + by_s))
}

/// Knows the undisturbed lap.
pub struct Judge {
    /// Lines of a lap after which each call, without its time, is over.
    over_after: Vec<(String, usize)>,
    /// The minutes of the undisturbed lap.
    undisturbed: String,
    file: PathBuf,
}

impl Judge {
    /// The first lap goes through undisturbed: it is what all others are compared with.
    pub fn begin(world: &mut World, pipeline: &Pipeline, load: &Load) -> anyhow::Result<Self> {
        load.go_on();
        world.until(PATIENCE, |_| Ok(load.place().0 == 0 && load.place().1 > 0))?;
        load.finish_lap()?;
        let mut judge = Self {
            over_after: Vec::new(),
            undisturbed: String::new(),
            file: world.folder().join("laps.csv"),
        };
        let expect = judge.expected(pipeline, load, 0..1)?;
        let text = load.whole(0);
        for id in expect.keys() {
            let own = id.rsplit('/').next().unwrap_or(id);
            let named = format!("\"{own}\"");
            let last = text.lines().enumerate().filter(|(_, line)| line.contains(&named)).last();
            judge.over_after.push((own.to_owned(), last.map_or(usize::MAX, |(at, _)| at + 1)));
        }
        let verdict = judge.judge(world, pipeline, load, 0..1, PATIENCE)?;
        ensure!(verdict.is_good(), "already the undisturbed lap is not right: {verdict}: {verdict:?}");
        judge.undisturbed = figures::minutes(world, pipeline, load, 0)?;
        Ok(judge)
    }

    fn expected(
        &self,
        pipeline: &Pipeline,
        load: &Load,
        laps: std::ops::Range<u32>,
    ) -> anyhow::Result<Calls> {
        let text: String = laps.clone().map(|lap| load.whole(lap)).collect();
        std::fs::write(&self.file, text)?;
        let calls = figures::analysed(&pipeline.config, &[&self.file])?;
        ensure!(calls.len() == LAP_CALLS * laps.len(), "analyze finds {} calls in {laps:?}", calls.len());
        Ok(calls)
    }

    /// Waits until every call that was over in the file by now is over in ClickHouse; how long that took.
    pub fn caught_up(
        &self,
        world: &mut World,
        pipeline: &Pipeline,
        load: &Load,
        from_lap: u32,
    ) -> anyhow::Result<Option<Duration>> {
        let begun = Instant::now();
        let (lap, line) = load.place();
        let moved = load.begin_s(lap) - load.begin_s(0);
        let over = self.over_after.iter().filter(|(_, after)| *after <= line);
        let awaited: BTreeSet<String> = over.filter_map(|(id, _)| moved_by(id, moved)).collect();
        let is_there = |world: &mut World| {
            let found = figures::stored(world, pipeline, load.begin_s(from_lap), load.begin_s(lap) + LAP_S);
            // It may be away itself.
            let Ok(found) = found else { return Ok(false) };
            let over = found.into_iter().filter(|(_, call)| !call["ended_at"].is_null());
            let over: BTreeSet<String> =
                over.map(|(id, _)| id.rsplit('/').next().unwrap_or_default().to_owned()).collect();
            let whole = usize::try_from(lap - from_lap)? * LAP_CALLS;
            Ok(over.len() >= whole + awaited.len() && awaited.is_subset(&over))
        };
        Ok(world.until(PATIENCE, is_there)?.then(|| begun.elapsed()))
    }

    /// Whether it can find anything: a call that is taken away and a row that is doubled must both be seen. Afterwards nothing is
    /// right any more.
    pub fn is_awake(&self, world: &mut World, pipeline: &Pipeline, load: &Load) -> anyhow::Result<()> {
        let call = "call_id = (SELECT min(call_id) FROM calls)";
        pipeline.ask(world, &format!("ALTER TABLE calls DELETE WHERE {call} SETTINGS mutations_sync = 1"))?;
        let verdict = self.judge(world, pipeline, load, 0..1, Duration::ZERO)?;
        ensure!(
            verdict.loss == 1 && verdict.audit.is_some(),
            "a call was taken away, and the judge says {verdict:?}"
        );
        pipeline.ask(
            world,
            "INSERT INTO kpi_windows SELECT * REPLACE (minute + toIntervalYear(1) AS minute) FROM kpi_windows LIMIT 1",
        )?;
        let verdict = self.judge(world, pipeline, load, 0..1, Duration::ZERO)?;
        ensure!(verdict.duplicates > 0, "a row was doubled, and the judge says {verdict:?}");
        Ok(())
    }

    /// Judges whole laps, after they were written.
    pub fn judge(
        &self,
        world: &mut World,
        pipeline: &Pipeline,
        load: &Load,
        laps: std::ops::Range<u32>,
        patience: Duration,
    ) -> anyhow::Result<Verdict> {
        let expect = self.expected(pipeline, load, laps.clone())?;
        let (from_s, to_s) = (load.begin_s(laps.start), load.begin_s(laps.end));
        let mut verdict = Verdict::default();
        // What is not right yet may become it; what is right stays so.
        world.until(patience, |world| {
            let looked = self.look(world, pipeline, load, &laps, &expect, (from_s, to_s));
            verdict = looked.unwrap_or_else(|error| Verdict {
                different: Some(format!("{error:#}")),
                loss: expect.len(),
                ..Verdict::default()
            });
            Ok(verdict.loss == 0 && verdict.different.is_none())
        })?;
        // It asks once: a cluster that just changes its leaders does not answer, and then nothing is judged yet.
        world.until(patience * 3, |world| {
            verdict.audit = figures::audited(world, pipeline)?;
            Ok(verdict.audit.is_none())
        })?;
        Ok(Verdict { calls: expect.len(), ..verdict })
    }

    fn look(
        &self,
        world: &World,
        pipeline: &Pipeline,
        load: &Load,
        laps: &std::ops::Range<u32>,
        expect: &Calls,
        (from_s, to_s): (i64, i64),
    ) -> anyhow::Result<Verdict> {
        let found = figures::stored(world, pipeline, from_s, to_s)?;
        let missing = expect.keys().filter(|id| !found.contains_key(*id)).count();
        let more = found.keys().filter(|id| !expect.contains_key(*id)).count();
        let mut different = expect.iter().find_map(|(id, call)| {
            let what = figures::difference(call, found.get(id)?)?;
            Some(format!("{id}: {what}"))
        });
        for lap in laps.clone().filter(|_| !self.undisturbed.is_empty()) {
            let minutes = figures::minutes(world, pipeline, load, lap)?;
            let mut pairs = minutes.lines().zip(self.undisturbed.lines());
            let differs = pairs.find(|(found, expect)| found != expect);
            let differs = differs.map(|(found, expect)| format!("lap {lap}: {found}, not {expect}"));
            let longer = (minutes.lines().count() != self.undisturbed.lines().count())
                .then(|| format!("lap {lap} has more or fewer minutes"));
            different = different.or(differs).or(longer);
        }
        let duplicates = more as u64 + figures::rows_twice(world, pipeline)?;
        Ok(Verdict { loss: missing, duplicates, different, ..Verdict::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::moved_by;

    #[test]
    fn a_call_has_its_like_in_every_lap() {
        assert_eq!(moved_by("pbx-B-1795472488.14", 900).as_deref(), Some("pbx-B-1795473388.14"));
    }
}
