//! Where everything of a receipt stands: A5 upright, in points, y downwards from the top. Pure;
//! what comes out is drawn as it is.

use super::qr::Modules;
use super::{Content, words};

/// Width of A5.
pub const WIDTH: f32 = 419.53;
/// Height of A5.
pub const HEIGHT: f32 = 595.28;
/// Nothing stands nearer to an edge.
pub const MARGIN: f32 = 36.0;

/// Where values begin.
const VALUE_X: f32 = 128.0;
const VALUE_SIZE: f32 = 10.5;
const ENGLISH_SIZE: f32 = 6.5;
const LINE: f32 = 13.5;
const ENGLISH_LINE: f32 = 8.5;
const ROW_PAD: f32 = 5.0;
const VALUE_GAP: f32 = 3.0;
/// Side of the QR code: 34 mm.
const QR_SIDE: f32 = 96.4;
/// Where the block with code and notes begins, on the last page.
const FOOT_Y: f32 = HEIGHT - MARGIN - QR_SIDE - 12.0;

/// A colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// What is said.
    Text,
    /// What it is called, and English.
    Quiet,
    /// The state.
    Accent,
    /// Behind the state.
    Tint,
    /// Between rows.
    Hairline,
}

/// One thing on the paper.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    /// A line of text; `y` is its baseline.
    Text {
        /// Left.
        x: f32,
        /// Baseline.
        y: f32,
        /// Of the letters.
        size: f32,
        /// Bold.
        bold: bool,
        /// Colour.
        ink: Ink,
        /// What it says.
        text: String,
    },
    /// A filled rectangle.
    Rect {
        /// Left, top, width, height.
        at: [f32; 4],
        /// Colour.
        ink: Ink,
    },
    /// The code.
    Qr {
        /// Left.
        x: f32,
        /// Top.
        y: f32,
        /// Side.
        side: f32,
        /// Its squares.
        modules: Modules,
    },
}

/// A page's marks.
pub type Page = Vec<Mark>;

/// The whole receipt. Long lists run on to further pages; code and notes are on the last.
pub fn pages(content: &Content, modules: Modules) -> Vec<Page> {
    let mut sheet = Sheet::default();
    sheet.head(content);
    for row in rows(content) {
        sheet.row(&row);
    }
    sheet.foot(content, modules);
    sheet.pages
}

/// A label in two languages, and its values.
struct Row {
    label: [&'static str; 2],
    /// Chinese or as it is, and English where that differs.
    values: Vec<(String, Option<String>)>,
    bold: bool,
}

fn rows(content: &Content) -> Vec<Row> {
    let one = |label, value: String| Row {
        label,
        values: vec![(value, None)],
        bold: false,
    };
    let both = |lines: Vec<[String; 2]>| -> Vec<_> {
        lines.into_iter().map(|[zh, en]| (zh, Some(en))).collect()
    };
    let name = words::masked_name(&content.name);
    let mut materials: Vec<[String; 2]> = content
        .materials
        .iter()
        .map(|(words, pages)| words::pages(words, *pages))
        .collect();
    if materials.is_empty() {
        materials.push(words::NO_MATERIALS.map(str::to_owned));
    }
    let business = [content.business.zh.clone(), content.business.en.clone()];
    vec![
        Row {
            label: words::BUSINESS,
            values: both(vec![business]),
            bold: true,
        },
        one(words::PERSON, format!("{name}　{}", content.masked_number)),
        one(
            words::ACTED_ON,
            content.acted_on.format("%Y-%m-%d").to_string(),
        ),
        one(
            words::STATION,
            format!("{}　{}", content.station_name, content.station),
        ),
        one(words::STAFF, content.staff.clone()),
        one(words::SERIAL, content.serial.clone()),
        Row {
            label: words::MATERIALS,
            values: both(materials),
            bold: false,
        },
        Row {
            label: words::PENDING,
            values: both(words::pending(&content.pending)),
            bold: false,
        },
    ]
}

/// Paper being filled from the top.
#[derive(Default)]
struct Sheet {
    pages: Vec<Page>,
    y: f32,
}

impl Sheet {
    fn mark(&mut self, mark: Mark) {
        match self.pages.last_mut() {
            Some(page) => page.push(mark),
            None => self.pages.push(vec![mark]),
        }
    }

    fn text(&mut self, [x, y]: [f32; 2], size: f32, bold: bool, ink: Ink, text: &str) {
        self.mark(Mark::Text {
            x,
            y,
            size,
            bold,
            ink,
            text: text.to_owned(),
        });
    }

    fn head(&mut self, content: &Content) {
        let [title, english] = words::TITLE;
        self.text([MARGIN, 62.0], 23.0, true, Ink::Text, title);
        self.text([MARGIN + 100.0, 62.0], 9.0, false, Ink::Quiet, english);
        let [state, english] = words::STATE;
        let width = WIDTH - 2.0 * MARGIN;
        self.mark(Mark::Rect {
            at: [MARGIN, 78.0, width, 40.0],
            ink: Ink::Tint,
        });
        self.mark(Mark::Rect {
            at: [MARGIN, 78.0, 3.0, 40.0],
            ink: Ink::Accent,
        });
        self.text([MARGIN + 13.0, 96.0], 12.5, true, Ink::Accent, state);
        self.text([MARGIN + 13.0, 109.5], 7.5, false, Ink::Quiet, english);
        let right = WIDTH - MARGIN - width_of(&content.serial, 7.5);
        self.text([right, 62.0], 7.5, false, Ink::Quiet, &content.serial);
        self.y = 124.0;
    }

