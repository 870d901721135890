//! The words of a job: `ScanSettings`; pure.

use super::quirks::Quirk;
use super::reply::{Capabilities, Input};
use super::xml::escaped;
use crate::document::{Mode, Settings};
use crate::error::ScanFault;

/// A4 in 1/300 inch.
const A4: (u32, u32) = (2480, 3508);
/// The version spoken to a scanner that tells none.
const VERSION: &str = "2.0";

/// What will be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The body of the POST.
    pub xml: String,
    /// The resolution in it, dots per inch.
    pub dpi: u32,
}

/// Builds the request for a scanner.
///
/// Black and white is asked for as grey where the scanner would pack it into a form we do not take.
/// `settings.options` are further elements by their own names (`scan:Brightness`).
pub fn build(
    told: &Capabilities,
    quirk: &Quirk,
    settings: &Settings,
) -> Result<Request, ScanFault> {
    let input = told
        .find_input(settings.source)
        .ok_or(ScanFault::Unsupported)?;
    let mode = mode(input, settings.mode);
    let wished = quirk
        .dpi_max
        .map_or(settings.dpi, |max| settings.dpi.min(max));
    let dpi = input.resolutions.nearest(wished).unwrap_or(wished);
    let format = format(input, mode.map(|(mode, _)| mode))?;
    let mut xml = String::with_capacity(1500);
    xml.push_str(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<scan:ScanSettings \
         xmlns:scan=\"http://schemas.hp.com/imaging/escl/2011/05/03\" \
         xmlns:pwg=\"http://www.pwg.org/schemas/2010/12/sm\">",
    );
    let mut element = |name: &str, value: &str| {
        xml.push_str(&format!("<{name}>{}</{name}>", escaped(value)));
    };
    element("pwg:Version", told.version.as_deref().unwrap_or(VERSION));
    element("scan:Intent", "Document");
    let (width, height) = area(input);
    xml.push_str(&format!(
        "<pwg:ScanRegions><pwg:ScanRegion>\
         <pwg:ContentRegionUnits>escl:ThreeHundredthsOfInches</pwg:ContentRegionUnits>\
         <pwg:XOffset>0</pwg:XOffset><pwg:YOffset>0</pwg:YOffset>\
         <pwg:Width>{width}</pwg:Width><pwg:Height>{height}</pwg:Height>\
         </pwg:ScanRegion></pwg:ScanRegions>"
    ));
    let mut element = |name: &str, value: &str| {
        xml.push_str(&format!("<{name}>{}</{name}>", escaped(value)));
    };
    use crate::document::PaperSource::{Duplex, Flatbed};
    let from_feeder = settings.source != Flatbed;
    element(
        "pwg:InputSource",
        if from_feeder { "Feeder" } else { "Platen" },
    );
    if let Some((_, word)) = mode {
        element("scan:ColorMode", word);
    }
    element("pwg:DocumentFormat", format);
    if input.format_ext {
        element("scan:DocumentFormatExt", format);
    }
    element("scan:XResolution", &dpi.to_string());
    element("scan:YResolution", &dpi.to_string());
    if from_feeder {
        let both = settings.source == Duplex;
        element("scan:Duplex", if both { "true" } else { "false" });
    }
    for (name, value) in &settings.options {
        if !is_name(name) {
            return Err(ScanFault::InvalidSetting);
        }
        element(name, value);
    }
    xml.push_str("</scan:ScanSettings>\n");
    Ok(Request { xml, dpi })
}

/// The scanner's word for the mode wished; with none of that kind, whatever comes first.
fn mode(input: &Input, wished: Mode) -> Option<(Mode, &str)> {
    let packs_bits = input.formats.iter().any(|format| format == "image/png");
    let wished = match wished {
        Mode::Lineart if !packs_bits => Mode::Gray,
        mode => mode,
    };
    let found = input.modes.iter().find(|(mode, _)| *mode == wished);
    let found = found.or_else(|| input.modes.first());
    found.map(|(mode, word)| (*mode, word.as_str()))
}

/// JPEG knows no bits; everything else is smallest and safest in it. A scanner that names no
/// format is asked for JPEG.
fn format(input: &Input, mode: Option<Mode>) -> Result<&'static str, ScanFault> {
    let offers = |name: &str| input.formats.is_empty() || input.formats.iter().any(|f| f == name);
    let (png, jpeg) = ("image/png", "image/jpeg");
    match mode {
        Some(Mode::Lineart) if offers(png) => Ok(png),
        _ if offers(jpeg) => Ok(jpeg),
        _ if offers(png) => Ok(png),
        _ => Err(ScanFault::Unsupported),
    }
}

