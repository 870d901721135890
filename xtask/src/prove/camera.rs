//! Cameras on a real kernel: its virtual camera (`vivid`) in a guest.

use std::time::Duration;

use xtask::Result;

use super::guest::Guest;

/// A camera without other inputs, and nothing that is none.
const VIVID: &str = "vivid n_devs=1 node_types=0x1 num_inputs=1 input_types=0";

pub fn run() -> Result<()> {
    let said = Guest {
        name: "camera",
        modules: &[VIVID],
        programs: &[],
        script: "ls -l /dev/video0",
        limit: Duration::from_secs(120),
    }
    .run()?;
    print!("{said}");
    Ok(())
}
