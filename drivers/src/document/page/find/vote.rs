//! Where a side lies when single places along it mislead: writing around a pale card steps more than the
//! card's edge does, but never all along one line. Every place votes for all its steps, none with more
//! than a usual step's weight, and the straight line with most votes is the side.

/// A step's weight, at every shift that was looked at, of each place along a side.
pub(super) struct Votes {
    /// The shift of the first weight.
    pub first: i32,
    /// The most a weight counts, so that the strongest steps do not decide.
    pub cap: f32,
    /// Places along the side, from 0 to 1, and their weights.
    pub places: Vec<(f32, Vec<f32>)>,
}

/// A place counts for a line when it has so much of the most it may weigh.
const COUNTS: f32 = 0.5;

impl Votes {
    /// Steps near the line with most votes, as (place, shift, weight), one of each place that counts.
    pub fn along_the_best(&self) -> Vec<(f32, f32, f32)> {
        let Some((from, to)) = self.best() else {
            return Vec::new();
        };
        let near = self.places.iter().filter_map(|(at, weights)| {
            let middle = index(*at, from, to);
            let last = weights.len() - 1;
            let around = middle.saturating_sub(1).max(1)..=(middle + 1).min(last - 1);
            let peak = around.max_by(|&a, &b| weights[a].total_cmp(&weights[b]))?;
            let (before, top, after) = (weights[peak - 1], weights[peak], weights[peak + 1]);
            let bend = before - 2.0 * top + after;
            let part = if bend < -1e-3 {
                (0.5 * (before - after) / bend).clamp(-0.5, 0.5)
            } else {
                0.0
            };
            let shift = (self.first + peak as i32) as f32 + part;
            (top >= COUNTS * self.cap).then_some((*at, shift, top.min(self.cap)))
        });
        near.collect()
    }

    /// The line's weights at its two ends, counted from the first.
    fn best(&self) -> Option<(usize, usize)> {
        let count = self.places.iter().map(|(_, w)| w.len()).min()?;
        if count < 3 {
            return None;
        }
        let lines = (0..count).flat_map(|from| (0..count).map(move |to| (from, to)));
        lines.max_by(|&a, &b| self.sum(a).total_cmp(&self.sum(b)))
    }

    fn sum(&self, (from, to): (usize, usize)) -> f32 {
        let weights = self.places.iter().map(|(at, w)| w[index(*at, from, to)]);
        weights.map(|w| w.clamp(0.0, self.cap)).sum()
    }
}

fn index(at: f32, from: usize, to: usize) -> usize {
    (from as f32 + (to as f32 - from as f32) * at + 0.5) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weak_step_all_along_wins_over_strong_ones_here_and_there() {
        let places = (0..60).map(|k| {
            let mut weights = vec![0.0; 15];
            weights[4 + k / 20] = 6.0;
            // Writing, now here, now there.
            weights[(k * 7) % 15] += 60.0;
            (k as f32 / 59.0, weights)
        });
        let places = places.collect();
        let votes = Votes {
            first: -7,
            cap: 6.0,
            places,
        };
        let seen = votes.along_the_best();
        assert!(seen.len() > 50, "{seen:?}");
        assert!(seen.iter().all(|s| (-4.5..=0.5).contains(&s.1)), "{seen:?}");
    }
}
