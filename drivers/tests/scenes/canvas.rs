//! A frame of light, drawn on by shapes with soft edges, and the camera that looks at it.

use super::{Dice, Scene, Sheet};
use drivers::document::page::{Picture, Plane, Point};

pub const WIDTH: usize = 1040;
pub const HEIGHT: usize = 780;

pub type Colour = [f32; 3];

/// What is drawn on, red, green and blue from 0 to 255, and the lens it is seen through.
pub struct Canvas {
    pub pixels: Vec<Colour>,
    /// Radial distortion: barrel above 0, at the picture's corner as a share of its distance.
    lens: f32,
    pub sheets: Vec<Sheet>,
}

/// How the camera spoils what it sees.
#[derive(Clone, Copy)]
pub struct Camera {
    /// Standard deviation of the blur, pixels.
    pub blur: f32,
    /// Length of a movement, pixels, and its direction.
    pub moved: (f32, f32),
    /// Standard deviation of the noise, levels.
    pub noise: f32,
    /// JPEG quality.
    pub quality: u8,
    pub gray: bool,
    /// How much edges are exaggerated, and the deviation of noise in colour alone, in blots.
    pub sharpened: f32,
    pub blots: f32,
}

impl Camera {
    pub fn usual(dice: &mut Dice) -> Camera {
        Camera {
            blur: dice.range(0.4, 0.9),
            moved: (0.0, 0.0),
            noise: dice.range(0.8, 2.5),
            quality: 80 + dice.below(15) as u8,
            gray: false,
            sharpened: 0.0,
            blots: 0.0,
        }
    }
}

impl Canvas {
    pub fn new(colour: Colour, lens: f32) -> Canvas {
        let pixels = vec![colour; WIDTH * HEIGHT];
        Canvas {
            pixels,
            lens,
            sheets: Vec::new(),
        }
    }

    /// Calls `draw` for each pixel with its place as a perfect lens would see it.
    pub fn each(&mut self, mut draw: impl FnMut(f32, f32, &mut Colour)) {
        let lens = self.lens;
        for (k, pixel) in self.pixels.iter_mut().enumerate() {
            let (x, y) = ((k % WIDTH) as f32 + 0.5, (k / WIDTH) as f32 + 0.5);
            let p = straight(lens, x, y);
            draw(p.x, p.y, pixel);
        }
    }

    /// The same for the pixels near a shape only.
    pub fn near(&mut self, around: [f32; 4], mut draw: impl FnMut(f32, f32, &mut Colour)) {
        let margin = 12.0 + self.lens.abs() * 700.0;
        let limit = |v: f32, max: usize| v.clamp(0.0, max as f32) as usize;
        let (x0, x1) = (
            limit(around[0] - margin, WIDTH),
            limit(around[2] + margin, WIDTH),
        );
        let (y0, y1) = (
            limit(around[1] - margin, HEIGHT),
            limit(around[3] + margin, HEIGHT),
        );
        for y in y0..y1 {
            for x in x0..x1 {
                let p = straight(self.lens, x as f32 + 0.5, y as f32 + 0.5);
                draw(p.x, p.y, &mut self.pixels[y * WIDTH + x]);
            }
        }
    }

    /// Remembers a sheet by its corners as a perfect lens would see them.
    pub fn remember(&mut self, corners: [Point; 4], wanted: bool) {
        let corners = corners.map(|p| bent(self.lens, p));
        self.sheets.push(Sheet { corners, wanted });
    }

