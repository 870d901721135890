//! The nothing-unsent certificate, asked for at the counter: for the day this machine is replaced or given
//! away.

use std::path::Path;

use audit::Event;
use domain::certificate::{CertificateFile, NothingLeft, NothingUnsent, certificate_message};

use super::Station;
use super::audit::FOLDER;
use crate::desk::Desk;
use crate::disk;
use crate::enrol;
use crate::error::{Error, Result};
use crate::lease::is_signed;
use crate::line::LineError;
use crate::view::{Certificate, Failure};

impl Station {
    /// The centre's word that nothing here is unsent, kept as a file beside the exports:
    /// `certificate.unsent` while something is.
    pub fn ask_certificate(&self) -> std::result::Result<Certificate, Failure> {
        let open = self.0.open_to_staff()?;
        let folder = self.0.folder.join(FOLDER);
        let folder = std::path::absolute(&folder).map_err(Error::disk(&folder))?;
        let desk = &open.desk;
        let left = NothingLeft {
            log: desk.store.log_at()?,
            unsent: desk.store.unsent()?,
        };
        if left.unsent.commands + left.unsent.pages > 0 {
            return Err(Error::coded("certificate.unsent").into());
        }
        let line = self.0.line(&open)?;
        let asked = enrol::wait(line.certificate(&left)).and_then(|answer| answer);
        let file = asked.map_err(|error: LineError| Failure::from(Error::from(error)))?;
        Ok(desk.keep_certificate(&file, &left, &folder)?)
    }
}

impl Desk {
    fn keep_certificate(
        &self,
        file: &CertificateFile,
        left: &NothingLeft,
        folder: &Path,
    ) -> Result<Certificate> {
        let wrong = || Error::coded("certificate.forged");
        let ours = &self.installation;
        let message = certificate_message(&file.body);
        let said: NothingUnsent = serde_json::from_str(&file.body).map_err(|_| wrong())?;
        let fits = said.installation == ours.id && said.log == left.log;
        if !fits || !is_signed(&ours.centre_key, &message, &file.signature) {
            return Err(wrong());
        }
        let name = format!(
            "nothing-unsent-{}-{}.json",
            said.community,
            said.issued_at.format("%Y%m%d%H%M%S")
        );
        let path = folder.join(name);
        disk::make_folder(folder)?;
        self.store.note(&Event::ExportMade {
            what: "certificate".into(),
            rows: said.log.last,
            reason: String::new(),
        })?;
        disk::write_whole(&path, serde_json::to_string_pretty(file)?.as_bytes())?;
        Ok(Certificate {
            path: path.display().to_string(),
            last: said.log.last,
            issued_at: said.issued_at,
        })
    }
}
