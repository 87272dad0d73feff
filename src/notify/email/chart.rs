//! Draws the chart of a digest: a bar for each stretch of time, with a piece for each outcome.
//!
//! The same description gives the same bytes. Background and letters are the image's own, so that it can
//! be read in mails of any colour.

use std::collections::BTreeMap;

use plotters::prelude::*;
use serde::Deserialize;

use crate::notify::email::letters::{self, Area, Side};

/// Twice the size at which it is shown, for screens with small dots.
const SIZE: (u32, u32) = (1104, 460);
const MARGIN: i32 = 24;
/// Room for the labels at the left and below.
const LABELS: (u32, u32) = (56, 52);

/// The highest bar.
const MOST: u64 = 1_000_000;

const BACKGROUND: RGBColor = RGBColor(0xf1, 0xf3, 0xf6);
const GRID: RGBColor = RGBColor(0xd6, 0xdb, 0xe2);
const TEXT: RGBColor = RGBColor(0x3b, 0x42, 0x4d);

/// What a layout says of it; see `email.chart.json.hbs`.
#[derive(Debug, Deserialize)]
struct Chart {
    /// From the bottom up, and in the legend from the left.
    outcomes: Vec<Kind>,
    bars: Vec<Bar>,
}

#[derive(Debug, Deserialize)]
struct Kind {
    outcome: String,
    label: String,
    color: String,
}

#[derive(Debug, Deserialize)]
struct Bar {
    label: String,
    counts: BTreeMap<String, u32>,
}

type Drawn = Result<(), String>;

/// The image of what a layout describes.
pub(super) fn png(json: &str) -> Result<Vec<u8>, String> {
    let chart: Chart = serde_json::from_str(json).map_err(says)?;
    if chart.bars.is_empty() {
        return Err("it has no bars".to_owned());
    }
    if chart.bars.iter().any(|bar| bar.counts.values().map(|count| u64::from(*count)).sum::<u64>() > MOST) {
        return Err(format!("it has a bar of more than {MOST}"));
    }
    let mut pixels = vec![0; SIZE.0 as usize * SIZE.1 as usize * 3];
    let area = BitMapBackend::with_buffer(&mut pixels, SIZE).into_drawing_area();
    area.fill(&BACKGROUND).map_err(says)?;
    let below = legend(&area, &chart.outcomes)?;
    bars(&area.margin(below, 0, MARGIN / 2, MARGIN), &chart)?;
    area.present().map_err(says)?;
    drop(area);
    encoded(&pixels)
}

/// A square and a label for each outcome, in as many rows as they need; yields where the rows end.
fn legend(area: &Area<'_>, outcomes: &[Kind]) -> Result<i32, String> {
    const SQUARE: i32 = 22;
    let (mut x, mut y) = (MARGIN, MARGIN + SQUARE / 2);
    for kind in outcomes {
        let wide = SQUARE + 10 + letters::width(&kind.label);
        if x > MARGIN && x + wide > i32::try_from(SIZE.0).unwrap_or(0) - MARGIN {
            (x, y) = (MARGIN, y + 40);
        }
        let corners = [(x, y - SQUARE / 2), (x + SQUARE, y + SQUARE / 2)];
        area.draw(&Rectangle::new(corners, color(&kind.color)?.filled())).map_err(says)?;
        letters::draw(area, &kind.label, TEXT, Side::Right, (x + SQUARE + 10, y))?;
        x += wide + 32;
    }
    Ok(y + SQUARE / 2 + 30)
}

fn bars(area: &Area<'_>, chart: &Chart) -> Drawn {
    let count = chart.bars.len();
    let highest = chart.bars.iter().map(|bar| bar.counts.values().sum::<u32>()).max().unwrap_or(0);
    let (step, top) = scale(highest);
    let mut plot = ChartBuilder::on(area)
        .set_label_area_size(LabelAreaPosition::Left, LABELS.0 + 24 * (highest.max(1).ilog10()))
        .set_label_area_size(LabelAreaPosition::Bottom, LABELS.1)
        .build_cartesian_2d(0.0..count as f64, 0..top)
        .map_err(says)?;
    for line in (0..=top).step_by(step as usize) {
        let style = if line == 0 { TEXT.stroke_width(2) } else { GRID.stroke_width(2) };
        plot.draw_series([PathElement::new([(0.0, line), (count as f64, line)], style)]).map_err(says)?;
        let (x, y) = plot.backend_coord(&(0.0, line));
        letters::draw(area, &line.to_string(), TEXT, Side::Left, at(area, (x - 14, y)))?;
    }
    for (place, bar) in chart.bars.iter().enumerate() {
        let left = place as f64;
        let mut base = 0;
        for kind in &chart.outcomes {
            let Some(count) = bar.counts.get(&kind.outcome).filter(|count| **count > 0) else { continue };
            let corners = [(left + 0.14, base), (left + 0.86, base + count)];
            plot.draw_series([Rectangle::new(corners, color(&kind.color)?.filled())]).map_err(says)?;
            base += count;
        }
    }
    labels(area, chart, |place| plot.backend_coord(&(place as f64 + 0.5, 0)))
}

/// Below the bars, and only so many that they do not touch.
fn labels(area: &Area<'_>, chart: &Chart, place: impl Fn(usize) -> (i32, i32)) -> Drawn {
    let widest = chart.bars.iter().map(|bar| letters::width(&bar.label)).max().unwrap_or(0);
    let room = (place(1).0 - place(0).0).max(1);
    let apart = (widest + 28) / room + 1;
    // Of 24 hours, every second, third or sixth is easier read than every fifth.
    let every = [1, 2, 3, 6, 12].into_iter().find(|every| *every >= apart).unwrap_or(apart);
    for (number, bar) in chart.bars.iter().enumerate().step_by(usize::try_from(every).unwrap_or(1)) {
        let (x, y) = place(number);
        letters::draw(area, &bar.label, TEXT, Side::Both, at(area, (x, y + 26)))?;
    }
    Ok(())
}

