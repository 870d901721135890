//! A snapshot takes the place of the facts it was folded from: nothing in the store differs then, ours
//! included, and nothing of it counts before it is whole.

use domain::snapshot::{File, Folded, Header, Offer, write::CHUNK_BYTES};
use domain::{Change, Division, Fact, Id};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::city::{City, read};
use super::*;
use crate::store::{Store, person_key, snapshot_part, unread_fact};

/// Rows of a chunk: small, so that a file has many.
pub(super) const SMALL: usize = 900;

pub(super) fn folded(city: &City, until: usize) -> Folded {
    let mut folded = Folded::new(&Division(COMMUNITY.into()));
    for fact in &city.feed[..until] {
        folded.fold(fact).unwrap();
    }
    folded
}

pub(super) fn header(file: &File) -> (&[u8], Header) {
    let head = &file.bytes[..file.offer.header_bytes as usize];
    (head, Header::read(head, &file.offer).unwrap())
}

/// Everything that comes of facts, and what is ours.
fn everything(store: &Store) -> String {
    let whole = store.whole().unwrap();
    let ids: Vec<Id> = whole
        .people
        .iter()
        .filter_map(|kept| Some(kept.shown()?.id))
        .collect();
    let rest = store.read(|c| {
        let keys = person_key::find_beginning(c, "", usize::MAX >> 1)?;
        let unread: Vec<_> = ids
            .iter()
            .map(|id| unread_fact::about(c, *id))
            .collect::<Result<_, _>>()?;
        Ok(format!("{keys:#?}\n{unread:#?}"))
    });
    format!("{whole:#?}\n{}", rest.unwrap())
}

/// Brings the chunks that are not there, as the core would; at most so many.
pub(super) fn bring(store: &Store, file: &File, most: usize) {
    let (head, header) = header(file);
    let staged = store.read(snapshot_part::staged).unwrap();
    if staged.is_none_or(|staged| staged.offer != file.offer) {
        store.stage_snapshot(&file.offer, head).unwrap();
    }
    for _ in 0..most {
        let staged = store.read(snapshot_part::staged).unwrap().unwrap();
        let Some(stretch) = header.next(&file.offer, staged.chunks) else {
            return;
        };
        let from = stretch.offset as usize;
        let bytes = &file.bytes[from..from + stretch.len as usize];
        let taken = header.take(staged.chunks, bytes).unwrap();
        let chunks: Vec<_> = taken.into_iter().map(<[u8]>::to_vec).collect();
        store.stage_chunks(staged.chunks, &chunks).unwrap();
    }
}

/// Work at a counter and in the city, with facts delivered now and then.
fn work(desk: &Desk, other: &Desk, city: &mut City, rng: &mut StdRng) {
    let who = identity("王示范", rng.gen_range(1..6));
    match rng.gen_range(0..9) {
        0..=2 => drop(register(desk, &who)),
        3 => drop(
            desk.submit(hardship_draft(desk, &who).draft, now())
                .unwrap(),
        ),
        4 => {
            register(other, &who);
            let entries = other.store.outbox_page(2_000, 1 << 20).unwrap();
            city.decide(&read(entries.last().unwrap()));
        }
        5 => city.take(&desk.store, rng.gen_range(1..3)),
        6 => city.store_pages(),
        7 if !city.state.people.items.is_empty() => {
            let person = city.state.people.items[0].id;
            let newer = r#""index":0,"change":{"kind":"later"}"#;
            city.publish(&format!(
                r#"{{"entity":"{person}","cause":"{person}",{newer}}}"#
            ));
        }
        _ => {
            let at = desk.store.feed_at().unwrap().seq as usize;
            let until = rng.gen_range(at..=city.feed.len());
            desk.store.apply_facts(&city.feed[at..until]).unwrap();
        }
    }
}

/// Where a transaction of the centre may have ended: behind the outcome of a command.
fn ends(city: &City, after: usize) -> Vec<usize> {
    let ends = (after + 1..=city.feed.len()).filter(|until| {
        let fact: Fact = serde_json::from_str(&city.feed[until - 1].body).unwrap();
        matches!(fact.change, Change::Decided { .. } | Change::Unknown(_))
    });
    ends.collect()
}

fn copy_of(folder: &Path) -> TempDir {
    fn copy(from: &Path, to: &Path) {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap().flatten() {
            let (from, to) = (entry.path(), to.join(entry.file_name()));
            match from.is_dir() {
                true => copy(&from, &to),
                false => drop(std::fs::copy(&from, &to).unwrap()),
            }
        }
    }
    let copied = tempfile::tempdir().unwrap();
    copy(folder, copied.path());
    places_in(copied.path()).save(copied.path()).unwrap();
    copied
}

#[test]
fn a_snapshot_leaves_nothing_that_the_facts_would_not_leave() {
    let mut compared = 0;
    for seed in 0..8 {
        let mut rng = StdRng::seed_from_u64(seed);
        let (folder, other_folder) = (founded(), founded());
        let other = open(other_folder.path());
        let mut city = City::new();
        for _ in 0..4 {
            let desk = open(folder.path());
            for _ in 0..10 {
                work(&desk, &other, &mut city, &mut rng);
            }
            let at = desk.store.feed_at().unwrap().seq as usize;
            drop(desk);
            let ends = ends(&city, at);
            if ends.is_empty() {
                continue;
            }
            let until = ends[rng.gen_range(0..ends.len())];
            let file = folded(&city, until).write(SMALL).unwrap();
            let copied = copy_of(folder.path());
            let (pulled, loaded) = (open(folder.path()), open(copied.path()));
            let before = everything(&loaded.store);
            bring(&loaded.store, &file, rng.gen_range(0..4));
            assert_eq!(
                everything(&loaded.store),
                before,
                "nothing of it counts yet"
            );
            drop(loaded);
            // The program is started anew in between.
            let loaded = open(copied.path());
            bring(&loaded.store, &file, usize::MAX);
            assert_eq!(
                everything(&loaded.store),
                before,
                "nothing of it counts yet"
            );
            loaded.store.load_snapshot().unwrap();
            pulled.store.apply_facts(&city.feed[at..until]).unwrap();
            assert_eq!(everything(&loaded.store), everything(&pulled.store));
            for desk in [&loaded, &pulled] {
                desk.store.apply_facts(&city.feed[until..]).unwrap();
            }
            assert_eq!(everything(&loaded.store), everything(&pulled.store));
            assert_eq!(loaded.store.read(snapshot_part::staged).unwrap(), None);
            compared += 1;
        }
    }
    assert!(compared > 20, "{compared} were compared");
}

