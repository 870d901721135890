//! NEVER COMPILED for a station, and never run against a vendor's library: only Windows can. The
//! calls of `sdtapi.dll` as vendors' headers and public code give them: `stdcall`, integers of 32
//! bits, the last parameter "open and close the port yourself" always 0, since the port stays open.

use super::Calls;
use std::ffi::{c_char, c_int, c_void};

/// Longer than anything the library writes; it is not told how long its buffers are.
const BUFFER_LEN: usize = 8192;
/// The code for what the library cannot do.
const TRANSFER: u8 = 3;
const OK: u8 = 0x90;
/// The module's own word for a command that it does not know.
const UNKNOWN: u8 = 0x21;

type Plain = unsafe extern "system" fn(c_int) -> c_int;
type Open = unsafe extern "system" fn(c_int, c_int) -> c_int;
type Out = unsafe extern "system" fn(c_int, *mut u8, c_int) -> c_int;
type OutLen = unsafe extern "system" fn(c_int, *mut u8, *mut u32, c_int) -> c_int;
type Out2 = unsafe extern "system" fn(c_int, *mut u8, *mut u32, *mut u8, *mut u32, c_int) -> c_int;
type Out3 = unsafe extern "system" fn(
    c_int,
    *mut u8,
    *mut u32,
    *mut u8,
    *mut u32,
    *mut u8,
    *mut u32,
    c_int,
) -> c_int;

#[link(name = "kernel32")]
extern "system" {
    fn LoadLibraryA(name: *const c_char) -> *mut c_void;
    fn GetProcAddress(module: *mut c_void, name: *const c_char) -> *mut c_void;
}

/// The loaded library and its port.
pub struct Library {
    module: *mut c_void,
    port: c_int,
}

impl Library {
    /// Loads `sdtapi.dll` from the program's folder or the system's.
    pub fn load() -> Result<Library, String> {
        // SAFETY: the name is a string that ends in a zero.
        let module = unsafe { LoadLibraryA(b"sdtapi.dll\0".as_ptr().cast()) };
        if module.is_null() {
            return Err(format!("sdtapi.dll: {}", std::io::Error::last_os_error()));
        }
        Ok(Library { module, port: 0 })
    }

    /// A function of the library; old ones lack some.
    fn find(&self, name: &[u8]) -> Option<*mut c_void> {
        debug_assert_eq!(name.last(), Some(&0));
        // SAFETY: the module stays loaded, the name ends in a zero.
        let found = unsafe { GetProcAddress(self.module, name.as_ptr().cast()) };
        if found.is_null() {
            None
        } else {
            Some(found)
        }
    }

    fn open_style(&self, name: &[u8]) -> (u8, Vec<u8>) {
        match self.find(name) {
            None => (UNKNOWN, Vec::new()),
            Some(found) => {
                // SAFETY: the header's form for these names.
                let call: Open = unsafe { std::mem::transmute(found) };
                (code(unsafe { call(self.port, 0) }), Vec::new())
            }
        }
    }

    /// Functions that fill a buffer of a fixed length.
    fn fixed(&self, name: &[u8], len: usize) -> (u8, Vec<u8>) {
        let Some(found) = self.find(name) else {
            return (UNKNOWN, Vec::new());
        };
        let mut buffer = vec![0; BUFFER_LEN];
        // SAFETY: the header's form for these names; the buffer is longer than what is written.
        let call: Out = unsafe { std::mem::transmute(found) };
        let code = code(unsafe { call(self.port, buffer.as_mut_ptr(), 0) });
        buffer.truncate(len);
        (code, buffer)
    }

    /// The added address.
    fn counted(&self, name: &[u8]) -> (u8, Vec<u8>) {
        let Some(found) = self.find(name) else {
            return (UNKNOWN, Vec::new());
        };
        let (mut buffer, mut len) = (vec![0; BUFFER_LEN], 0_u32);
        // SAFETY: as above.
        let call: OutLen = unsafe { std::mem::transmute(found) };
        let code = code(unsafe { call(self.port, buffer.as_mut_ptr(), &mut len, 0) });
        buffer.truncate(len as usize);
        (code, buffer)
    }

