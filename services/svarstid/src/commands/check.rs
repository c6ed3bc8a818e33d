//! `svarstid config check`: what was understood, or what is impossible.

use call::Target;
use config::{
    Alerts, ClickHouse, ClosedOn, Config, ConfigError, FileStart, OpeningHours, QueueKind, Retention,
    SinkAlerts, Webhook,
};
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
    let others = config.other_sites()?;
    lines
        .extend(others.iter().map(|other| ("site", format!("{} ({}), too", other.site.id, other.site.name))));
    lines.push(("numbers", numbers(config)?));
    lines.push(("routes", routes(config)?));
    lines.extend(config.queues.iter().map(|queue| ("queue", describe_queue(queue))));
    let units: Vec<&str> = config.units.iter().map(|unit| unit.name.as_str()).collect();
    lines.push(("units", or_none(&units)));
    if config.opening_hours.is_empty() {
        lines.push(("open", "always".to_owned()));
    }
    lines.extend(config.opening_hours.iter().map(|hours| ("open", describe_hours(hours, config))));
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
    lines.extend(config.collector.files.iter().map(|file| ("file", describe_file(file))));
    lines.push(("diversions", format!("told by user events: {}", or_none(&told))));
    if let Some(list) = config.call_list()? {
        let (columns, words) = (list.columns.len(), list.results.len());
        lines.push(("import", format!("lists of {columns} columns, {words} words for results")));
    }
    lines.extend(config.service_targets().iter().map(|target| ("target", describe_target(target))));
    lines.push(("alerts", describe_alerts(&config.alerts)));
    lines.extend(config.collector.webhook.as_ref().map(|webhook| ("webhook", describe_webhook(webhook))));
    let history = config.sink.alerts.as_ref();
    lines.extend(history.map(|alerts| ("alert history", describe_alert_history(alerts))));
    let kafka = &config.kafka;
    let schemas = kafka.schema_registry.as_deref().unwrap_or("the program itself");
    let partitions = kafka.partitions;
    lines.push(("kafka", format!("{}, {partitions} partitions, schemas from {schemas}", kafka.brokers)));
    let (generation, group) = (kafka.generation, &config.processor.group);
    let definition = kpi::DEFINITION_VERSION;
    lines.push((
        "generation",
        format!("{generation}, by definition {definition} of the measures, group {group}"),
    ));
    let ClickHouse { url, database, user, .. } = &config.clickhouse;
    lines.push(("clickhouse", format!("{url}, database {database}, user {user}")));
    lines.push(("retention", describe_retention(config.retention)));
    let days = config.retention.and_then(|kept| kept.events_days).filter(|_| config.sink.call_events);
    lines.extend(days.map(|days| ("events", format!("kept one by one in ClickHouse, {days} days"))));
    Ok(lines)
}

