//! Every refusal the centre gives, with its code and HTTP status. Words for them stand in the
//! locale files, cause and cure in `docs/failure-codes.md`.

use axum::http::StatusCode;

/// A refusal: what the other side reads, and the status it comes with.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    /// `area.what`.
    pub code: &'static str,
    /// The HTTP status.
    pub status: StatusCode,
}

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $status:ident;)*) => {
        $($(#[$doc])* pub static $name: Refusal =
            Refusal { code: $code, status: StatusCode::$status };)*
        const REFUSALS: &[&str] = &[$($code),*];
    };
}

refusals! {
    /// Words that the audit would keep, with what looks like a document number in them.
    AUDIT_NUMBER_IN_WORDS = "audit.number_in_words", BAD_REQUEST;
    /// A name and password that do not belong together, or a name that may not work here.
    AUTH_WRONG = "auth.wrong", UNAUTHORIZED;
    /// Too many wrong passwords; `retry_after_s` says how long.
    AUTH_WAIT = "auth.wait", TOO_MANY_REQUESTS;
    /// No session, or it ran out.
    AUTH_EXPIRED = "auth.expired", UNAUTHORIZED;
    /// The role does not include this.
    AUTH_NOT_ALLOWED = "auth.not_allowed", FORBIDDEN;
    /// What was found about an alarm is missing, or is too long.
    ALARM_NO_WORDS = "alarm.no_words", BAD_REQUEST;
    /// Somebody has looked into these alarms already.
    ALARM_SEEN = "alarm.seen", CONFLICT;
    /// A state-changing request without the header that our pages send.
    AUTH_FOREIGN_PAGE = "auth.foreign_page", FORBIDDEN;
    /// The order has ended, or was agreed to.
    ORDER_ENDED = "order.ended", CONFLICT;
    /// Another order of its kind is open for this station.
    ORDER_GIVEN_BEFORE = "order.given_before", CONFLICT;
    /// Who gave the order cannot be the one who agrees.
    ORDER_SAME_OFFICER = "order.same_officer", CONFLICT;
    /// Where the station should go is no other community of the officer's area.
    ORDER_NO_COMMUNITY = "order.no_community", BAD_REQUEST;
    /// The name that was typed is not the station's.
    ORDER_WRONG_NAME = "order.wrong_name", BAD_REQUEST;
    /// A part that does not start where the last one ended.
    BLOB_OFFSET = "blob.offset", CONFLICT;
    /// What came as a page's preview is no small picture.
    BLOB_NO_PREVIEW = "blob.no_preview", UNPROCESSABLE_ENTITY;
    /// More bytes than announced or allowed.
    BLOB_TOO_LONG = "blob.too_long", PAYLOAD_TOO_LARGE;
    /// Neither a manifest nor a length was seen for this page.
    BLOB_UNKNOWN = "blob.unknown", NOT_FOUND;
    /// The bytes are not those of the hash; all parts must come again.
    BLOB_WRONG_HASH = "blob.wrong_hash", UNPROCESSABLE_ENTITY;
    /// The page itself has not come yet; there may be a preview of it.
    PAGE_ON_ITS_WAY = "page.on_its_way", NOT_FOUND;
    /// No catalogue of this address: the next hello names the one in force.
    CATALOG_GONE = "catalog.gone", NOT_FOUND;
    /// More work than the centre can queue.
    CENTRE_BUSY = "centre.busy", SERVICE_UNAVAILABLE;
    /// The database does not answer.
    CENTRE_DATABASE_DOWN = "centre.database_down", SERVICE_UNAVAILABLE;
    /// The store of pages does not answer, or has no room.
    CENTRE_PAGES_DOWN = "centre.pages_down", SERVICE_UNAVAILABLE;
    /// The centre's data key is not the one by which its database is sealed.
    CENTRE_WRONG_KEY = "centre.wrong_key", SERVICE_UNAVAILABLE;
    /// A fault of the centre itself; its log says which.
    CENTRE_FAULT = "centre.fault", INTERNAL_SERVER_ERROR;
    /// The station had not sent everything when it last spoke.
    CERTIFICATE_UNSENT = "certificate.unsent", CONFLICT;
    /// A one-time code that is unknown, used or too old.
    ENROL_BAD_CODE = "enrol.bad_code", FORBIDDEN;
    /// A request for a certificate, or a log key, that cannot be read.
    ENROL_BAD_REQUEST = "enrol.bad_request", BAD_REQUEST;
    /// This officer has approved this request already; another has to.
    ESCROW_SAME_OFFICER = "escrow.same_officer", CONFLICT;
    /// The officer holds no share of the key that is needed.
    ESCROW_NO_SHARE = "escrow.no_share", FORBIDDEN;
    /// Not three different key officers, or passphrases that are too short or the same.
    ESCROW_NOT_THREE = "escrow.not_three", BAD_REQUEST;
    /// A passphrase that is too short, or the log-in password.
    ESCROW_WEAK_PASSPHRASE = "escrow.weak_passphrase", BAD_REQUEST;
    /// The passphrase does not open the officer's key.
    ESCROW_WRONG_PASSPHRASE = "escrow.wrong_passphrase", FORBIDDEN;
    /// The role does not include taking lists along.
    EXPORT_NOT_ALLOWED = "export.not_allowed", FORBIDDEN;
    /// What a list is for is not said.
    EXPORT_PURPOSE_MISSING = "export.purpose_missing", BAD_REQUEST;
    /// The purpose asks for words.
    EXPORT_REASON_MISSING = "export.reason_missing", BAD_REQUEST;
    /// The feed at this position has another checksum: a snapshot is needed.
    FEED_DIFFERS = "feed.differs", CONFLICT;
    /// The city allows no ferry.
    FERRY_OFF = "ferry.off", FORBIDDEN;
    /// A stick without a name.
    FERRY_NO_NAME = "ferry.no_name", BAD_REQUEST;
    /// A stick that is not registered, or not any more.
    FERRY_UNKNOWN_STICK = "ferry.unknown_stick", FORBIDDEN;
    /// No ferry file, one that was changed, or another centre's.
    FERRY_UNREADABLE = "ferry.unreadable", UNPROCESSABLE_ENTITY;
    /// Another link stands at a position that the centre has.
    LOG_FORK = "log.fork", CONFLICT;
    /// The push starts after the next position.
    LOG_GAP = "log.gap", CONFLICT;
    /// A signature or link that does not fit.
    LOG_SIGNATURE = "log.signature", BAD_REQUEST;
    /// The reason for reading a full number is missing.
    NUMBER_NO_REASON = "number.no_reason", BAD_REQUEST;
    /// The request is not the one that the officer had on screen.
    RECOVERY_CHANGED = "recovery.changed", CONFLICT;
    /// It was decided already.
    RECOVERY_CLOSED = "recovery.closed", CONFLICT;
    /// Nobody decided in time.
    RECOVERY_EXPIRED = "recovery.expired", GONE;
    /// The station's key file is gone, and the centre has no deposit of it.
    RECOVERY_NO_DEPOSIT = "recovery.no_deposit", NOT_FOUND;
    /// The reason for a refusal is missing.
    RECOVERY_NO_REASON = "recovery.no_reason", BAD_REQUEST;
    /// Too many requests of one station, or in all.
    RECOVERY_TOO_MANY = "recovery.too_many", TOO_MANY_REQUESTS;
    /// No such request, or another under its id.
    RECOVERY_UNKNOWN = "recovery.unknown", NOT_FOUND;
    /// Sealed to an escrow key that is not this centre's.
    RECOVERY_UNKNOWN_KEY = "recovery.unknown_key", CONFLICT;
    /// The log-in name in the request is not of somebody who works at the station.
    RECOVERY_UNKNOWN_LOGIN = "recovery.unknown_login", CONFLICT;
    /// What is sealed in the request does not open: changed, or another machine's.
    RECOVERY_UNREADABLE = "recovery.unreadable", UNPROCESSABLE_ENTITY;
    /// The challenge is not ours, or too old.
    RENEW_BAD_CHALLENGE = "renew.bad_challenge", FORBIDDEN;
    /// The signature is not of the installation's log key.
    RENEW_BAD_SIGNATURE = "renew.bad_signature", FORBIDDEN;
    /// The certificate ran out too long ago: the machine has to be enrolled anew.
    RENEW_TOO_LATE = "renew.too_late", FORBIDDEN;
    /// A body that is not what it should be.
    REQUEST_MALFORMED = "request.malformed", BAD_REQUEST;
    /// Nothing here by that name, or nothing of this area.
    REQUEST_NOT_FOUND = "request.not_found", NOT_FOUND;
    /// A body that did not arrive in the time for it.
    REQUEST_SLOW = "request.slow", REQUEST_TIMEOUT;
    /// A body larger than allowed.
    REQUEST_TOO_LARGE = "request.too_large", PAYLOAD_TOO_LARGE;
    /// The review or settlement was refused; `reasons` say why.
    REVIEW_REJECTED = "review.rejected", CONFLICT;
    /// The snapshot was withdrawn: the next hello offers another.
    SNAPSHOT_GONE = "snapshot.gone", NOT_FOUND;
    /// A stretch that is not one of the file.
    SNAPSHOT_RANGE = "snapshot.range", RANGE_NOT_SATISFIABLE;
    /// The installation's right to speak was withdrawn.
    STATION_REVOKED = "station.revoked", FORBIDDEN;
    /// A certificate that names no installation of ours.
    STATION_UNKNOWN = "station.unknown", FORBIDDEN;
    /// The station has deposited no code, or its last one was used.
    SUBSTITUTE_NO_CODE = "substitute.no_code", CONFLICT;
    /// Why a substitute is let in is missing, or is too long.
    SUBSTITUTE_NO_REASON = "substitute.no_reason", BAD_REQUEST;
    /// The station was not told of this person, or they may not work any more.
    SUBSTITUTE_UNKNOWN = "substitute.unknown", CONFLICT;
}

