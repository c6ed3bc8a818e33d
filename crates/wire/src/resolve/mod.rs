//! From the schema that a record was written with to ours, by Avro's rules of schema resolution.
//!
//! apache-avro decodes; the resolution is done here because its own (0.21) looks for the branch of a union by shape: a
//! record without fields takes every other record's place. By the specification, which is followed here, it goes by name.

use crate::avro::Out;
use apache_avro::Schema;
use apache_avro::schema::{RecordField, RecordSchema};
use apache_avro::types::Value;
use serde_json::Value as Json;
use std::collections::HashMap;
use std::io::Read;

/// Named types of one schema, by their name without namespace, as the specification matches them.
type Names<'s> = HashMap<&'s str, &'s Schema>;

struct Resolution<'s> {
    writer: Names<'s>,
    ours: Names<'s>,
}

/// The bytes of the same record as our schema has them. The error is for an operator.
pub(crate) fn to_ours(writer: &Schema, ours: &Schema, body: &[u8]) -> Result<Vec<u8>, String> {
    let mut from = Whole { rest: body, is_cut: false };
    let value = apache_avro::from_avro_datum(writer, &mut from, None);
    // apache-avro reads null where the bytes end too early: a record that is cut would pass.
    if from.is_cut {
        return Err(format!("cut off at byte {}", body.len()));
    }
    let value = value.map_err(|error| error.to_string())?;
    if !from.rest.is_empty() {
        return Err(format!("{} bytes are left over", from.rest.len()));
    }
    let (mut writers, mut own) = (Names::new(), Names::new());
    collect(writer, &mut writers)?;
    collect(ours, &mut own)?;
    let mut out = Out::default();
    Resolution { writer: writers, ours: own }.put(&value, writer, ours, &mut out)?;
    Ok(out.into_bytes())
}

/// Remembers whether more was asked for than there is.
struct Whole<'a> {
    rest: &'a [u8],
    is_cut: bool,
}

impl Read for Whole<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        self.is_cut |= into.len() > self.rest.len();
        self.rest.read(into)
    }
}

fn collect<'s>(schema: &'s Schema, names: &mut Names<'s>) -> Result<(), String> {
    if let Some(name) = schema.name()
        && !matches!(schema, Schema::Ref { .. })
        && names.insert(&name.name, schema).is_some()
    {
        return Err(format!("the schema has two types with the name {}", name.name));
    }
    match schema {
        Schema::Record(record) => record.fields.iter().try_for_each(|field| collect(&field.schema, names)),
        Schema::Union(union) => union.variants().iter().try_for_each(|branch| collect(branch, names)),
        Schema::Array(array) => collect(&array.items, names),
        _ => Ok(()),
    }
}

fn named<'s>(schema: &'s Schema, names: &Names<'s>) -> Result<&'s Schema, String> {
    match schema {
        Schema::Ref { name } => names
            .get(name.name.as_str())
            .copied()
            .ok_or_else(|| format!("the schema does not say what {} is", name.name)),
        other => Ok(other),
    }
}

impl<'s> Resolution<'s> {
    fn put(&self, value: &Value, writer: &'s Schema, ours: &'s Schema, out: &mut Out) -> Result<(), String> {
        let (writer, ours) = (named(writer, &self.writer)?, named(ours, &self.ours)?);
        match (value, writer, ours) {
            (Value::Union(branch, value), Schema::Union(union), _) => {
                let branch = union.variants().get(*branch as usize).ok_or("a branch that the union lacks")?;
                self.put(value, branch, ours, out)
            }
            (_, _, Schema::Union(union)) => {
                let branches = union.variants();
                let place = self.branch(writer, branches)?;
                out.long(place as i64);
                self.put(value, writer, &branches[place], out)
            }
            (Value::Record(values), Schema::Record(writer), Schema::Record(ours)) => {
                self.put_record(values, writer, ours, out)
            }
            (Value::Array(values), Schema::Array(writer), Schema::Array(ours)) => {
                if !values.is_empty() {
                    out.long(values.len() as i64);
                }
                values.iter().try_for_each(|value| self.put(value, &writer.items, &ours.items, out))?;
                out.long(0);
                Ok(())
            }
            _ if !fits(writer, ours) => Err(format!("{} where {} is wanted", what(writer), what(ours))),
            _ => put_plain(value, ours, out),
        }
    }

