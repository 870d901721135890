//! How single models differ from the rule: data, so that a new one needs no new program.

use crate::error::ScanFault;
use crate::id_card::profile::matches_pattern;
use crate::mistake;
use serde::Deserialize;
use std::path::Path;
use std::time::Duration;

/// The peculiarities shipped with the product.
const EMBEDDED: &str = include_str!("../../../scanners.toml");
/// The name of a file of the same form, looked for in the folder of a station's data.
pub const BESIDE: &str = "scanners.toml";
/// A file with more is a mistake.
const QUIRK_LIMIT: usize = 1000;
/// So is a longer file, bytes.
const FILE_LIMIT: u64 = 1 << 20;
/// Longer waits are mistakes of the file.
const PAUSE_LIMIT_MS: u64 = 10_000;
/// More tries, at a second each, are mistakes of the file.
const TRIES_LIMIT: u32 = 600;
/// "Not ready" is waited through for so long before giving up.
const WARM_UP: Duration = Duration::from_secs(30);
/// Longer ones are mistakes of the file.
const WARM_UP_LIMIT_S: u64 = 600;

/// The peculiarities of all models we know of.
#[derive(Debug, Clone, Deserialize)]
pub struct Quirks {
    #[serde(rename = "quirk", default)]
    list: Vec<Entry>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    model: String,
    host: Option<String>,
    check_feeder_first: Option<bool>,
    early_404: Option<u32>,
    early_410: Option<u32>,
    gone_is_end: Option<bool>,
    pause_ms: Option<u64>,
    warm_up_s: Option<u64>,
    skip_delete: Option<bool>,
    dpi_max: Option<u32>,
}

/// The peculiarities of one model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quirk {
    /// The Host header it insists on.
    pub host: Option<String>,
    /// Its word before a job that the feeder is empty can be believed.
    pub check_feeder_first: bool,
    /// So many times 404 is "not yet".
    pub early_404: u32,
    /// So many times 410 is "not yet".
    pub early_410: u32,
    /// 410 after a page is the end.
    pub gone_is_end: bool,
    /// The wait between a page and the next.
    pub pause: Duration,
    /// 503 is waited through for so long.
    pub warm_up: Duration,
    /// A finished job is not to be deleted.
    pub skip_delete: bool,
    /// The most dots per inch it can really do.
    pub dpi_max: Option<u32>,
}

impl Default for Quirk {
    fn default() -> Self {
        Self {
            host: None,
            check_feeder_first: false,
            early_404: 0,
            early_410: 0,
            gone_is_end: false,
            pause: Duration::ZERO,
            warm_up: WARM_UP,
            skip_delete: false,
            dpi_max: None,
        }
    }
}

impl Quirks {
    /// The peculiarities shipped with the product.
    #[must_use]
    pub fn embedded() -> Self {
        Self::parse(EMBEDDED).expect("a test reads the embedded peculiarities")
    }

    /// What a station uses: the embedded ones, and over them those in its folder's [`BESIDE`], if
    /// that is there.
    pub fn beside(folder: &Path) -> Result<Self, ScanFault> {
        let path = folder.join(BESIDE);
        let mut all = Self::embedded();
        if !matches!(path.try_exists(), Ok(false)) {
            all.list.extend(Self::load(&path)?.list);
        }
        Ok(all)
    }

    /// Peculiarities from a file of the same form, without the embedded ones.
    pub fn load(path: &Path) -> Result<Self, ScanFault> {
        let told = |why: String| ScanFault::QuirksInvalid { why };
        let file = std::fs::metadata(path).map_err(|error| told(error.to_string()))?;
        if file.len() > FILE_LIMIT {
            return Err(told(format!("longer than {FILE_LIMIT} bytes")));
        }
        let text = std::fs::read_to_string(path).map_err(|error| told(error.to_string()))?;
        Self::parse(&text)
    }

    /// Peculiarities from the text of such a file.
    pub fn parse(text: &str) -> Result<Self, ScanFault> {
        let invalid = |why: String| ScanFault::QuirksInvalid { why };
        // Windows editors begin a file with a byte order mark.
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let quirks: Self = toml::from_str(text)
            .map_err(|error| invalid(mistake::told(text, error.span(), error.message())))?;
        if quirks.list.len() > QUIRK_LIMIT {
            return Err(invalid(format!("over {QUIRK_LIMIT}")));
        }
        for entry in &quirks.list {
            let tries = [entry.early_404, entry.early_410];
            if tries.into_iter().flatten().any(|tries| tries > TRIES_LIMIT)
                || entry.pause_ms.is_some_and(|ms| ms > PAUSE_LIMIT_MS)
                || entry.warm_up_s.is_some_and(|s| s > WARM_UP_LIMIT_S)
            {
                return Err(invalid(format!(
                    "{}: tries, pause or warm-up too large",
                    entry.model
                )));
            }
        }
        Ok(quirks)
    }

