//! Never compiled for Windows and never run: written for WIA 2.0. Its types can be checked on Linux against
//! the `windows` crates with their gates lifted.
//!
//! Windows' scanners through Windows Image Acquisition, behind the interface all sources share. A
//! job has a thread of its own with COM in it; the driver is held in `GetNextStream` until the next
//! page is pulled, so that no sheet is drawn that nobody asked for. A driver that hangs cannot be
//! ended from within: its thread is left behind and the job says `scan.hung`. Whoever ships this
//! puts it into a process of its own, as SANE is.
//!
//! What was checked here: `meaning`, which is pure, by its tests.

mod job;
pub(super) mod meaning;

use super::steady::wait_for;
use super::{Caps, Job, Mode, PaperSource, Resolutions, Settings, Source};
use crate::error::ScanFault;
use std::mem::ManuallyDrop;
use std::time::Duration;
use windows::Win32::Devices::ImageAcquisition::{
    DUPLEX, FEEDER, IWiaDevMgr2, IWiaItem2, IWiaPropertyStorage, WIA_CATEGORY_FEEDER,
    WIA_CATEGORY_FLATBED, WIA_DATA_COLOR, WIA_DATA_GRAYSCALE, WIA_DATA_THRESHOLD,
    WIA_DEVINFO_ENUM_LOCAL, WIA_DIP_DEV_ID, WIA_DIP_DEV_NAME, WIA_IPA_DATATYPE, WIA_IPA_FORMAT,
    WIA_IPS_DOCUMENT_HANDLING_SELECT, WIA_IPS_PAGES, WIA_IPS_XRES, WIA_IPS_YRES, WiaDevMgr2,
    WiaImgFmt_BMP, WiaImgFmt_JPEG,
};
use windows::Win32::System::Com::StructuredStorage::{
    PROPSPEC, PROPSPEC_0, PROPVARIANT, PROPVARIANT_0, PROPVARIANT_0_0, PROPVARIANT_0_0_0,
    PRSPEC_PROPID,
};
use windows::Win32::System::Com::{
    CLSCTX_LOCAL_SERVER, COINIT_MULTITHREADED, CoCreateInstance, CoInitializeEx, CoUninitialize,
};
use windows::Win32::System::Variant::VT_CLSID;
use windows::core::{BSTR, GUID, Interface};

/// Opening a device, or listing them.
const OPEN_LIMIT: Duration = Duration::from_secs(20);
/// More scanners than this are not listed.
const DEVICE_LIMIT: usize = 50;
/// The first property of an item that is not its system's own.
const FIRST_NAME: u32 = 2;

/// A scanner of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its WIA name, which opens it.
    pub id: String,
    /// Its name for people.
    pub name: String,
}

/// The scanners connected now. Ends after 20 s with [`ScanFault::Hung`].
pub fn list() -> Result<Vec<Device>, ScanFault> {
    wait_for(OPEN_LIMIT, || {
        let _com = Com::enter()?;
        let mut devices = Vec::new();
        // SAFETY: COM is initialised in this thread; the out-pointers live through each call.
        unsafe {
            let list = manager()?
                .EnumDeviceInfo(WIA_DEVINFO_ENUM_LOCAL as i32)
                .map_err(fault)?;
            while devices.len() < DEVICE_LIMIT {
                let (mut one, mut count) = (None::<IWiaPropertyStorage>, 0);
                if list.Next(1, &mut one, &mut count).is_err() || count == 0 {
                    break;
                }
                let Some(about) = one else { break };
                devices.push(Device {
                    id: text(&about, WIA_DIP_DEV_ID)?,
                    name: text(&about, WIA_DIP_DEV_NAME)?,
                });
            }
        }
        Ok(devices)
    })
}

/// One scanner.
#[derive(Debug, Clone)]
pub struct Scanner {
    id: String,
}

impl Scanner {
    /// A scanner by its WIA name.
    #[must_use]
    pub fn new(id: &str) -> Self {
        Self { id: id.to_string() }
    }
}

impl Source for Scanner {
    fn caps(&mut self) -> Result<Caps, ScanFault> {
        let id = self.id.clone();
        wait_for(OPEN_LIMIT, move || {
            let _com = Com::enter()?;
            let root = open(&id)?;
            let mut sources = Vec::new();
            for (source, category) in [
                (PaperSource::Flatbed, WIA_CATEGORY_FLATBED),
                (PaperSource::Feeder, WIA_CATEGORY_FEEDER),
            ] {
                if child(&root, category).is_ok() {
                    sources.push((source, format!("{category:?}")));
                }
            }
            // Which values a driver takes is asked by setting them; the nearest is not known before.
            Ok(Caps {
                sources,
                modes: vec![
                    (Mode::Color, WIA_DATA_COLOR.to_string()),
                    (Mode::Gray, WIA_DATA_GRAYSCALE.to_string()),
                    (Mode::Lineart, WIA_DATA_THRESHOLD.to_string()),
                ],
                resolutions: Resolutions::default(),
            })
        })
    }

    fn start(&mut self, settings: &Settings) -> Result<Box<dyn Job>, ScanFault> {
        if !settings.options.is_empty() {
            return Err(ScanFault::InvalidSetting);
        }
        Ok(Box::new(job::WiaJob::start(&self.id, settings)?))
    }
}

/// COM in this thread, as long as it lives.
struct Com;

