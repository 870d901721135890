//! A device node: what it is, the modes it offers, and setting one.

use super::abi;
use crate::document::FrameForm;
use crate::document::camera::modes::Mode;
use rustix::fs::{Mode as Rights, OFlags, open};
use rustix::io::Errno;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

/// More formats, sizes of one, or intervals of one are not asked for.
const LIST_LIMIT: u32 = 128;
/// The pixel formats we take, the better first.
const FORMS: [([u8; 4], FrameForm); 3] = [
    (*b"MJPG", FrameForm::Mjpeg),
    (*b"JPEG", FrameForm::Mjpeg),
    (*b"YUYV", FrameForm::Yuyv),
];
/// Sizes tried where a camera takes any within bounds.
const USUAL_SIZES: [(u32, u32); 8] = [
    (4160, 3120),
    (3264, 2448),
    (2592, 1944),
    (1920, 1080),
    (1600, 1200),
    (1280, 960),
    (1024, 768),
    (640, 480),
];

/// An open node.
#[derive(Debug)]
pub struct Node(OwnedFd);

impl AsFd for Node {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// What a node says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// The driver.
    pub driver: String,
    /// The camera's name.
    pub name: String,
    /// Where it is plugged in.
    pub bus: String,
    /// Whether it gives frames: cameras have other nodes too.
    pub captures: bool,
}

impl Node {
    /// Opens it. Others may have it open too; only one can stream.
    pub fn open(path: &Path) -> Result<Node, Errno> {
        let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC;
        open(path, flags, Rights::empty()).map(Node)
    }

    /// What it is.
    pub fn about(&self) -> Result<About, Errno> {
        let mut said = abi::Capability::zeroed();
        abi::query_capability(self, &mut said)?;
        let own = said.capabilities & abi::CAP_DEVICE_CAPS != 0;
        let caps = match own {
            true => said.device_caps,
            false => said.capabilities,
        };
        let wanted = abi::CAP_VIDEO_CAPTURE | abi::CAP_STREAMING;
        Ok(About {
            driver: text(&said.driver),
            name: text(&said.card),
            bus: text(&said.bus_info),
            captures: caps & wanted == wanted,
        })
    }

    /// The modes we can take.
    pub fn modes(&self) -> Result<Vec<Mode>, Errno> {
        let mut modes = Vec::new();
        for (fourcc, form) in self.forms()? {
            for (width, height) in self.sizes(fourcc)? {
                modes.push(Mode {
                    fourcc,
                    form,
                    width,
                    height,
                    interval: self.interval(fourcc, width, height),
                });
            }
        }
        // A driver that lists nothing has one mode: the one it is in.
        if modes.is_empty() {
            modes.extend(self.current()?);
        }
        Ok(modes)
    }

    fn forms(&self) -> Result<Vec<(u32, FrameForm)>, Errno> {
        let mut offered = Vec::new();
        for index in 0..LIST_LIMIT {
            let mut said = abi::FormatDescription::zeroed();
            (said.index, said.kind) = (index, abi::CAPTURE);
            match abi::enumerate_formats(self, &mut said) {
                Ok(()) => offered.push(said.pixel_format),
                Err(Errno::INVAL | Errno::NOTTY) => break,
                Err(error) => return Err(error),
            }
        }
        let known = FORMS.map(|(letters, form)| (abi::fourcc(&letters), form));
        let known = known.into_iter();
        Ok(known.filter(|(code, _)| offered.contains(code)).collect())
    }

