//! What the numbers of WIA mean; pure, and tested everywhere.
//!
//! The error codes of WIA 2.0 (`wiadef.h`), `8021 00nn`, and COM's own.

use crate::error::ScanFault;

/// The fault of an HRESULT.
pub fn fault_of(result: i32) -> ScanFault {
    match result.cast_unsigned() {
        0x8021_0002 => ScanFault::Jam,
        0x8021_0003 => ScanFault::Empty,
        0x8021_0004 => ScanFault::Mispick,
        0x8021_0005 | 0x8021_0009 => ScanFault::Unplugged,
        0x8021_0006 | 0x8021_000D | 0x8021_0013 => ScanFault::Busy,
        0x8021_0007 => ScanFault::NotReady,
        0x8021_0008 | 0x8021_0011 => ScanFault::Stopped,
        0x8021_000A => ScanFault::Transfer,
        0x8021_000B => ScanFault::Unsupported,
        0x8021_000C => ScanFault::InvalidSetting,
        0x8021_000E => ScanFault::Crashed,
        0x8021_000F => ScanFault::Protocol,
        0x8021_0010 => ScanFault::CoverOpen,
        0x8021_0014 => ScanFault::Multipick,
        0x8021_0015 => ScanFault::NoScanner,
        // E_ACCESSDENIED, E_OUTOFMEMORY, E_INVALIDARG, E_NOTIMPL
        0x8007_0005 => ScanFault::AccessDenied,
        0x8007_000E => ScanFault::OutOfMemory,
        0x8007_0057 => ScanFault::InvalidSetting,
        0x8000_4001 => ScanFault::Unsupported,
        // The service or its process is gone: RPC_E_DISCONNECTED, RPC_S_SERVER_UNAVAILABLE,
        // RPC_S_CALL_FAILED.
        0x8001_0108 | 0x8007_06BA | 0x8007_06BE => ScanFault::Crashed,
        _ => ScanFault::CannotOpen,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_can_cure_has_its_own_code() {
        for (result, code) in [
            (0x8021_0002_u32, "scan.jam"),
            (0x8021_0003, "scan.empty"),
            (0x8021_0004, "scan.mispick"),
            (0x8021_0005, "scan.unplugged"),
            (0x8021_0006, "scan.busy"),
            (0x8021_0007, "scan.not_ready"),
            (0x8021_0008, "scan.stopped"),
            (0x8021_0010, "scan.cover_open"),
            (0x8021_0014, "scan.multipick"),
            (0x8007_0005, "scan.access_denied"),
            (0x8007_06BA, "scan.crashed"),
            (0x8021_0001, "scan.cannot_open"),
            (0xFFFF_FFFF, "scan.cannot_open"),
        ] {
            assert_eq!(fault_of(result.cast_signed()).code(), code, "{result:08X}");
        }
    }
}
