//! Characters that GBK kept in its private zone: cards made before still carry them.

/// U+E815 to U+E864 in order, under the code points they have now (GB 18030, rows FE50 to FEA0).
/// The window draws by the same list.
const NOW: &str = "⺁𠂇𠂉𠃌⺄㑳㑇⺈⺋龴㖞㘚㘎⺌⺗㥮㤘龵㧏㧟㩳㧐龶龷㭎㱮㳠⺧𡗗龸⺪䁖䅟⺮䌷⺳⺶⺷𢦏䎱\
    䎬⺻䏝䓖䙡䙌龹䜣䜩䝼䞍⻊䥇䥺䥽䦂䦃䦅䦆䦟䦛䦷䦶龺𤇾䲣䲟䲠䲡䱷䲢䴓䴔䴕䴖䴗䴘䴙䶮龻";
const FIRST: u32 = 0xe815;

/// The code point that a character has now.
pub fn now(character: char) -> char {
    let place = u32::from(character).checked_sub(FIRST);
    place
        .and_then(|place| NOW.chars().nth(place as usize))
        .unwrap_or(character)
}

/// Whether a name has a character that nobody can draw or look up: half a pair, which the card's
/// block does not tell, or one of a private zone that has no place in Unicode. Whole pairs have one.
pub fn is_incomplete(name: &str) -> bool {
    let unknown = |c: char| {
        matches!(
            c,
            char::REPLACEMENT_CHARACTER
                | '\u{e000}'..='\u{f8ff}'
                | '\u{f0000}'..='\u{fffff}'
                | '\u{100000}'..='\u{10ffff}'
        )
    };
    name.chars().map(now).any(unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_pair_and_what_stays_private_are_unknown_and_whole_pairs_are_not() {
        for known in [
            "王样本",
            "𠮷\u{e863}𬭎",
            "\u{e815}",
            "MAX SAMPLE",
            "迪丽·样本",
            "",
        ] {
            assert!(!is_incomplete(known), "{known}");
        }
        let unknown = [
            "王\u{fffd}",
            "\u{e814}样",
            "\u{e865}",
            "\u{f8ff}",
            "李\u{f0000}",
            "\u{10fffd}",
        ];
        for name in unknown {
            assert!(is_incomplete(name), "{name}");
        }
    }

    #[test]
    fn the_private_zone_is_eighty_characters_and_nothing_else_moves() {
        assert_eq!(NOW.chars().count(), 80);
        assert_eq!(now('\u{e863}'), '䶮');
        assert_eq!(now('\u{e864}'), '龻');
        assert_eq!(now('\u{e865}'), '\u{e865}');
        assert_eq!(now('王'), '王');
        assert_eq!(now('\u{e814}'), '\u{e814}');
    }
}
