//! What the lines of `scanimage` mean; pure.
//!
//! Pages are told with SANE's numeric status (`Scanned page 3. (scanner status = 6)`). Only the
//! failure to open a device comes as words alone, exit status 1 for all causes; these are the
//! fixed words of `sane_strstatus`, read under `LC_ALL=C`.

use crate::error::ScanFault;
use std::path::PathBuf;

/// SANE_STATUS_GOOD and SANE_STATUS_EOF: the page is complete.
const COMPLETE: [u32; 2] = [0, 5];
/// SANE_STATUS_NO_DOCS.
pub const NO_DOCS: u32 = 7;

/// A line that means something.
#[derive(Debug, Clone, PartialEq)]
pub enum Signal {
    /// It waits for a line on its standard input before it draws the next sheet.
    Prompt,
    /// It begins a page.
    Begin,
    /// Percent of the page done.
    Progress(f32),
    /// The page failed with this SANE status.
    Failed(u32),
    /// A page lies complete in this file.
    Page(PathBuf),
    /// The batch is over.
    Over,
    /// Words of failure; the last ones tell why a device could not be opened.
    Words(String),
}

/// The meaning of a line of standard error.
pub fn of_errors(line: &str) -> Option<Signal> {
    let line = line.trim();
    if line.starts_with("Press <RETURN>") {
        return Some(Signal::Prompt);
    }
    if line.starts_with("Scanning page") {
        return Some(Signal::Begin);
    }
    if line.starts_with("Batch terminated") {
        return Some(Signal::Over);
    }
    if let Some(percent) = line.strip_prefix("Progress:") {
        return percent
            .trim()
            .trim_end_matches('%')
            .parse()
            .ok()
            .map(Signal::Progress);
    }
    if let Some((_, status)) = line.split_once("(scanner status = ") {
        let status = status.trim_end_matches(')').parse().ok()?;
        return (!COMPLETE.contains(&status)).then_some(Signal::Failed(status));
    }
    line.starts_with("scanimage:")
        .then(|| Signal::Words(line.to_string()))
}

/// The meaning of a line of standard output.
pub fn of_output(line: &str) -> Option<Signal> {
    let line = line.trim_end();
    (!line.is_empty()).then(|| Signal::Page(PathBuf::from(line)))
}

/// The fault of a SANE status, which is also the exit status of a scan that began.
pub fn fault_of(status: u32) -> ScanFault {
    match status {
        1 => ScanFault::Unsupported,
        2 => ScanFault::Cancelled,
        3 => ScanFault::Busy,
        4 => ScanFault::InvalidSetting,
        6 => ScanFault::Jam,
        NO_DOCS => ScanFault::Empty,
        8 => ScanFault::CoverOpen,
        9 => ScanFault::Transfer,
        10 => ScanFault::OutOfMemory,
        11 => ScanFault::AccessDenied,
        _ => ScanFault::Protocol,
    }
}

/// The fault of a device that could not be opened or refused an option.
pub fn open_fault(words: &str) -> ScanFault {
    let has = |word| words.contains(word);
    if has("Device busy") {
        ScanFault::Busy
    } else if has("Access to resource has been denied") {
        ScanFault::AccessDenied
    } else if has("unrecognized option") || has("setting of option") {
        ScanFault::InvalidSetting
    } else if has("no SANE devices found") {
        ScanFault::NoScanner
    } else {
        ScanFault::CannotOpen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_has_its_meaning() {
        let path = PathBuf::from("/x/p1.pnm");
        for (line, meaning) in [
            ("Press <RETURN> to continue.", Some(Signal::Prompt)),
            ("Scanning page 1", Some(Signal::Begin)),
            ("Progress: 12.5%", Some(Signal::Progress(12.5))),
            ("Scanned page 1. (scanner status = 5)", None),
            (
                "Scanned page 12. (scanner status = 6)",
                Some(Signal::Failed(6)),
            ),
            ("Batch terminated, 1 page scanned", Some(Signal::Over)),
            ("Place document no. 1 on the scanner.", None),
        ] {
            assert_eq!(of_errors(line), meaning, "{line}");
        }
        assert_eq!(of_output("/x/p1.pnm\n"), Some(Signal::Page(path)));
    }

    #[test]
    fn every_failing_status_has_its_own_fault() {
        let statuses = [1, 2, 3, 4, 6, 7, 8, 9, 10, 11];
        let mut codes: Vec<_> = statuses.into_iter().map(|s| fault_of(s).code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), statuses.len());
        assert!(!codes.contains(&"scan.protocol"));
    }
}
