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

#[cfg(test)]
mod tests {
    use super::*;

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
