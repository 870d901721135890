//! A model of a disk in memory, mounted under a path of its own: the product's file access and
//! SQLite's ([`vfs`]) both go to it. It forgets, tears and reorders what was not synced when the
//! power goes ([`after_cut`]), fills up, turns bits, gives sectors back no more and fails to sync.
//!
//! What it models: contents and names are durable apart from each other; a sync of a file makes its
//! contents durable and not its name, a sync of a folder the names in it. What it does not: a disk
//! that lies about flushing, and one that damages bytes nobody was writing (SQLite assumes "powersafe
//! overwrite" too).

mod after_cut;
mod locks;
mod mounts;
mod node;
mod state;
mod vfs;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

pub(crate) use mounts::Mount;
pub(crate) use state::{Faults, Image, Named};

use locks::Locks;
use node::Node;
use state::{Rename, State};

/// A file of this size that is removed ends the lack of room.
const ROOMY_BYTES: usize = 64 << 10;
/// What a system says of a sector that does not come back, and of a sync that failed.
const EIO: i32 = 5;

/// See the module. Paths on it are relative to where it is mounted.
pub(crate) struct ModelDisk {
    state: Mutex<State>,
    locks: Locks,
    images: Mutex<Vec<Image>>,
}

impl ModelDisk {
    /// An empty one.
    pub(crate) fn new() -> ModelDisk {
        ModelDisk::with(State::default())
    }

    fn with(state: State) -> ModelDisk {
        ModelDisk {
            state: Mutex::new(state),
            locks: Locks::default(),
            images: Mutex::default(),
        }
    }

    /// Another disk with the same contents, all of it durable, counting from nothing.
    pub(crate) fn copy(&self) -> ModelDisk {
        let mut state = self.state().clone();
        state.nodes.iter_mut().for_each(Node::sync);
        state.durable = state.names.clone();
        state.renames.clear();
        ModelDisk::with(State {
            nodes: state.nodes,
            names: state.names,
            durable: state.durable,
            ..State::default()
        })
    }

    /// What goes wrong from now on; operations are counted from here.
    pub(crate) fn set_faults(&self, faults: Faults, seed: u64) {
        let mut state = self.state();
        (state.operations, state.writes, state.refused) = (0, 0, 0);
        state.syncs = 0;
        state.faults = faults;
        state.seed = seed;
    }

    /// Operations since the faults were set.
    pub(crate) fn operations(&self) -> u64 {
        self.state().operations
    }

    /// Writes since the faults were set.
    pub(crate) fn writes(&self) -> u64 {
        self.state().writes
    }

    /// Syncs since the faults were set.
    pub(crate) fn syncs(&self) -> u64 {
        self.state().syncs
    }

    /// Writes that were refused for lack of room.
    pub(crate) fn refused(&self) -> u64 {
        self.state().refused
    }

    /// From now on it holds no more than it does, and what goes from it.
    pub(crate) fn fill(&self) {
        let mut state = self.state();
        state.faults.capacity_bytes = Some(state.used_bytes());
    }

    /// Room that is left, where there is an end to it.
    pub(crate) fn free_bytes(&self) -> Option<u64> {
        let state = self.state();
        let most = state.faults.capacity_bytes?;
        Some(most.saturating_sub(state.used_bytes()) as u64)
    }

    /// There is room again.
    pub(crate) fn make_room(&self) {
        self.state().faults.full_from = None;
    }

    /// The program has told somebody that something is saved.
    pub(crate) fn promise(&self) {
        self.state().promised += 1;
    }