    fn sizes(&self, fourcc: u32) -> Result<Vec<(u32, u32)>, Errno> {
        let mut sizes = Vec::new();
        for index in 0..LIST_LIMIT {
            let mut said = abi::FrameSize::zeroed();
            (said.index, said.pixel_format) = (index, fourcc);
            match abi::enumerate_sizes(self, &mut said) {
                Ok(()) if said.kind == abi::SIZE_DISCRETE => {
                    sizes.push((said.sizes[0], said.sizes[1]));
                }
                Ok(()) => return Ok(within(said.sizes)),
                Err(Errno::INVAL | Errno::NOTTY) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(sizes)
    }

    /// The shortest time between frames, seconds as a fraction. Unknown is 0 of 1.
    fn interval(&self, fourcc: u32, width: u32, height: u32) -> (u32, u32) {
        let mut best = (0, 1);
        for index in 0..LIST_LIMIT {
            let mut said = abi::FrameInterval::zeroed();
            (said.index, said.pixel_format) = (index, fourcc);
            (said.width, said.height) = (width, height);
            if abi::enumerate_intervals(self, &mut said).is_err() {
                break;
            }
            // Of a range the first two are the shortest.
            let [numerator, denominator, ..] = said.intervals;
            let sooner = u64::from(numerator) * u64::from(best.1)
                < u64::from(best.0) * u64::from(denominator);
            if denominator > 0 && numerator > 0 && (best.0 == 0 || sooner) {
                best = (numerator, denominator);
            }
            if said.kind != abi::SIZE_DISCRETE {
                break;
            }
        }
        best
    }

    /// The mode it is in, if it is one of ours.
    fn current(&self) -> Result<Option<Mode>, Errno> {
        let mut said = abi::Format::zeroed();
        said.kind = abi::CAPTURE;
        abi::get_format(self, &mut said)?;
        Ok(mode_of(&said))
    }

    /// Sets a mode and its shortest interval. What the driver made of it, which may differ.
    pub fn set(&self, mode: &Mode) -> Result<Mode, Errno> {
        let mut format = abi::Format::zeroed();
        format.kind = abi::CAPTURE;
        (format.width, format.height) = (mode.width, mode.height);
        (format.pixel_format, format.field) = (mode.fourcc, abi::FIELD_NONE);
        abi::set_format(self, &mut format)?;
        let (numerator, denominator) = mode.interval;
        if numerator > 0 {
            let mut pace = abi::StreamParameters::zeroed();
            pace.kind = abi::CAPTURE;
            (pace.numerator, pace.denominator) = (numerator, denominator);
            // A camera with one pace only refuses; its pace is what it is.
            let _ = abi::set_parameters(self, &mut pace);
        }
        let interval = mode.interval;
        let set = mode_of(&format).map(|set| Mode { interval, ..set });
        set.ok_or(Errno::INVAL)
    }
}

fn mode_of(format: &abi::Format) -> Option<Mode> {
    let known = FORMS.map(|(letters, form)| (abi::fourcc(&letters), form));
    let (fourcc, form) = known
        .into_iter()
        .find(|(code, _)| *code == format.pixel_format)?;
    Some(Mode {
        fourcc,
        form,
        width: format.width,
        height: format.height,
        interval: (0, 1),
    })
}

/// Usual sizes within the bounds `min max step` of width and height, and the largest.
fn within([min_w, max_w, step_w, min_h, max_h, step_h]: [u32; 6]) -> Vec<(u32, u32)> {
    let fits = |size: u32, min: u32, max: u32, step: u32| {
        (min..=max).contains(&size) && (size - min).is_multiple_of(step.max(1))
    };
    let mut sizes = vec![(max_w, max_h)];
    let usual = USUAL_SIZES.into_iter();
    sizes.extend(usual.filter(|&(w, h)| {
        fits(w, min_w, max_w, step_w) && fits(h, min_h, max_h, step_h) && (w, h) != (max_w, max_h)
    }));
    sizes
}

/// Text of a field: up to its first zero byte.
fn text(field: &[u8]) -> String {
    let end = field.iter().position(|&byte| byte == 0);
    let text = String::from_utf8_lossy(&field[..end.unwrap_or(field.len())]);
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_of_sizes_gives_the_largest_and_the_usual_ones_in_it() {
        let sizes = within([0, 4160, 16, 0, 3120, 8]);
        assert_eq!(
            sizes[..4],
            [(4160, 3120), (3264, 2448), (2592, 1944), (1920, 1080)]
        );
        // Neither twice nor off its steps.
        assert_eq!(within([0, 640, 64, 0, 480, 120]), [(640, 480)]);
        assert_eq!(within([0, 1280, 1, 0, 960, 7]), [(1280, 960)]);
        assert_eq!(within([1, 30, 0, 1, 20, 0]), [(30, 20)]);
    }

    #[test]
    fn a_name_ends_at_its_zero_or_with_its_field() {
        assert_eq!(text(b"UVC Camera\0\0rest"), "UVC Camera");
        assert_eq!(text("高拍仪".as_bytes()), "高拍仪");
    }

    #[test]
    fn what_is_no_camera_is_refused() {
        let node = Node::open(Path::new("/dev/null")).unwrap();
        assert_eq!(node.about(), Err(Errno::NOTTY));
        assert!(Node::open(Path::new("/dev/no-such-camera")).is_err());
    }
}
