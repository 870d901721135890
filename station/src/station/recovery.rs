//! Getting back in, seen from the window: asking the city, the printed code, and making one.

use std::path::PathBuf;
use std::sync::Arc;

use audit::Event;
use chrono::Utc;
use crypto::code::PrintedCode;
use domain::recovery::{Cause, Look, Stands};
use qrcode::{Color, EcLevel, QrCode};

use super::restore::sticks;
use super::session::Entry;
use super::{Inner, Station};
use crate::door;
use crate::enrol;
use crate::error::{Error, Result};
use crate::keys::PublicPart;
use crate::line::tls::{self, Clock};
use crate::line::{Line, LineError};
use crate::recovery::{self, Pending, Words};
use crate::view::{
    Colleague, Failure, PrintedCodeView, RecoveryRequest, RecoveryStands, RecoveryView, Status,
};

impl Station {
    /// What can be said about the locked station, and its request.
    pub fn get_recovery(&self) -> Result<RecoveryView, Failure> {
        Ok(self.0.recovery(None))
    }

    /// Asks the city's officers. A line that is down is said in the request, which can be carried as
    /// a file.
    pub fn ask_recovery(
        &self,
        cause: Cause,
        by: &str,
        login: &str,
        note: &str,
    ) -> Result<RecoveryView, Failure> {
        let words = Words {
            cause,
            by: by.to_owned(),
            login: login.to_owned(),
            note: note.to_owned(),
        };
        recovery::ask(&self.0.recovery_folder(), &words, Utc::now())?;
        self.look_recovery()
    }

    /// Asks the centre how the request stands; tells it of the request first where it does not know.
    pub fn look_recovery(&self) -> Result<RecoveryView, Failure> {
        let failure = self.0.exchange_recovery().err();
        Ok(self.0.recovery(failure))
    }

    /// Gives the request up.
    pub fn cancel_recovery(&self) -> Result<RecoveryView, Failure> {
        Pending::remove(&self.0.recovery_folder())?;
        Ok(self.0.recovery(None))
    }

    /// Writes the request as a file, onto a stick where there is one; returns where.
    pub fn save_recovery(&self) -> Result<String, Failure> {
        let pending = self.0.pending()?;
        let name = format!("yizhan-recovery-{}.json", &pending.code()[..4]);
        let path = somewhere_to_carry().join(name);
        crate::disk::write_whole(&path, pending.text.as_bytes())?;
        Ok(path.display().to_string())
    }

    /// Takes in an answer that came as a file.
    pub fn bring_recovery(&self, answer: &str) -> Result<RecoveryView, Failure> {
        recovery::accept(&self.0.recovery_folder(), answer)?;
        Ok(self.0.recovery(None))
    }

    /// Opens the answer with the release code and logs in with the new password.
    pub fn finish_recovery(&self, code: &str, password: &str) -> Result<Status, Failure> {
        let login = recovery::redeem(&self.0.folder, code, password, Utc::now())?;
        let status = self.let_in(&login, password, None, Entry::REGAINED)?;
        let how = "centre".to_owned();
        self.0.note(&Event::KeysRecovered { how })?;
        Ok(status)
    }

    /// Opens the station with the printed code, and logs in with the new password.
    pub fn open_printed(&self, code: &str, login: &str, password: &str) -> Result<Status, Failure> {
        recovery::open_printed(&self.0.folder, code, login, password)?;
        let entry = Entry {
            by_lease: true,
            ..Entry::REGAINED
        };
        let status = self.let_in(login, password, None, entry)?;
        let how = "printed_code".to_owned();
        self.0.note(&Event::KeysRecovered { how })?;
        Ok(status)
    }

    /// Makes a printed code; one made before no longer opens anything. It is told this once.
    pub fn make_printed_code(&self) -> Result<PrintedCodeView, Failure> {
        let open = self.0.open_to_staff()?;
        let (code, now) = (PrintedCode::random(), Utc::now());
        let _one = self.0.change_of_keys();
        let mut file = door::keys_of(&self.0.folder)?;
        file.set_printed(&code, &open.held, now)?;
        file.save(&self.0.folder)?;
        let what = "printed_code".to_owned();
        self.0.note(&Event::KeysChanged { what })?;
        Ok(PrintedCodeView {
            code: code.to_text().to_string(),
            station: open.desk.installation.community_name.clone(),
            made: now,
        })
    }

