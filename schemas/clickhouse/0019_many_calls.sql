-- Made for millions of calls: measured with `cargo run --release -p e2e --example dashboard_bench` (docs/performance.md).

-- Months that are over become one part each, a day after the last row came: FINAL has nothing to put together there.
ALTER TABLE calls MODIFY SETTING min_age_to_force_merge_seconds = 86400, min_age_to_force_merge_on_partition_only = 1;
ALTER TABLE kpi_windows MODIFY SETTING min_age_to_force_merge_seconds = 86400, min_age_to_force_merge_on_partition_only = 1;
ALTER TABLE kpi_corrections MODIFY SETTING min_age_to_force_merge_seconds = 86400, min_age_to_force_merge_on_partition_only = 1;

-- One call by its id, whatever its time.
ALTER TABLE calls ADD INDEX IF NOT EXISTS call_ids call_id TYPE bloom_filter(0.001) GRANULARITY 1;
ALTER TABLE calls MATERIALIZE INDEX call_ids;

-- The open list of any time: SELECT … FROM callers_open(begins = '2026-03-02 00:00:00', ends = '2026-03-09 00:00:00'), times of UTC. Lost in that
-- time, and spoken to by nobody until its end.
CREATE OR REPLACE VIEW callers_open AS
SELECT
    site, any(lost.caller) AS caller, toUInt64(length(arrayDistinct(arrayFlatten(groupArray(calls))))) AS lost_calls, min(first_at) AS first_lost_at,
    arrived_at AS last_lost_at, any(lost.dialled) AS dialled, any(lost.unit) AS unit, any(lost.lost_stage) AS lost_stage,
    any(lost.lost_after_us) AS waited_us
FROM (
    SELECT *, groupUniqArray(call_id) OVER caller AS calls, min(arrived_at) OVER caller AS first_at, max(arrived_at) OVER caller AS last_at
    FROM (
        SELECT *, max(spoken_at) OVER (PARTITION BY site, call_id) AS call_spoken_at
        FROM (
            SELECT site, call_id, arrived_at, caller, dialled, unit, lost_stage, lost_after_us, pseudonym.epoch AS epoch, pseudonym.value AS value
            FROM calls_latest ARRAY JOIN caller_pseudonyms AS pseudonym
            WHERE arrived_at >= {begins:DateTime('UTC')} AND arrived_at < {ends:DateTime('UTC')}
                AND direction = 'external' AND caller_party = 'outside'
                AND outcome IN ('abandoned', 'timed_out', 'saturated', 'blocked', 'failed')
        ) AS lost
        LEFT JOIN (
            SELECT site, pseudonym.epoch AS epoch, pseudonym.value AS value, max(arrived_at) AS spoken_at
            FROM calls_latest ARRAY JOIN if(direction = 'external', caller_pseudonyms, dialled_pseudonyms) AS pseudonym
            WHERE arrived_at >= {begins:DateTime('UTC')} AND arrived_at < {ends:DateTime('UTC')} AND outcome = 'answered'
                AND (direction = 'external' AND caller_party = 'outside' OR direction = 'outgoing' AND dialled_party = 'outside')
            GROUP BY site, epoch, value
        ) AS contact USING (site, epoch, value)
    )
    WHERE call_spoken_at <= arrived_at
    WINDOW caller AS (PARTITION BY site, epoch, value)
) AS lost
GROUP BY site, call_id, last_lost_at
HAVING max(last_at) = last_lost_at
COMMENT 'Lost external callers of a time whom nobody has spoken to until its end';

-- The same of the last week of each site; nothing older is read.
CREATE OR REPLACE VIEW lost_callers_open (
    site LowCardinality(String) COMMENT 'The site',
    caller String COMMENT 'The newest pseudonym of the caller',
    lost_calls UInt64 COMMENT 'Lost calls since somebody last spoke to them',
    first_lost_at DateTime64(6, 'UTC') COMMENT 'When the first of these arrived',
    last_lost_at DateTime64(6, 'UTC') COMMENT 'When the last of these arrived',
    dialled String COMMENT 'What the last one dialled',
    unit LowCardinality(Nullable(String)) COMMENT 'Organisation unit that it counts for',
    lost_stage LowCardinality(Nullable(String)) COMMENT 'Where it was lost',
    waited_us Nullable(Int64) COMMENT 'How long it had waited, microseconds'
) AS
WITH newest AS (SELECT site, max(arrived_at) AS newest_at FROM calls GROUP BY site),
(SELECT min(newest_at) - INTERVAL 7 DAY FROM newest) AS since
SELECT
    site, any(lost.caller) AS caller, toUInt64(length(arrayDistinct(arrayFlatten(groupArray(calls))))) AS lost_calls, min(first_at) AS first_lost_at,
    arrived_at AS last_lost_at, any(lost.dialled) AS dialled, any(lost.unit) AS unit, any(lost.lost_stage) AS lost_stage,
    any(lost.lost_after_us) AS waited_us
FROM (
    SELECT *, groupUniqArray(call_id) OVER caller AS calls, min(arrived_at) OVER caller AS first_at, max(arrived_at) OVER caller AS last_at
    FROM (
        SELECT *, max(spoken_at) OVER (PARTITION BY site, call_id) AS call_spoken_at
        FROM (
            SELECT site, call_id, arrived_at, caller, dialled, unit, lost_stage, lost_after_us, pseudonym.epoch AS epoch, pseudonym.value AS value
            FROM calls_latest ARRAY JOIN caller_pseudonyms AS pseudonym
            WHERE arrived_at >= since
                AND direction = 'external' AND caller_party = 'outside'
                AND outcome IN ('abandoned', 'timed_out', 'saturated', 'blocked', 'failed')
        ) AS lost
        LEFT JOIN (
            SELECT site, pseudonym.epoch AS epoch, pseudonym.value AS value, max(arrived_at) AS spoken_at
            FROM calls_latest ARRAY JOIN if(direction = 'external', caller_pseudonyms, dialled_pseudonyms) AS pseudonym
            WHERE arrived_at >= since AND outcome = 'answered'
                AND (direction = 'external' AND caller_party = 'outside' OR direction = 'outgoing' AND dialled_party = 'outside')
            GROUP BY site, epoch, value
        ) AS contact USING (site, epoch, value)
        INNER JOIN newest USING (site)
    )
    WHERE call_spoken_at <= arrived_at AND arrived_at >= newest_at - INTERVAL 7 DAY
    WINDOW caller AS (PARTITION BY site, epoch, value)
) AS lost
GROUP BY site, call_id, last_lost_at
HAVING max(last_at) = last_lost_at
COMMENT 'Lost external callers of the last week before the newest call, to whom nobody has spoken since';
