-- Every alert that was raised, as Alertmanager or Grafana told the sink ([sink.alerts]). What is told again is the same row. The version is
-- the end: one that is known wins over none, and a later one over an earlier one, in whatever order they come.
CREATE TABLE IF NOT EXISTS alerts (
    site LowCardinality(String) COMMENT 'Its label site; empty: of no site in particular',
    alert LowCardinality(String) COMMENT 'Its name in docs/alerts.md: the label kind of those that Grafana found, else alertname',
    found_by LowCardinality(String) COMMENT '`prometheus` or `grafana`',
    fingerprint String COMMENT 'Of its labels, as the sender tells it: the same alert again has the same one',
    starts DateTime64(3, 'UTC') COMMENT 'Since when it was raised',
    ends Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was over; NULL: still raised',
    version UInt64 COMMENT 'ends in milliseconds since 1970, 0 without one; the highest counts',
    severity LowCardinality(String) COMMENT '`page` or `ticket`; empty: not told',
    queue LowCardinality(String) COMMENT 'Queue that it is about; empty: none in particular',
    unit LowCardinality(String) COMMENT 'Organisation unit that it is about; empty: none in particular',
    target LowCardinality(String) COMMENT 'Service-level target that it is about; empty: none',
    labels Map(LowCardinality(String), String) COMMENT 'The other labels',
    summary String COMMENT 'In one line',
    description String COMMENT 'What, where, how bad, what to do',
    links Map(LowCardinality(String), String) COMMENT 'The other annotations: addresses by what is there, such as dashboard, calls, runbook_url',
    heard_at DateTime64(6, 'UTC') COMMENT 'When the sink was told last'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (site, alert, found_by, fingerprint, starts)
COMMENT 'Alerts that were raised, every state told; read raised_alerts';

CREATE OR REPLACE VIEW raised_alerts (
    site LowCardinality(String) COMMENT 'The site; empty: of no site in particular',
    alert LowCardinality(String) COMMENT 'Its name in docs/alerts.md',
    found_by LowCardinality(String) COMMENT '`prometheus` or `grafana`',
    starts DateTime64(3, 'UTC') COMMENT 'Since when it was raised',
    ends Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was over; NULL: still raised',
    is_raised Bool COMMENT 'Nobody has told yet that it is over',
    lasted_s Nullable(Float64) COMMENT 'From starts to ends, seconds; NULL: still raised',
    severity LowCardinality(String) COMMENT '`page` (look now) or `ticket` (within the day); empty: not told',
    queue LowCardinality(String) COMMENT 'Queue that it is about; empty: none in particular',
    unit LowCardinality(String) COMMENT 'Organisation unit that it is about; empty: none in particular',
    target LowCardinality(String) COMMENT 'Service-level target that it is about; empty: none',
    labels Map(LowCardinality(String), String) COMMENT 'The other labels',
    summary String COMMENT 'In one line',
    description String COMMENT 'What, where, how bad, what to do',
    links Map(LowCardinality(String), String) COMMENT 'The other annotations: addresses by what is there, such as dashboard, calls, runbook_url',
    fingerprint String COMMENT 'Of its labels, as the sender tells it: the same alert again has the same one',
    told_at DateTime64(6, 'UTC') COMMENT 'When the sink was told last; what is still raised is told again and again (repeat_interval), or was over while it was silenced'
) AS
SELECT site, alert, found_by, starts, ends, isNull(ends)::Bool AS is_raised, dateDiff('millisecond', starts, ends) / 1000 AS lasted_s,
    severity, queue, unit, target, labels, summary, description, links, fingerprint, heard_at AS told_at
FROM alerts FINAL
COMMENT 'Alerts that were raised, one row for each time';
