//! From the schema that a record was written with to ours, by Avro's rules of schema resolution: bytes to bytes.
//!
//! Not by apache-avro, whose resolution (0.21) looks for the branch of a union by shape (a record without fields takes
//! every other record's place) and which reads null where the bytes end too early. Here it goes by name.

use crate::avro::{In, Misfit, Out};
use apache_avro::Schema;
use apache_avro::schema::{RecordField, RecordSchema};
use serde_json::Value as Json;
use std::collections::HashMap;

/// A schema with its named types, by their name without namespace, as the specification matches them.
#[derive(Debug)]
pub(crate) struct Named {
    schema: Schema,
    names: HashMap<String, Schema>,
}

impl Named {
    /// Fails when two types have the same name in different namespaces: they could not be told apart.
    pub(crate) fn new(schema: Schema) -> Result<Self, String> {
        let mut names = HashMap::new();
        collect(&schema, &mut names)?;
        Ok(Self { schema, names })
    }

    /// What a name stands for.
    fn named<'s>(&'s self, schema: &'s Schema) -> Result<&'s Schema, String> {
        match schema {
            Schema::Ref { name } => {
                let known = self.names.get(&name.name);
                known.ok_or_else(|| format!("the schema does not say what {} is", name.name))
            }
            other => Ok(other),
        }
    }
}

fn collect(schema: &Schema, names: &mut HashMap<String, Schema>) -> Result<(), String> {
    if let Some(name) = schema.name()
        && !matches!(schema, Schema::Ref { .. })
        && names.insert(name.name.clone(), schema.clone()).is_some()
    {
        return Err(format!("the schema has two types with the name {}", name.name));
    }
    match schema {
        Schema::Record(record) => record.fields.iter().try_for_each(|field| collect(&field.schema, names)),
        Schema::Union(union) => union.variants().iter().try_for_each(|branch| collect(branch, names)),
        Schema::Array(array) => collect(&array.items, names),
        Schema::Map(map) => collect(&map.types, names),
        _ => Ok(()),
    }
}

/// The bytes of the same record as our schema has them. The error is for an operator.
pub(crate) fn to_ours(writer: &Named, ours: &Named, body: &[u8]) -> Result<Vec<u8>, String> {
    let (mut from, mut out) = (In::new(body), Out::default());
    let result = Resolution { writer, ours }.put(&mut from, &writer.schema, &ours.schema, &mut out);
    let left = from.left();
    match result {
        Err(error) => Err(format!("{error}, at byte {} of {}", body.len() - left, body.len())),
        Ok(()) if left > 0 => Err(format!("{left} bytes are left over")),
        Ok(()) => Ok(out.into_bytes()),
    }
}

impl From<Misfit> for String {
    fn from(Misfit(what): Misfit) -> Self {
        what.to_owned()
    }
}

struct Resolution<'s> {
    writer: &'s Named,
    ours: &'s Named,
}

impl<'s> Resolution<'s> {
    /// Reads one value as it was written, and writes it as ours.
    fn put(
        &self,
        from: &mut In<'_>,
        writer: &'s Schema,
        ours: &'s Schema,
        out: &mut Out,
    ) -> Result<(), String> {
        let (writer, ours) = (self.writer.named(writer)?, self.ours.named(ours)?);
        match (writer, ours) {
            (Schema::Union(union), _) => {
                let branch = branch_of(from.long()?, union.variants())?;
                self.put(from, branch, ours, out)
            }
            (_, Schema::Union(union)) => {
                let place = self.branch(writer, union.variants())?;
                out.long(place as i64);
                self.put(from, writer, &union.variants()[place], out)
            }
            (Schema::Record(writer), Schema::Record(ours)) => self.put_record(from, writer, ours, out),
            (Schema::Array(writer), Schema::Array(ours)) => {
                let (mut count, mut items) = (0, Out::default());
                from.array(|from| {
                    count += 1;
                    self.put(from, &writer.items, &ours.items, &mut items)
                })?;
                if count > 0 {
                    out.long(count);
                }
                out.raw(&items.into_bytes());
                out.long(0);
                Ok(())
            }
            _ if !fits(writer, ours) => Err(format!("{} where {} is wanted", what(writer), what(ours))),
            (Schema::Enum(writer), Schema::Enum(_)) => {
                let symbol = usize::try_from(from.long()?).ok().and_then(|place| writer.symbols.get(place));
                put_symbol(symbol.ok_or("a word that the schema lacks")?, ours, out)
            }
            _ => self.skip(from, writer).map(|bytes| out.raw(bytes)),
        }
    }

    /// The place of the branch that takes what `writer` wrote: the same type first, then one that it may grow into.
    fn branch(&self, writer: &Schema, branches: &'s [Schema]) -> Result<usize, String> {
        let place = |wanted: fn(&Schema, &Schema) -> bool| {
            branches.iter().position(|branch| {
                self.ours.named(branch).is_ok_and(|branch| fits(writer, branch) && wanted(writer, branch))
            })
        };
        let same = |a: &Schema, b: &Schema| std::mem::discriminant(a) == std::mem::discriminant(b);
        place(same)
            .or_else(|| place(|_, _| true))
            .ok_or_else(|| format!("{} is newer than this program", what(writer)))
    }

