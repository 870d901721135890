//! What a model holds, and what goes wrong with it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::ModelDisk;
use super::node::Node;

/// What a name in a folder stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// A file, by its place in the list of nodes.
    File(usize),
    /// A folder.
    Folder,
}

/// A change of names that no folder's sync has made durable yet. Each is whole or not there.
#[derive(Clone, Debug)]
pub(super) struct Rename {
    pub(super) gone: Option<PathBuf>,
    pub(super) come: Option<(PathBuf, Named)>,
}

impl Rename {
    pub(super) fn is_in(&self, folder: &Path) -> bool {
        let come = self.come.as_ref().map(|(path, _)| path);
        [self.gone.as_ref(), come]
            .into_iter()
            .flatten()
            .any(|path| path.parent() == Some(folder))
    }

    pub(super) fn apply(&self, names: &mut BTreeMap<PathBuf, Named>) {
        if let (Some(gone), Some((come, Named::Folder))) = (&self.gone, &self.come) {
            let inside = |path: &&PathBuf| path.starts_with(gone) && *path != gone;
            let moved: Vec<PathBuf> = names.keys().filter(inside).cloned().collect();
            for path in moved {
                if let Some(entry) = names.remove(&path) {
                    names.insert(under(&path, gone, come), entry);
                }
            }
        }
        if let Some(gone) = &self.gone {
            names.remove(gone);
        }
        if let Some((path, entry)) = &self.come {
            names.insert(path.clone(), *entry);
        }
    }

    /// A folder has another name: what is pending in it is found under that.
    pub(super) fn follow(&mut self, from: &Path, to: &Path) {
        let come = self.come.as_mut().map(|(path, _)| path);
        for path in [self.gone.as_mut(), come].into_iter().flatten() {
            if path.starts_with(from) && path != from {
                *path = under(path, from, to);
            }
        }
    }
}

fn under(path: &Path, from: &Path, to: &Path) -> PathBuf {
    to.join(path.strip_prefix(from).expect("it lies under it"))
}

/// What the disk is told to do wrong. Every operation is numbered from 1.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    /// The power goes at these operations; the program goes on and an image is kept of each.
    pub cuts: BTreeSet<u64>,
    /// Full from this write on, counted in writes.
    pub full_from: Option<u64>,
    /// Full for this many writes from then on.
    pub full_for: u64,
    /// How much the files may be in all.
    pub capacity_bytes: Option<usize>,
    /// Syncs of files that end so do nothing.
    pub deaf_files: Option<&'static str>,
    /// Syncs of folders do nothing.
    pub deaf_folders: bool,
    /// This sync fails, counted in syncs.
    pub failing_sync: Option<u64>,
    /// Nothing is written where the path has this in it: a stick that fails.
    pub failing: Option<&'static str>,
    /// These bytes of files whose path ends so are given back no more.
    pub unreadable: Option<(&'static str, Range<usize>)>,
}

/// The disk as the power left it.
pub(crate) struct Image {
    /// How it looks after the cut.
    pub disk: ModelDisk,
    /// At which operation it was.
    pub at: u64,
    /// How many promises had been given.
    pub promised: usize,
    /// What was done last, for the message.
    pub doing: String,
}

#[derive(Clone, Default)]
pub(super) struct State {
    pub(super) nodes: Vec<Node>,
    pub(super) names: BTreeMap<PathBuf, Named>,
    pub(super) durable: BTreeMap<PathBuf, Named>,
    pub(super) renames: Vec<Rename>,
    pub(super) operations: u64,
    pub(super) writes: u64,
    pub(super) syncs: u64,
    pub(super) refused: u64,
    pub(super) promised: usize,
    pub(super) faults: Faults,
    pub(super) seed: u64,
}

impl State {
    /// What all files are.
    pub(super) fn used_bytes(&self) -> usize {
        let size = |entry: &Named| match entry {
            Named::File(file) => self.nodes[*file].now().len(),
            Named::Folder => 0,
        };
        self.names.values().map(size).sum()
    }

    /// Whether a file has a name like that.
    pub(super) fn is_named(&self, file: usize, like: impl Fn(&str) -> bool) -> bool {
        self.names
            .iter()
            .any(|(path, entry)| *entry == Named::File(file) && like(&path.to_string_lossy()))
    }
}
