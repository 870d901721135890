//! The words of an exported ledger. They stand here and not in the window's locale files because the
//! file is made without one, and is Chinese for everybody.

use crate::view::LedgerState;

pub const TITLE: &str = "台账";
pub const COLUMNS: [(&str, f64); 12] = [
    ("序号", 7.0),
    ("受理日", 12.0),
    ("受理时间", 11.0),
    ("业务", 22.0),
    ("业务代码", 10.0),
    ("类别", 8.0),
    ("姓名", 14.0),
    ("证件号码", 22.0),
    ("流水号", 22.0),
    ("状态", 12.0),
    ("经办人", 12.0),
    ("材料页数", 9.0),
];

/// A filing or a correction.
pub fn kind(correction: bool) -> &'static str {
    match correction {
        true => "补正",
        false => "受理",
    }
}

/// A state as the office says it. What a station says is never a decision of the centre's before it
/// has come.
pub fn state(state: LedgerState) -> &'static str {
    match state {
        LedgerState::Waiting => "待发送",
        LedgerState::AtCentre => "在市中心",
        LedgerState::Returned => "已退回",
        LedgerState::Granted => "已通过",
        LedgerState::Refused => "不予通过",
        LedgerState::Stopped => "未受理",
    }
}
