-- What the operators' work adds to calls and windows: whom they asked for, who was taken before whom, holding, the clocks of
-- menu and ringing, and how much of each minute was heard.
ALTER TABLE calls ADD COLUMN IF NOT EXISTS
    asked_for Nullable(String) COMMENT 'Extension that the first operator who answered asked for, or sent the call to, on the caller''s behalf'
    AFTER sources;

ALTER TABLE calls ADD COLUMN IF NOT EXISTS
    left_on_hold Bool COMMENT 'The caller hung up while on hold or parked, after somebody had answered'
    AFTER asked_for;

ALTER TABLE calls MODIFY COLUMN
    passes Array(Tuple(queue LowCardinality(String), unit LowCardinality(Nullable(String)), joined_at DateTime64(6, 'UTC'), wait_us Nullable(Int64), result LowCardinality(String), answered_by Nullable(String), cause LowCardinality(Nullable(String)), not_diverted_reason LowCardinality(Nullable(String)), diverted_reason LowCardinality(Nullable(String)), after_transfer Bool, overtook UInt32, overtaken_us Nullable(Int64))) COMMENT 'Stays in queues, in order; passes_latest has one row for each. wait_us: leaving or answer - joined_at. result: answered, abandoned, timed_out, saturated, blocked, flowed_out, withdrawn, in_progress, unknown. overtook: external callers who had waited longer when this internal one was taken; overtaken_us: how much longer this external one lasted after an internal one was taken first';

ALTER TABLE kpi_windows ADD COLUMN IF NOT EXISTS
    undiverted_busy_calls Int64 COMMENT 'Of `undiverted_calls`, those whose person sought was busy: a measure can leave them out.'
    AFTER cause_unknown;

ALTER TABLE kpi_windows ADD COLUMN IF NOT EXISTS
    transferred_calls Int64 COMMENT 'Calls that were handed over at least once.'
    AFTER undiverted_busy_calls;

ALTER TABLE kpi_windows ADD COLUMN IF NOT EXISTS
    left_on_hold Int64 COMMENT 'Answered calls whose caller hung up while on hold or parked.'
    AFTER transferred_calls;

ALTER TABLE kpi_windows ADD COLUMN IF NOT EXISTS
    priority_inversions Int64 COMMENT 'Passes of internal callers that an operator answered while an external caller had waited longer.'
    AFTER left_on_hold;

ALTER TABLE kpi_windows ADD COLUMN IF NOT EXISTS
    overtaken_passes Int64 COMMENT 'Passes of external callers who waited on while an internal caller was taken first.'
    AFTER priority_inversions;

ALTER TABLE kpi_windows ADD COLUMN IF NOT EXISTS
    overtaken_us Int64 COMMENT 'How much longer those lasted from then on, microseconds.'
    AFTER overtaken_passes;

ALTER TABLE kpi_windows ADD COLUMN IF NOT EXISTS
    heard_us Int64 COMMENT 'How much of the minute a living source covered, microseconds; in the pane of the site for external calls alone.'
    AFTER overtaken_us;

ALTER TABLE kpi_windows ADD COLUMN IF NOT EXISTS
    menu_time_bins Map(UInt16, Int64) COMMENT 'Times from arrival to the first queue or ringing phone (or the answer), of calls that came so far: calls by svarstid_bin of the time'
    AFTER pass_wait_lost_sum_us;

ALTER TABLE kpi_windows ADD COLUMN IF NOT EXISTS
    menu_time_sum_us Int64 COMMENT 'Times from arrival to the first queue or ringing phone (or the answer), of calls that came so far: exact sum, microseconds'
    AFTER menu_time_bins;

ALTER TABLE kpi_windows ADD COLUMN IF NOT EXISTS
    ring_time_bins Map(UInt16, Int64) COMMENT 'Ringing of the answering phones: calls by svarstid_bin of the time'
    AFTER menu_time_sum_us;

ALTER TABLE kpi_windows ADD COLUMN IF NOT EXISTS
    ring_time_sum_us Int64 COMMENT 'Ringing of the answering phones: exact sum, microseconds'
    AFTER ring_time_bins;

