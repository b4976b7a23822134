//! A line drawn with characters: what `asciigraph` draws for Choria, 60
//! columns wide, 16 rows high, the labels of the axis left of it.

const WIDTH: usize = 60;
const HEIGHT: f64 = 15.0;
/// The column of the line's first character; the axis is left of it.
const OFFSET: usize = 5;

/// Draws numbers in the order in which they came; not a number (`NaN`) is a gap.
///
/// `None` where nothing can be drawn: there is no number in any column, an infinite
/// one, or they are so far apart, or so close, that a float does not tell it.
pub(crate) fn draw(numbers: &[f64]) -> Option<String> {
    let points = stretch(numbers);
    let real = || points.iter().copied().filter(|point| !point.is_nan());
    // Of 0.0 and -0.0 the first, as in Go.
    let least = real().reduce(|least, point| if point < least { point } else { least })?;
    let most = real().reduce(|most, point| if point > most { point } else { most })?;
    if least.is_infinite() || most.is_infinite() {
        return None;
    }
    let scale = Scale::new(least, most)?;

    let mut rows = vec![[' '; OFFSET + WIDTH]; scale.rows + 1];
    for row in &mut rows {
        row[OFFSET - 1] = '┤';
    }
    if let Some(row) = scale.row(points[0]) {
        rows[row][OFFSET - 1] = '┼';
    }
    for (at, pair) in points.windows(2).enumerate() {
        segment(
            &mut rows,
            OFFSET + at,
            scale.row(pair[0]),
            scale.row(pair[1]),
        );
    }

    let lines = rows.iter().zip(scale.labels());
    let lines = lines.map(|(row, label)| {
        // The label stands in as few columns as it can, and pushes the rest.
        let blanks = (OFFSET).saturating_sub(label.len());
        let rest: String = row[blanks + 1..].iter().collect();
        format!("{}{label}{}", " ".repeat(blanks), rest.trim_end())
    });
    Some(lines.collect::<Vec<_>>().join("\n"))
}

/// As many points as there are columns, on the straight lines between the
/// numbers.
#[allow(clippy::cast_precision_loss)] // No reply set has 2^53 numbers.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Below the count.
fn stretch(numbers: &[f64]) -> Vec<f64> {
    let (Some(first), Some(last)) = (numbers.first(), numbers.last()) else {
        return vec![f64::NAN; WIDTH];
    };
    let step = (numbers.len() - 1) as f64 / (WIDTH - 1) as f64;
    let point = |column: usize| {
        let place = column as f64 * step;
        let (before, after) = (place.floor() as usize, place.ceil() as usize);
        let (before, after) = (numbers[before], numbers[after.min(numbers.len() - 1)]);
        before + (after - before) * (place - place.floor())
    };
    // Both ends as they are: a sum has no -0.0.
    let between = (1..WIDTH - 1).map(point);
    [*first].into_iter().chain(between).chain([*last]).collect()
}

/// Where a number stands, from the top.
struct Scale {
    least: f64,
    most: f64,
    ratio: f64,
    rows: usize,
}

impl Scale {
    /// `None` where the numbers are too close for a float to tell how far apart
    /// they are. Too far apart for that is one row of nothing.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // About 15.
    fn new(least: f64, most: f64) -> Option<Self> {
        let interval = most - least;
        let ratio = if interval == 0.0 {
            1.0
        } else {
            HEIGHT / interval
        };
        if interval.is_nan() || !ratio.is_finite() {
            return None;
        }
        let rows = (round(most * ratio) - round(least * ratio)) as usize;
        Some(Self {
            least,
            most,
            ratio,
            rows,
        })
    }

    fn row(&self, number: f64) -> Option<usize> {
        if number.is_nan() {
            return None;
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // About 15 at most.
        let up = (round(number * self.ratio) - round(self.least * self.ratio)) as usize;
        Some(self.rows.saturating_sub(up))
    }

    /// What stands left of the axis, from the top.
    fn labels(&self) -> impl Iterator<Item = String> {
        let digits = digits_after_point(self.least, self.most);
        let length = |number: f64| format!("{number:.digits$}").len();
        let width = 1 + length(self.most).max(length(self.least));
        (0..=self.rows).map(move |row| {
            #[allow(clippy::cast_precision_loss)] // About 15 at most.
            let number = if self.rows > 0 {
                self.most - row as f64 * (self.most - self.least) / self.rows as f64
            } else {
                round(self.least * self.ratio)
            };
            if number == f64::NEG_INFINITY {
                // Far apart enough for the step between them to be infinite.
                return format!("{:>width$}", "-Inf");
            }
            format!("{number:width$.digits$}")
        })
    }
}

/// Half away from zero.
fn round(number: f64) -> f64 {
    // Not a rounding of Rust's: it would keep the sign of -0.0, which a label
    // would show. Adding 0 takes it.
    number.round() + 0.0
}

/// Two, more for small numbers, none from 100 on.
fn digits_after_point(least: f64, most: f64) -> usize {
    let magnitude = if least == 0.0 && most == 0.0 {
        -1.0
    } else {
        // As Go makes it, which the nearest logarithm is not at some powers of ten.
        most.abs().max(least.abs()).ln() * std::f64::consts::LOG10_E
    };
    if magnitude > 2.0 {
        return 0;
    }
    if magnitude >= 0.0 {
        return 2;
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // 324 at most.
    let zeros = magnitude.abs() as usize;
    if magnitude % 1.0 == 0.0 {
        1 + zeros
    } else {
        2 + zeros
    }
}

/// One column of the line, from one point to the next.
fn segment(
    rows: &mut [[char; OFFSET + WIDTH]],
    column: usize,
    from: Option<usize>,
    to: Option<usize>,
) {
    let (from, to) = match (from, to) {
        (None, None) => return,
        (Some(from), None) => return rows[from][column] = '╴',
        (None, Some(to)) => return rows[to][column] = '╶',
        (Some(from), Some(to)) => (from, to),
    };
    if from == to {
        rows[from][column] = '─';
        return;
    }
    let (start, end) = if from < to {
        ('╮', '╰')
    } else {
        ('╯', '╭')
    };
    rows[from][column] = start;
    rows[to][column] = end;
    for row in rows.iter_mut().take(from.max(to)).skip(from.min(to) + 1) {
        row[column] = '│';
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::draw;

    #[test]
    fn nothing_to_draw_is_no_chart() {
        for numbers in [
            &[][..],
            &[f64::NAN],
            &[1.0, f64::INFINITY],
            &[f64::MAX, f64::MIN],
            &[0.0, 5e-324],
            &[f64::NAN, 1.0, f64::NAN],
        ] {
            assert_eq!(draw(numbers), None, "{numbers:?}");
        }
    }

    #[test]
    fn numbers_as_small_or_large_as_they_can_be_are_drawn() {
        let text = draw(&[1e308, 1e308]).unwrap();
        assert!(
            text.starts_with(" 1000000000000000010979063629440455417404923096773118463368106829"),
            "{text}"
        );
        let text = draw(&[0.001, 0.002]).unwrap();
        assert!(text.starts_with(" 0.0020   ┤"), "{text}");
        // The nearest logarithm is -61, to Go it is a bit less.
        let text = draw(&[1e-61]).unwrap();
        let label = text.split_whitespace().next().unwrap();
        assert_eq!(label.len(), "0.".len() + 63);
    }

    proptest! {
        #[test]
        fn no_numbers_panic(numbers in prop::collection::vec(prop_oneof![
            any::<f64>(), -1e3..1e3, Just(f64::NAN), Just(0.0)
        ], 0..70)) {
            draw(&numbers);
        }
    }
}
