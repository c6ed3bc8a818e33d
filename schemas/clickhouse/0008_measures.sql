-- The measures of docs/measures.md under plain names. Each row is right by itself; counts of several rows may be added, shares
-- and means may not: divide the sums. Days, months and hours are those of UTC.

CREATE OR REPLACE VIEW by_number (
    site LowCardinality(String) COMMENT 'The site',
    day Date COMMENT 'Day (UTC) of the calls'' arrival',
    number String COMMENT 'Number dialled, of the site''s own; empty: numbers outside, dialled by outgoing calls',
    number_kind LowCardinality(String) COMMENT '`main`, `direct`, `group`, `other`',
    direction LowCardinality(String) COMMENT '`external`, `internal`, `outgoing`',
    offered Int64 COMMENT 'Calls',
    presented Int64 COMMENT 'Calls without those closed and in progress: what lost_share is a share of',
    answered Int64 COMMENT 'Calls that a person answered',
    voicemail Int64 COMMENT 'Calls that ended in the mailbox of the person sought',
    lost Int64 COMMENT 'Lost calls',
    lost_share Nullable(Float64) COMMENT 'lost / presented',
    answer_time_mean_us Nullable(Int64) COMMENT 'Mean answer time, microseconds, rounded down',
    answer_time_median_us Nullable(Int64) COMMENT 'Median answer time, microseconds, exact',
    answer_time_p90_us Nullable(Int64) COMMENT '90th percentile of the answer time, microseconds, exact',
    answer_time_p95_us Nullable(Int64) COMMENT '95th percentile of the answer time, microseconds, exact',
    answer_time_max_us Nullable(Int64) COMMENT 'Longest answer time, microseconds',
    direct_calls Int64 COMMENT 'Calls to a direct number',
    undiverted_calls Int64 COMMENT 'Of direct_calls, those that fell to the operator because the person sought neither answered nor was diverted',
    undiverted_busy_calls Int64 COMMENT 'Of undiverted_calls, those whose person sought was busy',
    undiverted_share Nullable(Float64) COMMENT 'undiverted_calls / direct_calls; meant for external calls',
    reached_operator Int64 COMMENT 'Calls that joined an operator queue, answered there or not',
    transferred_calls Int64 COMMENT 'Calls that were handed over at least once'
) AS
SELECT
    site, toDate(arrived_at) AS day, if(dialled_party IN ('own', 'service'), dialled, '') AS number,
    any(dialled_kind) AS number_kind, direction,
    toInt64(count()) AS offered,
    toInt64(countIf(outcome NOT IN ('closed', 'in_progress'))) AS presented,
    toInt64(countIf(outcome = 'answered')) AS answered,
    toInt64(countIf(outcome = 'voicemail')) AS voicemail,
    toInt64(countIf(outcome IN ('abandoned', 'timed_out', 'saturated', 'blocked', 'failed'))) AS lost,
    svarstid_share(lost, presented) AS lost_share,
    if(count(answer_time_us) = 0, NULL, intDiv(sum(answer_time_us), toInt64(count(answer_time_us)))) AS answer_time_mean_us,
    quantileExact(0.5)(answer_time_us) AS answer_time_median_us,
    quantileExact(0.9)(answer_time_us) AS answer_time_p90_us,
    quantileExact(0.95)(answer_time_us) AS answer_time_p95_us,
    max(answer_time_us) AS answer_time_max_us,
    toInt64(countIf(dialled_kind = 'direct')) AS direct_calls,
    toInt64(countIf(dialled_kind = 'direct' AND operator_cause = 'not_diverted' AND NOT after_transfer)) AS undiverted_calls,
    toInt64(countIf(dialled_kind = 'direct' AND operator_cause = 'not_diverted' AND NOT after_transfer
        AND not_diverted_reason = 'busy')) AS undiverted_busy_calls,
    svarstid_share(undiverted_calls, direct_calls) AS undiverted_share,
    toInt64(countIf(operator_cause IS NOT NULL)) AS reached_operator,
    toInt64(countIf(transfers > 0)) AS transferred_calls
FROM calls_latest
GROUP BY site, day, number, direction
COMMENT 'Calls by number dialled and day. A direct number is one person''s: think before you publish rows of few calls';

