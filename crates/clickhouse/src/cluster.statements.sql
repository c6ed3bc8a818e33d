CREATE TABLE IF NOT EXISTS calls_local ON CLUSTER '{cluster}' (
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/svarstid/calls', '{replica}', version)
PARTITION BY toYYYYMM(arrived_at)
ORDER BY (site, arrived_at, call_id)
SETTINGS replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800
COMMENT 'Versions of calls; read calls_latest, which has each call once';
CREATE TABLE IF NOT EXISTS calls ON CLUSTER '{cluster}' (
)
ENGINE = Distributed('{cluster}', 'svarstid', 'calls_local', cityHash64(site, call_id))
COMMENT 'Versions of calls; read calls_latest, which has each call once';
CREATE TABLE IF NOT EXISTS kpi_windows_local ON CLUSTER '{cluster}' (
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/svarstid/kpi_windows', '{replica}', revision)
PARTITION BY toYYYYMM(minute)
ORDER BY (site, dimension, name, direction, minute)
SETTINGS replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800
COMMENT 'Revisions of one-minute panes; read kpi, which has each minute once, corrections added';
CREATE TABLE IF NOT EXISTS kpi_windows ON CLUSTER '{cluster}' (
)
ENGINE = Distributed('{cluster}', 'svarstid', 'kpi_windows_local', cityHash64(site, dimension, name, minute))
COMMENT 'Revisions of one-minute panes; read kpi, which has each minute once, corrections added';
CREATE TABLE IF NOT EXISTS kpi_corrections_local ON CLUSTER '{cluster}' (
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/svarstid/kpi_corrections', '{replica}')
PARTITION BY toYYYYMM(minute)
ORDER BY (site, dimension, name, direction, minute, call_id, version)
SETTINGS replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800
COMMENT 'Differences to closed panes, each counted once; read kpi, which adds them';
CREATE TABLE IF NOT EXISTS kpi_corrections ON CLUSTER '{cluster}' (
)
ENGINE = Distributed('{cluster}', 'svarstid', 'kpi_corrections_local', cityHash64(site, dimension, name, minute))
COMMENT 'Differences to closed panes, each counted once; read kpi, which adds them';
CREATE TABLE IF NOT EXISTS rejected_local ON CLUSTER '{cluster}' (
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/svarstid/rejected', '{replica}')
PARTITION BY toYYYYMM(rejected_at)
ORDER BY (site, rejected_at, stage, source_position, reason)
SETTINGS replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800
COMMENT 'Records that could not be used, and why';
CREATE TABLE IF NOT EXISTS rejected ON CLUSTER '{cluster}' (
)
ENGINE = Distributed('{cluster}', 'svarstid', 'rejected_local', cityHash64(site, source_position))
COMMENT 'Records that could not be used, and why';
CREATE OR REPLACE FUNCTION svarstid_bin ON CLUSTER '{cluster}' AS (us) ->;
CREATE OR REPLACE FUNCTION svarstid_bin_low_us ON CLUSTER '{cluster}' AS (bin) ->;
CREATE OR REPLACE FUNCTION svarstid_count ON CLUSTER '{cluster}' AS (bins) -> arraySum(mapValues(bins));
CREATE OR REPLACE FUNCTION svarstid_count_below_s ON CLUSTER '{cluster}' AS (bins, seconds) ->;
CREATE OR REPLACE FUNCTION svarstid_quantile_us ON CLUSTER '{cluster}' AS (bins, q) ->;
CREATE OR REPLACE FUNCTION svarstid_share ON CLUSTER '{cluster}' AS (part, whole) -> if(whole > 0, part / whole, NULL);
CREATE OR REPLACE VIEW calls_latest ON CLUSTER '{cluster}' AS;
CREATE OR REPLACE VIEW calls_merged ON CLUSTER '{cluster}' AS;
CREATE OR REPLACE VIEW passes_latest ON CLUSTER '{cluster}' AS;
CREATE OR REPLACE VIEW kpi ON CLUSTER '{cluster}' (;
ALTER TABLE calls_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE calls ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
CREATE OR REPLACE VIEW calls_latest ON CLUSTER '{cluster}' AS;
CREATE OR REPLACE VIEW calls_merged ON CLUSTER '{cluster}' AS;
ALTER TABLE calls_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE calls ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE calls_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE calls ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE calls_local ON CLUSTER '{cluster}' MODIFY COLUMN;
ALTER TABLE calls ON CLUSTER '{cluster}' MODIFY COLUMN;
ALTER TABLE kpi_windows_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_windows ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_windows_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_windows ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_windows_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_windows ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_windows_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_windows ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_windows_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_windows ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_windows_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_windows ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_windows_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_windows ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_windows_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_windows ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_windows_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_windows ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_windows_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_windows ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_windows_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_windows ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_windows_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_windows ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_windows_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_windows ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_windows_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_windows ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_windows_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_windows ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_corrections_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_corrections ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_corrections_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_corrections ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_corrections_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_corrections ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_corrections_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_corrections ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_corrections_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_corrections ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_corrections_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_corrections ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_corrections_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_corrections ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_corrections_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_corrections ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_corrections_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_corrections ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_corrections_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_corrections ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_corrections_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_corrections ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_corrections_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_corrections ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_corrections_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_corrections ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_corrections_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_corrections ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_corrections_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_corrections ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
CREATE OR REPLACE VIEW calls_latest ON CLUSTER '{cluster}' AS;
CREATE OR REPLACE VIEW calls_merged ON CLUSTER '{cluster}' AS;
CREATE OR REPLACE VIEW passes_latest ON CLUSTER '{cluster}' AS;
CREATE OR REPLACE VIEW kpi ON CLUSTER '{cluster}' (;
CREATE OR REPLACE VIEW by_number ON CLUSTER '{cluster}' (;
CREATE OR REPLACE VIEW by_hour ON CLUSTER '{cluster}' (;
CREATE OR REPLACE VIEW service_level ON CLUSTER '{cluster}' (;
CREATE OR REPLACE VIEW loss ON CLUSTER '{cluster}' (;
CREATE OR REPLACE VIEW reach_ladder ON CLUSTER '{cluster}' (;
CREATE OR REPLACE VIEW operator_causes ON CLUSTER '{cluster}' (;
CREATE OR REPLACE VIEW sought_through_operator ON CLUSTER '{cluster}' (;
CREATE OR REPLACE VIEW priority_inversions ON CLUSTER '{cluster}' (;
CREATE OR REPLACE VIEW repeat_calls ON CLUSTER '{cluster}' (;
CREATE OR REPLACE VIEW lost_callers_contacted ON CLUSTER '{cluster}' (;
CREATE OR REPLACE VIEW recoveries ON CLUSTER '{cluster}' (;
CREATE OR REPLACE VIEW lost_callers_open ON CLUSTER '{cluster}' (;
CREATE OR REPLACE VIEW completeness ON CLUSTER '{cluster}' (;
CREATE OR REPLACE VIEW confidence ON CLUSTER '{cluster}' (;
CREATE OR REPLACE FUNCTION svarstid_windows ON CLUSTER '{cluster}' AS (minute, minutes, every) ->;
CREATE OR REPLACE VIEW by_span ON CLUSTER '{cluster}' AS;
ALTER TABLE kpi_windows_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_windows ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_corrections_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
ALTER TABLE kpi_corrections ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS;
CREATE OR REPLACE VIEW definitions ON CLUSTER '{cluster}' (;
CREATE OR REPLACE VIEW kpi ON CLUSTER '{cluster}' (;
CREATE OR REPLACE VIEW answer_time ON CLUSTER '{cluster}' (;
CREATE OR REPLACE VIEW undiverted ON CLUSTER '{cluster}' (;
CREATE OR REPLACE VIEW reach ON CLUSTER '{cluster}' (;
CREATE OR REPLACE VIEW operator_load ON CLUSTER '{cluster}' (;
CREATE OR REPLACE VIEW gaps ON CLUSTER '{cluster}' (;
CREATE OR REPLACE VIEW data_quality ON CLUSTER '{cluster}' (;
CREATE OR REPLACE VIEW calls_latest ON CLUSTER '{cluster}' (;
CREATE OR REPLACE VIEW calls_merged ON CLUSTER '{cluster}' (;
CREATE OR REPLACE VIEW passes_latest ON CLUSTER '{cluster}' (;
CREATE TABLE IF NOT EXISTS config_sites ON CLUSTER '{cluster}' (
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/all/svarstid/config_sites', '{shard}-{replica}')
ORDER BY (site, since)
COMMENT 'Configurations of sites; read sites, which has the one in force';
CREATE TABLE IF NOT EXISTS config_units ON CLUSTER '{cluster}' (
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/all/svarstid/config_units', '{shard}-{replica}')
ORDER BY (site, since, unit)
COMMENT 'Organisation units by configuration; read units';
CREATE TABLE IF NOT EXISTS config_queues ON CLUSTER '{cluster}' (
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/all/svarstid/config_queues', '{shard}-{replica}')
ORDER BY (site, since, queue)
COMMENT 'Queues by configuration; read queues';
CREATE TABLE IF NOT EXISTS config_targets ON CLUSTER '{cluster}' (
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/all/svarstid/config_targets', '{shard}-{replica}')
ORDER BY (site, since, target)
COMMENT 'Service-level targets by configuration; read targets';
CREATE TABLE IF NOT EXISTS config_opening_hours ON CLUSTER '{cluster}' (
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/all/svarstid/config_opening_hours', '{shard}-{replica}')
ORDER BY (site, since, queue, weekday, opens_s, closes_s, closed_on, closed_dates)
COMMENT 'Opening hours by configuration; read opening_hours';
CREATE OR REPLACE VIEW sites ON CLUSTER '{cluster}' (;
CREATE OR REPLACE VIEW units ON CLUSTER '{cluster}' (;
CREATE OR REPLACE VIEW queues ON CLUSTER '{cluster}' (;
CREATE OR REPLACE VIEW targets ON CLUSTER '{cluster}' (;
CREATE OR REPLACE VIEW opening_hours ON CLUSTER '{cluster}' (;
CREATE OR REPLACE VIEW targets_kept ON CLUSTER '{cluster}' (;
CREATE TABLE IF NOT EXISTS annotations ON CLUSTER '{cluster}' (
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/all/svarstid/annotations', '{shard}-{replica}', version)
ORDER BY (site, id)
COMMENT 'Notes of people on the time line, every version; read notes';
CREATE OR REPLACE VIEW notes ON CLUSTER '{cluster}' (;
CREATE TABLE IF NOT EXISTS alerts ON CLUSTER '{cluster}' (
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/all/svarstid/alerts', '{shard}-{replica}', version)
ORDER BY (site, alert, found_by, fingerprint, starts)
COMMENT 'Alerts that were raised, every state told; read raised_alerts';
CREATE OR REPLACE VIEW raised_alerts ON CLUSTER '{cluster}' (;
CREATE OR REPLACE VIEW messages_open ON CLUSTER '{cluster}' AS;
ALTER TABLE calls_local ON CLUSTER '{cluster}' MODIFY SETTING min_age_to_force_merge_seconds = 86400, min_age_to_force_merge_on_partition_only = 1;
ALTER TABLE kpi_windows_local ON CLUSTER '{cluster}' MODIFY SETTING min_age_to_force_merge_seconds = 86400, min_age_to_force_merge_on_partition_only = 1;
ALTER TABLE kpi_corrections_local ON CLUSTER '{cluster}' MODIFY SETTING min_age_to_force_merge_seconds = 86400, min_age_to_force_merge_on_partition_only = 1;
ALTER TABLE calls_local ON CLUSTER '{cluster}' ADD INDEX IF NOT EXISTS call_ids call_id TYPE bloom_filter(0.001) GRANULARITY 1;
ALTER TABLE calls_local ON CLUSTER '{cluster}' MATERIALIZE INDEX call_ids;
CREATE OR REPLACE VIEW callers_open ON CLUSTER '{cluster}' AS;
CREATE OR REPLACE VIEW lost_callers_open ON CLUSTER '{cluster}' (;
CREATE TABLE IF NOT EXISTS call_events_local ON CLUSTER '{cluster}' (
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/svarstid/call_events', '{replica}')
PARTITION BY toYYYYMM(at)
ORDER BY (site, at, kafka_topic_id, kafka_partition, kafka_offset)
SETTINGS replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800
COMMENT 'Events as the PBX told them; empty unless [sink] call_events is on. events_of_call has those of one call';
CREATE TABLE IF NOT EXISTS call_events ON CLUSTER '{cluster}' (
)
ENGINE = Distributed('{cluster}', 'svarstid', 'call_events_local', cityHash64(site, concat(site, '/', ifNull(linked, ifNull(leg, '')))))
COMMENT 'Events as the PBX told them; empty unless [sink] call_events is on. events_of_call has those of one call';
ALTER TABLE call_events_local ON CLUSTER '{cluster}' MODIFY SETTING min_age_to_force_merge_seconds = 86400, min_age_to_force_merge_on_partition_only = 1;
CREATE OR REPLACE VIEW events_of_call ON CLUSTER '{cluster}' AS;
ALTER TABLE calls_local ON CLUSTER '{cluster}';
ALTER TABLE kpi_windows_local ON CLUSTER '{cluster}';
CREATE OR REPLACE VIEW completeness ON CLUSTER '{cluster}' (;
ALTER TABLE calls_local ON CLUSTER '{cluster}' MODIFY SETTING merge_selector_base = 10;
ALTER TABLE kpi_windows_local ON CLUSTER '{cluster}' MODIFY SETTING merge_selector_base = 10;
ALTER TABLE call_events_local ON CLUSTER '{cluster}' MODIFY SETTING merge_selector_base = 10;
