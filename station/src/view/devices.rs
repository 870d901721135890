//! Devices as the device page shows them, and where pages can come from.

use chrono::{DateTime, Utc};
use domain::Reason;
use serde::Serialize;
use ts_rs::TS;

/// Everything on the device page.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct DevicesView {
    /// Every device, readers first.
    pub devices: Vec<DeviceView>,
    /// Scanners and cameras are being looked for.
    pub looking: bool,
    /// The watched folder.
    pub folder: Option<String>,
}

/// One device.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct DeviceView {
    /// What it is known by here.
    pub id: String,
    /// What it is.
    pub kind: DeviceKind,
    /// What its maker calls it; None for a kind of which none is there.
    pub name: Option<String>,
    /// How it is reached: a profile's name, `sane`, `escl` …
    pub how: Option<String>,
    /// Whether it can be used now.
    pub ready: bool,
    /// Whether it is missed while it cannot.
    pub needed: bool,
    /// Its state: what is wrong and what to do.
    pub reason: Reason,
    /// What it last did since the program was started.
    pub last: Option<DeviceDone>,
    /// Pages are taken from it first.
    pub preferred: bool,
    /// It was added by hand and can be taken away.
    pub removable: bool,
    /// It can be tried out.
    pub testable: bool,
}

/// What a device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum DeviceKind {
    /// Reads cards.
    CardReader,
    /// Makes pages from paper.
    Scanner,
    /// Shows the desk.
    Camera,
    /// Files that another program saves.
    Folder,
    /// The program that makes a picture of a card's photo.
    PhotoDecoder,
}

/// What a device did.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct DeviceDone {
    /// When.
    pub at: DateTime<Utc>,
    /// Whether it did what was asked.
    pub ok: bool,
    /// What came of it; never who or what was read.
    pub reason: Reason,
    /// How long it took.
    pub took_ms: Option<u32>,
}

/// A scanner that announces itself on the network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct FoundScanner {
    /// What it calls itself.
    pub name: String,
    /// Its address, for `add_scanner`.
    pub address: String,
}

/// Where pages can come from, as the capture panel offers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct PageSource {
    /// The device's id.
    pub id: String,
    /// What it is.
    pub kind: DeviceKind,
    /// Its name.
    pub name: String,
    /// It draws in several sheets by itself.
    pub feeder: bool,
    /// And both sides of them.
    pub duplex: bool,
    /// It is offered first.
    pub preferred: bool,
}

/// A test page, seen once and not kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct TestPage {
    /// A small picture, base64.
    pub picture: String,
    /// Its media type.
    pub media: String,
    /// Width of the page itself, pixels.
    pub width: u32,
    /// Its height.
    pub height: u32,
}

/// What an open camera tells. Its newest picture: `page://localhost/preview?{seq}`.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(tag = "told", rename_all = "snake_case")]
#[ts(export)]
pub enum PreviewTold {
    /// A picture.
    Shown {
        /// Its number.
        #[ts(type = "number")]
        seq: u64,
        /// Width, pixels.
        width: u32,
        /// Height, pixels.
        height: u32,
        /// The sheets in it, the best first.
        quads: Vec<ShownQuad>,
        /// What would spoil a page: `no_sheet`, `cut`, `small`, `dark`, `glare`.
        hints: Vec<String>,
        /// How still the sheet lies.
        still: PreviewStill,
        /// Of the time it must lie still.
        percent: u8,
        /// Pictures a second.
        fps: f32,
    },
    /// A page was taken by itself; `take_picture` fetches it.
    Taken,
    /// A page lies still and could not be taken by itself.
    Missed {
        /// Why.
        reason: Reason,
    },
    /// The camera gives nothing now.
    Fault {
        /// Why.
        reason: Reason,
    },
}

/// How still a sheet lies before a camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum PreviewStill {
    /// No sheet.
    Empty,
    /// Something moves.
    Moving,
    /// A sheet comes to rest.
    Settling,
    /// It was taken; the next one is awaited.
    Taken,
}

/// A sheet in the picture, in its pixels.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct ShownQuad {
    /// Clockwise from the top left.
    pub corners: [(f32, f32); 4],
    /// The number of the page it becomes, from 1, where there are several; None for what others
    /// lie on, or what belongs to another.
    pub page: Option<u8>,
    /// The picture ends before the sheet does.
    pub cut: bool,
}
