//! Pieces of PromQL.

use config::{Config, Queue};

/// A watermark that is older says that nothing is heard, or not yet.
const HEARD_S: u32 = 120;

/// A string of PromQL.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

/// Matches these names and no others.
fn one_of<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let escaped = |name: &str| {
        let mut text = String::new();
        for letter in name.chars() {
            if r"\.+*?()|[]{}^$".contains(letter) {
                text.push('\\');
            }
            text.push(letter);
        }
        text
    };
    quoted(&names.map(escaped).collect::<Vec<_>>().join("|"))
}

/// True while this queue of the site is open.
pub fn queue_is_open(site: &str, queue: &str) -> String {
    let of = format!("site={},queue={}", quoted(site), quoted(queue));
    format!("on (site) (max by (site) (svarstid_processor_open{{{of}}}) == 1)")
}

/// True while any queue is open whose hours the unit, or the whole site, goes by. None for a site without queues: it has no hours
/// that anything goes by.
pub fn any_is_open(config: &Config, unit: Option<&str>) -> Option<String> {
    let open = open_of(config, &config.queues_of_hours(unit))?;
    Some(format!("on (site) (max by (site) ({open}) == 1)"))
}

/// True if all of these queues were open for all of so many minutes; none without any.
pub fn all_were_open(config: &Config, queues: &[&Queue], minutes: u32) -> Option<String> {
    let open = open_of(config, queues)?;
    Some(format!("on (site) (min by (site) (min_over_time({open}[{minutes}m])) == 1)"))
}

/// While figures of the site are new: what a source that is silent or a processor that is behind does not tell is not missing.
pub fn is_heard(site: &str) -> String {
    let of = format!("site={}", quoted(site));
    let still = format!("time() - max by (site) (svarstid_processor_watermark_timestamp_seconds{{{of}}})");
    format!("and on (site) ({still} < {HEARD_S})")
}

fn open_of(config: &Config, queues: &[&Queue]) -> Option<String> {
    let of_queues = match queues.len() {
        0 => return None,
        all if all == config.queues.len() => String::new(),
        _ => format!(",queue=~{}", one_of(queues.iter().map(|queue| queue.name.as_str()))),
    };
    Some(format!("svarstid_processor_open{{site={}{of_queues}}}", quoted(&config.site.id)))
}

/// How much counters of a target grew in so many minutes.
pub fn grew(what: &str, site: &str, target: &str, minutes: u32) -> String {
    let of = format!("site={},target={}", quoted(site), quoted(target));
    format!("sum by (site, target) (increase(svarstid_processor_target_{what}_total{{{of}}}[{minutes}m]))")
}

/// Counters that should never grow, and did in the last hour. The first step of a series is one, too: `increase` alone would
/// not see it, because there was nothing before.
pub fn ever_grew(metrics: &[&str]) -> String {
    let one =
        |metric: &&str| format!("increase({metric}[1h]) > 0 or ({metric} > 0 unless {metric} offset 1h)");
    metrics.iter().map(one).collect::<Vec<_>>().join("\nor ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted() {
        assert_eq!(quoted("a\"b\\c\nd"), r#""a\"b\\c\nd""#);
        assert_eq!(one_of(["a.b", "växel"].into_iter()), r#""a\\.b|växel""#);
    }
}
