//! Alerts about what the figures rest on: that nothing is heard is no quiet day.

use super::expressions::{ever_grew, quoted};
use super::questions;
use super::rules::{Board, Rule, Severity};
use call::SourceKind;
use config::Config;

/// More records than this that wait for two minutes: old news is being read, and what a source said last is not known yet.
const OLD_NEWS_RECORDS: u32 = 1_000;
const SITE: &str = "?var-site={{ $labels.site | urlquery }}";

/// Alerts of one site.
pub fn site(config: &Config) -> anyhow::Result<Vec<Rule>> {
    let beating = beating(config)?;
    let mut rules: Vec<Rule> =
        beating.iter().map(|(source, after_s)| silent(config, *source, *after_s)).collect();
    let site = quoted(&config.site.id);
    let alerts = &config.alerts;
    if !beating.is_empty() {
        let still_s = alerts.figures_still_s;
        let expr = format!(
            "time() - max by (site) (svarstid_processor_watermark_timestamp_seconds{{site={site}}}) > {still_s}"
        );
        rules.push(Rule::new("SvarstidFiguresStill", Severity::Page, expr, "2m").asks(questions::still(config)).of_silence().says(
            "The figures of {{ $labels.site }} have stood still for {{ $value | humanizeDuration }}",
            "The processor has told nothing newer of {{ $labels.site }} for {{ $value | humanizeDuration }}: its figures end there, and no alert about its \
             queues and targets can be trusted. If a source is silent or the processor is behind, that is the cause; otherwise read the processor's log.",
        ).links(alerts, Board::Health, SITE));
    }
    let expr = format!("absent(svarstid_processor_watermark_timestamp_seconds{{site={site}}})");
    rules.push(Rule::new("SvarstidNoFigures", Severity::Page, expr, "10m").says(
        "No processor tells of {{ $labels.site }}",
        "For ten minutes no processor has known anything of {{ $labels.site }}: none runs, none has the site's configuration, or nothing was ever heard \
         of it. See whether `svarstid process` runs and is ready (/readyz tells why not).",
    ).links(alerts, Board::Health, SITE));
    rules.extend(of_tables(config, !beating.is_empty()));
    Ok(rules)
}

/// What the tables tell of a site; the services tell the same of themselves.
fn of_tables(config: &Config, is_beating: bool) -> Vec<Rule> {
    let ticket = |name, lasts| Rule::of_tables(name, Severity::Ticket, lasts);
    let mut rules = Vec::new();
    if is_beating {
        rules.push(ticket("SvarstidGap", "0s").asks(questions::gap(config)).says(
            "{{ $value | humanizeDuration }} of a quarter of an hour at {{ $labels.site }} are not known",
            "Of the 15 minutes that ended five minutes ago, nobody heard {{ $value | humanizeDuration }} at {{ $labels.site }}: calls of that time are unknown, \
             not few. See in the collector's log what was interrupted.",
        ));
    }
    rules.push(ticket("SvarstidInvariantBroken", "15m").asks(questions::difference(config)).says(
        "{{ $value }} calls of {{ $labels.site }} are in the calls or in the minutes, and not in both",
        "The calls of the last 24 hours of {{ $labels.site }} and its minutes differ by {{ $value }}: some figure does not add up. Run `svarstid audit`, which names \
         each call, and report what it says.",
    ));
    rules.push(ticket("SvarstidRecordsRejected", "0s").asks(questions::rejected(config)).says(
        "{{ $value }} records of {{ $labels.site }} were refused",
        "In the last hour {{ $value }} records could not be used; the table `rejected` has each with its place and reason. The PBX may have been upgraded, or its \
         log format changed.",
    ));
    rules.into_iter().map(|rule| rule.links(&config.alerts, Board::Health, SITE)).collect()
}

/// Sources that say something even when nobody calls, with how long they may be silent, seconds.
fn beating(config: &Config) -> anyhow::Result<Vec<(SourceKind, u32)>> {
    let silent_s = config.alerts.source_silent_s;
    let posted_s = config.collector.webhook.as_ref().and_then(|webhook| webhook.heartbeat_s);
    let sources = config.site_plan()?.sources.into_iter();
    Ok(sources
        .filter_map(|source| match source {
            SourceKind::Webhook => posted_s.map(|every_s| (source, silent_s.max(every_s.saturating_mul(3)))),
            _ => Some((source, silent_s)),
        })
        .collect())
}

