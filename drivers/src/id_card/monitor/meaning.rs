//! What an error of the PC/SC layer means for the watch, on either system.
//!
//! pcsc-lite's service runs on without readers; when it is gone, calls fail with `CommError` or
//! `NoService`. Windows (8 and later) starts its service with the first reader and stops it with
//! the last one, or a minute after the last call: calls then fail with `ServiceStopped`,
//! `NoService` or `InvalidHandle`, and only a new context helps. To the person at the counter this
//! is no fault of a service but a reader that is not connected. The Windows half follows what is
//! published about it and was tried by no one here.

use ::pcsc::Error;

/// Whose PC/SC layer it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum System {
    PcscLite,
    Windows,
}

/// The one this program was built for.
pub(super) const HERE: System = match cfg!(windows) {
    true => System::Windows,
    false => System::PcscLite,
};

/// What it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Nothing happened, or the list of readers is out of date: look again.
    LookAgain,
    /// No reader is connected; the context may be of no more use.
    NoReaders,
    /// The service does not answer.
    ServiceLost,
}

/// The meaning of a failed call: establishing a context, listing readers or waiting for a change.
pub(super) fn of(error: ::pcsc::Error, system: System) -> Meaning {
    match error {
        // Cancelled: by `Monitor::stop`, which the caller sees by itself. SystemCancelled: somebody
        // logs off from Windows.
        Error::Timeout
        | Error::UnknownReader
        | Error::ReaderUnavailable
        | Error::Cancelled
        | Error::SystemCancelled => Meaning::LookAgain,
        Error::NoReadersAvailable => Meaning::NoReaders,
        Error::NoService | Error::ServiceStopped if system == System::Windows => Meaning::NoReaders,
        _ => Meaning::ServiceLost,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Error as E;

    #[test]
    fn each_error_means_the_same_thing_to_people_on_both_systems() {
        use Meaning::{LookAgain, NoReaders, ServiceLost};
        for (error, pcsc_lite, windows) in [
            (E::Timeout, LookAgain, LookAgain),
            (E::Cancelled, LookAgain, LookAgain),
            (E::SystemCancelled, LookAgain, LookAgain),
            (E::UnknownReader, LookAgain, LookAgain),
            (E::ReaderUnavailable, LookAgain, LookAgain),
            (E::NoReadersAvailable, NoReaders, NoReaders),
            // The last reader was unplugged, and Windows stopped the service with it.
            (E::ServiceStopped, ServiceLost, NoReaders),
            (E::NoService, ServiceLost, NoReaders),
            (E::CommError, ServiceLost, ServiceLost),
            (E::InvalidHandle, ServiceLost, ServiceLost),
            (E::ServerTooBusy, ServiceLost, ServiceLost),
            (E::NoMemory, ServiceLost, ServiceLost),
            (E::InternalError, ServiceLost, ServiceLost),
            (E::UnknownError, ServiceLost, ServiceLost),
        ] {
            assert_eq!(of(error, System::PcscLite), pcsc_lite, "{error:?}");
            assert_eq!(of(error, System::Windows), windows, "{error:?}");
        }
    }
}