ALTER TABLE kpi_windows ADD COLUMN IF NOT EXISTS
    answer_after_menu_bins Map(UInt16, Int64) COMMENT 'Times from the end of the menu to the answer, of answered calls: calls by svarstid_bin of the time'
    AFTER ring_time_sum_us;

ALTER TABLE kpi_windows ADD COLUMN IF NOT EXISTS
    answer_after_menu_sum_us Int64 COMMENT 'Times from the end of the menu to the answer, of answered calls: exact sum, microseconds'
    AFTER answer_after_menu_bins;

ALTER TABLE kpi_windows ADD COLUMN IF NOT EXISTS
    lost_after_menu_bins Map(UInt16, Int64) COMMENT 'Times from the end of the menu to the end, of lost calls that had left the menu: calls by svarstid_bin of the time'
    AFTER answer_after_menu_sum_us;

ALTER TABLE kpi_windows ADD COLUMN IF NOT EXISTS
    lost_after_menu_sum_us Int64 COMMENT 'Times from the end of the menu to the end, of lost calls that had left the menu: exact sum, microseconds'
    AFTER lost_after_menu_bins;

ALTER TABLE kpi_corrections ADD COLUMN IF NOT EXISTS
    undiverted_busy_calls Int64 COMMENT 'Of `undiverted_calls`, those whose person sought was busy: a measure can leave them out.'
    AFTER cause_unknown;

ALTER TABLE kpi_corrections ADD COLUMN IF NOT EXISTS
    transferred_calls Int64 COMMENT 'Calls that were handed over at least once.'
    AFTER undiverted_busy_calls;

ALTER TABLE kpi_corrections ADD COLUMN IF NOT EXISTS
    left_on_hold Int64 COMMENT 'Answered calls whose caller hung up while on hold or parked.'
    AFTER transferred_calls;

ALTER TABLE kpi_corrections ADD COLUMN IF NOT EXISTS
    priority_inversions Int64 COMMENT 'Passes of internal callers that an operator answered while an external caller had waited longer.'
    AFTER left_on_hold;

ALTER TABLE kpi_corrections ADD COLUMN IF NOT EXISTS
    overtaken_passes Int64 COMMENT 'Passes of external callers who waited on while an internal caller was taken first.'
    AFTER priority_inversions;

ALTER TABLE kpi_corrections ADD COLUMN IF NOT EXISTS
    overtaken_us Int64 COMMENT 'How much longer those lasted from then on, microseconds.'
    AFTER overtaken_passes;

ALTER TABLE kpi_corrections ADD COLUMN IF NOT EXISTS
    heard_us Int64 COMMENT 'How much of the minute a living source covered, microseconds; in the pane of the site for external calls alone.'
    AFTER overtaken_us;

ALTER TABLE kpi_corrections ADD COLUMN IF NOT EXISTS
    menu_time_bins Map(UInt16, Int64) COMMENT 'Times from arrival to the first queue or ringing phone (or the answer), of calls that came so far: calls by svarstid_bin of the time'
    AFTER pass_wait_lost_sum_us;

ALTER TABLE kpi_corrections ADD COLUMN IF NOT EXISTS
    menu_time_sum_us Int64 COMMENT 'Times from arrival to the first queue or ringing phone (or the answer), of calls that came so far: exact sum, microseconds'
    AFTER menu_time_bins;

ALTER TABLE kpi_corrections ADD COLUMN IF NOT EXISTS
    ring_time_bins Map(UInt16, Int64) COMMENT 'Ringing of the answering phones: calls by svarstid_bin of the time'
    AFTER menu_time_sum_us;

ALTER TABLE kpi_corrections ADD COLUMN IF NOT EXISTS
    ring_time_sum_us Int64 COMMENT 'Ringing of the answering phones: exact sum, microseconds'
    AFTER ring_time_bins;

ALTER TABLE kpi_corrections ADD COLUMN IF NOT EXISTS
    answer_after_menu_bins Map(UInt16, Int64) COMMENT 'Times from the end of the menu to the answer, of answered calls: calls by svarstid_bin of the time'
    AFTER ring_time_sum_us;

