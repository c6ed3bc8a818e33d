//! `svarstid annotate`: what people know of a time, on its line.

mod file;
mod note;

use crate::commands::{ask, store};
use crate::time::{local, moment};
use anyhow::{Context, bail, ensure};
use clap::ArgGroup;
use comfy_table::{LineStyle, Table, presets};
use config::Config;
use note::Said;
use pipeline::{Clock, SystemClock};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use store::Store;
use store::annotations::{Note, Written};

#[derive(Debug, clap::Args)]
#[command(
    group = ArgGroup::new("what").required(true).args(["text", "list", "remove", "file"]),
    after_help = "Examples:\n  \
    svarstid annotate \"new menu from today\"\n  \
    svarstid annotate \"water main broken, many calls\" --from \"2026-03-03 10:00\" --to \"2026-03-03 14:30\"\n  \
    svarstid annotate \"two operators ill\" --from 2026-03-03 --to 2026-03-05 --queue switchboard --kind staffing\n  \
    svarstid annotate --file incidents.jsonl\n\
    Times: RFC 3339, or a day or a wall-clock time of the site's time zone. Everybody who reads figures reads notes (docs/privacy.md): \
    write what happened, not to whom."
)]
pub struct Arguments {
    /// What happened
    text: Option<String>,
    /// Since when; without it: now
    #[arg(long, conflicts_with_all = ["remove", "file"])]
    from: Option<String>,
    /// Until when; without it: a moment
    #[arg(long, conflicts_with_all = ["remove", "file"])]
    to: Option<String>,
    /// The queue that it is about; without queue and unit it is about the whole site
    #[arg(long, requires = "text")]
    queue: Option<String>,
    /// The organisation unit that it is about
    #[arg(long, requires = "text")]
    unit: Option<String>,
    /// A word for what it is
    #[arg(long, default_value = "note", requires = "text")]
    kind: String,
    /// Show what is written; --from and --to: of that time
    #[arg(long)]
    list: bool,
    /// Take a note away, by its id
    #[arg(long, value_name = "ID")]
    remove: Option<String>,
    /// Notes as lines of JSON, as `svarstid generate --incidents` writes them; what is there already stays as it is
    #[arg(long)]
    file: Option<PathBuf>,
}

pub fn run(arguments: &Arguments, config_file: &Path) -> anyhow::Result<ExitCode> {
    let config = config::load(config_file)?;
    let now_us = SystemClock.now_us();
    let notes = match (&arguments.text, &arguments.file) {
        (Some(text), _) => vec![arguments.said(text).note(&config, now_us)?],
        (None, Some(file)) => file::read(file, &config, now_us)?,
        (None, None) => Vec::new(),
    };
    let store = store(&config);
    let mut out = std::io::stdout().lock();
    if arguments.list {
        let (from_us, to_us) = arguments.span(&config)?;
        let notes = ask(async { Ok(store.notes(&config.site.id).await?) })?;
        let shown = notes.into_iter().filter(|(_, note)| note.ends_us >= from_us && note.begins_us <= to_us);
        return list(&mut out, &shown.collect::<Vec<_>>(), &config.site.time_zone);
    }
    if let Some(id) = &arguments.remove {
        let was_there = ask(async { Ok(store.remove_annotation(&config.site.id, id, now_us).await?) })?;
        ensure!(was_there, "site {} has no note {id}; `svarstid annotate --list` shows them", config.site.id);
        writeln!(out, "{id} is removed")?;
        return Ok(ExitCode::SUCCESS);
    }
    // What somebody writes by hand is meant, even if it was taken away before.
    write(&mut out, &store, &notes, arguments.text.is_some(), now_us)
}

impl Arguments {
    fn said(&self, text: &str) -> Said {
        Said {
            from: self.from.clone(),
            to: self.to.clone(),
            queue: self.queue.clone(),
            unit: self.unit.clone(),
            kind: Some(self.kind.clone()),
            text: text.to_owned(),
        }
    }

    fn span(&self, config: &Config) -> anyhow::Result<(i64, i64)> {
        let at = |text: &Option<String>, without| match text {
            Some(text) => moment(text, &config.site.time_zone),
            None => Ok(without),
        };
        Ok((at(&self.from, i64::MIN)?, at(&self.to, i64::MAX)?))
    }
}

fn write(
    out: &mut dyn Write,
    store: &Store,
    notes: &[Note],
    revives: bool,
    now_us: i64,
) -> anyhow::Result<ExitCode> {
    let Written { new, known, removed } = ask(async { Ok(store.annotate(notes, revives, now_us).await?) })?;
    match notes {
        [note] if new == 1 => writeln!(out, "{} is written", note.id())?,
        [note] if known == 1 => writeln!(out, "{} is there already", note.id())?,
        _ => writeln!(
            out,
            "{new} written, {known} there already, {removed} removed before and not written again"
        )?,
    }
    Ok(ExitCode::SUCCESS)
}

fn list(out: &mut dyn Write, notes: &[(String, Note)], zone: &str) -> anyhow::Result<ExitCode> {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY.row_separator(LineStyle::none()));
    table.set_header(["id", "from", "to", "about", "kind", "text"]);
    for (id, note) in notes {
        let to = if note.ends_us == note.begins_us { String::new() } else { local(zone, note.ends_us) };
        let named = [("queue", &note.queue), ("unit", &note.unit)];
        let named = named.iter().filter(|(_, name)| !name.is_empty());
        let about: Vec<String> = named.map(|(what, name)| format!("{what} {name}")).collect();
        let about = if about.is_empty() { "the site".to_owned() } else { about.join(", ") };
        let text = note.text.split_whitespace().collect::<Vec<_>>().join(" ");
        table.add_row([id.clone(), local(zone, note.begins_us), to, about, note.kind.clone(), text]);
    }
    writeln!(out, "{table}")?;
    Ok(ExitCode::SUCCESS)
}

/// That it is one of the names that there are.
fn known(what: &str, name: &str, names: &[&str]) -> anyhow::Result<()> {
    if names.contains(&name) {
        return Ok(());
    }
    let there_are = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    bail!("`{name}` is no {what} of svarstid.toml; there are: {there_are}")
}

/// A time as it was written, for errors.
fn time(what: &str, text: &str, zone: &str) -> anyhow::Result<i64> {
    moment(text, zone).with_context(|| format!("`{what}`"))
}
