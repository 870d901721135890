//! The receipt's words in Chinese, with English below them.
//!
//! They stand here and not in the window's locale files because receipts are made without one.
//! They name what is checked, for the resident; the counter's words say what to do about it.

use domain::Reason;
use domain::catalog::Words;

pub const TITLE: [&str; 2] = ["受理回执", "Receipt of application"];
pub const STATE: [&str; 2] = [
    "预受理，待市中心核验",
    "Pre-accepted, pending verification by the city centre",
];
pub const PERSON: [&str; 2] = ["申请人", "Applicant"];
pub const BUSINESS: [&str; 2] = ["办理业务", "Business"];
pub const ACTED_ON: [&str; 2] = ["受理日期", "Date of receipt"];
pub const STATION: [&str; 2] = ["受理站点", "Station"];
pub const STAFF: [&str; 2] = ["经办人", "Handled by"];
pub const SERIAL: [&str; 2] = ["受理编号", "Serial number"];
pub const MATERIALS: [&str; 2] = ["已收材料", "Papers received"];
pub const PENDING: [&str; 2] = ["市中心待核验", "Still to be verified"];
pub const NO_MATERIALS: [&str; 2] = ["无", "None"];
pub const NOTES: [[&str; 2]; 3] = [
    [
        "本回执不是审批决定，不代表申请已获批准。",
        "This receipt is not a decision on the application.",
    ],
    [
        "期限自受理日期起算；结果由受理站点告知。",
        "Time counts from the date of receipt; the station tells the result.",
    ],
    [
        "扫码可核对回执真伪。请妥善保管。",
        "The code shows that this receipt is genuine. Please keep it.",
    ],
];

/// Pages of a material.
pub fn pages(material: &Words, pages: usize) -> [String; 2] {
    let plural = if pages == 1 { "page" } else { "pages" };
    [
        format!("{}　{pages} 页", material.zh),
        format!("{}, {pages} {plural}", material.en),
    ]
}

/// What the centre checks, each thing once.
pub fn pending(reasons: &[Reason]) -> Vec<[String; 2]> {
    let mut lines: Vec<[String; 2]> = Vec::new();
    for reason in reasons {
        let line = check(reason);
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    if lines.is_empty() {
        let [zh, en] = [
            "全市范围的资格核对",
            "Eligibility against the records of the whole city",
        ];
        lines.push([zh.to_owned(), en.to_owned()]);
    }
    lines
}

fn check(reason: &Reason) -> [String; 2] {
    let [zh, en] = match reason.code.as_str() {
        "case.already_open" => ["是否有同类业务在办", "Whether a case of this kind is open"],
        "pages.awaited" => ["材料是否完整送达", "Whether all papers have arrived"],
        "person.already_registered" => ["是否已经登记", "Whether already registered"],
        "person.category_not_met" => ["所选人员类别的条件", "Conditions of the category chosen"],
        "person.employed_elsewhere" => [
            "就业信息与本人承诺",
            "Employment on record, and the declaration",
        ],
        "person.may_draw_pension" => ["是否已享受养老待遇", "Whether a pension is drawn"],
        "person.missing_standing" => ["前置登记是否有效", "Whether the prior registration holds"],
        "person.name_differs" => ["姓名与证件号码是否一致", "Name and number of the document"],
        "person.not_known_here" => [
            "与全市档案比对",
            "Comparison with the records of the whole city",
        ],
        "person.too_young" => ["年龄条件", "Age"],
        "person.unemployed_too_short" => ["失业登记时长", "How long registered as unemployed"],
        other => {
            let (zh, en) = (format!("其他事项（{other}）"), format!("Other ({other})"));
            return [zh, en];
        }
    };
    [zh.to_owned(), en.to_owned()]
}

/// A name that its bearer knows again and others do not: first and last character of a Chinese
/// name, the first word of a longer Latin one.
pub fn masked_name(name: &str) -> String {
    let characters: Vec<char> = name.trim().chars().collect();
    let latin = characters.iter().all(char::is_ascii);
    match characters.as_slice() {
        [] => String::new(),
        [one] => one.to_string(),
        [first, _] if !latin => format!("{first}*"),
        [first, middle @ .., last] if !latin => {
            format!("{first}{}{last}", "*".repeat(middle.len()))
        }
        _ => match name.trim().split_once(' ') {
            Some((first, _)) => format!("{first} ***"),
            None => format!("{}***", characters[0]),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_masked_by_character_and_by_word() {
        let table = [
            ("王样本", "王*本"),
            ("王样", "王*"),
            ("欧阳样本", "欧**本"),
            ("𠮷𬭎样", "𠮷*样"),
            ("阿依·样本", "阿***本"),
            ("JO X", "JO ***"),
            ("MAXIMILIAN ALEXANDER SAMPLE", "MAXIMILIAN ***"),
            ("ALEXANDER", "A***"),
            ("王", "王"),
            ("", ""),
        ];
        for (name, masked) in table {
            assert_eq!(masked_name(name), masked, "{name}");
        }
    }

    #[test]
    fn each_check_is_named_once_and_an_unknown_one_by_its_code() {
        let reasons = [
            "person.not_known_here",
            "person.not_known_here",
            "person.from_later",
        ];
        let lines = pending(&reasons.map(Reason::new));
        assert_eq!(lines.len(), 2);
        assert!(lines[1][0].contains("person.from_later"));
        assert_eq!(pending(&[]).len(), 1);
    }
}