    fn put_record(
        &self,
        from: &mut In<'_>,
        writer: &'s RecordSchema,
        ours: &'s RecordSchema,
        out: &mut Out,
    ) -> Result<(), String> {
        if writer.name.name != ours.name.name {
            return Err(format!("a record {} where {} is wanted", writer.name.name, ours.name.name));
        }
        let in_field =
            |field: &RecordField, error: String| format!("{}.{}: {error}", ours.name.name, field.name);
        let mut parts: Vec<Option<Out>> = ours.fields.iter().map(|_| None).collect();
        for written in &writer.fields {
            match ours.fields.iter().zip(&mut parts).find(|(field, _)| is_called(field, &written.name)) {
                Some((field, part)) => self
                    .put(from, &written.schema, &field.schema, part.insert(Out::default()))
                    .map_err(|error| in_field(field, error))?,
                None => drop(self.skip(from, &written.schema).map_err(|error| in_field(written, error))?),
            }
        }
        for (field, part) in ours.fields.iter().zip(parts) {
            match (part, &field.default) {
                (Some(part), _) => out.raw(&part.into_bytes()),
                (None, Some(default)) => {
                    self.put_default(default, &field.schema, out).map_err(|error| in_field(field, error))?;
                }
                (None, None) => {
                    return Err(in_field(field, "nothing was written, and there is no default".into()));
                }
            }
        }
        Ok(())
    }

    /// Goes past a value of the writer's; its bytes.
    fn skip<'a>(&self, from: &mut In<'a>, writer: &'s Schema) -> Result<&'a [u8], String> {
        let begun = from.clone();
        match self.writer.named(writer)? {
            Schema::Null => {}
            Schema::Boolean => drop(from.raw(1)?),
            Schema::Float => drop(from.raw(4)?),
            Schema::Double => drop(from.raw(8)?),
            Schema::Duration => drop(from.raw(12)?),
            Schema::Fixed(fixed) => drop(from.raw(fixed.size)?),
            Schema::String | Schema::Bytes | Schema::BigDecimal | Schema::Uuid => drop(from.text()?),
            Schema::Decimal(decimal) => drop(self.skip(from, &decimal.inner)?),
            Schema::Array(array) => from.array(|from| self.skip(from, &array.items).map(drop))?,
            Schema::Map(map) => from.array(|from| {
                from.text()?;
                self.skip(from, &map.types).map(drop)
            })?,
            Schema::Union(union) => {
                let branch = branch_of(from.long()?, union.variants())?;
                self.skip(from, branch)?;
            }
            Schema::Record(record) => {
                record.fields.iter().try_for_each(|field| self.skip(from, &field.schema).map(drop))?;
            }
            // Every other type is an integer: numbers, words, dates and times.
            _ => drop(from.long()?),
        }
        Ok(begun.until(from))
    }

    fn put_default(&self, default: &Json, ours: &'s Schema, out: &mut Out) -> Result<(), String> {
        let ours = self.ours.named(ours)?;
        match (default, ours) {
            (_, Schema::Union(union)) => {
                out.long(0);
                self.put_default(default, union.variants().first().ok_or("an empty union")?, out)
            }
            (Json::Object(values), Schema::Record(record)) => record.fields.iter().try_for_each(|field| {
                let value = values.get(&field.name).or(field.default.as_ref());
                self.put_default(value.ok_or("a default that lacks a field")?, &field.schema, out)
            }),
            (Json::Array(values), Schema::Array(_)) if values.is_empty() => {
                out.long(0);
                Ok(())
            }
            (Json::String(symbol), Schema::Enum(_)) => put_symbol(symbol, ours, out),
            (Json::Number(number), Schema::Int | Schema::Long | Schema::TimestampMicros) => {
                out.long(number.as_i64().ok_or("a default that is no integer")?);
                Ok(())
            }
            (Json::String(text), Schema::String) => {
                out.text(text);
                Ok(())
            }
            (Json::Bool(truth), Schema::Boolean) => {
                out.raw(&[u8::from(*truth)]);
                Ok(())
            }
            (Json::Null, Schema::Null) => Ok(()),
            _ => Err(format!("a default that does not fit {}", what(ours))),
        }
    }
}

fn branch_of(place: i64, branches: &[Schema]) -> Result<&Schema, String> {
    let branch = usize::try_from(place).ok().and_then(|place| branches.get(place));
    branch.ok_or_else(|| "a branch that the union lacks".to_owned())
}

/// The field's name, or one that it had.
fn is_called(field: &RecordField, name: &str) -> bool {
    field.name == name || field.aliases.iter().flatten().any(|alias| alias == name)
}

/// Whether a value written as one may be read as the other. A record's fields are looked at when it is read.
fn fits(writer: &Schema, ours: &Schema) -> bool {
    match (writer, ours) {
        (Schema::Fixed(writer), Schema::Fixed(ours)) => {
            writer.name.name == ours.name.name && writer.size == ours.size
        }
        (Schema::Record(_), Schema::Record(_)) | (Schema::Enum(_), Schema::Enum(_)) => {
            writer.name().map(|name| &name.name) == ours.name().map(|name| &name.name)
        }
        (Schema::Int, Schema::Long) | (Schema::Long, Schema::TimestampMicros) => true,
        (Schema::TimestampMicros, Schema::Long) => true,
        _ => std::mem::discriminant(writer) == std::mem::discriminant(ours),
    }
}

fn put_symbol(symbol: &String, ours: &Schema, out: &mut Out) -> Result<(), String> {
    let Schema::Enum(ours) = ours else { return Err(format!("a word where {} is wanted", what(ours))) };
    let place = |wanted: &String| ours.symbols.iter().position(|known| known == wanted);
    let place = place(symbol).or_else(|| ours.default.as_ref().and_then(place));
    out.long(place.ok_or_else(|| format!("the word {symbol} is newer than this program"))? as i64);
    Ok(())
}

/// A schema in an error: its name, or its type.
fn what(schema: &Schema) -> String {
    match schema.name() {
        Some(name) => name.name.clone(),
        None => format!("{:?}", apache_avro::schema::SchemaKind::from(schema)).to_lowercase(),
    }
}

#[cfg(test)]
mod tests;
