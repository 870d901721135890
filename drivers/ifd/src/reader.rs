//! One virtual reader: the client side of a tray's socket.
//!
//! ```text
//! request   op u8      | length u32 big endian | payload
//! answer    status u8  | length u32 big endian | payload
//! ```
//!
//! The same wire as `drivers::virtual_card::wire`, repeated here so that a library loaded into a
//! system daemon depends on nothing.

use std::io::{Error, ErrorKind, Read, Result, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

const PRESENCE: u8 = 1;
const POWER_UP: u8 = 2;
const POWER_DOWN: u8 = 3;
const TRANSMIT: u8 = 4;
const CONTROL: u8 = 5;

const OK: u8 = 0;
const NO_CARD: u8 = 1;
const UNSUPPORTED: u8 = 2;

/// The longest payload, bytes.
const PAYLOAD_LIMIT: usize = 65_600;
/// A tray that does not answer must not block pcscd's thread for ever.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);

/// What the tray answered.
pub enum Answer {
    /// Bytes.
    Bytes(Vec<u8>),
    /// There is no card.
    NoCard,
    /// The reader does not do this.
    Unsupported,
    /// The tray is gone or talks nonsense.
    Lost,
}

/// A reader and its connection, made when first needed and again when lost.
pub struct Reader {
    socket: PathBuf,
    stream: Option<UnixStream>,
    atr: Vec<u8>,
}

impl Reader {
    /// The reader of a device name `/folder:NAME`.
    pub fn from_device(device: &str) -> Option<Self> {
        let (folder, name) = device.rsplit_once(':')?;
        let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        (plain && folder.starts_with('/')).then(|| Self {
            socket: PathBuf::from(folder).join(format!("{name}.sock")),
            stream: None,
            atr: Vec::new(),
        })
    }

    /// The ATR of the last power-up; empty without a card.
    pub fn atr(&self) -> &[u8] {
        &self.atr
    }

    /// Whether a card lies there; a tray that is gone holds none.
    pub fn is_present(&mut self) -> bool {
        let present = matches!(self.ask(PRESENCE, &[]), Answer::Bytes(_));
        if !present {
            self.atr.clear();
        }
        present
    }

    /// Powers or resets the card; answers its ATR.
    pub fn power_up(&mut self) -> Answer {
        self.atr.clear();
        let answer = self.ask(POWER_UP, &[]);
        if let Answer::Bytes(atr) = &answer {
            self.atr.clone_from(atr);
        }
        answer
    }

    /// Takes the power away; a card that has left needs none.
    pub fn power_down(&mut self) {
        self.atr.clear();
        self.ask(POWER_DOWN, &[]);
    }

    /// Sends an APDU.
    pub fn transmit(&mut self, apdu: &[u8]) -> Answer {
        self.ask(TRANSMIT, apdu)
    }

    /// Sends bytes to the reader itself.
    pub fn control(&mut self, code: u32, bytes: &[u8]) -> Answer {
        self.ask(CONTROL, &[&code.to_be_bytes(), bytes].concat())
    }

    fn ask(&mut self, op: u8, payload: &[u8]) -> Answer {
        match self.exchange(op, payload) {
            Ok((OK, bytes)) => Answer::Bytes(bytes),
            Ok((NO_CARD, _)) => Answer::NoCard,
            Ok((UNSUPPORTED, _)) => Answer::Unsupported,
            Ok(_) | Err(_) => {
                self.stream = None;
                Answer::Lost
            }
        }
    }

    fn exchange(&mut self, op: u8, payload: &[u8]) -> Result<(u8, Vec<u8>)> {
        if self.stream.is_none() {
            let stream = UnixStream::connect(&self.socket)?;
            stream.set_read_timeout(Some(ANSWER_LIMIT))?;
            stream.set_write_timeout(Some(ANSWER_LIMIT))?;
            self.stream = Some(stream);
        }
        let stream = self.stream.as_mut().ok_or(ErrorKind::NotConnected)?;
        let len = u32::try_from(payload.len()).map_err(|_| ErrorKind::InvalidInput)?;
        stream.write_all(&[&[op], &len.to_be_bytes()[..], payload].concat())?;
        let mut head = [0; 5];
        stream.read_exact(&mut head)?;
        let len = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
        let len = usize::try_from(len).map_err(|_| ErrorKind::InvalidData)?;
        if len > PAYLOAD_LIMIT {
            return Err(Error::from(ErrorKind::InvalidData));
        }
        let mut bytes = vec![0; len];
        stream.read_exact(&mut bytes)?;
        Ok((head[0], bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::Reader;

    #[test]
    fn a_device_name_is_a_folder_and_a_plain_name() {
        let reader = Reader::from_device("/run/x:A1").unwrap();
        assert_eq!(reader.socket.to_str(), Some("/run/x/A1.sock"));
        for wrong in ["/run/x", "/run/x:", "run/x:A", "/run/x:../A", "/run/x:A/B"] {
            assert!(Reader::from_device(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_reader_without_a_tray_is_empty() {
        let mut reader = Reader::from_device("/nonexistent:A").unwrap();
        assert!(!reader.is_present());
        assert!(reader.atr().is_empty());
    }
}