/// A kind of act that stations may not send.
pub const ACT_NOT_FOR_STATIONS: &str = "act.not_for_stations";
/// Another content stands under this id already, and keeps its own outcome.
pub const COMMAND_OTHER_CONTENT: &str = "command.other_content";
/// Kept, but nobody could make a decision of it: the store or the decider failed on it.
pub const COMMAND_POISONOUS: &str = "command.poisonous";
/// A newer command takes the place of a held one.
pub const COMMAND_REPLACED: &str = "command.replaced";
/// A body from a newer program, or none at all.
pub const COMMAND_UNREADABLE: &str = "command.unreadable";
/// The command named in `after` is not decided yet.
pub const COMMAND_WAITS: &str = "command.waits";
/// A page whose hash, size or type cannot be right.
pub const PAGES_BAD_MANIFEST: &str = "pages.bad_manifest";
/// Signed by somebody who does not work there (any more).
pub const STAFF_NOT_ALLOWED: &str = "staff.not_allowed";

/// Codes that travel as reasons of an outcome.
const REASONS: &[&str] = &[
    ACT_NOT_FOR_STATIONS,
    crate::trail::TAMPERED,
    COMMAND_OTHER_CONTENT,
    COMMAND_POISONOUS,
    COMMAND_REPLACED,
    COMMAND_UNREADABLE,
    COMMAND_WAITS,
    PAGES_BAD_MANIFEST,
    STAFF_NOT_ALLOWED,
];

