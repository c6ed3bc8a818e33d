//! Text → the domain's own types.

use crate::check::{ranges, wrong};
use crate::{
    CelEvent, Config, ConfigError, FileKind, PseudonymKey, Queue, QueueKind, ServiceTarget, TargetClock,
    UserEvent,
};
use call::event::DiversionKind;
use call::{SitePlan, SourceKind, Target, Text};
use org::{DialRules, KeyRing, NumberPlan, NumberRange, SiteNumbers};
use pbx::asterisk::{CelDialect, CelEventDialect, Dialect, UserEventDialect};
use std::collections::{BTreeMap, BTreeSet};

impl Config {
    /// What a call needs to know of the site.
    pub fn site_plan(&self) -> Result<SitePlan, ConfigError> {
        let mut plan = SitePlan {
            trunks: self.pbx.trunks.iter().map(|trunk| trunk.as_str().into()).collect(),
            sources: self.sources(),
            max_call_age_us: i64::from(self.processor.max_call_age_s) * 1_000_000,
            ..SitePlan::default()
        };
        for range in ranges("numbers.extensions", &self.numbers.extensions)? {
            plan.extensions.push((range.low.into(), range.high.into()));
        }
        for queue in &self.queues {
            let name: Text = queue.name.as_str().into();
            if let Some(unit) = &queue.unit {
                plan.queue_units.insert(name.clone(), unit.as_str().into());
            }
            if queue.kind == QueueKind::Operator {
                let members = ranges(&format!("queues `{}`", queue.name), &queue.members)?;
                plan.operators.extend(members.iter().flat_map(NumberRange::numbers).map(Text::from));
                plan.operator_queues.insert(name);
            }
        }
        for unit in &self.units {
            for range in ranges(&format!("units `{}`", unit.name), &unit.extensions)? {
                plan.extension_units.push((range.low.into(), range.high.into(), unit.name.as_str().into()));
            }
        }
        plan.routes = self.routes_by_every_spelling()?;
        plan.opening_hours = self.opening()?;
        Ok(plan)
    }

    /// The kinds of sources that the collector reads.
    fn sources(&self) -> BTreeSet<SourceKind> {
        let files = self.collector.files.iter().map(|file| match file.kind {
            FileKind::QueueLog => SourceKind::AsteriskQueueLog,
            FileKind::Cel => SourceKind::AsteriskCel,
            FileKind::Cdr => SourceKind::AsteriskCdr,
        });
        let live = self.pbx.ami.iter().map(|_| SourceKind::AsteriskAmi);
        let posted = self.collector.webhook.iter().map(|_| SourceKind::Webhook);
        files.chain(live).chain(posted).collect()
    }

    /// What each number leads to, as the file spells it.
    pub fn written_routes(&self) -> Result<Vec<(Text, Target)>, ConfigError> {
        let mut routes = Vec::new();
        for route in &self.routes {
            let place = format!("routes {:?}", route.numbers);
            let numbers = ranges(&place, &route.numbers)?;
            let numbers = numbers.iter().flat_map(NumberRange::numbers).map(Text::from);
            if let Some(queue) = &route.queue {
                routes.extend(numbers.map(|number| (number, Target::Queue(queue.as_str().into()))));
                continue;
            }
            let extensions = ranges(&place, route.extensions.as_deref().unwrap_or_default())?;
            let extensions = extensions.iter().flat_map(NumberRange::numbers);
            routes.extend(numbers.zip(extensions).map(|(number, e)| (number, Target::Extension(e.into()))));
        }
        Ok(routes)
    }

    /// What was dialled from outside stays as the trunk delivered it, so a route must be found by every spelling.
    fn routes_by_every_spelling(&self) -> Result<BTreeMap<Text, Target>, ConfigError> {
        let numbers = self.number_plan()?;
        let is_public = |number: &str| numbers.own.iter().any(|range| range.contains(number));
        let written = self.written_routes()?;
        let mut routes: BTreeMap<Text, Target> = written.iter().cloned().collect();
        for (number, target) in written.iter().filter(|(number, _)| is_public(number)) {
            for spelling in numbers.rules.spellings(number) {
                routes.entry(spelling.into()).or_insert_with(|| target.clone());
            }
        }
        Ok(routes)
    }

    /// The number rules with their keys; reads key files, which only the collector needs to be able to.
    pub fn numbers(&self) -> Result<SiteNumbers, ConfigError> {
        let keys: Result<Vec<_>, _> = self.numbers.pseudonym_keys.iter().map(PseudonymKey::read).collect();
        let keys =
            KeyRing::new(keys?).map_err(|e| ConfigError::new("numbers.pseudonym_keys", e.to_string()))?;
        Ok(SiteNumbers::new(self.number_plan()?, keys))
    }

