//! One catalogue, one file; and what is none.

use super::*;

fn pair(path: &str, text: &str) -> (String, String) {
    (path.to_owned(), text.to_owned())
}

fn files() -> Vec<(String, String)> {
    vec![
        pair("policy/notice.toml", "version = \"1\"\n"),
        pair("businesses/registration.toml", "name = \"registration\"\n"),
        pair("divisions/xuzhou.csv", "code,name\n3203,徐州市\n"),
        pair("codes/sex.toml", ""),
    ]
}

fn sample() -> Bundle {
    Bundle::of(files()).unwrap()
}

/// A file of these bytes, with its right address.
fn packed(plain: &[u8]) -> (Vec<u8>, String) {
    let zstd = zstd::bulk::compress(plain, LEVEL).unwrap();
    ([MAGIC.as_slice(), &zstd].concat(), sha256_hex(plain))
}

fn refused(plain: &[u8]) -> &'static str {
    let (file, sha256) = packed(plain);
    never(Bundle::read(&file, &sha256))
}

fn never(outcome: Result<Bundle, Unreadable>) -> &'static str {
    match outcome {
        Err(Never(why)) => why,
        other => panic!("{other:?}"),
    }
}

/// One packed file, with lengths of our own.
fn piece(path: &str, length: u32, text: &str) -> Vec<u8> {
    let path_length = (path.len() as u16).to_be_bytes();
    let length = length.to_be_bytes();
    let parts: [&[u8]; 4] = [&path_length, path.as_bytes(), &length, text.as_bytes()];
    parts.concat()
}

#[test]
fn the_same_files_in_any_order_are_the_same_bytes_under_the_same_address() {
    let mut turned = files();
    turned.reverse();
    let (one, other) = (sample(), Bundle::of(turned).unwrap());
    assert_eq!(one, other);
    assert_eq!(one.pack().unwrap(), other.pack().unwrap());
    let mut changed = files();
    changed[0].1.push('\n');
    assert_ne!(Bundle::of(changed).unwrap().sha256(), one.sha256());
}

#[test]
fn what_was_packed_is_read_again_however_well_it_was_packed() {
    let bundle = sample();
    assert_eq!(
        Bundle::read(&bundle.pack().unwrap(), bundle.sha256()).unwrap(),
        bundle
    );
    let better = zstd::bulk::compress(&plain(&bundle.files), 19).unwrap();
    let better = [MAGIC.as_slice(), &better].concat();
    assert_eq!(Bundle::read(&better, bundle.sha256()).unwrap(), bundle);
}

#[test]
fn files_are_found_by_path_and_by_folder() {
    let bundle = sample();
    assert_eq!(bundle.find("codes/sex.toml"), Some(""));
    assert_eq!(bundle.find("codes/sex"), None);
    let rules = bundle.within(&["businesses", "codes"]);
    let paths: Vec<_> = rules.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, ["businesses/registration.toml", "codes/sex.toml"]);
}

#[test]
fn a_catalogue_that_no_reader_would_take_is_not_made() {
    let of = |path: &str| never(Bundle::of(vec![pair(path, "")]));
    let strange = "a path that belongs to no catalogue";
    for path in [
        "",
        "notes.toml",
        "codes/",
        "codes/.toml",
        "codes/sex.csv",
        "codes/a/b.toml",
        "codes/../policy/a.toml",
        "../codes/a.toml",
        "/codes/a.toml",
        "codes\\a.toml",
        "keys/a.toml",
        "codes/a b.toml",
        "codes/ａ.toml",
    ] {
        assert_eq!(of(path), strange, "{path}");
    }
    let long = format!("codes/{}.toml", "a".repeat(NAME_LIMIT));
    assert_eq!(of(&long), strange);
    let twice = vec![pair("codes/a.toml", "1"), pair("codes/a.toml", "2")];
    assert!(Bundle::of(twice).is_err());
    let many = (0..=FILES).map(|n| pair(&format!("codes/{n}.toml"), ""));
    assert_eq!(never(Bundle::of(many.collect())), "too many files");
    let huge = "x".repeat(FILE_LIMIT_BYTES + 1);
    let huge = Bundle::of(vec![pair("codes/a.toml", &huge)]);
    assert_eq!(never(huge), "a file too long");
    let full = "x".repeat(FILE_LIMIT_BYTES);
    let all = (0..5).map(|n| pair(&format!("codes/{n}.toml"), &full));
    assert_eq!(never(Bundle::of(all.collect())), "too long");
}

