//! Further sites of one processor.

use super::SMALL;
use crate::{Config, load};
use std::path::Path;

/// A county's folder: its own file, and a folder of the other sites' files.
fn county(folder: &Path, others: &[(&str, String)]) -> Config {
    std::fs::create_dir(folder.join("sites")).unwrap();
    std::fs::write(folder.join("sites/README"), "not a configuration").unwrap();
    for (name, text) in others {
        std::fs::write(folder.join("sites").join(name), text).unwrap();
    }
    let own = format!("{SMALL}\n[processor]\nsites = [\"sites\"]\n");
    std::fs::write(folder.join("county.toml"), own).unwrap();
    load(&folder.join("county.toml")).unwrap()
}

fn of_site(id: &str) -> String {
    SMALL.replace("id = \"town\"", &format!("id = \"{id}\""))
}

#[test]
fn a_folder_is_every_file_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let config = county(folder.path(), &[("b.toml", of_site("village")), ("a.toml", of_site("island"))]);
    let ids = config.other_sites().unwrap().into_iter().map(|other| other.site.id).collect::<Vec<_>>();
    assert_eq!(ids, ["island", "village"]);
}

#[test]
fn what_cannot_be_is_told_with_its_file() {
    let check = |others: &[(&str, String)], expect: &str| {
        let folder = tempfile::tempdir().unwrap();
        let error = county(folder.path(), others).other_sites().unwrap_err().to_string();
        assert!(error.contains(expect), "{error}");
    };
    check(&[], "holds no .toml file");
    check(&[("a.toml", SMALL.to_owned())], "a.toml: site `town` stands in another file");
    check(
        &[("a.toml", format!("ring_cadence_s = 5\n{}", of_site("island")))],
        "a.toml: ring_cadence_s is 5 here and 6",
    );
    check(&[("a.toml", of_site("is land"))], "a.toml, site.id");
    let mut config = crate::parse(SMALL).unwrap();
    config.processor.sites = vec!["/nowhere/a.toml".into()];
    let error = config.other_sites().unwrap_err().to_string();
    assert!(error.contains("/nowhere/a.toml cannot be read"), "{error}");
}
