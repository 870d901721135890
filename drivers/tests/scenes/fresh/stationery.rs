//! More kinds of sheets: certificates, envelopes, tickets, notes by hand, forms in colour.

use super::super::Dice;
use super::super::canvas::{Colour, clouds, mix};
use super::super::paper::Paper;

const INK: Colour = [40.0, 44.0, 60.0];

impl Paper {
    /// A certificate: a broad ornamental frame near the edge, a title, a seal.
    pub fn certificate(dice: &mut Dice) -> Paper {
        let (width, height) = dice.of(&[(297.0, 210.0), (210.0, 297.0), (260.0, 185.0)]);
        let ground = dice.of(&[
            [248.0, 240.0, 220.0],
            [244.0, 244.0, 242.0],
            [236.0, 240.0, 230.0],
        ]);
        let mut paper = Paper::blank(width, height, ground);
        let ink: Colour = dice.of(&[
            [170.0, 50.0, 44.0],
            [60.0, 110.0, 80.0],
            [160.0, 128.0, 60.0],
        ]);
        let (margin, band) = (dice.range(5.0, 14.0), dice.range(2.0, 9.0));
        paper.each(|x, y, c| {
            let from_edge = x.min(width - x).min(y.min(height - y));
            let within = from_edge - margin;
            if (0.0..band).contains(&within) {
                let figure = 0.5 + 0.5 * ((x * 1.3).sin() * (y * 1.3).sin());
                mix(c, ink, 0.35 + 0.6 * figure);
            } else if (band + 1.2..band + 1.8).contains(&within) {
                *c = ink;
            }
        });
        let (left, right) = (width * 0.2, width * 0.8);
        paper.text(
            dice,
            [width * 0.3, height * 0.16, width * 0.7, height * 0.23],
            10.0,
            false,
        );
        paper.text(
            dice,
            [left, height * 0.36, right, height * 0.66],
            5.0,
            false,
        );
        paper.seal(width * 0.7, height * 0.78, 15.0);
        paper
    }

    /// An envelope: flap lines or an address, perhaps a window, a stamp.
    pub fn envelope(dice: &mut Dice) -> Paper {
        let colour = dice.of(&[
            [206.0, 172.0, 124.0],
            [240.0, 240.0, 238.0],
            [226.0, 218.0, 196.0],
        ]);
        let mut paper = Paper::blank(220.0, 110.0, colour);
        let seed = dice.bits();
        paper.each(|x, y, c| {
            let fibre = 4.0 * clouds(seed, x / 3.0, y / 0.8);
            c.iter_mut().for_each(|v| *v += fibre);
        });
        match dice.chance(0.5) {
            true => {
                paper.fill([112.0, 48.0, 202.0, 93.0], colour.map(|v| v * 0.8 + 40.0));
                paper.text(dice, [118.0, 55.0, 192.0, 85.0], 4.0, true);
            }
            false => paper.text(dice, [90.0, 50.0, 190.0, 84.0], 6.0, false),
        }
        paper.fill([186.0, 10.0, 210.0, 40.0], [120.0, 150.0, 170.0]);
        paper.text(dice, [12.0, 12.0, 70.0, 22.0], 3.6, false);
        paper
    }

    /// A ticket or a pass of a card's size or longer.
    pub fn ticket(dice: &mut Dice) -> Paper {
        let (width, height) = dice.of(&[(85.6, 54.0), (150.0, 70.0), (120.0, 60.0)]);
        let colour = dice.of(&[
            [190.0, 218.0, 236.0],
            [240.0, 206.0, 204.0],
            [222.0, 232.0, 206.0],
        ]);
        let mut paper = Paper::blank(width, height, colour);
        paper.each(|x, y, c| {
            let guilloche = 5.0 * ((x * 2.1 + 4.0 * (y / 9.0).sin()).sin() + (y * 1.7).sin());
            c.iter_mut().for_each(|v| *v += guilloche);
        });
        paper.text(dice, [6.0, 6.0, width * 0.6, height * 0.7], 4.2, false);
        paper.fill(
            [width - 24.0, height - 24.0, width - 6.0, height - 6.0],
            [50.0, 50.0, 54.0],
        );
        paper
    }

    /// A sheet torn from a pad: ruled, written on by hand, of no standard size.
    pub fn note(dice: &mut Dice) -> Paper {
        let (width, height) = (dice.range(90.0, 190.0), dice.range(130.0, 250.0));
        let colour = dice.of(&[
            [246.0, 244.0, 226.0],
            [240.0, 236.0, 160.0],
            [238.0, 240.0, 244.0],
        ]);
        let mut paper = Paper::blank(width, height, colour);
        let mut y = 16.0;
        while y < height - 10.0 {
            paper.fill([6.0, y, width - 6.0, y + 0.34], [150.0, 170.0, 200.0]);
            let mut x = 10.0;
            let end = width * dice.range(0.4, 0.92);
            while x < end && y < height * 0.75 {
                let high = dice.range(2.0, 5.0);
                paper.fill([x, y - high, x + 0.5, y - 0.6], INK);
                paper.fill(
                    [
                        x,
                        y - high * dice.unit(),
                        x + dice.range(1.0, 3.4),
                        y - high * 0.4,
                    ],
                    INK,
                );
                x += dice.range(2.2, 4.6);
            }
            y += 8.0;
        }
        paper
    }

    /// A form printed in colour: a tinted head, tinted columns, a photo in a corner.
    pub fn tinted_form(dice: &mut Dice) -> Paper {
        let mut paper = Paper::blank(210.0, 297.0, [244.0, 244.0, 242.0]);
        let tint: Colour = dice.of(&[
            [196.0, 216.0, 236.0],
            [240.0, 214.0, 196.0],
            [206.0, 226.0, 200.0],
        ]);
        paper.fill([0.0, 0.0, 210.0, 26.0], tint.map(|v| v * 0.8));
        paper.text(dice, [60.0, 9.0, 150.0, 17.0], 7.5, false);
        for row in 0..9 {
            let y = 40.0 + 22.0 * row as f32;
            paper.fill([16.0, y, 62.0, y + 20.0], tint);
        }
        paper.table(dice, [16.0, 39.0, 194.0, 237.0], 9, 4);
        paper.fill([160.0, 40.0, 192.0, 82.0], [120.0, 132.0, 150.0]);
        paper.seal(150.0, 262.0, 18.0);
        paper
    }
}