CREATE OR REPLACE VIEW by_hour (
    site LowCardinality(String) COMMENT 'The site',
    hour DateTime('UTC') COMMENT 'When the hour begins (UTC): calls by arrival, passes by joining',
    dimension LowCardinality(String) COMMENT '`site` (calls), `queue` (passes), `unit` (calls, and passes of its queues)',
    name LowCardinality(String) COMMENT 'Of the queue or unit; empty for the site',
    direction LowCardinality(String) COMMENT '`external`, `internal`, `outgoing`',
    offered Int64 COMMENT 'Calls',
    presented Int64 COMMENT 'Calls without those closed and in progress',
    answered Int64 COMMENT 'Calls that a person answered',
    lost Int64 COMMENT 'Lost calls',
    lost_share Nullable(Float64) COMMENT 'lost / presented',
    answer_time_mean_us Nullable(Int64) COMMENT 'Mean answer time, microseconds, rounded down',
    answer_time_median_us Nullable(Int64) COMMENT 'Median answer time, microseconds: low edge of its bin, less than 1 s or 1 % under the exact one',
    answer_time_p90_us Nullable(Int64) COMMENT 'The same of the 90th percentile',
    answer_time_p95_us Nullable(Int64) COMMENT 'The same of the 95th percentile',
    direct_calls Int64 COMMENT 'Calls to direct numbers',
    undiverted_calls Int64 COMMENT 'Of direct_calls, those that fell to the operator undiverted',
    undiverted_share Nullable(Float64) COMMENT 'undiverted_calls / direct_calls; meant for external calls',
    transferred_calls Int64 COMMENT 'Calls that were handed over at least once',
    entered Int64 COMMENT 'Passes',
    passes_answered Int64 COMMENT 'Passes that a member answered',
    passes_lost Int64 COMMENT 'Passes that were abandoned, timed out, saturated or blocked',
    pass_wait_mean_us Nullable(Int64) COMMENT 'Mean wait of answered passes, microseconds, rounded down',
    operator_passes Int64 COMMENT 'Passes of operator queues',
    not_diverted_passes Int64 COMMENT 'Of operator_passes, those with cause not_diverted',
    undiverted_of_operator Nullable(Float64) COMMENT 'not_diverted_passes / operator_passes',
    heard_us Int64 COMMENT 'How much of the hour a living source covered, microseconds; in the rows of the site for external calls alone'
) AS
SELECT
    site, toStartOfHour(minute) AS hour, dimension, name, direction,
    sum(part.offered) AS offered,
    offered - sum(part.calls_closed) - sum(part.calls_in_progress) AS presented,
    sum(part.answered) AS answered,
    sum(part.lost) AS lost,
    svarstid_share(lost, presented) AS lost_share,
    if(svarstid_count(sumMap(part.answer_time_bins)) = 0, NULL,
        intDiv(sum(part.answer_time_sum_us), toInt64(svarstid_count(sumMap(part.answer_time_bins))))) AS answer_time_mean_us,
    svarstid_quantile_us(sumMap(part.answer_time_bins), 0.5) AS answer_time_median_us,
    svarstid_quantile_us(sumMap(part.answer_time_bins), 0.9) AS answer_time_p90_us,
    svarstid_quantile_us(sumMap(part.answer_time_bins), 0.95) AS answer_time_p95_us,
    sum(part.direct_calls) AS direct_calls,
    sum(part.undiverted_calls) AS undiverted_calls,
    svarstid_share(undiverted_calls, direct_calls) AS undiverted_share,
    sum(part.transferred_calls) AS transferred_calls,
    sum(part.entered) AS entered,
    sum(part.passes_answered) AS passes_answered,
    sum(part.passes_abandoned + part.passes_timed_out + part.passes_saturated + part.passes_blocked) AS passes_lost,
    if(svarstid_count(sumMap(part.pass_wait_answered_bins)) = 0, NULL,
        intDiv(sum(part.pass_wait_answered_sum_us), toInt64(svarstid_count(sumMap(part.pass_wait_answered_bins))))) AS pass_wait_mean_us,
    sum(part.cause_main_number + part.cause_not_diverted + part.cause_diverted_to_operator + part.cause_colleague_no_answer
        + part.cause_group_timeout + part.cause_transferred + part.cause_unknown) AS operator_passes,
    sum(part.cause_not_diverted) AS not_diverted_passes,
    svarstid_share(not_diverted_passes, operator_passes) AS undiverted_of_operator,
    sum(part.heard_us) AS heard_us
