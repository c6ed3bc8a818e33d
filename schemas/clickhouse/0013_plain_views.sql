-- Views with plain names for those who ask questions of their own (docs/analysts.md). Each row is right by itself, whatever was revised,
-- corrected or written twice. Days are of UTC; local days: by_span. Shares of fewer than five calls are NULL: they would tell of
-- persons, and nothing of habits.

CREATE OR REPLACE VIEW answer_time (
    site LowCardinality(String) COMMENT 'The site',
    day Date COMMENT 'Day (UTC) of arrival, of passes of joining',
    dimension LowCardinality(String) COMMENT '`site` and `unit`: calls. `queue`: passes. One at a time: a call counts for its site and for its unit',
    name LowCardinality(String) COMMENT 'Of the queue or unit; empty for the site',
    direction LowCardinality(String) COMMENT '`external`, `internal`, `outgoing`',
    clock LowCardinality(String) COMMENT 'Where the time begins: `arrival` of the call, or joining the `queue`',
    answered Int64 COMMENT 'Calls (or passes) that a person answered',
    mean_us Nullable(Int64) COMMENT 'Mean, microseconds, rounded down',
    median_us Nullable(Int64) COMMENT 'Half were answered sooner, microseconds, to the bin',
    p90_us Nullable(Int64) COMMENT 'Nine of ten were answered sooner, microseconds, to the bin',
    p95_us Nullable(Int64) COMMENT '19 of 20 were answered sooner, microseconds, to the bin',
    p99_us Nullable(Int64) COMMENT '99 of 100 were answered sooner, microseconds, to the bin',
    within_3_signals_share Nullable(Float64) COMMENT 'Of calls: answered before the fourth ring signal since arrival, of all but closed and live ones',
    ring_signals_mean Nullable(Float64) COMMENT 'Of calls: mean ring signals of the phone that answered'
) AS
SELECT
    site, day, dimension, name, direction, if(dimension = 'queue', 'queue', 'arrival') AS clock,
    toInt64(svarstid_count(bins)) AS answered,
    if(answered = 0, NULL, intDiv(sum_us, answered)) AS mean_us,
    svarstid_quantile_us(bins, 0.5) AS median_us,
    svarstid_quantile_us(bins, 0.9) AS p90_us,
    svarstid_quantile_us(bins, 0.95) AS p95_us,
    svarstid_quantile_us(bins, 0.99) AS p99_us,
    if(presented < 5, NULL, svarstid_count(mapFilter((signals, n) -> signals <= 3, caller_signals)) / presented) AS within_3_signals_share,
    if(dimension = 'queue', NULL, svarstid_share(ring_signals_sum, svarstid_count(ring_signals))) AS ring_signals_mean
FROM (
    SELECT
        site, toDate(minute) AS day, dimension, name, direction,
        if(dimension = 'queue', sumMap(part.pass_wait_answered_bins), sumMap(part.answer_time_bins)) AS bins,
        if(dimension = 'queue', sum(part.pass_wait_answered_sum_us), sum(part.answer_time_sum_us)) AS sum_us,
        sum(part.offered - part.calls_closed - part.calls_in_progress) AS presented,
        sumMap(part.caller_signals_bins) AS caller_signals,
        sumMap(part.ring_signals_bins) AS ring_signals,
        sum(part.ring_signals_sum) AS ring_signals_sum
    FROM kpi AS part
    GROUP BY site, day, dimension, name, direction
)
WHERE answered > 0
COMMENT 'How long callers waited for a person, day by day';

CREATE OR REPLACE VIEW undiverted (
    site LowCardinality(String) COMMENT 'The site',
    day Date COMMENT 'Day (UTC) of arrival',
    unit LowCardinality(String) COMMENT 'Unit of the person sought; empty: the whole site. One at a time: the site holds all of them',
    direct_calls Int64 COMMENT 'External calls to direct numbers',
    undiverted_calls Int64 COMMENT 'Of direct_calls, those that fell to the operator because the person sought neither answered nor was diverted',
    undiverted_busy_calls Int64 COMMENT 'Of undiverted_calls, those whose person sought was busy: a measure may leave them out',
    undiverted_share Nullable(Float64) COMMENT 'undiverted_calls / direct_calls; NULL of fewer than five. Of a longer time: sum / sum'
) AS
SELECT
    site, toDate(minute) AS day, name AS unit,
    sum(part.direct_calls) AS direct_calls,
    sum(part.undiverted_calls) AS undiverted_calls,
    sum(part.undiverted_busy_calls) AS undiverted_busy_calls,
    if(direct_calls < 5, NULL, undiverted_calls / direct_calls) AS undiverted_share