fn silent(config: &Config, source: SourceKind, after_s: u32) -> Rule {
    let of = format!("site={},source={}", quoted(&config.site.id), quoted(source.word()));
    let expr = format!(
        "time() - max by (site, source) (svarstid_processor_source_heard_timestamp_seconds{{{of}}}) > {after_s}\n\
         unless on () (max(min_over_time(svarstid_processor_lag_records[2m])) > {OLD_NEWS_RECORDS})"
    );
    Rule::new("SvarstidSourceSilent", Severity::Page, expr, "1m")
        .label("source", source.word())
        .says(
            "{{ $labels.source }} of {{ $labels.site }} has been silent for {{ $value | humanizeDuration }}",
            "Nothing has been heard from {{ $labels.source }} of {{ $labels.site }} for {{ $value | humanizeDuration }}, not even that it is there. This is no quiet \
             day: what happens at the PBX meanwhile is not seen. See whether the collector runs and is connected, whether Kafka takes what it sends, and \
             whether the PBX is up.",
        )
        .links(&config.alerts, Board::Health, SITE)
}

/// Alerts of the services, whichever site they work for.
pub fn services(sites: &[&Config]) -> anyhow::Result<Vec<Rule>> {
    let has_live = sites.iter().any(|site| site.pbx.ami.is_some());
    let has_files = sites.iter().any(|site| !site.collector.files.is_empty());
    let Some(first) = sites.first() else { return Ok(Vec::new()) };
    let mut rules = collectors(has_live, has_files);
    rules.extend(pipeline(first.alerts.behind_s));
    rules.extend(faults());
    // Metrics of collectors do not name their site: where there is one only, it is known.
    let only = (sites.len() == 1).then_some(first.site.id.as_str());
    let rules = rules.into_iter().map(|(rule, is_of_site)| match only.filter(|_| is_of_site) {
        Some(site) => rule.label("site", site),
        None => rule,
    });
    Ok(rules.map(|rule| rule.links(&first.alerts, Board::Health, "")).collect())
}

/// A rule, and whether it is about a collector.
type Of = (Rule, bool);

fn collectors(has_live: bool, has_files: bool) -> Vec<Of> {
    let page = |name, expr: &str, lasts| Rule::new(name, Severity::Page, expr.to_owned(), lasts);
    let mut rules = Vec::new();
    if has_live {
        rules.push(page("SvarstidNotConnected", "svarstid_collector_connected == 0", "1m").says(
            "The collector at {{ $labels.instance }} is not connected to the PBX",
            "For a minute the collector at {{ $labels.instance }} has not been logged in at the PBX: nothing comes from there, and what happens is a gap. See \
             whether the PBX is up, and in the collector's log why it is refused.",
        ));
    }
    if has_files {
        rules.push(page("SvarstidFileNotRead", "svarstid_collector_file_connected == 0", "5m").says(
            "{{ $labels.file }} cannot be read",
            "For five minutes the collector at {{ $labels.instance }} has not been able to read {{ $labels.file }}. See whether the file is there and the \
             collector may read it and its folder.",
        ));
    }
    let spool = "svarstid_collector_spool_oldest_age_seconds > 60";
    rules.push(page("SvarstidKafkaAway", spool, "2m").says(
        "What the collector heard waits for {{ $value | humanizeDuration }}",
        "Kafka has not taken what the collector at {{ $labels.instance }} sends for {{ $value | humanizeDuration }}. Nothing is lost while the spool has room; \
         figures and alerts stand still. See whether Kafka is up and reachable from there.",
    ));
    let gap = "increase(svarstid_collector_gap_seconds_total[15m]) > 60";
    rules.push(Rule::new("SvarstidGap", Severity::Ticket, gap.to_owned(), "0s").says(
        "{{ $value | humanizeDuration }} of the last 15 minutes are not known",
        "The collector at {{ $labels.instance }} has told gaps of {{ $value | humanizeDuration }} in the last 15 minutes: calls of that time are unknown, \
         unless another source tells them. See in its log what was interrupted.",
    ));
    let clock = "abs(svarstid_collector_pbx_clock_ahead_seconds) > 5";
    rules.push(Rule::new("SvarstidClocksDiffer", Severity::Ticket, clock.to_owned(), "5m").says(
        "The PBX's clock and ours differ by {{ $value | humanizeDuration }}",
        "For five minutes the clock of the PBX of the collector at {{ $labels.instance }} has differed by {{ $value | humanizeDuration }}: calls stand in wrong \
         minutes. Keep both machines by NTP.",
    ));
    rules.into_iter().map(|rule| (rule, true)).collect()
}

