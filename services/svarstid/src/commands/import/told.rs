//! What `svarstid import` prints when it is done.

use super::hints::counted;
use crate::time::rfc3339;
use collector::Imported;
use config::Config;
use std::io::Write;
use std::path::Path;

/// So many reasons are told one by one.
const REASONS_MAX: usize = 10;

pub fn write(out: &mut dyn Write, file: &Path, config: &Config, imported: &Imported) -> anyhow::Result<()> {
    let Imported { told, calls, span, told_before, twice, rejected, delivered } = imported;
    let mut line = |about: &str, text: String| writeln!(out, "{about:<9} {text}");
    let rows = told + told_before + twice + rejected.len() as u64;
    line("list", file.display().to_string())?;
    line(
        "rows",
        format!(
            "{rows} read: {told} told now, {told_before} known from before, {twice} twice in the list, {} rejected",
            rejected.len()
        ),
    )?;
    match span {
        Some((first_us, last_us)) => {
            let calls = if *calls == 1 { "1 call".to_owned() } else { format!("{calls} calls") };
            let (first, last) = (rfc3339(*first_us), rfc3339(*last_us));
            line("told", format!("{} of {calls} from {first} to {last}", counted(*told)))?;
        }
        None => line("told", "nothing that was not told before".to_owned())?,
    }
    for reason in rejected.iter().take(REASONS_MAX) {
        line("rejected", reason.clone())?;
    }
    if rejected.len() > REASONS_MAX {
        line("rejected", format!("{} more", rejected.len() - REASONS_MAX))?;
    }
    if !rejected.is_empty() {
        let place = "SELECT source_position, detail FROM rejected WHERE kind = 'csv_import'";
        line(
            "rejected",
            format!("each stands, with its place, in the topic and the table `rejected`: {place}"),
        )?;
    }
    if !config.site_plan()?.sources.is_empty() {
        line(
            "hint",
            "the site has other sources: of the list, calls count that were over before the first of them began to listen"
                .to_owned(),
        )?;
    }
    line("delivered", format!("Kafka has all of it; {delivered} records were sent now"))?;
    Ok(())
}
