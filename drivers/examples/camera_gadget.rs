//! A USB camera made of software: the kernel's `uvcvideo` takes it for one with MJPEG of 13 megapixels.
//! For `cargo xtask prove camera`, in a machine of its own: it needs the kernel's virtual USB bus
//! (`dummy_hcd`) and device files (`gadgetfs`, mounted at `/dev/gadget`). Serves until it is killed,
//! which pulls the cable.
//!
//! What the next frames are is read from `/tmp/plan`: `plain`, `bare` (no Huffman tables), `padded`,
//! `cut` (every second frame ends early) or `marked` (in every second one a part has the error bit).
//!
//! Bulk instead of isochronous transfers, which the virtual bus lacks; the driver knows both.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use drivers::document::page::{Picture, Plane, jpeg};

const FOLDER: &str = "/dev/gadget";
/// Width, height, frames a second: as the frame descriptors list them, from 1.
const FRAMES: [(u16, u16, u32); 2] = [(4160, 3120, 15), (1280, 960, 30)];
/// A payload with its header; the driver's own buffers are of this size.
const PAYLOAD: usize = 16 << 10;
const HEADER: usize = 2;
/// The driver's buffer for a frame.
const FRAME_LIMIT: u32 = 4 << 20;
const BULK_IN: u8 = 0x81;

fn main() -> io::Result<()> {
    let mut control = OpenOptions::new()
        .read(true)
        .write(true)
        .open(format!("{FOLDER}/dummy_udc"))?;
    // A tag, both configurations, the device.
    let all = [
        &[0; 4][..],
        &configuration(64),
        &configuration(512),
        &DEVICE,
    ]
    .concat();
    control.write_all(&all)?;
    // The frame that was agreed on, and in the upper half how often one was.
    let agreed = Arc::new(AtomicU32::new(0));
    let mut serving = false;
    let mut probe = probe(1);
    let mut event = [0; 12];
    loop {
        control.read_exact(&mut event)?;
        // NOP, CONNECT, DISCONNECT, SETUP, SUSPEND
        if event[8] != 3 {
            continue;
        }
        let [kind, request, _, value, ..] = event;
        let length = usize::from(u16::from_le_bytes([event[6], event[7]]));
        match (kind, request) {
            // SET_CONFIGURATION: the endpoint must be there before it is answered.
            (0x00, 9) => {
                if !serving {
                    serving = true;
                    let agreed = Arc::clone(&agreed);
                    let endpoint = endpoint()?;
                    std::thread::spawn(move || serve(endpoint, &agreed));
                }
                let _ = control.read(&mut [])?;
            }
            // SET_INTERFACE: there is one setting.
            (0x01, 11) => drop(control.read(&mut [])?),
            // SET_CUR of probe and commit.
            (0x21, 0x01) => {
                let mut asked = [0; 64];
                let got = control.read(&mut asked[..length.min(64)])?;
                let frame = if got > 3 { asked[3].clamp(1, 2) } else { 1 };
                probe = self::probe(frame);
                if value == 2 {
                    let times = (agreed.load(Ordering::SeqCst) >> 8) + 1;
                    agreed.store(times << 8 | u32::from(frame), Ordering::SeqCst);
                }
            }
            // GET_CUR, GET_MIN, GET_MAX, GET_DEF; GET_LEN; GET_INFO.
            (0xA1, 0x81..=0x83 | 0x87) => drop(control.write(&probe[..length.min(26)])?),
            (0xA1, 0x85) => drop(control.write(&[26, 0])?),
            (0xA1, 0x86) => drop(control.write(&[3])?),
            // Refused by an answer in the wrong direction.
            (0x80.., _) => drop(control.read(&mut [])),
            _ => drop(control.write(&[])),
        }
    }
}

/// The 26 bytes of probe and commit (UVC 1.0, 4.3.1.1).
fn probe(frame: u8) -> [u8; 26] {
    let mut probe = [0; 26];
    let (.., fps) = FRAMES[usize::from(frame) - 1];
    (probe[0], probe[2], probe[3]) = (1, 1, frame);
    probe[4..8].copy_from_slice(&(10_000_000 / fps).to_le_bytes());
    probe[18..22].copy_from_slice(&FRAME_LIMIT.to_le_bytes());
    probe[22..26].copy_from_slice(&(PAYLOAD as u32).to_le_bytes());
    probe
}

fn endpoint() -> io::Result<File> {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(format!("{FOLDER}/ep1in-bulk"))?;
    let all = [&1u32.to_le_bytes()[..], &endpoint_of(64), &endpoint_of(512)].concat();
    file.write_all(&all)?;
    Ok(file)
}

