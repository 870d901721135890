//! Which of a camera's modes shows and which takes; pure.

use crate::document::FrameForm;
use crate::document::file::PIXELS_LIMIT;

/// A still's mode that gives this many frames a second shows too: what is seen is what is taken,
/// at once and in the same light.
const SHOWS_FPS: f32 = 10.0;
/// A mode that only shows should give this many.
const SMOOTH_FPS: f32 = 15.0;
/// And be at least this wide, for the sheets to be found.
const SHOWS_WIDTH: u32 = 960;
/// Sides may differ by this share and still be of one shape.
const SHAPE_LIMIT: f32 = 0.02;

/// What a camera can send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mode {
    /// The driver's code of the form.
    pub(crate) fourcc: u32,
    /// The form of its frames.
    pub form: FrameForm,
    /// Width, pixels.
    pub width: u32,
    /// Height, pixels.
    pub height: u32,
    /// The shortest time between frames, seconds as a fraction; 0 of 1 where the driver says none.
    pub interval: (u32, u32),
}

impl Mode {
    /// Frames a second; unknown counts as a few.
    #[must_use]
    pub fn fps(&self) -> f32 {
        match self.interval {
            (0, _) | (_, 0) => 5.0,
            (numerator, denominator) => denominator as f32 / numerator as f32,
        }
    }

    /// Pixels.
    #[must_use]
    pub fn area(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    fn has_shape_of(&self, other: &Mode) -> bool {
        let (a, b) = (self.area_cross(other), other.area_cross(self));
        (a - b).abs() <= SHAPE_LIMIT * a.max(b)
    }

    fn area_cross(&self, other: &Mode) -> f32 {
        self.width as f32 * other.height as f32
    }
}

/// The two modes a camera is used in; often one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// For pages: the largest.
    pub still: Mode,
    /// For what is shown: of the same shape, so that sheets are where they are in the still.
    pub show: Mode,
}

/// Chooses. `None` when there is nothing to choose from.
#[must_use]
pub fn choose(modes: &[Mode]) -> Option<Choice> {
    let fits = |mode: &&Mode| mode.area() > 0 && mode.area() <= PIXELS_LIMIT;
    // MJPEG before raw frames of the same size: it comes many times as fast.
    let rank = |mode: &&Mode| (mode.area(), mode.form == FrameForm::Mjpeg, pace(mode));
    let still = modes.iter().filter(fits).max_by_key(rank)?;
    if still.fps() >= SHOWS_FPS {
        return Some(Choice {
            still: still.clone(),
            show: still.clone(),
        });
    }
    let shows = |mode: &&Mode| {
        mode.has_shape_of(still) && mode.width >= SHOWS_WIDTH && mode.area() < still.area()
    };
    let smooth = |mode: &&Mode| mode.fps() >= SMOOTH_FPS;
    let small = |mode: &&Mode| (mode.area(), mode.form != FrameForm::Mjpeg);
    let all = || modes.iter().filter(fits).filter(shows);
    let smallest_smooth = all().filter(smooth).min_by_key(small);
    let show = smallest_smooth.or_else(|| {
        all()
            .filter(|m| m.fps() > still.fps())
            .max_by_key(|m| pace(m))
    });
    Some(Choice {
        still: still.clone(),
        show: show.unwrap_or(still).clone(),
    })
}

/// Frames a second as a number that can be ordered.
fn pace(mode: &Mode) -> u64 {
    (mode.fps() * 1000.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `M4160x3120@15` is MJPEG, `Y` YUYV; without a pace it is unknown.
    fn mode(text: &str) -> Mode {
        let (size, fps) = text[1..].split_once('@').unwrap_or((&text[1..], "0"));
        let (width, height) = size.split_once('x').unwrap();
        let form = match &text[..1] {
            "M" => FrameForm::Mjpeg,
            _ => FrameForm::Yuyv,
        };
        let fps: u32 = fps.parse().unwrap();
        Mode {
            fourcc: 0,
            form,
            width: width.parse().unwrap(),
            height: height.parse().unwrap(),
            interval: if fps == 0 { (0, 1) } else { (1, fps) },
        }
    }

    #[test]
    fn the_largest_mode_takes_and_shows_when_it_is_fast_enough() {
        for (offered, still, show) in [
            (
                "M4160x3120@15 M1280x960@30 Y640x480@30",
                "M4160x3120@15",
                "M4160x3120@15",
            ),
            // Slow at its largest: a smaller one of the same shape shows.
            (
                "M4160x3120@5 M2592x1944@10 M1280x960@30 M1024x768@30 M1920x1080@30",
                "M4160x3120@5",
                "M1024x768@30",
            ),
            // None of the shape is smooth: the fastest of them.
            (
                "M4160x3120@3 M2080x1560@8 M1920x1080@30",
                "M4160x3120@3",
                "M2080x1560@8",
            ),
            // None of the shape at all: what takes shows.
            ("Y3264x2448@2 M1920x1080@30", "Y3264x2448@2", "Y3264x2448@2"),
            // The same size in both forms, and a raw one that is larger.
            (
                "Y1600x1200@5 M1600x1200@30",
                "M1600x1200@30",
                "M1600x1200@30",
            ),
            ("Y2592x1944@3 M1280x960@30", "Y2592x1944@3", "M1280x960@30"),
            // Nothing known of the pace; one mode only.
            ("M1920x1080", "M1920x1080", "M1920x1080"),
            // A size nobody believes.
            (
                "M65535x65535@15 M1920x1080@30 M0x0@30",
                "M1920x1080@30",
                "M1920x1080@30",
            ),
        ] {
            let modes: Vec<Mode> = offered.split(' ').map(mode).collect();
            let choice = choose(&modes).unwrap();
            assert_eq!(
                (choice.still, choice.show),
                (mode(still), mode(show)),
                "{offered}"
            );
        }
        assert_eq!(choose(&[]), None);
    }
}
