//! Values that a schema can write, so that every branch, word, null and array of it is among them.

use super::super::Named;
use apache_avro::Schema;
use apache_avro::types::Value;

/// The samples of a schema.
pub(super) fn samples(schema: &Schema) -> Vec<Value> {
    of(schema, &Named::new(schema.clone()).unwrap())
}

fn of(schema: &Schema, names: &Named) -> Vec<Value> {
    match names.named(schema).unwrap() {
        Schema::Null => vec![Value::Null],
        Schema::Boolean => vec![Value::Boolean(true), Value::Boolean(false)],
        Schema::Int => vec![Value::Int(0), Value::Int(65_535)],
        Schema::Long => vec![Value::Long(0), Value::Long(-1), Value::Long(i64::MAX)],
        Schema::TimestampMicros => vec![Value::TimestampMicros(1_763_971_200_000_000)],
        Schema::String => vec![Value::String(String::new()), Value::String("kö 1".to_owned())],
        Schema::Fixed(fixed) => vec![Value::Fixed(fixed.size, (0..).take(fixed.size).collect())],
        Schema::Enum(words) => {
            (0..).zip(&words.symbols).map(|(place, word)| Value::Enum(place, word.clone())).collect()
        }
        Schema::Array(array) => vec![Value::Array(Vec::new()), Value::Array(of(&array.items, names))],
        Schema::Union(union) => (0..)
            .zip(union.variants())
            .flat_map(|(place, branch)| {
                of(branch, names).into_iter().map(move |value| Value::Union(place, Box::new(value)))
            })
            .collect(),
        Schema::Record(record) => {
            let fields: Vec<_> =
                record.fields.iter().map(|field| (field.name.clone(), of(&field.schema, names))).collect();
            let count = fields.iter().map(|(_, values)| values.len()).max().unwrap_or(1);
            let nth = |n: usize| {
                fields.iter().map(|(name, values)| (name.clone(), values[n % values.len()].clone())).collect()
            };
            (0..count).map(|n| Value::Record(nth(n))).collect()
        }
        other => panic!("the schemas have no {other:?}"),
    }
}
