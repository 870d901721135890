//! What a scanner tells about itself: capabilities and status; pure.
//!
//! eSCL (Mopria Alliance, "eSCL Technical Specification"): `ScannerCapabilities` and
//! `ScannerStatus`. The specification was not at hand; names are those that free clients and
//! servers agree on (sane-airscan, AirSane, NAPS2).

use super::xml::{NotXml, leaves};
use crate::document::{Caps, Mode, PaperSource, Resolutions};
use crate::error::ScanFault;

/// More than any scanner lists of one thing.
const LIST_LIMIT: usize = 100;

/// What a scanner can do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// The protocol's version it speaks, for our requests.
    pub version: Option<String>,
    /// Make and model, or what stands for them.
    pub model: String,
    /// Where paper can come from.
    pub inputs: Vec<Input>,
}

/// One place paper can come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Which.
    pub source: PaperSource,
    /// Colour modes with the scanner's own words.
    pub modes: Vec<(Mode, String)>,
    /// Media types, lower case.
    pub formats: Vec<String>,
    /// Whether media types are also told, and so wanted, in the newer `DocumentFormatExt`.
    pub format_ext: bool,
    /// Resolutions.
    pub resolutions: Resolutions,
    /// The largest area, width and height in 1/300 inch; zero when not told.
    pub area: (u32, u32),
}

impl Input {
    fn new(source: PaperSource) -> Self {
        Self {
            source,
            modes: Vec::new(),
            formats: Vec::new(),
            format_ext: false,
            resolutions: Resolutions::default(),
            area: (0, 0),
        }
    }

    fn take(&mut self, path: &[String], text: &str) {
        let name = path.last().map_or("", String::as_str);
        let above = path.iter().rev().nth(1).map_or("", String::as_str);
        let number = text.parse::<u32>().ok();
        match (above, name) {
            (_, "ColorMode") => {
                let mode = mode_of(text).map(|mode| (mode, text.to_string()));
                push(&mut self.modes, mode);
            }
            (_, "DocumentFormat" | "DocumentFormatExt") => {
                self.format_ext |= name == "DocumentFormatExt";
                push(&mut self.formats, Some(text.to_lowercase()));
            }
            ("DiscreteResolution", "XResolution") => {
                if !matches!(self.resolutions, Resolutions::List(_)) {
                    self.resolutions = Resolutions::default();
                }
                if let Resolutions::List(list) = &mut self.resolutions {
                    push(list, number);
                }
            }
            ("XResolution" | "XResolutionRange", "Min" | "Max") => self.range(name, number),
            (_, "MaxWidth") => self.area.0 = number.unwrap_or(0),
            (_, "MaxHeight") => self.area.1 = number.unwrap_or(0),
            _ => {}
        }
    }

    /// A bound of a range; single resolutions, where there are any, come first.
    fn range(&mut self, bound: &str, number: Option<u32>) {
        let Some(number) = number else { return };
        let (min, max) = match &self.resolutions {
            Resolutions::List(list) if !list.is_empty() => return,
            Resolutions::List(_) => (number, number),
            Resolutions::Range(min, max) => (*min, *max),
        };
        self.resolutions = match bound {
            "Min" => Resolutions::Range(number, max.max(number)),
            _ => Resolutions::Range(min.min(number), number),
        };
    }
}

fn push<T: PartialEq>(list: &mut Vec<T>, one: Option<T>) {
    if let Some(one) = one
        && list.len() < LIST_LIMIT
        && !list.contains(&one)
    {
        list.push(one);
    }
}

fn mode_of(word: &str) -> Option<Mode> {
    match word {
        "RGB24" => Some(Mode::Color),
        "Grayscale8" => Some(Mode::Gray),
        "BlackAndWhite1" => Some(Mode::Lineart),
        _ => None,
    }
}

/// Reads capabilities. Refuses what is no whole `ScannerCapabilities` and a scanner without any
/// input; one without a flatbed is a scanner.
pub fn capabilities(bytes: &[u8]) -> Result<Capabilities, NotXml> {
    let mut told = Capabilities::default();
    // Profiles may stand once for all inputs instead of in each.
    let mut shared = Input::new(PaperSource::Flatbed);
    let mut inputs: Vec<Input> = Vec::new();
    let mut duplex_option = false;
    let root = leaves(bytes, |path, text| {
        let above = |name: &str| path.iter().any(|one| one == name);
        let source = if above("PlatenInputCaps") || path.get(1).is_some_and(|n| n == "Platen") {
            Some(PaperSource::Flatbed)
        } else if above("AdfDuplexInputCaps") {
            Some(PaperSource::Duplex)
        } else if above("AdfSimplexInputCaps") || path.get(1).is_some_and(|n| n == "Adf") {
            Some(PaperSource::Feeder)
        } else {
            None
        };
        match (path.len(), path.last().map_or("", String::as_str), source) {
            (2, "Version", _) => told.version = Some(text.to_string()),
            (2, "MakeAndModel", _) => told.model = text.to_string(),
            (2, "ModelName", _) if told.model.is_empty() => told.model = text.to_string(),
            (_, "AdfOption", _) => duplex_option |= text == "Duplex",
            (_, _, Some(source)) => {
                let at = inputs.iter().position(|input| input.source == source);
                let at = at.unwrap_or_else(|| {
                    inputs.push(Input::new(source));
                    inputs.len() - 1
                });
                inputs[at].take(path, text);
            }
            _ => shared.take(path, text),
        }
    })?;
    if root != "ScannerCapabilities" || inputs.is_empty() {
        return Err(NotXml);
    }
    for input in &mut inputs {
        complete(input, &shared);
    }
    if duplex_option && inputs.iter().all(|one| one.source != PaperSource::Duplex) {
        let feeder = inputs.iter().find(|one| one.source == PaperSource::Feeder);
        let duplex = feeder.cloned().map(|feeder| Input {
            source: PaperSource::Duplex,
            ..feeder
        });
        inputs.extend(duplex);
    }
    told.inputs = inputs;
    Ok(told)
}

