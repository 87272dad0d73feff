//! Text in an image. plotters' own leaves out the space before each letter, and is hard to read.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, Glyph, PxScaleFont, ScaleFont, point};
use plotters::{coord::Shift, prelude::*};

pub(super) type Area<'a> = DrawingArea<BitMapBackend<'a>, Shift>;

const HEIGHT: f32 = 30.0;
/// Of a capital letter or a digit.
const CAPITAL: f32 = 0.62 * HEIGHT;

static FONT: LazyLock<FontRef<'static>> =
    LazyLock::new(|| FontRef::try_from_slice(epaint_default_fonts::UBUNTU_LIGHT).expect("a font that is built in"));

/// Where a text stands to the place it is given.
#[derive(Clone, Copy)]
pub(super) enum Side {
    Right,
    Left,
    Both,
}

pub(super) fn width(text: &str) -> i32 {
    laid(text).1.ceil() as i32
}

/// Draws a line of text whose digits have their middle at the height of `at`.
pub(super) fn draw(area: &Area<'_>, text: &str, color: RGBColor, side: Side, at: (i32, i32)) -> Result<(), String> {
    let (glyphs, width) = laid(text);
    let left = match side {
        Side::Right => 0.0,
        Side::Left => width,
        Side::Both => width / 2.0,
    };
    for mut glyph in glyphs {
        glyph.position.x += at.0 as f32 - left;
        glyph.position.y = at.1 as f32 + CAPITAL / 2.0;
        let Some(outline) = FONT.outline_glyph(glyph) else { continue };
        let (corner, mut failed) = (outline.px_bounds().min, None);
        outline.draw(|x, y, covered| {
            let place = (corner.x as i32 + x as i32, corner.y as i32 + y as i32);
            // Few steps are enough for the eye, and make few colours.
            let covered = (covered.min(1.0) * 12.0).round() / 12.0;
            let drawn = area.draw_pixel(place, &color.mix(f64::from(covered)));
            failed = drawn.err().or(failed.take());
        });
        if let Some(error) = failed {
            return Err(error.to_string());
        }
    }
    Ok(())
}

/// The letters one after the other, and where the last one ends.
fn laid(text: &str) -> (Vec<Glyph>, f32) {
    let font: PxScaleFont<_> = FONT.as_scaled(HEIGHT);
    let (mut x, mut before) = (0.0, None);
    let mut glyphs = Vec::new();
    for letter in text.chars() {
        let id = font.glyph_id(letter);
        x += before.map_or(0.0, |before| font.kern(before, id));
        glyphs.push(id.with_scale_and_position(HEIGHT, point(x, 0.0)));
        x += font.h_advance(id);
        before = Some(id);
    }
    (glyphs, x)
}
