//! Marks as a PDF. Fonts are embedded as far as they are used, so that the paper looks the same
//! wherever it is printed.

use std::path::PathBuf;

use krilla::Document;
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule};
use krilla::surface::Surface;
use krilla::text::{Font, TextDirection};

use super::bug;
use super::layout::{HEIGHT, Ink, Mark, Page, WIDTH};
use super::qr::Modules;
use crate::error::{Error, Result};

/// Fonts with Chinese characters: regular, bold, and the number of the simplified Chinese face in
/// the file. The first pair whose regular face is there is used.
pub const FONTS: &[(&str, &str, u32)] = &[
    (
        "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
        "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
        2,
    ),
    (
        "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
        "/usr/share/fonts/noto-cjk/NotoSansCJK-Bold.ttc",
        2,
    ),
    (
        "/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Regular.ttc",
        "/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Bold.ttc",
        2,
    ),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", "", 0),
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", "", 0),
    (
        "C:\\Windows\\Fonts\\msyh.ttc",
        "C:\\Windows\\Fonts\\msyhbd.ttc",
        0,
    ),
    ("C:\\Windows\\Fonts\\simhei.ttf", "", 0),
];

/// The two weights of the receipt.
pub struct Fonts {
    regular: Font,
    bold: Font,
}

impl Fonts {
    /// The first of `candidates` that is there; `receipt.no_font` when none is.
    pub fn load(candidates: &[(&str, &str, u32)]) -> Result<Fonts> {
        let face = |path: &str, index| {
            let bytes = std::fs::read(PathBuf::from(path)).ok()?;
            Font::new(bytes.into(), index)
        };
        let found = candidates.iter().find_map(|(regular, bold, index)| {
            let regular = face(regular, *index)?;
            let bold = face(bold, *index).unwrap_or_else(|| regular.clone());
            Some(Fonts { regular, bold })
        });
        found.ok_or_else(|| Error::coded("receipt.no_font"))
    }
}

/// The document, under this title.
pub fn pdf(pages: &[Page], fonts: &Fonts, title: &str) -> Result<Vec<u8>> {
    let mut document = Document::new();
    document.set_metadata(
        Metadata::new()
            .title(title.to_owned())
            .language("zh-CN".to_owned()),
    );
    for marks in pages {
        let size = PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| bug("page size"))?;
        let mut page = document.start_page_with(size);
        let mut surface = page.surface();
        for mark in marks {
            draw(&mut surface, fonts, mark);
        }
        surface.finish();
        page.finish();
    }
    document.finish().map_err(bug)
}

fn draw(surface: &mut Surface<'_>, fonts: &Fonts, mark: &Mark) {
    match mark {
        Mark::Text {
            x,
            y,
            size,
            bold,
            ink,
            text,
        } => {
            let font = if *bold { &fonts.bold } else { &fonts.regular };
            surface.set_fill(Some(fill(*ink)));
            let at = Point::from_xy(*x, *y);
            surface.draw_text(
                at,
                font.clone(),
                *size,
                text,
                false,
                TextDirection::LeftToRight,
            );
        }
        Mark::Rect { at, ink } => {
            surface.set_fill(Some(fill(*ink)));
            fill_rects(surface, [*at]);
        }
        Mark::Qr {
            x,
            y,
            side,
            modules,
        } => {
            surface.set_fill(Some(Fill {
                rule: FillRule::NonZero,
                ..fill(Ink::Text)
            }));
            fill_rects(surface, squares(*x, *y, *side, modules));
        }
    }
}

/// The dark squares, those side by side as one.
fn squares(x: f32, y: f32, side: f32, modules: &Modules) -> impl Iterator<Item = [f32; 4]> {
    let step = side / modules.side as f32;
    modules
        .runs()
        .into_iter()
        .map(move |(row, column, length)| {
            let (left, top) = (x + column as f32 * step, y + row as f32 * step);
            [left, top, length as f32 * step, step]
        })
}

/// All rectangles as one shape: shapes of their own would leave hairs of light between them.
fn fill_rects(surface: &mut Surface<'_>, rects: impl IntoIterator<Item = [f32; 4]>) {
    let mut path = PathBuilder::new();
    for [x, y, width, height] in rects {
        if let Some(rect) = Rect::from_xywh(x, y, width, height) {
            path.push_rect(rect);
        }
    }
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
}

fn fill(ink: Ink) -> Fill {
    let color = match ink {
        Ink::Text => rgb::Color::new(24, 28, 32),
        Ink::Quiet => rgb::Color::new(98, 106, 114),
        Ink::Accent => rgb::Color::new(22, 82, 146),
        Ink::Tint => rgb::Color::new(236, 243, 250),
        Ink::Hairline => rgb::Color::new(220, 224, 228),
    };
    Fill {
        paint: color.into(),
        opacity: NormalizedF32::ONE,
        rule: FillRule::default(),
    }
}