FROM kpi AS part
GROUP BY site, hour, dimension, name, direction
COMMENT 'The one-minute figures hour by hour. One dimension at a time: a call counts for its site and for its unit';

CREATE OR REPLACE VIEW service_level (
    site LowCardinality(String) COMMENT 'The site',
    day Date COMMENT 'Day (UTC) of arrival, of passes of joining',
    dimension LowCardinality(String) COMMENT '`site`, `queue`, `unit`',
    name LowCardinality(String) COMMENT 'Of the queue or unit; empty for the site',
    direction LowCardinality(String) COMMENT '`external`, `internal`, `outgoing`; targets are about `external`',
    clock LowCardinality(String) COMMENT 'Where T begins: `arrival` (calls), `menu` (calls, from the first queue or ringing phone; those lost in the menu are left out), `queue` (passes, from joining)',
    within_s UInt16 COMMENT 'T, whole seconds from 1 to 120. Within T is below T',
    presented Int64 COMMENT 'P',
    answered_within Int64 COMMENT 'A: answered within T',
    lost_within Int64 COMMENT 'B: lost within T',
    answered Int64 COMMENT 'H: answered at all',
    sl_of_offered Nullable(Float64) COMMENT 'A / P: the headline, the strictest',
    sl_without_short Nullable(Float64) COMMENT 'A / (P - B)',
    sl_with_short Nullable(Float64) COMMENT '(A + B) / P',
    sl_of_answered Nullable(Float64) COMMENT 'A / H'
) AS
SELECT
    site, day, dimension, name, direction, level.1 AS clock, toUInt16(t) AS within_s,
    level.2 AS presented,
    toInt64(svarstid_count_below_s(level.3, t)) AS answered_within,
    toInt64(svarstid_count_below_s(level.4, t)) AS lost_within,
    level.5 AS answered,
    svarstid_share(answered_within, presented) AS sl_of_offered,
    svarstid_share(answered_within, presented - lost_within) AS sl_without_short,
    svarstid_share(answered_within + lost_within, presented) AS sl_with_short,
    svarstid_share(answered_within, answered) AS sl_of_answered
FROM (
    SELECT site, day, dimension, name, direction, level, arrayJoin(range(1, 121)) AS t
    FROM (
        SELECT
            site, toDate(minute) AS day, dimension, name, direction,
            sum(part.offered - part.calls_closed - part.calls_in_progress) AS calls_presented,
            sum(part.answered) AS calls_answered,
            sum(part.passes_answered) AS all_passes_answered,
            sum(part.entered - part.passes_in_progress) AS passes_presented,
            sumMap(part.lost_after_menu_bins) AS lost_after_menu,
            [
                ('arrival', calls_presented, sumMap(part.answer_time_bins), sumMap(part.lost_wait_bins), calls_answered),
                ('queue', passes_presented, sumMap(part.pass_wait_answered_bins), sumMap(part.pass_wait_lost_bins), all_passes_answered),
                ('menu', calls_presented - sum(part.lost_stage_menu),
                    sumMap(part.answer_after_menu_bins), lost_after_menu, calls_answered)
            ] AS levels
        FROM kpi AS part
        GROUP BY site, day, dimension, name, direction
    )
    ARRAY JOIN levels AS level
    WHERE level.2 > 0
)
COMMENT 'Service levels for every T of whole seconds up to 120 on each clock: choose within_s, clock and direction';

CREATE OR REPLACE VIEW loss (
    site LowCardinality(String) COMMENT 'The site',
    day Date COMMENT 'Day (UTC) of the calls'' arrival',
    unit LowCardinality(Nullable(String)) COMMENT 'Organisation unit that the calls count for',
    direction LowCardinality(String) COMMENT '`external`, `internal`, `outgoing`',
    stage LowCardinality(String) COMMENT 'Where they were lost: menu, queue, ringing, held, transfer',
    band LowCardinality(String) COMMENT 'How long they had waited since arrival, seconds: 0-6, 6-12, 12-30, 30+ (the lower end belongs to the band)',
    calls Int64 COMMENT 'Lost calls',
    wait_sum_us Int64 COMMENT 'Their waits together, microseconds',
    wait_mean_us Int64 COMMENT 'Their mean wait, microseconds, rounded down'
) AS
SELECT
    site, toDate(arrived_at) AS day, unit, direction, assumeNotNull(lost_stage) AS stage,
    multiIf(lost_after_us < 6000000, '0-6', lost_after_us < 12000000, '6-12', lost_after_us < 30000000, '12-30', '30+') AS band,
    toInt64(count()) AS calls,
    toInt64(sum(assumeNotNull(lost_after_us))) AS wait_sum_us,
    intDiv(wait_sum_us, calls) AS wait_mean_us
