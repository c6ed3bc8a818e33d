-- What the configuration says of each site. The sink writes all of a site anew when it starts with another configuration than the
-- one before, its row of config_sites last: from then on the views below show the new rows and no old ones. What was true before stays
-- in these tables under its `since`.
CREATE TABLE IF NOT EXISTS config_sites (
    site LowCardinality(String) COMMENT 'The site',
    since DateTime64(6, 'UTC') COMMENT 'When a sink first started with this configuration; the latest of a site counts',
    name String COMMENT 'What people call it',
    time_zone LowCardinality(String) COMMENT 'IANA time zone of its days and opening hours',
    ring_cadence_us Int64 COMMENT 'From one ring signal to the next, microseconds',
    digest String COMMENT 'Of everything that these tables say of the site: another one is another configuration',
    written_by LowCardinality(String) COMMENT 'Name of the sink that wrote it'
)
ENGINE = ReplacingMergeTree
ORDER BY (site, since)
COMMENT 'Configurations of sites; read sites, which has the one in force';

CREATE TABLE IF NOT EXISTS config_units (
    site LowCardinality(String) COMMENT 'The site',
    since DateTime64(6, 'UTC') COMMENT 'As in config_sites',
    unit LowCardinality(String) COMMENT 'Organisation unit'
)
ENGINE = ReplacingMergeTree
ORDER BY (site, since, unit)
COMMENT 'Organisation units by configuration; read units';

CREATE TABLE IF NOT EXISTS config_queues (
    site LowCardinality(String) COMMENT 'The site',
    since DateTime64(6, 'UTC') COMMENT 'As in config_sites',
    queue LowCardinality(String) COMMENT 'The queue',
    kind LowCardinality(String) COMMENT '`operator` (the switchboard) or `group`',
    unit LowCardinality(String) COMMENT 'Organisation unit that answers for it; empty: none',
    longest_wait_us Int64 COMMENT 'Somebody is told when a caller waits longer than this, microseconds'
)
ENGINE = ReplacingMergeTree
ORDER BY (site, since, queue)
COMMENT 'Queues by configuration; read queues';

CREATE TABLE IF NOT EXISTS config_targets (
    site LowCardinality(String) COMMENT 'The site',
    since DateTime64(6, 'UTC') COMMENT 'As in config_sites',
    target LowCardinality(String) COMMENT 'What people call it',
    dimension LowCardinality(String) COMMENT 'What it is about: `site`, `queue`, `unit`, as in kpi',
    name LowCardinality(String) COMMENT 'Of the queue or unit; empty for the site',
    clock LowCardinality(String) COMMENT 'Where T begins: `arrival`, `menu`, `queue`, as in service_level',
    within_s UInt16 COMMENT 'T, whole seconds. Within T is below T',
    share Float64 COMMENT 'The wanted sl_of_offered of external calls, 0 to 1',
    lost_share_max Nullable(Float64) COMMENT 'The largest wanted share of lost ones, 0 to 1; NULL: nothing was promised'
)
ENGINE = ReplacingMergeTree
ORDER BY (site, since, target)
COMMENT 'Service-level targets by configuration; read targets';

CREATE TABLE IF NOT EXISTS config_opening_hours (
    site LowCardinality(String) COMMENT 'The site',
    since DateTime64(6, 'UTC') COMMENT 'As in config_sites',
    queue LowCardinality(String) COMMENT 'Queue whose numbers it is for; empty: all numbers that lead to no queue named here',
    weekday UInt8 COMMENT '1 is Monday, 7 Sunday',
    opens_s UInt32 COMMENT 'From when on, seconds of the local clock since midnight',
    closes_s UInt32 COMMENT 'Until before when, seconds of the local clock since midnight; 86400 is midnight',
    closed_on LowCardinality(String) COMMENT 'Days that are closed all the same: `nothing`, `public_holidays`, `public_holidays_and_eves` (of Sweden)',
    closed_dates Array(Date) COMMENT 'More of them'
)
ENGINE = ReplacingMergeTree
ORDER BY (site, since, queue, weekday, opens_s, closes_s, closed_on, closed_dates)
COMMENT 'Opening hours by configuration; read opening_hours';

CREATE OR REPLACE VIEW sites (
    site LowCardinality(String) COMMENT 'The site',
    name String COMMENT 'What people call it',
    time_zone LowCardinality(String) COMMENT 'IANA time zone of its days and opening hours',
    ring_cadence_us Int64 COMMENT 'From one ring signal to the next, microseconds',
    since DateTime64(6, 'UTC') COMMENT 'When a sink first started with the configuration in force'
) AS
SELECT site, argMax(last.name, last.since) AS name, argMax(last.time_zone, last.since) AS time_zone,
    argMax(last.ring_cadence_us, last.since) AS ring_cadence_us, max(last.since) AS since
FROM config_sites AS last
GROUP BY site
COMMENT 'Sites as they are configured now';

CREATE OR REPLACE VIEW units (
    site LowCardinality(String) COMMENT 'The site',
    unit LowCardinality(String) COMMENT 'Organisation unit'
) AS
SELECT DISTINCT site, unit FROM config_units WHERE (site, since) IN (SELECT site, since FROM sites)
COMMENT 'Organisation units as they are configured now';

CREATE OR REPLACE VIEW queues (
    site LowCardinality(String) COMMENT 'The site',
    queue LowCardinality(String) COMMENT 'The queue',
    kind LowCardinality(String) COMMENT '`operator` (the switchboard) or `group`',
    unit LowCardinality(String) COMMENT 'Organisation unit that answers for it; empty: none',
    longest_wait_us Int64 COMMENT 'Somebody is told when a caller waits longer than this, microseconds'
) AS
SELECT DISTINCT site, queue, kind, unit, longest_wait_us FROM config_queues WHERE (site, since) IN (SELECT site, since FROM sites)
COMMENT 'Queues as they are configured now';

