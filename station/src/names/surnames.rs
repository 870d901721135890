//! How surnames are read. Dictionaries put the reading of the word first (单 dān); a family says its
//! own (Shàn), and a helper at the counter may know either. Ours, collected from the common lists of
//! surnames; those that are read as the word is are not in it.

use super::{Spelling, first_reading, readings};

/// A surname and how it is said, the family's way first.
const READ: &[(&str, &[&str])] = &[
    ("万俟", &["mo qi", "wan si"]),
    ("尉迟", &["yu chi", "wei chi"]),
    ("单于", &["chan yu", "shan yu", "dan yu"]),
    ("长孙", &["zhang sun", "chang sun"]),
    ("澹台", &["tan tai"]),
    ("令狐", &["ling hu"]),
    ("皇甫", &["huang fu"]),
    ("鲜于", &["xian yu"]),
    ("单", &["shan", "dan"]),
    ("曾", &["zeng", "ceng"]),
    ("解", &["xie", "jie"]),
    ("仇", &["qiu", "chou"]),
    ("区", &["ou", "qu"]),
    ("查", &["zha", "cha"]),
    ("盖", &["ge", "gai"]),
    ("朴", &["piao", "pu"]),
    ("缪", &["miao", "mou"]),
    ("乐", &["yue", "le"]),
    ("翟", &["zhai", "di"]),
    ("覃", &["qin", "tan"]),
    ("召", &["shao", "zhao"]),
    ("种", &["chong", "zhong"]),
    ("繁", &["po", "fan"]),
    ("祭", &["zhai", "ji"]),
    ("员", &["yun", "yuan"]),
    ("贠", &["yun", "yuan"]),
    ("秘", &["bi", "mi"]),
    ("黑", &["he", "hei"]),
    ("折", &["she", "zhe"]),
    ("洗", &["xian", "xi"]),
    ("句", &["gou", "ju"]),
    ("能", &["nai", "neng"]),
    ("乜", &["nie", "mie"]),
    ("宓", &["mi", "fu"]),
    ("谌", &["chen", "shen"]),
    ("隗", &["wei", "kui"]),
    ("郗", &["xi", "chi"]),
    ("晟", &["cheng", "sheng"]),
    ("那", &["na"]),
    ("牟", &["mu", "mou"]),
    ("尉", &["wei", "yu"]),
    ("柏", &["bai", "bo"]),
    ("藏", &["zang", "cang"]),
    ("车", &["che"]),
    ("任", &["ren"]),
    ("沈", &["shen"]),
    ("石", &["shi"]),
    ("行", &["xing", "hang"]),
    ("都", &["du", "dou"]),
    ("贾", &["jia"]),
    ("薄", &["bo", "bao"]),
    ("宿", &["su"]),
    ("卡", &["ka", "qia"]),
    ("粘", &["nian", "zhan"]),
    ("撒", &["sa"]),
    ("葛", &["ge"]),
    ("纪", &["ji"]),
    ("宁", &["ning"]),
    ("相", &["xiang"]),
    ("应", &["ying"]),
    ("俞", &["yu", "shu"]),
    ("阚", &["kan"]),
    ("逄", &["pang"]),
    ("钭", &["tou"]),
    ("佴", &["nai", "er"]),
    ("冼", &["xian"]),
    ("瞿", &["qu"]),
    ("燕", &["yan"]),
    ("华", &["hua"]),
    ("占", &["zhan"]),
    ("哈", &["ha"]),
    ("强", &["qiang"]),
    ("长", &["chang", "zhang"]),
    ("重", &["chong", "zhong"]),
];

/// Ways to say the surname, and the characters after it.
pub(super) fn split(name: &[char]) -> (Vec<Spelling>, &[char]) {
    for length in [2, 1] {
        let Some((surname, given)) = name.split_at_checked(length) else {
            continue;
        };
        let text: String = surname.iter().collect();
        if let Some((_, read)) = READ.iter().find(|(known, _)| *known == text) {
            let ways = read.iter().map(|way| way.split(' ').collect());
            return (with_plain(ways.collect(), surname), given);
        }
    }
    match name.split_first() {
        Some((first, given)) => (vec![first_reading(*first).into_iter().collect()], given),
        None => (vec![Vec::new()], name),
    }
}

/// Two characters may also be a surname of one and a given name: as each is read by itself.
fn with_plain(mut ways: Vec<Spelling>, surname: &[char]) -> Vec<Spelling> {
    if let [first, second] = surname {
        let (head, _) = split(std::slice::from_ref(first));
        for way in head {
            for reading in readings(*second) {
                let mut longer = way.clone();
                longer.push(reading);
                if !ways.contains(&longer) {
                    ways.push(longer);
                }
            }
        }
    }
    ways
}