ALTER TABLE kpi_corrections ADD COLUMN IF NOT EXISTS
    answer_after_menu_sum_us Int64 COMMENT 'Times from the end of the menu to the answer, of answered calls: exact sum, microseconds'
    AFTER answer_after_menu_bins;

ALTER TABLE kpi_corrections ADD COLUMN IF NOT EXISTS
    lost_after_menu_bins Map(UInt16, Int64) COMMENT 'Times from the end of the menu to the end, of lost calls that had left the menu: calls by svarstid_bin of the time'
    AFTER answer_after_menu_sum_us;

ALTER TABLE kpi_corrections ADD COLUMN IF NOT EXISTS
    lost_after_menu_sum_us Int64 COMMENT 'Times from the end of the menu to the end, of lost calls that had left the menu: exact sum, microseconds'
    AFTER lost_after_menu_bins;

-- The list of columns behind a star is fixed when a view is made.
CREATE OR REPLACE VIEW calls_latest AS
SELECT * FROM calls FINAL WHERE merged_into IS NULL
COMMENT 'Each call once, by its latest version; calls that turned out to be a part of another are left out';

CREATE OR REPLACE VIEW calls_merged AS
SELECT * FROM calls FINAL WHERE merged_into IS NOT NULL
COMMENT 'Calls that turned out to be a part of another (merged_into); they count nowhere';

CREATE OR REPLACE VIEW passes_latest AS
SELECT
    site, call_id, version, is_final, direction, arrived_at, dialled_kind,
    pass_number, pass.queue AS queue, pass.unit AS unit, pass.joined_at AS joined_at, pass.wait_us AS wait_us,
    pass.result AS result, pass.answered_by AS answered_by, pass.cause AS cause,
    pass.not_diverted_reason AS not_diverted_reason, pass.diverted_reason AS diverted_reason,
    pass.after_transfer AS after_transfer, pass.overtook AS overtook, pass.overtaken_us AS overtaken_us
FROM calls_latest
ARRAY JOIN passes AS pass, arrayEnumerate(passes) AS pass_number
COMMENT 'Each stay in a queue once; a pass counts in the minute of joined_at. Filter arrived_at too: the table is sorted by it';

