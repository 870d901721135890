//! Cameras on a real kernel: its virtual camera (`vivid`) in a guest, with every fault it can make.
//!
//! Not proved by it: the driver of USB cameras (`uvcvideo`) with MJPEG from a real device. No overhead
//! camera was ever here.

use std::path::{Path, PathBuf};
use std::time::Duration;

use xtask::{Error, Result, process};

use super::guest::Guest;
use crate::checkout;

/// A camera without other inputs, and nothing that is none.
const VIVID: &str = "vivid n_devs=1 node_types=0x1 num_inputs=1 input_types=0";
const EXAMPLE: &str = "camera_life";

pub fn run() -> Result<()> {
    let control = Path::new("/usr/bin/v4l2-ctl");
    if !control.exists() {
        return Err(Error::Missing(
            "v4l2-ctl is not here: cargo xtask setup installs v4l-utils".to_owned(),
        ));
    }
    let said = Guest {
        name: "camera",
        modules: &[VIVID],
        programs: &[example()?, control.to_owned()],
        script: EXAMPLE,
        limit: Duration::from_secs(300),
    }
    .run()?;
    print!("{said}");
    Ok(())
}

fn example() -> Result<PathBuf> {
    let mut cargo = checkout::cargo();
    cargo.args([
        "build",
        "--release",
        "--package",
        "drivers",
        "--example",
        EXAMPLE,
    ]);
    process::run("cargo build", &mut cargo)?;
    Ok(checkout::target()?.join("release/examples").join(EXAMPLE))
}
