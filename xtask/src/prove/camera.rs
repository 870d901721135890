//! Cameras on a real kernel, in a guest: its virtual camera (`vivid`) with every fault it can make, and
//! its driver for USB cameras (`uvcvideo`) with a camera of MJPEG made of software.
//!
//! Not proved by it: isochronous transfers, and any camera that can be touched. None was ever here.

use std::path::{Path, PathBuf};
use std::time::Duration;

use xtask::{Error, Result, process};

use super::guest::Guest;
use crate::checkout;

/// A camera without other inputs, and nothing that is none.
const VIVID: &str = "vivid n_devs=1 node_types=0x1 num_inputs=1 input_types=0";
const EXAMPLES: [&str; 3] = ["camera_life", "camera_usb", "camera_gadget"];
const LIMIT: Duration = Duration::from_secs(300);

pub fn run() -> Result<()> {
    let control = Path::new("/usr/bin/v4l2-ctl");
    if !control.exists() {
        return Err(Error::Missing(
            "v4l2-ctl is not here: cargo xtask setup installs v4l-utils".to_owned(),
        ));
    }
    let [life, usb, gadget] = examples()?;
    println!("\nthe kernel's virtual camera (vivid), YUYV");
    let said = Guest {
        name: "camera",
        modules: &[VIVID],
        programs: &[life, control.to_owned()],
        script: EXAMPLES[0],
        limit: LIMIT,
    }
    .run()?;
    print!("{said}");
    println!("\na USB camera of MJPEG on uvcvideo, bulk transfers");
    let script = format!(
        "mkdir -p /dev/gadget\nmount -t gadgetfs gadget /dev/gadget\n{}",
        EXAMPLES[1]
    );
    let said = Guest {
        name: "camera-usb",
        modules: &["uvcvideo", "dummy_hcd", "gadgetfs"],
        programs: &[usb, gadget],
        script: &script,
        limit: LIMIT,
    }
    .run()?;
    print!("{said}");
    Ok(())
}

fn examples() -> Result<[PathBuf; 3]> {
    let mut cargo = checkout::cargo();
    cargo.args(["build", "--release", "--package", "drivers"]);
    for name in EXAMPLES {
        cargo.args(["--example", name]);
    }
    process::run("cargo build", &mut cargo)?;
    let folder = checkout::target()?.join("release/examples");
    Ok(EXAMPLES.map(|name| folder.join(name)))
}
