//! An exported list as a file: XLSX or CSV, with the mark of who, when, where and what for on every
//! sheet and printed page. It knows columns and cells, not where they come from.

use rust_xlsxwriter::{Format, FormatBorder, Workbook, XlsxError};

use crate::error::{Error, Result};

/// A list to be drawn.
pub struct Sheet {
    /// Name of the sheet and heading.
    pub title: String,
    /// Who, when, where, what for, and the number of this export: one line.
    pub mark: String,
    /// Headings, with the width of the column in characters.
    pub columns: Vec<(String, f64)>,
    /// Cells, as text.
    pub rows: Vec<Vec<String>>,
}

/// A header of a printed page holds so many characters (ECMA-376, oddHeader).
const HEADER_CHARS: usize = 255;
/// Rows above the list: the mark, the heading of the columns.
const FIRST_ROW: u32 = 2;

/// As an Excel workbook.
pub fn xlsx(sheet: &Sheet) -> Result<Vec<u8>> {
    write(sheet).map_err(|error| Error::Bug(format!("workbook: {error}")))
}

fn write(sheet: &Sheet) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let page = book.add_worksheet();
    page.set_name(&sheet.title)?;
    page.set_landscape();
    page.set_paper_size(9);
    page.set_print_fit_to_pages(1, 0);
    page.set_repeat_rows(0, FIRST_ROW - 1)?;
    page.set_freeze_panes(FIRST_ROW, 0)?;
    // The mark stands in the cells, which may be cut off, and on each printed page.
    let printed = header_text(&sheet.mark);
    page.set_header(format!("&C{printed}"));
    page.set_footer(format!("&C{printed}&R&P/&N"));
    let marked = Format::new().set_font_color("#B3261E").set_bold();
    page.write_string_with_format(0, 0, &sheet.mark, &marked)?;
    let heading = Format::new()
        .set_bold()
        .set_background_color("#EEF2F4")
        .set_border_bottom(FormatBorder::Thin);
    for (at, (title, width)) in sheet.columns.iter().enumerate() {
        let at = at as u16;
        page.set_column_width(at, *width)?;
        page.write_string_with_format(FIRST_ROW - 1, at, title, &heading)?;
    }
    for (row, cells) in sheet.rows.iter().enumerate() {
        for (column, cell) in cells.iter().enumerate() {
            page.write_string(FIRST_ROW + row as u32, column as u16, cell)?;
        }
    }
    let last = FIRST_ROW + sheet.rows.len() as u32;
    // Once more behind the last row: who copies the list takes it along.
    page.write_string_with_format(last, 0, &sheet.mark, &marked)?;
    if !sheet.rows.is_empty() {
        page.autofilter(FIRST_ROW - 1, 0, last - 1, sheet.columns.len() as u16 - 1)?;
    }
    book.save_to_buffer()
}

/// `&` begins a code there.
fn header_text(mark: &str) -> String {
    let text: String = mark.chars().take(HEADER_CHARS / 2).collect();
    text.replace('&', "&&")
}

/// As comma separated values (RFC 4180), UTF-8 with its mark, for which Excel asks.
pub fn csv(sheet: &Sheet) -> Vec<u8> {
    let headings: Vec<String> = sheet
        .columns
        .iter()
        .map(|(title, _)| title.clone())
        .collect();
    let mark = vec![sheet.mark.clone()];
    let lines = [&mark, &headings]
        .into_iter()
        .chain(&sheet.rows)
        .chain([&mark]);
    let mut text = String::from('\u{feff}');
    for cells in lines {
        let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
        text += &cells.join(",");
        text += "\r\n";
    }
    text.into_bytes()
}

/// A cell that begins like a formula would be one in Excel: it is made text.
fn quoted(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = match formula {
        true => format!("'{cell}"),
        false => cell.to_owned(),
    };
    match text.contains([',', '"', '\r', '\n']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn sheet() -> Sheet {
        Sheet {
            title: "台账".into(),
            mark: "永康社区 & 张协理 E000001".into(),
            columns: vec![("姓名".into(), 12.0), ("流水号".into(), 24.0)],
            rows: vec![
                vec!["王示范".into(), "320302001005-000001".into()],
                vec!["=1+1".into(), "a,\"b\"".into()],
            ],
        }
    }

    #[test]
    fn the_mark_is_on_the_sheet_and_on_each_printed_page() {
        let book = xlsx(&sheet()).unwrap();
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(book)).unwrap();
        let mut part = |name: &str| {
            let mut text = String::new();
            archive
                .by_name(name)
                .unwrap()
                .read_to_string(&mut text)
                .unwrap();
            text
        };
        let page = part("xl/worksheets/sheet1.xml");
        assert!(page.contains("<oddHeader>&amp;C永康社区 &amp;&amp; 张协理 E000001</oddHeader>"));
        assert!(page.contains("<oddFooter>"));
        let strings = part("xl/sharedStrings.xml");
        assert!(strings.contains("永康社区 &amp; 张协理 E000001") && strings.contains("=1+1"));
        assert!(!page.contains("<f>"), "no cell is a formula");
        assert!(part("xl/workbook.xml").contains("_xlnm.Print_Titles"));
    }

    #[test]
    fn a_cell_is_never_a_formula_and_never_breaks_a_line() {
        let text = String::from_utf8(csv(&sheet())).unwrap();
        let lines: Vec<&str> = text.trim_start_matches('\u{feff}').split("\r\n").collect();
        assert_eq!(lines[0], "永康社区 & 张协理 E000001");
        assert_eq!(lines[1], "姓名,流水号");
        assert_eq!(lines[3], "'=1+1,\"a,\"\"b\"\"\"");
        assert_eq!(lines[4], lines[0]);
        assert_eq!((lines.len(), lines[5]), (6, ""));
    }

    #[test]
    fn an_empty_list_is_a_list() {
        let empty = Sheet {
            rows: Vec::new(),
            ..sheet()
        };
        assert!(xlsx(&empty).unwrap().starts_with(b"PK"));
    }
}