fn area(input: &Input) -> (u32, u32) {
    let within = |wished: u32, max: u32| if max == 0 { wished } else { wished.min(max) };
    (within(A4.0, input.area.0), within(A4.1, input.area.1))
}

fn is_name(name: &str) -> bool {
    let first = name.starts_with(|c: char| c.is_ascii_alphabetic());
    first
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || ":_-".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{PaperSource, Resolutions};

    fn scanner(formats: &[&str]) -> Capabilities {
        let input = |source| Input {
            source,
            modes: vec![
                (Mode::Lineart, "BlackAndWhite1".to_string()),
                (Mode::Gray, "Grayscale8".to_string()),
                (Mode::Color, "RGB24".to_string()),
            ],
            formats: formats.iter().map(|f| (*f).to_string()).collect(),
            format_ext: true,
            resolutions: Resolutions::List(vec![100, 200, 300, 600]),
            area: (2550, 3000),
        };
        Capabilities {
            version: None,
            model: String::new(),
            inputs: vec![input(PaperSource::Feeder), input(PaperSource::Duplex)],
        }
    }

    fn asked(formats: &[&str], quirk: &Quirk, settings: &Settings) -> Result<Request, ScanFault> {
        build(&scanner(formats), quirk, settings)
    }

    fn from(source: PaperSource) -> Settings {
        Settings {
            source,
            ..Settings::default()
        }
    }

    #[test]
    fn the_request_says_what_was_set_within_what_the_scanner_can() {
        let feeder = from(PaperSource::Duplex);
        let request = asked(&["image/jpeg"], &Quirk::default(), &feeder).unwrap();
        assert_eq!(request.dpi, 300);
        for part in [
            "<pwg:InputSource>Feeder</pwg:InputSource>",
            "<scan:ColorMode>RGB24</scan:ColorMode>",
            "<scan:DocumentFormatExt>image/jpeg</scan:DocumentFormatExt>",
            "<scan:XResolution>300</scan:XResolution>",
            "<pwg:Width>2480</pwg:Width><pwg:Height>3000</pwg:Height>",
            "<scan:Duplex>true</scan:Duplex>",
        ] {
            assert!(request.xml.contains(part), "{part}");
        }
        let quirk = Quirk {
            dpi_max: Some(200),
            ..Quirk::default()
        };
        assert_eq!(asked(&[], &quirk, &feeder).unwrap().dpi, 200);
    }

    #[test]
    fn bits_come_as_png_or_as_grey() {
        let settings = Settings {
            mode: Mode::Lineart,
            ..from(PaperSource::Feeder)
        };
        let xml = |formats: &[&str]| asked(formats, &Quirk::default(), &settings).unwrap().xml;
        assert!(xml(&["image/jpeg", "image/png"]).contains(">BlackAndWhite1<"));
        assert!(xml(&["image/jpeg"]).contains(">Grayscale8<"));
    }

    #[test]
    fn what_the_scanner_cannot_do_is_refused_before_it_is_asked() {
        let quirk = Quirk::default();
        let glass = asked(&[], &quirk, &from(PaperSource::Flatbed));
        assert_eq!(glass, Err(ScanFault::Unsupported));
        let pdf = asked(&["application/pdf"], &quirk, &from(PaperSource::Feeder));
        assert_eq!(pdf, Err(ScanFault::Unsupported));
        let options = vec![("x><y".to_string(), String::new())];
        let settings = Settings {
            options,
            ..from(PaperSource::Feeder)
        };
        assert_eq!(
            asked(&[], &quirk, &settings),
            Err(ScanFault::InvalidSetting)
        );
    }

    #[test]
    fn a_further_option_is_an_element_with_its_value_made_safe() {
        let options = vec![("scan:Brightness".to_string(), "<5".to_string())];
        let settings = Settings {
            options,
            ..from(PaperSource::Feeder)
        };
        let xml = asked(&[], &Quirk::default(), &settings).unwrap().xml;
        assert!(xml.contains("<scan:Brightness>&lt;5</scan:Brightness>"));
    }
}
