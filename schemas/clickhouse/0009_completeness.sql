-- How much of the time was heard. A minute that is not there was not heard at all: a quiet minute is.
CREATE OR REPLACE VIEW completeness (
    site LowCardinality(String) COMMENT 'The site',
    minute DateTime('UTC') COMMENT 'When the minute begins',
    heard_us Int64 COMMENT 'How much of the minute a living source covered, microseconds',
    heard_share Float64 COMMENT 'The same as a share: 1 is all of it. Of a longer span: sum(heard_us) / its length'
) AS
SELECT site, minute, heard_us, heard_us / 60000000 AS heard_share
FROM kpi
WHERE dimension = 'site' AND direction = 'external' AND heard_us > 0
COMMENT 'How much of each minute was heard: what is missing here is not quiet time but unknown';

-- Hours of UTC, with the calls that are told and how sure they are.
CREATE OR REPLACE VIEW confidence (
    site LowCardinality(String) COMMENT 'The site',
    hour DateTime('UTC') COMMENT 'When the hour begins',
    heard_share Float64 COMMENT 'How much of the hour a living source covered: 1 is all of it',
    calls UInt64 COMMENT 'Calls that arrived in the hour',
    unknown_calls UInt64 COMMENT 'Those whose outcome nobody can tell',
    partial_calls UInt64 COMMENT 'Those that no source heard all of, or that came from one that does not tell all',
    several_sources UInt64 COMMENT 'Calls of which more than one source tells'
) AS
SELECT
    site, hour, max(share) AS heard_share, sum(n) AS calls, sum(unknown) AS unknown_calls,
    sum(partial) AS partial_calls, sum(several) AS several_sources
FROM (
    SELECT
        site, toStartOfHour(minute) AS hour, sum(heard_us) / 3600000000 AS share, toUInt64(0) AS n, toUInt64(0) AS unknown,
        toUInt64(0) AS partial, toUInt64(0) AS several
    FROM completeness GROUP BY site, hour
    UNION ALL
    SELECT
        site, toStartOfHour(arrived_at) AS hour, 0., count(), countIf(outcome = 'unknown'), countIf(is_partial),
        countIf(length(sources) > 1)
    FROM calls_latest GROUP BY site, hour
)
GROUP BY site, hour
COMMENT 'Of each hour: how much of it was heard, and of how many calls something is unknown';
