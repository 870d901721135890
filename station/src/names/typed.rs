//! Letters as they are typed for a name: whole syllables, first letters, or a mixture (`wangxm`).

use std::collections::BTreeSet;

/// Letters beyond which nothing is read as a name.
const LETTERS: usize = 40;
/// Ways to cut what was typed, the fewest pieces first; more are guesses.
const WAYS: usize = 6;
const STARTS: &[&str] = &[
    "zh", "ch", "sh", "b", "p", "m", "f", "d", "t", "n", "l", "g", "k", "h", "j", "q", "x", "r",
    "z", "c", "s", "y", "w", "",
];
const ENDS: &[&str] = &[
    "a", "o", "e", "i", "u", "v", "ai", "ei", "ao", "ou", "an", "en", "ang", "eng", "ong", "er",
    "ia", "ie", "iao", "iu", "ian", "in", "iang", "ing", "iong", "ua", "uo", "uai", "ui", "uan",
    "un", "uang", "ue", "ve",
];

/// One way to cut what was typed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cut {
    /// The first letter of each piece: `wxm` of `wangxm`.
    pub initials: String,
    /// The first piece: `wang`.
    pub first: String,
}

/// How letters may be cut into syllables and first letters, the fewest pieces first: `wangxm` may
/// be `wang`, `x`, `m`. Empty when they cannot be the beginning of any name.
pub fn cuts(letters: &str) -> Vec<Cut> {
    let mut ways = Vec::new();
    if letters.len() <= LETTERS && letters.bytes().all(|b| b.is_ascii_lowercase()) {
        cut(letters, &mut Vec::new(), &mut ways);
    }
    ways.sort_by_key(|way| way.initials.len());
    let mut seen = BTreeSet::new();
    ways.retain(|way| seen.insert(way.clone()));
    ways.truncate(WAYS);
    ways
}

/// Whether these letters are a beginning of the syllables, each cut short or not: `wxm`, `wangxm`
/// and `wangxiaom` are beginnings of `wang xiao ming`.
pub fn fits(letters: &str, syllables: &[&str]) -> bool {
    if letters.is_empty() {
        return true;
    }
    let Some((first, rest)) = syllables.split_first() else {
        return false;
    };
    let same = letters
        .bytes()
        .zip(first.bytes())
        .take_while(|(a, b)| a == b);
    (1..=same.count())
        .rev()
        .any(|taken| fits(&letters[taken..], rest))
}

fn cut<'a>(letters: &'a str, so_far: &mut Vec<&'a str>, ways: &mut Vec<Cut>) {
    const MOST: usize = 256;
    if ways.len() >= MOST {
        return;
    }
    if letters.is_empty() {
        ways.extend(so_far.first().map(|first| Cut {
            initials: super::initials(so_far),
            first: (*first).to_owned(),
        }));
        return;
    }
    for length in (1..=letters.len().min(6)).rev() {
        let (piece, rest) = letters.split_at(length);
        if is_piece(piece, rest.is_empty()) {
            so_far.push(piece);
            cut(rest, so_far, ways);
            so_far.pop();
        }
    }
}

/// A syllable, the letters a syllable begins with, or, at the end, a syllable under way.
fn is_piece(piece: &str, last: bool) -> bool {
    STARTS.iter().any(|start| {
        piece.strip_prefix(start).is_some_and(|end| {
            let begun = last && ENDS.iter().any(|whole| whole.starts_with(end));
            (end.is_empty() && !start.is_empty()) || ENDS.contains(&end) || begun
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mixture_of_syllables_and_first_letters_is_understood() {
        let ways = |typed: &str| -> Vec<String> {
            cuts(typed).into_iter().map(|way| way.initials).collect()
        };
        assert_eq!(ways("wangxm")[0], "wxm");
        assert_eq!(cuts("wangxm")[0].first, "wang");
        assert_eq!(ways("wxiaoming")[0], "wxm");
        assert!(ways("wxm").contains(&"wxm".to_owned()));
        assert!(ways("xian").contains(&"x".to_owned()));
        assert!(ways("xian").contains(&"xa".to_owned()), "西安 as well");
        assert!(ways("zhangsh").contains(&"zs".to_owned()));
        assert!(ways("Wang").is_empty() && ways("王").is_empty());
        assert!(ways(&"a".repeat(41)).is_empty());
        assert!(ways(&"a".repeat(40)).len() <= WAYS);
    }

    #[test]
    fn letters_fit_the_syllables_they_begin() {
        let name = ["wang", "xiao", "ming"];
        for typed in [
            "w",
            "wx",
            "wxm",
            "wangxm",
            "wangxiaom",
            "wxiaoming",
            "wangxiaoming",
        ] {
            assert!(fits(typed, &name), "{typed}");
        }
        for typed in ["x", "wm", "wangm", "wangxiaomingg", "wxmx"] {
            assert!(!fits(typed, &name), "{typed}");
        }
    }
}