FROM calls_latest
WHERE lost_stage IS NOT NULL AND lost_after_us IS NOT NULL
GROUP BY site, day, unit, direction, stage, band
COMMENT 'Lost calls by stage and waiting time. Short ones are shown, never removed';

CREATE OR REPLACE VIEW reach_ladder (
    site LowCardinality(String) COMMENT 'The site',
    day Date COMMENT 'Day (UTC) of the calls'' arrival',
    unit LowCardinality(Nullable(String)) COMMENT 'Organisation unit that the calls count for',
    direction LowCardinality(String) COMMENT '`external`, `internal`, `outgoing`',
    reach LowCardinality(String) COMMENT 'Whom the callers reached first: sought_person, same_function, personal_voicemail, operator, lost, none',
    final_reach LowCardinality(String) COMMENT 'Whom they spoke to last',
    calls Int64 COMMENT 'Calls'
) AS
SELECT site, toDate(arrived_at) AS day, unit, direction, reach, final_reach, toInt64(count()) AS calls
FROM calls_latest
GROUP BY site, day, unit, direction, reach, final_reach
COMMENT 'Calls by first and final reach';

CREATE OR REPLACE VIEW operator_causes (
    site LowCardinality(String) COMMENT 'The site',
    day Date COMMENT 'Day (UTC) of the passes'' joining',
    queue LowCardinality(String) COMMENT 'The operator queue',
    direction LowCardinality(String) COMMENT '`external`, `internal`, `outgoing`',
    cause LowCardinality(String) COMMENT 'main_number, not_diverted, diverted_to_operator, colleague_no_answer, group_timeout, transferred, unknown',
    not_diverted_reason LowCardinality(Nullable(String)) COMMENT 'Of not_diverted: no_answer, busy, unavailable',
    diverted_reason LowCardinality(Nullable(String)) COMMENT 'Of diverted_to_operator: lunch, meeting, sick, holiday, trip, gone, or the site''s word',
    after_transfer Bool COMMENT 'Of not_diverted: a person had sent the call to the one who did not answer',
    passes Int64 COMMENT 'Passes',
    answered Int64 COMMENT 'Of these, those that an operator answered'
) AS
SELECT
    site, toDate(joined_at) AS day, queue, direction, assumeNotNull(cause) AS cause, not_diverted_reason, diverted_reason,
    after_transfer, toInt64(count()) AS passes, toInt64(countIf(result = 'answered')) AS answered
FROM passes_latest
WHERE passes_latest.cause IS NOT NULL
GROUP BY site, day, queue, direction, cause, not_diverted_reason, diverted_reason, after_transfer
COMMENT 'Why the operator got it: passes of operator queues by cause';

CREATE OR REPLACE VIEW sought_through_operator (
    site LowCardinality(String) COMMENT 'The site',
    month Date COMMENT 'First day of the month (UTC) of the calls'' arrival',
    direction LowCardinality(String) COMMENT '`external`, `internal`',
    extension String COMMENT 'Extension that the first operator who answered asked for, or sent the call to',
    calls Int64 COMMENT 'Calls; extensions with fewer than 5 in a month are left out, because behind one is one person'
) AS
SELECT
    site, toStartOfMonth(toDate(arrived_at)) AS month, direction, assumeNotNull(asked_for) AS extension, toInt64(count()) AS calls
FROM calls_latest
WHERE asked_for IS NOT NULL
GROUP BY site, month, direction, extension
HAVING calls >= 5
COMMENT 'Extensions most often asked for through the operator: candidates for a direct number that callers know';

