//! docs/measures.md explains every word.

use call::{CauseKind, DialledKind, Direction, LostStage, NotDiverted, Outcome, PassResult, Reach};

#[test]
fn every_word_is_explained() {
    let document = include_str!("../../../../docs/measures.md");
    let chapter = |heading: &str| {
        let found = document.split("\n## ").find(|chapter| chapter.starts_with(heading));
        found.unwrap_or_else(|| panic!("docs/measures.md has no chapter {heading}"))
    };
    let check = |heading: &str, words: Vec<&str>| {
        for word in words {
            assert!(
                chapter(heading).contains(&format!("| `{word}` |")),
                "{heading}: `{word}` is not explained"
            );
        }
    };
    check("Direction", Direction::ALL.iter().map(|word| word.word()).collect());
    check("Number dialled", DialledKind::ALL.iter().map(|word| word.word()).collect());
    check("Outcome", Outcome::ALL.iter().map(|word| word.word()).collect());
    check("Reach", Reach::ALL.iter().map(|word| word.word()).collect());
    check("Stage of a loss", LostStage::ALL.iter().map(|word| word.word()).collect());
    check("Passes", PassResult::ALL.iter().map(|word| word.word()).collect());
    check("Why the operator got it", CauseKind::ALL.iter().map(|word| word.word()).collect());
    check("Why the operator got it", NotDiverted::ALL.iter().map(|word| word.word()).collect());
    let measures = [
        "offered",
        "answered",
        "lost",
        "lost_share",
        "answer_time_us",
        "wait_us",
        "caller_signals",
        "ring_signals",
        "sl_of_offered",
        "sl_without_short",
        "sl_with_short",
        "sl_of_answered",
        "undiverted_share",
        "undiverted_of_operator",
        "direct_number_share",
        "undiverted_busy_calls",
        "menu_time",
        "ring_time",
        "answer_after_menu",
        "lost_after_menu",
        "priority_inversions",
        "overtaken_passes",
        "overtaken_us",
        "transferred_calls",
        "left_on_hold",
        "asked_for",
        "repeat_calls",
        "recoveries",
        "lost_callers_open",
    ];
    for measure in measures {
        assert!(document.contains(&format!("`{measure}`")), "`{measure}` is not explained");
    }
}
