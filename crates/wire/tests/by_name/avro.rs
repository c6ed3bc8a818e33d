//! JSON that a person can read ⇄ apache-avro's values. Fixed bytes are hexadecimal; a union of null and one type is null or
//! the value; of several records it is `{"NameOfTheRecord": {…}}`.

use apache_avro::Schema;
use apache_avro::schema::UnionSchema;
use apache_avro::types::Value;
use serde_json::{Value as Json, json};
use std::collections::HashMap;

type Names<'s> = HashMap<String, &'s Schema>;

/// Checked: every field is there, and none that the schema does not have.
pub fn from_json(schema: &Schema, json: &Json) -> Value {
    let mut names = Names::new();
    collect(schema, &mut names);
    value(schema, json, &names)
}

/// The opposite.
pub fn to_json(schema: &Schema, value: &Value) -> Json {
    let mut names = Names::new();
    collect(schema, &mut names);
    json_of(schema, value, &names)
}

/// Every named type of a schema.
pub fn collect<'s>(schema: &'s Schema, names: &mut Names<'s>) {
    if let (Some(name), false) = (schema.name(), matches!(schema, Schema::Ref { .. })) {
        names.insert(name.name.clone(), schema);
    }
    match schema {
        Schema::Record(record) => record.fields.iter().for_each(|field| collect(&field.schema, names)),
        Schema::Union(union) => union.variants().iter().for_each(|branch| collect(branch, names)),
        Schema::Array(array) => collect(&array.items, names),
        _ => {}
    }
}

fn value(schema: &Schema, json: &Json, names: &Names) -> Value {
    let integer = || json.as_i64().unwrap_or_else(|| panic!("{json} is not an integer"));
    let text = || json.as_str().unwrap_or_else(|| panic!("{json} is not a text")).to_owned();
    match schema {
        Schema::Ref { name } => value(names[&name.name], json, names),
        Schema::Null => {
            assert!(json.is_null(), "{json} is not null");
            Value::Null
        }
        Schema::Boolean => Value::Boolean(json.as_bool().unwrap_or_else(|| panic!("{json} is not a truth"))),
        Schema::Int => Value::Int(integer().try_into().unwrap()),
        Schema::Long => Value::Long(integer()),
        Schema::TimestampMicros => Value::TimestampMicros(integer()),
        Schema::String => Value::String(text()),
        Schema::Fixed(fixed) => Value::Fixed(fixed.size, from_hex(&text())),
        Schema::Enum(words) => {
            let word = text();
            let place = words.symbols.iter().position(|symbol| *symbol == word);
            Value::Enum(place.unwrap_or_else(|| panic!("{word} is none of {}", words.name)) as u32, word)
        }
        Schema::Array(array) => Value::Array(
            json.as_array().unwrap().iter().map(|item| value(&array.items, item, names)).collect(),
        ),
        Schema::Union(union) => branch_value(union, json, names),
        Schema::Record(record) => {
            let given = json.as_object().unwrap_or_else(|| panic!("{json} is not a {}", record.name));
            let unknown = given.keys().find(|key| record.fields.iter().all(|field| field.name != **key));
            assert_eq!(unknown, None, "{} has no such field", record.name);
            let field = |field: &apache_avro::schema::RecordField| {
                let json =
                    given.get(&field.name).unwrap_or_else(|| panic!("{} lacks {}", record.name, field.name));
                (field.name.clone(), value(&field.schema, json, names))
            };
            Value::Record(record.fields.iter().map(field).collect())
        }
        other => panic!("the schemas have no {other:?}"),
    }
}

fn branch_value(union: &UnionSchema, json: &Json, names: &Names) -> Value {
    let branches = union.variants();
    let place = if json.is_null() {
        branches.iter().position(|branch| *branch == Schema::Null)
    } else if is_optional(branches) {
        Some(1)
    } else {
        let name = json.as_object().and_then(|object| object.keys().next());
        let name = name.unwrap_or_else(|| panic!("{json} does not name its branch"));
        branches.iter().position(|branch| branch.name().is_some_and(|known| known.name == *name))
    };
    let place = place.unwrap_or_else(|| panic!("{json} is no branch of the union"));
    let inner = match (json, is_optional(branches)) {
        (Json::Object(object), false) => object.values().next().unwrap(),
        _ => json,
    };
    Value::Union(place as u32, Box::new(value(&branches[place], inner, names)))
}

fn is_optional(branches: &[Schema]) -> bool {
    branches.len() == 2 && branches[0] == Schema::Null
}

fn json_of(schema: &Schema, value: &Value, names: &Names) -> Json {
    match (schema, value) {
        (Schema::Ref { name }, _) => json_of(names[&name.name], value, names),
        (Schema::Union(union), Value::Union(place, inner)) => {
            let branch = &union.variants()[*place as usize];
            let json = json_of(branch, inner, names);
            match branch.name() {
                Some(name) if !is_optional(union.variants()) => json!({ name.name.clone(): json }),
                _ => json,
            }
        }
        (Schema::Record(record), Value::Record(values)) => {
            let field = |(field, (name, value)): (&apache_avro::schema::RecordField, &(String, Value))| {
                (name.clone(), json_of(&field.schema, value, names))
            };
            Json::Object(record.fields.iter().zip(values).map(field).collect())
        }
        (Schema::Array(array), Value::Array(values)) => {
            values.iter().map(|value| json_of(&array.items, value, names)).collect()
        }
        (_, Value::Null) => Json::Null,
        (_, Value::Boolean(truth)) => json!(truth),
        (_, Value::Int(number)) => json!(number),
        (_, Value::Long(number) | Value::TimestampMicros(number)) => json!(number),
        (_, Value::String(text) | Value::Enum(_, text)) => json!(text),
        (_, Value::Fixed(_, bytes)) => json!(to_hex(bytes)),
        other => panic!("the schemas have no {other:?}"),
    }
}

/// `0a1b` of bytes.
pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes of `0a1b`.
pub fn from_hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}
