//! A plain text as a PDF, for what is printed besides receipts: a heading, parts with headings, and
//! a line at the foot of each page that says where it comes from.

use std::path::Path;

use crate::disk;
use crate::error::Result;
use crate::receipt::draw;
use crate::receipt::layout::{HEIGHT, Ink, MARGIN, Mark, Page, WIDTH, wrapped};

/// What stands on the paper.
pub struct Paper {
    /// Heading.
    pub title: String,
    /// Parts in order: heading and paragraphs.
    pub parts: Vec<(String, Vec<String>)>,
    /// Who, when and where: at the foot of each page.
    pub mark: String,
}

const TITLE_SIZE: f32 = 18.0;
const HEAD_SIZE: f32 = 11.0;
const SIZE: f32 = 10.0;
const LINE: f32 = 15.0;
const FOOT: f32 = 22.0;

/// Writes it. `receipt.no_font` when the system has no font with Chinese characters.
pub fn make(path: &Path, paper: &Paper) -> Result<()> {
    let fonts = draw::Fonts::load(draw::FONTS)?;
    let pdf = draw::pdf(&pages(paper), &fonts, &paper.title)?;
    disk::write_whole(path, &pdf)
}

fn pages(paper: &Paper) -> Vec<Page> {
    let mut sheet = Sheet {
        pages: vec![Page::new()],
        y: MARGIN,
    };
    sheet.lines(&paper.title, TITLE_SIZE, true, Ink::Text);
    for (heading, paragraphs) in &paper.parts {
        sheet.y += LINE / 2.0;
        sheet.lines(heading, HEAD_SIZE, true, Ink::Accent);
        for paragraph in paragraphs {
            sheet.lines(paragraph, SIZE, false, Ink::Text);
        }
    }
    let count = sheet.pages.len();
    for (at, page) in sheet.pages.iter_mut().enumerate() {
        let text = format!("{}　{}/{count}", paper.mark, at + 1);
        page.push(line([MARGIN, HEIGHT - FOOT], 7.0, false, Ink::Quiet, text));
    }
    sheet.pages
}

struct Sheet {
    pages: Vec<Page>,
    y: f32,
}

impl Sheet {
    fn lines(&mut self, text: &str, size: f32, bold: bool, ink: Ink) {
        for part in wrapped(text, size, WIDTH - 2.0 * MARGIN) {
            let height = LINE.max(size * 1.4);
            if self.y + height > HEIGHT - MARGIN {
                self.pages.push(Page::new());
                self.y = MARGIN;
            }
            self.y += height;
            let mark = line([MARGIN, self.y], size, bold, ink, part);
            self.pages
                .last_mut()
                .expect("there is a first page")
                .push(mark);
        }
    }
}

fn line([x, y]: [f32; 2], size: f32, bold: bool, ink: Ink, text: String) -> Mark {
    Mark::Text {
        x,
        y,
        size,
        bold,
        ink,
        text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::receipt::layout::width_of;

    #[test]
    fn a_long_text_runs_on_and_each_page_says_where_it_comes_from() {
        let paper = Paper {
            title: "告知书".into(),
            parts: vec![("谁在处理".into(), vec!["驿站".repeat(1_200)])],
            mark: "永康社区 张协理".into(),
        };
        let pages = pages(&paper);
        assert!(pages.len() > 1);
        for (at, page) in pages.iter().enumerate() {
            let foot = format!("永康社区 张协理　{}/{}", at + 1, pages.len());
            let inside = page.iter().all(|mark| match mark {
                Mark::Text {
                    x, y, size, text, ..
                } => x + width_of(text, *size) <= WIDTH - MARGIN + 0.5 && *y < HEIGHT,
                _ => true,
            });
            assert!(inside, "page {at}");
            assert!(
                page.iter()
                    .any(|m| matches!(m, Mark::Text { text, .. } if *text == foot))
            );
        }
    }
}
