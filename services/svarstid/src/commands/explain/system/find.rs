//! Which call is meant.

use super::table::{Kept, Table};
use crate::commands::explain::NAMED_MAX;
use crate::time::{local, moment};
use anyhow::bail;
use config::Config;

/// A caller's calls are looked for so far from the time that was told.
const AROUND_US: i64 = 30 * 60 * 1_000_000;
/// Calls that may have been meant arrived so near to the time that a wrong id tells.
const NEAR_US: i64 = 60 * 1_000_000;

/// The call of this id, of the PBX's own id, or the only one whose id ends so.
pub async fn one(table: &Table, config: &Config, wanted: &str) -> anyhow::Result<Kept> {
    for call_id in [wanted.to_owned(), format!("{}/{wanted}", config.site.id)] {
        if let Some(kept) = table.latest(&call_id).await? {
            return Ok(kept);
        }
    }
    let mut found = table.ending(wanted, NAMED_MAX + 1).await?;
    match found.len() {
        0 => bail!("{}", unknown(table, config, wanted).await?),
        1 => Ok(found.swap_remove(0)),
        n => {
            let ids = ids(&found);
            let many = if n > NAMED_MAX { format!("more than {NAMED_MAX}") } else { n.to_string() };
            bail!("{many} calls have ids that end in {wanted}: {}", ids.join(", "))
        }
    }
}

/// What to say of an id that is none, with those that may have been meant.
async fn unknown(table: &Table, config: &Config, wanted: &str) -> anyhow::Result<String> {
    let said = format!("no call of site {} has the id {wanted}", config.site.id);
    let Some(at_us) = time_in(wanted) else {
        return Ok(format!("{said}; `svarstid explain --caller NUMBER --around TIME` looks for calls"));
    };
    let near = table.near(at_us, NEAR_US).await?;
    let when = local(&config.site.time_zone, at_us);
    Ok(match ids(&near) {
        near if near.is_empty() => format!("{said}, and none arrived within a minute of {when}"),
        near => format!("{said}; within a minute of {when} arrived: {}", near.join(", ")),
    })
}

fn ids(calls: &[Kept]) -> Vec<String> {
    calls.iter().take(NAMED_MAX).map(|kept| kept.call.call_id.to_string()).collect()
}

/// PBXes put the second into the ids of channels: ten digits in a row.
fn time_in(id: &str) -> Option<i64> {
    let runs = id.split(|c: char| !c.is_ascii_digit());
    let seconds: i64 = runs.filter(|run| run.len() == 10).find_map(|run| run.parse().ok())?;
    seconds.checked_mul(1_000_000)
}

/// The calls of an own number or of a pseudonym.
pub async fn of_caller(
    table: &Table,
    config: &Config,
    caller: &str,
    around: Option<&str>,
) -> anyhow::Result<Vec<Kept>> {
    let when =
        around.map(|text| moment(text, &config.site.time_zone)).transpose()?.map(|at_us| (at_us, AROUND_US));
    let calls = match pseudonym(caller) {
        Some(begin) => table.of_pseudonym(begin, when).await?,
        None => table.of_number(caller, when).await?,
    };
    if calls.is_empty() {
        let time = when
            .map(|(at_us, _)| format!(" within half an hour of {}", local(&config.site.time_zone, at_us)));
        bail!(
            "no call of {caller}{}; the site's own numbers are stored as they are, all others as pseudonyms (e1-…), which \
             `svarstid explain CALL` shows",
            time.unwrap_or_default()
        );
    }
    Ok(calls)
}

/// `e1-44962a5f…` without the dots.
fn pseudonym(caller: &str) -> Option<&str> {
    let begin = caller.trim_end_matches(['…', '.']);
    let (epoch, digits) = begin.strip_prefix('e')?.split_once('-')?;
    let is_hex = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_hex && epoch.parse::<u32>().is_ok()).then_some(begin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_types() {
        assert_eq!(time_in("falkenberg/pbx-B-1795472508.23"), Some(1_795_472_508_000_000));
        assert_eq!(time_in("1795472508"), Some(1_795_472_508_000_000));
        assert_eq!(time_in("0846500412.1"), Some(846_500_412_000_000));
        assert_eq!(time_in("nobody"), None);
        assert_eq!(pseudonym("e1-44962a5f…"), Some("e1-44962a5f"));
        assert_eq!(pseudonym("e12-4"), Some("e12-4"));
        for none in ["4104", "e1-", "e-44", "e1-xyz", ""] {
            assert_eq!(pseudonym(none), None, "{none}");
        }
    }
}
