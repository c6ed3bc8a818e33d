//! The site whose words and numbers the readers know: that of the recording.

use call::{Numbers, Party, SitePlan};
use config::Config;
use org::SiteNumbers;
use pbx::asterisk::Dialect;
use pbx::csv_import::Mapping;
use std::sync::{Arc, LazyLock};

static CONFIG: LazyLock<Config> =
    LazyLock::new(|| config::parse(include_str!("../../recordings/asterisk22/svarstid.toml")).unwrap());
static NUMBERS: LazyLock<SiteNumbers> = LazyLock::new(|| CONFIG.numbers().unwrap());
static DIALECT: LazyLock<Dialect> = LazyLock::new(|| CONFIG.dialect().unwrap());
static PLAN: LazyLock<Arc<SitePlan>> = LazyLock::new(|| Arc::new(CONFIG.site_plan().unwrap()));

static LISTS: LazyLock<[Mapping; 2]> = LazyLock::new(|| {
    let of = |text: &str| config::parse(text).unwrap().call_list().unwrap().unwrap();
    [
        of(include_str!("../../recordings/call-lists/exempelby.toml")),
        of(include_str!("../../recordings/call-lists/contact-centre.toml")),
    ]
});

/// Its number rules, with a key.
#[derive(Debug, Clone, Copy)]
pub struct Site;

impl Numbers for Site {
    fn party(&self, raw: &str) -> Party {
        NUMBERS.party(raw)
    }

    fn incoming_dialled(&self, raw: &str) -> Party {
        NUMBERS.incoming_dialled(raw)
    }

    fn redact(&self, raw: &[u8]) -> String {
        NUMBERS.redact(raw)
    }
}

pub fn dialect() -> Dialect {
    DIALECT.clone()
}

pub fn plan() -> Arc<SitePlan> {
    Arc::clone(&PLAN)
}

/// How two sites write their lists.
pub fn lists() -> &'static [Mapping] {
    &*LISTS
}