    /// A row; one that does not fit goes on with its next line on a new page.
    fn row(&mut self, row: &Row) {
        let mut label = Some(row.label);
        self.y += ROW_PAD;
        for (value, english) in &row.values {
            let room = WIDTH - MARGIN - VALUE_X;
            let lines = wrapped(value, VALUE_SIZE, room);
            let english = english
                .as_deref()
                .map(|text| wrapped(text, ENGLISH_SIZE, room));
            let english = english.unwrap_or_default();
            // Under a label there is room for its English even where the value has none.
            let least = if label.is_some() {
                LINE + ENGLISH_LINE
            } else {
                0.0
            };
            let own = lines.len() as f32 * LINE + english.len() as f32 * ENGLISH_LINE;
            self.make_room(own.max(least));
            let top = self.y;
            if let Some([zh, en]) = label.take() {
                self.text([MARGIN, top + 10.5], 9.5, false, Ink::Quiet, zh);
                self.text([MARGIN, top + 20.0], ENGLISH_SIZE, false, Ink::Quiet, en);
            }
            let mut y = top;
            for line in &lines {
                self.text([VALUE_X, y + 10.5], VALUE_SIZE, row.bold, Ink::Text, line);
                y += LINE;
            }
            for line in &english {
                self.text([VALUE_X, y + 6.0], ENGLISH_SIZE, false, Ink::Quiet, line);
                y += ENGLISH_LINE;
            }
            self.y = y.max(top + least) + VALUE_GAP;
        }
        self.y -= VALUE_GAP;
        let line = [MARGIN, self.y + ROW_PAD - 3.0, WIDTH - 2.0 * MARGIN, 0.5];
        self.mark(Mark::Rect {
            at: line,
            ink: Ink::Hairline,
        });
        self.y += ROW_PAD - 2.0;
    }

    fn make_room(&mut self, height: f32) {
        if self.y + height > HEIGHT - MARGIN - ROW_PAD {
            self.pages.push(Page::new());
            self.y = MARGIN;
        }
    }

    fn foot(&mut self, content: &Content, modules: Modules) {
        if self.y > FOOT_Y + 6.0 {
            self.pages.push(Page::new());
        }
        let y = FOOT_Y + 12.0;
        self.mark(Mark::Qr {
            x: MARGIN,
            y,
            side: QR_SIDE,
            modules,
        });
        let mut line_y = y + 12.0;
        for [zh, en] in words::NOTES {
            self.text([VALUE_X + 18.0, line_y], 8.5, false, Ink::Text, zh);
            self.text([VALUE_X + 18.0, line_y + 9.5], 6.0, false, Ink::Quiet, en);
            line_y += 27.0;
        }
        let count = self.pages.len();
        if count > 1 {
            for (at, page) in self.pages.iter_mut().enumerate() {
                let text = format!("{}　{}/{count}", content.serial, at + 1);
                let x = WIDTH - MARGIN - width_of(&text, 7.0);
                let (y, bold, ink) = (HEIGHT - 22.0, false, Ink::Quiet);
                page.push(Mark::Text {
                    x,
                    y,
                    size: 7.0,
                    bold,
                    ink,
                    text,
                });
            }
        }
    }
}

/// About how wide a text is. Chinese characters are square in every font; for Latin letters this
/// errs to the wide side, so that a line never leaves the paper.
pub fn width_of(text: &str, size: f32) -> f32 {
    let em = |c: char| match c {
        'i' | 'j' | 'l' | '.' | ',' | ':' | '\'' | '|' | ' ' | '(' | ')' | '-' | '/' => 0.4,
        'm' | 'w' | 'M' | 'W' | '@' => 0.98,
        'A'..='Z' => 0.74,
        c if c.is_ascii() => 0.6,
        _ => 1.0,
    };
    text.chars().map(em).sum::<f32>() * size
}

/// Breaks a text into lines; between Latin words at the blank, else where the line is full.
pub(crate) fn wrapped(text: &str, size: f32, room: f32) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for c in text.chars() {
        line.push(c);
        if width_of(&line, size) <= room {
            continue;
        }
        let at = match line.trim_end().rfind(' ') {
            Some(blank) if c.is_ascii() && blank > 0 => blank + 1,
            _ => line.len() - c.len_utf8(),
        };
        let rest = line.split_off(at);
        lines.push(line.trim_end().to_owned());
        line = rest;
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_blanks_in_latin_and_anywhere_in_chinese() {
        let chinese = wrapped(&"驿".repeat(25), 10.0, 100.0);
        assert_eq!(
            chinese
                .iter()
                .map(|line| line.chars().count())
                .collect::<Vec<_>>(),
            [10, 10, 5]
        );
        let latin = wrapped("PRE ACCEPTED PENDING VERIFICATION", 10.0, 100.0);
        assert_eq!(latin.join(" "), "PRE ACCEPTED PENDING VERIFICATION");
        assert!(latin.iter().all(|line| width_of(line, 10.0) <= 100.0));
        assert_eq!(wrapped("", 10.0, 100.0), [""]);
        assert_eq!(
            wrapped(&"A".repeat(30), 10.0, 100.0).concat(),
            "A".repeat(30)
        );
    }
}
