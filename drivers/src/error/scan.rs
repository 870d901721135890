//! Why a source of pages gave none.

failures! {
    /// Why a scanner gave no page.
    ScanFault {
        /// No scanner is connected.
        NoScanner = "scan.no_scanner", "no scanner found";
        /// No camera is connected.
        NoCamera = "scan.no_camera", "no camera found";
        /// The bus has no room for the camera's pictures.
        Bandwidth = "scan.bandwidth", "not enough bandwidth for the camera";
        /// The scanning program is not installed.
        NotInstalled = "scan.not_installed", "scanimage is not installed";
        /// The scanner cannot be opened.
        CannotOpen = "scan.cannot_open", "the scanner cannot be opened";
        /// The scanner cannot do what is asked.
        Unsupported = "scan.unsupported", "the scanner does not support this";
        /// A setting outside what the scanner accepts.
        InvalidSetting = "scan.invalid_setting", "the scanner refuses a setting";
        /// Another program uses the scanner.
        Busy = "scan.busy", "the scanner is busy";
        /// Paper jam.
        Jam = "scan.jam", "paper jam";
        /// The feeder holds no paper.
        Empty = "scan.empty", "no paper in the feeder";
        /// The cover is open.
        CoverOpen = "scan.cover_open", "the cover is open";
        /// The device fails to transfer.
        Transfer = "scan.transfer", "device I/O error";
        /// The driver ran out of memory.
        OutOfMemory = "scan.out_of_memory", "the scanner driver ran out of memory";
        /// The account may not use the scanner.
        AccessDenied = "scan.access_denied", "no permission to use the scanner";
        /// The scanner is no longer listed: unplugged or switched off.
        Unplugged = "scan.unplugged", "the scanner is gone";
        /// No sign of life within the stall limit; the process was ended.
        Hung = "scan.hung", "the scanner stopped answering";
        /// The driver process died.
        Crashed = "scan.crashed", "the scanning process died";
        /// A page with fewer bytes than its header announces.
        Truncated {
            /// Bytes of pixels received.
            got: u64,
            /// Bytes of pixels announced.
            want: u64
        } = "scan.truncated", "page of {want} bytes ends after {got}";
        /// The person at the counter stopped the scan.
        Cancelled = "scan.cancelled", "cancelled";
        /// The folder for pages in flight cannot be written.
        Spool = "scan.spool", "the folder for pages cannot be written";
        /// The scanning program answers what no version of it should.
        Protocol = "scan.protocol", "the scanning process answers nonsense";
        /// The feeder drew no sheet though it holds some.
        Mispick = "scan.mispick", "the feeder could not draw the sheet";
        /// The feeder drew several sheets at once.
        Multipick = "scan.multipick", "the feeder drew several sheets at once";
        /// A sheet too short or too long for both sides.
        PageLength = "scan.page_length", "the sheet is too short or too long for both sides";
        /// The feeder's tray fails.
        TrayFailed = "scan.tray_failed", "the feeder's tray failed";
        /// More paper in the feeder than it takes.
        TrayOverloaded = "scan.tray_overloaded", "too much paper in the feeder";
        /// The scanner says that it stopped, and not why.
        Stopped = "scan.stopped", "the scanner reports that it stopped";
        /// The scanner kept saying "not yet".
        NotReady = "scan.not_ready", "the scanner did not become ready";
        /// What was asked contradicts what the scanner is doing.
        Conflict = "scan.conflict", "the scanner reports a conflict";
        /// The scanner forgot the job while pages were expected.
        JobGone = "scan.job_gone", "the scanner dropped the job";
        /// The scanner took the job and does not say where its pages are.
        NoJobAddress = "scan.no_job_address", "the scanner gave its job no address";
        /// The job ended without a single page.
        NoImage = "scan.no_image", "the scan ended without a page";
        /// What came as a page is neither JPEG nor PNG.
        PageForm = "scan.page_form", "the page is neither JPEG nor PNG";
        /// The picture ends before its end mark.
        Cut = "scan.cut", "the picture is cut off";
        /// The connection broke while a page was coming.
        BrokenOff = "scan.broken_off", "the connection broke off";
        /// A page larger than any page.
        TooLarge {
            /// The limit that was passed, bytes.
            limit: u64
        } = "scan.too_large", "larger than the limit of {limit} bytes";
        /// What was typed is no address of a scanner.
        BadAddress = "scan.bad_address", "no address of a scanner";
        /// Nothing answers at the address.
        Unreachable = "scan.unreachable", "nothing answers at the scanner's address";
        /// Something answers, and it is no scanner we can speak to.
        NotEscl = "scan.not_escl", "what answers is no eSCL scanner";
        /// The scanner wants a password.
        LoginRequired = "scan.login_required", "the scanner asks for a login";
        /// The secure connection cannot be made.
        Tls = "scan.tls", "the secure connection failed";
        /// Another certificate than the one seen first.
        CertificateChanged = "scan.certificate_changed", "the scanner's certificate changed";
        /// The certificate seen first cannot be kept.
        PinNotKept = "scan.pin_not_kept", "the certificate's fingerprint cannot be kept";
        /// The watched folder cannot be read.
        FolderMissing = "scan.folder_missing", "the folder of pages cannot be read";
        /// More new files in the watched folder than are looked at.
        FolderFull {
            /// The most files looked at.
            limit: u64
        } = "scan.folder_full", "over {limit} new files in the folder of pages";
        /// A file of the watched folder stays incomplete.
        FileUnfinished = "scan.file_unfinished", "a file stays incomplete";
        /// A file of the watched folder is no picture we take.
        FileForm = "scan.file_form", "a file is no JPEG, PNG or BMP picture";
        /// A file of the watched folder cannot be decoded.
        FileDamaged = "scan.file_damaged", "a file is damaged";
        /// A file of the watched folder cannot be read.
        FileUnreadable = "scan.file_unreadable", "a file cannot be read";
        /// The file of scanners' peculiarities cannot be read.
        QuirksInvalid {
            /// What the parser says about the file.
            why: String
        } = "scan.quirks_invalid", "scanners' peculiarities: {why}";
    }
}
