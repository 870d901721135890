//! Names as they are looked for: written plainly, and spelled in pinyin with every reading that a
//! name of several readings may have. What is stored and sent stays as the card has it.
//!
//! Readings come from the crate `pinyin` (data of the Unihan database and of dictionaries), the first
//! of each character; how surnames are read and which characters of given names have several readings
//! is ours, in [`surnames`] and [`given`].

mod given;
pub(crate) mod rare;
mod surnames;
pub mod typed;

use pinyin::ToPinyinMulti;

/// Spellings of one name: a name of five characters with three readings each has hundreds.
const SPELLINGS: usize = 8;
/// Characters that are spelled: the longest names on cards are about this long.
const SPELLED: usize = 12;

/// One way to say a name: its syllables without tones, `["shan", "wen", "jie"]`.
pub type Spelling = Vec<&'static str>;

/// A name without blanks and dots, letters in capitals, characters under the code points they have
/// now: what is compared, never what is shown.
pub fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| !c.is_whitespace() && !is_dot(*c))
        .map(rare::now)
        .flat_map(char::to_uppercase)
        .collect()
}

/// Every way to say a name, the likeliest first; at most [`SPELLINGS`]. A character without a known
/// reading is passed over: the rest of the name is still found.
pub fn spellings(name: &str) -> Vec<Spelling> {
    let plain: Vec<char> = plain(name).chars().take(SPELLED).collect();
    let (first, given) = surnames::split(&plain);
    let mut all = first;
    for character in given {
        let readings = readings(*character);
        if readings.is_empty() {
            continue;
        }
        // The likeliest reading of every character comes first, whatever the others do.
        let longer = readings.iter().flat_map(|reading| {
            all.iter().map(move |so_far| {
                let mut longer = so_far.clone();
                longer.push(*reading);
                longer
            })
        });
        all = longer.take(SPELLINGS).collect();
    }
    all.retain(|spelling| !spelling.is_empty());
    all
}

/// The first letters of the syllables: `swj`.
pub fn initials(spelling: &[&str]) -> String {
    spelling.iter().filter_map(|s| s.chars().next()).collect()
}

/// How a character of a given name is read, the likeliest first.
fn readings(character: char) -> Vec<&'static str> {
    match given::READ.iter().find(|(known, _)| *known == character) {
        Some((_, read)) => read.to_vec(),
        None => first_reading(character).into_iter().collect(),
    }
}

/// The reading that dictionaries put first: the rarer ones (王 as yù) would find strangers.
fn first_reading(character: char) -> Option<&'static str> {
    let all = character.to_pinyin_multi().into_iter().flatten();
    all.map(|reading| typed_as(reading.plain()))
        .find(|reading| reading.is_ascii())
}

/// As it is typed: `ü` is the key V wherever it differs from `u`.
fn typed_as(syllable: &'static str) -> &'static str {
    match syllable {
        "lü" => "lv",
        "nü" => "nv",
        "lüe" => "lve",
        "nüe" => "nve",
        other => other,
    }
}

fn is_dot(character: char) -> bool {
    matches!(character, '·' | '•' | '．' | '.' | '‧' | '・' | '-' | '\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(name: &str) -> Vec<String> {
        spellings(name).iter().map(|s| s.concat()).collect()
    }

    #[test]
    fn a_surname_of_several_readings_is_spelled_in_all_of_them() {
        for (name, first, also) in [
            ("单文", "shanwen", "danwen"),
            ("曾文", "zengwen", "cengwen"),
            ("解文", "xiewen", "jiewen"),
            ("仇文", "qiuwen", "chouwen"),
            ("区文", "ouwen", "quwen"),
            ("查文", "zhawen", "chawen"),
            ("盖文", "gewen", "gaiwen"),
            ("朴文", "piaowen", "puwen"),
            ("缪文", "miaowen", "mouwen"),
            ("乐文", "yuewen", "lewen"),
            ("翟文", "zhaiwen", "diwen"),
            ("覃文", "qinwen", "tanwen"),
        ] {
            let all = said(name);
            assert_eq!(all[0], first, "{name}");
            assert!(all.contains(&also.to_owned()), "{name}: {all:?}");
        }
    }

    #[test]
    fn a_surname_of_two_characters_is_said_as_one() {
        assert_eq!(said("尉迟恭")[0], "yuchigong");
        assert_eq!(said("万俟雪")[0], "moqixue");
        assert_eq!(said("欧阳明")[0], "ouyangming");
        assert_eq!(said("长孙明")[0], "zhangsunming");
    }

    #[test]
    fn given_names_have_their_readings_within_the_limit() {
        let all = said("王乐行");
        assert!(all.len() <= SPELLINGS);
        assert!(all.contains(&"wanglexing".to_owned()), "{all:?}");
        assert!(all.contains(&"wangyuexing".to_owned()), "{all:?}");
        assert_eq!(initials(&spellings("单文杰")[0]), "swj");
        assert!(spellings("重重重重重重重重重重重重重重").len() <= SPELLINGS);
    }

    #[test]
    fn a_character_of_the_private_zone_is_the_one_it_has_become() {
        assert_eq!(plain("王\u{e863}"), plain("王䶮"));
        assert_eq!(said("王\u{e863}")[0], "wangyan");
        assert_eq!(plain("买买提·艾力"), plain("买买提艾力"));
        assert_eq!(plain("Anna Smith"), "ANNASMITH");
    }

    #[test]
    fn what_has_no_reading_is_passed_over() {
        assert_eq!(said("王\u{e000}明")[0], "wangming");
        assert_eq!(said("吕绿")[0], "lvlv");
        assert!(said("JOHN").is_empty());
        assert!(said("").is_empty());
    }
}