-- Each minute once: the highest revision of its pane and every correction once. Longer windows and roll-ups are sums of these
-- columns (sumMap for the bins), made by the reader. A correction takes away as well as adds: bins that come to 0 are left out.
CREATE OR REPLACE VIEW kpi (
    site LowCardinality(String) COMMENT 'The site',
    minute DateTime('UTC') COMMENT 'When the minute begins. Calls count in the minute of their arrival, passes in that of their joining',
    dimension LowCardinality(String) COMMENT '`site` (all calls), `queue` (passes), `unit` (calls of an organisation unit and passes of its queues)',
    name LowCardinality(String) COMMENT 'Of the queue or unit; empty for the site',
    direction LowCardinality(String) COMMENT '`external`, `internal`, `outgoing`',
    offered Int64 COMMENT 'Calls: the sum of the eleven outcomes',
    answered Int64 COMMENT 'Calls that a person answered',
    lost Int64 COMMENT 'Lost calls: abandoned, timed out, saturated, blocked, failed',
    entered Int64 COMMENT 'Passes: the sum of the nine results',
    calls_answered Int64 COMMENT 'Calls with outcome answered: a person answered',
    calls_voicemail Int64 COMMENT 'Calls with outcome voicemail: ended in the mailbox of the person sought; not lost',
    calls_abandoned Int64 COMMENT 'Calls with outcome abandoned: the caller hung up before a person or mailbox answered; lost',
    calls_timed_out Int64 COMMENT 'Calls with outcome timed_out: queue or dialplan gave up and nothing else took it; lost',
    calls_saturated Int64 COMMENT 'Calls with outcome saturated: the queue was full; lost',
    calls_blocked Int64 COMMENT 'Calls with outcome blocked: nobody there to serve; lost',
    calls_closed Int64 COMMENT 'Calls with outcome closed: outside opening hours; shown apart',
    calls_flowed_out Int64 COMMENT 'Calls with outcome flowed_out: left to a number outside the PBX; shown apart',
    calls_failed Int64 COMMENT 'Calls with outcome failed: technical; lost',
    calls_in_progress Int64 COMMENT 'Calls with outcome in_progress: alive and not answered yet',
    calls_unknown Int64 COMMENT 'Calls with outcome unknown: cannot be told (a gap); shown apart',
    reach_sought_person Int64 COMMENT 'Calls that first reached the person sought',
    reach_same_function Int64 COMMENT 'Calls that first reached another person with the same function',
    reach_personal_voicemail Int64 COMMENT 'Calls that first reached the mailbox of the person sought',
    reach_operator Int64 COMMENT 'Calls that first reached an operator',
    reach_lost Int64 COMMENT 'Calls that first reached nobody',
    reach_none Int64 COMMENT 'Calls that first reached not told by this call',
    final_reach_sought_person Int64 COMMENT 'Calls that last spoke to the person sought',
    final_reach_same_function Int64 COMMENT 'Calls that last spoke to another person with the same function',
    final_reach_personal_voicemail Int64 COMMENT 'Calls that last spoke to the mailbox of the person sought',
    final_reach_operator Int64 COMMENT 'Calls that last spoke to an operator',
    final_reach_lost Int64 COMMENT 'Calls that last spoke to nobody',
    final_reach_none Int64 COMMENT 'Calls that last spoke to not told by this call',
    lost_stage_menu Int64 COMMENT 'Lost calls, lost before any queue or phone',
    lost_stage_queue Int64 COMMENT 'Lost calls, lost waiting in a queue',
    lost_stage_ringing Int64 COMMENT 'Lost calls, lost while a phone rang',
    lost_stage_held Int64 COMMENT 'Lost calls, lost on hold',
    lost_stage_transfer Int64 COMMENT 'Lost calls, lost while being handed over',
    lost_0_to_6_s Int64 COMMENT 'Lost calls that had waited less than 6 s',
    lost_6_to_12_s Int64 COMMENT 'Lost calls that had waited 6 s or more, less than 12 s',
    lost_12_to_30_s Int64 COMMENT 'Lost calls that had waited 12 s or more, less than 30 s',
    lost_over_30_s Int64 COMMENT 'Lost calls that had waited 30 s or more',
    messages_left Int64 COMMENT 'Mailbox calls with a stored message',
    direct_calls Int64 COMMENT 'Calls to direct numbers',
    group_calls Int64 COMMENT 'Calls to group numbers',
    undiverted_calls Int64 COMMENT 'Calls to direct numbers that fell to the operator because the person sought neither answered nor was diverted; undiverted_share = undiverted_calls / direct_calls of external calls',
    passes_answered Int64 COMMENT 'Passes with result answered: a member answered',
    passes_abandoned Int64 COMMENT 'Passes with result abandoned: the caller hung up',
    passes_timed_out Int64 COMMENT 'Passes with result timed_out: the longest waiting time passed',
    passes_saturated Int64 COMMENT 'Passes with result saturated: full',
    passes_blocked Int64 COMMENT 'Passes with result blocked: nobody there to serve',
    passes_flowed_out Int64 COMMENT 'Passes with result flowed_out: left by key or overflow',
    passes_withdrawn Int64 COMMENT 'Passes with result withdrawn: picked up elsewhere, moved, or taken out by an administrator',
    passes_in_progress Int64 COMMENT 'Passes with result in_progress: still waiting',
    passes_unknown Int64 COMMENT 'Passes with result unknown: cannot be told',
    cause_main_number Int64 COMMENT 'Operator passes: the main number was dialled',
    cause_not_diverted Int64 COMMENT 'Operator passes: the person sought did not answer and was not diverted',
    cause_diverted_to_operator Int64 COMMENT 'Operator passes: the person sought was diverted to the operator',
    cause_colleague_no_answer Int64 COMMENT 'Operator passes: diverted to a colleague who did not answer',
    cause_group_timeout Int64 COMMENT 'Operator passes: nobody in the group answered',
    cause_transferred Int64 COMMENT 'Operator passes: a person sent it',
    cause_unknown Int64 COMMENT 'Operator passes: cannot be told',
    undiverted_busy_calls Int64 COMMENT 'Of `undiverted_calls`, those whose person sought was busy: a measure can leave them out.',
    transferred_calls Int64 COMMENT 'Calls that were handed over at least once.',
    left_on_hold Int64 COMMENT 'Answered calls whose caller hung up while on hold or parked.',
    priority_inversions Int64 COMMENT 'Passes of internal callers that an operator answered while an external caller had waited longer.',
    overtaken_passes Int64 COMMENT 'Passes of external callers who waited on while an internal caller was taken first.',
    overtaken_us Int64 COMMENT 'How much longer those lasted from then on, microseconds.',
    heard_us Int64 COMMENT 'How much of the minute a living source covered, microseconds; in the pane of the site for external calls alone.',
    answer_time_bins Map(UInt16, Int64) COMMENT 'Answer times (from arrival) of answered calls: calls by svarstid_bin of the time',
    answer_time_sum_us Int64 COMMENT 'Answer times (from arrival) of answered calls: exact sum, microseconds',
    lost_wait_bins Map(UInt16, Int64) COMMENT 'Waits (from arrival) of lost calls: calls by svarstid_bin of the time',
    lost_wait_sum_us Int64 COMMENT 'Waits (from arrival) of lost calls: exact sum, microseconds',
    caller_signals_bins Map(UInt16, Int64) COMMENT 'Ring signals that callers lived through before the answer: calls by number of signals',
    caller_signals_sum Int64 COMMENT 'Ring signals that callers lived through before the answer: sum',
    ring_signals_bins Map(UInt16, Int64) COMMENT 'Ring signals of answering phones: calls by number of signals',
    ring_signals_sum Int64 COMMENT 'Ring signals of answering phones: sum',
    pass_wait_answered_bins Map(UInt16, Int64) COMMENT 'Waits of answered passes: calls by svarstid_bin of the time',
    pass_wait_answered_sum_us Int64 COMMENT 'Waits of answered passes: exact sum, microseconds',
    pass_wait_lost_bins Map(UInt16, Int64) COMMENT 'Waits of passes that ended otherwise: calls by svarstid_bin of the time',
    pass_wait_lost_sum_us Int64 COMMENT 'Waits of passes that ended otherwise: exact sum, microseconds',
    menu_time_bins Map(UInt16, Int64) COMMENT 'Times from arrival to the first queue or ringing phone (or the answer), of calls that came so far: calls by svarstid_bin of the time',
    menu_time_sum_us Int64 COMMENT 'Times from arrival to the first queue or ringing phone (or the answer), of calls that came so far: exact sum, microseconds',
    ring_time_bins Map(UInt16, Int64) COMMENT 'Ringing of the answering phones: calls by svarstid_bin of the time',
    ring_time_sum_us Int64 COMMENT 'Ringing of the answering phones: exact sum, microseconds',
    answer_after_menu_bins Map(UInt16, Int64) COMMENT 'Times from the end of the menu to the answer, of answered calls: calls by svarstid_bin of the time',
    answer_after_menu_sum_us Int64 COMMENT 'Times from the end of the menu to the answer, of answered calls: exact sum, microseconds',
    lost_after_menu_bins Map(UInt16, Int64) COMMENT 'Times from the end of the menu to the end, of lost calls that had left the menu: calls by svarstid_bin of the time',
    lost_after_menu_sum_us Int64 COMMENT 'Times from the end of the menu to the end, of lost calls that had left the menu: exact sum, microseconds',
    revision UInt64 COMMENT 'Of the pane; 0 where only corrections are there',
    is_closed Bool COMMENT 'The pane is closed: only corrections follow',
    corrections UInt64 COMMENT 'Corrections added'
) AS
SELECT
    site, minute, dimension, name, direction,
    calls_answered + calls_voicemail + calls_abandoned + calls_timed_out + calls_saturated + calls_blocked + calls_closed + calls_flowed_out + calls_failed + calls_in_progress + calls_unknown AS offered,
    calls_answered AS answered,
    calls_abandoned + calls_timed_out + calls_saturated + calls_blocked + calls_failed AS lost,
    passes_answered + passes_abandoned + passes_timed_out + passes_saturated + passes_blocked + passes_flowed_out + passes_withdrawn + passes_in_progress + passes_unknown AS entered,
    calls_answered, calls_voicemail, calls_abandoned, calls_timed_out, calls_saturated, calls_blocked,
    calls_closed, calls_flowed_out, calls_failed, calls_in_progress, calls_unknown, reach_sought_person,
    reach_same_function, reach_personal_voicemail, reach_operator, reach_lost, reach_none,
    final_reach_sought_person, final_reach_same_function, final_reach_personal_voicemail, final_reach_operator,
    final_reach_lost, final_reach_none, lost_stage_menu, lost_stage_queue, lost_stage_ringing, lost_stage_held,
    lost_stage_transfer, lost_0_to_6_s, lost_6_to_12_s, lost_12_to_30_s, lost_over_30_s, messages_left,
    direct_calls, group_calls, undiverted_calls, passes_answered, passes_abandoned, passes_timed_out,
    passes_saturated, passes_blocked, passes_flowed_out, passes_withdrawn, passes_in_progress, passes_unknown,
    cause_main_number, cause_not_diverted, cause_diverted_to_operator, cause_colleague_no_answer,
    cause_group_timeout, cause_transferred, cause_unknown, undiverted_busy_calls, transferred_calls, left_on_hold,
        priority_inversions, overtaken_passes, overtaken_us, heard_us,
        answer_time_bins, answer_time_sum_us,
    lost_wait_bins, lost_wait_sum_us, caller_signals_bins, caller_signals_sum, ring_signals_bins,
    ring_signals_sum, pass_wait_answered_bins, pass_wait_answered_sum_us, pass_wait_lost_bins,
    pass_wait_lost_sum_us,
    menu_time_bins, menu_time_sum_us, ring_time_bins, ring_time_sum_us,
    answer_after_menu_bins, answer_after_menu_sum_us, lost_after_menu_bins, lost_after_menu_sum_us,
    revision, is_closed, corrections
