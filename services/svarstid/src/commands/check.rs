//! `svarstid config check`: what was understood, or what is impossible.

use call::Target;
use config::{ClickHouse, Config, ConfigError, QueueKind};
use org::NumberRange;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Read the configuration and tell what was understood; exit code 64 if it is impossible
    Check {
        /// Leave key and secret files closed: for machines without a collector, which alone reads them
        #[arg(long)]
        without_secrets: bool,
    },
}

pub fn run(arguments: &Arguments, config_file: &Path) -> anyhow::Result<ExitCode> {
    let Command::Check { without_secrets } = arguments.command;
    let config = config::load(config_file)?;
    if !without_secrets {
        open_secrets(&config)?;
    }
    let mut out = std::io::stdout().lock();
    for (about, text) in understood(&config)? {
        writeln!(out, "{about:<10} {text}")?;
    }
    for note in notes(&config)? {
        writeln!(out, "note       {note}")?;
    }
    Ok(ExitCode::SUCCESS)
}

type Lines = Vec<(&'static str, String)>;

fn understood(config: &Config) -> Result<Lines, ConfigError> {
    let (site, pbx) = (&config.site, &config.pbx);
    let mut lines = vec![("site", format!("{} ({}), {}", site.id, site.name, site.time_zone))];
    lines.push(("numbers", numbers(config)?));
    lines.push(("routes", routes(config)?));
    lines.extend(config.queues.iter().map(|queue| ("queue", describe_queue(queue))));
    let units: Vec<&str> = config.units.iter().map(|unit| unit.name.as_str()).collect();
    lines.push(("units", or_none(&units)));
    let live = pbx.ami.as_ref().map_or("no live connection", |ami| ami.address.as_str());
    let dialect = config.dialect()?;
    let told = [
        ("not_diverted", &dialect.not_diverted),
        ("diverted", &dialect.diverted),
        ("set", &dialect.set),
        ("cleared", &dialect.cleared),
    ];
    let told: Vec<&str> = told.iter().filter(|(_, event)| event.is_some()).map(|(name, _)| *name).collect();
    lines.push(("pbx", format!("{} {}, trunks {}, {live}", pbx.make, pbx.node, pbx.trunks.join(", "))));
    lines.push(("diversions", format!("told by user events: {}", or_none(&told))));
    if let Some(list) = config.call_list()? {
        let (columns, words) = (list.columns.len(), list.results.len());
        lines.push(("import", format!("lists of {columns} columns, {words} words for results")));
    }
    for target in &config.targets {
        let lost = target.lost_share_max.map(|share| format!(", lost ≤ {:.0} %", share * 100.0));
        let (share, within_s) = (target.share * 100.0, target.answer_within_s);
        let lost = lost.unwrap_or_default();
        lines.push(("target", format!("{}: {share:.0} % in {within_s} s{lost}", target.name)));
    }
    let kafka = &config.kafka;
    let schemas = kafka.schema_registry.as_deref().unwrap_or("the program itself");
    let partitions = kafka.partitions;
    lines.push(("kafka", format!("{}, {partitions} partitions, schemas from {schemas}", kafka.brokers)));
    let ClickHouse { url, database, user, .. } = &config.clickhouse;
    lines.push(("clickhouse", format!("{url}, database {database}, user {user}")));
    Ok(lines)
}

/// As the collector will.
fn open_secrets(config: &Config) -> Result<(), ConfigError> {
    config.numbers()?;
    match &config.pbx.ami {
        Some(ami) if has_secret(ami) => ami.read_secret().map(|_| ()),
        _ => Ok(()),
    }
}

fn has_secret(ami: &config::Ami) -> bool {
    ami.secret_file.is_some() || ami.secret.is_some()
}

fn numbers(config: &Config) -> Result<String, ConfigError> {
    let mut epochs: Vec<u32> = config.numbers.pseudonym_keys.iter().map(|key| key.epoch).collect();
    epochs.sort_unstable_by(|a, b| b.cmp(a));
    let epochs: Vec<String> = epochs.iter().map(u32::to_string).collect();
    let count = |ranges: &[NumberRange]| ranges.iter().map(NumberRange::len).sum::<u64>();
    let plan = config.number_plan()?;
    let (own, internal, code) = (count(&plan.own), count(&plan.internal), &plan.rules.country_code);
    Ok(format!("{own} public and {internal} internal ones, +{code}; pseudonyms by key {}", epochs.join(", ")))
}

fn routes(config: &Config) -> Result<String, ConfigError> {
    let written = config.written_routes()?;
    let to_queues = written.iter().filter(|(_, target)| matches!(target, Target::Queue(_))).count();
    let to_persons = written.len() - to_queues;
    Ok(format!("{to_queues} numbers lead to queues, {to_persons} to persons"))
}

fn describe_queue(queue: &config::Queue) -> String {
    let kind = match queue.kind {
        QueueKind::Operator => "operators",
        QueueKind::Group => "group",
    };
    let unit = queue.unit.as_deref().unwrap_or("none");
    format!("{}: {kind}, unit {unit}", queue.name)
}

fn or_none(names: &[&str]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// What is possible, but perhaps not meant.
fn notes(config: &Config) -> Result<Vec<String>, ConfigError> {
    let plan = config.site_plan()?;
    let mut notes = Vec::new();
    for queue in &config.queues {
        if !plan.routes.values().any(|target| *target == Target::Queue(queue.name.as_str().into())) {
            notes.push(format!(
                "no number leads to queue `{}`: calls reach it by transfer or overflow only",
                queue.name
            ));
        }
        if queue.unit.is_none() && !config.units.is_empty() {
            notes.push(format!("queue `{}` has no unit: its passes are in no unit's figures", queue.name));
        }
    }
    if plan.operator_queues.is_empty() {
        notes.push("no queue is of kind `operator`: no call can reach the operator".to_owned());
    }
    let diversions = &config.pbx.diversions;
    if diversions.not_diverted.is_none() && diversions.diverted.is_none() {
        notes.push("the dialplan tells of no diversions: `undiverted_share` cannot be known".to_owned());
    }
    if config.pbx.ami.as_ref().is_some_and(|ami| !has_secret(ami)) {
        notes.push("the manager user has no secret: set SVARSTID_PBX__AMI__SECRET".to_owned());
    }
    Ok(notes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_understood_of_the_recording_s_file() {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/recordings/asterisk22/svarstid.toml");
        let config = config::load(&path).unwrap();
        let lines = understood(&config).unwrap();
        let line = |about: &str| &lines.iter().find(|(found, _)| *found == about).unwrap().1;
        assert_eq!(line("numbers"), "100 public and 20 internal ones, +46; pseudonyms by key 1");
        assert_eq!(line("routes"), "8 numbers lead to queues, 13 to persons");
        assert_eq!(line("diversions"), "told by user events: not_diverted, diverted, set, cleared");
        assert_eq!(notes(&config).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn exported_lists_are_told_where_there_are_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../tests/recordings/call-lists/contact-centre.toml");
        let lines = understood(&config::load(&path).unwrap()).unwrap();
        let told = lines.iter().find(|(about, _)| *about == "import").unwrap();
        assert_eq!(told.1, "lists of 10 columns, 4 words for results");
    }

    #[test]
    fn what_is_perhaps_not_meant_is_told() {
        let text = "[site]\nid = \"a\"\nname = \"A\"\ntime_zone = \"UTC\"\n[numbers]\ncountry_code = \"46\"\n\
            [[numbers.pseudonym_keys]]\nepoch = 1\nhex = \"0101010101010101010101010101010101010101010101010101010101010101\"\n\
            [[queues]]\nname = \"q\"\nkind = \"group\"\n\
            [pbx]\nmake = \"asterisk\"\nnode = \"a\"\ntrunks = [\"trunk\"]\n\
            [pbx.ami]\naddress = \"pbx:5038\"\nusername = \"a\"\n";
        let notes = notes(&config::parse(text).unwrap()).unwrap();
        let begins = [
            "no number leads to queue `q`",
            "no queue is of kind",
            "the dialplan tells of no",
            "the manager user has no",
        ];
        assert_eq!(notes.len(), begins.len(), "{notes:?}");
        assert!(notes.iter().zip(begins).all(|(note, begin)| note.starts_with(begin)), "{notes:?}");
    }
}
