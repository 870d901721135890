//! The cameras there are, and finding one again that was unplugged.

use super::modes::Mode;
use super::v4l2::node::Node;
use crate::error::ScanFault;
use rustix::io::Errno;
use std::path::{Path, PathBuf};

/// More nodes are not looked at.
const NODES_LIMIT: usize = 64;

/// A camera of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its node.
    pub path: PathBuf,
    /// Its name, as its maker gave it.
    pub name: String,
    /// The kernel's driver.
    pub driver: String,
    /// Where it is plugged in.
    pub bus: String,
    /// What it can send, of the forms we take.
    pub modes: Vec<Mode>,
}

/// The cameras there are now, in the order of their nodes; those that others use are among them.
///
/// # Errors
/// [`ScanFault::AccessDenied`] when there are some and the account may open none.
pub fn list() -> Result<Vec<Device>, ScanFault> {
    let mut denied = false;
    let mut devices = Vec::new();
    for path in nodes(Path::new("/dev")) {
        match device(&path) {
            Ok(found) => devices.extend(found),
            Err(Errno::ACCESS | Errno::PERM) => denied = true,
            // Gone in this moment, or of a kind of its own.
            Err(_) => {}
        }
    }
    match devices.is_empty() && denied {
        true => Err(ScanFault::AccessDenied),
        false => Ok(devices),
    }
}

/// The first camera of the list.
///
/// # Errors
/// [`ScanFault::NoCamera`] when there is none, or as [`list`].
pub fn first() -> Result<Device, ScanFault> {
    list()?.into_iter().next().ok_or(ScanFault::NoCamera)
}

/// `video0`, `video1` … in the order of their numbers.
fn nodes(folder: &Path) -> Vec<PathBuf> {
    let number = |path: &PathBuf| {
        let name = path.file_name()?.to_str()?;
        name.strip_prefix("video")?.parse::<u32>().ok()
    };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut nodes: Vec<_> = entries
        .filter_map(|entry| Some((number(&entry.path())?, entry.path())))
        .collect();
    nodes.sort();
    let paths = nodes.into_iter().map(|(_, path)| path);
    paths.take(NODES_LIMIT).collect()
}

/// What a node is; `None` when it gives no frames we take.
fn device(path: &Path) -> Result<Option<Device>, Errno> {
    let node = Node::open(path)?;
    let about = node.about()?;
    if !about.captures {
        return Ok(None);
    }
    let modes = node.modes()?;
    let device = Device {
        path: path.to_owned(),
        name: about.name,
        driver: about.driver,
        bus: about.bus,
        modes,
    };
    Ok(Some(device).filter(|device| !device.modes.is_empty()))
}

impl Device {
    /// The same camera in a new list: at its place, else one of its name. Its node may have changed.
    #[must_use]
    pub fn find_again(&self, list: Vec<Device>) -> Option<Device> {
        let named = |one: &&Device| one.name == self.name;
        let mut found = list.iter().filter(named);
        let placed = found.clone().find(|one| one.bus == self.bus);
        placed.or_else(|| found.next()).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_come_in_the_order_of_their_numbers() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "video10",
            "video2",
            "video0",
            "videodev",
            "v4l-subdev0",
            "video",
        ] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let names: Vec<_> = nodes(folder.path())
            .iter()
            .map(|path| path.file_name().unwrap().to_owned())
            .collect();
        assert_eq!(names, ["video0", "video2", "video10"]);
        assert!(nodes(&folder.path().join("none")).is_empty());
    }

    #[test]
    fn a_camera_is_found_again_at_its_place_and_else_by_its_name() {
        let device = |path: &str, name: &str, bus: &str| Device {
            path: path.into(),
            name: name.into(),
            driver: "uvcvideo".into(),
            bus: bus.into(),
            modes: Vec::new(),
        };
        let old = device("/dev/video0", "DocCam", "usb-1");
        let other = device("/dev/video1", "Webcam", "usb-1");
        let same = device("/dev/video2", "DocCam", "usb-1");
        let moved = device("/dev/video3", "DocCam", "usb-2");
        let again = |list: &[&Device]| old.find_again(list.iter().map(|&d| d.clone()).collect());
        assert_eq!(again(&[&other, &moved, &same]), Some(same.clone()));
        assert_eq!(again(&[&other, &moved]), Some(moved));
        assert_eq!(again(&[&other]), None);
    }
}