FROM kpi AS part
WHERE dimension IN ('site', 'unit') AND direction = 'external'
GROUP BY site, day, unit
HAVING direct_calls > 0
COMMENT 'Calls that fell to the operator because a phone was not diverted, day by day (R3)';

CREATE OR REPLACE VIEW reach (
    site LowCardinality(String) COMMENT 'The site',
    day Date COMMENT 'Day (UTC) of arrival',
    unit LowCardinality(String) COMMENT 'Unit that the calls count for; empty: the whole site. One at a time: the site holds all of them',
    direction LowCardinality(String) COMMENT '`external`, `internal`, `outgoing`',
    step UInt8 COMMENT 'Step of the ladder, from the wanted one down: 1 to 6',
    reach LowCardinality(String) COMMENT 'Who was reached: sought_person, same_function, personal_voicemail, operator, lost, none (closed, left, live, or unknown)',
    calls Int64 COMMENT 'Calls that reached them first',
    final_calls Int64 COMMENT 'Calls that reached them last',
    offered Int64 COMMENT 'All calls of that day, unit and direction',
    share Nullable(Float64) COMMENT 'calls / offered; NULL of fewer than five offered',
    final_share Nullable(Float64) COMMENT 'final_calls / offered; NULL of fewer than five offered'
) AS
SELECT
    site, day, name AS unit, direction, rung.1 AS step, rung.2 AS reach, rung.3 AS calls, rung.4 AS final_calls, offered,
    if(offered < 5, NULL, calls / offered) AS share,
    if(offered < 5, NULL, final_calls / offered) AS final_share
FROM (
    SELECT
        site, toDate(minute) AS day, name, direction, sum(part.offered) AS offered,
        [
            (1, 'sought_person', sum(part.reach_sought_person), sum(part.final_reach_sought_person)),
            (2, 'same_function', sum(part.reach_same_function), sum(part.final_reach_same_function)),
            (3, 'personal_voicemail', sum(part.reach_personal_voicemail), sum(part.final_reach_personal_voicemail)),
            (4, 'operator', sum(part.reach_operator), sum(part.final_reach_operator)),
            (5, 'lost', sum(part.reach_lost), sum(part.final_reach_lost)),
            (6, 'none', sum(part.reach_none), sum(part.final_reach_none))
        ] AS ladder
    FROM kpi AS part
    WHERE dimension IN ('site', 'unit')
    GROUP BY site, day, name, direction
    HAVING offered > 0
)
ARRAY JOIN ladder AS rung
COMMENT 'Whom callers reached, day by day: the ladder of the policy (R4)';

CREATE OR REPLACE VIEW operator_load (
    site LowCardinality(String) COMMENT 'The site',
    quarter DateTime('UTC') COMMENT 'When the quarter of an hour begins',
    queue LowCardinality(String) COMMENT 'The queue',
    direction LowCardinality(String) COMMENT '`external`, `internal`',
    entered Int64 COMMENT 'Callers who joined in this quarter',
    answered Int64 COMMENT 'Of these, those whom a member answered',
    lost Int64 COMMENT 'Of these, those who were abandoned, timed out, found the queue full or nobody to serve it',
    wait_mean_us Nullable(Int64) COMMENT 'Mean wait of those answered, microseconds, rounded down',
    wait_p90_us Nullable(Int64) COMMENT 'Nine of ten of those answered waited less, microseconds, to the bin'
) AS
SELECT
    site, toStartOfInterval(minute, INTERVAL 15 MINUTE) AS quarter, name AS queue, direction,
    sum(part.entered) AS entered,
    sum(part.passes_answered) AS answered,
    sum(part.passes_abandoned + part.passes_timed_out + part.passes_saturated + part.passes_blocked) AS lost,
    if(answered = 0, NULL, intDiv(sum(part.pass_wait_answered_sum_us), answered)) AS wait_mean_us,
    svarstid_quantile_us(sumMap(part.pass_wait_answered_bins), 0.9) AS wait_p90_us