    /// The place of the branch that takes what `writer` wrote: the same type first, then one that it may grow into.
    fn branch(&self, writer: &Schema, branches: &'s [Schema]) -> Result<usize, String> {
        let place = |wanted: fn(&Schema, &Schema) -> bool| {
            branches.iter().position(|branch| {
                named(branch, &self.ours).is_ok_and(|branch| fits(writer, branch) && wanted(writer, branch))
            })
        };
        let same = |a: &Schema, b: &Schema| std::mem::discriminant(a) == std::mem::discriminant(b);
        place(same)
            .or_else(|| place(|_, _| true))
            .ok_or_else(|| format!("{} is newer than this program", what(writer)))
    }

    fn put_record(
        &self,
        values: &[(String, Value)],
        writer: &'s RecordSchema,
        ours: &'s RecordSchema,
        out: &mut Out,
    ) -> Result<(), String> {
        if writer.name.name != ours.name.name {
            return Err(format!("a record {} where {} is wanted", writer.name.name, ours.name.name));
        }
        for field in &ours.fields {
            let known = values.iter().zip(&writer.fields).find(|((name, _), _)| is_called(field, name));
            match (known, &field.default) {
                (Some(((_, value), written)), _) => self.put(value, &written.schema, &field.schema, out),
                (None, Some(default)) => self.put_default(default, &field.schema, out),
                (None, None) => Err("nothing was written, and there is no default".to_owned()),
            }
            .map_err(|error| format!("{}.{}: {error}", ours.name.name, field.name))?;
        }
        Ok(())
    }

    fn put_default(&self, default: &Json, ours: &'s Schema, out: &mut Out) -> Result<(), String> {
        let ours = named(ours, &self.ours)?;
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
            (Json::String(symbol), Schema::Enum(_)) => put_plain(&Value::Enum(0, symbol.clone()), ours, out),
            (Json::Number(number), Schema::Int | Schema::Long | Schema::TimestampMicros) => {
                put_plain(&Value::Long(number.as_i64().ok_or("a default that is no integer")?), ours, out)
            }
            (Json::String(text), Schema::String) => put_plain(&Value::String(text.clone()), ours, out),
            (Json::Bool(truth), Schema::Boolean) => put_plain(&Value::Boolean(*truth), ours, out),
            (Json::Null, Schema::Null) => Ok(()),
            _ => Err(format!("a default that does not fit {}", what(ours))),
        }
    }
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

fn put_plain(value: &Value, ours: &Schema, out: &mut Out) -> Result<(), String> {
    match (value, ours) {
        (Value::Null, _) => {}
        (Value::Boolean(truth), _) => out.raw(&[u8::from(*truth)]),
        (Value::Int(number), _) => out.long((*number).into()),
        (Value::Long(number) | Value::TimestampMicros(number), _) => out.long(*number),
        (Value::Fixed(_, bytes), _) => out.raw(bytes),
        (Value::String(text), _) => {
            out.long(text.len() as i64);
            out.raw(text.as_bytes());
        }
        (Value::Enum(_, symbol), Schema::Enum(ours)) => {
            let place = |wanted: &String| ours.symbols.iter().position(|known| known == wanted);
            let place = place(symbol).or_else(|| ours.default.as_ref().and_then(place));
            out.long(place.ok_or_else(|| format!("the word {symbol} is newer than this program"))? as i64);
        }
        _ => return Err(format!("a value of a kind that {} is not read from", what(ours))),
    }
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
mod samples;
#[cfg(test)]
mod tests;