FROM (
    SELECT
        site, minute, dimension, name, direction,
        sum(part.calls_answered) AS calls_answered,
        sum(part.calls_voicemail) AS calls_voicemail,
        sum(part.calls_abandoned) AS calls_abandoned,
        sum(part.calls_timed_out) AS calls_timed_out,
        sum(part.calls_saturated) AS calls_saturated,
        sum(part.calls_blocked) AS calls_blocked,
        sum(part.calls_closed) AS calls_closed,
        sum(part.calls_flowed_out) AS calls_flowed_out,
        sum(part.calls_failed) AS calls_failed,
        sum(part.calls_in_progress) AS calls_in_progress,
        sum(part.calls_unknown) AS calls_unknown,
        sum(part.reach_sought_person) AS reach_sought_person,
        sum(part.reach_same_function) AS reach_same_function,
        sum(part.reach_personal_voicemail) AS reach_personal_voicemail,
        sum(part.reach_operator) AS reach_operator,
        sum(part.reach_lost) AS reach_lost,
        sum(part.reach_none) AS reach_none,
        sum(part.final_reach_sought_person) AS final_reach_sought_person,
        sum(part.final_reach_same_function) AS final_reach_same_function,
        sum(part.final_reach_personal_voicemail) AS final_reach_personal_voicemail,
        sum(part.final_reach_operator) AS final_reach_operator,
        sum(part.final_reach_lost) AS final_reach_lost,
        sum(part.final_reach_none) AS final_reach_none,
        sum(part.lost_stage_menu) AS lost_stage_menu,
        sum(part.lost_stage_queue) AS lost_stage_queue,
        sum(part.lost_stage_ringing) AS lost_stage_ringing,
        sum(part.lost_stage_held) AS lost_stage_held,
        sum(part.lost_stage_transfer) AS lost_stage_transfer,
        sum(part.lost_0_to_6_s) AS lost_0_to_6_s,
        sum(part.lost_6_to_12_s) AS lost_6_to_12_s,
        sum(part.lost_12_to_30_s) AS lost_12_to_30_s,
        sum(part.lost_over_30_s) AS lost_over_30_s,
        sum(part.messages_left) AS messages_left,
        sum(part.direct_calls) AS direct_calls,
        sum(part.group_calls) AS group_calls,
        sum(part.undiverted_calls) AS undiverted_calls,
        sum(part.passes_answered) AS passes_answered,
        sum(part.passes_abandoned) AS passes_abandoned,
        sum(part.passes_timed_out) AS passes_timed_out,
        sum(part.passes_saturated) AS passes_saturated,
        sum(part.passes_blocked) AS passes_blocked,
        sum(part.passes_flowed_out) AS passes_flowed_out,
        sum(part.passes_withdrawn) AS passes_withdrawn,
        sum(part.passes_in_progress) AS passes_in_progress,
        sum(part.passes_unknown) AS passes_unknown,
        sum(part.cause_main_number) AS cause_main_number,
        sum(part.cause_not_diverted) AS cause_not_diverted,
        sum(part.cause_diverted_to_operator) AS cause_diverted_to_operator,
        sum(part.cause_colleague_no_answer) AS cause_colleague_no_answer,
        sum(part.cause_group_timeout) AS cause_group_timeout,
        sum(part.cause_transferred) AS cause_transferred,
        sum(part.cause_unknown) AS cause_unknown,
        sum(part.undiverted_busy_calls) AS undiverted_busy_calls,
        sum(part.transferred_calls) AS transferred_calls,
        sum(part.left_on_hold) AS left_on_hold,
        sum(part.priority_inversions) AS priority_inversions,
        sum(part.overtaken_passes) AS overtaken_passes,
        sum(part.overtaken_us) AS overtaken_us,
        sum(part.heard_us) AS heard_us,
        mapFilter((bin, n) -> n != 0, sumMap(part.answer_time_bins)) AS answer_time_bins,
        sum(part.answer_time_sum_us) AS answer_time_sum_us,
        mapFilter((bin, n) -> n != 0, sumMap(part.lost_wait_bins)) AS lost_wait_bins,
        sum(part.lost_wait_sum_us) AS lost_wait_sum_us,
        mapFilter((bin, n) -> n != 0, sumMap(part.caller_signals_bins)) AS caller_signals_bins,
        sum(part.caller_signals_sum) AS caller_signals_sum,
        mapFilter((bin, n) -> n != 0, sumMap(part.ring_signals_bins)) AS ring_signals_bins,
        sum(part.ring_signals_sum) AS ring_signals_sum,
        mapFilter((bin, n) -> n != 0, sumMap(part.pass_wait_answered_bins)) AS pass_wait_answered_bins,
        sum(part.pass_wait_answered_sum_us) AS pass_wait_answered_sum_us,
        mapFilter((bin, n) -> n != 0, sumMap(part.pass_wait_lost_bins)) AS pass_wait_lost_bins,
        sum(part.pass_wait_lost_sum_us) AS pass_wait_lost_sum_us,
        mapFilter((bin, n) -> n != 0, sumMap(part.menu_time_bins)) AS menu_time_bins,
        sum(part.menu_time_sum_us) AS menu_time_sum_us,
        mapFilter((bin, n) -> n != 0, sumMap(part.ring_time_bins)) AS ring_time_bins,
        sum(part.ring_time_sum_us) AS ring_time_sum_us,
        mapFilter((bin, n) -> n != 0, sumMap(part.answer_after_menu_bins)) AS answer_after_menu_bins,
        sum(part.answer_after_menu_sum_us) AS answer_after_menu_sum_us,
        mapFilter((bin, n) -> n != 0, sumMap(part.lost_after_menu_bins)) AS lost_after_menu_bins,
        sum(part.lost_after_menu_sum_us) AS lost_after_menu_sum_us,
        max(part.revision) AS revision, max(part.is_closed) AS is_closed, sum(part.corrections) AS corrections
    FROM (
        SELECT
        site, minute, dimension, name, direction,
        calls_answered, calls_voicemail, calls_abandoned, calls_timed_out, calls_saturated, calls_blocked,
        calls_closed, calls_flowed_out, calls_failed, calls_in_progress, calls_unknown, reach_sought_person,
        reach_same_function, reach_personal_voicemail, reach_operator, reach_lost, reach_none,
        final_reach_sought_person, final_reach_same_function, final_reach_personal_voicemail,
        final_reach_operator, final_reach_lost, final_reach_none, lost_stage_menu, lost_stage_queue,
        lost_stage_ringing, lost_stage_held, lost_stage_transfer, lost_0_to_6_s, lost_6_to_12_s,
        lost_12_to_30_s, lost_over_30_s, messages_left, direct_calls, group_calls, undiverted_calls,
        passes_answered, passes_abandoned, passes_timed_out, passes_saturated, passes_blocked,
        passes_flowed_out, passes_withdrawn, passes_in_progress, passes_unknown, cause_main_number,
        cause_not_diverted, cause_diverted_to_operator, cause_colleague_no_answer, cause_group_timeout,
        cause_transferred, cause_unknown, undiverted_busy_calls, transferred_calls, left_on_hold,
        priority_inversions, overtaken_passes, overtaken_us, heard_us,
        answer_time_bins, answer_time_sum_us, lost_wait_bins,
        lost_wait_sum_us, caller_signals_bins, caller_signals_sum, ring_signals_bins, ring_signals_sum,
        pass_wait_answered_bins, pass_wait_answered_sum_us, pass_wait_lost_bins, pass_wait_lost_sum_us,
        menu_time_bins, menu_time_sum_us, ring_time_bins, ring_time_sum_us,
        answer_after_menu_bins, answer_after_menu_sum_us, lost_after_menu_bins, lost_after_menu_sum_us,
        revision, is_closed, toUInt64(0) AS corrections
        FROM kpi_windows FINAL
        UNION ALL
        SELECT
        site, minute, dimension, name, direction,
        calls_answered, calls_voicemail, calls_abandoned, calls_timed_out, calls_saturated, calls_blocked,
        calls_closed, calls_flowed_out, calls_failed, calls_in_progress, calls_unknown, reach_sought_person,
        reach_same_function, reach_personal_voicemail, reach_operator, reach_lost, reach_none,
        final_reach_sought_person, final_reach_same_function, final_reach_personal_voicemail,
        final_reach_operator, final_reach_lost, final_reach_none, lost_stage_menu, lost_stage_queue,
        lost_stage_ringing, lost_stage_held, lost_stage_transfer, lost_0_to_6_s, lost_6_to_12_s,
        lost_12_to_30_s, lost_over_30_s, messages_left, direct_calls, group_calls, undiverted_calls,
        passes_answered, passes_abandoned, passes_timed_out, passes_saturated, passes_blocked,
        passes_flowed_out, passes_withdrawn, passes_in_progress, passes_unknown, cause_main_number,
        cause_not_diverted, cause_diverted_to_operator, cause_colleague_no_answer, cause_group_timeout,
        cause_transferred, cause_unknown, undiverted_busy_calls, transferred_calls, left_on_hold,
        priority_inversions, overtaken_passes, overtaken_us, heard_us,
        answer_time_bins, answer_time_sum_us, lost_wait_bins,
        lost_wait_sum_us, caller_signals_bins, caller_signals_sum, ring_signals_bins, ring_signals_sum,
        pass_wait_answered_bins, pass_wait_answered_sum_us, pass_wait_lost_bins, pass_wait_lost_sum_us,
        menu_time_bins, menu_time_sum_us, ring_time_bins, ring_time_sum_us,
        answer_after_menu_bins, answer_after_menu_sum_us, lost_after_menu_bins, lost_after_menu_sum_us,
        toUInt64(0) AS revision, false AS is_closed, toUInt64(1) AS corrections
        FROM kpi_corrections FINAL
    ) AS part
    GROUP BY site, minute, dimension, name, direction
)
COMMENT 'One row for each minute, dimension and direction: the pane''s highest revision, corrections added';
