//! A made-up camera picture of 13 megapixels: an A4 sheet with lines of writing, a table and a
//! stamp, lying on its side on a wooden desk, seen at a slant, in uneven light, with noise. The
//! same bytes every time.

use drivers::document::page::warp::Map;
use drivers::document::page::{Picture, Plane, Point};

/// Pixels across.
pub const WIDTH: usize = 4160;
/// Pixels down.
pub const HEIGHT: usize = 3120;
/// The sheet's own grid: 10 dots a millimetre.
const SHEET: (usize, usize) = (2100, 2970);

/// The sheet's corners, from its own top left.
pub const CORNERS: [Point; 4] = [
    Point {
        x: 3832.0,
        y: 332.0,
    },
    Point {
        x: 3871.0,
        y: 2801.0,
    },
    Point {
        x: 328.0,
        y: 2838.0,
    },
    Point { x: 291.0, y: 289.0 },
];

/// The picture.
pub fn picture() -> Option<Picture> {
    let sheet = writing();
    let to_sheet = Map::onto(&CORNERS, SHEET.0, SHEET.1)?.inverted();
    let mut dice = Dice(1);
    let mut y = Plane::filled(WIDTH, HEIGHT, 0);
    let mut chroma = [(); 2].map(|()| Plane::filled(WIDTH / 2, HEIGHT / 2, 128));
    for row in 0..HEIGHT {
        for column in 0..WIDTH {
            let place = (column as f64 + 0.5, row as f64 + 0.5);
            let (u, v) = to_sheet.at(place.0, place.1);
            let light = 1.05 - 0.3 * (place.0 - 1200.0).hypot(place.1) / WIDTH as f64;
            let (luma, colors) = look(&sheet, u, v, place);
            let value = luma * light + dice.noise(3.2);
            y.data[row * WIDTH + column] = value.clamp(0.0, 255.0) as u8;
            if row % 2 == 0 && column % 2 == 0 {
                let at = row / 2 * (WIDTH / 2) + column / 2;
                for (plane, color) in chroma.iter_mut().zip(colors) {
                    let value = 128.5 + color * light + dice.noise(1.2);
                    plane.data[at] = value.clamp(0.0, 255.0) as u8;
                }
            }
        }
    }
    Some(Picture {
        y,
        chroma: Some(chroma),
    })
}

/// Luma and chroma of a place, on the sheet or beside it.
fn look(sheet: &Plane, u: f64, v: f64, place: (f64, f64)) -> (f64, [f64; 2]) {
    let (width, height) = (SHEET.0 as f64, SHEET.1 as f64);
    if !(0.0..width).contains(&u) || !(0.0..height).contains(&v) {
        let grain = (place.0 / 310.0 + (place.1 / 23.0).sin() * 0.4).sin() * 9.0;
        return (101.0 + grain, [-17.0, 18.0]);
    }
    let ring = ((u - 1500.0).hypot(v - 2500.0) - 190.0).abs() < 9.0;
    if ring {
        return (112.0, [-8.0, 78.0]);
    }
    (smooth(sheet, u, v), [-2.0, 1.0])
}

/// The sheet's luma between its dots.
fn smooth(sheet: &Plane, u: f64, v: f64) -> f64 {
    let (u, v) = ((u - 0.5).max(0.0), (v - 0.5).max(0.0));
    let (x, y) = (u as usize, v as usize);
    let at = |x: usize, y: usize| f64::from(sheet.row(y.min(SHEET.1 - 1))[x.min(SHEET.0 - 1)]);
    let (fx, fy) = (u.fract(), v.fract());
    let top = at(x, y) * (1.0 - fx) + at(x + 1, y) * fx;
    let low = at(x, y + 1) * (1.0 - fx) + at(x + 1, y + 1) * fx;
    top * (1.0 - fy) + low * fy
}

/// Lines of made-up characters and a table.
fn writing() -> Plane {
    let mut sheet = Plane::filled(SHEET.0, SHEET.1, 246);
    let mut dice = Dice(2);
    let mut line = 420;
    while line < 2700 {
        let table = (1600..2250).contains(&line);
        let end = if dice.below(8) == 0 {
            600 + dice.below(1200)
        } else {
            1850
        };
        for left in (250..end as usize).step_by(44) {
            character(&mut sheet, &mut dice, left, line);
        }
        if table {
            bar(&mut sheet, 230..1870, line - 16..line - 12);
        }
        line += if table { 80 } else { 70 };
    }
    for column in [230, 640, 1050, 1460, 1866] {
        bar(&mut sheet, column..column + 4, 1584..2240);
    }
    sheet
}

/// Strokes in a box of 40 dots, as dense as Chinese writing.
fn character(sheet: &mut Plane, dice: &mut Dice, left: usize, top: usize) {
    for _ in 0..5 + dice.below(4) {
        let (x, y) = (
            left + dice.below(30) as usize,
            top + dice.below(36) as usize,
        );
        let length = 8 + dice.below(24) as usize;
        match dice.below(3) {
            0 => bar(sheet, x..x + 4, y..(y + length).min(top + 40)),
            _ => bar(sheet, x..(x + length).min(left + 40), y..y + 3),
        }
    }
}

fn bar(sheet: &mut Plane, columns: std::ops::Range<usize>, rows: std::ops::Range<usize>) {
    for y in rows.start..rows.end.min(SHEET.1) {
        sheet.data[y * SHEET.0..][columns.clone()].fill(32);
    }
}

/// Chance that falls the same way every time (xorshift64*).
struct Dice(u64);

impl Dice {
    fn bits(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, limit: u64) -> u64 {
        (self.bits() >> 16) % limit
    }

    /// Nearly normal, with this deviation: four even numbers added.
    fn noise(&mut self, deviation: f64) -> f64 {
        let bits = self.bits();
        let sum: u64 = [16, 24, 32, 40].iter().map(|by| bits >> by & 255).sum();
        (sum as f64 - 510.0) / 147.8 * deviation
    }
}
