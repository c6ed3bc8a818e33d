//! The words of the data (docs/measures.md), and how readers are told them.

use crate::column::Word;
use crate::text::t;

pub(crate) const OUTCOMES: &[Word] = &[
    ("answered", t("answered", "besvarat"), Some("green")),
    ("voicemail", t("mailbox", "röstbrevlåda"), Some("blue")),
    ("abandoned", t("lost: hung up", "tappat: lade på"), Some("red")),
    ("timed_out", t("lost: waited too long", "tappat: tidsgräns"), Some("red")),
    ("saturated", t("lost: queue full", "tappat: full kö"), Some("red")),
    ("blocked", t("lost: nobody there", "tappat: ingen där"), Some("red")),
    ("closed", t("closed", "stängt"), Some("purple")),
    ("flowed_out", t("left to outside", "vidare ut"), Some("purple")),
    ("failed", t("lost: technical", "tappat: tekniskt fel"), Some("red")),
    ("in_progress", t("going on", "pågår"), Some("text")),
    ("unknown", t("unknown", "okänt"), Some("text")),
];

pub(crate) const REACHES: &[Word] = &[
    ("sought_person", t("person sought", "sökt person"), None),
    ("same_function", t("same function", "samma funktion"), None),
    ("personal_voicemail", t("own mailbox", "personlig röstbrevlåda"), None),
    ("operator", t("operator", "telefonist"), None),
    ("lost", t("nobody: lost", "ingen: tappat"), None),
    ("none", t("not told", "framgår inte"), None),
];

pub(crate) const DIRECTIONS: &[Word] = &[
    ("external", t("external", "externt"), None),
    ("internal", t("internal", "internt"), None),
    ("outgoing", t("outgoing", "utgående"), None),
];

pub(crate) const KINDS: &[Word] = &[
    ("main", t("main number", "huvudnummer"), None),
    ("direct", t("direct number", "direktnummer"), None),
    ("group", t("group number", "gruppnummer"), None),
    ("other", t("other", "annat"), None),
];

pub(crate) const STAGES: &[Word] = &[
    ("menu", t("in the menu", "i talsvaret"), None),
    ("queue", t("in a queue", "i kö"), None),
    ("ringing", t("while a phone rang", "medan det ringde"), None),
    ("held", t("on hold", "parkerat"), None),
    ("transfer", t("while handed over", "vid koppling"), None),
];

pub(crate) const CAUSES: &[Word] = &[
    ("main_number", t("main number dialled", "huvudnumret slogs"), None),
    ("not_diverted", t("not diverted", "ej hänvisad"), None),
    ("diverted_to_operator", t("diverted to the operator", "hänvisad till telefonist"), None),
    ("colleague_no_answer", t("colleague did not answer", "kollega svarade inte"), None),
    ("group_timeout", t("nobody in the group answered", "ingen i gruppen svarade"), None),
    ("transferred", t("sent by a person", "kopplat av en person"), None),
    ("unknown", t("unknown", "okänd"), None),
];

/// Why nobody answered, and why somebody was diverted.
pub(crate) const REASONS: &[Word] = &[
    ("no_answer", t("rang out", "inget svar"), None),
    ("busy", t("busy", "upptaget"), None),
    ("unavailable", t("phone off", "telefonen av"), None),
    ("lunch", t("lunch", "lunch"), None),
    ("meeting", t("meeting", "möte"), None),
    ("sick", t("sick", "sjuk"), None),
    ("holiday", t("holiday", "semester"), None),
    ("trip", t("business trip", "tjänsteresa"), None),
    ("gone", t("gone for the day", "gått för dagen"), None),
    ("", t("–", "–"), None),
];

pub(crate) const WEEKDAYS: &[Word] = &[
    ("1", t("Monday", "måndag"), None),
    ("2", t("Tuesday", "tisdag"), None),
    ("3", t("Wednesday", "onsdag"), None),
    ("4", t("Thursday", "torsdag"), None),
    ("5", t("Friday", "fredag"), None),
    ("6", t("Saturday", "lördag"), None),
    ("7", t("Sunday", "söndag"), None),
];

/// The steps of one call's time line; results of passes are among them.
pub(crate) const STEPS: &[Word] = &[
    ("arrived", t("arrived", "kom in"), None),
    ("queue", t("stood in a queue", "stod i kö"), None),
    ("phone", t("a phone rang", "en telefon ringde"), None),
    ("person", t("a person answered", "en person svarade"), None),
    ("end", t("the caller's last leg ended", "uppringarens sista del slutade"), None),
];

pub(crate) const RESULTS: &[Word] = &[
    ("answered", t("answered", "besvarat"), Some("green")),
    ("abandoned", t("hung up", "lade på"), Some("red")),
    ("timed_out", t("waited too long", "tidsgräns"), Some("red")),
    ("saturated", t("queue full", "full kö"), Some("red")),
    ("blocked", t("nobody there", "ingen där"), Some("red")),
    ("flowed_out", t("left by key or overflow", "vidare"), Some("purple")),
    ("withdrawn", t("taken out", "uttaget"), Some("purple")),
    ("in_progress", t("still waiting", "väntar"), Some("text")),
    ("not_answered", t("not answered", "inget svar"), Some("text")),
    ("voicemail", t("mailbox", "röstbrevlåda"), Some("blue")),
    ("closed", t("closed", "stängt"), Some("purple")),
    ("failed", t("technical", "tekniskt fel"), Some("red")),
    ("unknown", t("unknown", "okänt"), Some("text")),
    ("", t("–", "–"), None),
];

pub(crate) const BANDS: [(&str, &str, crate::text::Text); 4] = [
    ("band_0_6", "lost_after_us < 6000000", t("0–6 s", "0–6 s")),
    ("band_6_12", "lost_after_us >= 6000000 AND lost_after_us < 12000000", t("6–12 s", "6–12 s")),
    ("band_12_30", "lost_after_us >= 12000000 AND lost_after_us < 30000000", t("12–30 s", "12–30 s")),
    ("band_30", "lost_after_us >= 30000000", t("30 s and more", "30 s och mer")),
];
