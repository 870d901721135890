//! What lies under the sheets.

use super::Dice;
use super::canvas::{Canvas, Colour, clouds, dim, mix, ramp};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Desk {
    Plain(Colour),
    /// Boards with grain, narrow dark joints, turned by an angle.
    Boards,
    /// One surface with grain.
    Veneer,
    Checked,
    Striped,
    Dotted,
    /// Square tiles with joints.
    Tiles,
    /// Stone with chips.
    Terrazzo,
    Leather,
}

impl Desk {
    pub fn plain(dice: &mut Dice) -> Desk {
        let list: [Colour; 6] = [
            [58.0, 54.0, 50.0],
            [120.0, 124.0, 128.0],
            [38.0, 70.0, 58.0],
            [150.0, 128.0, 104.0],
            [70.0, 82.0, 110.0],
            [168.0, 168.0, 164.0],
        ];
        Desk::Plain(dice.of(&list))
    }

    /// Draws itself over everything.
    pub fn draw(self, canvas: &mut Canvas, dice: &mut Dice) {
        let seed = dice.bits();
        let angle = dice.range(-0.5, 0.5) + if dice.chance(0.5) { 1.57 } else { 0.0 };
        let turned = move |x: f32, y: f32| {
            (
                x * angle.cos() + y * angle.sin(),
                y * angle.cos() - x * angle.sin(),
            )
        };
        let size = dice.range(0.8, 1.3);
        let base = self.base(dice);
        let second: Colour = std::array::from_fn(|_| dice.range(60.0, 235.0));
        canvas.each(|x, y, pixel| {
            let (u, v) = turned(x, y);
            *pixel = base;
            let fine =
                clouds(seed, x / 2.0, y / 2.0) * 2.0 + clouds(seed ^ 1, x / 60.0, y / 60.0) * 4.0;
            match self {
                Desk::Plain(_) => {}
                Desk::Boards => boards(seed, u / size, v / size, pixel),
                Desk::Veneer => grain(seed, u / size, v / size, pixel),
                Desk::Checked => {
                    let stripe = |t: f32| u8::from((t / (44.0 * size)).rem_euclid(2.0) < 1.0);
                    mix(pixel, second, 0.4 * f32::from(stripe(u) + stripe(v)));
                }
                Desk::Striped => {
                    let part = (u / (36.0 * size)).rem_euclid(3.0);
                    mix(
                        pixel,
                        second,
                        if part < 1.0 {
                            0.8
                        } else if part < 1.3 {
                            0.3
                        } else {
                            0.0
                        },
                    );
                }
                Desk::Dotted => dots(seed, u / size, v / size, second, pixel),
                Desk::Tiles => tiles(seed, u / size, v / size, pixel),
                Desk::Terrazzo => terrazzo(seed, x / size, y / size, pixel),
                Desk::Leather => {
                    let bumps = clouds(seed, x / 5.0, y / 5.0) + clouds(seed ^ 3, x / 9.0, y / 9.0);
                    dim(pixel, 1.0 + 0.12 * bumps);
                }
            }
            pixel.iter_mut().for_each(|v| *v += fine);
        });
    }

    fn base(self, dice: &mut Dice) -> Colour {
        let shade = dice.range(0.75, 1.2);
        let base: Colour = match self {
            Desk::Plain(colour) => return colour,
            Desk::Boards | Desk::Veneer => dice.of(&[
                [150.0, 104.0, 66.0],
                [112.0, 74.0, 48.0],
                [186.0, 148.0, 104.0],
            ]),
            Desk::Checked | Desk::Striped | Desk::Dotted => dice.of(&[
                [170.0, 60.0, 60.0],
                [50.0, 80.0, 130.0],
                [90.0, 120.0, 90.0],
                [190.0, 170.0, 150.0],
            ]),
            Desk::Tiles => [150.0, 140.0, 128.0],
            Desk::Terrazzo => [128.0, 126.0, 120.0],
            Desk::Leather => dice.of(&[[74.0, 48.0, 38.0], [46.0, 46.0, 50.0], [60.0, 84.0, 66.0]]),
        };
        base.map(|v| (v * shade).min(225.0))
    }
}

