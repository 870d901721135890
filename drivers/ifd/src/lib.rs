//! A reader driver for pcscd (IFD Handler 3.0) whose reader is a virtual card's tray.
//!
//! pcscd loads this library from a `reader.conf` entry `DEVICENAME /folder:NAME`; the reader is
//! then the socket `/folder/NAME.sock`. Several readers in one pcscd, `SCardControl` included.
//! A reader without a tray is a reader without a card.
//!
//! The C interface is that of `ifdhandler.h` (pcsc-lite): `DWORD` is `unsigned long`,
//! `RESPONSECODE` is `long`. Not here: what a card answers (`drivers::virtual_card`).

mod reader;

use reader::{Answer, Reader};
use std::collections::BTreeMap;
use std::ffi::{CStr, c_char, c_long, c_uchar, c_ulong};
use std::sync::{Arc, Mutex, PoisonError};

type Dword = c_ulong;
type Code = c_long;

const TAG_ATR: Dword = 0x0303;
const TAG_ATR_STRING: Dword = 0x0009_0303;
const TAG_SLOT_THREAD_SAFE: Dword = 0x0FAC;
const TAG_THREAD_SAFE: Dword = 0x0FAD;
const TAG_SLOTS_NUMBER: Dword = 0x0FAE;
const TAG_SIMULTANEOUS_ACCESS: Dword = 0x0FAF;

const POWER_UP: Dword = 500;
const POWER_DOWN: Dword = 501;
const RESET: Dword = 502;

const SUCCESS: Code = 0;
const ERROR_TAG: Code = 600;
const ERROR_NOT_SUPPORTED: Code = 606;
const ERROR_POWER_ACTION: Code = 608;
const COMMUNICATION_ERROR: Code = 612;
const NOT_SUPPORTED: Code = 614;
const ICC_PRESENT: Code = 615;
const ICC_NOT_PRESENT: Code = 616;
const NO_SUCH_DEVICE: Code = 617;
const ERROR_INSUFFICIENT_BUFFER: Code = 618;

/// Readers this library serves in one pcscd.
const READER_LIMIT: u8 = 16;
/// The longest ATR, bytes (ISO 7816-3).
const ATR_LIMIT: usize = 33;

/// `SCARD_IO_HEADER` of `ifdhandler.h`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct IoHeader {
    /// The protocol, T=0 or T=1.
    pub protocol: Dword,
    /// Length of the header, unused.
    pub length: Dword,
}

/// Readers by `Lun`. Each has its own lock: a slow card must not hold up the other readers.
static READERS: Mutex<BTreeMap<Dword, Arc<Mutex<Reader>>>> = Mutex::new(BTreeMap::new());

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs on the reader of a `Lun`.
fn on_reader(lun: Dword, act: impl FnOnce(&mut Reader) -> Code) -> Code {
    let reader = lock(&READERS).get(&lun).cloned();
    reader.map_or(NO_SUCH_DEVICE, |reader| act(&mut lock(&reader)))
}

/// Opens the reader of a device name `/folder:NAME`.
///
/// # Safety
/// `device` is null or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn IFDHCreateChannelByName(lun: Dword, device: *const c_char) -> Code {
    if device.is_null() {
        return NO_SUCH_DEVICE;
    }
    // SAFETY: not null, and pcscd hands a string ended by zero that lives during the call.
    let device = unsafe { CStr::from_ptr(device) };
    let Some(reader) = device.to_str().ok().and_then(Reader::from_device) else {
        return NO_SUCH_DEVICE;
    };
    lock(&READERS).insert(lun, Arc::new(Mutex::new(reader)));
    SUCCESS
}

/// Readers are opened by name only.
#[unsafe(no_mangle)]
pub extern "C" fn IFDHCreateChannel(_lun: Dword, _channel: Dword) -> Code {
    NOT_SUPPORTED
}

/// Closes a reader.
#[unsafe(no_mangle)]
pub extern "C" fn IFDHCloseChannel(lun: Dword) -> Code {
    match lock(&READERS).remove(&lun) {
        Some(_) => SUCCESS,
        None => NO_SUCH_DEVICE,
    }
}

/// Tells what the driver can do, and the ATR of the card.
///
/// # Safety
/// `length` points to the capacity of `value` in bytes, and `value` to that many bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn IFDHGetCapabilities(
    lun: Dword,
    tag: Dword,
    length: *mut Dword,
    value: *mut c_uchar,
) -> Code {
    let tell = |bytes: &[u8]| {
        // SAFETY: the caller's contract is that of `give`.
        unsafe { give(bytes, value, length) }
    };
    match tag {
        TAG_ATR | TAG_ATR_STRING => on_reader(lun, |reader| tell(reader.atr())),
        TAG_SIMULTANEOUS_ACCESS => tell(&[READER_LIMIT]),
        TAG_THREAD_SAFE | TAG_SLOTS_NUMBER => tell(&[1]),
        TAG_SLOT_THREAD_SAFE => tell(&[0]),
        _ => ERROR_TAG,
    }
}

/// There is nothing to set.
#[unsafe(no_mangle)]
pub extern "C" fn IFDHSetCapabilities(
    _lun: Dword,
    _tag: Dword,
    _length: Dword,
    _value: *const c_uchar,
) -> Code {
    NOT_SUPPORTED
}

