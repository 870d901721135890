//! R13 for snapshots: bytes that are none, and rows that nobody wrote under right hashes, are refused with
//! nothing changed, in bounded memory.

use domain::Division;
use domain::snapshot::{File, Folded, Header, Offer};

use super::city::City;
use super::count::{self, Row};
use super::hostile::{self, Chance, mutate};
use super::snapshots::{SMALL, bring, folded, forged, opened};
use super::*;

fn sample() -> (Desk, TempDir, File) {
    let folder = founded();
    let desk = open(folder.path());
    let mut city = City::new();
    (1..4).for_each(|order| drop(register(&desk, &identity("王示范", order))));
    city.take(&desk.store, 9);
    let file = folded(&city, city.feed.len()).write(SMALL).unwrap();
    (desk, folder, file)
}

/// Rows nobody wrote, under right hashes: as a centre that has gone wrong would send them.
#[test]
fn hostile_rows_of_a_snapshot_are_refused_and_leave_the_store_whole() {
    let Some(row) = Row::begin("R13", "hostile rows of a snapshot under right hashes") else {
        return;
    };
    let (desk, _folder, file) = sample();
    let texts = opened(&file);
    let inputs = count::of(120, 10_000);
    for seed in 0..inputs {
        let mut chance = Chance::new(seed);
        let mut texts = texts.clone();
        let at = chance.below(texts.len());
        texts[at] = match seed % 2 {
            0 => mutate(&mut chance, &texts[at]),
            _ => made_up(&mut chance),
        };
        texts.retain(|text| !text.is_empty());
        let hostile = forged(&file, &texts);
        let before = desk.store.feed_at().unwrap();
        bring(&desk.store, &hostile, usize::MAX);
        desk.store
            .load_snapshot()
            .unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        if desk.store.feed_at().unwrap() != before {
            desk.store.begin_feed_again().unwrap();
        }
    }
    row.end(inputs, inputs, &[]);
    assert!(desk.store.looks_whole().is_ok());
}

fn made_up(chance: &mut Chance) -> Vec<u8> {
    const PIECES: [&str; 14] = [
        "p ",
        "c ",
        "u ",
        "a ",
        "1 ",
        "18446744073709551616 ",
        "-1 ",
        "\n",
        "{}",
        "null",
        "{\"id\":\"018f3e1c-0000-7000-8000-000000000001\"}",
        "\u{0}",
        "[[[[",
        "\"",
    ];
    let mut text = String::new();
    for _ in 0..chance.below(40) {
        text.push_str(chance.of::<&str>(&PIECES));
    }
    text.into_bytes()
}

/// Bytes that are no snapshot, or a damaged one.
#[test]
fn a_hostile_snapshot_file_is_refused_in_bounded_memory() {
    let (_desk, _folder, file) = sample();
    let Some(row) = Row::begin("R13", "hostile snapshot files") else {
        return;
    };
    let inputs = count::of(200, 10_000);
    let prelude = file.bytes[..8].to_vec();
    let make = |chance: &mut Chance| {
        let mut bytes = prelude.clone();
        let length = [0, 12, 90, 1 << 19, u32::MAX][chance.below(5)];
        bytes.extend(length.to_be_bytes());
        let header = &file.bytes[12..file.offer.header_bytes as usize];
        bytes.extend(mutate(chance, header));
        bytes
    };
    hostile::times(
        inputs,
        std::slice::from_ref(&file.bytes),
        make,
        48 << 20,
        |bytes| {
            let offer = Offer {
                header_bytes: bytes.len() as u64,
                ..file.offer.clone()
            };
            if let Ok(header) = Header::read(bytes, &offer) {
                let mut done = 0;
                while let Some(stretch) = header.next(&offer, done) {
                    assert!(stretch.len <= domain::snapshot::PART_LIMIT_BYTES);
                    done += 1;
                }
            }
            let sha256 = domain::sync::sha256_hex(bytes);
            let feed = Division(COMMUNITY.into());
            let _ = Folded::of_file(&feed, bytes, &sha256);
        },
    );
    row.end(2 * inputs, 2 * inputs, &[]);
}