fn grain(seed: u64, u: f32, v: f32, pixel: &mut Colour) {
    let wave = 5.0 * clouds(seed ^ 9, u / 200.0, v / 90.0);
    let rings =
        clouds(seed, u / 180.0, (v + wave) / 5.0) + 0.6 * clouds(seed ^ 2, u / 90.0, v / 2.5);
    dim(pixel, 1.0 + 0.1 * rings);
}

fn boards(seed: u64, u: f32, v: f32, pixel: &mut Colour) {
    const BROAD: f32 = 128.0;
    let board = (v / BROAD).floor();
    let shade = Dice::new(seed ^ board.to_bits() as u64).range(0.85, 1.15);
    grain(seed ^ (board as i64 as u64), u + board * 333.0, v, pixel);
    dim(pixel, shade);
    let joint = (v - board * BROAD).min((board + 1.0) * BROAD - v);
    dim(pixel, 0.45 + 0.55 * ramp(0.5, 2.0, joint));
}

fn dots(seed: u64, u: f32, v: f32, colour: Colour, pixel: &mut Colour) {
    const CELL: f32 = 58.0;
    let (column, row) = ((u / CELL).floor(), (v / CELL).floor());
    let mut dice = Dice::new(seed ^ ((column as i64 as u64) << 20) ^ row as i64 as u64);
    let (x, y) = (
        column * CELL + dice.range(20.0, 38.0),
        row * CELL + dice.range(20.0, 38.0),
    );
    let far = (u - x).hypot(v - y);
    let petals = 1.0 + 0.25 * (5.0 * (v - y).atan2(u - x)).sin();
    mix(
        pixel,
        colour,
        ramp(1.5, -1.5, far - dice.range(8.0, 17.0) * petals),
    );
}

fn tiles(seed: u64, u: f32, v: f32, pixel: &mut Colour) {
    const SIZE: f32 = 235.0;
    let (column, row) = ((u / SIZE).floor(), (v / SIZE).floor());
    let tile = seed ^ ((column as i64 as u64) << 24) ^ row as i64 as u64;
    dim(pixel, Dice::new(tile).range(0.93, 1.07));
    dim(pixel, 1.0 + 0.05 * clouds(tile, u / 25.0, v / 25.0));
    let edge = |t: f32, k: f32| (t - k * SIZE).min((k + 1.0) * SIZE - t);
    let joint = edge(u, column).min(edge(v, row));
    mix(pixel, [205.0, 203.0, 198.0], ramp(4.5, 3.0, joint));
}

fn terrazzo(seed: u64, x: f32, y: f32, pixel: &mut Colour) {
    for (layer, cell, share) in [(1u64, 11.0f32, 0.5f32), (2, 19.0, 0.3)] {
        let (column, row) = ((x / cell).floor(), (y / cell).floor());
        let place = (column as i64 as u64) << 22 ^ row as i64 as u64;
        let mut dice = Dice::new(seed ^ layer << 50 ^ place);
        if !dice.chance(share) {
            continue;
        }
        let (cx, cy) = (
            (column + dice.range(0.3, 0.7)) * cell,
            (row + dice.range(0.3, 0.7)) * cell,
        );
        let (a, b) = (dice.range(0.12, 0.38) * cell, dice.range(0.12, 0.38) * cell);
        let inside = ((x - cx) / a).powi(2) + ((y - cy) / b).powi(2);
        let chip = dice.of(&[
            [205.0, 200.0, 190.0],
            [70.0, 68.0, 66.0],
            [150.0, 96.0, 70.0],
        ]);
        mix(pixel, chip, ramp(1.3, 0.7, inside) * 0.8);
    }
}
