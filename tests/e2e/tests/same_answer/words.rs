//! How the names of `analyze`'s figures are made: what a share is a share of, and what stands in a name.

/// A name with a clock and a T in it: `answered_within_15s_menu`.
pub struct Level<'k> {
    pub what: &'k str,
    pub within_s: i64,
    pub clock: &'k str,
}

impl<'k> Level<'k> {
    pub fn read(key: &'k str) -> Option<Self> {
        let (rest, clock) = key.rsplit_once('_')?;
        let (what, within) = rest.rsplit_once('_')?;
        let within_s = within.strip_suffix('s')?.parse().ok()?;
        Some(Self { what, within_s, clock })
    }
}

/// A name with a number of signals and their reading in it: `answered_within_3_signals_before_the_next`.
pub fn signals(key: &str) -> Option<(i64, &str)> {
    let (number, reading) = key.strip_prefix("answered_within_")?.split_once("_signals_")?;
    Some((number.parse().ok()?, reading))
}

/// What a share is a share of: `(part, whole)`, each of them a figure.
pub fn share(key: &str) -> Option<(String, String)> {
    if key == "direct_number_share" {
        return Some(("direct_or_group_calls".to_owned(), "offered".to_owned()));
    }
    let part = key.strip_suffix("_share")?;
    let whole = match part {
        _ if signals(part).is_some() => "presented",
        "lost" => "presented",
        "lost_passes" => "presented_passes",
        "undiverted_calls" | "undiverted_without_busy_calls" => "direct_calls",
        "not_diverted_passes" | "not_diverted_after_transfer" | "overtaken_passes" => "operator_passes",
        "priority_inversions" => "operator_answered_passes",
        "left_on_hold" => "calls_answered",
        "messages_left" => "calls_voicemail",
        "direct_calls" | "group_calls" | "main_and_other_calls" | "transferred_calls" | "calls_voicemail" => {
            "offered"
        }
        _ if part.starts_with("lost_stage_") || (part.starts_with("lost_") && part.ends_with("_s")) => "lost",
        _ if part.starts_with("reach_") || part.starts_with("final_reach_") => "offered",
        _ if part.starts_with("cause_") => "operator_passes",
        _ => return None,
    };
    Some((part.to_owned(), whole.to_owned()))
}