/// As collector and sink will.
fn open_secrets(config: &Config) -> Result<(), ConfigError> {
    config.numbers()?;
    config.collector.webhook.as_ref().map_or(Ok(()), Webhook::open_secrets)?;
    config.sink.alerts.as_ref().map_or(Ok(()), SinkAlerts::open_secrets)?;
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

fn describe_hours(hours: &OpeningHours, config: &Config) -> String {
    let is_only = config.opening_hours.iter().all(|hours| hours.queues.is_empty());
    let whose = match &hours.queues[..] {
        [] if is_only => "all numbers".to_owned(),
        [] => "all other numbers".to_owned(),
        queues => queues.join(", "),
    };
    let closed_on = match hours.closed_on {
        ClosedOn::Nothing => "",
        ClosedOn::PublicHolidays => ", not on public holidays",
        ClosedOn::PublicHolidaysAndEves => ", not on public holidays and eves",
    };
    let dates: String = hours.closed_dates.iter().map(|date| format!(", not on {date}")).collect();
    format!("{whose}: {} {}-{}{closed_on}{dates}", hours.days, hours.from, hours.to)
}

fn describe_file(file: &config::FollowedFile) -> String {
    let first = match file.from {
        FileStart::End => "from its end at first",
        FileStart::Beginning => "from its beginning",
    };
    format!("{}: {}, {first}", file.kind.word(), file.path.display())
}

fn describe_alerts(alerts: &Alerts) -> String {
    let (operator, group) = (alerts.longest_wait_operator_s, alerts.longest_wait_group_s);
    let calls = alerts.calls_min;
    format!(
        "a wait of {operator} s, in groups {group} s; targets missed from {calls} calls on (`svarstid alerts`)"
    )
}

fn describe_retention(retention: Option<Retention>) -> String {
    let Some(Retention { personal_days, calls_days, minutes_days, rejected_days, .. }) = retention else {
        return "as ClickHouse's tables say".to_owned();
    };
    let days = |days: Option<u32>| days.map_or("for ever".to_owned(), |days| format!("{days} days"));
    format!(
        "persons {}, calls {}, minutes {}, rejected records {}",
        days(personal_days.or(calls_days)),
        days(calls_days),
        days(minutes_days),
        days(rejected_days)
    )
}

fn describe_target(target: &kpi::Target) -> String {
    let lost = target.lost_share_max.map(|share| format!(", lost ≤ {:.0} %", share * 100.0));
    let scope = match &target.scope {
        kpi::Dimension::Site => String::new(),
        scope => format!(", {} {}", scope.kind(), scope.name()),
    };
    let (share, within_s, from) = (target.share * 100.0, target.within_s, target.clock.from_when());
    format!("{}: {share:.0} % in {within_s} s {from}{}{scope}", target.name, lost.unwrap_or_default())
}

fn describe_webhook(webhook: &Webhook) -> String {
    let scheme = if webhook.certificate_file.is_some() { "https" } else { "http" };
    let token = webhook.bearer_token_file.as_ref().map(|_| "a bearer token");
    let signature = webhook.hmac_secret_file.as_ref().map(|_| "a signature");
    let proofs: Vec<&str> = [token, signature].into_iter().flatten().collect();
    let silence =
        webhook.heartbeat_s.map(|seconds| format!(", silence of {} s is a gap", 3 * u64::from(seconds)));
    format!(
        "{scheme}://{}/v1/events, with {}, at most {} requests/s{}",
        webhook.listen,
        proofs.join(" or "),
        webhook.requests_per_s,
        silence.unwrap_or_default()
    )
}

fn describe_alert_history(alerts: &SinkAlerts) -> String {
    let scheme = if alerts.certificate_file.is_some() { "https" } else { "http" };
    format!("taken by the sink at {scheme}://{}/v1/alerts", alerts.listen)
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
    // No error: it may post what the manager interface does not tell, about the same legs.
    if config.pbx.ami.is_some() && config.collector.webhook.is_some() {
        notes.push(
            "[pbx.ami] and [collector.webhook] are put together as one source: a leg or a stay in a queue that both tell \
             counts twice. Post only what the manager interface does not tell; another PBX has a collector of its own"
                .to_owned(),
        );
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
        assert_eq!(line("open"), "always");
        assert_eq!(line("target"), "Luleå: 90 % in 15 s from arrival, lost ≤ 10 %");
        assert_eq!(line("diversions"), "told by user events: not_diverted, diverted, set, cleared");
        assert_eq!(notes(&config).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn opening_hours_are_told() {
        let document = include_str!("../../../../docs/configuration.md");
        let examples: Vec<&str> =
            document.split("```toml\n").skip(1).filter_map(|text| text.split("```").next()).collect();
        let hours = examples.iter().find(|text| text.starts_with("[[opening_hours]]")).unwrap();
        let config = config::parse(&format!("{}\n{hours}", examples[0])).unwrap();
        let lines = understood(&config).unwrap();
        let (_, told) = lines.iter().find(|(about, _)| *about == "open").unwrap();
        assert_eq!(
            told,
            "switchboard: mon-fri 07:30-16:30, not on public holidays and eves, not on 2026-05-15"
        );
    }

    #[test]
    fn followed_files_are_told() {
        let text = include_str!("../../../../tests/recordings/asterisk22/svarstid.toml");
        let files = "[[collector.files]]\nkind = \"queue_log\"\npath = \"/var/log/asterisk/queue_log\"\n";
        let config = config::parse(&format!("{text}\n{files}")).unwrap();
        let expect = ("file", "queue_log: /var/log/asterisk/queue_log, from its end at first".to_owned());
        assert!(understood(&config).unwrap().contains(&expect));
    }

    #[test]
    fn a_webhook_is_described() {
        let recording = include_str!("../../../../tests/recordings/asterisk22/svarstid.toml");
        let webhook = "listen = \"127.0.0.1:8088\"\nhmac_secret_file = \"secret\"\nheartbeat_s = 10";
        let config = config::parse(&format!("{recording}\n[collector.webhook]\n{webhook}\n")).unwrap();
        let line = understood(&config).unwrap().into_iter().find(|(about, _)| *about == "webhook");
        assert_eq!(
            line.unwrap().1,
            "http://127.0.0.1:8088/v1/events, with a signature, at most 200 requests/s, silence of 30 s is a gap"
        );
        assert!(open_secrets(&config).unwrap_err().to_string().contains("secret cannot be read"));
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
            [pbx.ami]\naddress = \"pbx:5038\"\nusername = \"a\"\n\
            [collector.webhook]\nlisten = \"127.0.0.1:8088\"\nbearer_token_file = \"token\"\n";
        let notes = notes(&config::parse(text).unwrap()).unwrap();
        let begins = [
            "no number leads to queue `q`",
            "no queue is of kind",
            "the dialplan tells of no",
            "the manager user has no",
            "[pbx.ami] and [collector.webhook] are put together as one source",
        ];
        assert_eq!(notes.len(), begins.len(), "{notes:?}");
        assert!(notes.iter().zip(begins).all(|(note, begin)| note.starts_with(begin)), "{notes:?}");
    }
}
