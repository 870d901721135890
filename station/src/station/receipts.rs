//! Receipts: written, and opened with the system's viewer.

use std::path::Path;
use std::process::{Command, Stdio};

use domain::Id;

use super::Station;
use crate::error::{Error, Result};
use crate::view::{Failure, Receipt};

const FOLDER: &str = "receipts";

impl Station {
    /// Writes the receipt of a case as PDF.
    pub fn make_receipt(&self, case: Id) -> Result<Receipt, Failure> {
        let folder = self.0.folder.join(FOLDER);
        let folder = std::path::absolute(&folder).map_err(Error::disk(&folder))?;
        Ok(self.0.open()?.desk.make_receipt(case, &folder)?)
    }

    /// Writes it and opens it.
    pub fn open_receipt(&self, case: Id) -> Result<Receipt, Failure> {
        let receipt = self.make_receipt(case)?;
        view(Path::new(&receipt.path))?;
        Ok(receipt)
    }
}

fn view(path: &Path) -> Result<()> {
    let mut viewer = if cfg!(windows) {
        let mut command = Command::new("explorer");
        command.arg(path);
        command
    } else {
        let mut command = Command::new(if cfg!(target_os = "macos") {
            "open"
        } else {
            "xdg-open"
        });
        command.arg(path);
        command
    };
    let quiet = viewer
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut child = quiet
        .spawn()
        .map_err(|_| Error::coded("receipt.no_viewer"))?;
    // Waited for, so that no dead process stays behind; it may run as long as it likes.
    let wait = move || {
        let _ = child.wait();
    };
    let thread = std::thread::Builder::new().name("viewer".to_owned());
    thread
        .spawn(wait)
        .map_err(|error| Error::Bug(format!("no thread: {error}")))?;
    Ok(())
}