/// The plot knows places in the whole image, texts are put relative to their area.
fn at(area: &Area<'_>, (x, y): (i32, i32)) -> (i32, i32) {
    let (left, top) = area.get_base_pixel();
    (x - left, y - top)
}

/// How far apart the lines are, and the highest one: round numbers, five lines at most.
fn scale(highest: u32) -> (u32, u32) {
    let highest = highest.max(1);
    let steps = (0..9).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_u32.pow(power)));
    let step = steps.into_iter().find(|step| highest.div_ceil(*step) <= 5).unwrap_or(highest);
    (step, highest.div_ceil(step) * step)
}

fn color(hex: &str) -> Result<RGBColor, String> {
    let digits = hex.strip_prefix('#').filter(|digits| digits.len() == 6);
    let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let [_, red, green, blue] = number.ok_or_else(|| format!("`{hex}` is no colour"))?.to_be_bytes();
    Ok(RGBColor(red, green, blue))
}

/// With a table of its colours, as they are few: a third of the size.
fn encoded(pixels: &[u8]) -> Result<Vec<u8>, String> {
    let mut palette: Vec<&[u8]> = Vec::new();
    let mut places = Vec::with_capacity(pixels.len() / 3);
    let mut last = 0;
    for dot in pixels.chunks_exact(3) {
        // Most have the colour of the dot before.
        if palette.get(last) != Some(&dot) {
            last = palette.iter().position(|color| *color == dot).unwrap_or(palette.len());
        }
        if last == palette.len() {
            palette.push(dot);
        }
        places.push(u8::try_from(last).map_err(|_| "it has too many colours".to_owned())?);
    }
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, SIZE.0, SIZE.1);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette.concat());
    encoder.set_compression(png::Compression::Balanced);
    encoder.set_filter(png::Filter::NoFilter);
    let mut writer = encoder.write_header().map_err(says)?;
    writer.write_image_data(&places).map_err(says)?;
    writer.finish().map_err(says)?;
    Ok(bytes)
}

fn says(error: impl std::fmt::Display) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn day(calls: impl Fn(u32) -> u32) -> Value {
        let bars = (0..24).map(
            |hour| json!({ "label": format!("{hour:02}:00"), "counts": { "human": calls(hour), "failed": hour % 3 } }),
        );
        json!({
            "outcomes": [
                { "outcome": "human", "label": "20 human", "color": "#2E9E5B" },
                { "outcome": "failed", "label": "2 failed", "color": "#D64545" },
            ],
            "bars": bars.collect::<Value>(),
        })
    }

    /// The colours of an image, and how many dots each has.
    fn dots(bytes: &[u8]) -> BTreeMap<[u8; 3], usize> {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        assert_eq!((reader.info().width, reader.info().height), SIZE);
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        let mut dots = BTreeMap::new();
        for dot in pixels.chunks_exact(3) {
            *dots.entry([dot[0], dot[1], dot[2]]).or_default() += 1;
        }
        dots
    }

    #[test]
    fn each_outcome_has_as_much_of_its_colour_as_it_has_calls() {
        let bytes = png(&day(|hour| hour).to_string()).unwrap();
        assert!(bytes.len() < 30_000, "{}", bytes.len());
        let dots = dots(&bytes);
        let legend = 22 * 22;
        let of = |color| (dots[&color] - legend) as f64;
        // 276 calls against 24.
        let ratio = of([0x2e, 0x9e, 0x5b]) / of([0xd6, 0x45, 0x45]);
        assert!((10.5..12.5).contains(&ratio), "{ratio}");
        assert!(dots.contains_key(&[TEXT.0, TEXT.1, TEXT.2]), "there are letters");
    }

    #[test]
    fn the_same_description_gives_the_same_bytes() {
        let day = day(|hour| hour * 7).to_string();
        assert_eq!(png(&day).unwrap(), png(&day).unwrap());
    }

    #[test]
    fn many_kinds_and_many_calls_still_make_a_small_image() {
        let kinds = (0..9).map(|n| json!({ "outcome": format!("o{n}"), "label": format!("{n}2345 probably a human"), "color": format!("#{n}0a0f0") }));
        let counts: Value =
            (0..9).map(|n| (format!("o{n}"), json!(25_000 * n))).collect::<serde_json::Map<_, _>>().into();
        let bars: Value = (0..62).map(|n| json!({ "label": format!("{n} Nov"), "counts": counts })).collect();
        let bytes = png(&json!({ "outcomes": kinds.collect::<Value>(), "bars": bars }).to_string()).unwrap();
        assert!(bytes.len() < 30_000, "{}", bytes.len());
    }

    #[test]
    fn what_is_no_chart_is_refused() {
        let mut bad = day(|_| 1);
        bad["outcomes"][0]["color"] = json!("red");
        for (json, says) in [
            ("{}".to_owned(), "missing field"),
            (json!({ "outcomes": [], "bars": [] }).to_string(), "no bars"),
            (day(|_| 4_000_000_000).to_string(), "a bar of more than"),
            (bad.to_string(), "`red` is no colour"),
        ] {
            let error = png(&json).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn lines_stand_at_round_numbers() {
        for (highest, expected) in
            [(0, (1, 1)), (1, (1, 1)), (4, (1, 4)), (6, (2, 6)), (37, (10, 40)), (900, (200, 1000))]
        {
            assert_eq!(scale(highest), expected);
        }
    }
}
