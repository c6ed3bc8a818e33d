//! Longer ways through a PBX.

use super::check;

#[test]
fn all_phones_of_a_group_ring_and_one_is_taken() {
    check(
        "0 t1 in 521
         0 t1 joins grupp
         1 2101 out
         1 t1 dials 2101
         1 2102 out
         1 t1 dials 2102
         7 t1 dialled 2102 answer
         7 t1 dialled 2101 cancel
         7 t1 leaves grupp
         7 2101 ends
         7 2102 bridge b
         7 t1 bridge b
         20 t1 ends
         20 2102 ends",
        &["external answered same_function>same_function by=2102 after=7s [grupp answered 7s]"],
    );
}

#[test]
fn nobody_in_the_group_and_then_the_operator() {
    check(
        "0 t1 in 521
         0 t1 joins grupp
         1 2101 out
         1 t1 dials 2101
         30 t1 dialled 2101 noanswer
         30 2101 ends
         30 t1 abandons grupp
         30 t1 leaves grupp
         30 t1 exit timeout
         31 t1 joins vaxel
         32 9001 out
         32 t1 dials 9001
         36 t1 dialled 9001 answer
         36 t1 leaves vaxel
         50 t1 ends
         50 9001 ends",
        &["external answered operator>operator cause=group_timeout by=9001 after=36s \
           [grupp timed_out 30s] [vaxel answered 5s]"],
    );
}

const AWAY: &str = "0 t1 in 501
    0 t1 diverted 2102 lunch
    0 2102 out
    0 t1 dials 2102\n";

#[test]
fn the_pbx_sends_the_call_on_to_a_colleague() {
    check(
        &format!("{AWAY}5 t1 dialled 2102 answer\n9 t1 ends\n9 2102 ends"),
        &["external answered same_function>same_function by=2102 after=5s"],
    );
    check(
        &format!(
            "{AWAY}20 t1 dialled 2102 noanswer
             20 2102 ends
             20 t1 joins vaxel
             21 9001 out
             21 t1 dials 9001
             24 t1 dialled 9001 answer
             24 t1 leaves vaxel
             30 t1 ends
             30 9001 ends"
        ),
        &[
            "external answered operator>operator cause=colleague_no_answer by=9001 after=24s [vaxel answered 4s]",
        ],
    );
}

/// It answers with 302: the PBX follows by an internal pair.
#[test]
fn the_phone_sends_the_call_on_by_itself() {
    check(
        "0 t1 in 501
         0 2101 out
         0 t1 dials 2101
         1 l1 out
         1 l2 in 2102
         1 l1 pair l2
         1 t1 dials l1
         1 2101 ends
         1 2102 out
         1 l2 dials 2102
         6 l2 dialled 2102 answer
         6 t1 dialled l1 answer
         20 t1 ends
         20 l1 ends
         20 l2 ends
         20 2102 ends",
        &["external answered same_function>same_function by=2102 after=6s"],
    );
}

/// The PBX takes the pair out of the path once both sides talk.
#[test]
fn an_internal_pair_goes_and_the_call_goes_on() {
    check(
        "0 t1 in 501
         0 l1 out
         0 l2 in 2101
         0 l1 pair l2
         0 t1 dials l1
         0 2101 out
         0 l2 dials 2101
         5 l2 dialled 2101 answer
         5 t1 dialled l1 answer
         5 t1 bridge b
         5 l1 bridge b
         5 l2 bridge c
         5 2101 bridge c
         6 2101 unbridge c
         6 2101 bridge b
         6 l1 ends
         6 l2 ends
         60 t1 ends
         60 2101 ends",
        &["external answered sought_person>sought_person by=2101 after=5s"],
    );
}

const TALKING: &str = "0 t1 in 500
    0 t1 joins vaxel
    1 9001 out
    1 t1 dials 9001
    4 t1 dialled 9001 answer
    4 t1 leaves vaxel
    4 9001 bridge b
    4 t1 bridge b\n";

/// A person had answered: it is no lost call, however it ended.
#[test]
fn the_caller_gives_up_while_held() {
    check(
        &format!("{TALKING}9 9001 held\n50 t1 requests\n50 t1 ends\n50 9001 ends"),
        &["external answered operator>operator cause=main_number by=9001 after=4s [vaxel answered 4s]"],
    );
}

#[test]
fn a_person_asked_for_does_not_answer_and_the_operator_comes_back() {
    check(
        &format!(
            "{TALKING}9 9001 held
             10 9001b in 2101
             10 2101 out
             10 9001b dials 2101
             30 9001b dialled 2101 noanswer
             30 2101 ends
             30 9001b ends
             31 9001 bridge b
             60 t1 ends
             60 9001 ends"
        ),
        &["external answered operator>operator cause=main_number by=9001 after=4s [vaxel answered 4s]"],
    );
}

#[test]
fn a_person_the_caller_was_sent_to_is_busy_and_the_caller_leaves() {
    check(
        &format!(
            "{TALKING}10 t1 blind 9001 2101
             10 9001 ends
             10 2101 out
             10 t1 dials 2101
             11 t1 dialled 2101 busy
             11 2101 ends
             12 t1 requests
             12 t1 ends"
        ),
        &["external answered operator>operator cause=main_number by=9001 after=4s [vaxel answered 4s]"],
    );
}

/// What was alive then is gone; who was being served was served.
#[test]
fn the_pbx_stops_and_starts_in_the_middle_of_calls() {
    let waiting = "0 t2 in 500\n1 t2 joins vaxel\n";
    check(
        &format!(
            "{TALKING}{waiting}30 - pbx stops\n40 - pbx starts\n41 t3 in 500\n42 t3 requests\n42 t3 ends"
        ),
        &[
            "external answered operator>operator cause=main_number by=9001 after=4s [vaxel answered 4s]",
            "external failed lost>lost at=queue cause=main_number [vaxel withdrawn 29s]",
            "external abandoned lost>lost at=menu",
        ],
    );
    // It crashed: nobody said so.
    check(
        &format!("{waiting}40 - pbx starts"),
        &["external unknown none>none cause=main_number [vaxel unknown 39s]"],
    );
}

/// No event says that a key was pressed: the pass is unknown, the call is not.
#[test]
fn the_queue_is_left_for_a_mailbox() {
    check(
        "0 t1 in 501
         0 t1 joins vaxel
         20 t1 abandons vaxel
         20 t1 leaves vaxel
         21 t1 mailbox
         30 t1 message
         31 t1 ends",
        &["external voicemail personal_voicemail>personal_voicemail cause=unknown [vaxel unknown 20s]"],
    );
}