    /// What is known of a model; the rule where nothing is.
    #[must_use]
    pub fn of(&self, model: &str) -> Quirk {
        let mut quirk = Quirk::default();
        let fitting = self
            .list
            .iter()
            .filter(|entry| matches_pattern(&entry.model, model));
        for entry in fitting {
            quirk.host = entry.host.clone().or(quirk.host);
            quirk.dpi_max = entry.dpi_max.or(quirk.dpi_max);
            let bools = [
                (&mut quirk.check_feeder_first, entry.check_feeder_first),
                (&mut quirk.gone_is_end, entry.gone_is_end),
                (&mut quirk.skip_delete, entry.skip_delete),
            ];
            for (flag, told) in bools {
                *flag = told.unwrap_or(*flag);
            }
            quirk.early_404 = entry.early_404.unwrap_or(quirk.early_404);
            quirk.early_410 = entry.early_410.unwrap_or(quirk.early_410);
            quirk.warm_up = entry.warm_up_s.map_or(quirk.warm_up, Duration::from_secs);
            quirk.pause = entry.pause_ms.map_or(quirk.pause, Duration::from_millis);
        }
        quirk
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hostile;

    #[test]
    fn the_embedded_peculiarities_are_read_and_found_by_model() {
        let quirks = Quirks::embedded();
        assert_eq!(quirks.of("Some Scanner 1"), Quirk::default());
        assert_eq!(quirks.of("brother mfc-l2710dw series").early_404, 3);
        assert_eq!(quirks.of("Canon iR2625/2630").dpi_max, Some(300));
    }

    #[test]
    fn all_that_fit_apply_and_later_ones_win() {
        let text = "[[quirk]]\nmodel='A*'\nwarm_up_s=5\nhost='x'\nskip_delete=true\n\
                    [[quirk]]\nmodel='*1'\nwarm_up_s=7\nskip_delete=false";
        let quirk = Quirks::parse(text).unwrap().of("A1");
        assert_eq!((quirk.warm_up.as_secs(), quirk.skip_delete), (7, false));
        assert_eq!(quirk.host.as_deref(), Some("x"));
    }

    #[test]
    fn a_wrong_file_is_refused() {
        for text in [
            "quirk = 1",
            "[[quirk]]\nwarm_up_s = 1",
            "[[quirk]]\nmodel='x'\nmagic=true",
            "[[quirk]]\nmodel='x'\nwarm_up_s=100000",
            "[[quirk]]\nmodel='x'\npause_ms=100000",
        ] {
            let code = Quirks::parse(text).unwrap_err().code();
            assert_eq!(code, "scan.quirks_invalid", "{text}");
        }
        assert!(Quirks::parse("").is_ok());
    }

    #[test]
    fn a_file_beside_a_stations_data_goes_before_the_embedded_ones() {
        let folder = tempfile::tempdir().unwrap();
        let of = |model| Quirks::beside(folder.path()).map(|quirks| quirks.of(model));
        assert_eq!(of("Brother MFC-L2710DW").unwrap().early_404, 3);
        let text = "\u{FEFF}[[quirk]]\nmodel = 'Brother MFC*'\nearly_404 = 9\n";
        std::fs::write(folder.path().join(BESIDE), text).unwrap();
        let quirk = of("Brother MFC-L2710DW").unwrap();
        assert_eq!((quirk.early_404, quirk.pause.as_millis()), (9, 1000));
        std::fs::write(
            folder.path().join(BESIDE),
            "# ours\n[[quirk]]\nmodle = 'x'\n",
        )
        .unwrap();
        let why = of("x").unwrap_err().to_string();
        assert!(why.contains("line 3, `modle`"), "{why}");
    }

    /// A file that ends early is, to TOML, a shorter file: an entry may be missing, and a number or the
    /// last entry may have lost its end. What cannot be is that anything before that is another.
    #[test]
    fn a_file_cut_at_any_byte_is_refused_or_says_what_the_whole_one_says_but_for_its_last_entry() {
        let whole = Quirks::embedded();
        let mut refused = 0;
        for cut in (0..EMBEDDED.len()).filter(|cut| EMBEDDED.is_char_boundary(*cut)) {
            let Ok(part) = Quirks::parse(&EMBEDDED[..cut]) else {
                refused += 1;
                continue;
            };
            assert!(part.list.len() <= whole.list.len(), "{cut}");
            let sure = part.list.len().saturating_sub(1);
            for (got, want) in part.list[..sure].iter().zip(&whole.list) {
                assert_eq!(format!("{got:?}"), format!("{want:?}"), "{cut}");
            }
        }
        assert!(refused > EMBEDDED.len() / 10, "{refused}");
    }

    #[test]
    fn hostile_files_are_refused_or_keep_within_the_limits() {
        let words = [
            "[[quirk]]\n",
            "model = ",
            "'*'",
            "'A*'",
            "\"",
            "host = ",
            "warm_up_s = ",
            "early_404 = ",
            "pause_ms = ",
            "dpi_max = ",
            "99999999999999999999",
            "-1",
            "7",
            "true",
            "\n",
            "[",
            "{",
            "# ",
            "\u{FEFF}",
            "skip_delete = ",
        ];
        let make = |chance: &mut hostile::Chance| {
            let count = chance.below(120);
            let text: String = (0..count).map(|_| *chance.of(&words)).collect();
            text.into_bytes()
        };
        let samples = [EMBEDDED.as_bytes().to_vec()];
        hostile::parser(&samples, make, 4 << 20, |bytes| {
            if let Ok(quirks) = Quirks::parse(&String::from_utf8_lossy(bytes)) {
                let quirk = quirks.of("A scanner 1");
                assert!(
                    quirk.warm_up.as_secs() <= WARM_UP_LIMIT_S && quirk.early_404 <= TRIES_LIMIT
                );
                assert!(quirk.pause <= Duration::from_millis(PAUSE_LIMIT_MS));
            }
        });
    }
}