/// Frames, at their pace, in the size agreed on; ends when the cable is pulled.
fn serve(mut endpoint: File, agreed: &AtomicU32) {
    let frames = FRAMES.map(|(width, height, _)| picture(width.into(), height.into()));
    let (mut count, mut next) = (0u32, Instant::now());
    loop {
        let now = agreed.load(Ordering::SeqCst);
        if now == 0 {
            std::thread::sleep(Duration::from_millis(5));
            continue;
        }
        let at = (now & 0xFF) as usize - 1;
        let plan = std::fs::read_to_string("/tmp/plan").unwrap_or_default();
        let plan = plan.trim();
        let odd = count % 2 == 1;
        let bytes = planned(&frames[at], plan, odd);
        let bits = 0x80 | (count & 1) as u8;
        count += 1;
        let parts = bytes.chunks(PAYLOAD - HEADER);
        let last = parts.len() - 1;
        for (n, part) in parts.enumerate() {
            // Another mode was agreed on: the rest of this frame is nobody's.
            if agreed.load(Ordering::SeqCst) != now {
                break;
            }
            let marked = plan == "marked" && odd && n == last / 2;
            let own = if n == last { 2 } else { 0 } | if marked { 0x40 } else { 0 };
            let mut payload = vec![HEADER as u8, bits | own];
            payload.extend_from_slice(part);
            // A short packet ends a payload; a whole one needs a byte more.
            if payload.len() < PAYLOAD && payload.len().is_multiple_of(512) {
                payload.push(0);
            }
            if endpoint.write_all(&payload).is_err() {
                return;
            }
        }
        next = (next + Duration::from_secs(1) / FRAMES[at].2).max(Instant::now());
        std::thread::sleep(next - Instant::now());
    }
}

fn planned(jpeg: &[u8], plan: &str, odd: bool) -> Vec<u8> {
    match plan {
        "bare" => without_tables(jpeg),
        "padded" => [jpeg, &[0; 3000]].concat(),
        "cut" if odd => jpeg[..jpeg.len() * 2 / 3].to_vec(),
        _ => jpeg.to_vec(),
    }
}

/// Leaves out the Huffman tables, which are the standard's.
fn without_tables(jpeg: &[u8]) -> Vec<u8> {
    let mut out = jpeg[..2].to_vec();
    let mut at = 2;
    while jpeg[at + 1] != 0xDA {
        let length = usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
        if jpeg[at + 1] != 0xC4 {
            out.extend_from_slice(&jpeg[at..at + 2 + length]);
        }
        at += 2 + length;
    }
    out.extend_from_slice(&jpeg[at..]);
    out
}

/// A sheet with lines on a desk.
fn picture(width: usize, height: usize) -> Vec<u8> {
    let mut y = Plane::filled(width, height, 90);
    for row in height / 12..height * 11 / 12 {
        let line = row * 64 / height % 2 == 1;
        let sheet = &mut y.data[row * width + width / 4..][..width / 2];
        sheet.fill(230);
        if line && row > height / 6 && row < height * 5 / 6 {
            sheet[width / 16..width * 7 / 16]
                .iter_mut()
                .step_by(3)
                .for_each(|dot| *dot = 70);
        }
    }
    let chroma = || Plane::filled(width / 2, height / 2, 128);
    let picture = Picture {
        chroma: Some([chroma(), chroma()]),
        y,
    };
    jpeg::encode(&picture, 85, None).expect("a picture of two sizes that JPEG knows")
}

/// USB 2.0, its interfaces belong together, 1d6b:0102, one configuration.
const DEVICE: [u8; 18] = [
    18, 1, 0, 2, 0xEF, 2, 1, 64, 0x6B, 0x1D, 2, 1, 0, 1, 0, 0, 0, 1,
];

fn endpoint_of(packet: u16) -> [u8; 7] {
    let [low, high] = packet.to_le_bytes();
    [7, 5, BULK_IN, 2, low, high, 0]
}

/// One function of two interfaces: control (a camera, its way out) and streaming (MJPEG, two sizes).
fn configuration(packet: u16) -> Vec<u8> {
    let mut control = vec![13, 0x24, 1, 0, 1, 0, 0, 0x80, 0x8D, 0x5B, 0, 1, 1];
    // Input terminal 1, a camera without controls; output terminal 2, to USB, from 1.
    control.extend([18, 0x24, 2, 1, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0]);
    control.extend([9, 0x24, 3, 2, 1, 1, 0, 1, 0]);
    (control[5], control[6]) = (control.len() as u8, 0);

    let mut streaming = vec![14, 0x24, 1, 1, 0, 0, BULK_IN, 0, 2, 0, 0, 0, 1, 0];
    streaming.extend([11, 0x24, 6, 1, FRAMES.len() as u8, 1, 1, 0, 0, 0, 0]);
    for (n, (width, height, fps)) in (1..).zip(FRAMES) {
        streaming.extend([30, 0x24, 7, n, 0]);
        streaming.extend(width.to_le_bytes());
        streaming.extend(height.to_le_bytes());
        for number in [8 << 20, 400 << 20, FRAME_LIMIT, 10_000_000 / fps] {
            streaming.extend(number.to_le_bytes());
        }
        streaming.push(1);
        streaming.extend((10_000_000 / fps).to_le_bytes());
    }
    streaming.extend([6, 0x24, 0x0D, 1, 1, 4]);
    let total = (streaming.len() as u16).to_le_bytes();
    (streaming[4], streaming[5]) = (total[0], total[1]);

    let mut all = vec![9, 2, 0, 0, 2, 1, 0, 0xC0, 1];
    all.extend([8, 0x0B, 0, 2, 0x0E, 3, 0, 0]);
    all.extend([9, 4, 0, 0, 0, 0x0E, 1, 0, 0]);
    all.extend(control);
    all.extend([9, 4, 1, 0, 1, 0x0E, 2, 0, 0]);
    all.extend(streaming);
    all.extend(endpoint_of(packet));
    let total = (all.len() as u16).to_le_bytes();
    (all[2], all[3]) = (total[0], total[1]);
    all
}