CREATE OR REPLACE VIEW targets (
    site LowCardinality(String) COMMENT 'The site',
    target LowCardinality(String) COMMENT 'What people call it',
    dimension LowCardinality(String) COMMENT 'What it is about: `site`, `queue`, `unit`, as in kpi',
    name LowCardinality(String) COMMENT 'Of the queue or unit; empty for the site',
    clock LowCardinality(String) COMMENT 'Where T begins: `arrival`, `menu`, `queue`, as in service_level',
    within_s UInt16 COMMENT 'T, whole seconds. Within T is below T',
    share Float64 COMMENT 'The wanted sl_of_offered of external calls, 0 to 1',
    lost_share_max Nullable(Float64) COMMENT 'The largest wanted share of lost ones, 0 to 1; NULL: nothing was promised'
) AS
SELECT DISTINCT site, target, dimension, name, clock, within_s, share, lost_share_max
FROM config_targets
WHERE (site, since) IN (SELECT site, since FROM sites)
COMMENT 'Service-level targets as they are configured now';

CREATE OR REPLACE VIEW opening_hours (
    site LowCardinality(String) COMMENT 'The site',
    queue LowCardinality(String) COMMENT 'Queue whose numbers it is for; empty: all numbers that lead to no queue named here',
    weekday UInt8 COMMENT '1 is Monday, 7 Sunday',
    opens_s UInt32 COMMENT 'From when on, seconds of the local clock since midnight',
    closes_s UInt32 COMMENT 'Until before when, seconds of the local clock since midnight; 86400 is midnight',
    closed_on LowCardinality(String) COMMENT 'Days that are closed all the same: `nothing`, `public_holidays`, `public_holidays_and_eves` (of Sweden)',
    closed_dates Array(Date) COMMENT 'More of them'
) AS
SELECT DISTINCT site, queue, weekday, opens_s, closes_s, closed_on, closed_dates
FROM config_opening_hours
WHERE (site, since) IN (SELECT site, since FROM sites)
COMMENT 'Opening hours as they are configured now; a site that has none here is always open';

-- Shares of fewer than five calls are NULL, as in the other views with plain names.
CREATE OR REPLACE VIEW targets_kept (
    site LowCardinality(String) COMMENT 'The site',
    day Date COMMENT 'Day (UTC) of arrival, of passes of joining',
    target LowCardinality(String) COMMENT 'What people call it',
    dimension LowCardinality(String) COMMENT 'What it is about: `site`, `queue`, `unit`',
    name LowCardinality(String) COMMENT 'Of the queue or unit; empty for the site',
    clock LowCardinality(String) COMMENT 'Where T begins: `arrival`, `menu`, `queue`',
    within_s UInt16 COMMENT 'T, whole seconds',
    presented Int64 COMMENT 'External calls (or passes) that were to be served',
    answered_within Int64 COMMENT 'Of these, those answered within T',
    lost Int64 COMMENT 'Of these, those lost',
    wanted_share Float64 COMMENT 'The wanted share answered within T',
    share Nullable(Float64) COMMENT 'answered_within / presented; NULL of fewer than five. Of a longer time: sum / sum',
    lost_share_max Nullable(Float64) COMMENT 'The largest wanted share of lost ones; NULL: nothing was promised',
    lost_share Nullable(Float64) COMMENT 'lost / presented; NULL of fewer than five',
    is_kept Nullable(Bool) COMMENT 'Whether both promises were kept; NULL of fewer than five'
) AS
SELECT
    site, day, promised.target AS target, dimension, name, promised.clock AS clock, promised.within_s AS within_s,
    multiIf(clock = 'queue', passes_presented, clock = 'menu', calls_presented - lost_in_menu, calls_presented) AS presented,
    toInt64(svarstid_count_below_s(multiIf(clock = 'queue', pass_wait_answered, clock = 'menu', answer_after_menu, answer_time), within_s)) AS answered_within,
    multiIf(clock = 'queue', passes_lost, clock = 'menu', toInt64(svarstid_count(lost_after_menu)), calls_lost) AS lost,
    promised.share AS wanted_share,
    if(presented < 5, NULL, answered_within / presented) AS share,
    promised.lost_share_max AS lost_share_max,
    if(presented < 5, NULL, lost / presented) AS lost_share,
    if(presented < 5, NULL, (answered_within / presented >= wanted_share AND ifNull(lost / presented <= lost_share_max, true))::Bool) AS is_kept
FROM (
    SELECT
        site, toDate(minute) AS day, dimension, name,
        sum(part.offered - part.calls_closed - part.calls_in_progress) AS calls_presented,
        sum(part.entered - part.passes_in_progress) AS passes_presented,
        sum(part.lost_stage_menu) AS lost_in_menu,
        sum(part.lost) AS calls_lost,
        sum(part.passes_abandoned + part.passes_timed_out + part.passes_saturated + part.passes_blocked) AS passes_lost,
        sumMap(part.answer_time_bins) AS answer_time,
        sumMap(part.pass_wait_answered_bins) AS pass_wait_answered,
        sumMap(part.answer_after_menu_bins) AS answer_after_menu,
        sumMap(part.lost_after_menu_bins) AS lost_after_menu
    FROM kpi AS part
    WHERE direction = 'external'
    GROUP BY site, day, dimension, name
) AS told
INNER JOIN targets AS promised USING (site, dimension, name)
WHERE presented > 0
COMMENT 'How the targets that are configured now were met, day by day';