#[test]
fn a_hostile_catalogue_that_is_cut_or_turned_anywhere_is_refused() {
    let bundle = sample();
    let (file, sha256) = (bundle.pack().unwrap(), bundle.sha256());
    for end in 0..file.len() {
        assert!(Bundle::read(&file[..end], sha256).is_err(), "cut at {end}");
    }
    for at in 0..file.len() {
        for bit in 0..8 {
            let mut turned = file.clone();
            turned[at] ^= 1 << bit;
            // A bit that no reader looks at may turn: what is read is the same then.
            if let Ok(read) = Bundle::read(&turned, sha256) {
                assert_eq!(read, bundle, "bit {bit} of byte {at}");
            }
        }
    }
}

#[test]
fn a_hostile_catalogue_under_its_right_address_is_refused() {
    let good = piece("codes/a.toml", 1, "1");
    let strange = "a path that belongs to no catalogue";
    let order = "a path twice, or out of order";
    let later = piece("codes/b.toml", 1, "1");
    // What is packed, and why it is none.
    let table: [(Vec<u8>, &str); 8] = [
        (piece("keys.json", 1, "1"), strange),
        (piece("../keys.toml", 1, "1"), strange),
        (piece("policy/../../keys.toml", 1, "1"), strange),
        ([good.clone(), good.clone()].concat(), order),
        ([later, good.clone()].concat(), order),
        (piece("codes/a.toml", u32::MAX, "1"), "cut"),
        (good[..1].to_vec(), "cut"),
        ([&[0, 3], [0xff; 3].as_slice()].concat(), "no text"),
    ];
    for (plain, why) in table {
        assert_eq!(refused(&plain), why, "{}", String::from_utf8_lossy(&plain));
    }
    let (file, sha256) = packed(&good);
    assert!(Bundle::read(&file, &sha256).is_ok());
    assert_eq!(
        Bundle::read(&file, &"0".repeat(64)),
        Err(Damaged("other bytes"))
    );
}

#[test]
fn a_hostile_catalogue_that_would_swell_is_left_at_its_limit() {
    let swollen = vec![0; PLAIN_LIMIT_BYTES + 1];
    let (file, sha256) = packed(&swollen);
    assert!(file.len() < 64 << 10, "{} bytes", file.len());
    assert_eq!(Bundle::read(&file, &sha256), Err(Damaged("too long")));
    let long = vec![0; LIMIT_BYTES + 1];
    assert_eq!(Bundle::read(&long, &sha256), Err(Damaged("too long")));
    let empty = piece("codes/a.toml", 0, "");
    assert_eq!(refused(&empty.repeat(FILES + 1)), "too many files");
}

#[test]
fn an_offer_is_asked_for_only_by_an_address_and_within_the_limit() {
    let offer = |sha256: &str, size_bytes| Offer {
        sha256: sha256.to_owned(),
        size_bytes,
        signature: String::new(),
    };
    let address = sample().sha256().to_owned();
    assert!(offer(&address, 1).is_sane());
    assert!(!offer(&address, 0).is_sane());
    assert!(!offer(&address, LIMIT_BYTES as u64 + 1).is_sane());
    assert!(!offer(&address.to_uppercase(), 1).is_sane());
    assert!(!offer(&"../x".repeat(16), 1).is_sane());
}
