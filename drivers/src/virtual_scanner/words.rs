//! The scanner's XML: what it can do, what it is doing, what is wished of it; pure.

use super::sheet::A4;
use super::{Behaviour, State};

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const SPACES: &str = "xmlns:scan=\"http://schemas.hp.com/imaging/escl/2011/05/03\" \
                      xmlns:pwg=\"http://www.pwg.org/schemas/2010/12/sm\"";

/// A request for pages.
pub struct Wish {
    pub feeder: bool,
    pub gray: bool,
    pub dpi: u32,
}

/// `ScannerCapabilities`.
pub fn capabilities(behaviour: &Behaviour) -> String {
    let model = quick_xml::escape::escape(behaviour.model.as_str());
    let mut text = format!(
        "{HEAD}<scan:ScannerCapabilities {SPACES}><pwg:Version>2.63</pwg:Version>\
         <pwg:MakeAndModel>{model}</pwg:MakeAndModel>"
    );
    if behaviour.platen {
        let caps = input("PlatenInputCaps");
        text += &format!("<scan:Platen>{caps}</scan:Platen>");
    }
    if behaviour.feeder {
        let caps = input("AdfSimplexInputCaps");
        text += &format!(
            "<scan:Adf>{caps}<scan:FeederCapacity>50</scan:FeederCapacity><scan:AdfOptions>\
             <scan:AdfOption>DetectPaperLoaded</scan:AdfOption></scan:AdfOptions></scan:Adf>"
        );
    }
    text + "</scan:ScannerCapabilities>\n"
}

fn input(name: &str) -> String {
    let (width, height) = A4;
    let modes: String = ["Grayscale8", "RGB24"]
        .map(|mode| format!("<scan:ColorMode>{mode}</scan:ColorMode>"))
        .concat();
    let resolutions: String = [75, 100, 200, 300]
        .map(|dpi| {
            format!(
                "<scan:DiscreteResolution><scan:XResolution>{dpi}</scan:XResolution>\
                 <scan:YResolution>{dpi}</scan:YResolution></scan:DiscreteResolution>"
            )
        })
        .concat();
    format!(
        "<scan:{name}><scan:MinWidth>16</scan:MinWidth><scan:MaxWidth>{width}</scan:MaxWidth>\
         <scan:MinHeight>16</scan:MinHeight><scan:MaxHeight>{height}</scan:MaxHeight>\
         <scan:MaxScanRegions>1</scan:MaxScanRegions>\
         <scan:SettingProfiles><scan:SettingProfile><scan:ColorModes>{modes}</scan:ColorModes>\
         <scan:DocumentFormats><pwg:DocumentFormat>image/jpeg</pwg:DocumentFormat>\
         <scan:DocumentFormatExt>image/jpeg</scan:DocumentFormatExt></scan:DocumentFormats>\
         <scan:SupportedResolutions><scan:DiscreteResolutions>{resolutions}\
         </scan:DiscreteResolutions></scan:SupportedResolutions>\
         </scan:SettingProfile></scan:SettingProfiles></scan:{name}>"
    )
}

/// `ScannerStatus`.
pub fn status(state: &State) -> String {
    let works = state.jobs.iter().any(|job| job.state == "Processing");
    let scanner = match (state.stopped, works) {
        (true, _) => "Stopped",
        (false, true) => "Processing",
        (false, false) => "Idle",
    };
    let empty = state.sheets.is_empty() || state.behaviour.always_empty;
    let feeder = state.feeder_state.unwrap_or(if empty {
        "ScannerAdfEmpty"
    } else {
        "ScannerAdfLoaded"
    });
    let mut text = format!(
        "{HEAD}<scan:ScannerStatus {SPACES}><pwg:Version>2.63</pwg:Version>\
         <pwg:State>{scanner}</pwg:State>"
    );
    if state.behaviour.feeder {
        text += &format!("<scan:AdfState>{feeder}</scan:AdfState>");
    }
    text += "<scan:Jobs>";
    for job in state.jobs.iter().rev().take(10) {
        text += &format!(
            "<scan:JobInfo><pwg:JobUri>/eSCL/ScanJobs/{}</pwg:JobUri><scan:Age>1</scan:Age>\
             <pwg:ImagesCompleted>{}</pwg:ImagesCompleted><pwg:JobState>{}</pwg:JobState>\
             </scan:JobInfo>",
            job.number, job.pages, job.state
        );
    }
    text + "</scan:Jobs></scan:ScannerStatus>\n"
}

/// Reads `ScanSettings`; `None` when they are none. A server may look for the few words it minds.
pub fn wish(body: &str) -> Option<Wish> {
    let of = |name: &str| {
        let (_, rest) = body.split_once(&format!(":{name}>"))?;
        Some(rest.split_once('<')?.0)
    };
    body.contains("ScanSettings").then_some(())?;
    let dpi = of("XResolution")?.parse().ok()?;
    Some(Wish {
        feeder: of("InputSource")? == "Feeder",
        gray: of("ColorMode") == Some("Grayscale8"),
        dpi: [75, 100, 200, 300].contains(&dpi).then_some(dpi)?,
    })
}

/// The job in `ScanJobs/7` or `ScanJobs/7/NextDocument`, and which of the two it was.
pub fn job_number(path: &str) -> Option<(u32, bool)> {
    let rest = path.strip_prefix("ScanJobs/")?.trim_end_matches('/');
    match rest.strip_suffix("/NextDocument") {
        Some(number) => Some((number.parse().ok()?, true)),
        None => Some((rest.parse().ok()?, false)),
    }
}
