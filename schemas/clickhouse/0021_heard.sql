-- completeness of 0009 from the two tables of minutes instead of from kpi, which adds up every figure of every minute by five columns:
-- a third less time. Corrections hold differences, so a minute is the sum of both.
CREATE OR REPLACE VIEW completeness (
    site LowCardinality(String) COMMENT 'The site',
    minute DateTime('UTC') COMMENT 'When the minute begins',
    heard_us Int64 COMMENT 'How much of the minute a living source covered, microseconds',
    heard_share Float64 COMMENT 'The same as a share: 1 is all of it. Of a longer span: sum(heard_us) / its length'
) AS
SELECT site, minute, sum(part.heard_us) AS heard_us, heard_us / 60000000 AS heard_share
FROM (
    SELECT site, minute, definition_version, heard_us FROM kpi_windows FINAL
    WHERE dimension = 'site' AND name = '' AND direction = 'external'
    UNION ALL
    SELECT site, minute, definition_version, heard_us FROM kpi_corrections FINAL
    WHERE dimension = 'site' AND name = '' AND direction = 'external'
) AS part
GROUP BY site, minute, definition_version
HAVING heard_us > 0
COMMENT 'How much of each minute was heard: what is missing here is not quiet time but unknown';
