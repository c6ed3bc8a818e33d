use crate::fill::Plan;
use crate::pane::Pane;
use crate::pass::{DIRECTIONS, Pass};
use crate::stage::Stage;
use apache_avro::{Schema, types::Value};
use pipeline::{Place, Table};
use std::collections::BTreeMap;

fn plan() -> Plan {
    Plan {
        records: 40_000,
        sites: 3,
        queues: 4,
        span_us: 3_600_000_000,
        first_us: 1_790_000_000_000_000,
        lateness_us: 600_000_000,
        seed: 7,
    }
}

fn read(schema: &str, value: &[u8]) -> Value {
    let schema = Schema::parse_str(schema).unwrap();
    apache_avro::from_avro_datum(&schema, &mut &value[5..], None).unwrap()
}

#[test]
fn passes_and_panes_are_avro() {
    let mut panes: BTreeMap<usize, Pane> = BTreeMap::new();
    let mut seen = 0;
    plan()
        .make(|pass| {
            seen += 1;
            panes.entry(pass.direction).or_default().add(pass);
            if seen % 1000 == 0 {
                let value = pass.write();
                assert_eq!(Pass::read(&value).as_ref(), Some(pass));
                assert_eq!(Pass::read(&value[..value.len() - 1]), None, "cut short");
                let Value::Record(fields) = read(include_str!("../../pass.avsc"), &value) else { panic!() };
                assert_eq!(fields[0].1, Value::String(pass.site.to_owned()));
                assert_eq!(
                    fields[2].1,
                    Value::Enum(pass.direction as u32, DIRECTIONS[pass.direction].to_owned())
                );
                assert_eq!(fields[3].1, Value::TimestampMicros(pass.joined_us));
                assert_eq!(fields[4].1, Value::Long(pass.wait_us));
            }
            Ok(())
        })
        .unwrap();
    for pane in panes.values() {
        let value = pane.write();
        assert_eq!(Pane::read(&value).as_ref(), Some(pane));
        let Value::Record(fields) = read(include_str!("../../pane.avsc"), &value) else { panic!() };
        assert_eq!(fields[0].1, Value::Long(pane.results[0]));
        let Value::Record(waits) = &fields[8].1 else { panic!() };
        assert_eq!(waits[1].1, Value::Long(pane.answered.sum));
    }
}

/// Stepped in pieces, with its state read back from the changelog in between.
#[test]
fn the_stage_makes_the_panes_of_the_reference_however_often_it_starts_anew() {
    let (plan, mut table, mut last) = (plan(), Table::new(), BTreeMap::new());
    let mut stage = Stage::new(0, plan.lateness_us);
    let (mut offset, mut late) = (0, 0);
    let mut take = |stage: &mut Stage, table: &mut Table| {
        let mut records = Vec::new();
        stage.take(&mut records);
        for record in records {
            match (record.place, record.value) {
                (Place::Windows, Some(value)) => drop(last.insert(record.key, value)),
                (Place::Changelog, Some(value)) => drop(table.insert(record.key, value)),
                (Place::Changelog, None) => drop(table.remove(&record.key)),
                other => panic!("{other:?}"),
            }
        }
    };
    plan.make(|pass| {
        stage.step(offset, &pass.write()).unwrap();
        offset += 1;
        if offset % 777 == 0 {
            take(&mut stage, &mut table);
        }
        if offset % 7770 == 0 {
            late += stage.late;
            stage = Stage::new(0, plan.lateness_us).restored(&table).unwrap();
        }
        Ok(())
    })
    .unwrap();
    take(&mut stage, &mut table);
    let expected = plan.expected().unwrap();
    assert!(expected.late > 100 && expected.panes.len() > 1000);
    assert_eq!(late + stage.late, expected.late);
    assert_eq!(last.len(), expected.panes.len());
    for (key, pane) in &expected.panes {
        assert_eq!(Pane::read(&last[key.as_bytes()]).as_ref(), Some(pane), "{key}");
    }
    assert!(table.len() < expected.panes.len() / 2, "what is over is forgotten");
}