/// Any protocol will do: the card never sees it.
#[unsafe(no_mangle)]
pub extern "C" fn IFDHSetProtocolParameters(
    _lun: Dword,
    _protocol: Dword,
    _flags: c_uchar,
    _pts1: c_uchar,
    _pts2: c_uchar,
    _pts3: c_uchar,
) -> Code {
    SUCCESS
}

/// Powers, resets or releases the card.
///
/// # Safety
/// `atr` points to 33 bytes, `length` to their number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn IFDHPowerICC(
    lun: Dword,
    action: Dword,
    atr: *mut c_uchar,
    length: *mut Dword,
) -> Code {
    on_reader(lun, |reader| {
        let answer = match action {
            POWER_UP | RESET => reader.power_up(),
            POWER_DOWN => {
                reader.power_down();
                Answer::Bytes(Vec::new())
            }
            _ => return NOT_SUPPORTED,
        };
        let Answer::Bytes(bytes) = answer else {
            return ERROR_POWER_ACTION;
        };
        // pcscd does not always say how much room there is, but it is always an ATR's.
        if !length.is_null() {
            // SAFETY: not null, and the caller's contract.
            unsafe { *length = ATR_LIMIT as Dword };
        }
        // SAFETY: the caller's contract, with the length just set.
        unsafe { give(&bytes, atr, length) }
    })
}

/// Sends an APDU to the card.
///
/// # Safety
/// `tx` points to `tx_length` bytes, `rx` to `*rx_length` bytes; `rx_pci` is null or a header.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn IFDHTransmitToICC(
    lun: Dword,
    tx_pci: IoHeader,
    tx: *const c_uchar,
    tx_length: Dword,
    rx: *mut c_uchar,
    rx_length: *mut Dword,
    rx_pci: *mut IoHeader,
) -> Code {
    // SAFETY: the caller's contract.
    let Some(apdu) = (unsafe { take(tx, tx_length) }) else {
        return COMMUNICATION_ERROR;
    };
    if !rx_pci.is_null() {
        // SAFETY: not null, and the caller's contract.
        unsafe { (*rx_pci).protocol = tx_pci.protocol };
    }
    on_reader(lun, |reader| match reader.transmit(apdu) {
        // SAFETY: the caller's contract.
        Answer::Bytes(bytes) => unsafe { give(&bytes, rx, rx_length) },
        Answer::NoCard => ICC_NOT_PRESENT,
        Answer::Unsupported | Answer::Lost => COMMUNICATION_ERROR,
    })
}

/// Sends bytes to the reader itself.
///
/// # Safety
/// `tx` points to `tx_length` bytes, `rx` to `rx_length` bytes, `returned` to a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn IFDHControl(
    lun: Dword,
    code: Dword,
    tx: *const c_uchar,
    tx_length: Dword,
    rx: *mut c_uchar,
    rx_length: Dword,
    returned: *mut Dword,
) -> Code {
    if returned.is_null() {
        return COMMUNICATION_ERROR;
    }
    // SAFETY: not null, and the caller's contract.
    unsafe { *returned = 0 };
    // SAFETY: the caller's contract.
    let Some(bytes) = (unsafe { take(tx, tx_length) }) else {
        return COMMUNICATION_ERROR;
    };
    let Ok(code) = u32::try_from(code) else {
        return ERROR_NOT_SUPPORTED;
    };
    on_reader(lun, |reader| match reader.control(code, bytes) {
        Answer::Bytes(bytes) => {
            // SAFETY: not null, and the caller's contract; `give` reads it as the capacity.
            unsafe { *returned = rx_length };
            // SAFETY: the caller's contract.
            unsafe { give(&bytes, rx, returned) }
        }
        Answer::NoCard => ICC_NOT_PRESENT,
        Answer::Unsupported => ERROR_NOT_SUPPORTED,
        Answer::Lost => COMMUNICATION_ERROR,
    })
}

/// Tells whether a card is there.
#[unsafe(no_mangle)]
pub extern "C" fn IFDHICCPresence(lun: Dword) -> Code {
    on_reader(lun, |reader| {
        if reader.is_present() {
            ICC_PRESENT
        } else {
            ICC_NOT_PRESENT
        }
    })
}

/// Copies bytes out; `length` holds the capacity before and the number of bytes after.
///
/// # Safety
/// `length` is null or points to a number, `out` is null or points to that many bytes.
unsafe fn give(bytes: &[u8], out: *mut c_uchar, length: *mut Dword) -> Code {
    if length.is_null() {
        return COMMUNICATION_ERROR;
    }
    // SAFETY: not null, and the caller's contract.
    let room = unsafe { *length };
    let len = bytes.len() as Dword;
    if len > room || (out.is_null() && len > 0) {
        // SAFETY: as above.
        unsafe { *length = 0 };
        return ERROR_INSUFFICIENT_BUFFER;
    }
    // SAFETY: `out` has room for `len` bytes and cannot overlap a slice of ours.
    unsafe {
        if len > 0 {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), out, bytes.len());
        }
        *length = len;
    }
    SUCCESS
}

/// The caller's bytes as a slice.
///
/// # Safety
/// `bytes` is null or points to `length` bytes that stay as they are while the slice lives.
unsafe fn take<'a>(bytes: *const c_uchar, length: Dword) -> Option<&'a [u8]> {
    match usize::try_from(length).ok()? {
        0 => Some(&[]),
        _ if bytes.is_null() => None,
        // SAFETY: not null, and the caller's contract.
        len => Some(unsafe { std::slice::from_raw_parts(bytes, len) }),
    }
}

#[cfg(test)]
mod tests;
