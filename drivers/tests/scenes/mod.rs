//! Made-up camera pictures with known corners: desks, light, sheets and what else lies about. From a
//! seed, the same everywhere. Nothing is a photograph: what a camera does (lens, blur, noise, JPEG) is
//! imitated, and paper does not curl.
//!
//! - `families`: scenes the detector is tuned on; `laid`, `bare`: how they are made. `fresh`: scenes made
//!   another way and held out; `unseen`, `odd`: held out from what was tuned later.
//! - `desk`, `props`, `light`: what lies under, beside and over the sheets. `paper`,
//!   `lay`: the sheets.
//! - `canvas`: drawing and the camera. `judge`: what an answer is worth.

#![allow(dead_code, reason = "a test and an example each use their part")]

mod bare;
mod canvas;
mod desk;
mod families;
mod fresh;
pub mod judge;
mod laid;
mod lay;
mod light;
mod odd;
mod paper;
mod props;
mod unseen;

use drivers::document::page::{Picture, Point};

#[allow(
    unused_imports,
    reason = "the example reads pictures, the test does not"
)]
pub use canvas::picture;
pub use families::Family;

/// A picture and what is in it.
pub struct Scene {
    pub picture: Picture,
    pub sheets: Vec<Sheet>,
}

/// A sheet's true corners, in the picture's pixels, clockwise as seen.
#[derive(Clone, Copy, Debug)]
pub struct Sheet {
    pub corners: [Point; 4],
    /// Must be found; otherwise it may be (a book, a blank sheet under a card).
    pub wanted: bool,
}

/// All families, those that are held out last.
pub fn all() -> impl Iterator<Item = &'static Family> {
    let first = families::FAMILIES.iter().chain(&fresh::FAMILIES);
    first.chain(&unseen::FAMILIES).chain(&odd::FAMILIES)
}

/// A scene of a family.
pub fn make(family: &Family, seed: u64) -> Scene {
    let name = family
        .name
        .bytes()
        .fold(7u64, |sum, b| sum.wrapping_mul(131) + u64::from(b));
    let mut dice = Dice::new(seed.wrapping_mul(0x51_7C_C1).wrapping_add(name));
    (family.make)(&mut dice)
}

/// A small generator of numbers (splitmix64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 to below 1.
    pub fn unit(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / (1u64 << 24) as f32
    }

    pub fn range(&mut self, from: f32, to: f32) -> f32 {
        from + (to - from) * self.unit()
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.bits() >> 33) as usize % limit.max(1)
    }

    pub fn chance(&mut self, share: f32) -> bool {
        self.unit() < share
    }

    pub fn sign(&mut self) -> f32 {
        if self.chance(0.5) { 1.0 } else { -1.0 }
    }

    /// Roughly normal, of deviation 1.
    pub fn normal(&mut self) -> f32 {
        (0..4).map(|_| self.unit() - 0.5).sum::<f32>() * 1.732
    }

    pub fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }
}
