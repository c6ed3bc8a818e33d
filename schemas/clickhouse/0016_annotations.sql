-- What people write on the time line: `svarstid annotate`. A note is changed by a row of the same id with a later version, and taken away
-- by one that says so and has no text.
CREATE TABLE IF NOT EXISTS annotations (
    site LowCardinality(String) COMMENT 'The site',
    id String COMMENT 'Of the note, made of what it first said: the same note written twice is one',
    version UInt64 COMMENT 'When this version was written, microseconds since 1970; the latest counts',
    removed Bool COMMENT 'The note was taken away; the text of this version is empty',
    begins DateTime64(6, 'UTC') COMMENT 'From when on it holds',
    ends DateTime64(6, 'UTC') COMMENT 'Until when; that of a moment is begins',
    queue LowCardinality(String) COMMENT 'Queue that it is about; empty: none in particular',
    unit LowCardinality(String) COMMENT 'Organisation unit that it is about; empty: none in particular. Without queue and unit it is about the whole site',
    kind LowCardinality(String) DEFAULT 'note' COMMENT 'A word for what it is: `note`, or another one, such as those of svarstid generate --incidents',
    text String COMMENT 'What people wrote'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (site, id)
COMMENT 'Notes of people on the time line, every version; read notes';

CREATE OR REPLACE VIEW notes (
    site LowCardinality(String) COMMENT 'The site',
    id String COMMENT 'Of the note; svarstid annotate --remove takes it',
    begins DateTime64(6, 'UTC') COMMENT 'From when on it holds',
    ends DateTime64(6, 'UTC') COMMENT 'Until when; that of a moment is begins',
    queue LowCardinality(String) COMMENT 'Queue that it is about; empty: none in particular',
    unit LowCardinality(String) COMMENT 'Organisation unit that it is about; empty: none in particular. Without queue and unit it is about the whole site',
    kind LowCardinality(String) COMMENT 'A word for what it is: `note`, or another one',
    text String COMMENT 'What people wrote'
) AS
SELECT site, id, begins, ends, queue, unit, kind, text
FROM annotations FINAL
WHERE NOT removed
COMMENT 'Notes of people on the time line: what was new, broken or planned';
