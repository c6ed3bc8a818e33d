//! Where each panel stands. Panels are put side by side until a line of 24 is full, and the next line begins below the tallest of
//! them: none can lie on another.

/// Grafana's width of a dashboard.
pub(crate) const WIDTH: u32 = 24;

/// A panel's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

/// Gives out places, line by line.
#[derive(Debug, Default)]
pub(crate) struct Grid {
    x: u32,
    y: u32,
    tallest: u32,
}

impl Grid {
    /// The next place of that size; one that is too wide gets the whole line.
    pub fn place(&mut self, width: u32, height: u32) -> Place {
        let width = width.clamp(1, WIDTH);
        if self.x + width > WIDTH {
            self.next_line();
        }
        let place = Place { x: self.x, y: self.y, width, height };
        self.x += width;
        self.tallest = self.tallest.max(height);
        place
    }

    /// What comes next begins at the left, below everything.
    pub fn next_line(&mut self) {
        self.y += self.tallest;
        (self.x, self.tallest) = (0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_filled_and_begin_below_the_tallest() {
        let mut grid = Grid::default();
        let sizes = [(12, 4), (8, 9), (6, 3), (99, 2), (1, 1)];
        let places = sizes.map(|(width, height)| grid.place(width, height));
        let expect = [(0, 0, 12), (12, 0, 8), (0, 9, 6), (0, 12, 24), (0, 14, 1)];
        assert_eq!(places.map(|place| (place.x, place.y, place.width)), expect);
    }
}
