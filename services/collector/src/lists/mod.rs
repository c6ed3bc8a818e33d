//! Exported call lists, put into the pipeline once.
//!
//! ```text
//! file ─► rows by time ─► told by a list before? ─► a spool of their own ─► Kafka, waited for
//!             └► bad rows: `rejected`   └► left out
//! ```
//! A list does not go away: whatever breaks an import off, it is run again and tells what it has not told yet.

mod list;
mod put;
#[cfg(test)]
mod tests;
mod told;

use crate::progress::Progress;
use crate::sources::Outlet;
use crate::{ship, until_shipped};
use anyhow::{Context, bail};
use call::SourceKind;
use config::Config;
use list::List;
use pbx::csv_import::Mapping;
use put::Putting;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::watch;
use told::Told;

/// What to do after an import that did not come to its end.
const AGAIN: &str =
    "not all of the list is in Kafka: import it again when that is mended; nothing is told twice";

/// What an import came to. Rows are told, were told before, stand in the list twice, or are rejected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// Rows that are events now.
    pub told: u64,
    /// The calls that they belong to.
    pub calls: u64,
    /// First and last arrival of rows that are told now, µs UTC.
    pub span: Option<(i64, i64)>,
    /// Rows that an import has dealt with before.
    pub told_before: u64,
    /// Rows that stand in this list, too.
    pub twice: u64,
    /// Why rows are rejected, in the order of the list.
    pub rejected: Vec<String>,
    /// Records that Kafka got now.
    pub delivered: u64,
}

/// Where lists have their spool, and what is known of those before: apart from a collector that runs.
fn folder(config: &Config) -> PathBuf {
    config.spool_folder().join("import")
}

/// Reads a list and puts it into the pipeline. Returns when Kafka has all of it.
///
/// # Errors
/// Also when `shutdown` comes first.
pub async fn import_list(
    config: &Config,
    mapping: &Mapping,
    file: &Path,
    mut shutdown: watch::Receiver<bool>,
) -> anyhow::Result<Imported> {
    let list = List::read(file, config, mapping)?;
    if list.rows.is_empty()
        && let Some(first) = list.rejected.first()
    {
        bail!(
            "{}: none of its rows can be used, the first because: {}; `svarstid import check FILE` tells more",
            file.display(),
            first.detail
        );
    }
    let metrics = telemetry::Metrics::new()?;
    let progress = Arc::new(Progress::default());
    let outlet = Outlet::open(config, &folder(config), metrics.collector()?, Arc::clone(&progress)).context(
        "the spool of lists cannot be used; if another list is being imported, wait until that is done",
    )?;
    let stop = Arc::new(AtomicBool::new(false));
    let mut shipping = ship(config, &outlet, &stop);
    let (spool, ending) = (Arc::clone(&outlet.spool), Arc::clone(&stop));
    let mut putting =
        Putting::new(outlet.intake(config, SourceKind::CsvImport)?, spool, told(config, &outlet)?);
    let putting = async {
        let imported = tokio::task::spawn_blocking(move || putting.put(&list, &ending)).await??;
        until_shipped(&outlet.spool).await;
        Ok(imported)
    };
    let imported = tokio::select! {
        imported = putting => imported,
        _ = shutdown.wait_for(|stop| *stop) => Err(anyhow::anyhow!("it was told to stop")),
        ended = &mut shipping => {
            stop.store(true, Ordering::SeqCst);
            return Err(ended?.err().unwrap_or_else(|| anyhow::anyhow!("it was told to stop"))).context(AGAIN);
        }
    };
    stop.store(true, Ordering::SeqCst);
    let shipped = shipping.await?;
    let imported: Imported = imported.and_then(|imported| shipped.map(|()| imported)).context(AGAIN)?;
    Ok(Imported { delivered: Progress::get(&progress.delivered), ..imported })
}

fn told(config: &Config, outlet: &Outlet) -> anyhow::Result<Told> {
    let spool_next = outlet.spool.lock().unwrap_or_else(std::sync::PoisonError::into_inner).next();
    Told::open(&folder(config), call::records::max_age_us(&config.site_plan()?), spool_next)
}
