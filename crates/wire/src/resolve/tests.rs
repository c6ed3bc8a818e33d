//! Every schema reads its predecessors, and what would break that is caught.

mod samples;

use super::{Named, to_ours};
use crate::schemas::{BUILT_IN, Topic};
use apache_avro::Schema;
use apache_avro::types::Value;
use proptest::prelude::*;
use samples::samples;
use serde_json::{Value as Json, json};

/// Everything that the writer's schema can say, written with it, and read as ours: `(written, read)`.
fn read_all(writer: &Schema, ours: &Schema) -> Result<Vec<(Value, Value)>, String> {
    let names = |schema: &Schema| Named::new(schema.clone());
    let (old, new) = (names(writer)?, names(ours)?);
    let read = |value: Value| {
        let written = apache_avro::to_avro_datum(writer, value.clone()).map_err(|error| error.to_string())?;
        let bytes = to_ours(&old, &new, &written)?;
        let read =
            apache_avro::from_avro_datum(ours, &mut &bytes[..], None).map_err(|error| error.to_string())?;
        Ok((value, read))
    };
    samples(writer).into_iter().map(read).collect()
}

fn schema_of(topic: Topic) -> Schema {
    Schema::parse_str(topic.text()).unwrap()
}

#[test]
fn every_schema_reads_its_predecessors() {
    for topic in Topic::ALL {
        let ours = schema_of(topic);
        for (id, _, text) in BUILT_IN.iter().filter(|(_, of, _)| *of == topic) {
            let writer = Schema::parse_str(text).unwrap();
            let read = read_all(&writer, &ours);
            assert!(
                read.is_ok(),
                "{} cannot read what schema {id} wrote: {}",
                topic.name(),
                read.unwrap_err()
            );
        }
    }
}

#[test]
fn the_same_schema_changes_nothing() {
    for topic in Topic::ALL {
        let schema = schema_of(topic);
        let read = read_all(&schema, &schema).unwrap();
        // three of each number: a schema of numbers alone has no more
        assert!(read.len() >= 3, "{}: {} samples", topic.name(), read.len());
        for (written, read) in read {
            assert_eq!(written, read, "{}", topic.name());
        }
    }
}

#[test]
fn a_record_that_is_cut_or_too_long_is_none() {
    let check = |schema: &Schema| {
        let named = Named::new(schema.clone()).unwrap();
        for value in samples(schema) {
            let whole = apache_avro::to_avro_datum(schema, value).unwrap();
            for length in 0..whole.len() {
                let error = to_ours(&named, &named, &whole[..length]).unwrap_err();
                assert!(error.contains("cut off"), "{error}");
            }
            let error = to_ours(&named, &named, &[&whole[..], &[0]].concat()).unwrap_err();
            assert_eq!(error, "1 bytes are left over");
        }
    };
    Topic::ALL.iter().for_each(|topic| check(&schema_of(*topic)));
    // Where apache-avro takes the end of the bytes for null.
    let last = json!({"name": "last", "type": ["null", "string"], "default": null});
    check(&changed("/fields", push(last)));
}

/// A predecessor that is small enough to be changed in every way.
fn predecessor() -> Json {
    json!({
        "type": "record", "namespace": "svarstid", "name": "Thing", "fields": [
            {"name": "who", "type": "string"},
            {"name": "word", "type": {"type": "enum", "name": "Word", "symbols": ["a", "b", "other"], "default": "other"}},
            {"name": "strict", "type": {"type": "enum", "name": "Strict", "symbols": ["x", "y"]}},
            {"name": "count", "type": "int"},
            {"name": "body", "type": [
                {"type": "record", "name": "Held", "fields": []},
                {"type": "record", "name": "Resumed", "fields": []},
                {"type": "record", "name": "Rang", "fields": [{"name": "ring_us", "type": "long"}]}]},
        ]
    })
}

/// The predecessor with one place of it changed.
fn changed(pointer: &str, change: impl FnOnce(&mut Json)) -> Schema {
    let mut schema = predecessor();
    change(schema.pointer_mut(pointer).unwrap());
    Schema::parse(&schema).unwrap()
}

fn push(item: Json) -> impl FnOnce(&mut Json) {
    |array| array.as_array_mut().unwrap().push(item)
}

fn remove(place: usize) -> impl FnOnce(&mut Json) {
    move |array| drop(array.as_array_mut().unwrap().remove(place))
}

