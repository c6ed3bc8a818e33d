//! A set of few.

use std::borrow::Borrow;

/// In their order. A call has a leg or two, an event has to do with one call: a list takes less time and memory than a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Few<T>(Vec<T>);

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Ord> Few<T> {
    fn place<Q: Ord + ?Sized>(&self, one: &Q) -> Result<usize, usize>
    where
        T: Borrow<Q>,
    {
        self.0.binary_search_by(|known| known.borrow().cmp(one))
    }

    pub fn insert(&mut self, one: T) {
        if let Err(place) = self.place(&one) {
            self.0.insert(place, one);
        }
    }

    pub fn remove<Q: Ord + ?Sized>(&mut self, one: &Q)
    where
        T: Borrow<Q>,
    {
        if let Ok(place) = self.place(one) {
            self.0.remove(place);
        }
    }

    pub fn contains<Q: Ord + ?Sized>(&self, one: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.place(one).is_ok()
    }

    pub fn append(&mut self, other: &mut Self) {
        other.0.drain(..).for_each(|one| self.insert(one));
    }

    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn into_vec(self) -> Vec<T> {
        self.0
    }
}

impl<'a, T> IntoIterator for &'a Few<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<T: Ord> Extend<T> for Few<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, more: I) {
        more.into_iter().for_each(|one| self.insert(one));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_once_and_in_order() {
        let (mut few, mut others) = (Few::default(), Few::default());
        few.extend([3, 1, 3, 2]);
        others.extend([0, 2]);
        few.append(&mut others);
        few.remove(&3);
        few.remove(&9);
        assert!(few.contains(&1) && !few.contains(&3));
        assert!(others.is_empty());
        assert_eq!(few.into_vec(), [0, 1, 2]);
    }
}