CREATE OR REPLACE VIEW priority_inversions (
    site LowCardinality(String) COMMENT 'The site',
    day Date COMMENT 'Day (UTC) of the passes'' joining',
    queue LowCardinality(String) COMMENT 'The operator queue',
    internal_answered Int64 COMMENT 'Passes of internal callers that an operator answered',
    priority_inversions Int64 COMMENT 'Of internal_answered, those taken while an external caller whom the same operators could have taken had waited longer',
    inversion_share Nullable(Float64) COMMENT 'priority_inversions / internal_answered',
    overtaken_passes Int64 COMMENT 'Passes of external callers who waited on while an internal one was taken first',
    overtaken_us Int64 COMMENT 'How much longer these lasted from then on, together, microseconds',
    overtaken_mean_us Nullable(Int64) COMMENT 'The same, mean, rounded down'
) AS
SELECT
    site, toDate(joined_at) AS day, queue,
    toInt64(countIf(direction = 'internal' AND result = 'answered')) AS internal_answered,
    toInt64(countIf(direction = 'internal' AND result = 'answered' AND overtook > 0)) AS priority_inversions,
    svarstid_share(priority_inversions, internal_answered) AS inversion_share,
    toInt64(countIf(direction = 'external' AND pass.overtaken_us IS NOT NULL)) AS overtaken_passes,
    toInt64(sumIf(ifNull(pass.overtaken_us, 0), direction = 'external')) AS overtaken_us,
    if(overtaken_passes = 0, NULL, intDiv(overtaken_us, overtaken_passes)) AS overtaken_mean_us
FROM passes_latest AS pass
WHERE cause IS NOT NULL
GROUP BY site, day, queue
COMMENT 'External before internal: how often an internal caller was taken first, and what it cost';

-- Callers known by pseudonyms, as crates/kpi/src/episodes.rs defines them: two calls are of the same caller when they share one
-- (epoch, value). ASOF finds the nearest call before or after for each pseudonym; the nearest of all of them counts.
CREATE OR REPLACE VIEW repeat_calls (
    site LowCardinality(String) COMMENT 'The site',
    call_id String COMMENT 'The call',
    arrived_at DateTime64(6, 'UTC') COMMENT 'When it arrived',
    unit LowCardinality(Nullable(String)) COMMENT 'Organisation unit that it counts for',
    dialled String COMMENT 'What it dialled',
    caller String COMMENT 'The newest pseudonym of the caller',
    before_arrived_at DateTime64(6, 'UTC') COMMENT 'When the same caller''s call before had arrived, less than 24 h earlier',
    before_was_lost Bool COMMENT 'That call was lost'
) AS
SELECT
    call.site AS site, call.call_id AS call_id, call.arrived_at AS arrived_at, any(call.unit) AS unit, any(call.dialled) AS dialled,
    any(call.caller) AS caller, max(before.arrived_at) AS before_arrived_at,
    argMax(before.is_lost, before.arrived_at) AS before_was_lost
FROM (
    SELECT site, call_id, arrived_at, unit, dialled, caller, pseudonym.epoch AS epoch, pseudonym.value AS value
    FROM calls_latest ARRAY JOIN caller_pseudonyms AS pseudonym
    WHERE direction = 'external' AND caller_party = 'outside'
) AS call
ASOF INNER JOIN (
    SELECT site, arrived_at, outcome IN ('abandoned', 'timed_out', 'saturated', 'blocked', 'failed') AS is_lost,
        pseudonym.epoch AS epoch, pseudonym.value AS value
    FROM calls_latest ARRAY JOIN caller_pseudonyms AS pseudonym
    WHERE direction = 'external' AND caller_party = 'outside'
) AS before
ON call.site = before.site AND call.epoch = before.epoch AND call.value = before.value AND call.arrived_at > before.arrived_at
GROUP BY site, call_id, arrived_at
HAVING toUnixTimestamp64Micro(arrived_at) - toUnixTimestamp64Micro(before_arrived_at) < 86400000000
COMMENT 'External calls that came within 24 h after another one of the same caller. Calls without these are errands (episodes)';

-- When lost callers were next spoken to: by an answered call of their own, or by one to them.
CREATE OR REPLACE VIEW lost_callers_contacted (
    site LowCardinality(String) COMMENT 'The site',
    call_id String COMMENT 'The lost call',
    arrived_at DateTime64(6, 'UTC') COMMENT 'When it arrived',
    ended_at DateTime64(6, 'UTC') COMMENT 'When it was lost',
    unit LowCardinality(Nullable(String)) COMMENT 'Organisation unit that it counts for',
    dialled String COMMENT 'What it dialled',
    contact_call_id String COMMENT 'The next answered call with the same party',
    contact_at DateTime64(6, 'UTC') COMMENT 'When that one arrived',
    is_redial Bool COMMENT 'It was the caller''s own; else the caller was called back'
) AS
SELECT
    lost.site AS site, lost.call_id AS call_id, lost.arrived_at AS arrived_at, any(lost.ended_at) AS ended_at, any(lost.unit) AS unit,
    any(lost.dialled) AS dialled, argMin(contact.call_id, contact.arrived_at) AS contact_call_id,
    min(contact.arrived_at) AS contact_at, argMin(contact.is_redial, contact.arrived_at) AS is_redial
