//! Receipts: written into the private folder, opened with the system's viewer, and gone when the
//! desk is locked.

use std::path::Path;
use std::process::{Command, Stdio};

use domain::Id;

use super::{Station, keeping};
use crate::error::{Error, Result};
use crate::private::Private;
use crate::view::{Failure, Receipt};

const FOLDER: &str = "receipts";

/// Takes away what was written.
pub(super) fn clear(private: &Private) {
    private.clear(FOLDER);
    private.clear(keeping::FOLDER);
}

/// Programs before kept receipts beside the store, in plain.
pub(super) fn forget_kept(data: &Path) {
    let _ = std::fs::remove_dir_all(data.join(FOLDER));
}

impl Station {
    /// Writes the receipt of a case as PDF.
    pub fn make_receipt(&self, case: Id) -> Result<Receipt, Failure> {
        let folder = self.0.private.part(FOLDER)?;
        Ok(self.0.open()?.desk.make_receipt(case, &folder)?)
    }

    /// The case of a receipt, by the code on it: scanned by what types it, or read from a page.
    pub fn find_by_receipt(&self, text: &str) -> Result<Id, Failure> {
        Ok(self.desk()?.find_by_receipt(text)?)
    }

    /// Writes it and opens it.
    pub fn open_receipt(&self, case: Id) -> Result<Receipt, Failure> {
        let receipt = self.make_receipt(case)?;
        view(Path::new(&receipt.path))?;
        Ok(receipt)
    }
}

/// Opens a file with the system's viewer.
pub(super) fn view(path: &Path) -> Result<()> {
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
