//! What only the demo and training have: the card tray and the line switch.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::Station;
use crate::devices::Demo;
use crate::devices::tray::SOCKET_VARIABLE;
use crate::error::Error;
use crate::line::LineSwitch;
use crate::view::{Failure, TrayCard};

/// A file that cuts the line while it exists, so that the demo's starter can cut it too.
const LINE_VARIABLE: &str = "YIZHAN_DEMO_LINE";
const LOOK: Duration = Duration::from_millis(200);

impl Station {
    /// The sample cards.
    pub fn list_tray(&self) -> Result<Vec<TrayCard>, Failure> {
        Ok(self.0.devices()?.get_tray()?.list())
    }

    /// Puts one on the virtual reader.
    pub fn insert_card(&self, id: &str) -> Result<(), Failure> {
        Ok(self.0.devices()?.get_tray()?.insert(id)?)
    }

    /// Takes it away.
    pub fn lift_card(&self) -> Result<(), Failure> {
        self.0.devices()?.get_tray()?.lift();
        Ok(())
    }

    /// Cuts or restores the line.
    pub fn cut_line(&self, cut: bool) -> Result<(), Failure> {
        if let Some(file) = &self.0.line_file {
            let outcome = match cut {
                true => std::fs::write(file, b""),
                false => std::fs::remove_file(file).or_else(|error| match error.kind() {
                    std::io::ErrorKind::NotFound => Ok(()),
                    _ => Err(error),
                }),
            };
            outcome.map_err(Error::disk(file))?;
        } else if !self.0.demo {
            return Err(Error::coded("tray.not_here").into());
        }
        self.0.switch.set_cut(cut);
        self.0.tell_status();
        Ok(())
    }
}

/// The demo's line file, where its starter named one.
pub(super) fn line_file(demo: bool) -> Option<PathBuf> {
    let file = std::env::var_os(LINE_VARIABLE).filter(|_| demo)?;
    Some(PathBuf::from(file))
}

/// Follows the file for as long as the switch is there.
pub(super) fn watch_line_file(file: PathBuf, switch: &Arc<LineSwitch>) {
    let switch = Arc::downgrade(switch);
    let watch = move || {
        while let Some(switch) = switch.upgrade() {
            follow(&file, &switch);
            drop(switch);
            std::thread::sleep(LOOK);
        }
    };
    let thread = std::thread::Builder::new().name("demo-line".to_owned());
    if let Err(error) = thread.spawn(watch) {
        tracing::warn!(%error, "the demo's line file is not watched");
    }
}

fn follow(file: &Path, switch: &LineSwitch) {
    let cut = file.exists();
    if switch.is_cut() != cut {
        switch.set_cut(cut);
    }
}

/// libpcsclite finds its service by this variable and reads it once.
pub(super) fn point_at_tray(demo: &Demo) {
    let socket = demo.socket();
    if std::env::var_os(SOCKET_VARIABLE).as_deref() != Some(socket.as_os_str()) {
        // SAFETY: `Station::open` is documented to come before other threads read the environment.
        unsafe { std::env::set_var(SOCKET_VARIABLE, socket) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_cut_while_the_file_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("line.cut");
        let switch = LineSwitch::default();
        follow(&file, &switch);
        assert!(!switch.is_cut());
        std::fs::write(&file, b"").unwrap();
        follow(&file, &switch);
        assert!(switch.is_cut());
        std::fs::remove_file(&file).unwrap();
        follow(&file, &switch);
        assert!(!switch.is_cut());
    }
}
