//! Tests of capabilities and status.

use super::*;
use crate::hostile;

const BOTH: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<scan:ScannerCapabilities xmlns:scan="http://schemas.hp.com/imaging/escl/2011/05/03" xmlns:pwg="http://www.pwg.org/schemas/2010/12/sm">
 <pwg:Version>2.63</pwg:Version>
 <pwg:MakeAndModel>Sample &amp; Co MFP 1</pwg:MakeAndModel>
 <scan:Platen><scan:PlatenInputCaps>
  <scan:MinWidth>16</scan:MinWidth><scan:MaxWidth>2550</scan:MaxWidth>
  <scan:MinHeight>16</scan:MinHeight><scan:MaxHeight>3508</scan:MaxHeight>
  <scan:SettingProfiles><scan:SettingProfile>
   <scan:ColorModes><scan:ColorMode>BlackAndWhite1</scan:ColorMode><scan:ColorMode>Grayscale8</scan:ColorMode><scan:ColorMode>RGB24</scan:ColorMode></scan:ColorModes>
   <scan:DocumentFormats><pwg:DocumentFormat>image/jpeg</pwg:DocumentFormat><scan:DocumentFormatExt>image/jpeg</scan:DocumentFormatExt><pwg:DocumentFormat>application/pdf</pwg:DocumentFormat></scan:DocumentFormats>
   <scan:SupportedResolutions><scan:DiscreteResolutions>
    <scan:DiscreteResolution><scan:XResolution>200</scan:XResolution><scan:YResolution>200</scan:YResolution></scan:DiscreteResolution>
    <scan:DiscreteResolution><scan:XResolution>300</scan:XResolution><scan:YResolution>300</scan:YResolution></scan:DiscreteResolution>
   </scan:DiscreteResolutions></scan:SupportedResolutions>
  </scan:SettingProfile></scan:SettingProfiles>
 </scan:PlatenInputCaps></scan:Platen>
 <scan:Adf><scan:AdfSimplexInputCaps>
  <scan:MaxWidth>2550</scan:MaxWidth><scan:MaxHeight>4200</scan:MaxHeight>
  <scan:SettingProfiles><scan:SettingProfile>
   <scan:ColorModes><scan:ColorMode>RGB24</scan:ColorMode></scan:ColorModes>
   <scan:SupportedResolutions><scan:ResolutionRange>
    <scan:XResolution><scan:Min>75</scan:Min><scan:Max>600</scan:Max></scan:XResolution>
   </scan:ResolutionRange></scan:SupportedResolutions>
  </scan:SettingProfile></scan:SettingProfiles>
 </scan:AdfSimplexInputCaps>
 <scan:AdfOptions><scan:AdfOption>DetectPaperLoaded</scan:AdfOption><scan:AdfOption>Duplex</scan:AdfOption></scan:AdfOptions></scan:Adf>
</scan:ScannerCapabilities>"#;

const STATUS: &str = r#"<scan:ScannerStatus xmlns:scan="s" xmlns:pwg="p"><pwg:Version>2.63</pwg:Version><pwg:State>Processing</pwg:State><scan:AdfState>ScannerAdfJam</scan:AdfState><scan:Jobs><scan:JobInfo><pwg:JobUri>/eSCL/ScanJobs/7</pwg:JobUri><pwg:ImagesCompleted>2</pwg:ImagesCompleted><pwg:JobState>Aborted</pwg:JobState></scan:JobInfo><scan:JobInfo><pwg:JobUri>/eSCL/ScanJobs/6</pwg:JobUri><pwg:JobState>Completed</pwg:JobState></scan:JobInfo></scan:Jobs></scan:ScannerStatus>"#;

#[test]
fn a_scanner_with_everything_is_understood() {
    let told = capabilities(BOTH.as_bytes()).unwrap();
    assert_eq!(told.model, "Sample & Co MFP 1");
    let sources: Vec<_> = told.inputs.iter().map(|input| input.source).collect();
    let all = [
        PaperSource::Flatbed,
        PaperSource::Feeder,
        PaperSource::Duplex,
    ];
    assert_eq!(sources, all);
    let glass = &told.inputs[0];
    assert_eq!(glass.resolutions, Resolutions::List(vec![200, 300]));
    assert_eq!(glass.area, (2550, 3508));
    assert!(glass.format_ext && glass.modes.len() == 3);
    assert_eq!(told.inputs[2].resolutions, Resolutions::Range(75, 600));
}

