-- Minutes put together to longer windows. Windows of `minutes` each, a new one every `every` minutes, begin at multiples of `every`
-- since 1970-01-01 00:00 UTC, as in the program (crates/window/src/merge.rs): where the windows begin that a minute lies in.
CREATE OR REPLACE FUNCTION svarstid_windows AS (minute, minutes, every) ->
    arrayMap(n -> toDateTime(n * every * 60, 'UTC'), range(
        toUInt64(intDiv(toInt64(toUnixTimestamp(minute)) - minutes * 60, every * 60) + 1),
        toUInt64(intDiv(toInt64(toUnixTimestamp(minute)), every * 60) + 1)));

-- The figures of `by_hour` in windows of any length: SELECT … FROM by_span(minutes = 15, every = 15, zone = 'UTC'). `every` smaller than
-- `minutes`: windows that overlap (hopping). 1440 minutes are a local day of the zone, which has 23, 24 or 25 hours (36 hours after it
-- began the next one has begun, in every zone), and `every` says nothing then. One dimension at a time.
CREATE OR REPLACE VIEW by_span AS
SELECT
    site,
    arrayJoin(if({minutes:UInt32} = 1440,
        [toDateTime(toStartOfDay(part.minute, {zone:String}), 'UTC')],
        svarstid_windows(part.minute, {minutes:UInt32}, {every:UInt32}))) AS begins,
    if({minutes:UInt32} = 1440,
        toDateTime(toStartOfDay(begins + INTERVAL 36 HOUR, {zone:String}), 'UTC'),
        begins + toIntervalMinute({minutes:UInt32})) AS ends,
    dimension, name, direction,
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
GROUP BY site, begins, dimension, name, direction
COMMENT 'The figures of by_hour in windows of any length: by_span(minutes = 15, every = 15, zone = ''UTC''); 1440 minutes are a local day';
