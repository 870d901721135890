//! What is recorded, by kind. A kind is for ever: records name it, and chains outlive programs.
//!
//! Nothing here names a resident: whom an event is about is a keyed pseudonym beside it. Log-in
//! names and staff ids are those of staff.

mod particulars;
mod parts;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use particulars::*;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "with")]
#[non_exhaustive]
pub enum Event {
    /// A staff member opened the desk.
    #[serde(rename = "session.opened")]
    SessionOpened {
        /// `password`, `card`, `recovery` …
        how: String,
    },
    /// Wrong passwords before that: noted when the store can be written again.
    #[serde(rename = "session.refused")]
    SessionRefused {
        /// The log-in name that was tried.
        login: String,
        /// How often.
        times: u32,
    },
    /// The desk was closed.
    #[serde(rename = "session.locked")]
    SessionLocked {
        /// Nobody was there.
        idle: bool,
    },
    /// A card was read.
    #[serde(rename = "person.card_read")]
    CardRead {
        /// Which document.
        document: String,
    },
    /// A document was copied by hand.
    #[serde(rename = "person.typed")]
    PersonTyped {
        /// Which document.
        document: String,
    },
    /// The page of a resident was opened.
    #[serde(rename = "person.opened")]
    PersonOpened {},
    /// A resident was told how their data are handled.
    #[serde(rename = "notice.told")]
    NoticeTold {
        /// Which version of the notice.
        version: String,
    },
    /// A number was shown in full.
    #[serde(rename = "number.shown")]
    NumberShown {
        /// Why: a code of the list.
        reason: String,
        /// Why, in the reader's own words.
        words: String,
    },
    /// A form was begun.
    #[serde(rename = "draft.opened")]
    DraftOpened {
        /// Its business.
        business: String,
    },
    /// A form was worked on; once in ten minutes.
    #[serde(rename = "draft.saved")]
    DraftSaved {
        /// Its business.
        business: String,
    },
    /// A form was thrown away.
    #[serde(rename = "draft.discarded")]
    DraftDiscarded {
        /// Its business.
        business: String,
    },
    /// A thrown away form came back.
    #[serde(rename = "draft.restored")]
    DraftRestored {
        /// Its business.
        business: String,
    },
    /// A case was filed.
    #[serde(rename = "case.submitted")]
    CaseSubmitted {
        /// Its business.
        business: String,
        /// The position in the log.
        log: u64,
    },
    /// A correction was filed.
    #[serde(rename = "case.amended")]
    CaseAmended {
        /// Its business.
        business: String,
        /// The position in the log.
        log: u64,
    },
    /// A receipt was made, to be printed or handed over.
    #[serde(rename = "receipt.made")]
    ReceiptMade {},
    /// Something was printed.
    #[serde(rename = "print.made")]
    PrintMade {
        /// What.
        what: String,
    },
    /// Data left the program.
    #[serde(rename = "export.made")]
    ExportMade {
        /// What.
        what: String,
        /// How many rows or pages.
        rows: u64,
        /// Why.
        reason: String,
    },
    /// What ran out of its time was removed.
    #[serde(rename = "purge.done")]
    PurgeDone {
        /// What kind of data.
        what: String,
        /// How many.
        rows: u64,
    },
    /// A backup was made and checked.
    #[serde(rename = "backup.made")]
    BackupMade {
        /// Its size.
        bytes: u64,
    },
    /// A backup was put back.
    #[serde(rename = "backup.restored")]
    BackupRestored {
        /// When it had been made, milliseconds of the epoch.
        made_ms: i64,
    },
    /// The store was made anew from a backup and the journal.
    #[serde(rename = "store.rebuilt")]
    StoreRebuilt {
        /// Log entries brought back.
        entries: u64,
    },
    /// A staff member can open this station from now on.
    #[serde(rename = "staff.added")]
    StaffAdded {
        /// Who.
        staff: Uuid,
    },
    /// A staff member can open it no more.
    #[serde(rename = "staff.left")]
    StaffLeft {
        /// Who.
        staff: Uuid,
    },
    /// A password was changed.
    #[serde(rename = "password.changed")]
    PasswordChanged {},
    /// Keys were made anew, or a way to recover them.
    #[serde(rename = "keys.changed")]
    KeysChanged {
        /// What: `data_key`, `printed_code`, `recovery` …
        what: String,
    },
    /// The data key was recovered.
    #[serde(rename = "keys.recovered")]
    KeysRecovered {
        /// `centre`, `printed_code` …
        how: String,
    },
    /// A setting was changed.
    #[serde(rename = "settings.changed")]
    SettingsChanged {
        /// Which.
        name: String,
    },
    /// The computer's clock jumped while it ran, or between two starts.
    #[serde(rename = "clock.jumped")]
    ClockJumped {
        /// By so many seconds; negative is back.
        by_s: i64,
    },
    /// A lease of the centre was taken in.
    #[serde(rename = "lease.taken")]
    LeaseTaken {
        /// Its serial number.
        serial: u64,
        /// How many may work here.
        staff: u64,
    },
    /// What may be done without contact has changed.
    #[serde(rename = "lease.stage")]
    LeaseStage {
        /// `full`, `capture`, `reading`.
        stage: String,
        /// Hours without contact.
        hours: u64,
    },
    /// Somebody signed in to the console.
    #[serde(rename = "console.opened")]
    ConsoleOpened {},
    /// A wrong password at the console or at a station's first log-in.
    #[serde(rename = "console.refused")]
    ConsoleRefused {
        /// The name that was typed, where there is such a one.
        login: String,
    },
    /// A number was read in full in the console.
    #[serde(rename = "number.read")]
    NumberRead {
        /// Of which case.
        case: Uuid,
        /// Why.
        reason: String,
    },
    /// A reviewer's word on a case.
    #[serde(rename = "case.reviewed")]
    CaseReviewed {
        /// Which.
        case: Uuid,
        /// `approve`, `return`, `refuse`.
        decision: String,
        /// What it came to: `accepted`, `rejected` …
        outcome: String,
    },
    /// A held filing was settled.
    #[serde(rename = "held.settled")]
    HeldSettled {
        /// Which command.
        command: Uuid,
        /// How: `same_person`, `another_person`, `refuse`.
        how: String,
        /// What it came to: `accepted`, `rejected` …
        outcome: String,
    },
    /// A resident's record was opened in the console.
    #[serde(rename = "record.opened")]
    RecordOpened {
        /// From where: `case`, or by its `number`.
        how: String,
    },
    /// A resident's record was corrected at the centre.
    #[serde(rename = "record.corrected")]
    RecordCorrected {
        /// How: `renumbered`, `merged`, `split`, `home_moved`, `answer_settled`.
        what: String,
        /// What it came to: `accepted`, `rejected` …
        outcome: String,
    },
    /// An answer that two people wrote differently was settled at the counter.
    #[serde(rename = "answer.settled")]
    AnswerSettled {
        /// Field id.
        field: String,
        /// The position in the log.
        log: u64,
    },
    /// A one-time code that enrols an installation was made.
    #[serde(rename = "enrolment.code_made")]
    EnrolmentCodeMade {
        /// For which community.
        community: String,
    },
    /// An installation was enrolled.
    #[serde(rename = "installation.enrolled")]
    InstallationEnrolled {
        /// Which.
        installation: Uuid,
        /// Its community.
        community: String,
    },
    /// An installation may not speak any more.
    #[serde(rename = "installation.revoked")]
    InstallationRevoked {
        /// Which.
        installation: Uuid,
    },
    /// A staff member was entered at the centre.
    #[serde(rename = "member.added")]
    MemberAdded(Entered),
    /// A staff member's password was set at the centre. What a counter changed for its own data key
    /// is [`Event::PasswordChanged`] in the station's own audit.
    #[serde(rename = "member.password")]
    MemberPassword(PasswordSet),
    /// A staff member's right to work ended.
    #[serde(rename = "member.removed")]
    MemberRemoved {
        /// Who.
        staff: Uuid,
    },
    /// A station's audit is not what the centre had seen of it.
    #[serde(rename = "witness.alarm")]
    WitnessAlarm {
        /// Whose.
        installation: Uuid,
        /// At which record.
        n: u64,
        /// `back`, `differs`.
        what: String,
    },
    /// Somebody looked into alarms about a station's audit.
    #[serde(rename = "witness.seen")]
    WitnessSeen(AlarmsSeen),
    /// An order to a station was given.
    #[serde(rename = "order.given")]
    OrderGiven {
        /// To which.
        installation: Uuid,
        /// Which.
        order: Uuid,
        /// `log_extract`, `resync`, `wipe`.
        what: String,
    },
    /// A second officer agreed to an order.
    #[serde(rename = "order.agreed")]
    OrderAgreed {
        /// To which station.
        installation: Uuid,
        /// Which.
        order: Uuid,
        /// As above.
        what: String,
    },
    /// An order ended.
    #[serde(rename = "order.ended")]
    OrderEnded {
        /// To which station.
        installation: Uuid,
        /// Which.
        order: Uuid,
        /// As above.
        what: String,
        /// `done`, `failed`, `withdrawn`.
        outcome: String,
    },
    /// This station carried an order of the centre out, or refused to.
    #[serde(rename = "order.obeyed")]
    OrderObeyed {
        /// Which.
        order: Uuid,
        /// As above.
        what: String,
        /// `done`, or the code of the refusal.
        outcome: String,
    },
    /// A stick was registered for the ferry, or is used no more.
    #[serde(rename = "ferry.stick")]
    FerryStick(StickStep),
    /// A station's files were written onto a stick, or taken in; or the centre's answers were.
    #[serde(rename = "ferry.carried")]
    FerryCarried(Carried),
    /// The centre certified that a station has nothing unsent.
    #[serde(rename = "certificate.given")]
    CertificateGiven {
        /// Which station.
        installation: Uuid,
        /// Up to this entry of its log.
        n: u64,
    },
    /// A substitute sat down with a code that was read out over the phone.
    #[serde(rename = "substitute.let_in")]
    SubstituteLetIn(LetIn),
    /// A substitute's hours are over.
    #[serde(rename = "substitute.over")]
    SubstituteOver {
        /// Who.
        staff: Uuid,
    },
    /// A substitute's code was given out.
    #[serde(rename = "substitute.given")]
    SubstituteGiven(CodeGiven),
    /// A station told that somebody was let in.
    #[serde(rename = "substitute.used")]
    SubstituteUsed(CodeUsed),
    /// A step of a recovery through the centre.
    #[serde(rename = "escrow.step")]
    EscrowStep {
        /// Whose data key.
        installation: Uuid,
        /// `asked`, `approved`, `opened`, `refused`.
        step: String,
    },
}

#[cfg(test)]
#[path = "event_tests.rs"]
mod tests;