FROM (
    SELECT site, call_id, arrived_at, ifNull(calls_latest.ended_at, calls_latest.arrived_at) AS ended_at, unit, dialled,
        pseudonym.epoch AS epoch, pseudonym.value AS value
    FROM calls_latest ARRAY JOIN caller_pseudonyms AS pseudonym
    WHERE direction = 'external' AND caller_party = 'outside'
        AND outcome IN ('abandoned', 'timed_out', 'saturated', 'blocked', 'failed')
) AS lost
ASOF INNER JOIN (
    SELECT site, call_id, arrived_at, direction = 'external' AS is_redial, pseudonym.epoch AS epoch, pseudonym.value AS value
    FROM calls_latest ARRAY JOIN if(direction = 'external', caller_pseudonyms, dialled_pseudonyms) AS pseudonym
    WHERE outcome = 'answered'
        AND (direction = 'external' AND caller_party = 'outside' OR direction = 'outgoing' AND dialled_party = 'outside')
) AS contact
ON lost.site = contact.site AND lost.epoch = contact.epoch AND lost.value = contact.value AND lost.arrived_at < contact.arrived_at
GROUP BY site, call_id, arrived_at
COMMENT 'Lost external calls whose caller was spoken to later, and by which call first';

CREATE OR REPLACE VIEW recoveries (
    site LowCardinality(String) COMMENT 'The site',
    call_id String COMMENT 'The lost call',
    arrived_at DateTime64(6, 'UTC') COMMENT 'When it arrived',
    unit LowCardinality(Nullable(String)) COMMENT 'Organisation unit that it counts for',
    dialled String COMMENT 'What it dialled',
    redial_call_id String COMMENT 'The answered redial',
    redial_at DateTime64(6, 'UTC') COMMENT 'When that arrived',
    recovered_after_us Int64 COMMENT 'From the end of the lost call to the redial, microseconds'
) AS
SELECT
    site, call_id, arrived_at, unit, dialled, contact_call_id AS redial_call_id, contact_at AS redial_at,
    greatest(toUnixTimestamp64Micro(contact_at) - toUnixTimestamp64Micro(ended_at), 0) AS recovered_after_us
FROM lost_callers_contacted
WHERE is_redial AND toUnixTimestamp64Micro(contact_at) - toUnixTimestamp64Micro(ended_at) < 900000000
COMMENT 'Lost calls whose caller was next spoken to in a redial of their own within 15 min';

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
WITH open AS (
    SELECT site, call_id, arrived_at, caller, dialled, unit, lost_stage, lost_after_us,
        pseudonym.epoch AS epoch, pseudonym.value AS value
    FROM calls_latest ARRAY JOIN caller_pseudonyms AS pseudonym
    WHERE direction = 'external' AND caller_party = 'outside'
        AND outcome IN ('abandoned', 'timed_out', 'saturated', 'blocked', 'failed')
        AND (site, call_id) NOT IN (SELECT site, call_id FROM lost_callers_contacted)
        AND (site, toUnixTimestamp64Micro(arrived_at)) IN (
            SELECT site, toUnixTimestamp64Micro(arrived_at) FROM calls_latest
            INNER JOIN (SELECT site, max(arrived_at) AS newest_at FROM calls_latest GROUP BY site) AS newest USING (site)
            WHERE toUnixTimestamp64Micro(arrived_at) >= toUnixTimestamp64Micro(newest_at) - 604800000000
        )
)
SELECT
    last.site AS site, any(last.caller) AS caller, uniqExact(other.call_id) AS lost_calls, min(other.arrived_at) AS first_lost_at,
    last.arrived_at AS last_lost_at, any(last.dialled) AS dialled, any(last.unit) AS unit, any(last.lost_stage) AS lost_stage,
    any(last.lost_after_us) AS waited_us
FROM open AS last
INNER JOIN open AS other ON last.site = other.site AND last.epoch = other.epoch AND last.value = other.value
GROUP BY site, last.call_id, last_lost_at
HAVING max(other.arrived_at) = last_lost_at
COMMENT 'Lost external callers of the week before the newest call whom nobody has answered or called back since';
