//! Every failure the devices can answer with, each with its code `area.what`.
//!
//! The code is what the locale files and `docs/failure-codes.md` are keyed by; the texts here are
//! for logs, so they carry lengths and status words but never a byte of a card or a page.

/// Writes an enum whose every variant has a code, and the list of these codes.
macro_rules! failures {
    (
        $(#[$meta:meta])* $name:ident
        { $( $(#[$vmeta:meta])* $variant:ident
            $( { $( $(#[$fmeta:meta])* $field:ident: $type:ty ),* } )?
            = $code:literal, $text:literal; )* }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
        pub enum $name {
            $( $(#[$vmeta])* #[error($text)]
               $variant $( { $( $(#[$fmeta])* $field: $type ),* } )? ),*
        }

        impl $name {
            /// The codes of all variants, in the order they are declared.
            pub const CODES: &'static [&'static str] = &[$($code),*];

            /// The published failure code, `area.what`.
            #[must_use]
            pub fn code(&self) -> &'static str {
                match self { $( Self::$variant { .. } => $code ),* }
            }
        }
    };
}

mod scan;

pub use scan::ScanFault;

failures! {
    /// Why a card gave no reading.
    ///
    /// The `Sam…` variants and their neighbours up to `ItemAbsent` are the third status byte
    /// (SW3) of the security module, one variant per value of the published tables.
    CardError {
        /// SW3 10: the module found our frame's checksum wrong.
        SamRequestChecksum = "card.sam_request_checksum", "security module: request checksum";
        /// SW3 11: the module found our frame's length wrong.
        SamRequestLength = "card.sam_request_length", "security module: request length";
        /// SW3 21: the module does not know the command (old modules: fingerprints, address).
        SamCommandUnknown = "card.sam_command_unknown", "security module: unknown command";
        /// SW3 23: the module does not permit the operation now.
        SamNotPermitted = "card.sam_not_permitted", "security module: not permitted";
        /// SW3 24: the module's "unknown error".
        SamUnknown = "card.sam_unknown_error", "security module: unknown error";
        /// SW3 31: the card did not accept the module.
        CardRefusedSam = "card.refused_sam", "the card did not accept the security module";
        /// SW3 32: the module did not accept the card: not a genuine card, or a damaged one.
        SamRefusedCard = "card.not_genuine", "the security module did not accept the card";
        /// SW3 33: the information on the card fails its own check.
        InformationCheck = "card.information_check", "information check failed";
        /// SW3 37: the fingerprint block fails its check.
        FingerprintCheck = "card.fingerprint_check", "fingerprint check failed";
        /// SW3 3F: the information on the card has a wrong length.
        InformationLength = "card.information_length", "information length wrong";
        /// SW3 40: a card of an unknown type.
        UnknownCardType = "card.unknown_type", "unknown card type";
        /// SW3 41: the module could not read the card.
        ReadFailed = "card.read_failed", "read failed";
        /// SW3 47: no random number: the module is faulty.
        RandomNumber = "card.sam_random_number", "security module: random number failed";
        /// SW3 60: the module's self test failed.
        SamSelfTest = "card.sam_self_test", "security module: self test failed";
        /// SW3 66: the module is not authorised.
        SamNotAuthorised = "card.sam_not_authorised", "security module: not authorised";
        /// SW3 80: no card found, or the card was already read and not lifted since.
        NotFound = "card.not_found", "no card found";
        /// SW3 81: the card could not be selected.
        SelectFailed = "card.select_failed", "the card could not be selected";
        /// SW3 91: the card has no such item. Normal for the appended address.
        ItemAbsent = "card.item_absent", "the card holds no such item";
        /// An SW3 outside the published tables, or one that does not belong to the command.
        SamUnexpected {
            /// The status byte.
            sw3: u8
        } = "card.sam_unexpected", "security module: unexpected status {sw3:02X}";
        /// Bytes that do not begin like a frame.
        FramePreamble = "card.frame_preamble", "frame does not begin with its preamble";
        /// A frame or file shorter than it announces.
        FrameTruncated {
            /// Bytes at hand.
            got: usize,
            /// Bytes announced.
            want: usize
        } = "card.frame_truncated", "frame of {want} bytes ends after {got}";
        /// A frame whose length field is impossible or disagrees with what follows.
        FrameLength {
            /// The length field.
            announced: usize
        } = "card.frame_length", "impossible frame length {announced}";
        /// A frame whose checksum is wrong.
        FrameChecksum = "card.frame_checksum", "frame checksum wrong";
        /// Text, photo or address of a length no card has.
        ContentLength {
            /// The length found, bytes.
            got: usize
        } = "card.content_length", "content of an impossible length, {got} bytes";
        /// A field is all zero digits or blank where every card has a date.
        FaultyRead {
            /// The field's name.
            field: &'static str
        } = "card.faulty_read", "faulty read: {field} is empty";
        /// A date that is no date of the calendar.
        BadDate {
            /// The field's name.
            field: &'static str
        } = "card.bad_date", "{field} is not a date";
        /// A field too long for its place, on the way to a virtual card.
        FieldTooLong {
            /// The field's name.
            field: &'static str
        } = "card.field_too_long", "{field} is too long for its place";
        /// The card left the reader during the read.
        Removed = "card.removed", "the card was removed during the read";
        /// The card does not answer the reader.
        Mute = "card.mute", "the card does not answer";
        /// The reader sees the card but has no security module, so the text stays sealed.
        NoSecurityModule = "card.no_security_module", "the reader has no security module";
        /// A status word that belongs to no case we know.
        StatusUnexpected {
            /// SW1 SW2.
            sw: u16
        } = "card.status_unexpected", "unexpected status word {sw:04X}";
        /// The social-security card opens its holder's data only to a PSAM (69 82).
        NeedsPsam = "card.needs_psam", "the card asks for a PSAM";
        /// The number on the card does not end in the check digit it must end in.
        BadNumber = "card.bad_number", "the number's check digit is wrong";
        /// A record of a social-security card that belongs to another item.
        WrongRecord {
            /// The record's tag.
            tag: u8
        } = "card.wrong_record", "record {tag:02X} in the place of another";
        /// The smart card service (pcscd, SCardSvr) is not running.
        ServiceDown = "reader.service_down", "the smart card service is not running";
        /// The reader was unplugged.
        ReaderGone = "reader.gone", "the reader is gone";
        /// Another program holds the card.
        ReaderInUse = "reader.in_use", "another program holds the card";
        /// Another program reset the card while it was being read.
        ReaderDisturbed = "reader.disturbed", "another program reset the card";
        /// The exchange with the reader failed.
        ReaderTransfer = "reader.transfer", "the exchange with the reader failed";
        /// The reader gave no answer in time. Also code 02 of the vendor's program.
        Timeout = "reader.timeout", "the reader gave no answer in time";
        /// The port or device may not be opened by this account.
        AccessDenied = "reader.access_denied", "no permission to open the reader";
        /// Code 01 of the vendor's program: the port cannot be opened.
        Port = "reader.port", "the reader's port cannot be opened";
        /// Code 05 of the vendor's program: it does not accept the module's number.
        SamSerial = "card.sam_serial", "the vendor's program refuses the security module's number";
        /// Code 09 of the vendor's program: a file of its own is missing or unreadable.
        VendorFile = "reader.vendor_file", "the vendor's program misses a file";
        /// The vendor's program cannot be started.
        VendorMissing = "reader.vendor_missing", "the vendor's program cannot be started";
        /// The vendor's program ended or was ended because it hung; it is started again.
        VendorStopped = "reader.vendor_stopped", "the vendor's program stopped";
        /// The file of reader profiles cannot be read.
        ProfilesInvalid {
            /// Line, word and what is wrong with it.
            why: String
        } = "reader.profiles_invalid", "reader profiles: {why}";
    }
}

failures! {
    /// Why bytes are not a page.
    PageError {
        /// Neither JPEG, PNG nor PNM, or not decodable.
        NotAnImage = "page.not_an_image", "not a readable JPEG or PNG picture";
        /// The picture ends before its data does.
        Truncated = "page.truncated", "the picture is cut off";
        /// The picture's data are wrong somewhere inside; a part of it would be made up.
        Damaged = "page.damaged", "the picture is damaged inside";
        /// Colours for a printing press (CMYK), which no camera and no scanner here makes.
        Colors = "page.colors", "CMYK colours are not taken";
        /// Four corners that are not the picture of a flat sheet.
        Corners = "page.corners", "the corners are not those of a sheet";
        /// More bytes or pixels than a page may have.
        TooLarge {
            /// The limit that was passed, in bytes or pixels.
            limit: u64
        } = "page.too_large", "larger than the limit of {limit}";
        /// The picture could not be written in the new form.
        Encode = "page.encode", "the picture could not be encoded";
    }
}

failures! {
    /// Why a photo could not be shown. The card is read all the same.
    PhotoError {
        /// The decoder program cannot be started.
        NotInstalled = "photo.not_installed", "the photo decoder cannot be started";
        /// The decoder did not end in time and was killed.
        Hung = "photo.hung", "the photo decoder hung";
        /// The decoder ended with a failure.
        Crashed = "photo.crashed", "the photo decoder failed";
        /// What the decoder wrote is not a bitmap of 102 by 126 points.
        NotThePicture = "photo.not_the_picture", "the photo decoder wrote something else";
    }
}

failures! {
    /// Why the virtual card cannot be served.
    VirtualError {
        /// The tray's socket cannot be made.
        Tray {
            /// The system's word.
            why: String
        } = "virtual.tray", "card tray: {why}";
        /// pcscd is not installed or does not start.
        Pcscd {
            /// The system's word.
            why: String
        } = "virtual.pcscd", "private pcscd: {why}";
    }
}

/// Any failure of this crate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// From a card or its reader.
    #[error(transparent)]
    Card(#[from] CardError),
    /// From a scanner.
    #[error(transparent)]
    Scan(#[from] ScanFault),
    /// From a page.
    #[error(transparent)]
    Page(#[from] PageError),
    /// From the photo decoder.
    #[error(transparent)]
    Photo(#[from] PhotoError),
    /// From the virtual card.
    #[error(transparent)]
    Virtual(#[from] VirtualError),
}

impl Error {
    /// The published failure code, `area.what`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Card(error) => error.code(),
            Self::Scan(error) => error.code(),
            Self::Page(error) => error.code(),
            Self::Photo(error) => error.code(),
            Self::Virtual(error) => error.code(),
        }
    }
}

const LISTS: [&[&str]; 5] = [
    CardError::CODES,
    ScanFault::CODES,
    PageError::CODES,
    PhotoError::CODES,
    VirtualError::CODES,
];

const COUNT: usize = {
    let (mut count, mut list) = (0, 0);
    while list < LISTS.len() {
        count += LISTS[list].len();
        list += 1;
    }
    count
};

const ALL: [&str; COUNT] = {
    let mut all = [""; COUNT];
    let (mut list, mut at) = (0, 0);
    while list < LISTS.len() {
        let mut item = 0;
        while item < LISTS[list].len() {
            all[at] = LISTS[list][item];
            at += 1;
            item += 1;
        }
        list += 1;
    }
    all
};

/// Every failure code of this crate.
pub const CODES: &[&str] = &ALL;

#[cfg(test)]
mod tests {
    use super::CODES;
    use std::collections::BTreeSet;

    #[test]
    fn every_code_is_area_dot_what_and_stands_once() {
        let once: BTreeSet<_> = CODES.iter().collect();
        assert_eq!(once.len(), CODES.len());
        for code in CODES {
            let (area, what) = code.split_once('.').unwrap();
            assert!(
                ["card", "reader", "scan", "page", "photo", "virtual"].contains(&area),
                "{code}"
            );
            assert!(
                what.chars().all(|c| c.is_ascii_lowercase() || c == '_'),
                "{code}"
            );
        }
    }
}