    fn base(&self) -> (u8, Vec<u8>) {
        let Some(found) = self.find(b"SDT_ReadBaseMsg\0") else {
            return (UNKNOWN, Vec::new());
        };
        let mut parts = [Part::new(), Part::new()];
        let [text, photo] = &mut parts;
        // SAFETY: as above.
        let call: Out2 = unsafe { std::mem::transmute(found) };
        let returned = unsafe {
            call(
                self.port,
                text.at(),
                &mut text.len,
                photo.at(),
                &mut photo.len,
                0,
            )
        };
        joined(returned, &parts)
    }

    fn base_finger(&self) -> (u8, Vec<u8>) {
        let Some(found) = self.find(b"SDT_ReadBaseFPMsg\0") else {
            return (UNKNOWN, Vec::new());
        };
        let mut parts = [Part::new(), Part::new(), Part::new()];
        let [text, photo, finger] = &mut parts;
        // SAFETY: as above.
        let call: Out3 = unsafe { std::mem::transmute(found) };
        let returned = unsafe {
            call(
                self.port,
                text.at(),
                &mut text.len,
                photo.at(),
                &mut photo.len,
                finger.at(),
                &mut finger.len,
                0,
            )
        };
        joined(returned, &parts)
    }
}

impl Calls for Library {
    fn open(&mut self, port: u16) -> u8 {
        self.port = port.into();
        match self.find(b"SDT_OpenPort\0") {
            None => TRANSFER,
            Some(found) => {
                // SAFETY: the header's form for this name.
                let call: Plain = unsafe { std::mem::transmute(found) };
                code(unsafe { call(self.port) })
            }
        }
    }

    fn call(&mut self, command: [u8; 2]) -> (u8, Vec<u8>) {
        match command {
            [0x10, 0xFF] => self.open_style(b"SDT_ResetSAM\0"),
            [0x11, 0xFF] => self.open_style(b"SDT_GetSAMStatus\0"),
            [0x12, 0xFF] => self.fixed(b"SDT_GetSAMID\0", 16),
            [0x20, 0x01] => self.fixed(b"SDT_StartFindIDCard\0", 4),
            [0x20, 0x02] => self.fixed(b"SDT_SelectIDCard\0", 8),
            [0x30, 0x01] => self.base(),
            [0x30, 0x10] => self.base_finger(),
            [0x30, 0x03] => self.counted(b"SDT_ReadNewAppMsg\0"),
            [0x30, 0x05] => self.fixed(b"SDT_ReadIINSNDN\0", 28),
            _ => (UNKNOWN, Vec::new()),
        }
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        if let Some(found) = self.find(b"SDT_ClosePort\0") {
            // SAFETY: the header's form for this name.
            let call: Plain = unsafe { std::mem::transmute(found) };
            unsafe { call(self.port) };
        }
    }
}

/// A buffer that the library fills and says how far.
struct Part {
    buffer: Vec<u8>,
    len: u32,
}

impl Part {
    fn new() -> Part {
        Part {
            buffer: vec![0; BUFFER_LEN],
            len: 0,
        }
    }

    fn at(&mut self) -> *mut u8 {
        self.buffer.as_mut_ptr()
    }
}

/// Lengths, two bytes each, then the parts: what the module itself answers.
fn joined(returned: c_int, parts: &[Part]) -> (u8, Vec<u8>) {
    let code = code(returned);
    if code != OK || parts.iter().any(|part| part.len as usize > BUFFER_LEN) {
        return (code, Vec::new());
    }
    let mut data = Vec::new();
    for part in parts {
        data.extend_from_slice(&[(part.len >> 8) as u8, part.len as u8]);
    }
    for part in parts {
        data.extend_from_slice(&part.buffer[..part.len as usize]);
    }
    (code, data)
}

/// The library answers one byte's worth; anything else is a failure of its own.
fn code(returned: c_int) -> u8 {
    u8::try_from(returned).unwrap_or(TRANSFER)
}
