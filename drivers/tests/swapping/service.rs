//! What the service itself says of a reader, asked beside the monitor.

use pcsc::{Context, ReaderState, Scope, State};
use std::ffi::CString;
use std::sync::Mutex;
use std::time::Duration;

pub struct Service(Mutex<Context>);

pub struct Reader<'a> {
    service: &'a Service,
    name: CString,
}

impl Service {
    pub fn new() -> Self {
        Self(Mutex::new(Context::establish(Scope::User).unwrap()))
    }

    /// The reader whose name begins like this.
    pub fn reader(&self, name: &str) -> Reader<'_> {
        let list = self.0.lock().unwrap().list_readers_owned().unwrap();
        let of_this = |own: &CString| own.to_str().unwrap().starts_with(name);
        let name = list.into_iter().find(of_this).unwrap();
        Reader {
            service: self,
            name,
        }
    }
}

impl Reader<'_> {
    pub fn is_empty(&self) -> bool {
        let mut states = [ReaderState::new(self.name.clone(), State::UNAWARE)];
        let context = self.service.0.lock().unwrap();
        context
            .get_status_change(Duration::from_secs(1), &mut states)
            .unwrap();
        states[0].event_state().contains(State::EMPTY)
    }
}
