//! A curve through places along a side of which some are wrong: a lens bows edges a little.

/// `a + b t + c t²`.
pub(super) struct Curve([f64; 3]);

impl Curve {
    pub fn at(&self, t: f32) -> f32 {
        let t = f64::from(t);
        (self.0[0] + self.0[1] * t + self.0[2] * t * t) as f32
    }
}

/// A curve through (place, shift, step): weights fall with distance from the curve before (Tukey).
/// A bow greater than `bow_max` is no lens: then it is a straight line.
pub(super) fn fit(seen: &[(f32, f32, f32)], bow_max: f32) -> Option<Curve> {
    let mut shifts: Vec<f32> = seen.iter().map(|s| s.1).collect();
    shifts.sort_unstable_by(f32::total_cmp);
    let mut curve = Curve([f64::from(shifts[shifts.len() / 2]), 0.0, 0.0]);
    // From a wide catch to a narrow one, the bow allowed last.
    for (catch, bowed) in [
        (6.0, false),
        (4.0, false),
        (3.0, true),
        (2.0, true),
        (1.5, true),
    ] {
        let next = least_squares(seen, &curve, catch, bowed)?;
        curve = next;
    }
    if (curve.0[2] / 4.0).abs() > f64::from(bow_max.max(1.0)) {
        curve = Curve([f64::from(shifts[shifts.len() / 2]), 0.0, 0.0]);
        for catch in [6.0, 4.0, 3.0, 2.0] {
            curve = least_squares(seen, &curve, catch, false)?;
        }
    }
    Some(curve)
}

fn least_squares(
    seen: &[(f32, f32, f32)],
    before: &Curve,
    catch: f32,
    bowed: bool,
) -> Option<Curve> {
    let mut m = [[0.0f64; 4]; 3];
    for &(t, shift, _) in seen {
        let far = (shift - before.at(t)) / catch;
        if far.abs() >= 1.0 {
            continue;
        }
        let weight = f64::from((1.0 - far * far).powi(2));
        let t = f64::from(t);
        let powers = [1.0, t, if bowed { t * t } else { 0.0 }];
        for (row, p) in m.iter_mut().zip(powers) {
            for (cell, q) in row.iter_mut().zip(powers) {
                *cell += weight * p * q;
            }
            row[3] += weight * p * f64::from(shift);
        }
    }
    if !bowed {
        m[2][2] = 1.0;
    }
    solve(m).map(Curve)
}

/// Three equations; `None` when they do not determine the answer.
fn solve(mut m: [[f64; 4]; 3]) -> Option<[f64; 3]> {
    for k in 0..3 {
        let best = (k..3).max_by(|&a, &b| m[a][k].abs().total_cmp(&m[b][k].abs()))?;
        m.swap(k, best);
        if m[k][k].abs() < 1e-9 {
            return None;
        }
        for row in k + 1..3 {
            let share = m[row][k] / m[k][k];
            let above = m[k];
            for (cell, above) in m[row].iter_mut().zip(above).skip(k) {
                *cell -= share * above;
            }
        }
    }
    let mut out = [0.0; 3];
    for k in (0..3).rev() {
        let known: f64 = (k + 1..3).map(|j| m[k][j] * out[j]).sum();
        out[k] = (m[k][3] - known) / m[k][k];
    }
    Some(out)
}
