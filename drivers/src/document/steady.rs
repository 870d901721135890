//! What every job has in common: once it is over it stays over, and work in a thread of its own is
//! pulled page by page without blocking past a deadline.

use super::{Canceller, Event, Job};
use crate::error::ScanFault;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How soon cancelling is noticed.
const TICK: Duration = Duration::from_millis(50);
/// After cancelling, the thread gets this long to tell the device; then it is left to its limits.
pub const CANCEL_LIMIT: Duration = Duration::from_millis(900);

/// What a job tells.
pub type Told = Result<Event, ScanFault>;

/// A job's work, without what all jobs have in common.
pub trait Steps: Send {
    /// The next event, or [`Event::Waiting`] at the deadline.
    fn step(&mut self, deadline: Instant) -> Told;
    /// A switch that stops it.
    fn canceller(&self) -> Canceller;
}

/// A job that answers the same again once it is over.
pub struct Steady<S> {
    /// The work.
    pub steps: S,
    over: Option<Told>,
}

impl<S: Steps> Steady<S> {
    /// A job of these steps.
    pub fn new(steps: S) -> Self {
        Self { steps, over: None }
    }
}

impl<S: Steps> Job for Steady<S> {
    fn next(&mut self, deadline: Instant) -> Told {
        if let Some(over) = &self.over {
            return over.clone();
        }
        let told = self.steps.step(deadline);
        if matches!(told, Err(_) | Ok(Event::End { .. })) {
            self.over = Some(told.clone());
        }
        told
    }

    fn canceller(&self) -> Canceller {
        self.steps.canceller()
    }
}

/// What a device answers within the limit, else [`ScanFault::Hung`]; one that hangs for good keeps its
/// thread.
pub fn wait_for<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> Result<T, ScanFault> + Send + 'static,
) -> Result<T, ScanFault> {
    let (sender, receiver) = channel();
    let thread = std::thread::Builder::new().name("device-ask".to_string());
    thread
        .spawn(move || drop(sender.send(work())))
        .map_err(|_| ScanFault::Crashed)?;
    let answer = receiver.recv_timeout(limit);
    answer.unwrap_or_else(|error| {
        Err(match error {
            RecvTimeoutError::Timeout => ScanFault::Hung,
            RecvTimeoutError::Disconnected => ScanFault::Crashed,
        })
    })
}

/// Work in a thread of its own, so that a device or a line that hangs cannot hang the counter. The
/// thread waits to be pulled before each page.
pub struct Pulled {
    /// Asks the thread for a page; `None` once it is to end.
    pub pull: Option<Box<dyn Fn() + Send>>,
    /// What the thread tells.
    pub events: Receiver<Told>,
    /// Stops it.
    pub canceller: Canceller,
    /// Silence longer than this, before a page begins and within it, means hung; without limits
    /// the thread has its own.
    pub limits: Option<(Duration, Duration)>,
    now: Now,
}

/// How far it is.
#[derive(Default)]
struct Now {
    /// A page was asked for and has not come.
    pulled: bool,
    /// The last sign of life since then.
    alive: Option<Instant>,
    in_page: bool,
    cancelled_at: Option<Instant>,
}

impl Pulled {
    /// Work that was begun in a thread.
    pub fn new(
        pull: impl Fn() + Send + 'static,
        events: Receiver<Told>,
        canceller: Canceller,
        limits: Option<(Duration, Duration)>,
    ) -> Self {
        Self {
            pull: Some(Box::new(pull)),
            events,
            canceller,
            limits,
            now: Now::default(),
        }
    }