fn set(value: Json) -> impl FnOnce(&mut Json) {
    |place| *place = value
}

#[test]
fn a_change_that_cannot_read_its_predecessor_is_caught() {
    let writer = Schema::parse(&predecessor()).unwrap();
    let check = |schema: Schema, says: &str| {
        let error = read_all(&writer, &schema).unwrap_err();
        assert!(error.contains(says), "{error} does not say {says}");
    };
    check(
        changed("/fields", push(json!({"name": "new", "type": "string"}))),
        "Thing.new: nothing was written",
    );
    check(changed("/fields/0/name", set(json!("whom"))), "Thing.whom: nothing was written");
    check(changed("/fields/0/type", set(json!("long"))), "Thing.who: string where long is wanted");
    check(changed("/fields/3/type", set(json!("string"))), "Thing.count: int where string is wanted");
    check(changed("/fields/2/type/symbols", remove(1)), "Thing.strict: the word y is newer");
    check(changed("/fields/4/type", remove(1)), "Thing.body: Resumed is newer than this program");
    check(changed("/name", set(json!("Object"))), "a record Thing where Object is wanted");
}

#[test]
fn a_change_that_can_keeps_what_was_said() {
    let writer = Schema::parse(&predecessor()).unwrap();
    // What the new schema reads of each record, field by field; none: as it was written.
    let check = |schema: Schema, field: &str, expect: &dyn Fn(Option<&Value>) -> Option<Value>| {
        for (written, read) in read_all(&writer, &schema).unwrap() {
            let field_of = |value: &Value| {
                let Value::Record(fields) = value else { panic!("a record") };
                fields.iter().find(|(name, _)| name == field).map(|(_, value)| value.clone())
            };
            assert_eq!(field_of(&read), expect(field_of(&written).as_ref()), "{field} of {written:?}");
        }
    };
    let null = Value::Union(0, Box::new(Value::Null));
    let new = json!({"name": "new", "type": ["null", "string"], "default": null});
    check(changed("/fields", push(new)), "new", &|_| Some(null.clone()));
    let new = json!({"name": "new", "type": "long", "default": 7});
    check(changed("/fields", push(new)), "new", &|_| Some(Value::Long(7)));
    let new = json!({"name": "new", "type": {"type": "array", "items": "string"}, "default": []});
    check(changed("/fields", push(new)), "new", &|_| Some(Value::Array(Vec::new())));
    check(changed("/fields", push(json!({"name": "new", "type": "Word", "default": "b"}))), "new", &|_| {
        Some(Value::Enum(1, "b".to_owned()))
    });
    let counts =
        json!({"type": "record", "name": "C", "fields": [{"name": "n", "type": "long", "default": 0}]});
    check(changed("/fields", push(json!({"name": "new", "type": counts, "default": {}}))), "new", &|_| {
        Some(Value::Record(vec![("n".to_owned(), Value::Long(0))]))
    });
    check(changed("/fields", remove(0)), "who", &|_| None);
    check(changed("/fields/3/type", set(json!("long"))), "count", &|value| match value {
        Some(Value::Int(count)) => Some(Value::Long((*count).into())),
        other => panic!("{other:?}"),
    });
    // A word that is gone is read as the default; one that moved stays what it was.
    check(changed("/fields/1/type/symbols", set(json!(["b", "other"]))), "word", &|value| match value {
        Some(Value::Enum(_, word)) if word == "b" => Some(Value::Enum(0, word.clone())),
        _ => Some(Value::Enum(1, "other".to_owned())),
    });
    // A branch that came in before the others moves them, and they keep their names.
    let branches = |body: &mut Json| {
        body.as_array_mut().unwrap().insert(0, json!({"type": "record", "name": "Empty", "fields": []}));
    };
    check(changed("/fields/4/type", branches), "body", &|value| match value {
        Some(Value::Union(place, inner)) => Some(Value::Union(place + 1, inner.clone())),
        other => panic!("{other:?}"),
    });
    // A name that a field had.
    let renamed = |field: &mut Json| *field = json!({"name": "whom", "aliases": ["who"], "type": "string"});
    let read = read_all(&writer, &changed("/fields/0", renamed)).unwrap();
    assert!(read.iter().all(|(written, read)| {
        let (Value::Record(written), Value::Record(read)) = (written, read) else { return false };
        written[0].1 == read[0].1
    }));
}

