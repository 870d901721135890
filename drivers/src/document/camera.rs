//! Overhead cameras (高拍仪) and any other camera the system knows, whoever made it. On Windows there is
//! only what is pure: cameras there save into a watched folder by their own program.
//!
//! - `Device`, `list`: the cameras there are.
//! - `Camera`: one that shows and takes, through failed transfers and pulled cables.
//! - `Stills`: the same as a source of pages.
//! - [`modes`]: which mode shows and which takes; pure.
//! - [`mjpeg`]: a camera's frames made JPEGs that any decoder takes; pure.
//! - [`small`]: a frame as a small picture.
//! - [`Rotation`]: how a camera hangs.
//! - [`replay`]: recorded frames at a pace, for demo, measurement and tests.
//!
//! Proved on a real kernel with its virtual camera, in a machine of its own: `cargo xtask prove
//! camera`. No overhead camera was ever connected to this code.

#[cfg(unix)]
mod device;
#[cfg(unix)]
mod live;
pub mod mjpeg;
pub mod modes;
pub mod replay;
mod rotation;
pub mod small;
#[cfg(unix)]
mod source;
#[cfg(unix)]
mod v4l2;

#[cfg(unix)]
pub use device::{Device, first, list};
#[cfg(unix)]
pub use live::Camera;
pub use rotation::Rotation;
#[cfg(unix)]
pub use source::Stills;
#[cfg(unix)]
pub use v4l2::stream::Counts;
