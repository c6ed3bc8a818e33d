//! Which column each field stands in.

use super::{Column, Field, Mapping};
use crate::csv_line::Columns;
use std::collections::BTreeMap;

/// What a header, or the mapping alone, says of where fields stand.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Places {
    /// The column of each field, from 0.
    columns: BTreeMap<Field, usize>,
    /// Names of columns that no field stands in.
    pub unused: Vec<String>,
    /// Fields that the mapping names and the header has not.
    pub absent: Vec<Field>,
}

impl Places {
    /// By the mapping's numbers alone; none if it names a column.
    pub(super) fn by_number(mapping: &Mapping) -> Option<Self> {
        let place = |(field, column): (&Field, &Column)| match column {
            Column::Number(number) => Some((*field, *number)),
            Column::Name(_) => None,
        };
        let columns: Option<BTreeMap<Field, usize>> = mapping.columns.iter().map(place).collect();
        Some(Self { columns: columns?, ..Self::default() })
    }

    /// By a header.
    pub(super) fn by_header(mapping: &Mapping, header: &Columns) -> Result<Self, String> {
        let names: Vec<&str> = (0..header.len()).map(|at| header.get(at).trim()).collect();
        let mut places = Self::default();
        for (field, column) in &mapping.columns {
            let at = match column {
                Column::Number(number) => Some(*number).filter(|number| *number < names.len()),
                Column::Name(name) => {
                    let mut found = (0..names.len()).filter(|at| names[*at] == name.trim());
                    let at = found.next();
                    if found.next().is_some() {
                        return Err(format!("the header has column {} twice", column.told()));
                    }
                    at
                }
            };
            match at {
                Some(at) => drop(places.columns.insert(*field, at)),
                None if Field::NEEDED.contains(field) => {
                    return Err(format!(
                        "the header has no column {} (import.columns.{})",
                        column.told(),
                        field.word()
                    ));
                }
                None => places.absent.push(*field),
            }
        }
        let is_used = |at: &usize| places.columns.values().any(|used| used == at);
        places.unused = (0..names.len()).filter(|at| !is_used(at)).map(|at| names[at].to_owned()).collect();
        Ok(places)
    }

    /// Where a field stands.
    #[must_use]
    pub fn of(&self, field: Field) -> Option<usize> {
        self.columns.get(&field).copied()
    }
}