    /// The images of the cuts so far.
    pub(crate) fn take_images(&self) -> Vec<Image> {
        std::mem::take(&mut *self.images.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts an operation; takes an image when the power goes now. Whatever changes is applied
    /// before, since a cut in its middle leaves a part of it; a sync is not.
    fn count(&self, state: &mut State, doing: impl FnOnce() -> String) {
        state.operations += 1;
        if !state.faults.cuts.contains(&state.operations) {
            return;
        }
        let image = Image {
            disk: ModelDisk::with(after_cut::state(state)),
            at: state.operations,
            promised: state.promised,
            doing: doing(),
        };
        self.images
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(image);
    }

    /// Room for a write, or for so many more bytes.
    fn room(&self, state: &mut State, more: usize) -> io::Result<()> {
        state.writes += 1;
        let capacity = state.faults.capacity_bytes;
        if more > 0 && capacity.is_some_and(|most| state.used_bytes() + more > most) {
            state.refused += 1;
            return Err(io::ErrorKind::StorageFull.into());
        }
        let (writes, faults) = (state.writes, &state.faults);
        let full = faults
            .full_from
            .is_some_and(|from| writes >= from && writes - from < faults.full_for);
        if full {
            state.refused += 1;
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    /// What a sync that fails was to make durable stays as it was: a cut may take it.
    fn may_sync(&self, state: &mut State) -> io::Result<()> {
        state.syncs += 1;
        match state.faults.failing_sync == Some(state.syncs) {
            true => Err(io::Error::from_raw_os_error(EIO)),
            false => Ok(()),
        }
    }

    /// Whether a sync that was begun is done before what happens beside it.
    fn syncs_at_once(&self) -> bool {
        let state = self.state();
        (state.seed ^ state.operations) & 1 == 0
    }

    /// What lies under a path.
    pub(crate) fn find(&self, path: &Path) -> Option<Named> {
        if path.as_os_str().is_empty() {
            return Some(Named::Folder);
        }
        self.state().names.get(path).copied()
    }

    /// A file's length in bytes.
    pub(crate) fn len(&self, file: usize) -> u64 {
        self.state().nodes[file].now().len() as u64
    }

    /// A file's bytes from `at`, as many as are there.
    pub(crate) fn read(&self, file: usize, at: u64, len: usize) -> io::Result<Vec<u8>> {
        let state = self.state();
        let bytes = state.nodes[file].now();
        let from = bytes.len().min(at as usize);
        let to = bytes.len().min(from.saturating_add(len));
        if let Some((end, bad)) = &state.faults.unreadable
            && from < bad.end
            && bad.start < to
            && state.is_named(file, |path| path.ends_with(end))
        {
            return Err(io::Error::from_raw_os_error(EIO));
        }
        Ok(bytes[from..to].to_vec())
    }

    /// Makes a file; fails when the name is taken or its folder is not there.
    pub(crate) fn create(&self, path: &Path) -> io::Result<usize> {
        let mut state = self.state();
        self.parent_is_there(&state, path)?;
        if state.names.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.works(&state, path)?;
        self.room(&mut state, 0)?;
        let file = state.nodes.len();
        state.nodes.push(Node::default());
        self.rename_now(&mut state, None, Some((path.to_owned(), Named::File(file))));
        self.count(&mut state, || format!("create {}", path.display()));
        Ok(file)
    }

    /// Makes one folder.
    pub(crate) fn create_folder(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        self.parent_is_there(&state, path)?;
        if state.names.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.room(&mut state, 0)?;
        self.rename_now(&mut state, None, Some((path.to_owned(), Named::Folder)));
        self.count(&mut state, || format!("create folder {}", path.display()));
        Ok(())
    }

    /// Writes into a file.
    pub(crate) fn write(&self, file: usize, at: u64, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        let failing = state.faults.failing;
        if failing.is_some_and(|part| state.is_named(file, |path| path.contains(part))) {
            return Err(io::Error::from_raw_os_error(EIO));
        }
        let end = at as usize + bytes.len();
        let more = end.saturating_sub(state.nodes[file].now().len());
        self.room(&mut state, more)?;
        state.nodes[file].write(at as usize, bytes);
        self.count(&mut state, || format!("write {file}+{at}"));
        Ok(())
    }

    /// Cuts a file, or lengthens it with zeros.
    pub(crate) fn set_len(&self, file: usize, len: u64) -> io::Result<()> {
        let mut state = self.state();
        let more = (len as usize).saturating_sub(state.nodes[file].now().len());
        if more > 0 {
            self.room(&mut state, more)?;
        }
        state.nodes[file].set_len(len as usize);
        self.count(&mut state, || format!("cut {file} to {len}"));
        Ok(())
    }

    /// Makes a file's contents durable.
    pub(crate) fn sync(&self, file: usize) -> io::Result<()> {
        let mut state = self.state();
        self.count(&mut state, || format!("sync {file}"));
        self.may_sync(&mut state)?;
        let deaf = state.faults.deaf_files;
        let deaf = deaf.is_some_and(|end| state.is_named(file, |path| path.contains(end)));
        if !deaf {
            state.nodes[file].sync();
        }
        Ok(())
    }

    /// Makes the names in a folder durable.
    pub(crate) fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        let mut state = self.state();
        self.count(&mut state, || format!("sync folder {}", folder.display()));
        self.may_sync(&mut state)?;
        if state.faults.deaf_folders {
            return Ok(());
        }
        let State {
            renames, durable, ..
        } = &mut *state;
        renames.retain(|rename| {
            let done = rename.is_in(folder);
            if done {
                rename.apply(durable);
            }
            !done
        });
        Ok(())
    }

    /// Gives a file another name, over what has it.
    pub(crate) fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        let entry = state.names.get(from).copied();
        let entry = entry.ok_or(io::ErrorKind::NotFound)?;
        self.parent_is_there(&state, to)?;
        self.works(&state, to)?;
        if entry == Named::Folder {
            state.renames.iter_mut().for_each(|r| r.follow(from, to));
        }
        let come = Some((to.to_owned(), entry));
        self.rename_now(&mut state, Some(from.to_owned()), come);
        self.count(&mut state, || {
            format!("rename {} to {}", from.display(), to.display())
        });
        Ok(())
    }

    /// Takes a name away.
    pub(crate) fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        let entry = state.names.get(path).copied();
        let entry = entry.ok_or(io::ErrorKind::NotFound)?;
        // A large file that goes leaves room: that is what ballast is for.
        if let Named::File(file) = entry
            && state.nodes[file].now().len() >= ROOMY_BYTES
            && state
                .faults
                .full_from
                .is_some_and(|from| state.writes >= from)
        {
            state.faults.full_from = None;
        }
        self.rename_now(&mut state, Some(path.to_owned()), None);
        self.count(&mut state, || format!("remove {}", path.display()));
        Ok(())
    }

    /// Every name directly in a folder.
    pub(crate) fn list(&self, folder: &Path) -> Vec<(PathBuf, Named)> {
        let state = self.state();
        let inside = state.names.iter();
        inside
            .filter(|(path, _)| path.parent() == Some(folder))
            .map(|(path, entry)| (path.clone(), *entry))
            .collect()
    }

    /// Every file with its bytes, by its name.
    pub(crate) fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let state = self.state();
        let named = state.names.iter();
        named
            .filter_map(|(path, entry)| match entry {
                Named::File(file) => Some((path.clone(), state.nodes[*file].now().to_vec())),
                Named::Folder => None,
            })
            .collect()
    }

