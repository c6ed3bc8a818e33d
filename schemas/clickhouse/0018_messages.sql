-- Who left a message and waits for a call: SELECT … FROM messages_open(begins = '2026-03-02 00:00:00', ends = '2026-03-02 14:00:00'), times
-- of UTC. A message is answered, as a lost call is (lost_callers_open), by the next answered call with the same party, whoever made it.
CREATE OR REPLACE VIEW messages_open AS
SELECT site, call_id, arrived_at, unit, dialled, caller
FROM calls_latest
WHERE arrived_at >= {begins:DateTime('UTC')} AND arrived_at < {ends:DateTime('UTC')}
    AND direction = 'external' AND caller_party = 'outside' AND outcome = 'voicemail' AND message_left
    AND (site, call_id) NOT IN (
        SELECT message.site, message.call_id
        FROM (
            SELECT site, call_id, arrived_at, pseudonym.epoch AS epoch, pseudonym.value AS value
            FROM calls_latest ARRAY JOIN caller_pseudonyms AS pseudonym
            WHERE arrived_at >= {begins:DateTime('UTC')} AND arrived_at < {ends:DateTime('UTC')}
                AND direction = 'external' AND caller_party = 'outside' AND outcome = 'voicemail' AND message_left
        ) AS message
        INNER JOIN (
            SELECT site, arrived_at, pseudonym.epoch AS epoch, pseudonym.value AS value
            FROM calls_latest ARRAY JOIN if(direction = 'external', caller_pseudonyms, dialled_pseudonyms) AS pseudonym
            WHERE arrived_at >= {begins:DateTime('UTC')} AND arrived_at < {ends:DateTime('UTC')} AND outcome = 'answered'
                AND (direction = 'external' AND caller_party = 'outside' OR direction = 'outgoing' AND dialled_party = 'outside')
        ) AS contact ON message.site = contact.site AND message.epoch = contact.epoch AND message.value = contact.value
        WHERE contact.arrived_at > message.arrived_at
    )
COMMENT 'Calls of a time that left a message, and whose caller nobody has spoken to until its end';
