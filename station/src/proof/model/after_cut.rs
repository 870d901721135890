//! How a disk looks after the power went: of what was not synced anything may be there, sector by
//! sector, in any order; a sector that was being written may hold noise where it was written.

use std::collections::BTreeMap;
use std::ops::Range;

use rand::rngs::StdRng;
use rand::{Rng, RngCore, SeedableRng};

use super::node::{Node, Pending};
use super::state::{Named, Rename, State};

/// How one cut treats what was not synced.
#[derive(Clone, Copy, Debug)]
struct Cut {
    /// Bytes that are written whole or not at all.
    sector: usize,
    /// Of a hundred sectors, how many are as the program wrote them last.
    newest_percent: u32,
    /// Of a hundred renames, creations and removals, how many are there.
    names_percent: u32,
    /// Names are lost from the end only, as a journalling file system does it.
    names_in_order: bool,
    /// One in so many sectors that were being written holds noise.
    noise_in: u32,
}

impl Cut {
    fn draw(chance: &mut StdRng) -> Cut {
        const PERCENT: [u32; 6] = [0, 15, 50, 85, 100, 100];
        Cut {
            sector: [512, 4096][chance.gen_range(0..2)],
            newest_percent: PERCENT[chance.gen_range(0..PERCENT.len())],
            names_percent: PERCENT[chance.gen_range(0..PERCENT.len())],
            names_in_order: chance.gen_bool(0.5),
            noise_in: [2, 16, u32::MAX][chance.gen_range(0..3)],
        }
    }
}

/// The disk after a cut right now; the seed and the operation say what is left of what was not
/// synced.
pub(super) fn state(before: &State) -> State {
    let seed = before.seed ^ before.operations.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut chance = StdRng::seed_from_u64(seed);
    let cut = Cut::draw(&mut chance);
    let names = names(before, &cut, &mut chance);
    let nodes = before.nodes.iter();
    let nodes = nodes.map(|node| Node::durable(contents(node, &cut, &mut chance)));
    State {
        nodes: nodes.collect(),
        durable: names.clone(),
        names,
        ..State::default()
    }
}

fn names(before: &State, cut: &Cut, chance: &mut StdRng) -> BTreeMap<std::path::PathBuf, Named> {
    let mut names = before.durable.clone();
    let percent = |chance: &mut StdRng| chance.gen_range(0..100) < cut.names_percent;
    let kept: Vec<&Rename> = match cut.names_in_order {
        true => before
            .renames
            .iter()
            .take_while(|_| percent(chance))
            .collect(),
        false => before.renames.iter().filter(|_| percent(chance)).collect(),
    };
    kept.iter().for_each(|rename| rename.apply(&mut names));
    // A name in a folder that is not there cannot be reached.
    let reached = |path: &std::path::Path| {
        let mut above = path.ancestors().skip(1);
        above.all(|folder| {
            folder.as_os_str().is_empty() || names.get(folder) == Some(&Named::Folder)
        })
    };
    let lost: Vec<_> = names
        .keys()
        .filter(|path| !reached(path))
        .cloned()
        .collect();
    for path in lost {
        names.remove(&path);
    }
    names
}

/// One state that a sector was in since it was last durable.
struct Version {
    bytes: Vec<u8>,
    /// What a write changed in it.
    written: Range<usize>,
}

fn contents(node: &Node, cut: &Cut, chance: &mut StdRng) -> Vec<u8> {
    if node.pending().is_empty() {
        return node.kept().to_vec();
    }
    let mut now = node.kept().to_vec();
    let mut lengths = vec![now.len()];
    let mut sectors: BTreeMap<usize, Vec<Version>> = BTreeMap::new();
    for pending in node.pending() {
        let touched = match pending {
            Pending::Bytes(at, bytes) => {
                super::node::put(&mut now, *at, bytes);
                *at..*at + bytes.len()
            }
            Pending::Len(len) => {
                let shorter = now.len().min(*len);
                now.resize(*len, 0);
                shorter..*len
            }
        };
        lengths.push(now.len());
        if touched.is_empty() {
            continue;
        }
        for sector in touched.start / cut.sector..=(touched.end - 1) / cut.sector {
            let from = sector * cut.sector;
            let inside = touched.start.max(from) - from..touched.end.min(from + cut.sector) - from;
            sectors.entry(sector).or_default().push(Version {
                bytes: sector_of(&now, from, cut.sector),
                written: inside,
            });
        }
    }
    let newest = |chance: &mut StdRng| chance.gen_range(0..100) < cut.newest_percent;
    let mut left = node.kept().to_vec();
    left.resize(lengths.iter().copied().max().unwrap_or(0), 0);
    for (sector, versions) in sectors {
        let from = sector * cut.sector;
        let picked = match newest(chance) {
            true => Some(versions.len() - 1),
            // Zero is how it was before.
            false => chance.gen_range(0..=versions.len()).checked_sub(1),
        };
        let base = sector_of(node.kept(), from, cut.sector);
        let mut bytes = picked.map_or(base, |at| versions[at].bytes.clone());
        let next = picked.map_or(0, |at| at + 1);
        if let Some(torn) = versions.get(next)
            && chance.gen_range(0..cut.noise_in) == 0
        {
            chance.fill_bytes(&mut bytes[torn.written.clone()]);
        }
        let end = left.len().min(from + cut.sector);
        if from < end {
            left[from..end].copy_from_slice(&bytes[..end - from]);
        }
    }
    let length = match newest(chance) {
        true => lengths[lengths.len() - 1],
        false => lengths[chance.gen_range(0..lengths.len())],
    };
    left.truncate(length);
    left
}

fn sector_of(bytes: &[u8], from: usize, len: usize) -> Vec<u8> {
    let mut sector = vec![0; len];
    let there = bytes.get(from..bytes.len().min(from + len)).unwrap_or(&[]);
    sector[..there.len()].copy_from_slice(there);
    sector
}
