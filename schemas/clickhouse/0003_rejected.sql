-- What could not be used, with its reason: nothing disappears.
CREATE TABLE IF NOT EXISTS rejected (
    site LowCardinality(String) COMMENT 'The site that the record came from; empty when that is not known',
    stage LowCardinality(String) COMMENT 'Which part rejected it: `collector`, `processor`, `sink`',
    kind LowCardinality(Nullable(String)) COMMENT 'Kind of the source, when that is known',
    source_position String COMMENT 'Where the rejected record stood: `stream:position` of its source, or `topic/partition/offset`',
    rejected_at DateTime64(6, 'UTC') COMMENT 'When it was rejected; of records rejected by the sink, when they were written to Kafka',
    reason LowCardinality(String) COMMENT 'malformed, invalid_field, too_long, not_avro, unknown_schema, undecodable',
    detail String COMMENT 'What happened, where, what to do',
    excerpt String COMMENT 'How the record begins, with every outside number replaced; may be empty',
    kafka_topic LowCardinality(String) COMMENT 'Topic that the row came from',
    kafka_topic_id LowCardinality(String) COMMENT 'The topic''s own id; a topic made anew under its name has another',
    kafka_partition Int32 COMMENT 'Partition that the row came from',
    kafka_offset Int64 COMMENT 'Offset of the record that the row came from',
    inserted_at DateTime DEFAULT now() COMMENT 'When the row was written',
    INDEX kafka_offsets kafka_offset TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(rejected_at)
ORDER BY (site, rejected_at, stage, source_position, reason)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Records that could not be used, and why';