fn pipeline(behind_s: u32) -> Vec<Of> {
    let ticket = |name, expr: String, lasts| Rule::new(name, Severity::Ticket, expr, lasts);
    let down = "up{job=\"svarstid\"} == 0".to_owned();
    let behind = format!("min_over_time(svarstid_processor_catch_up_seconds[5m]) > {behind_s}");
    let waiting = "svarstid_sink_waiting == 1".to_owned();
    vec![
        Rule::new("SvarstidDown", Severity::Page, down, "2m").says(
            "The {{ $labels.service }} at {{ $labels.instance }} does not answer",
            "For two minutes Prometheus has not got the metrics of the {{ $labels.service }} at {{ $labels.instance }}: it is down, or cannot be reached. No \
             other alert about it can be trusted. Start it; it goes on where it ended.",
        ),
        ticket("SvarstidBehind", behind, "5m").says(
            "The processor is behind by {{ $value | humanizeDuration }} or more",
            "For five minutes partition {{ $labels.partition }} of {{ $labels.topic }} would have taken {{ $value | humanizeDuration }} to catch up (+Inf: more comes \
             than is taken in). Figures are late, not wrong. Give the processor `threads`, or start another one.",
        ),
        ticket("SvarstidSinkWaiting", waiting, "5m").says(
            "ClickHouse does not take rows",
            "For five minutes the sink at {{ $labels.instance }} has waited for ClickHouse. Nothing is lost: it comes later. Dashboards stand still; these \
             alerts go on. See whether ClickHouse is up, has room on its disk, and knows the user.",
        ),
    ]
    .into_iter()
    .map(|rule| (rule, false))
    .collect()
}

fn faults() -> Vec<Of> {
    let ticket = |name, metrics: &[&str]| Rule::new(name, Severity::Ticket, ever_grew(metrics), "0s");
    let lost = [
        "svarstid_collector_dropped_events_total",
        "svarstid_processor_lost_records_total",
        "svarstid_sink_lost_records_total",
    ];
    let rejected = [
        "svarstid_collector_rejected_records_total",
        "svarstid_processor_rejected_records_total",
        "svarstid_sink_rejected_records_total",
    ];
    vec![
        ticket("SvarstidInvariantBroken", &["svarstid_processor_invariant_violations_total"]).says(
            "{{ $labels.invariant }} was broken",
            "In the last hour the processor at {{ $labels.instance }} found that {{ $labels.invariant }} did not hold: some figure does not add up. This is a bug \
             of svarstid. Keep the log of that time, run `svarstid audit`, and report both.",
        ),
        ticket("SvarstidRecordsLost", &lost).says(
            "Records were lost at {{ $labels.instance }}",
            "In the last hour records could not be kept or were deleted before they were read, at {{ $labels.instance }}: the figures of that time are too \
             low, and say so as a gap. See which counter grew, and give the spool or the topic more room.",
        ),
        ticket("SvarstidRecordsRejected", &rejected).says(
            "Records were refused at {{ $labels.instance }}: {{ $labels.reason }}",
            "In the last hour records could not be read at {{ $labels.instance }} ({{ $labels.reason }}) and went to the topic of rejected records, with their place. The PBX \
             may have been upgraded, or its log format changed.",
        ),
    ]
    .into_iter()
    .map(|rule| (rule, false))
    .collect()
}