    /// Puts bytes under a name behind the program's back, durable at once.
    pub(crate) fn put(&self, path: &Path, bytes: Vec<u8>) {
        let mut state = self.state();
        let file = state.nodes.len();
        state.nodes.push(Node::durable(bytes));
        state.names.insert(path.to_owned(), Named::File(file));
        state.durable.insert(path.to_owned(), Named::File(file));
    }

    /// Takes a name away behind the program's back.
    pub(crate) fn lose(&self, path: &Path) {
        let mut state = self.state();
        state.names.remove(path);
        state.durable.remove(path);
    }

    fn works(&self, state: &State, path: &Path) -> io::Result<()> {
        let failing = state.faults.failing;
        match failing.is_some_and(|part| path.to_string_lossy().contains(part)) {
            true => Err(io::Error::from_raw_os_error(EIO)),
            false => Ok(()),
        }
    }

    fn parent_is_there(&self, state: &State, path: &Path) -> io::Result<()> {
        let parent = path.parent().unwrap_or(Path::new(""));
        let there =
            parent.as_os_str().is_empty() || state.names.get(parent) == Some(&Named::Folder);
        match there {
            true => Ok(()),
            false => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn rename_now(&self, state: &mut State, gone: Option<PathBuf>, come: Option<(PathBuf, Named)>) {
        let rename = Rename { gone, come };
        rename.apply(&mut state.names);
        state.renames.push(rename);
    }
}