FROM kpi AS part
WHERE dimension = 'queue'
GROUP BY site, quarter, queue, direction
HAVING entered > 0
COMMENT 'What comes to each queue, by quarters of an hour: what staffing is planned from (R8)';

CREATE OR REPLACE VIEW gaps (
    site LowCardinality(String) COMMENT 'The site',
    begins DateTime('UTC') COMMENT 'When the first minute begins that was not wholly heard',
    ends DateTime('UTC') COMMENT 'When the last one ends',
    unheard_us Int64 COMMENT 'How much of it nobody heard, microseconds'
) AS
SELECT site, min(from_minute) AS begins, max(to_minute) AS ends, sum(us) AS unheard_us
FROM (
    SELECT
        site, from_minute, to_minute, us,
        -- One more wherever the minutes before do not reach.
        sum(toUInt64(from_minute > before)) OVER (PARTITION BY site ORDER BY from_minute ROWS UNBOUNDED PRECEDING) AS island
    FROM (
        SELECT
            site, from_minute, to_minute, us,
            max(to_minute) OVER (PARTITION BY site ORDER BY from_minute ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
        FROM (
            SELECT site, minute AS from_minute, minute + INTERVAL 1 MINUTE AS to_minute, 60000000 - heard_us AS us
            FROM (
                SELECT
                    site, minute, heard_us, min(minute) OVER (PARTITION BY site) AS first, max(minute) OVER (PARTITION BY site) AS last
                FROM completeness
            )
            WHERE heard_us < 60000000 AND minute > first AND minute < last
            UNION ALL
            SELECT site, previous + INTERVAL 1 MINUTE, minute, 1000000 * dateDiff('second', previous + INTERVAL 1 MINUTE, minute)
            FROM (
                SELECT
                    site, minute,
                    lagInFrame(minute, 1, minute) OVER (PARTITION BY site ORDER BY minute ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS previous
                FROM completeness
            )
            WHERE dateDiff('second', previous, minute) > 60
        )
    )
)
GROUP BY site, island
COMMENT 'Times in which not everything was heard: what is missing there is unknown, not quiet. Not those before the first and after the last minute heard';

CREATE OR REPLACE VIEW data_quality (
    site LowCardinality(String) COMMENT 'The site; empty for rejected records of which that is not known',
    day Date COMMENT 'Day (UTC)',
    heard_share Float64 COMMENT 'How much of the whole day a living source covered; less than 1 as long as the day lasts',
    calls Int64 COMMENT 'Calls that arrived on the day',
    unknown_calls Int64 COMMENT 'Those whose outcome nobody can tell',
    partial_calls Int64 COMMENT 'Those that no source heard all of, or that came from one that does not tell all',
    corrections Int64 COMMENT 'Corrections that minutes of the day got after they were closed',
    rejected_records Int64 COMMENT 'Records that could not be used, by the day on which they were rejected'
) AS
SELECT
    site, day, sum(heard) / 86400000000 AS heard_share, sum(n) AS calls, sum(unknown) AS unknown_calls, sum(partial) AS partial_calls,
    sum(corrected) AS corrections, sum(rejects) AS rejected_records
FROM (
    SELECT
        site, toDate(minute) AS day, sum(heard_us) AS heard, toInt64(0) AS n, toInt64(0) AS unknown, toInt64(0) AS partial,
        toInt64(sum(part.corrections)) AS corrected, toInt64(0) AS rejects
    FROM kpi AS part WHERE dimension = 'site' GROUP BY site, day
    UNION ALL
    SELECT site, toDate(arrived_at), 0, toInt64(count()), toInt64(countIf(outcome = 'unknown')), toInt64(countIf(is_partial)), 0, 0
    FROM calls_latest GROUP BY site, toDate(arrived_at)
    UNION ALL
    SELECT site, toDate(rejected_at), 0, 0, 0, 0, 0, toInt64(uniqExact(stage, source_position, reason))
    FROM rejected GROUP BY site, toDate(rejected_at)
)
GROUP BY site, day
COMMENT 'How far the figures of a day can be trusted';
