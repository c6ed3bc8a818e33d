-- What the PBX told, event by event, where `[sink] call_events` says so: one row for each record of the topic `call-events` that can be read.
-- A few columns for what is asked by name, and `details` for what only some kinds of events have. A row that is written twice is the same row:
-- it stands at the same place in Kafka. How densely rows lie is measured in docs/performance.md.
CREATE TABLE IF NOT EXISTS call_events (
    site LowCardinality(String) COMMENT 'The smallest set of PBX nodes that share calls and queues',
    node LowCardinality(String) COMMENT 'The PBX node that spoke',
    source LowCardinality(String) COMMENT 'Kind of the source: asterisk_ami, asterisk_queue_log, asterisk_cel, asterisk_cdr, webhook, csv_import, asterisk_ami_recording; `collector`: told by the collector itself',
    stream UInt64 COMMENT 'Identity of the record stream: of a spool, or of a file''s content' CODEC(ZSTD(1)),
    stream_position UInt64 COMMENT 'Place in the stream; grows strictly within (site, node, stream)' CODEC(DoubleDelta, ZSTD(1)),
    event_id UUID COMMENT 'The event: the same record read twice has the same one' CODEC(NONE),
    at DateTime64(6, 'UTC') COMMENT 'When it happened by the PBX''s clock' CODEC(ZSTD(1)),
    received_at DateTime64(6, 'UTC') COMMENT 'When the collector got it' CODEC(ZSTD(1)),
    event LowCardinality(String) COMMENT 'Kind of event, such as leg_started, dial_ringing, queue_joined, leg_ended; schemas/call-events.avsc tells of each',
    leg Nullable(String) COMMENT 'The PBX''s own id of the channel it is about (Asterisk: Uniqueid)' CODEC(ZSTD(1)),
    linked Nullable(String) COMMENT 'The PBX''s own id of the set of channels (Asterisk: Linkedid)' CODEC(ZSTD(1)),
    other_leg Nullable(String) COMMENT 'The other channel: the one called, the member''s, the one connected to' CODEC(ZSTD(1)),
    endpoint LowCardinality(Nullable(String)) COMMENT 'Device or trunk that leg, or the channel called, is connected to; internal;1 and internal;2: halves of a path inside the PBX',
    queue LowCardinality(Nullable(String)) COMMENT 'The queue',
    member LowCardinality(Nullable(String)) COMMENT 'The member of the queue: the device, or the name in the log',
    caller String COMMENT 'Who called: readable digits of the own plan, else the newest pseudonym, else empty' CODEC(ZSTD(1)),
    caller_party LowCardinality(String) COMMENT 'What `caller` is: `own` (a number of the site''s plan, readable), `service` (a service code), `outside` (pseudonyms only), `unknown`',
    caller_pseudonyms Array(Tuple(epoch UInt32, value FixedString(32))) COMMENT 'Keyed digests of an outside number, one for each key epoch in force, newest first' CODEC(ZSTD(1)),
    dialled String COMMENT 'What was dialled, written as `caller`' CODEC(ZSTD(1)),
    dialled_party LowCardinality(String) COMMENT 'What `dialled` is, as caller_party',
    dialled_pseudonyms Array(Tuple(epoch UInt32, value FixedString(32))) COMMENT 'As caller_pseudonyms' CODEC(ZSTD(1)),
    sought String COMMENT 'Whose diversion it is, or who did not answer, written as `caller`' CODEC(ZSTD(1)),
    sought_party LowCardinality(String) COMMENT 'What `sought` is, as caller_party',
    sought_pseudonyms Array(Tuple(epoch UInt32, value FixedString(32))) COMMENT 'As caller_pseudonyms' CODEC(ZSTD(1)),
    sent_to String COMMENT 'Where a transfer or a diversion leads to, written as `caller`' CODEC(ZSTD(1)),
    sent_to_party LowCardinality(String) COMMENT 'What `sent_to` is, as caller_party',
    sent_to_pseudonyms Array(Tuple(epoch UInt32, value FixedString(32))) COMMENT 'As caller_pseudonyms' CODEC(ZSTD(1)),
    status LowCardinality(Nullable(String)) COMMENT 'How dialling ended, why a queue let the caller go, or the state of a member',
    reason LowCardinality(Nullable(String)) COMMENT 'Why: of a diversion (lunch, meeting …), of a gap (connection_lost …)',
    cause Nullable(UInt16) COMMENT 'Q.850 cause as the PBX gave it; never an outcome by itself' CODEC(T64, ZSTD(1)),
    wait_us Nullable(Int64) COMMENT 'How long the caller had waited in the queue, microseconds' CODEC(T64, ZSTD(1)),
    ring_us Nullable(Int64) COMMENT 'How long the phone rang, microseconds' CODEC(T64, ZSTD(1)),
    details Map(LowCardinality(String), String) COMMENT 'What only some kinds of events tell, by the names of schemas/call-events.avsc: incoming, bridge, priority, queue_position …' CODEC(ZSTD(1)),
    kafka_topic LowCardinality(String) COMMENT 'Topic that the row came from',
    kafka_topic_id LowCardinality(String) COMMENT 'The topic''s own id; a topic made anew under its name has another',
    kafka_partition Int32 COMMENT 'Partition that the row came from' CODEC(ZSTD(1)),
    kafka_offset Int64 COMMENT 'Offset of the record that the row came from' CODEC(DoubleDelta, ZSTD(1)),
    inserted_at DateTime DEFAULT now() COMMENT 'When the row was written' CODEC(ZSTD(1)),
    INDEX kafka_offsets kafka_offset TYPE minmax GRANULARITY 1,
    INDEX legs leg TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX linked_legs linked TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (site, at, kafka_topic_id, kafka_partition, kafka_offset)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Events as the PBX told them; empty unless [sink] call_events is on. events_of_call has those of one call';

ALTER TABLE call_events MODIFY SETTING min_age_to_force_merge_seconds = 86400, min_age_to_force_merge_on_partition_only = 1;

-- The events of one call: SELECT … FROM events_of_call(site = 'town', call_id = 'town/1767243600.12'). A call begins with its caller's first channel,
-- whose id ends the call's. What tells of that channel, or of the first one of a call that was merged into it, belongs to the call; and so does what
-- tells of any channel that is named there: dialled, linked, connected to, or consulted. From two minutes before the call arrived until two minutes
-- after it ended, or four hours later if it is not over.
CREATE OR REPLACE VIEW events_of_call AS
WITH
    (SELECT min(arrived_at) FROM calls WHERE site = {site:String} AND call_id = {call_id:String}) AS arrived,
    (
        SELECT (min(arrived_at) - INTERVAL 2 MINUTE, max(ifNull(ended_at, arrived_at + INTERVAL 4 HOUR)) + INTERVAL 2 MINUTE,
            groupUniqArray(substring(call_id, length(site) + 2)))
        FROM calls FINAL
        WHERE site = {site:String} AND arrived_at BETWEEN arrived - INTERVAL 1 DAY AND arrived + INTERVAL 1 DAY
            AND (call_id = {call_id:String} OR merged_into = {call_id:String})
    ) AS parts,
    (
        SELECT arrayFilter(id -> id != '', groupUniqArrayArray(named))
        FROM (
            SELECT arrayConcat(
                [ifNull(leg, ''), ifNull(linked, ''), ifNull(other_leg, '')], mapValues(mapFilter((name, id) -> endsWith(name, '_leg'), details))
            ) AS named
            FROM call_events
            WHERE site = {site:String} AND at BETWEEN parts.1 AND parts.2
        )
        WHERE hasAny(named, parts.3)
    ) AS legs
SELECT
    site, at, received_at, node, source, event, leg, linked, other_leg, endpoint, queue, member, caller, caller_party, dialled, dialled_party,
    sought, sought_party, sent_to, sent_to_party, status, reason, cause, wait_us, ring_us, details, event_id, stream, stream_position,
    kafka_partition, kafka_offset
FROM call_events
WHERE site = {site:String} AND at BETWEEN parts.1 AND parts.2
    AND (has(legs, ifNull(leg, '')) OR has(legs, ifNull(linked, '')) OR has(legs, ifNull(other_leg, '')))
ORDER BY at, received_at, stream_position, stream
LIMIT 1 BY event_id
COMMENT 'What the PBX told of one call, each event once, in order';

-- Of the other tables, what no figure reads lies more densely; what figures read stays as fast to read as it was. New parts have it, and older ones
-- when they are merged.
ALTER TABLE calls
    MODIFY COLUMN caller CODEC(ZSTD(1)), MODIFY COLUMN caller_pseudonyms CODEC(ZSTD(1)),
    MODIFY COLUMN dialled CODEC(ZSTD(1)), MODIFY COLUMN dialled_pseudonyms CODEC(ZSTD(1)),
    MODIFY COLUMN sought CODEC(ZSTD(1)), MODIFY COLUMN asked_for CODEC(ZSTD(1)), MODIFY COLUMN answered_by CODEC(ZSTD(1)),
    MODIFY COLUMN rings CODEC(ZSTD(1)),
    MODIFY COLUMN kafka_partition CODEC(ZSTD(1)), MODIFY COLUMN kafka_offset CODEC(DoubleDelta, ZSTD(1));
ALTER TABLE kpi_windows
    MODIFY COLUMN minute CODEC(Delta, LZ4),
    MODIFY COLUMN kafka_partition CODEC(ZSTD(1)), MODIFY COLUMN kafka_offset CODEC(Delta, ZSTD(1));
