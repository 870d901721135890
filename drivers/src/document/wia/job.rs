//! Never compiled for Windows and never run: one job of WIA, in a thread of its own.

use super::{Com, fault, prepare};
use crate::document::steady::{Pulled, Steady, Told};
use crate::document::{Canceller, Event, Job, Page, Settings, folder};
use crate::error::ScanFault;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use windows::Win32::Devices::ImageAcquisition::{
    IWiaTransfer, IWiaTransferCallback, IWiaTransferCallback_Impl, WIA_TRANSFER_MSG_END_OF_STREAM,
    WIA_TRANSFER_MSG_STATUS, WiaTransferParams,
};
use windows::Win32::Foundation::{HGLOBAL, S_FALSE};
use windows::Win32::System::Com::StructuredStorage::CreateStreamOnHGlobal;
use windows::Win32::System::Com::{IStream, STREAM_SEEK_SET};
use windows::core::{BSTR, Error, Interface, Result, implement};

/// How soon a cancelled job notices.
const TICK: Duration = Duration::from_millis(50);
/// A page is read from its stream in parts of this size, bytes.
const PART: usize = 1 << 20;
/// The longest page, bytes.
const PAGE_LIMIT: usize = 128 << 20;

/// A job of WIA.
pub struct WiaJob(Steady<Pulled>);

impl WiaJob {
    /// Starts the thread; the device is opened at the first pull.
    pub fn start(id: &str, settings: &Settings) -> std::result::Result<Self, ScanFault> {
        let (pulls, of_owner) = channel();
        let (sender, events) = channel();
        let canceller = Canceller::default();
        let (id, wish, stop) = (id.to_string(), settings.clone(), canceller.clone());
        let thread = std::thread::Builder::new().name("wia".to_string());
        thread
            .spawn(move || {
                if of_owner.recv().is_ok() {
                    let told = work(&id, &wish, of_owner, sender.clone(), stop);
                    let _ = sender.send(told);
                }
            })
            .map_err(|_| ScanFault::Crashed)?;
        let pull = move || {
            // A thread that is gone is noticed by its closed channel.
            let _ = pulls.send(());
        };
        let limits = Some((settings.start_limit, settings.stall_limit));
        Ok(Self(Steady::new(Pulled::new(
            pull, events, canceller, limits,
        ))))
    }
}

impl Job for WiaJob {
    fn next(&mut self, deadline: Instant) -> Told {
        self.0.next(deadline)
    }

    fn canceller(&self) -> Canceller {
        self.0.canceller()
    }
}

impl Drop for WiaJob {
    fn drop(&mut self) {
        self.canceller().cancel();
    }
}

fn work(
    id: &str,
    settings: &Settings,
    pulls: Receiver<()>,
    events: Sender<Told>,
    canceller: Canceller,
) -> Told {
    let _com = Com::enter()?;
    let transfer: IWiaTransfer = prepare(id, settings)?.cast().map_err(fault)?;
    let state = std::sync::Arc::new(Mutex::new(State::default()));
    let callback: IWiaTransferCallback = Callback {
        pulls: Mutex::new(pulls),
        events,
        canceller: canceller.clone(),
        dpi: settings.dpi,
        state: std::sync::Arc::clone(&state),
    }
    .into();
    // SAFETY: COM is initialised in this thread; the callback lives through the call.
    let done = unsafe { transfer.Download(0, &callback) };
    if canceller.is_cancelled() {
        return Err(ScanFault::Cancelled);
    }
    let state = state.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(fault) = &state.fault {
        return Err(fault.clone());
    }
    let end = Event::End { pages: state.pages };
    match done.map_err(fault) {
        Ok(()) | Err(ScanFault::Empty) if state.pages > 0 => Ok(end),
        Ok(()) => Err(ScanFault::NoImage),
        Err(fault) => Err(fault),
    }
}

#[derive(Default)]
struct State {
    stream: Option<IStream>,
    pages: u32,
    /// What was wrong with a page that the driver thinks good.
    fault: Option<ScanFault>,
}

/// What the driver calls.
#[implement(IWiaTransferCallback)]
struct Callback {
    pulls: Mutex<Receiver<()>>,
    events: Sender<Told>,
    canceller: Canceller,
    dpi: u32,
    state: std::sync::Arc<Mutex<State>>,
}

impl Callback {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The page that is now complete in its stream.
    fn page(&self) -> std::result::Result<(), ScanFault> {
        let mut state = self.state();
        let stream = state.stream.take().ok_or(ScanFault::Protocol)?;
        let bytes = read(&stream)?;
        let (bytes, format) = folder::judge(bytes).map_err(|unfit| match unfit {
            folder::Unfit::Unfinished => ScanFault::Cut,
            folder::Unfit::TooLarge(limit) => ScanFault::TooLarge { limit },
            _ => ScanFault::PageForm,
        })?;
        state.pages += 1;
        let page = Page {
            bytes,
            format,
            dpi: self.dpi,
            seq: state.pages,
        };
        let _ = self.events.send(Ok(Event::Page(page)));
        Ok(())
    }
}

impl IWiaTransferCallback_Impl for Callback_Impl {
    fn TransferCallback(&self, _flags: i32, params: *const WiaTransferParams) -> Result<()> {
        // Stops the transfer: the documented answer, which is no error.
        let stop = || Err(Error::from_hresult(S_FALSE));
        if self.canceller.is_cancelled() {
            return stop();
        }
        // SAFETY: the driver's parameters live through its call; it may send none.
        let Some(params) = (unsafe { params.as_ref() }) else {
            return Ok(());
        };
        match params.lMessage.cast_unsigned() {
            WIA_TRANSFER_MSG_STATUS => {
                let percent = params.lPercentComplete as f32;
                let _ = self.events.send(Ok(Event::Progress(percent)));
            }
            WIA_TRANSFER_MSG_END_OF_STREAM => {
                if let Err(fault) = self.page() {
                    self.state().fault = Some(fault);
                    return stop();
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Before each page: waits until somebody wants it.
    fn GetNextStream(&self, _flags: i32, _name: &BSTR, _full_name: &BSTR) -> Result<IStream> {
        let wanted_already = self.state().pages == 0;
        let pulls = self.pulls.lock().unwrap_or_else(PoisonError::into_inner);
        while !wanted_already {
            match pulls.recv_timeout(TICK) {
                Ok(()) => break,
                Err(RecvTimeoutError::Timeout) if !self.canceller.is_cancelled() => {}
                Err(_) => return Err(Error::from_hresult(S_FALSE)),
            }
        }
        // SAFETY: a stream in memory of its own, freed with its last reference.
        let stream = unsafe { CreateStreamOnHGlobal(HGLOBAL::default(), true) }?;
        self.state().stream = Some(stream.clone());
        Ok(stream)
    }
}

fn read(stream: &IStream) -> std::result::Result<Vec<u8>, ScanFault> {
    let mut bytes = Vec::new();
    let mut part = vec![0_u8; PART];
    // SAFETY: the part is as long as is said, and alive through each call.
    unsafe {
        stream.Seek(0, STREAM_SEEK_SET, None).map_err(fault)?;
        loop {
            let mut count = 0;
            let read = stream.Read(part.as_mut_ptr().cast(), PART as u32, Some(&mut count));
            read.ok().map_err(fault)?;
            if count == 0 {
                return Ok(bytes);
            }
            bytes.extend_from_slice(&part[..count as usize]);
            if bytes.len() > PAGE_LIMIT {
                let limit = PAGE_LIMIT as u64;
                return Err(ScanFault::TooLarge { limit });
            }
        }
    }
}
