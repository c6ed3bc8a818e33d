//! Nanoseconds a record, the codec beside apache-avro, over the records of `schemas/examples/`:
//! `cargo run --release -p svarstid-wire --example bench`.

use apache_avro::Schema;
use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};
use wire::{Codec, WireError};

const EACH: Duration = Duration::from_millis(300);
const ROUNDS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let codec = Codec::built_in()?;
    compare(&codec, "call-events", Codec::encode_event, Codec::decode_event)?;
    compare(&codec, "calls", Codec::encode_call, Codec::decode_call)?;
    compare(&codec, "kpi-windows", Codec::encode_window, Codec::decode_window)?;
    compare(&codec, "rejected", Codec::encode_rejected, Codec::decode_rejected)?;
    compare(&codec, "manifests", Codec::encode_manifest, Codec::decode_manifest)
}

fn compare<T>(
    codec: &Codec,
    topic: &str,
    encode: impl Fn(&Codec, &T) -> Result<Vec<u8>, WireError>,
    decode: impl Fn(&Codec, &[u8]) -> Result<T, WireError>,
) -> Result<(), Box<dyn Error>> {
    let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas");
    let schema = Schema::parse_str(&std::fs::read_to_string(schemas.join(topic).with_extension("avsc"))?)?;
    let records = records(&schemas.join("examples").join(topic))?;
    let by_avro = |record: &Vec<u8>| apache_avro::from_avro_datum(&schema, &mut &record[5..], None);
    let values = records.iter().map(|record| decode(codec, record)).collect::<Result<Vec<_>, _>>()?;
    let avro_values = records.iter().map(by_avro).collect::<Result<Vec<_>, _>>()?;

    let bytes = records.iter().map(Vec::len).sum::<usize>() / records.len();
    let ours = [
        measure(&values, |value| drop(black_box(encode(codec, value)))),
        measure(&records, |record| drop(black_box(decode(codec, record)))),
    ];
    let avro = [
        measure(&avro_values, |value| drop(black_box(apache_avro::to_avro_datum(&schema, value.clone())))),
        measure(&records, |record| drop(black_box(by_avro(record)))),
    ];
    writeln!(
        std::io::stdout(),
        "{topic:<12} {:>3} records of {bytes:>4} bytes, ns a record: codec encode {:>6.0} decode {:>6.0}; \
         apache-avro encode {:>6.0} decode {:>6.0}",
        records.len(),
        ours[0],
        ours[1],
        avro[0],
        avro[1]
    )?;
    Ok(())
}

/// The bytes of every example of a topic.
fn records(folder: &Path) -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
    let mut records = Vec::new();
    for path in std::fs::read_dir(folder)? {
        let path = path?.path();
        if path.extension().is_some_and(|extension| extension == "hex") {
            let text = std::fs::read_to_string(path)?;
            let byte = |pair: &[u8]| Ok::<_, Box<dyn Error>>(u8::from_str_radix(str::from_utf8(pair)?, 16)?);
            records.push(text.trim().as_bytes().chunks(2).map(byte).collect::<Result<_, _>>()?);
        }
    }
    Ok(records)
}

/// Nanoseconds an item: the least of some rounds, which is what the work takes when nothing else takes the processor.
fn measure<T>(items: &[T], work: impl Fn(&T)) -> f64 {
    let round = || {
        let (begun, mut turns) = (Instant::now(), 0u32);
        while begun.elapsed() < EACH {
            items.iter().for_each(|item| work(black_box(item)));
            turns += 1;
        }
        begun.elapsed().as_nanos() as f64 / (f64::from(turns) * items.len() as f64)
    };
    (0..ROUNDS).map(|_| round()).fold(f64::MAX, f64::min)
}