    /// What the camera makes of it.
    pub fn taken(mut self, camera: &Camera, dice: &mut Dice) -> Scene {
        if camera.moved.0 > 0.5 {
            self.move_by(camera.moved);
        }
        self.blur(camera.blur);
        if camera.sharpened > 0.0 {
            self.sharpen(camera.sharpened);
        }
        if camera.blots > 0.0 {
            self.blot(camera.blots, dice.bits());
        }
        let coarse_noise = camera.noise * 0.5;
        let mut rgb = Vec::with_capacity(WIDTH * HEIGHT * 3);
        for pixel in &self.pixels {
            let common = dice.normal() * camera.noise;
            for value in pixel {
                let value = value + common + dice.normal() * coarse_noise;
                rgb.push(value.round().clamp(0.0, 255.0) as u8);
            }
        }
        let rgb = through_jpeg(&rgb, camera.quality);
        let mut picture = picture(&rgb, WIDTH, HEIGHT);
        if camera.gray {
            picture.chroma = None;
        }
        Scene {
            picture,
            sheets: self.sheets,
        }
    }

    /// Takes a blurred picture off the sharp one, as cheap cameras do: edges get halos.
    fn sharpen(&mut self, by: f32) {
        let sharp = self.pixels.clone();
        self.blur(1.6);
        for (pixel, sharp) in self.pixels.iter_mut().zip(sharp) {
            *pixel = std::array::from_fn(|c| sharp[c] + (sharp[c] - pixel[c]) * by);
        }
    }

    /// Noise in colour, a few pixels wide, as a sensor has in little light.
    fn blot(&mut self, deviation: f32, seed: u64) {
        for (k, pixel) in self.pixels.iter_mut().enumerate() {
            let (x, y) = ((k % WIDTH) as f32 / 4.0, (k / WIDTH) as f32 / 4.0);
            let (red, blue) = (clouds(seed, x, y), clouds(seed ^ 77, x, y));
            pixel[0] += deviation * red;
            pixel[1] -= deviation * 0.3 * (red + blue);
            pixel[2] += deviation * blue;
        }
    }

    fn blur(&mut self, deviation: f32) {
        if deviation < 0.2 {
            return;
        }
        let reach = (deviation * 3.0).ceil() as i32;
        let weight = |k: i32| (-(k as f32 / deviation).powi(2) / 2.0).exp();
        let sum: f32 = (-reach..=reach).map(weight).sum();
        let steps: Vec<(f32, f32, f32)> = (-reach..=reach)
            .map(|k| (k as f32, 0.0, weight(k) / sum))
            .collect();
        self.weighted(&steps);
        let steps: Vec<_> = steps.iter().map(|&(k, _, w)| (0.0, k, w)).collect();
        self.weighted(&steps);
    }

    fn move_by(&mut self, (length, angle): (f32, f32)) {
        let count = (length.ceil() as usize).max(2);
        let step = |k: usize| {
            let far = (k as f32 / (count - 1) as f32 - 0.5) * length;
            (far * angle.cos(), far * angle.sin(), 1.0 / count as f32)
        };
        let steps: Vec<_> = (0..count).map(step).collect();
        self.weighted(&steps);
    }

    /// Replaces each pixel by a weighted sum of those at the given steps.
    fn weighted(&mut self, steps: &[(f32, f32, f32)]) {
        let before = std::mem::take(&mut self.pixels);
        self.pixels = Vec::with_capacity(before.len());
        for y in 0..HEIGHT as i32 {
            for x in 0..WIDTH as i32 {
                let mut sum = [0.0; 3];
                for &(dx, dy, weight) in steps {
                    let x = (x + dx.round() as i32).clamp(0, WIDTH as i32 - 1) as usize;
                    let y = (y + dy.round() as i32).clamp(0, HEIGHT as i32 - 1) as usize;
                    let pixel = before[y * WIDTH + x];
                    sum = std::array::from_fn(|c| sum[c] + pixel[c] * weight);
                }
                self.pixels.push(sum);
            }
        }
    }
}

/// Where a perfect lens would have put what this one puts at a place.
fn straight(lens: f32, x: f32, y: f32) -> Point {
    let (dx, dy) = (x - WIDTH as f32 / 2.0, y - HEIGHT as f32 / 2.0);
    let grown = 1.0 + lens * (dx * dx + dy * dy) / (650.0 * 650.0);
    Point {
        x: WIDTH as f32 / 2.0 + dx * grown,
        y: HEIGHT as f32 / 2.0 + dy * grown,
    }
}