/// One field of every Avro type that our schemas do without, before the others; and what was written in them.
fn with_every_type() -> (Schema, Vec<(String, Value)>) {
    let types = [
        (json!("float"), Value::Float(1.5)),
        (json!("double"), Value::Double(-1.5)),
        (json!("bytes"), Value::Bytes(vec![0xff; 3])),
        (
            json!({"type": "map", "values": "Word"}),
            Value::Map([("k".to_owned(), Value::Enum(1, "b".into()))].into()),
        ),
        (json!({"type": "int", "logicalType": "date"}), Value::Date(20_000)),
        (json!({"type": "int", "logicalType": "time-millis"}), Value::TimeMillis(1)),
        (json!({"type": "long", "logicalType": "local-timestamp-nanos"}), Value::LocalTimestampNanos(-5)),
        (json!({"type": "string", "logicalType": "uuid"}), Value::Uuid(Default::default())),
        (
            json!({"type": "fixed", "name": "D", "size": 12, "logicalType": "duration"}),
            Value::Duration([7; 12].into()),
        ),
        (
            json!({"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2}),
            Value::Decimal([1, 2].as_slice().into()),
        ),
        (
            json!({"type": "array", "items": ["null", "int"]}),
            Value::Array(vec![Value::Union(1, Value::Int(3).into())]),
        ),
        (json!({"type": "record", "name": "R", "fields": []}), Value::Record(Vec::new())),
        (json!("boolean"), Value::Boolean(true)),
    ];
    let mut values = Vec::new();
    let schema = changed("/fields", |fields| {
        // `Word` is said by the second field, so that what refers to it comes after.
        for (place, (kind, value)) in types.into_iter().enumerate() {
            let name = format!("extra_{place}");
            fields.as_array_mut().unwrap().insert(2 + place, json!({"name": name, "type": kind}));
            values.push((name, value));
        }
    });
    (schema, values)
}

#[test]
fn what_ours_lacks_is_passed_over() {
    let ours = Schema::parse(&predecessor()).unwrap();
    let (writer, extra) = with_every_type();
    for value in samples(&ours) {
        let Value::Record(mut fields) = value.clone() else { panic!("a record") };
        fields.splice(2..2, extra.clone());
        let written = apache_avro::to_avro_datum(&writer, Value::Record(fields)).unwrap();
        let [from, to] = [&writer, &ours].map(|schema| Named::new(schema.clone()).unwrap());
        let read = to_ours(&from, &to, &written).unwrap();
        assert_eq!(read, apache_avro::to_avro_datum(&ours, value).unwrap());
    }
}

proptest! {
    #[test]
    fn garbage_is_an_error_or_a_record(body in proptest::collection::vec(prop_oneof![Just(0u8), Just(2), any::<u8>()], 0..200)) {
        let [from, to] = [with_every_type().0, Schema::parse(&predecessor()).unwrap()].map(|schema| Named::new(schema).unwrap());
        to_ours(&from, &to, &body).map(drop).unwrap_or_default();
    }
}

#[test]
fn a_length_that_claims_more_than_there_is_costs_nothing() {
    let nothings = json!({"name": "nothings", "type": {"type": "array", "items": "null"}});
    let [from, to] = [
        changed("/fields", |fields| fields.as_array_mut().unwrap().insert(0, nothings)),
        changed("/name", |_| {}),
    ]
    .map(|schema| Named::new(schema).unwrap());
    let error = to_ours(&from, &to, &[0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]).unwrap_err();
    assert!(error.contains("items that take no bytes"), "{error}");
    let error = to_ours(&to, &to, &[0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]).unwrap_err();
    assert!(error.contains("Thing.who: cut off"), "{error}");
}

/// Why this module is there. When this fails, apache-avro has learned to resolve unions by name.
#[test]
fn apache_avro_resolves_unions_by_shape() {
    let schema = Schema::parse(&predecessor()).unwrap();
    let ours = Schema::parse(&predecessor()).unwrap();
    let resumed = samples(&schema)
        .into_iter()
        .map(|value| apache_avro::to_avro_datum(&schema, value).unwrap())
        .map(|bytes| apache_avro::from_avro_datum(&schema, &mut &bytes[..], Some(&ours)).unwrap());
    let places = resumed.map(|value| match value {
        Value::Record(fields) => match fields.into_iter().next_back() {
            Some((_, Value::Union(place, _))) => place,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    });
    assert!(places.into_iter().all(|place| place == 0), "every body was read as Held");
}