fn complete(input: &mut Input, shared: &Input) {
    if input.modes.is_empty() {
        input.modes.clone_from(&shared.modes);
    }
    if input.formats.is_empty() {
        input.formats.clone_from(&shared.formats);
        input.format_ext = shared.format_ext;
    }
    if input.resolutions == Resolutions::default() {
        input.resolutions = shared.resolutions.clone();
    }
}

impl Capabilities {
    /// What a place of paper can do.
    pub fn find_input(&self, source: PaperSource) -> Option<&Input> {
        self.inputs.iter().find(|input| input.source == source)
    }

    /// The same in the words all sources share; modes and resolutions are those of the first input.
    pub fn caps(&self) -> Caps {
        let word = |source| match source {
            PaperSource::Flatbed => "Platen",
            PaperSource::Feeder => "Feeder",
            PaperSource::Duplex => "Feeder, both sides",
        };
        let first = self.inputs.first();
        Caps {
            sources: self
                .inputs
                .iter()
                .map(|input| (input.source, word(input.source).to_string()))
                .collect(),
            modes: first.map(|input| input.modes.clone()).unwrap_or_default(),
            resolutions: first
                .map(|input| input.resolutions.clone())
                .unwrap_or_default(),
        }
    }
}

/// What a scanner is doing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Status {
    /// `pwg:State`: Idle, Processing, Testing, Stopped, Down.
    pub state: String,
    /// `scan:AdfState`, without its `ScannerAdf`.
    pub feeder: String,
    /// Its jobs, newest first where the scanner keeps to that.
    pub jobs: Vec<JobState>,
}

/// A job in a scanner's list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobState {
    /// Its address or path.
    pub uri: String,
    /// Pending, Processing, Completed, Canceled, Aborted.
    pub state: String,
}

/// Reads a status. Refuses what is no whole `ScannerStatus`.
pub fn status(bytes: &[u8]) -> Result<Status, NotXml> {
    let mut told = Status::default();
    let root = leaves(bytes, |path, text| {
        let name = path.last().map_or("", String::as_str);
        let in_job = path.iter().any(|one| one == "JobInfo");
        match name {
            "State" if !in_job => told.state = text.to_string(),
            "AdfState" => {
                // NAPS2's server of some versions writes "ScannedAdfLoaded".
                let state = text.split_once("Adf").map_or(text, |(_, state)| state);
                told.feeder = state.to_string();
            }
            "JobUri" if told.jobs.len() < LIST_LIMIT => told.jobs.push(JobState {
                uri: text.to_string(),
                state: String::new(),
            }),
            "JobState" => {
                if let Some(job) = told.jobs.last_mut() {
                    job.state = text.to_string();
                }
            }
            _ => {}
        }
    })?;
    if root == "ScannerStatus" {
        Ok(told)
    } else {
        Err(NotXml)
    }
}

impl Status {
    /// What keeps the feeder from feeding, if its state says so. `Empty` is not among these: it is
    /// often said while the last sheets are still on their way.
    pub fn feeder_fault(&self) -> Option<ScanFault> {
        match self.feeder.as_str() {
            "Jam" => Some(ScanFault::Jam),
            "HatchOpen" | "DoorOpen" => Some(ScanFault::CoverOpen),
            "Mispick" => Some(ScanFault::Mispick),
            "MultipickDetected" => Some(ScanFault::Multipick),
            "DuplexPageTooShort" | "DuplexPageTooLong" => Some(ScanFault::PageLength),
            "InputTrayFailed" => Some(ScanFault::TrayFailed),
            "InputTrayOverloaded" => Some(ScanFault::TrayOverloaded),
            _ => None,
        }
    }

    /// Whether the feeder says that it is empty.
    pub fn feeder_is_empty(&self) -> bool {
        self.feeder == "Empty"
    }

    /// Whether the scanner as a whole is out of service.
    pub fn is_stopped(&self) -> bool {
        matches!(self.state.as_str(), "Stopped" | "Down")
    }

    /// The state of the job at this path, if the scanner lists it.
    pub fn job(&self, path: &str) -> Option<&str> {
        let path = path.trim_end_matches('/');
        self.jobs
            .iter()
            .find(|job| job.uri.trim_end_matches('/').ends_with(path))
            .map(|job| job.state.as_str())
    }
}

#[cfg(test)]
#[path = "reply_tests.rs"]
mod tests;
