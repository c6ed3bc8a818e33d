//! What the system counts of a process.

use anyhow::{Context, ensure};

/// Hundredths of a second, on every Linux.
const TICKS_PER_S: f64 = 100.0;

/// Processor time of all its threads so far, seconds.
pub fn cpu_s(pid: i32) -> anyhow::Result<f64> {
    let stat =
        std::fs::read_to_string(format!("/proc/{pid}/stat")).with_context(|| format!("process {pid}"))?;
    cpu_of(&stat).with_context(|| format!("/proc/{pid}/stat: {stat}"))
}

/// Fields 14 and 15, counted behind the name, which may hold anything.
fn cpu_of(stat: &str) -> Option<f64> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    Some((ticks()? + ticks()?) as f64 / TICKS_PER_S)
}

/// The most memory that it had since [`forget_peak`], MB.
pub fn memory_peak_mb(pid: i32) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse::<u64>()? / 1024)
}

/// What it has now is the most from now on.
pub fn forget_peak(pid: i32) -> anyhow::Result<()> {
    let file = format!("/proc/{pid}/clear_refs");
    std::fs::write(&file, "5").with_context(|| file)
}

/// How much of something that only grows, looked at now and then (second, value), fell between two moments.
pub fn between(looks: &[(f64, f64)], from_s: f64, until_s: f64) -> anyhow::Result<f64> {
    ensure!(
        looks.first().is_some_and(|(at, _)| *at <= from_s)
            && looks.last().is_some_and(|(at, _)| *at >= until_s),
        "the broker was not looked at from {from_s:.1} s to {until_s:.1} s"
    );
    let at = |moment: f64| {
        let next = looks.partition_point(|(at, _)| *at < moment).max(1).min(looks.len() - 1);
        let ((t0, v0), (t1, v1)) = (looks[next - 1], looks[next]);
        if t1 > t0 { v0 + (v1 - v0) * (moment - t0) / (t1 - t0) } else { v1 }
    };
    Ok(if looks.len() < 2 { 0.0 } else { at(until_s) - at(from_s) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_of_user_and_system_whatever_the_name() {
        let stat = "7 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 150 50 900 900 20 0";
        assert_eq!(cpu_of(stat), Some(2.0));
        assert_eq!(cpu_of("7 (a) S 1"), None);
        let me = i32::try_from(std::process::id()).unwrap();
        assert!(cpu_s(me).is_ok() && memory_peak_mb(me).unwrap() > 0);
    }

    #[test]
    fn only_what_fell_into_the_span_counts() {
        let looks = [(0.0, 5.0), (1.0, 5.0), (2.0, 7.0), (4.0, 9.0)];
        let check = |from, until, expect| assert_eq!(between(&looks, from, until).unwrap(), expect);
        check(0.0, 4.0, 4.0);
        check(1.0, 2.0, 2.0);
        check(1.5, 3.0, 2.0);
        check(0.0, 0.5, 0.0);
        assert!(between(&looks, 0.0, 4.1).is_err(), "nobody knows");
        assert!(between(&[], 0.0, 1.0).is_err());
    }
}
