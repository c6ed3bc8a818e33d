//! Stories with the moments at which somebody is told of something. Stockholm's clocks are an hour ahead of these until the end of March 2026.

use super::Moment;
use super::story::{MINUTE, Story, message, party, to_phones, us};
use call::{Call, Direction, Outcome, PassResult};

pub fn all() -> Vec<(Story, &'static [Moment])> {
    [targets(), now(), units(), weeks()].into_iter().flatten().collect()
}

/// Everything was heard, from morning to night.
fn day(of: &str) -> Story {
    Story::default().heard(&format!("{of}T05:00Z"), &format!("{of}T22:00Z"))
}

/// Somebody calls the second caller.
fn called_back(call: &mut Call) {
    call.direction = Direction::Outgoing;
    call.outcome = Outcome::Answered;
    call.dialled = party(2);
}

/// Targets that are missed.
fn targets() -> Vec<(Story, &'static [Moment])> {
    vec![
        (day("2026-01-12"), &[("2026-01-12T09:30:00Z", &[]), ("2026-01-12T21:00:00Z", &[])]),
        (
            day("2026-01-26").callers("2026-01-26T08:00:00Z", 60, 60, 3).callers(
                "2026-01-26T09:00:00Z",
                30,
                60,
                0,
            ),
            &[
                ("2026-01-26T08:10:00Z", &[]),
                (
                    "2026-01-26T08:40:30Z",
                    &[
                        "ServiceLevelFast board",
                        "ServiceLevelFast unit",
                        "ServiceLevelSlow board",
                        "ServiceLevelSlow unit",
                    ],
                ),
                // Better again: the short window ends it.
                ("2026-01-26T09:07:30Z", &["ServiceLevelSlow board", "ServiceLevelSlow unit"]),
                ("2026-01-26T09:40:00Z", &[]),
            ],
        ),
        // The same at night, when the switchboard is closed; and callers who gave up, too few to tell of.
        (
            day("2026-02-09")
                .callers("2026-02-09T17:00:00Z", 60, 60, 4)
                .caller(us("2026-02-09T10:00:00Z"), 90, PassResult::Abandoned)
                .caller(us("2026-02-09T10:01:00Z"), 5, PassResult::Answered),
            &[("2026-02-09T17:45:00Z", &[]), ("2026-02-09T10:04:00Z", &[])],
        ),
        // Three of ten are lost.
        (
            (0..40).fold(day("2026-02-23"), |story, n| {
                let result = if n % 10 < 3 { PassResult::Abandoned } else { PassResult::Answered };
                story.caller(us("2026-02-23T08:00:00Z") + n * MINUTE, 4, result)
            }),
            &[(
                "2026-02-23T08:34:30Z",
                &[
                    "ServiceLevelFast unit",
                    "ServiceLevelSlow board",
                    "ServiceLevelSlow unit",
                    "LostShareFast board",
                    "LostShareSlow board",
                ],
            )],
        ),
    ]
}

/// Who waits, and what is heard.
fn now() -> Vec<(Story, &'static [Moment])> {
    vec![
        // One waits; at eleven in the evening another one does.
        (
            Story::default()
                .heard("2026-03-09T05:00Z", "2026-03-09T10:03Z")
                .heard("2026-03-09T20:00Z", "2026-03-09T22:30Z")
                .caller(us("2026-03-09T10:00:00Z"), 0, PassResult::InProgress)
                .caller(us("2026-03-09T22:00:00Z"), 0, PassResult::InProgress),
            &[
                ("2026-03-09T10:02:00Z", &[]),
                ("2026-03-09T10:02:01Z", &["LongestWait board"]),
                // The PBX has fallen silent: what is not heard is no wait, and is told.
                ("2026-03-09T10:10:00Z", &["FiguresStill", "Gap"]),
                ("2026-03-09T22:30:00Z", &[]),
            ],
        ),
        // A hole of two minutes.
        (
            Story::default()
                .heard("2026-03-23T05:00Z", "2026-03-23T09:00Z")
                .heard("2026-03-23T09:02Z", "2026-03-23T12:00Z"),
            &[
                ("2026-03-23T09:06:00Z", &[]),
                ("2026-03-23T09:08:00Z", &["Gap"]),
                ("2026-03-23T09:30:00Z", &[]),
            ],
        ),
    ]
}

/// Telephones and mailboxes.
fn units() -> Vec<(Story, &'static [Moment])> {
    vec![
        (to_phones("2026-04-06", 12, 4), &[("2026-04-06T09:00:00Z", &["Undiverted Växeln {{1}}"])]),
        (to_phones("2026-04-20", 12, 3), &[("2026-04-20T09:00:00Z", &[])]),
        (to_phones("2026-05-04", 9, 9), &[("2026-05-04T09:00:00Z", &[])]),
        // Summer time: three o'clock is 13:00 UTC. One is called back, one is answered later, one calls after three.
        (
            day("2026-05-18")
                .call("2026-05-18T07:00:00Z", message(1))
                .call("2026-05-18T08:00:00Z", message(2))
                .call("2026-05-18T13:30:00Z", message(3))
                .call("2026-05-18T13:20:00Z", called_back),
            &[
                ("2026-05-18T12:59:00Z", &[]),
                ("2026-05-18T13:00:00Z", &["MessagesNotCalledBack Växeln {{1}}"]),
                ("2026-05-19T00:00:00Z", &["FiguresStill", "Gap"]),
            ],
        ),
        (
            day("2026-06-01")
                .call("2026-06-01T13:05:00Z", message(4))
                .call("2026-06-01T08:00:00Z", message(2))
                .call("2026-06-01T09:20:00Z", called_back),
            &[("2026-06-01T13:10:00Z", &[])],
        ),
    ]
}

/// Calls that do not come: the same minutes of a week before, by the clocks of Stockholm.
fn weeks() -> Vec<(Story, &'static [Moment])> {
    let callers =
        |of: &str, count: i64, every_s: i64| day(of).callers(&format!("{of}T08:00:00Z"), count, every_s, 0);
    vec![
        (callers("2026-06-15", 60, 30), &[("2026-06-15T08:29:00Z", &[])]),
        (
            callers("2026-06-22", 15, 40),
            &[("2026-06-22T08:17:00Z", &[]), ("2026-06-22T08:29:00Z", &["CallsMissing"])],
        ),
        // A week before there were too few to miss.
        (day("2026-06-29"), &[("2026-06-29T08:17:00Z", &[])]),
        (callers("2026-07-20", 60, 30), &[]),
        // Nothing is heard: that is told, and not that calls are missing.
        (
            Story::default().heard("2026-07-27T05:00Z", "2026-07-27T08:15Z"),
            &[
                ("2026-07-27T08:17:30Z", &["CallsMissing"]),
                ("2026-07-27T08:29:00Z", &["FiguresStill", "Gap"]),
            ],
        ),
        // Clocks were put back in between.
        (callers("2026-10-19", 60, 30), &[]),
        (day("2026-10-26"), &[("2026-10-26T08:29:00Z", &[]), ("2026-10-26T09:29:00Z", &["CallsMissing"])]),
    ]
}
