//! A camera's life, step by step, on the kernel's virtual camera: `cargo xtask prove camera` runs it in
//! a machine of its own. Faults are made with `v4l2-ctl`, so what is proved is told by another
//! program than ours. Prints a table; ends with 1 when a step did not go as it must.

use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use drivers::ScanFault;
use drivers::document::camera::{self, Camera, Rotation, Stills, modes};
use drivers::document::preview::still::Limits;
use drivers::document::preview::{Options, Preview, Told};
use drivers::document::{Canceller, Event, Format, Frame, Live, Settings, Source, file};

/// The machine is emulated: a frame may take a while.
const LONG: Duration = Duration::from_secs(20);
const MODULE: &[&str] = &[
    "n_devs=1",
    "node_types=0x1",
    "num_inputs=1",
    "input_types=0",
];

/// What was seen, or what was expected instead.
type Outcome = Result<String, String>;
type Step = (&'static str, fn(&mut Camera) -> Outcome);

const STEPS: [Step; 13] = [
    ("listed with its modes", listed),
    ("a mode for stills, one for showing", chosen),
    ("frames stream", streams),
    ("a frame marked as damaged is dropped", damaged),
    ("dropped buffers are counted", dropped),
    ("a failed transfer restarts the stream", restarts),
    ("failing again and again is a fault, then goes on", gives_up),
    ("in use by another: said so, free afterwards", busy),
    ("a start that fails is a fault, then goes on", start_fails),
    ("a still in the largest mode, frames after it", takes),
    ("pulled out and back", disconnects),
    ("gone for good and plugged in anew", removed),
    ("preview and source on it", uses),
];

fn main() -> ExitCode {
    let first = match camera::first() {
        Ok(device) => device,
        Err(fault) => {
            println!("no camera: {}", fault.code());
            return ExitCode::FAILURE;
        }
    };
    let mut camera = Camera::new(first);
    let mut all = true;
    println!("| step | held | seen | ms |\n| --- | --- | --- | --- |");
    for (name, step) in STEPS {
        let began = Instant::now();
        let outcome = step(&mut camera);
        let took_ms = began.elapsed().as_millis();
        all &= outcome.is_ok();
        match outcome {
            Ok(seen) => println!("| {name} | yes | {seen} | {took_ms} |"),
            Err(why) => println!("| {name} | NO | {why} | {took_ms} |"),
        }
    }
    ExitCode::from(u8::from(!all))
}

fn hold(what: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if what { Ok(()) } else { Err(why()) }
}

fn run(program: &str, words: &[&str]) -> Result<(), String> {
    let done = Command::new(program).args(words).output();
    let done = done.map_err(|error| format!("{program}: {error}"))?;
    hold(done.status.success(), || {
        format!("{program}: {}", String::from_utf8_lossy(&done.stderr))
    })
}

fn control(setting: &str) -> Result<(), String> {
    run(
        "v4l2-ctl",
        &["--device", "/dev/video0", "--set-ctrl", setting],
    )
}

fn frame(camera: &mut Camera) -> Result<Frame, String> {
    let frame = camera.frame(Instant::now() + LONG);
    let frame = frame.map_err(|fault| format!("fault {}", fault.code()))?;
    frame.ok_or_else(|| "no frame".to_owned())
}

/// The next fault, with the frames before it.
fn fault(camera: &mut Camera) -> Result<ScanFault, String> {
    let end = Instant::now() + LONG;
    while Instant::now() < end {
        if let Err(fault) = camera.frame(Instant::now() + Duration::from_millis(200)) {
            return Ok(fault);
        }
    }
    Err("no fault".to_owned())
}

/// Frames again, however many faults are told before.
fn recovered(camera: &mut Camera) -> Result<u32, String> {
    let (end, mut faults) = (Instant::now() + LONG, 0);
    while Instant::now() < end {
        match camera.frame(Instant::now() + Duration::from_millis(500)) {
            Ok(Some(_)) => return Ok(faults),
            Ok(None) => {}
            Err(_) => faults += 1,
        }
    }
    Err("it does not come back".to_owned())
}

fn listed(camera: &mut Camera) -> Outcome {
    let device = camera.device();
    let modes = &device.modes;
    hold(device.driver == "vivid" && !device.bus.is_empty(), || {
        format!("{device:?}")
    })?;
    hold(modes.len() >= 4, || format!("{} modes", modes.len()))?;
    let largest = modes.iter().max_by_key(|mode| mode.area()).ok_or("none")?;
    Ok(format!(
        "{} modes, up to {}x{}",
        modes.len(),
        largest.width,
        largest.height
    ))
}

fn chosen(camera: &mut Camera) -> Outcome {
    let choice = modes::choose(&camera.device().modes).ok_or("nothing chosen")?;
    let tell = |mode: &modes::Mode| format!("{}x{}@{:.0}", mode.width, mode.height, mode.fps());
    frame(camera)?;
    let set = camera.mode().ok_or("no mode")?;
    let (set, wanted) = (
        (set.width, set.height),
        (choice.show.width, choice.show.height),
    );
    hold(set == wanted, || format!("{set:?} for {wanted:?}"))?;
    Ok(format!(
        "still {}, shows {}",
        tell(&choice.still),
        tell(&choice.show)
    ))
}

fn streams(camera: &mut Camera) -> Outcome {
    let (began, mut last) = (Instant::now(), 0);
    for _ in 0..10 {
        let frame = frame(camera)?;
        let size = frame.width as usize * frame.height as usize * 2;
        hold(frame.bytes.len() >= size, || {
            format!("{} bytes", frame.bytes.len())
        })?;
        hold(frame.seq > last, || format!("{} after {last}", frame.seq))?;
        last = frame.seq;
        let (dark, light) = (frame.bytes.iter().min(), frame.bytes.iter().max());
        hold(dark < light, || "an empty picture".to_owned())?;
    }
    let fps = 10.0 / began.elapsed().as_secs_f32();
    Ok(format!("10 whole YUYV frames, {fps:.1} a second, emulated"))
}

fn damaged(camera: &mut Camera) -> Outcome {
    frame(camera)?;
    let before = camera.counts().damaged;
    control("inject_v4l2_buf_flag_error=1")?;
    for _ in 0..8 {
        frame(camera)?;
    }
    let dropped = camera.counts().damaged - before;
    hold(dropped == 1, || format!("{dropped} dropped"))?;
    Ok("1 dropped, 8 good ones given".to_owned())
}

fn dropped(camera: &mut Camera) -> Outcome {
    frame(camera)?;
    let before = camera.counts();
    control("percentage_of_dropped_buffers=60")?;
    for _ in 0..12 {
        frame(camera)?;
    }
    control("percentage_of_dropped_buffers=0")?;
    let lost = camera.counts().lost - before.lost;
    hold(lost > 0, || "none missed".to_owned())?;
    Ok(format!("{lost} missed, 12 given"))
}

fn restarts(camera: &mut Camera) -> Outcome {
    let (before, seq) = (camera.counts().restarts, frame(camera)?.seq);
    control("inject_fatal_streaming_error=1")?;
    let after = frame(camera)?.seq;
    let again = frame(camera)?.seq;
    let times = camera.counts().restarts - before;
    hold(times == 1, || format!("{times} restarts"))?;
    hold(seq < after && after < again, || {
        format!("{seq}, {after}, {again}")
    })?;
    Ok("1 restart, numbers go on, no fault told".to_owned())
}

fn gives_up(camera: &mut Camera) -> Outcome {
    for round in 0..6 {
        control("inject_fatal_streaming_error=1")?;
        match camera.frame(Instant::now() + LONG) {
            Ok(Some(_)) => {}
            Ok(None) => return Err("no frame".to_owned()),
            Err(ScanFault::Transfer) => {
                let faults = recovered(camera)?;
                return Ok(format!(
                    "told after {round} more; {faults} faults until it is back"
                ));
            }
            Err(fault) => return Err(format!("fault {}", fault.code())),
        }
    }
    Err("six failures and no fault".to_owned())
}

fn busy(camera: &mut Camera) -> Outcome {
    frame(camera)?;
    let mut other = Camera::new(camera.device().clone());
    let told = other.frame(Instant::now() + LONG);
    hold(told == Err(ScanFault::Busy), || format!("{told:?}"))?;
    frame(camera)?;
    // The first lets go; the second gets it, and then lets go too.
    *camera = Camera::new(camera.device().clone());
    let faults = recovered(&mut other)?;
    drop(other);
    frame(camera)?;
    Ok(format!(
        "{}; then the other streams after {faults} faults",
        ScanFault::Busy.code()
    ))
}

fn start_fails(camera: &mut Camera) -> Outcome {
    let mut seen = Vec::new();
    for fault_name in [
        "inject_vidioc_reqbufs_error=1",
        "inject_vidioc_streamon_error=1",
    ] {
        *camera = Camera::new(camera.device().clone());
        control(fault_name)?;
        let fault = fault(camera)?;
        recovered(camera)?;
        seen.push(fault.code());
    }
    Ok(seen.join(", "))
}

fn takes(camera: &mut Camera) -> Outcome {
    frame(camera)?;
    let choice = modes::choose(&camera.device().modes).ok_or("nothing chosen")?;
    let page = camera
        .take(Instant::now() + LONG, &Canceller::default())
        .map_err(|fault| fault.code())?;
    let info = file::check(&page.bytes).map_err(|error| error.code())?;
    let size = (choice.still.width, choice.still.height);
    let good = page.format == Format::Jpeg && (info.width, info.height) == size;
    hold(good, || format!("{info:?} for {size:?}"))?;
    frame(camera)?;
    let shows = camera.mode().map(|mode| (mode.width, mode.height));
    let back = Some((choice.show.width, choice.show.height));
    hold(shows == back, || format!("{shows:?} shows"))?;
    Ok(format!(
        "JPEG {}x{}, {} KB",
        size.0,
        size.1,
        page.bytes.len() / 1000
    ))
}

fn disconnects(camera: &mut Camera) -> Outcome {
    let mut faults = Vec::new();
    for _ in 0..3 {
        frame(camera)?;
        control("disconnect=1")?;
        let fault = fault(camera)?;
        hold(fault == ScanFault::Unplugged, || fault.code().to_owned())?;
        faults.push(recovered(camera)?);
    }
    Ok(format!(
        "three times {}, back each time",
        ScanFault::Unplugged.code()
    ))
}

fn removed(camera: &mut Camera) -> Outcome {
    frame(camera)?;
    control("disconnect=1")?;
    fault(camera)?;
    run("rmmod", &["vivid"])?;
    for _ in 0..3 {
        let told = camera.frame(Instant::now() + Duration::from_millis(400));
        hold(told == Err(ScanFault::Unplugged), || format!("{told:?}"))?;
    }
    let none = camera::first();
    hold(none == Err(ScanFault::NoCamera), || format!("{none:?}"))?;
    run("insmod", &[&["/modules/vivid.ko"], MODULE].concat())?;
    recovered(camera)?;
    Ok(format!(
        "{}, {}, back",
        ScanFault::Unplugged.code(),
        ScanFault::NoCamera.code()
    ))
}

fn uses(camera: &mut Camera) -> Outcome {
    let device = camera.device().clone();
    // Lets go of the node.
    *camera = Camera::new(device.clone());
    let (told, all) = std::sync::mpsc::channel();
    let options = Options {
        rotation: Rotation::Half,
        automatic: false,
        find: |_| Vec::new(),
        limits: Limits::default(),
    };
    let live = Box::new(Camera::new(device.clone()));
    let preview = Preview::start(live, options, move |what| drop(told.send(what)));
    let mut shown = 0;
    while shown < 5 {
        match all.recv_timeout(LONG) {
            Ok(Told::Shown(_)) => shown += 1,
            Ok(told) => return Err(format!("{told:?}")),
            Err(error) => return Err(format!("{error} after {shown}")),
        }
    }
    let taken = preview.take(LONG).map_err(|fault| fault.code())?;
    file::check(&taken.page.bytes).map_err(|error| error.code())?;
    let began = Instant::now();
    drop(preview);
    let stop_ms = began.elapsed().as_millis();
    let mut stills = Stills {
        device,
        rotation: Rotation::None,
    };
    let mut job = stills
        .start(&Settings::default())
        .map_err(|fault| fault.code())?;
    let end = Instant::now() + LONG;
    while Instant::now() < end {
        let event = job.next(Instant::now() + Duration::from_secs(1));
        match event.map_err(|fault| fault.code())? {
            Event::Page(page) => {
                file::check(&page.bytes).map_err(|error| error.code())?;
                return Ok(format!("5 shown, a page each; stopped in {stop_ms} ms"));
            }
            Event::Waiting | Event::Progress(_) => {}
            Event::End { .. } => break,
        }
    }
    Err("the source gave no page".to_owned())
}
