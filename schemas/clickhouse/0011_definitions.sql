-- By which formulas figures were made. Rows from before this file are of the first ones.
ALTER TABLE kpi_windows ADD COLUMN IF NOT EXISTS
    definition_version UInt32 DEFAULT 1 COMMENT 'By which formulas the figures were made (docs/measures.md); figures of two versions are never added'
    AFTER lost_after_menu_sum_us;
ALTER TABLE kpi_corrections ADD COLUMN IF NOT EXISTS
    definition_version UInt32 DEFAULT 1 COMMENT 'By which formulas the figures were made (docs/measures.md); figures of two versions are never added'
    AFTER lost_after_menu_sum_us;

-- A generation has a database of its own and one definition: one row for each site, or something is wrong (docs/upgrades.md).
CREATE OR REPLACE VIEW definitions (
    site LowCardinality(String) COMMENT 'The site',
    definition_version UInt32 COMMENT 'By which formulas the figures of this database were made',
    first_minute DateTime('UTC') COMMENT 'The first minute that has figures by them',
    last_minute DateTime('UTC') COMMENT 'The last one so far'
) AS
SELECT site, definition_version, min(minute) AS first_minute, max(minute) AS last_minute
FROM (
    SELECT site, definition_version, minute FROM kpi_windows
    UNION ALL SELECT site, definition_version, minute FROM kpi_corrections
)
GROUP BY site, definition_version
COMMENT 'Which formulas the figures of this database follow, and of which time there are any';
