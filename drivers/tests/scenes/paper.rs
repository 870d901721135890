//! Sheets: what is printed on them.

use super::Dice;
use super::canvas::{Colour, clouds, mix};

/// A sheet's face at three samples a millimetre.
pub struct Paper {
    pub width: usize,
    pub height: usize,
    face: Vec<Colour>,
    /// Radius of the corners, millimetres.
    pub round: f32,
}

pub const PER_MM: f32 = 3.0;

impl Paper {
    pub fn blank(width_mm: f32, height_mm: f32, colour: Colour) -> Paper {
        let (width, height) = ((width_mm * PER_MM) as usize, (height_mm * PER_MM) as usize);
        Paper {
            width,
            height,
            face: vec![colour; width * height],
            round: 0.0,
        }
    }

    /// A letter or notice: a heading, lines of text, perhaps a red seal.
    pub fn letter(dice: &mut Dice, colour: Colour) -> Paper {
        let mut paper = Paper::blank(210.0, 297.0, colour);
        let latin = dice.chance(0.3);
        let size = dice.range(3.2, 4.6);
        paper.text(dice, [55.0, 20.0, 155.0, 28.0], 7.5, latin);
        let bottom = dice.range(120.0, 275.0);
        paper.text(dice, [24.0, 40.0, 186.0, bottom], size, latin);
        if dice.chance(0.5) {
            paper.seal(dice.range(120.0, 170.0), dice.range(200.0, 260.0), 19.0);
        }
        paper
    }

    /// A form: a table over most of the sheet.
    pub fn form(dice: &mut Dice, colour: Colour) -> Paper {
        let mut paper = Paper::blank(210.0, 297.0, colour);
        paper.text(dice, [60.0, 15.0, 150.0, 23.0], 7.0, false);
        let (rows, columns) = (8 + dice.below(12), 3 + dice.below(4));
        paper.table(dice, [18.0, 32.0, 192.0, 240.0], rows, columns);
        if dice.chance(0.4) {
            paper.fill([18.0, 32.0, 192.0, 42.0], [190.0, 192.0, 196.0]);
        }
        paper
    }

    /// A shop's receipt.
    pub fn receipt(dice: &mut Dice) -> Paper {
        let (width, height) = (dice.of(&[58.0, 80.0]), dice.range(150.0, 300.0));
        let mut paper = Paper::blank(width, height, [238.0, 238.0, 236.0]);
        paper.text(dice, [12.0, 8.0, width - 12.0, 20.0], 4.5, false);
        paper.text(dice, [5.0, 26.0, width - 5.0, height - 40.0], 2.8, true);
        paper.fill(
            [width * 0.3, height - 34.0, width * 0.7, height - 14.0],
            [60.0, 60.0, 64.0],
        );
        paper
    }

    /// A bank card, of strong colour, or an identity card, of pale.
    pub fn card(dice: &mut Dice, pale: bool) -> Paper {
        let strong = dice.of(&[
            [160.0, 30.0, 40.0],
            [30.0, 60.0, 140.0],
            [190.0, 150.0, 60.0],
            [20.0, 110.0, 90.0],
        ]);
        let colour = if pale { [216.0, 226.0, 232.0] } else { strong };
        let mut paper = Paper::blank(85.6, 54.0, colour);
        paper.round = 3.0;
        let seed = dice.bits();
        let lean = dice.range(-30.0, 30.0);
        paper.each(|x, y, c| {
            let wave = 8.0 * (x / 7.0 + clouds(seed, x / 20.0, y / 20.0) * 3.0).sin();
            let along = lean * (x / 85.6 - 0.5);
            c.iter_mut()
                .for_each(|v| *v += wave * if pale { 0.6 } else { 0.2 } + along);
        });
        if pale {
            paper.text(dice, [6.0, 6.0, 50.0, 40.0], 3.4, false);
            paper.text(dice, [6.0, 44.0, 78.0, 48.5], 3.6, true);
            paper.fill([58.0, 8.0, 80.0, 37.0], [176.0, 160.0, 150.0]);
        } else {
            paper.fill([9.0, 20.0, 20.0, 29.0], [205.0, 185.0, 120.0]);
            paper.text(dice, [9.0, 34.0, 74.0, 39.0], 4.5, true);
        }
        paper
    }

    /// An open booklet, the fold in the middle.
    pub fn booklet(dice: &mut Dice) -> Paper {
        let (width, height) = dice.of(&[(176.0, 125.0), (210.0, 143.0), (148.0, 210.0)]);
        let colour = dice.of(&[
            [228.0, 220.0, 200.0],
            [236.0, 226.0, 222.0],
            [222.0, 230.0, 220.0],
        ]);
        let mut paper = Paper::blank(width, height, colour);
        let upright = height > width;
        let half = if upright {
            [0.0, height / 2.0]
        } else {
            [width / 2.0, 0.0]
        };
        for page in 0..2 {
            let (x, y) = (half[0] * page as f32, half[1] * page as f32);
            let (w, h) = if upright {
                (width, height / 2.0)
            } else {
                (width / 2.0, height)
            };
            let inner = [x + 9.0, y + 12.0, x + w - 9.0, y + h - 9.0];
            match dice.chance(0.5) {
                true => paper.table(dice, inner, 8, 3),
                false => paper.text(dice, inner, 3.0, false),
            }
        }
        let deep = dice.range(0.12, 0.32);
        paper.each(|x, y, c| {
            let far = if upright {
                y - height / 2.0
            } else {
                x - width / 2.0
            };
            let fold =
                1.0 - deep * (-(far / 3.0).powi(2)).exp() - 0.06 * (-(far / 14.0).abs()).exp();
            *c = c.map(|v| v * fold);
        });
        paper
    }

