-- Which sources tell of a call. Rows from before were made from the manager interface alone and have an empty list.
ALTER TABLE calls ADD COLUMN IF NOT EXISTS
    sources Array(LowCardinality(String)) COMMENT 'The kinds of sources that tell of it: asterisk_ami, asterisk_ami_recording, asterisk_queue_log, asterisk_cel, asterisk_cdr, webhook, csv_import'
    AFTER rings;

-- The list of columns behind a star is fixed when a view is made.
CREATE OR REPLACE VIEW calls_latest AS
SELECT * FROM calls FINAL WHERE merged_into IS NULL
COMMENT 'Each call once, by its latest version; calls that turned out to be a part of another are left out';

CREATE OR REPLACE VIEW calls_merged AS
SELECT * FROM calls FINAL WHERE merged_into IS NOT NULL
COMMENT 'Calls that turned out to be a part of another (merged_into); they count nowhere';
