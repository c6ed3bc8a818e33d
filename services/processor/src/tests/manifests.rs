//! What each transaction tells of itself.

use super::*;

#[test]
fn every_transaction_tells_what_it_holds() {
    let events = World::events(&random_steps(5, 60));
    let mut log = log(input(&events));
    live(&mut log, &mut std::iter::empty(), 10);
    let codec = Codec::built_in().unwrap();
    let manifest = changelog::read(PARTITION, log.state, &codec).unwrap().manifest.unwrap();
    assert_eq!(manifest.sequence, log.commits as u64);
    assert_eq!(Some(manifest.next_offset), log.committed);
    assert!(manifest.first_offset < manifest.next_offset);
}

/// The manifests in the order in which they were written; each with what was written since the one before it.
fn manifests(log: &Log) -> Vec<(Manifest, BTreeMap<Place, Written>)> {
    let codec = Codec::built_in().unwrap();
    let (mut manifests, mut written) = (Vec::new(), BTreeMap::<Place, Written>::new());
    for ((place, value), (_, one)) in log.output.iter().zip(&log.written) {
        if *place == Place::Manifests {
            manifests.push((codec.decode_manifest(value).unwrap(), std::mem::take(&mut written)));
        } else {
            let sum = written.entry(*place).or_default();
            *sum = sum.and(*one);
        }
    }
    assert!(written.is_empty(), "a manifest comes last");
    manifests
}

#[test]
fn manifests_tell_every_event_and_every_record_once_whatever_happens() {
    let events = World::events(&random_steps(13, 400));
    // Every third record comes twice, the second time behind later ones; and some bytes are none.
    let mut records = input(&events);
    for n in (30..records.len()).step_by(3) {
        records[n] = records[n - 30].clone();
    }
    records.insert(77, b"GET / HTTP/1.1".to_vec());
    let mut log = log(records);
    let pattern = [Fate::Fine, Fate::LostAndUnknown, Fate::Fine, Fate::WrittenButUnknown, Fate::Aborted];
    assert!(live(&mut log, &mut pattern.into_iter().cycle(), 13) > 3);
    let (mut next, mut sum) = (0, Manifest::default());
    for ((manifest, written), sequence) in manifests(&log).into_iter().zip(1..) {
        assert_eq!((manifest.sequence, manifest.first_offset), (sequence, next));
        assert_eq!(manifest.events(), manifest.next_offset.abs_diff(next));
        let of = |place| written.get(&place).copied().unwrap_or_default();
        assert_eq!(manifest.calls, of(Place::Calls), "{manifest:?}");
        assert_eq!(manifest.windows, of(Place::Windows), "{manifest:?}");
        assert_eq!(manifest.rejected, of(Place::Rejected), "{manifest:?}");
        next = manifest.next_offset;
        sum.used += manifest.used;
        sum.repeated += manifest.repeated;
        sum.corrections += manifest.corrections;
    }
    assert_eq!(Some(next), log.committed);
    assert_eq!(sum.corrections, seen(&log).corrections.len() as u64);
    assert!(sum.used > 50 && sum.repeated > 50 && sum.corrections > 0, "{sum:?}");
    assert_eq!(sum.used + sum.repeated + 1, next as u64);
}
