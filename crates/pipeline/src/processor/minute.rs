//! The open panes of one minute of a site.

use call::{Direction, Map, Text};
use kpi::{Dimension, Pane, Place, Whose};

/// A pane that may still be revised.
#[derive(Debug, Default)]
pub(super) struct Open {
    /// Apart, because it is large, and most places have one of one direction.
    pub pane: Box<Pane>,
    pub revision: u64,
    /// Calls that count in it and are not final, each as often as it does.
    pub live: u32,
    /// Since the last commit.
    pub is_changed: bool,
}

/// By direction.
type Directions = [Option<Open>; Direction::ALL.len()];

/// Panes that are looked for without a copy of their name.
#[derive(Debug, Default)]
pub(super) struct Minute {
    site: Directions,
    queues: Map<Text, Directions>,
    units: Map<Text, Directions>,
}

impl Minute {
    pub fn get(&self, place: &Place<'_>) -> Option<&Open> {
        let directions = match place.whose {
            Whose::Site => &self.site,
            Whose::Queue(name) => self.queues.get(name)?,
            Whose::Unit(name) => self.units.get(name)?,
        };
        directions[place.direction.index()].as_ref()
    }

    pub fn get_mut(&mut self, place: &Place<'_>) -> Option<&mut Open> {
        let directions = match place.whose {
            Whose::Site => &mut self.site,
            Whose::Queue(name) => self.queues.get_mut(name)?,
            Whose::Unit(name) => self.units.get_mut(name)?,
        };
        directions[place.direction.index()].as_mut()
    }

    /// Acts on it; on an empty one if it is not there. Only a new one needs a copy of its name.
    pub fn open<R>(&mut self, place: &Place<'_>, act: impl FnOnce(&mut Open) -> R) -> R {
        match self.get_mut(place) {
            Some(open) => act(open),
            None => act(self.insert(place)),
        }
    }

    fn insert(&mut self, place: &Place<'_>) -> &mut Open {
        let directions = match place.whose {
            Whose::Site => &mut self.site,
            Whose::Queue(name) => self.queues.entry(name.into()).or_default(),
            Whose::Unit(name) => self.units.entry(name.into()).or_default(),
        };
        directions[place.direction.index()].insert(Open::default())
    }

    pub fn len(&self) -> usize {
        let of = |directions: &Directions| directions.iter().flatten().count();
        let named = self.queues.values().chain(self.units.values());
        of(&self.site) + named.map(of).sum::<usize>()
    }

    pub fn is_empty(&self) -> bool {
        self.queues.is_empty() && self.units.is_empty() && self.site.iter().all(Option::is_none)
    }

    /// Gives away those that no live call counts in.
    pub fn close(&mut self, mut give: impl FnMut(Dimension, Direction, Open)) {
        let mut close = |directions: &mut Directions, dimension: &dyn Fn() -> Dimension| {
            for (open, direction) in directions.iter_mut().zip(Direction::ALL) {
                if let Some(open) = open.take_if(|open| open.live == 0) {
                    give(dimension(), *direction, open);
                }
            }
            directions.iter().any(Option::is_some)
        };
        close(&mut self.site, &|| Dimension::Site);
        self.queues.retain(|name, directions| close(directions, &|| Dimension::Queue(name.clone())));
        self.units.retain(|name, directions| close(directions, &|| Dimension::Unit(name.clone())));
    }
}