/// The other way round.
fn bent(lens: f32, p: Point) -> Point {
    let mut guess = p;
    for _ in 0..12 {
        let seen = straight(lens, guess.x, guess.y);
        guess = Point {
            x: guess.x + p.x - seen.x,
            y: guess.y + p.y - seen.y,
        };
    }
    guess
}

fn through_jpeg(rgb: &[u8], quality: u8) -> Vec<u8> {
    use image::codecs::jpeg::JpegEncoder;
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    let (width, height) = (WIDTH as u32, HEIGHT as u32);
    encoder
        .encode(rgb, width, height, image::ExtendedColorType::Rgb8)
        .expect("the size is the bytes'");
    image::load_from_memory(&bytes)
        .expect("it was just written")
        .into_rgb8()
        .into_raw()
}

/// Luma, and chroma of half its size, of red, green and blue bytes (JFIF).
pub fn picture(rgb: &[u8], width: usize, height: usize) -> Picture {
    let mut y = Plane::filled(width, height, 0);
    for (luma, p) in y.data.iter_mut().zip(rgb.chunks_exact(3)) {
        let [r, g, b] = [p[0], p[1], p[2]].map(f32::from);
        *luma = (0.299 * r + 0.587 * g + 0.114 * b).round() as u8;
    }
    let (half_width, half_height) = (width.div_ceil(2), height.div_ceil(2));
    let mut cb = Plane::filled(half_width, half_height, 128);
    let mut cr = cb.clone();
    for v in 0..half_height {
        for u in 0..half_width {
            let mut sum = [0.0f32; 3];
            for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                let (x, y) = ((2 * u + dx).min(width - 1), (2 * v + dy).min(height - 1));
                let p = &rgb[(y * width + x) * 3..][..3];
                sum = std::array::from_fn(|c| sum[c] + f32::from(p[c]) / 4.0);
            }
            let [r, g, b] = sum;
            let k = v * half_width + u;
            cb.data[k] = (128.0 - 0.168_74 * r - 0.331_26 * g + 0.5 * b).round() as u8;
            cr.data[k] = (128.0 + 0.5 * r - 0.418_69 * g - 0.081_31 * b).round() as u8;
        }
    }
    Picture {
        y,
        chroma: Some([cb, cr]),
    }
}

pub fn mix(under: &mut Colour, over: Colour, share: f32) {
    for (under, over) in under.iter_mut().zip(over) {
        *under += (over - *under) * share;
    }
}

pub fn dim(pixel: &mut Colour, by: f32) {
    for value in pixel {
        *value *= by;
    }
}

/// From 0 to 1 while `x` goes from `from` to `to`, without corners.
pub fn ramp(from: f32, to: f32, x: f32) -> f32 {
    let t = ((x - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Smooth noise between -1 and 1 over cells of one unit.
pub fn clouds(seed: u64, x: f32, y: f32) -> f32 {
    let (fx, fy) = (x - x.floor(), y - y.floor());
    let corner = |dx: i64, dy: i64| {
        let (cx, cy) = (x.floor() as i64 + dx, y.floor() as i64 + dy);
        let mixed = (cx as u64).wrapping_mul(0x8DA6_B343) ^ (cy as u64).wrapping_mul(0xD816_3841);
        Dice::new(mixed ^ seed).unit() * 2.0 - 1.0
    };
    let (sx, sy) = (fx * fx * (3.0 - 2.0 * fx), fy * fy * (3.0 - 2.0 * fy));
    let upper = corner(0, 0) * (1.0 - sx) + corner(1, 0) * sx;
    let lower = corner(0, 1) * (1.0 - sx) + corner(1, 1) * sx;
    upper * (1.0 - sy) + lower * sy
}
