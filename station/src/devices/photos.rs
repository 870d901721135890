//! The photos of cards: a program decodes them, a grey figure stands where none does. A picture is
//! kept in memory beside its reading and goes with it; nothing here is written down or logged but
//! how it went. Not here: the program's pipes (`drivers::id_card::photo`).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use chrono::Utc;
use domain::Reason;
use drivers::PhotoError;
use drivers::id_card::photo::{self, Decoder};

use super::{News, Tell};
use crate::error::{Error, Result};
use crate::view::{DeviceDone, DeviceKind, DeviceView};

/// What the program is known by on the device page.
pub const ID: &str = "photo";

/// Makes pictures of photos, one at a time.
pub struct Photos {
    decoder: Option<Decoder>,
    state: Mutex<State>,
    /// Held while the program works: a burst of cards must not start a burst of programs.
    working: Mutex<()>,
    tell: Tell,
}

#[derive(Default)]
struct State {
    fault: Option<PhotoError>,
    last: Option<DeviceDone>,
}

impl Photos {
    /// With the program that support staff named, if they did.
    pub fn new(decoder: Option<Decoder>, tell: Tell) -> Photos {
        Photos {
            decoder,
            state: Mutex::default(),
            working: Mutex::default(),
            tell,
        }
    }

    /// The picture of a photo of 1024 bytes, a bitmap; None without a program, and when it fails.
    /// Takes up to 3 s.
    pub fn decode(&self, wlt: &[u8]) -> Option<Arc<Vec<u8>>> {
        let decoder = self.decoder.as_ref()?;
        let alone = held(&self.working);
        let began = Instant::now();
        let made = decoder.decode(wlt);
        drop(alone);
        let took_ms = u32::try_from(began.elapsed().as_millis()).ok();
        if let Err(error) = &made {
            tracing::warn!(code = error.code(), "a card's photo was not decoded");
        }
        {
            let mut state = held(&self.state);
            let code = made
                .as_ref()
                .map_or_else(PhotoError::code, |_| "photo.made");
            state.last = Some(DeviceDone {
                at: Utc::now(),
                ok: made.is_ok(),
                reason: Reason::new(code),
                took_ms,
            });
            state.fault = made.as_ref().err().cloned();
        }
        (self.tell)(News::Devices);
        made.ok().map(Arc::new)
    }

    /// Tries the program on a card's photo: the bitmap, or the program's `photo.…`.
    pub fn test(&self, wlt: &[u8]) -> Result<Arc<Vec<u8>>> {
        let made = self.decode(wlt);
        made.ok_or_else(|| Error::reason(self.view().reason))
    }

    /// What stands where no picture is.
    pub fn placeholder() -> Vec<u8> {
        photo::placeholder()
    }

    /// The program, as the device page shows it.
    pub fn view(&self) -> DeviceView {
        let state = held(&self.state);
        let name = self.decoder.as_ref().map(|decoder| {
            let file = decoder.program.file_name().unwrap_or_default();
            file.to_string_lossy().into_owned()
        });
        let code = match (&self.decoder, &state.fault) {
            (None, _) => "photo.none",
            (Some(_), Some(fault)) => fault.code(),
            (Some(_), None) => "photo.ready",
        };
        DeviceView {
            id: ID.into(),
            kind: DeviceKind::PhotoDecoder,
            ready: code == "photo.ready",
            // Without a picture everything is done as with one.
            needed: name.is_some(),
            name,
            how: None,
            reason: Reason::new(code),
            last: state.last.clone(),
            preferred: false,
            removable: false,
            testable: self.decoder.is_some(),
        }
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn photos(program: Option<&str>) -> Photos {
        Photos::new(program.map(Decoder::new), Arc::new(|_| {}))
    }

    #[test]
    fn without_a_program_nothing_is_wrong_and_a_figure_stands_for_the_photo() {
        let photos = photos(None);
        assert_eq!(photos.decode(&[0; 1024]), None);
        let view = photos.view();
        assert_eq!(view.reason.code, "photo.none");
        assert!(!view.needed && view.last.is_none() && !view.testable);
        assert!(photo::is_the_picture(&Photos::placeholder()));
    }

    #[test]
    fn a_program_that_is_not_there_is_said_on_the_device_page() {
        let photos = photos(Some("/nowhere/decoder"));
        assert_eq!(photos.view().reason.code, "photo.ready");
        assert_eq!(photos.decode(&[0; 1024]), None);
        let view = photos.view();
        assert_eq!(view.name.as_deref(), Some("decoder"));
        assert_eq!(view.reason.code, "photo.not_installed");
        assert!(!view.ready && view.needed && view.last.is_some_and(|last| !last.ok));
        assert!(view.testable, "it can be tried");
        let tried = photos.test(&[0; 1024]).unwrap_err();
        assert_eq!(tried.code(), "photo.not_installed");
    }
}
