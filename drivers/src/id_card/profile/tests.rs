//! Tests of the profiles: what fits, and what is said of a wrong file.

use super::*;
use crate::error::CardError;
use crate::hostile::Chance;

const UID_ATR: [u8; 16] = [
    0x3B, 0x8B, 0x80, 1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0x90, 0, 0x11,
];

#[test]
fn the_embedded_profiles_are_read() {
    let profiles = Profiles::embedded();
    let name = |reader, atr: &[u8]| profiles.find(reader, atr).map(|p| p.name.as_str());
    assert_eq!(
        name("Yizhan SDT APDU A 00 00", &[]),
        Some("virtual-sdt-short")
    );
    assert_eq!(
        name("Yizhan SDT Long APDU 1 00 00", &[]),
        Some("virtual-sdt-extended")
    );
    assert_eq!(
        name("YIZHAN sdt CONTROL 1 00 00", &[]),
        Some("virtual-sdt-control")
    );
    assert_eq!(name("Some Vendor 01", &UID_ATR), Some("read-binary"));
    assert_eq!(name("Some Vendor 01", &UID_ATR[..14]), None);
    assert_eq!(name("Some Vendor 01", &[0x3B; 20]), None);
    let usb = |device: &Device| match device.connection {
        Connection::Usb {
            vendor, product, ..
        } => (vendor, product),
        _ => panic!("{}", device.name),
    };
    let devices: Vec<_> = profiles.devices().iter().map(usb).collect();
    assert_eq!(
        devices,
        [(0x0400, 0xC35A), (0x0316, 0x5020), (0x0483, 0x5652)]
    );
}

#[test]
fn a_file_names_the_program_that_decodes_photos() {
    let file = Profiles::parse("[photo]\nprogram = '/opt/wlt'\n").unwrap();
    let profiles = file.before_embedded();
    let decoder = profiles.photo_decoder().unwrap();
    assert_eq!(decoder.program, std::path::Path::new("/opt/wlt"));
    assert!(decoder.arguments.is_empty() && !decoder.limit.is_zero());
    assert!(!profiles.devices().is_empty(), "the shipped ones stay");
    assert!(Profiles::embedded().photo_decoder().is_none());
}

#[test]
fn patterns_match_whole_names() {
    for (pattern, name, fits) in [
        ("abc", "ABC", true),
        ("abc", "abcd", false),
        ("*", "", true),
        ("a*c", "abbc", true),
        ("a*c", "abb", false),
        ("*b*d*", "abcde", true),
        ("*d*b*", "abcde", false),
        ("ab*ab", "ab", false),
    ] {
        assert_eq!(matches_pattern(pattern, name), fits, "{pattern} {name}");
    }
}

/// The line, the word and the rest of what is said of a wrong file.
fn refused(text: &str) -> String {
    let error = Profiles::parse(text).unwrap_err();
    assert_eq!(error.code(), "reader.profiles_invalid");
    match error {
        CardError::ProfilesInvalid { why } => why,
        other => panic!("{other}"),
    }
}

#[test]
fn a_wrong_file_is_refused_with_line_and_word() {
    let profile = |atr: &str, transport: &str| {
        format!(
            "# a reader\n[[profile]]\nname='x'\nreader='*'\natr='{atr}'\ntransport={transport}\n"
        )
    };
    let file = "{kind='read_binary_file'}";
    for (text, begins) in [
        ("profile = 1".to_string(), "line 1, `1`: "),
        (profile("xyz", file), "line 5, `'xyz'`: atr: "),
        (profile("3B8", file), "line 5, `'3B8'`: atr: "),
        (profile("any", "{kind='telepathy'}"), "line 6, `"),
        (
            profile("any", "{kind='sdt_over_control', code=-1}"),
            "line 6, `",
        ),
        (
            profile("any", file) + "photos = true\n",
            "line 7, `photos`: unknown field",
        ),
        (
            profile("any", file) + "fingerprints = 'yes'\n",
            "line 7, `'yes'`: invalid type",
        ),
        (
            "instead = true\n[[reader]]\n".to_string(),
            "line 2, `reader`: unknown field",
        ),
        (
            "[[device]]\nname='x'\nconnection={kind='usb', vendor=0x10000, product=1}".to_string(),
            "line 3, `",
        ),
        ("\u{FEFF}profile = [".to_string(), "line 1"),
    ] {
        let why = refused(&text);
        assert!(
            why.starts_with(begins),
            "{why:?} does not begin with {begins:?}"
        );
        assert!(!why.contains('\n'), "{why}");
    }
}

#[test]
fn what_no_form_rules_out_is_refused_by_name() {
    let serial = |baud| {
        format!("[[device]]\nname='s'\nconnection={{kind='serial', port='/dev/x', baud={baud}}}\n")
    };
    assert_eq!(refused(&serial(0)), "device `s`: 0 baud");
    assert_eq!(
        refused(&serial(9600).repeat(2)),
        "device `s`: port /dev/x stands twice"
    );
    let many =
        "[[profile]]\nname='x'\nreader='*'\natr='any'\ntransport={kind='read_binary_file'}\n";
    assert_eq!(refused(&many.repeat(201)), "over 200 profiles");
}

#[test]
fn a_reader_of_another_model_is_added_in_a_file() {
    let text = "[[profile]]\nname='x'\nreader='*'\natr='3B8a'\n\
        transport={kind='sdt_over_control', code=2048}\nfingerprints=true\nbody_number=true";
    let profiles = Profiles::parse(text).unwrap();
    let found = profiles.find("x", &[0x3B, 0x8A, 1]).unwrap();
    let wanted = Wanted {
        fingerprints: true,
        body_number: true,
    };
    assert_eq!(found.wanted(), wanted);
    assert!(profiles.find("x", &[0x3B]).is_none());
    assert_eq!(Profiles::embedded().list[0].wanted(), Wanted::default());
}

