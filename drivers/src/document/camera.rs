//! Overhead cameras (高拍仪) and any other camera the system knows, whoever made it.
//!
//! - [`Device`], [`list`]: the cameras there are.
//! - [`Camera`]: one that shows and takes, through failed transfers and pulled cables.
//! - [`Stills`]: the same as a source of pages.
//! - [`modes`]: which mode shows and which takes; pure.
//! - [`mjpeg`]: a camera's frames made JPEGs that any decoder takes; pure.
//! - [`small`]: a frame as a small picture.
//! - [`Rotation`]: how a camera hangs.
//! - [`replay`]: recorded frames at a pace, for demo, measurement and tests.
//!
//! Proved on a real kernel with its virtual camera, in a machine of its own: `cargo xtask prove
//! camera`. No overhead camera was ever connected to this code.

mod device;
mod live;
pub mod mjpeg;
pub mod modes;
pub mod replay;
mod rotation;
pub mod small;
mod source;
mod v4l2;

pub use device::{Device, first, list};
pub use live::Camera;
pub use rotation::Rotation;
pub use source::Stills;
pub use v4l2::stream::Counts;
