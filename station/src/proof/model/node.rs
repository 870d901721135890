//! One file of the model: what is durable, what the program sees, and what lies between.

use std::sync::Arc;

/// A change of contents that no sync has made durable yet.
#[derive(Clone, Debug)]
pub(crate) enum Pending {
    /// Bytes at a place.
    Bytes(usize, Vec<u8>),
    /// A new length.
    Len(usize),
}

/// A file without its name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Node {
    // Shared: a disk is copied at every cut.
    durable: Arc<Vec<u8>>,
    now: Arc<Vec<u8>>,
    pending: Vec<Pending>,
}

impl Node {
    /// One whose contents are durable.
    pub(crate) fn durable(bytes: Vec<u8>) -> Node {
        let bytes = Arc::new(bytes);
        Node {
            durable: bytes.clone(),
            now: bytes,
            pending: Vec::new(),
        }
    }

    /// What the program sees.
    pub(crate) fn now(&self) -> &[u8] {
        &self.now
    }

    /// What every cut leaves at least.
    pub(crate) fn kept(&self) -> &[u8] {
        &self.durable
    }

    /// What a cut may leave or not, oldest first.
    pub(crate) fn pending(&self) -> &[Pending] {
        &self.pending
    }

    pub(crate) fn write(&mut self, at: usize, bytes: &[u8]) {
        put(Arc::make_mut(&mut self.now), at, bytes);
        self.pending.push(Pending::Bytes(at, bytes.to_vec()));
    }

    pub(crate) fn set_len(&mut self, len: usize) {
        Arc::make_mut(&mut self.now).resize(len, 0);
        self.pending.push(Pending::Len(len));
    }

    pub(crate) fn sync(&mut self) {
        self.durable = self.now.clone();
        self.pending.clear();
    }
}

pub(super) fn put(into: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if into.len() < end {
        into.resize(end, 0);
    }
    into[at..end].copy_from_slice(bytes);
}
