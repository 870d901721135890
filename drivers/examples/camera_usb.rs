//! A USB camera's life on the kernel's own driver for them (`uvcvideo`), with the camera of
//! `camera_gadget` on its virtual bus: `cargo xtask prove camera`. Prints a table; ends with 1 when a
//! step did not go as it must.

use std::process::{Child, Command, ExitCode};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use drivers::ScanFault;
use drivers::document::camera::{self, Camera, mjpeg, small};
use drivers::document::preview::{Options, Preview, Told};
use drivers::document::{Canceller, Frame, FrameForm, Live, file};

/// The machine is emulated: a frame may take a while.
const LONG: Duration = Duration::from_secs(40);

type Outcome = Result<String, String>;
type Step = (&'static str, fn(&mut Bench) -> Outcome);

const STEPS: [Step; 8] = [
    ("listed by uvcvideo with its modes", listed),
    ("13 megapixels of MJPEG stream", streams),
    ("frames without Huffman tables", |bench| {
        repaired(bench, "bare")
    }),
    ("frames with bytes behind the end", |bench| {
        repaired(bench, "padded")
    }),
    ("frames that end early are refused", cut),
    ("frames with the error bit are dropped", marked),
    ("preview finds the sheet, a page is taken", previews),
    ("the cable pulled and put in again", pulled),
];

struct Bench {
    gadget: Child,
    camera: Camera,
}

fn main() -> ExitCode {
    let mut bench = match plug().and_then(|gadget| Ok((gadget, found()?))) {
        Ok((gadget, device)) => Bench {
            gadget,
            camera: Camera::new(device),
        },
        Err(why) => {
            println!("no camera: {why}");
            return ExitCode::FAILURE;
        }
    };
    let mut all = true;
    println!("| step | held | seen | ms |\n| --- | --- | --- | --- |");
    for (name, step) in STEPS {
        plan("plain");
        let began = Instant::now();
        let outcome = step(&mut bench);
        let took_ms = began.elapsed().as_millis();
        all &= outcome.is_ok();
        match outcome {
            Ok(seen) => println!("| {name} | yes | {seen} | {took_ms} |"),
            Err(why) => println!("| {name} | NO | {why} | {took_ms} |"),
        }
    }
    let _ = bench.gadget.kill();
    ExitCode::from(u8::from(!all))
}

fn hold(what: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if what { Ok(()) } else { Err(why()) }
}

fn plug() -> Result<Child, String> {
    let gadget = Command::new("camera_gadget").spawn();
    gadget.map_err(|error| error.to_string())
}

fn plan(word: &str) {
    std::fs::write("/tmp/plan", word).expect("the guest's /tmp is in memory");
}

fn found() -> Result<camera::Device, String> {
    let end = Instant::now() + LONG;
    loop {
        match camera::first() {
            Ok(device) => return Ok(device),
            Err(fault) if Instant::now() > end => return Err(fault.code().to_owned()),
            Err(_) => std::thread::sleep(Duration::from_millis(100)),
        }
    }
}

fn frame(bench: &mut Bench) -> Result<Frame, String> {
    let frame = bench.camera.frame(Instant::now() + LONG);
    let frame = frame.map_err(|fault| format!("fault {}", fault.code()))?;
    frame.ok_or_else(|| "no frame".to_owned())
}

/// Frames of the plan before this one may be on their way.
fn pass(bench: &mut Bench) -> Result<(), String> {
    (0..6).try_for_each(|_| frame(bench).map(drop))
}

fn listed(bench: &mut Bench) -> Outcome {
    let device = bench.camera.device();
    hold(device.driver == "uvcvideo", || format!("{device:?}"))?;
    let tell = device.modes.iter().map(|mode| {
        let (form, fps) = (mode.form, mode.fps());
        format!("{form:?} {}x{}@{fps:.0}", mode.width, mode.height)
    });
    let told: Vec<String> = tell.collect();
    let wanted = ["Mjpeg 4160x3120@15", "Mjpeg 1280x960@30"];
    hold(told == wanted, || told.join(", "))?;
    Ok(told.join(", "))
}

fn streams(bench: &mut Bench) -> Outcome {
    let (mut whole, mut bytes) = (0, 0);
    let began = Instant::now();
    for _ in 0..12 {
        let frame = frame(bench)?;
        hold(frame.form == FrameForm::Mjpeg, || format!("{frame:?}"))?;
        // The first may have begun before anybody listened.
        if let Ok(found) = mjpeg::find(&frame.bytes) {
            let size = (found.width(), found.height());
            hold(size == (4160, 3120), || format!("{size:?}"))?;
            (whole, bytes) = (whole + 1, bytes + frame.bytes.len());
        }
    }
    hold(whole >= 11, || format!("{whole} of 12 whole"))?;
    let fps = 12.0 / began.elapsed().as_secs_f32();
    Ok(format!(
        "{whole} of 12 whole, {} KB each, {fps:.1} a second, emulated",
        bytes / whole / 1000
    ))
}

fn repaired(bench: &mut Bench, word: &str) -> Outcome {
    frame(bench)?;
    plan(word);
    pass(bench)?;
    let mut sizes = (0, 0);
    for _ in 0..4 {
        let bytes = frame(bench)?.bytes;
        let repaired = mjpeg::repair(bytes.clone()).map_err(|error| error.code())?;
        hold(repaired.len() != bytes.len(), || {
            "nothing to repair".to_owned()
        })?;
        small::of_mjpeg(&bytes).map_err(|error| error.code())?;
        sizes = (bytes.len(), repaired.len());
    }
    Ok(format!(
        "4 frames of {} bytes made JPEGs of {}",
        sizes.0, sizes.1
    ))
}

/// Every second frame has a part with the error bit of its payload's header set, and is whole
/// otherwise: by its bytes nobody could tell. What comes is the frames between.
fn marked(bench: &mut Bench) -> Outcome {
    frame(bench)?;
    let pace = |bench: &mut Bench| -> Result<f32, String> {
        let began = Instant::now();
        for _ in 0..8 {
            mjpeg::find(&frame(bench)?.bytes).map_err(|error| error.code())?;
        }
        Ok(8.0 / began.elapsed().as_secs_f32())
    };
    let plain = pace(bench)?;
    plan("marked");
    pass(bench)?;
    let before = bench.camera.counts();
    let half = pace(bench)?;
    let told = bench.camera.counts().damaged - before.damaged;
    // Dropped by the driver itself, or told by it and dropped here.
    hold(half < plain * 0.75 || told >= 3, || {
        format!("{plain:.1} a second, then {half:.1}, {told} told")
    })?;
    Ok(format!(
        "{plain:.1} a second, marked {half:.1}; {told} told as damaged"
    ))
}

fn cut(bench: &mut Bench) -> Outcome {
    frame(bench)?;
    plan("cut");
    pass(bench)?;
    let mut whole = 0;
    for _ in 0..8 {
        whole += u32::from(mjpeg::find(&frame(bench)?.bytes).is_ok());
    }
    hold((2..=6).contains(&whole), || format!("{whole} of 8 whole"))?;
    let page = bench
        .camera
        .take(Instant::now() + LONG, &Canceller::default())
        .map_err(|fault| fault.code())?;
    let info = file::check(&page.bytes).map_err(|error| error.code())?;
    hold((info.width, info.height) == (4160, 3120), || {
        format!("{info:?}")
    })?;
    Ok(format!(
        "{whole} of 8 whole; the page taken meanwhile is whole"
    ))
}

fn previews(bench: &mut Bench) -> Outcome {
    let device = bench.camera.device().clone();
    // Lets go of the node.
    bench.camera = Camera::new(device.clone());
    let (told, all) = channel();
    let live = Box::new(Camera::new(device));
    let preview = Preview::start(live, Options::default(), move |what| drop(told.send(what)));
    let (mut shown, mut found) = (0, 0);
    while shown < 6 {
        match all.recv_timeout(LONG) {
            Ok(Told::Shown(seen)) => {
                shown += 1;
                found += u32::from(!seen.quads.is_empty());
            }
            Ok(told) => return Err(format!("{told:?}")),
            Err(error) => return Err(format!("{error} after {shown}")),
        }
    }
    let taken = preview.take(LONG).map_err(|fault| fault.code())?;
    hold(found > 0 && !taken.quads.is_empty(), || {
        format!("found in {found} of {shown}")
    })?;
    // Which corner is the first is not known of a sheet without writing.
    let corners = taken.quads[0].corners;
    let near = corners
        .iter()
        .any(|at| (at.x - 1040.0).abs() < 30.0 && (at.y - 260.0).abs() < 30.0);
    hold(near, || format!("{corners:?}"))?;
    Ok(format!(
        "found in {found} of {shown}; page of {}x{} with it",
        taken.width, taken.height
    ))
}

fn pulled(bench: &mut Bench) -> Outcome {
    frame(bench)?;
    bench.gadget.kill().map_err(|error| error.to_string())?;
    let _ = bench.gadget.wait();
    let end = Instant::now() + LONG;
    let fault = loop {
        match bench
            .camera
            .frame(Instant::now() + Duration::from_millis(200))
        {
            Err(fault) => break fault,
            Ok(_) if Instant::now() > end => return Err("no fault".to_owned()),
            Ok(_) => {}
        }
    };
    hold(fault == ScanFault::Unplugged, || fault.code().to_owned())?;
    let none = camera::first();
    hold(none == Err(ScanFault::NoCamera), || format!("{none:?}"))?;
    bench.gadget = plug()?;
    let mut faults = 0;
    while Instant::now() < end {
        match bench
            .camera
            .frame(Instant::now() + Duration::from_millis(500))
        {
            Ok(Some(_)) => {
                return Ok(format!("{}, {faults} tries, back", fault.code()));
            }
            Ok(None) => {}
            Err(_) => faults += 1,
        }
    }
    Err("it does not come back".to_owned())
}