impl Com {
    fn enter() -> Result<Self, ScanFault> {
        // SAFETY: a plain call; it is undone when the value is dropped, in the same thread.
        let entered = unsafe { CoInitializeEx(None, COINIT_MULTITHREADED) };
        entered.ok().map(|()| Self).map_err(fault)
    }
}

impl Drop for Com {
    fn drop(&mut self) {
        // SAFETY: undoes the call of `enter`.
        unsafe { CoUninitialize() };
    }
}

fn fault(error: windows::core::Error) -> ScanFault {
    meaning::fault_of(error.code().0)
}

fn manager() -> Result<IWiaDevMgr2, ScanFault> {
    // SAFETY: COM is initialised in every thread that comes here.
    let made = unsafe { CoCreateInstance(&WiaDevMgr2, None, CLSCTX_LOCAL_SERVER) };
    // Without the service there is no list, and no scanner of this kind.
    made.map_err(|_| ScanFault::NotInstalled)
}

fn open(id: &str) -> Result<IWiaItem2, ScanFault> {
    // SAFETY: as above; the name lives through the call.
    unsafe { manager()?.CreateDevice(0, &BSTR::from(id)) }.map_err(fault)
}

/// The item of a kind below the device.
fn child(root: &IWiaItem2, category: GUID) -> Result<IWiaItem2, ScanFault> {
    // SAFETY: the category and the out-pointers live through the calls.
    unsafe {
        let list = root.EnumChildItems(None).map_err(fault)?;
        loop {
            let (mut one, mut count) = (None::<IWiaItem2>, 0);
            if list.Next(1, &mut one, &mut count).is_err() || count == 0 {
                return Err(ScanFault::Unsupported);
            }
            let Some(item) = one else {
                return Err(ScanFault::Unsupported);
            };
            if item.GetItemCategory().is_ok_and(|found| found == category) {
                return Ok(item);
            }
        }
    }
}

/// The item that will scan, with everything set.
fn prepare(id: &str, settings: &Settings) -> Result<IWiaItem2, ScanFault> {
    let root = open(id)?;
    let (category, handling) = match settings.source {
        PaperSource::Flatbed => (WIA_CATEGORY_FLATBED, None),
        PaperSource::Feeder => (WIA_CATEGORY_FEEDER, Some(FEEDER)),
        PaperSource::Duplex => (WIA_CATEGORY_FEEDER, Some(FEEDER | DUPLEX)),
    };
    let item = child(&root, category)?;
    let about: IWiaPropertyStorage = item.cast().map_err(fault)?;
    if let Some(handling) = handling {
        set_number(&about, WIA_IPS_DOCUMENT_HANDLING_SELECT, handling)?;
        // 0 is "until it is empty".
        set_number(&about, WIA_IPS_PAGES, 0)?;
    }
    let mode = match settings.mode {
        Mode::Color => WIA_DATA_COLOR,
        Mode::Gray => WIA_DATA_GRAYSCALE,
        Mode::Lineart => WIA_DATA_THRESHOLD,
    };
    set_number(&about, WIA_IPA_DATATYPE, mode)?;
    set_number(&about, WIA_IPS_XRES, settings.dpi)?;
    set_number(&about, WIA_IPS_YRES, settings.dpi)?;
    // BMP is what every driver must have; JPEG is what most have.
    set_form(&about, WiaImgFmt_JPEG).or_else(|_| set_form(&about, WiaImgFmt_BMP))?;
    Ok(item)
}

fn property(id: u32) -> PROPSPEC {
    PROPSPEC {
        ulKind: PRSPEC_PROPID,
        Anonymous: PROPSPEC_0 { propid: id },
    }
}

fn text(about: &IWiaPropertyStorage, id: u32) -> Result<String, ScanFault> {
    let mut value = PROPVARIANT::default();
    // SAFETY: one property, one place for its value, both alive through the call.
    unsafe { about.ReadMultiple(1, &property(id), &mut value) }.map_err(fault)?;
    let text = BSTR::try_from(&value).map_err(fault)?;
    Ok(text.to_string())
}

fn set_number(about: &IWiaPropertyStorage, id: u32, value: u32) -> Result<(), ScanFault> {
    let value = PROPVARIANT::from(i32::try_from(value).unwrap_or(i32::MAX));
    // SAFETY: one property, one value, both alive through the call.
    let set = unsafe { about.WriteMultiple(1, &property(id), &value, FIRST_NAME) };
    set.map_err(|_| ScanFault::InvalidSetting)
}

fn set_form(about: &IWiaPropertyStorage, mut form: GUID) -> Result<(), ScanFault> {
    let place = PROPVARIANT_0_0_0 { puuid: &mut form };
    let value = PROPVARIANT_0_0 {
        vt: VT_CLSID,
        wReserved1: 0,
        wReserved2: 0,
        wReserved3: 0,
        Anonymous: place,
    };
    // Never dropped: the place belongs to this function, not to COM's memory.
    let value = ManuallyDrop::new(PROPVARIANT {
        Anonymous: PROPVARIANT_0 {
            Anonymous: ManuallyDrop::new(value),
        },
    });
    // SAFETY: one property, one value that points to `form`, all alive through the call.
    let set = unsafe { about.WriteMultiple(1, &property(WIA_IPA_FORMAT), &*value, FIRST_NAME) };
    set.map_err(|_| ScanFault::InvalidSetting)
}