/// Codes a person meets at the centre's own command line.
const COMMAND_LINE: &[&str] = &[
    "centre.backup",
    "centre.catalog",
    "centre.certificate",
    "centre.config",
    "centre.file",
    "centre.migration",
    "centre.sealed",
    "centre.usage",
];

const ALL: [&str; REFUSALS.len() + REASONS.len() + COMMAND_LINE.len()] = joined();

/// Every code that this crate gives.
pub const CODES: &[&str] = &ALL;

const fn joined() -> [&'static str; REFUSALS.len() + REASONS.len() + COMMAND_LINE.len()] {
    let mut all = [""; REFUSALS.len() + REASONS.len() + COMMAND_LINE.len()];
    let parts = [REFUSALS, REASONS, COMMAND_LINE];
    let (mut at, mut part) = (0, 0);
    while part < parts.len() {
        let mut i = 0;
        while i < parts[part].len() {
            all[at] = parts[part][i];
            at += 1;
            i += 1;
        }
        part += 1;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_an_area_and_a_what_and_stands_once() {
        let mut seen = std::collections::BTreeSet::new();
        for code in CODES {
            let parts: Vec<&str> = code.split('.').collect();
            assert_eq!(parts.len(), 2, "{code}");
            assert!(parts.iter().all(|part| !part.is_empty()), "{code}");
            assert!(seen.insert(code), "{code} twice");
        }
    }
}