#[test]
fn a_feed_that_is_begun_again_has_the_answers_to_its_own_commands_from_the_snapshot() {
    let folder = founded();
    let desk = open(folder.path());
    let mut city = City::new();
    register(&desk, &identity("王示范", 1));
    register(&desk, &identity("王示范", 1));
    register(&desk, &identity("李样本", 1));
    city.meet(&desk);
    let answered = everything(&desk.store);
    register(&desk, &identity("王示范", 2));
    let with_pending = everything(&desk.store);
    let file = folded(&city, city.feed.len()).write(CHUNK_BYTES).unwrap();
    desk.store.begin_feed_again().unwrap();
    assert_ne!(everything(&desk.store), with_pending);
    bring(&desk.store, &file, usize::MAX);
    desk.store.load_snapshot().unwrap();
    assert_eq!(everything(&desk.store), with_pending);
    let said = ["Accepted", "Rejected", "Held"];
    for outcome in said {
        assert!(answered.contains(outcome), "{outcome} is among the answers");
    }
}

#[test]
fn what_is_no_snapshot_of_this_feed_changes_nothing_and_is_not_asked_for_again() {
    let folder = founded();
    let desk = open(folder.path());
    let mut city = City::new();
    register(&desk, &identity("王示范", 1));
    city.meet(&desk);
    register(&desk, &identity("王示范", 2));
    city.take(&desk.store, 2);
    let before = everything(&desk.store);
    let refused = || desk.store.read(snapshot_part::refused).unwrap();
    let good = folded(&city, city.feed.len()).write(SMALL).unwrap();

    let mut elsewhere = Folded::new(&Division("320303001001".into()));
    city.feed
        .iter()
        .for_each(|fact| elsewhere.fold(fact).unwrap());
    let elsewhere = elsewhere.write(SMALL).unwrap();
    let (head, _) = header(&elsewhere);
    desk.store.stage_snapshot(&elsewhere.offer, head).unwrap();
    assert_eq!(refused(), Some(elsewhere.offer.sha256));
    assert_eq!(desk.store.read(snapshot_part::staged).unwrap(), None);

    let (_, true_header) = header(&good);
    let texts: Vec<Vec<u8>> = opened(&good);
    let fewer = forged(&good, &texts[1..]);
    bring(&desk.store, &fewer, usize::MAX);
    desk.store.load_snapshot().unwrap();
    assert_eq!(
        refused(),
        Some(fewer.offer.sha256),
        "fewer rows than it says"
    );

    let mut another = good.clone();
    another.offer.sha256 = "11".repeat(32);
    bring(&desk.store, &another, usize::MAX);
    desk.store.load_snapshot().unwrap();
    assert_eq!(
        refused(),
        Some("11".repeat(32)),
        "another file than was offered"
    );
    assert_eq!(everything(&desk.store), before);

    // One that is behind what is folded is let go of, and was none the less a good one.
    let old = folded(&city, 1).write(SMALL).unwrap();
    bring(&desk.store, &old, usize::MAX);
    desk.store.load_snapshot().unwrap();
    assert_eq!(everything(&desk.store), before);
    bring(&desk.store, &good, usize::MAX);
    desk.store.load_snapshot().unwrap();
    assert_eq!(desk.store.feed_at().unwrap().sum, true_header.sum);
}

pub(super) fn opened(file: &File) -> Vec<Vec<u8>> {
    let (_, header) = header(file);
    let mut from = file.offer.header_bytes as usize;
    let open = header.chunks.iter().map(|chunk| {
        let bytes = &file.bytes[from..from + chunk.size_bytes as usize];
        from += bytes.len();
        chunk.open(bytes).unwrap().into_bytes()
    });
    open.collect()
}

/// A file whose hashes are right, with these chunks under the header of another one.
pub(super) fn forged(file: &File, texts: &[Vec<u8>]) -> File {
    let (head, mut header) = header(file);
    header.chunks.clear();
    let mut packed = Vec::new();
    for text in texts {
        let bytes = zstd::bulk::compress(text, 1).unwrap();
        header.chunks.push(domain::snapshot::Chunk {
            size_bytes: bytes.len() as u64,
            plain_bytes: text.len() as u64,
            sha256: domain::sync::sha256_hex(&bytes),
        });
        packed.extend(bytes);
    }
    let json = serde_json::to_vec(&header).unwrap();
    let mut bytes = head[..8].to_vec();
    bytes.extend((json.len() as u32).to_be_bytes());
    bytes.extend(json);
    let header_bytes = bytes.len() as u64;
    bytes.extend(packed);
    let offer = Offer {
        sha256: domain::sync::sha256_hex(&bytes),
        size_bytes: bytes.len() as u64,
        header_bytes,
        ..file.offer.clone()
    };
    File { offer, bytes }
}