#[test]
fn a_scanner_with_a_feeder_only_is_a_scanner() {
    let (head, rest) = BOTH.split_once("<scan:Platen>").unwrap();
    let (_, tail) = rest.split_once("</scan:Platen>").unwrap();
    let told = capabilities(format!("{head}{tail}").as_bytes()).unwrap();
    assert_eq!(told.find_input(PaperSource::Flatbed), None);
    assert!(told.find_input(PaperSource::Feeder).is_some());
}

#[test]
fn a_web_page_and_a_scanner_without_inputs_are_refused() {
    for wrong in [
        "<html><body>Login</body></html>",
        "<!DOCTYPE html><html></html>",
        "<scan:ScannerCapabilities/>",
        STATUS,
    ] {
        assert_eq!(capabilities(wrong.as_bytes()), Err(NotXml), "{wrong}");
    }
    assert_eq!(status(BOTH.as_bytes()), Err(NotXml));
}

#[test]
fn a_status_tells_scanner_feeder_and_jobs_apart() {
    let told = status(STATUS.as_bytes()).unwrap();
    assert_eq!(
        (told.state.as_str(), told.feeder.as_str()),
        ("Processing", "Jam")
    );
    assert_eq!(told.job("/eSCL/ScanJobs/7"), Some("Aborted"));
    assert_eq!(told.job("/eSCL/ScanJobs/6/"), Some("Completed"));
    assert_eq!(told.job("/eSCL/ScanJobs/5"), None);
}

#[test]
fn every_state_of_a_feeder_that_is_a_fault_has_its_own_code() {
    let fault = |state: &str| {
        let feeder = state.to_string();
        let status = Status {
            feeder,
            ..Status::default()
        };
        status.feeder_fault().map(|fault| fault.code())
    };
    for (state, code) in [
        ("Jam", Some("scan.jam")),
        ("HatchOpen", Some("scan.cover_open")),
        ("DoorOpen", Some("scan.cover_open")),
        ("Mispick", Some("scan.mispick")),
        ("MultipickDetected", Some("scan.multipick")),
        ("DuplexPageTooShort", Some("scan.page_length")),
        ("DuplexPageTooLong", Some("scan.page_length")),
        ("InputTrayFailed", Some("scan.tray_failed")),
        ("InputTrayOverloaded", Some("scan.tray_overloaded")),
        ("Empty", None),
        ("Loaded", None),
        ("Processing", None),
        ("", None),
    ] {
        assert_eq!(fault(state), code, "{state}");
    }
}

#[test]
fn every_truncation_is_refused() {
    for cut in 0..BOTH.len() {
        assert_eq!(capabilities(&BOTH.as_bytes()[..cut]), Err(NotXml), "{cut}");
    }
    for cut in 0..STATUS.len() {
        assert_eq!(status(&STATUS.as_bytes()[..cut]), Err(NotXml), "{cut}");
    }
}

#[test]
fn hostile_answers_of_a_scanner_do_no_harm() {
    let words = [
        "<a>",
        "</a>",
        "<a/>",
        "<?",
        "<!--",
        "]]>",
        "&#x41;",
        "&amp;",
        "&",
        "=",
        "'",
        "<scan:",
        "<ScannerStatus>",
        "</ScannerStatus>",
        "<JobInfo>",
        "<JobUri>",
        "<PlatenInputCaps>",
        "<XResolution><Min>99999999999</Min>",
        "\u{FEFF}",
        "\0",
    ];
    let make = |chance: &mut hostile::Chance| {
        let count = chance.below(400);
        let text: String = (0..count).map(|_| *chance.of(&words)).collect();
        text.into_bytes()
    };
    let samples = [BOTH.as_bytes().to_vec(), STATUS.as_bytes().to_vec()];
    hostile::parser(&samples, make, 1 << 20, |bytes| {
        let _ = capabilities(bytes);
        let _ = status(bytes);
    });
}
