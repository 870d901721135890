//! What pcscd, or anything else that loads the driver, may hand over: null pointers, buffers too
//! small, tags and numbers without meaning, and a tray that answers nonsense.

use super::*;
use std::io::{Read, Write};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::ptr::{null, null_mut};

/// A small generator (xorshift64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 8) % limit
    }

    fn bytes(&mut self, len: u64) -> Vec<u8> {
        (0..len).map(|_| self.below(256) as u8).collect()
    }
}

/// A reader with a tray that answers each question with bytes of the test's choice.
struct Odd {
    lun: Dword,
    folder: PathBuf,
}

impl Odd {
    fn open(lun: Dword, answer: impl Fn(u8, &[u8]) -> Vec<u8> + Send + 'static) -> Self {
        let folder = std::env::temp_dir().join(format!("yizhan-ifd-{}-{lun}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let _ = std::fs::remove_file(folder.join("A.sock"));
        let listener = UnixListener::bind(folder.join("A.sock")).unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let mut head = [0; 5];
                while stream.read_exact(&mut head).is_ok() {
                    let len = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
                    let mut payload = vec![0; len as usize];
                    let asked = stream.read_exact(&mut payload);
                    let said = answer(head[0], &payload);
                    // An answer that is cut short is followed by nothing: the tray hangs up.
                    let whole = said.len() >= 5
                        && said.len() - 5
                            >= u32::from_be_bytes([said[1], said[2], said[3], said[4]]) as usize;
                    if asked.is_err() || stream.write_all(&said).is_err() || !whole {
                        break;
                    }
                }
            }
        });
        let device = std::ffi::CString::new(format!("{}:A", folder.display())).unwrap();
        // SAFETY: a C string that lives during the call.
        assert_eq!(
            unsafe { IFDHCreateChannelByName(lun, device.as_ptr()) },
            SUCCESS
        );
        Self { lun, folder }
    }

    fn transmit(&self, apdu: &[u8], room: usize) -> (Code, usize) {
        let (mut out, mut length) = (vec![0u8; room], room as Dword);
        let pci = IoHeader {
            protocol: 1,
            length: 0,
        };
        // SAFETY: both slices live during the call, with these lengths.
        let code = unsafe {
            IFDHTransmitToICC(
                self.lun,
                pci,
                apdu.as_ptr(),
                apdu.len() as Dword,
                out.as_mut_ptr(),
                &raw mut length,
                null_mut(),
            )
        };
        (code, length as usize)
    }
}

impl Drop for Odd {
    fn drop(&mut self) {
        assert_eq!(IFDHCloseChannel(self.lun), SUCCESS);
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn message(status: u8, payload: &[u8]) -> Vec<u8> {
    [
        &[status],
        &(payload.len() as u32).to_be_bytes()[..],
        payload,
    ]
    .concat()
}

#[test]
fn null_pointers_and_readers_nobody_opened_are_refused() {
    // SAFETY: null is what each of these must bear.
    unsafe {
        assert_eq!(IFDHCreateChannelByName(90, null()), NO_SUCH_DEVICE);
        for name in [c"", c":", c"nowhere:A", c"/run:A/../B", c"/run:\xFF"] {
            assert_eq!(IFDHCreateChannelByName(90, name.as_ptr()), NO_SUCH_DEVICE);
        }
        assert_eq!(
            IFDHGetCapabilities(90, TAG_SLOTS_NUMBER, null_mut(), null_mut()),
            COMMUNICATION_ERROR
        );
        let mut length = 1;
        assert_eq!(
            IFDHGetCapabilities(90, TAG_SLOTS_NUMBER, &raw mut length, null_mut()),
            ERROR_INSUFFICIENT_BUFFER
        );
        assert_eq!(
            IFDHPowerICC(90, POWER_UP, null_mut(), null_mut()),
            NO_SUCH_DEVICE
        );
        assert_eq!(
            IFDHControl(90, 1, null(), 5, null_mut(), 0, null_mut()),
            COMMUNICATION_ERROR
        );
        let mut returned = 9;
        assert_eq!(
            IFDHControl(90, 1, null(), 5, null_mut(), 0, &raw mut returned),
            COMMUNICATION_ERROR
        );
        assert_eq!(returned, 0);
    }
    assert_eq!(IFDHICCPresence(90), NO_SUCH_DEVICE);
    assert_eq!(IFDHCloseChannel(90), NO_SUCH_DEVICE);
    assert_eq!(IFDHCreateChannel(90, 1), NOT_SUPPORTED);
}

#[test]
fn an_answer_longer_than_the_callers_room_is_refused_and_leaves_it_alone() {
    let odd = Odd::open(91, |_, _| message(0, &[5; 300]));
    assert_eq!(odd.transmit(&[0, 1, 2, 3], 300), (SUCCESS, 300));
    assert_eq!(
        odd.transmit(&[0, 1, 2, 3], 299),
        (ERROR_INSUFFICIENT_BUFFER, 0)
    );
    assert_eq!(odd.transmit(&[], 0), (ERROR_INSUFFICIENT_BUFFER, 0));
    // An answer to reset has room for 33 bytes, whatever the caller says.
    let (mut atr, mut length) = ([0u8; ATR_LIMIT], 4000);
    // SAFETY: 33 bytes, as pcscd hands over.
    let code = unsafe { IFDHPowerICC(91, POWER_UP, atr.as_mut_ptr(), &raw mut length) };
    assert_eq!((code, length), (ERROR_INSUFFICIENT_BUFFER, 0));
    assert_eq!(atr, [0; ATR_LIMIT]);
}

#[test]
fn hostile_trays_are_a_lost_exchange_and_every_truncation_is_one() {
    let whole = message(0, b"\x90\x00");
    for cut in 0..whole.len() {
        let said = whole[..cut].to_vec();
        let odd = Odd::open(92, move |_, _| said.clone());
        assert_eq!(
            odd.transmit(&[1, 2, 3, 4], 64).0,
            COMMUNICATION_ERROR,
            "{cut}"
        );
        assert_eq!(IFDHICCPresence(92), ICC_NOT_PRESENT, "{cut}");
    }
    for seed in 1..200 {
        let odd = Odd::open(93, move |op, _| {
            let mut chance = Chance(seed * 0x9E37_79B9 + u64::from(op));
            let len = chance.below(64);
            let mut said = message(chance.below(6) as u8, &chance.bytes(len));
            if chance.below(2) == 0 {
                let at = chance.below(said.len() as u64) as usize;
                said[at] ^= 1 << chance.below(8);
                // A length beyond what comes would wait for more, as a slow tray may.
                said[1] = 0xFF;
            }
            said
        });
        let (code, length) = odd.transmit(&[0; 7], 70);
        assert!(length <= 70, "{seed}");
        assert!(
            [SUCCESS, ICC_NOT_PRESENT, COMMUNICATION_ERROR].contains(&code),
            "{seed}: {code}"
        );
        IFDHICCPresence(93);
    }
}
