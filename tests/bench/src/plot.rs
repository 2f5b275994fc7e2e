//! Growth as a picture: units and times by the number of claims, both axes logarithmic.

use std::fmt::Write;

use crate::growth::{Point, by_operation};

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 340.0;
const PANEL: f64 = 300.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 250.0;
/// Told apart in both light and dark surroundings, also by people who see fewer colours (Okabe and Ito).
const COLOURS: [&str; 6] = ["#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9"];

/// The picture.
pub fn svg(points: &[Point]) -> String {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"12\"><title>Units and time per operation by the number of claims in the table</title>\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n"
    );
    panel(&mut svg, 60.0, "DynamoDB units per operation", points, Point::units);
    panel(&mut svg, 440.0, "ms per operation, emulator included", points, |point| point.ms);
    for (index, (operation, _)) in by_operation(points).enumerate() {
        let x = 115.0f64.mul_add(f64::from(u8::try_from(index).unwrap_or_default()), 60.0);
        let colour = COLOURS[index % COLOURS.len()];
        text(&mut svg, x + 16.0, HEIGHT - 14.0, "start", operation);
        _ = writeln!(
            svg,
            "<rect x=\"{x:.0}\" y=\"{:.0}\" width=\"11\" height=\"11\" fill=\"{colour}\"/>",
            HEIGHT - 24.0
        );
    }
    svg + "</svg>\n"
}

fn panel(svg: &mut String, left: f64, title: &str, points: &[Point], value: impl Fn(&Point) -> f64) {
    let decades = |values: &mut dyn Iterator<Item = f64>| {
        let (low, high) =
            values.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
        (low.log10().floor(), high.log10().ceil().max(low.log10().floor() + 1.0))
    };
    let (x0, x1) = decades(&mut points.iter().map(claims));
    let (y0, y1) = decades(&mut points.iter().map(&value));
    let x = |value: f64| left + (value.log10() - x0) / (x1 - x0) * PANEL;
    let y = |value: f64| BOTTOM - (value.log10() - y0) / (y1 - y0) * (BOTTOM - TOP);
    text(svg, left, TOP - 16.0, "start", title);
    let mut decade = y0;
    while decade <= y1 {
        let (value, at) = (10f64.powf(decade), y(10f64.powf(decade)));
        _ = writeln!(svg, "<path d=\"M{left:.0} {at:.1}H{:.0}\" stroke=\"#ddd\"/>", left + PANEL);
        text(svg, left - 6.0, at + 4.0, "end", &value.to_string());
        decade += 1.0;
    }
    let mut decade = x0;
    while decade <= x1 {
        let label = format!("{:.0}", 10f64.powf(decade));
        text(svg, x(10f64.powf(decade)), BOTTOM + 18.0, "middle", &label);
        decade += 1.0;
    }
    text(svg, left + PANEL / 2.0, BOTTOM + 38.0, "middle", "claims in the table");
    for (index, (_, points)) in by_operation(points).enumerate() {
        let colour = COLOURS[index % COLOURS.len()];
        let path: Vec<_> =
            points.iter().map(|point| format!("{:.1} {:.1}", x(claims(point)), y(value(point)))).collect();
        let path = path.join("L");
        _ = writeln!(svg, "<path d=\"M{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>");
        for point in points {
            let (x, y) = (x(claims(point)), y(value(point)));
            _ = writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>");
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn claims(point: &Point) -> f64 {
    point.claims as f64
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, text: &str) {
    _ = writeln!(svg, "<text x=\"{x:.0}\" y=\"{y:.0}\" text-anchor=\"{anchor}\" fill=\"#333\">{text}</text>");
}
