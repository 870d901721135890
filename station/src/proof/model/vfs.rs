//! The model as SQLite sees it: a VFS and the methods of its files. Registered once for the
//! process; which model is meant is in the path. It does what SQLite's own for Unix does, the sync of
//! the folder at the first sync of a new log included.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use rusqlite::ffi;

use super::mounts;
use super::{ModelDisk, Named};

/// What databases on a model are opened by.
pub(super) const NAME: &str = "model-disk";

const PATH_BYTES: c_int = 512;
static CONNECTIONS: AtomicU64 = AtomicU64::new(1);

/// One open file, as far as SQLite knows it.
#[repr(C)]
struct File {
    base: ffi::sqlite3_file,
    open: *mut Open,
}

struct Open {
    disk: Arc<ModelDisk>,
    file: usize,
    who: u64,
    path: PathBuf,
    /// A log that may have been made just now: its name is made durable with its first sync.
    sync_name: bool,
    remove_on_close: bool,
}

/// Registers the VFS; any number of times.
pub(super) fn register() {
    static DONE: OnceLock<()> = OnceLock::new();
    DONE.get_or_init(|| {
        // SAFETY: SQLite's own VFS lives as long as the process; ours is leaked, as SQLite asks.
        unsafe {
            let own = ffi::sqlite3_vfs_find(std::ptr::null());
            let name = CString::new(NAME).expect("no zero in it").into_raw();
            let ours = Box::leak(Box::new(ffi::sqlite3_vfs {
                iVersion: 2,
                szOsFile: size_of::<File>() as c_int,
                mxPathname: PATH_BYTES,
                pNext: std::ptr::null_mut(),
                zName: name,
                pAppData: std::ptr::null_mut(),
                xOpen: Some(open),
                xDelete: Some(delete),
                xAccess: Some(access),
                xFullPathname: Some(full_pathname),
                xDlOpen: None,
                xDlError: None,
                xDlSym: None,
                xDlClose: None,
                // Without state in SQLite's own for Unix: they look at no argument but the last.
                xRandomness: (*own).xRandomness,
                xSleep: (*own).xSleep,
                xCurrentTime: (*own).xCurrentTime,
                xGetLastError: None,
                xCurrentTimeInt64: (*own).xCurrentTimeInt64,
                xSetSystemCall: None,
                xGetSystemCall: None,
                xNextSystemCall: None,
            }));
            let registered = ffi::sqlite3_vfs_register(ours, 0);
            assert_eq!(registered, ffi::SQLITE_OK, "the model's VFS is registered");
        }
    });
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// Which model a path leads to, and the path on it.
///
/// # Safety
/// `name` is a C string, as SQLite gives it.
unsafe fn place(name: *const c_char) -> Option<(Arc<ModelDisk>, PathBuf)> {
    // SAFETY: the caller's promise.
    let text = unsafe { CStr::from_ptr(name) }.to_str().ok()?;
    mounts::find(Path::new(text))
}

/// # Safety
/// `file` was opened by [`open`] and not closed.
unsafe fn opened<'a>(file: *mut ffi::sqlite3_file) -> &'a mut Open {
    // SAFETY: the caller's promise; SQLite uses a file from one thread at a time.
    unsafe { &mut *(*file.cast::<File>()).open }
}

fn code(error: &io::Error, otherwise: c_int) -> c_int {
    match error.kind() {
        io::ErrorKind::StorageFull => ffi::SQLITE_FULL,
        _ => otherwise,
    }
}

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives room for `szOsFile` bytes, a path that it keeps, and maybe null.
    unsafe {
        (*file).pMethods = std::ptr::null();
        // Nameless temporary files would be in plain: none may be asked for.
        if name.is_null() {
            return ffi::SQLITE_CANTOPEN;
        }
        let Some((disk, path)) = place(name) else {
            return ffi::SQLITE_CANTOPEN;
        };
        let found = match disk.find(&path) {
            Some(Named::File(file)) => Ok(file),
            Some(Named::Folder) => return ffi::SQLITE_CANTOPEN,
            None if flags & ffi::SQLITE_OPEN_CREATE == 0 => return ffi::SQLITE_CANTOPEN,
            None => disk.create(&path),
        };
        let file_at = match found {
            Ok(found) => found,
            Err(error) => return code(&error, ffi::SQLITE_CANTOPEN),
        };
        let log = ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL;
        let open = Open {
            disk,
            file: file_at,
            who: CONNECTIONS.fetch_add(1, Ordering::SeqCst),
            path,
            sync_name: flags & ffi::SQLITE_OPEN_CREATE != 0 && flags & log != 0,
            remove_on_close: flags & ffi::SQLITE_OPEN_DELETEONCLOSE != 0,
        };
        (*file.cast::<File>()).open = Box::into_raw(Box::new(open));
        (*file).pMethods = &METHODS;
        if !out_flags.is_null() {
            *out_flags = flags;
        }
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn delete(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    sync_folder: c_int,
) -> c_int {
    // SAFETY: SQLite gives a path.
    let Some((disk, path)) = (unsafe { place(name) }) else {
        return ffi::SQLITE_IOERR_DELETE_NOENT;
    };
    if disk.remove(&path).is_err() {
        return ffi::SQLITE_IOERR_DELETE_NOENT;
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    match sync_folder == 0 || disk.sync_folder(folder).is_ok() {
        true => ffi::SQLITE_OK,
        false => ffi::SQLITE_IOERR_DIR_FSYNC,
    }
}

unsafe extern "C" fn access(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives a path and a place for the answer.
    unsafe {
        let found = place(name).and_then(|(disk, path)| match disk.find(&path)? {
            // As SQLite's own: an empty file does not exist.
            Named::File(file) => Some(flags != ffi::SQLITE_ACCESS_EXISTS || disk.len(file) > 0),
            Named::Folder => Some(true),
        });
        *out = c_int::from(found.unwrap_or(false));
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn full_pathname(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    room: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: SQLite gives a path, and `room` bytes at `out`.
    unsafe {
        let bytes = CStr::from_ptr(name).to_bytes_with_nul();
        if bytes.len() > room as usize {
            return ffi::SQLITE_CANTOPEN;
        }
        std::ptr::copy_nonoverlapping(bytes.as_ptr().cast(), out, bytes.len());
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: opened by us, and closed once.
    let open = unsafe { Box::from_raw((*file.cast::<File>()).open) };
    open.disk.locks.forget(open.file, open.who);
    if open.remove_on_close {
        // It may have been removed by name already.
        let _ = open.disk.remove(&open.path);
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    into: *mut c_void,
    len: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: opened by us; SQLite gives room for `len` bytes.
    unsafe {
        let open = opened(file);
        let room = std::slice::from_raw_parts_mut(into.cast::<u8>(), len as usize);
        let Ok(bytes) = open.disk.read(open.file, at as u64, room.len()) else {
            return ffi::SQLITE_IOERR_READ;
        };
        room[..bytes.len()].copy_from_slice(&bytes);
        room[bytes.len()..].fill(0);
        match bytes.len() == room.len() {
            true => ffi::SQLITE_OK,
            false => ffi::SQLITE_IOERR_SHORT_READ,
        }
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    len: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: opened by us; SQLite gives `len` bytes.
    unsafe {
        let open = opened(file);
        let bytes = std::slice::from_raw_parts(from.cast::<u8>(), len as usize);
        match open.disk.write(open.file, at as u64, bytes) {
            Ok(()) => ffi::SQLITE_OK,
            Err(error) => code(&error, ffi::SQLITE_IOERR_WRITE),
        }
    }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, len: ffi::sqlite3_int64) -> c_int {
    // SAFETY: opened by us.
    let open = unsafe { opened(file) };
    match open.disk.set_len(open.file, len as u64) {
        Ok(()) => ffi::SQLITE_OK,
        Err(error) => code(&error, ffi::SQLITE_IOERR_TRUNCATE),
    }
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    // SAFETY: opened by us.
    let open = unsafe { opened(file) };
    if open.disk.sync(open.file).is_err() {
        return ffi::SQLITE_IOERR_FSYNC;
    }
    let folder = open.path.parent().unwrap_or(Path::new(""));
    // As SQLite's own: that the folder cannot be synced stops nothing.
    if std::mem::take(&mut open.sync_name) {
        let _ = open.disk.sync_folder(folder);
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn file_size(
    file: *mut ffi::sqlite3_file,
    out: *mut ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: opened by us; SQLite gives a place for the answer.
    unsafe {
        let open = opened(file);
        *out = open.disk.len(open.file) as ffi::sqlite3_int64;
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: opened by us.
    let open = unsafe { opened(file) };
    busy(open.disk.locks.lock(open.file, open.who, level))
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: opened by us.
    let open = unsafe { opened(file) };
    open.disk.locks.unlock(open.file, open.who, level);
    ffi::SQLITE_OK
}

unsafe extern "C" fn check_reserved(file: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: opened by us; SQLite gives a place for the answer.
    unsafe {
        let open = opened(file);
        *out = c_int::from(open.disk.locks.is_reserved(open.file));
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn file_control(_: *mut ffi::sqlite3_file, _: c_int, _: *mut c_void) -> c_int {
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector_size(_: *mut ffi::sqlite3_file) -> c_int {
    4096
}

unsafe extern "C" fn characteristics(_: *mut ffi::sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    region: c_int,
    _: c_int,
    make: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: opened by us; SQLite gives a place for the answer and always asks for 32 KiB.
    unsafe {
        let open = opened(file);
        let locks = &open.disk.locks;
        *out = locks.map(open.file, open.who, region as usize, make != 0);
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn shm_lock(
    file: *mut ffi::sqlite3_file,
    first: c_int,
    count: c_int,
    flags: c_int,
) -> c_int {
    // SAFETY: opened by us.
    let open = unsafe { opened(file) };
    let bits = ((1_u32 << count) - 1) << first;
    busy(
        open.disk
            .locks
            .lock_shared(open.file, open.who, bits, flags),
    )
}

unsafe extern "C" fn shm_barrier(_: *mut ffi::sqlite3_file) {
    std::sync::atomic::fence(Ordering::SeqCst);
}

unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    // SAFETY: opened by us.
    let open = unsafe { opened(file) };
    open.disk.locks.unmap(open.file, open.who);
    ffi::SQLITE_OK
}

fn busy(granted: bool) -> c_int {
    match granted {
        true => ffi::SQLITE_OK,
        false => ffi::SQLITE_BUSY,
    }
}
