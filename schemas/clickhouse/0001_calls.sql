-- One row for each version of each call. A replaced version goes away when parts are merged; until then FINAL hides it.
-- The sorting key holds only what never changes in a call, so that every version of it has the same one.
CREATE TABLE IF NOT EXISTS calls (
    site LowCardinality(String) COMMENT 'The smallest set of PBX nodes that share calls and queues',
    call_id String COMMENT 'The call: site and the PBX''s id of the caller''s first leg; never changes',
    version UInt32 COMMENT 'Grows by one with each change; the highest counts (calls_latest)',
    is_final Bool COMMENT 'No more versions will come',
    direction LowCardinality(String) COMMENT '`external` (came in on a trunk), `internal`, `outgoing` (left on a trunk)',
    arrived_at DateTime64(6, 'UTC') COMMENT 't_arrival: when the first leg existed. A call counts in the minute of this time; never changes',
    queued_at Nullable(DateTime64(6, 'UTC')) COMMENT 't_queue: when the caller first stood in a queue',
    alerted_at Nullable(DateTime64(6, 'UTC')) COMMENT 't_alert: when the first phone rang',
    answered_at Nullable(DateTime64(6, 'UTC')) COMMENT 't_human: when the first person answered; a menu, music or a mailbox is no person',
    ended_at Nullable(DateTime64(6, 'UTC')) COMMENT 't_end: when the caller''s last leg ended',
    caller String COMMENT 'Who called: readable digits of the own plan, else the newest pseudonym, else empty',
    caller_party LowCardinality(String) COMMENT 'What `caller` is: `own` (a number of the site''s plan, readable), `service` (a service code), `outside` (pseudonyms only), `unknown`',
    caller_pseudonyms Array(Tuple(epoch UInt32, value FixedString(32))) COMMENT 'Keyed digests of an outside number, one for each key epoch in force, newest first',
    dialled String COMMENT 'What was dialled; of incoming calls the PBX''s own digits',
    dialled_party LowCardinality(String) COMMENT 'What `dialled` is: `own` (a number of the site''s plan, readable), `service` (a service code), `outside` (pseudonyms only), `unknown`',
    dialled_pseudonyms Array(Tuple(epoch UInt32, value FixedString(32))) COMMENT 'As caller_pseudonyms, of outgoing calls',
    dialled_kind LowCardinality(String) COMMENT '`main` (leads to the operator queue), `direct` (to a person), `group`, `other`',
    sought Nullable(String) COMMENT 'Extension of the person sought',
    unit LowCardinality(Nullable(String)) COMMENT 'Organisation unit that the call counts for: of the number dialled, or of the operator queue for a main number',
    outcome LowCardinality(String) COMMENT 'The one outcome: answered, voicemail, abandoned, timed_out, saturated, blocked, closed, flowed_out, failed, in_progress, unknown. Lost: abandoned, timed_out, saturated, blocked, failed',
    reach LowCardinality(String) COMMENT 'Whom the caller reached first: sought_person, same_function, personal_voicemail, operator, lost, none',
    final_reach LowCardinality(String) COMMENT 'The same ladder by the last person spoken to',
    lost_stage LowCardinality(Nullable(String)) COMMENT 'Where a lost call was lost: menu, queue, ringing, held, transfer',
    operator_cause LowCardinality(Nullable(String)) COMMENT 'Why the operator got it, of the first operator pass: main_number, not_diverted, diverted_to_operator, colleague_no_answer, group_timeout, transferred, unknown. NULL: no operator queue was joined',
    not_diverted_reason LowCardinality(Nullable(String)) COMMENT 'Of cause not_diverted: no_answer, busy, unavailable',
    diverted_reason LowCardinality(Nullable(String)) COMMENT 'Of cause diverted_to_operator: lunch, meeting, sick, holiday, trip, gone, or the site''s word',
    after_transfer Bool COMMENT 'Of cause not_diverted: a person had sent the call there',
    answered_by Nullable(String) COMMENT 'The first person who answered',
    answer_time_us Nullable(Int64) COMMENT 'Answer time (svarstid), microseconds: answered_at - arrived_at',
    lost_after_us Nullable(Int64) COMMENT 'Of lost calls, microseconds: ended_at - arrived_at',
    ring_us Nullable(Int64) COMMENT 'How long the answering phone rang, microseconds; NULL when it did not ring',
    caller_signals Nullable(UInt32) COMMENT 'Ring signals (signaler) over the answer time: floor(t / cadence) + 1',
    ring_signals Nullable(UInt32) COMMENT 'Ring signals of the answering phone: floor(t / cadence) + 1',
    message_left Nullable(Bool) COMMENT 'Whether a message was stored; NULL without a mailbox',
    transfers UInt32 COMMENT 'How many times it was handed over',
    merged_into Nullable(String) COMMENT 'The call that this one turned out to be a part of; such a call counts nowhere',
    is_partial Bool COMMENT 'The source did not show all of it: it began before or went on during a gap',
    passes Array(Tuple(queue LowCardinality(String), unit LowCardinality(Nullable(String)), joined_at DateTime64(6, 'UTC'), wait_us Nullable(Int64), result LowCardinality(String), answered_by Nullable(String), cause LowCardinality(Nullable(String)), not_diverted_reason LowCardinality(Nullable(String)), diverted_reason LowCardinality(Nullable(String)), after_transfer Bool)) COMMENT 'Stays in queues, in order; passes_latest has one row for each. wait_us: leaving or answer - joined_at. result: answered, abandoned, timed_out, saturated, blocked, flowed_out, withdrawn, in_progress, unknown',
    rings Array(Tuple(target String, started_at DateTime64(6, 'UTC'), ring_us Nullable(Int64), answered Bool)) COMMENT 'Phones that rang outside queues, in order',
    kafka_topic LowCardinality(String) COMMENT 'Topic that the row came from',
    kafka_topic_id LowCardinality(String) COMMENT 'The topic''s own id; a topic made anew under its name has another',
    kafka_partition Int32 COMMENT 'Partition that the row came from',
    kafka_offset Int64 COMMENT 'Offset of the record that the row came from',
    inserted_at DateTime DEFAULT now() COMMENT 'When the row was written',
    INDEX kafka_offsets kafka_offset TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(arrived_at)
ORDER BY (site, arrived_at, call_id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Versions of calls; read calls_latest, which has each call once';
