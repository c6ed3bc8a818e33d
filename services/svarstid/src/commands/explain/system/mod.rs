//! A call as the running system has it: its row in ClickHouse, and the events in Kafka that the row rests on.

mod events;
mod find;
mod machine;
mod page;
mod record;
mod table;

use crate::commands::{ask, store};
use anyhow::bail;
use clap::ValueEnum;
use config::Config;
use events::Heard;
use std::process::ExitCode;
use table::{Kept, Table};

#[derive(Debug, clap::Args)]
pub struct Asked {
    /// Without files: tell it from the table alone, or from its events alone [default: both]
    #[arg(long, value_enum, conflicts_with = "files")]
    from: Option<Told>,
    /// Instead of a call: list the calls of an own number, or of a pseudonym or its beginning
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["call", "files"])]
    caller: Option<String>,
    /// … that arrived within half an hour of this time: the site's clock, or RFC 3339 [default: the latest ones]
    #[arg(long, value_name = "TIME", requires = "caller")]
    around: Option<String>,
    /// One JSON document
    #[arg(long, conflicts_with = "files")]
    json: bool,
}

/// What a call is told from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Told {
    /// Its row in ClickHouse.
    Table,
    /// Its events in Kafka.
    Events,
}

/// Everything that the running system has of a call.
struct Whole {
    /// Its latest version.
    latest: Kept,
    /// The versions that were not replaced yet, the oldest first.
    versions: Vec<Kept>,
    /// Calls that turned out to be parts of it.
    parts: Vec<Kept>,
    /// Others of the same caller, near in time.
    same_caller: Vec<Kept>,
    /// What Kafka still has; none when it was not asked for.
    heard: Option<Heard>,
}

/// Tells the call, or lists the calls of a caller.
pub fn run(config: &Config, call: Option<&str>, asked: &Asked) -> anyhow::Result<ExitCode> {
    ask(async {
        let table = Table::new(store(config), &config.site.id);
        let mut out = std::io::stdout().lock();
        match (call, &asked.caller) {
            (Some(call), _) => {
                let whole = whole(config, &table, call, asked.from).await?;
                if asked.json {
                    machine::write(&mut out, config, &whole, asked.from)?;
                } else {
                    page::write(&mut out, config, &whole, asked.from)?;
                }
            }
            (None, caller) => {
                let caller = caller.as_deref().unwrap_or_default();
                let calls = find::of_caller(&table, config, caller, asked.around.as_deref()).await?;
                if asked.json {
                    machine::list(&mut out, config, &calls)?;
                } else {
                    page::list(&mut out, config, &calls)?;
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

async fn whole(config: &Config, table: &Table, call: &str, from: Option<Told>) -> anyhow::Result<Whole> {
    let mut latest = find::one(table, config, call).await?;
    // A part is told as the call that it turned out to be a part of; versions of one that is not merged go round nowhere.
    let mut seen = vec![latest.call.call_id.clone()];
    while let Some(whole) = latest.call.merged_into.clone() {
        if seen.contains(&whole) {
            bail!("{call} is a part of itself: {seen:?}; `svarstid audit` tells more");
        }
        seen.push(whole.clone());
        let Some(next) = table.latest(&whole).await? else {
            bail!("the call {whole}, which {call} is a part of, is not there; `svarstid audit` tells more");
        };
        latest = next;
    }
    let parts = table.parts(&latest.call.call_id).await?;
    let heard = match from {
        Some(Told::Table) => None,
        _ => {
            let (call, parts) = (&latest.call, parts.iter().map(|part| part.call.arrived_us));
            let begun_us = parts.fold(call.arrived_us, i64::min);
            // Waits without the runtime, which has nothing else to do.
            Some(events::hear(config, call, begun_us)?)
        }
    };
    Ok(Whole {
        versions: table.versions(&latest.call).await?,
        same_caller: table.same_caller(&latest.call).await?,
        parts,
        heard,
        latest,
    })
}