#[test]
fn a_file_beside_the_data_comes_before_the_embedded_one_or_in_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let embedded = Profiles::embedded();
    let beside = || Profiles::beside(folder.path());
    assert_eq!(beside().unwrap().list, embedded.list);
    let own = "[[profile]]\nname='own'\nreader='*'\natr='uid9000'\ntransport={kind='read_binary_file'}\n\
        [[device]]\nname='own'\nconnection={kind='usb', vendor=0x0400, product=0xC35A, layout='one_pair'}\n\
        [[device]]\nname='serial'\nconnection={kind='serial', port='/dev/ttyS0'}\n";
    std::fs::write(folder.path().join(BESIDE), own).unwrap();
    let both = beside().unwrap();
    assert_eq!(both.find("Some Vendor", &UID_ATR).unwrap().name, "own");
    assert_eq!(both.list.len(), embedded.list.len() + 1);
    // The model is known already, so it is looked for the way the nearer file says, and once.
    assert_eq!(both.devices.len(), embedded.devices.len() + 1);
    assert_eq!(both.devices[0].name, "own");
    let instead = format!("instead = true\n{own}");
    std::fs::write(folder.path().join(BESIDE), instead).unwrap();
    assert_eq!(
        (
            beside().unwrap().list.len(),
            beside().unwrap().devices.len()
        ),
        (1, 2)
    );
    std::fs::write(folder.path().join(BESIDE), b"# ok\n\xFF").unwrap();
    let error = beside().unwrap_err().to_string();
    assert!(error.ends_with("line 2: not UTF-8"), "{error}");
    std::fs::remove_file(folder.path().join(BESIDE)).unwrap();
    std::fs::create_dir(folder.path().join(BESIDE)).unwrap();
    assert_eq!(beside().unwrap_err().code(), "reader.profiles_invalid");
}

/// A file that ends early is, to TOML, a shorter file: what it says before its end is what the whole
/// one says, but its last entry may have lost its own end.
#[test]
fn a_file_cut_at_any_byte_is_refused_or_says_what_the_whole_one_says_but_for_its_last_entry() {
    const WHOLE: &str = include_str!("../../../id_card/profiles.toml");
    let whole = Profiles::parse(WHOLE).unwrap();
    let mut refused = 0;
    for cut in (0..WHOLE.len()).filter(|cut| WHOLE.is_char_boundary(*cut)) {
        let Ok(part) = Profiles::parse(&WHOLE[..cut]) else {
            refused += 1;
            continue;
        };
        // Devices stand behind profiles.
        let sure = match part.devices.is_empty() {
            true => part.list.len().saturating_sub(1),
            false => part.list.len(),
        };
        assert_eq!(part.list[..sure], whole.list[..sure], "{cut}");
        let sure = part.devices.len().saturating_sub(1);
        assert_eq!(part.devices[..sure], whole.devices[..sure], "{cut}");
    }
    assert!(refused > WHOLE.len() / 10, "{refused}");
}

#[test]
fn hostile_profiles_never_panic() {
    let samples: Vec<Vec<u8>> = [
        include_str!("../../../id_card/profiles.toml"),
        "instead = true\n[[device]]\nname='s'\nconnection={kind='serial', port='/dev/ttyS0', baud=9600}\n",
        "[[device]]\nname='v'\nfingerprints=true\nconnection={kind='vendor', program='x.exe', port=1001}\n",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec();
    crate::hostile::parser(&samples, made_up, 4 << 20, |bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return;
        };
        if let Ok(profiles) = Profiles::parse(text) {
            let _ = profiles.find("Some Vendor 01", &UID_ATR);
            let _ = profiles.before_embedded();
        }
    });
}

/// Files with every key and odd values.
fn made_up(chance: &mut Chance) -> Vec<u8> {
    const KEYS: &[&str] = &[
        "name",
        "reader",
        "atr",
        "transport",
        "connection",
        "fingerprints",
        "body_number",
        "kind",
        "code",
        "cla",
        "ins",
        "p1",
        "p2",
        "extended",
        "vendor",
        "product",
        "layout",
        "port",
        "baud",
        "program",
        "pause_ms",
        "instead",
    ];
    const VALUES: &[&str] = &[
        "'x'",
        "'*'",
        "'**a*'",
        "'any'",
        "'uid9000'",
        "'3B'",
        "'3b8'",
        "0",
        "-1",
        "255",
        "256",
        "0xC35A",
        "65536",
        "1e9",
        "true",
        "'usb'",
        "'serial'",
        "'vendor'",
        "'sdt_over_apdu'",
        "'sdt_over_control'",
        "'read_binary_file'",
        "'auto'",
        "[]",
        "{}",
        "'长期'",
        "\"\\u0000\"",
    ];
    let mut text = String::new();
    for _ in 0..=chance.below(12) {
        let line = match chance.below(4) {
            0 => (*chance.of(&["[[profile]]", "[[device]]", "[profile]", "[[", "# x"])).to_string(),
            1 => {
                let pairs: Vec<String> = (0..chance.below(6))
                    .map(|_| format!("{}={}", chance.of(KEYS), chance.of(VALUES)))
                    .collect();
                format!(
                    "{}={{{}}}",
                    chance.of(&["transport", "connection"]),
                    pairs.join(", ")
                )
            }
            _ => format!("{} = {}", chance.of(KEYS), chance.of(VALUES)),
        };
        text.push_str(&line);
        text.push('\n');
    }
    text.into_bytes()
}
