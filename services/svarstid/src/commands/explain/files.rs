//! A call as the recordings of a PBX tell it.

use super::NAMED_MAX;
use super::page;
use super::story::{self, Storyteller};
use crate::commands::analyze::assemble::{Assembly, source};
use anyhow::{Context, bail};
use call::{Call, SourceKind, Text};
use config::Config;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

/// Tells the call as each kind of source tells it.
pub fn run(config: &Config, call: &str, files: &[PathBuf]) -> anyhow::Result<()> {
    let mut kinds: BTreeMap<SourceKind, Vec<PathBuf>> = BTreeMap::new();
    for file in files {
        let kind = source(file, config).with_context(|| format!("{} could not be read", file.display()))?;
        kinds.entry(kind).or_default().push(file.clone());
    }
    let mut out = std::io::stdout().lock();
    let mut failed = None;
    let mut told = 0;
    for (kind, files) in &kinds {
        let heading = (kinds.len() > 1).then(|| kind.word());
        match explain(&mut out, config, files, call, heading) {
            Ok(()) => told += 1,
            Err(error) => failed = Some(error),
        }
    }
    match failed {
        Some(error) if told == 0 => Err(error),
        _ => Ok(()),
    }
}

/// Reads twice: to find the call, and to tell what happened to it.
fn explain(
    out: &mut dyn Write,
    config: &Config,
    files: &[PathBuf],
    id: &str,
    heading: Option<&str>,
) -> anyhow::Result<()> {
    let calls = read(config, files, |_| {})?;
    let mut wanted = one(&calls, id)?;
    let mut parts = Vec::new();
    // A part is told as the call that it turned out to be a part of.
    while let Some(whole) = &wanted.merged_into {
        parts.push(wanted.call_id.clone());
        wanted = calls
            .iter()
            .find(|call| call.call_id == *whole)
            .context("the call it belongs to is not there")?;
    }
    let mut storyteller = Storyteller::of(&wanted.call_id);
    read(config, files, |step| storyteller.hear(step))?;
    let story = storyteller.story();
    if let Some(heading) = heading {
        writeln!(out, "As {heading} tells it")?;
    }
    page::head(out, config, wanted, &parts)?;
    page::story(out, wanted, &story, "byte")?;
    if heading.is_some() {
        writeln!(out)?;
    }
    Ok(())
}

fn read(
    config: &Config,
    files: &[PathBuf],
    mut listener: impl FnMut(&story::Step<'_>),
) -> anyhow::Result<Vec<Call>> {
    let mut assembly = Assembly::new(config)?;
    assembly.read_all(files, &mut |step| listener(step))?;
    Ok(assembly.finish().calls)
}

/// The call of this id, or the only one whose id ends so.
fn one<'a>(calls: &'a [Call], wanted: &str) -> anyhow::Result<&'a Call> {
    if let Some(call) = calls.iter().find(|call| &*call.call_id == wanted) {
        return Ok(call);
    }
    let ends_so = |call: &&Call| call.call_id.ends_with(wanted);
    let found: Vec<&Call> = calls.iter().filter(ends_so).collect();
    match found[..] {
        [call] => Ok(call),
        [] => bail!("no call has the id {wanted}; `svarstid analyze --calls` lists them"),
        _ => {
            let ids: Vec<&Text> = found.iter().take(NAMED_MAX).map(|call| &call.call_id).collect();
            bail!("{} calls have ids that end in {wanted}: {ids:?}", found.len())
        }
    }
}
