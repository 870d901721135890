//! What `scanimage` tells about devices and their options; pure.

use crate::document::{Caps, Mode, PaperSource, Resolutions};

/// The form of a line of the list: name, vendor, model, type.
pub const FORMAT: &str = "%d\t%v\t%m\t%t%n";
/// More scanners than this are not listed.
const DEVICE_LIMIT: usize = 50;

/// A scanner of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its SANE name, which opens it.
    pub id: String,
    /// Who made it.
    pub vendor: String,
    /// Its model.
    pub model: String,
}

/// The devices of a list in [`FORMAT`].
pub fn devices(text: &str) -> Vec<Device> {
    let device = |line: &str| {
        let mut parts = line.split('\t').map(str::to_string);
        Some(Device {
            id: parts.next()?,
            vendor: parts.next()?,
            model: parts.next()?,
        })
    };
    text.lines().filter_map(device).take(DEVICE_LIMIT).collect()
}

/// The three options we set, from `--all-options`. Their values are each vendor's own words.
///
/// ```text
///     --source Flatbed|Automatic Document Feeder [Flatbed]
///     --resolution 75|150|300dpi [75]        or  1..1200dpi (in steps of 1) [50]
/// ```
pub fn caps(text: &str) -> Caps {
    let option = |name: &str| {
        let line = text.lines().map(str::trim).find(|line| {
            line.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with([' ', '[']))
        })?;
        let values = line[name.len()..]
            .rsplit_once(" [")
            .map_or(line, |(values, _)| values);
        Some(values.trim().to_string())
    };
    let words = |name: &str| {
        let values = option(name).unwrap_or_default();
        values
            .split('|')
            .filter(|v| !v.is_empty())
            .map(str::to_string)
            .collect::<Vec<_>>()
    };
    let mut caps = Caps::default();
    for word in words("--source") {
        caps.sources
            .extend(source_of(&word).map(|source| (source, word)));
    }
    for word in words("--mode") {
        caps.modes.extend(mode_of(&word).map(|mode| (mode, word)));
    }
    caps.resolutions = resolutions(&option("--resolution").unwrap_or_default());
    caps
}

fn source_of(word: &str) -> Option<PaperSource> {
    let lower = word.to_lowercase();
    let has = |part: &str| lower.contains(part);
    if has("duplex") || has("both") {
        Some(PaperSource::Duplex)
    } else if has("adf") || has("feeder") || has("front") {
        // The back alone is never what is meant.
        (!has("back")).then_some(PaperSource::Feeder)
    } else if has("flatbed") || has("platen") || lower == "normal" {
        Some(PaperSource::Flatbed)
    } else {
        None
    }
}

fn mode_of(word: &str) -> Option<Mode> {
    let lower = word.to_lowercase();
    let has = |part: &str| lower.contains(part);
    if has("color") || has("colour") {
        Some(Mode::Color)
    } else if has("gray") || has("grey") {
        Some(Mode::Gray)
    } else if has("lineart") || has("black") || has("binary") {
        Some(Mode::Lineart)
    } else {
        None
    }
}

fn resolutions(values: &str) -> Resolutions {
    let plain = values.split("dpi").next().unwrap_or_default();
    if let Some((min, max)) = plain.split_once("..")
        && let (Ok(min), Ok(max)) = (min.parse::<f64>(), max.parse::<f64>())
    {
        // Saturating casts: a nonsense bound becomes the nearest whole number.
        return Resolutions::Range(min.ceil() as u32, max as u32);
    }
    Resolutions::List(
        plain
            .split('|')
            .filter_map(|one| one.parse().ok())
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hostile;

    #[test]
    fn a_list_is_read_by_tabs() {
        let list = devices("test:0\tNoname\tfrontend-tester\tvirtual device\n\nbroken line\n");
        assert_eq!(list.len(), 1);
        assert_eq!(
            (list[0].id.as_str(), list[0].model.as_str()),
            ("test:0", "frontend-tester")
        );
    }

    #[test]
    fn options_are_read_in_the_words_of_several_vendors() {
        let caps = caps(
            "    --mode Lineart|Gray|24bit Color[Fast] [24bit Color[Fast]]\n\
             \x20   --resolution 75|150|300|600dpi [75]\n\
             \x20   --source Flatbed|ADF Front|ADF Back|ADF Duplex [Flatbed]\n",
        );
        let kinds: Vec<_> = caps.sources.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(
            kinds,
            [
                PaperSource::Flatbed,
                PaperSource::Feeder,
                PaperSource::Duplex
            ]
        );
        assert_eq!(
            caps.modes[2],
            (Mode::Color, "24bit Color[Fast]".to_string())
        );
        assert_eq!(caps.resolutions, Resolutions::List(vec![75, 150, 300, 600]));
        assert_eq!(caps.resolutions.nearest(310), Some(300));
    }

    #[test]
    fn a_range_of_resolutions_is_read_and_no_options_are_no_choice() {
        let one = caps("    --resolution 1..1200dpi (in steps of 1) [0.000762939]\n");
        assert_eq!(one.resolutions, Resolutions::Range(1, 1200));
        assert_eq!(one.resolutions.nearest(5000), Some(1200));
        assert_eq!(caps("").resolutions.nearest(300), None);
    }

    #[test]
    fn hostile_words_of_the_program_do_no_harm() {
        let words = [
            "--source",
            "--mode",
            "--resolution",
            " ",
            "[",
            "]",
            "|",
            "..",
            "dpi",
            "1e99",
            "-5",
            "ADF",
            "\t",
            "\n",
            "NaN",
            "Progress:",
            "%",
            "(scanner status = ",
            ")",
            "\u{FFFD}",
        ];
        let make = |chance: &mut hostile::Chance| {
            let count = chance.below(100);
            let text: String = (0..count).map(|_| *chance.of(&words)).collect();
            text.into_bytes()
        };
        let samples = [
            b"    --source Flatbed|ADF [Flatbed]\n    --resolution 75|150dpi [75]\n".to_vec(),
            b"    --resolution 1..1200dpi (in steps of 1) [50]\n".to_vec(),
            b"test:0\tNoname\tfrontend-tester\tvirtual device\n".to_vec(),
            b"Scanned page 12. (scanner status = 6)".to_vec(),
        ];
        hostile::parser(&samples, make, 1 << 18, |bytes| {
            let text = String::from_utf8_lossy(bytes);
            let _ = caps(&text).resolutions.nearest(300);
            let _ = devices(&text);
            let _ = super::super::signal::of_errors(&text);
        });
    }
}
