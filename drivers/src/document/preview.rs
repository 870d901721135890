//! Live preview: what a camera sees as small pictures with the sheets found in them, and pages taken
//! from it, by key or by themselves when a page lies still.
//!
//! One thread owns the camera and always works on its newest frame; another tells. Between them one
//! picture waits at most: a slow window sees fewer pictures, never older ones, and does not hold up
//! the camera. Pages and faults are never passed over.
//!
//! - `eye`: from a frame to a small upright picture, its sheets and hints.
//! - [`scene`], [`still`]: when to take by itself; pure.
//! - `worker`: the threads.

mod eye;
pub mod scene;
pub mod still;
mod worker;

use super::page::{Picture, Quad, find};
use super::{Live, Page};
use crate::error::ScanFault;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

pub use super::camera::Rotation;
pub use eye::{Eye, Hint, Seen};
pub use still::Stillness;

/// How to look.
#[derive(Clone)]
pub struct Options {
    /// How the camera hangs.
    pub rotation: Rotation,
    /// Whether a page is taken by itself when it lies still; [`Preview::set_automatic`] changes it.
    pub automatic: bool,
    /// Finds sheets in a picture of some 1,000 pixels; the best first.
    pub find: fn(&Picture) -> Vec<Quad>,
    /// How still is still.
    pub limits: still::Limits,
}

impl Default for Options {
    /// Upright, by key only.
    fn default() -> Options {
        Options {
            rotation: Rotation::None,
            automatic: false,
            find: |picture| find::sheets(picture, &find::Options::default()),
            limits: still::Limits::default(),
        }
    }
}

/// What a preview tells.
#[derive(Clone, Debug)]
pub enum Told {
    /// A picture. May be followed by a newer one at once; each is complete.
    Shown(Shown),
    /// A page that was taken by itself. Those asked for are the answer of [`Preview::take`].
    Taken(Taken),
    /// A page that lies still could not be taken by itself, and why. It is tried again while it lies,
    /// three times in all.
    Missed(ScanFault),
    /// The camera gives nothing now, and why. Said once; pictures go on when it is back.
    Fault(ScanFault),
}

/// What the camera sees.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// A small JPEG, upright.
    pub jpeg: Vec<u8>,
    /// Its width, pixels.
    pub width: u32,
    /// Its height, pixels.
    pub height: u32,
    /// The sheets, the best first, in its pixels.
    pub quads: Vec<Quad>,
    /// What would spoil a page taken now.
    pub hints: Vec<Hint>,
    /// Pictures a second, over the last ones.
    pub fps: f32,
    /// How still the page lies. Told with automatic taking off too.
    pub still: Stillness,
    /// The frame's number.
    pub seq: u64,
}

/// A page from a camera.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// The still as the camera made it. A rotation is marked in it (Exif), its pixels stay.
    pub page: Page,
    /// The sheets in it, the best first, in its pixels when it is upright, which is how
    /// [`make`](super::page::make()) reads it.
    pub quads: Vec<Quad>,
    /// The quads are those of the preview a moment before: in the still none was found.
    pub remembered: bool,
    /// Width of the page, upright, pixels.
    pub width: u32,
    /// Height of the page, upright, pixels.
    pub height: u32,
}

/// A running preview; dropping it stops it and frees the camera.
pub struct Preview {
    shared: Arc<worker::Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl Preview {
    /// Starts looking. `tell` is called on a thread of its own, for one thing at a time.
    pub fn start(
        live: Box<dyn Live>,
        options: Options,
        tell: impl FnMut(Told) + Send + 'static,
    ) -> Preview {
        let shared = Arc::new(worker::Shared::new(options.automatic));
        let (for_camera, for_telling) = (Arc::clone(&shared), Arc::clone(&shared));
        let camera = std::thread::spawn(move || worker::look(&for_camera, live, &options));
        let telling = std::thread::spawn(move || worker::tell(&for_telling, tell));
        Preview {
            shared,
            threads: vec![camera, telling],
        }
    }

    /// Takes a page now, the best the camera has; waits for it at most `limit`.
    ///
    /// # Errors
    /// [`ScanFault::Busy`] while another take is under way, [`ScanFault::Hung`] past the limit, or
    /// what the camera says.
    pub fn take(&self, limit: Duration) -> Result<Taken, ScanFault> {
        let (answer, answers) = sync_channel(1);
        let deadline = Instant::now() + limit;
        if !self.shared.ask(worker::Request { answer, deadline }) {
            return Err(ScanFault::Busy);
        }
        // A little longer than the camera has: its own word is the better one.
        let grace = Duration::from_millis(500);
        match answers.recv_timeout(limit + grace) {
            Ok(result) => result,
            Err(RecvTimeoutError::Timeout) => Err(ScanFault::Hung),
            Err(RecvTimeoutError::Disconnected) => Err(ScanFault::Cancelled),
        }
    }

    /// Stops looking; whoever waits for a page is told [`ScanFault::Cancelled`].
    pub fn stop(&self) {
        self.shared.stop();
    }

    /// Switches automatic taking on or off. On, what could not be taken is tried again.
    pub fn set_automatic(&self, on: bool) {
        self.shared.set_automatic(on);
    }
}

impl Drop for Preview {
    fn drop(&mut self) {
        self.shared.stop();
        for thread in self.threads.drain(..) {
            // Called by `tell` itself, the telling thread cannot wait for its own end.
            if thread.thread().id() != std::thread::current().id() {
                let _ = thread.join();
            }
        }
    }
}

#[cfg(test)]
#[path = "preview/tests.rs"]
mod tests;