    /// The printed code opens nothing any more.
    pub fn revoke_printed_code(&self) -> Result<(), Failure> {
        let open = self.0.open_to_staff()?;
        let _one = self.0.change_of_keys();
        let mut file = door::keys_of(&self.0.folder)?;
        file.revoke_printed(&open.held)?;
        file.save(&self.0.folder)?;
        let what = "printed_code".to_owned();
        self.0.note(&Event::KeysChanged { what })?;
        Ok(())
    }
}

impl Inner {
    fn pending(&self) -> Result<Pending> {
        Pending::load(&self.recovery_folder()).ok_or_else(|| Error::coded("recovery.none"))
    }

    pub(super) fn recovery(&self, failure: Option<Error>) -> RecoveryView {
        let folder = self.recovery_folder();
        let seen = recovery::look(&folder);
        let person = |(login, name): (String, String)| Colleague {
            login,
            name,
            substitute: false,
        };
        let suggested = match (seen.key_file, seen.machine_secret) {
            (false, _) => Some(Cause::KeyFileMissing),
            (true, false) => Some(Cause::MachineSecretGone),
            (true, true) => None,
        };
        RecoveryView {
            sealed: seen.sealed || !seen.key_file,
            people: seen.people.into_iter().map(person).collect(),
            key_file: seen.key_file,
            machine_secret: seen.machine_secret,
            printed: seen.printed,
            suggested,
            request: Pending::load(&folder).and_then(|found| shown(&found, failure)),
        }
    }

    /// One exchange with the centre about the request.
    fn exchange_recovery(&self) -> Result<()> {
        let mut pending = self.pending()?;
        if matches!(
            pending.stands,
            Some(Stands::Answered { .. } | Stands::Refused { .. })
        ) {
            return Ok(());
        }
        let public = PublicPart::load(&self.recovery_folder());
        let public = public.ok_or_else(|| Error::coded("station.not_enrolled"))?;
        if public.centre_url.is_empty() {
            return Err(Error::coded("recovery.no_address"));
        }
        let tls = tls::city(&public.ca_pem, Arc::new(Clock::system()))?;
        let line = Line::new(&public.centre_url, tls, self.switch.clone())?;
        let look = Look {
            request: pending.ask()?.id,
            hash: pending.hash(),
        };
        let known = pending.stands.is_some();
        let text = pending.text.clone();
        let stands: Result<Stands, LineError> = enrol::wait(async {
            match known {
                true => line.look(&look).await,
                false => line.ask(text).await,
            }
        })?;
        pending.stands = Some(stands?);
        pending.save(&self.recovery_folder())
    }
}

fn shown(pending: &Pending, failure: Option<Error>) -> Option<RecoveryRequest> {
    let ask = pending.ask().ok()?;
    Some(RecoveryRequest {
        code: pending.code(),
        cause: ask.cause,
        by: ask.by,
        login: ask.login,
        made_at: ask.made_at,
        stands: match &pending.stands {
            None => RecoveryStands::NotSent,
            Some(Stands::Waiting { approvals }) => RecoveryStands::Waiting {
                approvals: *approvals,
            },
            Some(Stands::Refused { reason }) => RecoveryStands::Refused {
                reason: reason.clone(),
            },
            Some(Stands::Expired) => RecoveryStands::Expired,
            Some(Stands::Answered { .. }) => RecoveryStands::Answered,
        },
        failure: failure.map(|error| Failure::from(error).reason),
        qr: qr(&pending.text),
    })
}

/// Rows of `0` and `1`; none when the text is too long for a code that a phone reads off a screen.
fn qr(text: &str) -> Vec<String> {
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::L) else {
        return Vec::new();
    };
    let module = |color: &Color| if *color == Color::Dark { '1' } else { '0' };
    code.to_colors()
        .chunks(code.width())
        .map(|row| row.iter().map(module).collect())
        .collect()
}

/// A stick that is plugged in, or where this user finds what is saved for them.
fn somewhere_to_carry() -> PathBuf {
    let home = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE"));
    let home = home.map_or_else(std::env::temp_dir, PathBuf::from);
    let named = ["Desktop", "桌面", "Downloads", "下载"].map(|name| home.join(name));
    let stick = sticks().into_iter().next();
    stick
        .or_else(|| named.into_iter().find(|folder| folder.is_dir()))
        .unwrap_or(home)
}