    /// The same without keys: opens no file.
    pub fn number_plan(&self) -> Result<NumberPlan, ConfigError> {
        let numbers = &self.numbers;
        let mut internal = ranges("numbers.extensions", &numbers.extensions)?;
        internal.extend(ranges("numbers.short", &numbers.short)?);
        let prefix = |text: &String| match text.chars().collect::<Vec<_>>()[..] {
            [one] if !one.is_ascii_digit() => Ok(one),
            _ => wrong("numbers.service_prefixes", format!("`{text}` is not one character that is no digit")),
        };
        Ok(NumberPlan {
            own: ranges("numbers.own", &numbers.own)?,
            internal,
            service_prefixes: numbers.service_prefixes.iter().map(prefix).collect::<Result<_, _>>()?,
            rules: DialRules {
                country_code: numbers.country_code.clone(),
                trunk_prefix: numbers.trunk_prefix.clone(),
                international_prefix: numbers.international_prefix.clone(),
            },
        })
    }

    /// What the dialplan calls things.
    pub fn dialect(&self) -> Result<Dialect, ConfigError> {
        let diversions = &self.pbx.diversions;
        let kind = |(word, meaning): (&String, &String)| {
            let kind = match meaning.as_str() {
                "colleague" => DiversionKind::Colleague,
                "voicemail" => DiversionKind::Voicemail,
                "operator" => DiversionKind::Operator,
                "other" => DiversionKind::Other,
                _ => {
                    let what = format!("`{word}` must mean colleague, voicemail, operator or other");
                    return wrong("pbx.diversions.kinds", what);
                }
            };
            Ok((word.clone(), kind))
        };
        Ok(Dialect {
            trunks: self.pbx.trunks.iter().cloned().collect(),
            not_diverted: diversions.not_diverted.as_ref().map(user_event),
            diverted: diversions.diverted.as_ref().map(user_event),
            set: diversions.set.as_ref().map(user_event),
            cleared: diversions.cleared.as_ref().map(user_event),
            kinds: diversions.kinds.iter().map(kind).collect::<Result<_, _>>()?,
            reasons: diversions.reasons.clone(),
            priority_variable: self.pbx.priority_variable.clone(),
            queue_contexts: self.queue_contexts(),
            queue_numbers: self.queue_numbers()?,
            cel: self.cel_dialect(),
            member_names: self.pbx.member_names.clone(),
        })
    }

    fn queue_contexts(&self) -> BTreeMap<String, String> {
        let of = |queue: &Queue| {
            queue.contexts.iter().map(|context| (context.clone(), queue.name.clone())).collect()
        };
        self.queues.iter().flat_map(|queue| -> Vec<_> { of(queue) }).collect()
    }

    fn queue_numbers(&self) -> Result<BTreeMap<String, String>, ConfigError> {
        let queue = |(number, target): (Text, Target)| match target {
            Target::Queue(queue) => Some((number.into(), queue.into())),
            Target::Extension(_) => None,
        };
        Ok(self.routes_by_every_spelling()?.into_iter().filter_map(queue).collect())
    }

    fn cel_dialect(&self) -> CelDialect {
        let event =
            |event: &CelEvent| CelEventDialect { name: event.event.clone(), fields: event.fields.clone() };
        let cel = &self.pbx.cel;
        CelDialect {
            columns: cel.columns.clone(),
            not_diverted: cel.not_diverted.as_ref().map(event),
            diverted: cel.diverted.as_ref().map(event),
        }
    }

    /// What the measures need to know. Each T once, however many targets have it.
    #[must_use]
    pub fn kpi_settings(&self) -> kpi::Settings {
        let mut thresholds_s: Vec<u32> = Vec::new();
        for target in &self.targets {
            if !thresholds_s.contains(&target.answer_within_s) {
                thresholds_s.push(target.answer_within_s);
            }
        }
        kpi::Settings { cadence: kpi::Cadence { seconds: self.ring_cadence_s }, thresholds_s }
    }

    /// The service-level targets.
    #[must_use]
    pub fn service_targets(&self) -> Vec<kpi::Target> {
        self.targets.iter().map(service_target).collect()
    }
}

/// A target as the measures know it.
#[must_use]
pub fn service_target(target: &ServiceTarget) -> kpi::Target {
    let scope = match (&target.queue, &target.unit) {
        (Some(queue), _) => kpi::Dimension::Queue(queue.as_str().into()),
        (None, Some(unit)) => kpi::Dimension::Unit(unit.as_str().into()),
        (None, None) => kpi::Dimension::Site,
    };
    let clock = match target.clock {
        Some(TargetClock::Arrival) => kpi::Clock::Arrival,
        Some(TargetClock::Menu) => kpi::Clock::Menu,
        Some(TargetClock::Queue) => kpi::Clock::Queue,
        None if target.queue.is_some() => kpi::Clock::Queue,
        None => kpi::Clock::Arrival,
    };
    kpi::Target {
        name: target.name.as_str().into(),
        within_s: u16::try_from(target.answer_within_s).unwrap_or(u16::MAX),
        clock,
        scope,
        share: target.share,
        lost_share_max: target.lost_share_max,
    }
}

fn user_event(event: &UserEvent) -> UserEventDialect {
    UserEventDialect {
        name: event.user_event.clone(),
        sought: event.sought.clone(),
        dial_status: event.dial_status.clone(),
        kind: event.kind.clone(),
        reason: event.reason.clone(),
        target: event.target.clone(),
    }
}