    /// A photograph print: pictures to the edge, a white border around.
    pub fn photo(dice: &mut Dice) -> Paper {
        let mut paper = Paper::blank(152.0, 102.0, [240.0, 240.0, 238.0]);
        let seed = dice.bits();
        paper.each(|x, y, c| {
            if (4.0..148.0).contains(&x) && (4.0..98.0).contains(&y) {
                let shade = |k: u64| 120.0 + 90.0 * clouds(seed ^ k, x / 30.0, y / 30.0);
                *c = [shade(1), shade(2), shade(3)];
            }
        });
        paper
    }

    pub fn each(&mut self, mut draw: impl FnMut(f32, f32, &mut Colour)) {
        for (k, c) in self.face.iter_mut().enumerate() {
            let (x, y) = ((k % self.width) as f32 + 0.5, (k / self.width) as f32 + 0.5);
            draw(x / PER_MM, y / PER_MM, c);
        }
    }

    pub fn fill(&mut self, [x0, y0, x1, y1]: [f32; 4], colour: Colour) {
        let limit = |v: f32, max: usize| ((v * PER_MM).round().max(0.0) as usize).min(max);
        for y in limit(y0, self.height)..limit(y1, self.height) {
            let row = y * self.width;
            self.face[row + limit(x0, self.width)..row + limit(x1, self.width)].fill(colour);
        }
    }

    /// Lines of made-up signs, the last of a paragraph short.
    pub fn text(&mut self, dice: &mut Dice, area: [f32; 4], size: f32, latin: bool) {
        let mut y = area[1];
        while y + size <= area[3] + 0.1 {
            let full = area[2] - area[0];
            let end = area[0]
                + if dice.chance(0.15) {
                    full * dice.unit()
                } else {
                    full
                };
            let mut x = area[0];
            while x + size < end {
                let broad = if latin { size * 0.5 } else { size };
                if !(latin && dice.chance(0.16)) {
                    self.sign(dice, x, y, broad * 0.86, size * 0.86);
                }
                x += broad;
            }
            y += size * 1.65;
        }
    }

    /// Some strokes in a cell.
    fn sign(&mut self, dice: &mut Dice, x: f32, y: f32, width: f32, height: f32) {
        let ink = [36.0, 36.0, 40.0];
        let thick = (height * 0.1).max(0.34);
        for _ in 0..2 + dice.below(4) {
            let (u, v) = (dice.unit() * width * 0.7, dice.unit() * height * 0.9);
            match dice.chance(0.5) {
                true => self.fill([x + u * 0.4, y + v, x + width * 0.95, y + v + thick], ink),
                false => self.fill([x + u, y + v * 0.4, x + u + thick, y + height * 0.95], ink),
            }
        }
    }

    pub fn table(&mut self, dice: &mut Dice, area: [f32; 4], rows: usize, columns: usize) {
        let ink = dice.of(&[[50.0, 50.0, 52.0], [130.0, 60.0, 60.0], [40.0, 80.0, 60.0]]);
        let (high, wide) = (
            (area[3] - area[1]) / rows as f32,
            (area[2] - area[0]) / columns as f32,
        );
        for row in 0..=rows {
            let y = area[1] + high * row as f32;
            self.fill([area[0], y, area[2], y + 0.4], ink);
        }
        for column in 0..=columns {
            let x = area[0] + wide * column as f32;
            self.fill([x, area[1], x + 0.4, area[3]], ink);
        }
        let size = (high * 0.45).min(4.0);
        for row in 0..rows {
            for column in 0..columns {
                let (x, y) = (
                    area[0] + wide * column as f32 + 1.5,
                    area[1] + high * row as f32 + 1.5,
                );
                let end = x + (wide - 3.0) * dice.range(0.3, 1.0);
                self.text(dice, [x, y, end, y + size], size, false);
            }
        }
    }

    pub fn seal(&mut self, cx: f32, cy: f32, radius: f32) {
        self.each(|x, y, c| {
            let far = (x - cx).hypot(y - cy);
            let star = far < radius * 0.3 || (far - radius).abs() < 0.8;
            mix(c, [205.0, 40.0, 45.0], if star { 0.75 } else { 0.0 });
        });
    }

    /// The colour at a place, millimetres.
    pub fn at(&self, x: f32, y: f32) -> Colour {
        let (x, y) = ((x * PER_MM - 0.5).max(0.0), (y * PER_MM - 0.5).max(0.0));
        let (left, top) = (
            (x as usize).min(self.width - 2),
            (y as usize).min(self.height - 2),
        );
        let (fx, fy) = ((x - left as f32).min(1.0), (y - top as f32).min(1.0));
        let k = top * self.width + left;
        let (a, b, c, d) = (
            self.face[k],
            self.face[k + 1],
            self.face[k + self.width],
            self.face[k + self.width + 1],
        );
        std::array::from_fn(|i| {
            let upper = a[i] * (1.0 - fx) + b[i] * fx;
            upper * (1.0 - fy) + (c[i] * (1.0 - fx) + d[i] * fx) * fy
        })
    }
}
