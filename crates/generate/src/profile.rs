//! The municipality: what its units and queues are, and how much each is called.
//!
//! Sources and reasons of the figures: `docs/generate.md`.

use crate::chance::Length;

/// Some persons of one function, with extensions that follow one another.
#[derive(Debug, Clone, Copy)]
pub struct Unit {
    /// As in the configuration.
    pub name: &'static str,
    /// The first extension.
    pub first: u32,
    /// The last one.
    pub last: u32,
    /// How often one person is called, against the other units.
    pub weight: f64,
    /// How many of the absences have a diversion in the first year, as a share.
    pub discipline: f64,
    /// By how much this share changes in a year.
    pub discipline_a_year: f64,
}

/// When a queue is served, minutes of the local day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hours {
    /// On working days.
    Office {
        /// From.
        from: i64,
        /// Until.
        to: i64,
    },
    /// Every day, in three shifts.
    Always,
}

/// A queue and who serves it.
#[derive(Debug, Clone, Copy)]
pub struct Queue {
    /// As in the configuration.
    pub name: &'static str,
    /// What callers dial.
    pub number: &'static str,
    /// The first member's extension.
    pub first: u32,
    /// The last one's.
    pub last: u32,
    /// Its own share of the year's calls.
    pub share: f64,
    /// Calls come from the municipality's own phones.
    pub is_internal: bool,
    /// When it is served.
    pub hours: Hours,
    /// How long a talk lasts, s.
    pub talk: Length,
    /// How long members write afterwards, s.
    pub wrap_up_mean_s: f64,
    /// Until a member picks up, s.
    pub pick_up: Length,
    /// How often a member's phone rings out, as a share.
    pub missed: f64,
    /// After so long the caller is sent on, s.
    pub longest_wait_s: i64,
    /// So many may wait.
    pub places: usize,
    /// Spare members above the load: times its square root.
    pub spare: f64,
}

/// The operators' queue is the first.
pub const OPERATORS: usize = 0;

const fn unit(name: &'static str, first: u32, last: u32, weight: f64, discipline: (f64, f64)) -> Unit {
    let (discipline, discipline_a_year) = discipline;
    Unit { name, first, last, weight, discipline, discipline_a_year }
}

/// Units, the operators' own first.
pub const UNITS: [Unit; 13] = [
    unit("vaxeln", 9001, 9018, 0.0, (1.0, 0.0)),
    unit("kommunledning", 2000, 2029, 0.8, (0.82, 0.0)),
    unit("socialforvaltning", 2100, 2189, 1.5, (0.55, 0.05)),
    unit("aldreomsorg", 2200, 2269, 1.0, (0.58, 0.02)),
    unit("hemsjukvard", 2300, 2339, 0.7, (0.60, 0.0)),
    unit("miljo_bygg", 2400, 2449, 1.4, (0.70, 0.04)),
    unit("barn_utbildning", 2500, 2589, 1.1, (0.48, 0.06)),
    unit("gymnasium", 2600, 2639, 0.7, (0.50, 0.0)),
    unit("teknik", 2700, 2769, 1.0, (0.62, 0.0)),
    unit("kultur_fritid", 2800, 2839, 0.8, (0.66, 0.03)),
    unit("ekonomi", 2900, 2929, 0.6, (0.85, 0.0)),
    unit("it", 2950, 2974, 0.5, (0.88, 0.0)),
    unit("overformyndare", 2980, 2989, 1.2, (0.75, -0.02)),
];

const OFFICE: Queue = Queue {
    name: "",
    number: "",
    first: 0,
    last: 0,
    share: 0.0,
    is_internal: false,
    hours: Hours::Office { from: 8 * 60, to: 16 * 60 },
    talk: Length { median: 180.0, sigma: 0.8 },
    wrap_up_mean_s: 25.0,
    pick_up: Length { median: 5.0, sigma: 0.5 },
    missed: 0.06,
    longest_wait_s: 300,
    places: 15,
    spare: 0.9,
};

/// Queues, the operators' first.
pub const QUEUES: [Queue; 7] = [
    Queue {
        name: "vaxel",
        number: "0846500400",
        first: 9001,
        last: 9018,
        share: 0.17,
        hours: Hours::Office { from: 7 * 60 + 30, to: 16 * 60 + 30 },
        talk: Length { median: 30.0, sigma: 0.7 },
        wrap_up_mean_s: 6.0,
        pick_up: Length { median: 3.0, sigma: 0.5 },
        missed: 0.02,
        longest_wait_s: 600,
        places: 30,
        spare: 0.9,
        ..OFFICE
    },
    Queue {
        name: "socialtjanst",
        number: "0846500401",
        first: 2100,
        last: 2115,
        share: 0.055,
        talk: Length { median: 230.0, sigma: 0.8 },
        wrap_up_mean_s: 45.0,
        ..OFFICE
    },
    Queue {
        name: "bygglov",
        number: "0846500402",
        first: 2400,
        last: 2409,
        share: 0.02,
        hours: Hours::Office { from: 9 * 60, to: 15 * 60 },
        talk: Length { median: 260.0, sigma: 0.8 },
        ..OFFICE
    },
    Queue { name: "skola", number: "0846500403", first: 2500, last: 2511, share: 0.03, ..OFFICE },
    Queue {
        name: "teknik",
        number: "0846500404",
        first: 2700,
        last: 2711,
        share: 0.03,
        hours: Hours::Office { from: 7 * 60, to: 16 * 60 },
        ..OFFICE
    },
    Queue {
        name: "hemsjukvard",
        number: "0846500405",
        first: 2300,
        last: 2313,
        share: 0.03,
        hours: Hours::Always,
        talk: Length { median: 150.0, sigma: 0.8 },
        spare: 1.0,
        ..OFFICE
    },
    Queue {
        name: "it_support",
        number: "9026",
        first: 2950,
        last: 2959,
        share: 0.02,
        is_internal: true,
        talk: Length { median: 300.0, sigma: 0.9 },
        ..OFFICE
    },
];

/// Of the year's calls: from outside to a person, from a person to another, and out.
pub const DIRECT_SHARE: f64 = 0.33;
/// From a person to another.
pub const INTERNAL_SHARE: f64 = 0.12;
/// From a person to somebody outside.
pub const OUTGOING_SHARE: f64 = 0.18;
/// Of the calls to persons, so many end at the operators: what their number is planned for.
pub const FALLS_TO_OPERATORS: f64 = 0.37;

/// Talks of persons who were called, s.
pub const TALK_DIRECT: Length = Length { median: 105.0, sigma: 1.0 };
/// Of colleagues.
pub const TALK_INTERNAL: Length = Length { median: 70.0, sigma: 1.0 };
/// With somebody outside.
pub const TALK_OUTGOING: Length = Length { median: 90.0, sigma: 1.0 };
/// Until a person picks up.
pub const PICK_UP: Length = Length { median: 7.0, sigma: 0.5 };
/// How long callers stand waiting, s.
pub const PATIENCE: Length = Length { median: 190.0, sigma: 1.1 };
/// Callers who notice at once that they came to the wrong place.
pub const AT_ONCE_SHARE: f64 = 0.025;
/// Of lost callers, so many try again.
pub const TRIES_AGAIN: f64 = 0.45;
/// After so long, s.
pub const TRIES_AGAIN_AFTER: Length = Length { median: 420.0, sigma: 1.1 };