    fn wait(&mut self, deadline: Instant) -> Told {
        if !std::mem::replace(&mut self.now.pulled, true) {
            (self.now.alive, self.now.in_page) = (None, false);
            self.pull.iter().for_each(|pull| pull());
        }
        loop {
            if self.canceller.is_cancelled() {
                let at = *self.now.cancelled_at.get_or_insert_with(Instant::now);
                if at.elapsed() > CANCEL_LIMIT {
                    return Err(ScanFault::Cancelled);
                }
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match self.events.recv_timeout(left.min(TICK)) {
                Ok(told) => {
                    (self.now.alive, self.now.in_page) = (Some(Instant::now()), true);
                    // Life, but nothing to tell.
                    if told != Ok(Event::Waiting) {
                        return told;
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return Err(ScanFault::Crashed),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if self.is_hung() {
                self.canceller.cancel();
                return Err(ScanFault::Hung);
            }
            if left.is_zero() {
                return Ok(Event::Waiting);
            }
        }
    }

    fn is_hung(&mut self) -> bool {
        let alive = *self.now.alive.get_or_insert_with(Instant::now);
        self.limits.is_some_and(|(start, stall)| {
            let limit = if self.now.in_page { stall } else { start };
            alive.elapsed() > limit
        })
    }
}

impl Steps for Pulled {
    fn step(&mut self, deadline: Instant) -> Told {
        loop {
            let told = self.wait(deadline);
            if matches!(told, Ok(Event::Page(_))) {
                self.now.pulled = false;
                // It came after the wish to stop, and nobody waits for it.
                if self.canceller.is_cancelled() {
                    continue;
                }
            }
            return told;
        }
    }

    fn canceller(&self) -> Canceller {
        self.canceller.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Format, Page};
    use std::sync::mpsc::{Sender, channel};

    fn page() -> Event {
        Event::Page(Page {
            bytes: vec![1],
            format: Format::Jpeg,
            dpi: 0,
            seq: 1,
        })
    }

    fn job(limits: Option<(Duration, Duration)>) -> (Steady<Pulled>, Sender<Told>, Receiver<()>) {
        let (events, told) = channel();
        let (pull, pulls) = channel();
        let pull = move || assert!(pull.send(()).is_ok());
        let work = Pulled::new(pull, told, Canceller::default(), limits);
        (Steady::new(work), events, pulls)
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(5)
    }

    #[test]
    fn the_next_page_is_asked_for_only_when_it_is_pulled_and_the_end_stays_the_end() {
        let (mut job, thread, pulls) = job(None);
        assert_eq!(job.next(Instant::now()), Ok(Event::Waiting));
        thread.send(Ok(Event::Waiting)).unwrap();
        thread.send(Ok(page())).unwrap();
        assert_eq!(job.next(soon()), Ok(page()));
        assert_eq!(pulls.try_iter().count(), 1, "one page, one pull");
        thread.send(Err(ScanFault::Jam)).unwrap();
        thread.send(Ok(page())).unwrap();
        assert_eq!(job.next(soon()), Err(ScanFault::Jam));
        assert_eq!(job.next(soon()), Err(ScanFault::Jam));
        assert_eq!(pulls.try_iter().count(), 1);
    }

    #[test]
    fn a_page_that_comes_after_the_wish_to_stop_is_nobodys() {
        let (mut job, thread, _pulls) = job(None);
        job.canceller().cancel();
        thread.send(Ok(page())).unwrap();
        thread.send(Err(ScanFault::Cancelled)).unwrap();
        assert_eq!(job.next(soon()), Err(ScanFault::Cancelled));
        let (mut silent, _thread, _pulls) = self::job(None);
        silent.canceller().cancel();
        let asked = Instant::now();
        assert_eq!(silent.next(soon()), Err(ScanFault::Cancelled));
        assert!(asked.elapsed() < Duration::from_secs(2));
    }

    #[test]
    fn what_does_not_answer_in_time_is_hung() {
        assert_eq!(wait_for(Duration::from_secs(5), || Ok(7)), Ok(7));
        let (never, comes) = channel::<()>();
        let limit = Duration::from_millis(100);
        let hung = wait_for(limit, move || Ok(comes.recv().is_ok()));
        assert_eq!(hung, Err(ScanFault::Hung));
        drop(never);
    }

    #[test]
    fn silence_past_its_limit_is_hung_and_a_thread_that_is_gone_has_crashed() {
        let short = Duration::from_millis(120);
        let (mut mute, _thread, _pulls) = job(Some((short, short)));
        assert_eq!(mute.next(soon()), Err(ScanFault::Hung));
        let (mut gone, thread, _pulls) = job(None);
        drop(thread);
        assert_eq!(gone.next(soon()), Err(ScanFault::Crashed));
    }
}
