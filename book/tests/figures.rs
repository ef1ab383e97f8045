//! Figures: what is drawn, at which place, and what is refused.

use curvature::figures::{
    Anchor, Axis, FigureError, Flow, Grid, Panel, Pen, Plot, Surface, Timeline, figure, gallery, histogram, spread,
};

fn unit_plot<'a>() -> Plot<'a> {
    Plot::new(Axis::linear("across", 0.0..1.0), Axis::linear("up", 0.0..1.0))
}

#[test]
fn a_figure_has_the_books_size_fine_coordinates_and_the_pages_ink() {
    let figure = figure(&unit_plot().label(Pen::Ink, (0.5, 0.5), Anchor::Right, "η < 1")).unwrap();
    assert!(figure.svg().starts_with(r#"<svg width="480" height="330" viewBox="0 0 4800 3300""#));
    assert!(figure.svg().contains("currentColor") && !figure.svg().contains("#000000"));
    for text in ["across", "up", "η &lt; 1"] {
        assert!(figure.svg().contains(text), "{text}");
    }
}

#[test]
fn a_dashed_line_is_one_element() {
    let drawn = |pen: Pen| figure(&unit_plot().curve(pen, [(0.0, 0.0), (0.5, 1.0), (1.0, 0.0)])).unwrap();
    let (solid, dashed) = (drawn(Pen::Blue), drawn(Pen::Vermilion));
    let lines = |figure: &recto::Figure| figure.svg().matches("<path").count();
    assert_eq!(lines(&dashed), lines(&solid));
    assert_eq!(dashed.svg().matches("stroke-dasharray=\"80 40\"").count(), 1);
    assert!(!solid.svg().contains("stroke-dasharray"));
}

#[test]
fn marks_outside_the_axes_are_left_out() {
    let discs = |points: &[(f64, f64)]| {
        let figure = figure(&unit_plot().marks(Pen::Blue, points.iter().copied())).unwrap();
        figure.svg().matches("h0").count()
    };
    assert_eq!(discs(&[(0.0, 0.0), (1.0, 1.0), (0.5, 0.2)]), 3);
    assert_eq!(discs(&[(0.5, 1.5), (-0.1, 0.5), (0.5, 0.2)]), 1);
}

#[test]
fn a_histogram_has_the_area_of_the_values_in_its_range() {
    let values = [0.0, 0.1, 0.3, 0.5, 1.0, 7.0, -2.0, 0.999];
    let bars = histogram(&values, 0.0..1.0, 4).unwrap();
    let expected = [(0.0..0.25, 2.0), (0.25..0.5, 1.0), (0.5..0.75, 1.0), (0.75..1.0, 2.0)];
    let scaled: Vec<_> = bars.iter().map(|(bin, height)| (bin.clone(), height * 2.0)).collect();
    assert_eq!(scaled, expected);
    let area: f64 = bars.iter().map(|(bin, height)| (bin.end - bin.start) * height).sum();
    assert_eq!(area, 6.0 / 8.0);

    for (values, range, bins) in [
        (vec![], 0.0..1.0, 4),
        (vec![f64::NAN], 0.0..1.0, 4),
        (vec![0.5], 0.0..1.0, 0),
        (vec![0.5], 1.0..1.0, 4),
        (vec![0.5], 0.0..f64::INFINITY, 4),
    ] {
        let error = histogram(&values, range, bins).unwrap_err();
        assert!(matches!(error, FigureError::Histogram { .. }), "{error}");
    }
    assert_eq!(
        histogram(&[f64::NAN], 0.0..1.0, 4).unwrap_err().to_string(),
        "no histogram of 1 values (not all finite) in 4 bins from 0 to 1"
    );
}

#[test]
fn bars_are_cut_off_at_the_frame_and_stand_on_zero_or_the_foot_of_a_logarithmic_axis() {
    let rims = |plot: Plot<'_>| figure(&plot).unwrap().svg().matches("<rect").count() / 2;
    let bars = [(-0.5..0.1, 0.5), (0.1..0.2, 0.0), (0.2..0.3, 7.0), (2.0..3.0, 0.5)];
    assert_eq!(rims(unit_plot().bars(Pen::Blue, bars.clone())), 2);
    let plot = Plot::new(Axis::linear("x", 0.0..1.0), Axis::log("count", 0.5..100.0));
    assert_eq!(rims(plot.bars(Pen::Blue, bars)), 1);
    let error = figure(&unit_plot().bars(Pen::Blue, [(0.0..0.5, f64::INFINITY)])).unwrap_err();
    assert!(matches!(error, FigureError::NoPlace { .. }), "{error}");
}

#[test]
fn a_band_is_one_tinted_area_within_the_axes() {
    let areas = |plot: Plot<'_>| figure(&plot).unwrap().svg().matches("opacity=\"0.22\"").count();
    let edges = |lift: f64| (0..=10).map(move |k| (f64::from(k) / 5.0 - 0.5, lift..lift + 0.5));
    assert_eq!(areas(unit_plot().band(Pen::Blue, edges(0.8))), 1);
    assert_eq!(areas(unit_plot().band(Pen::Blue, edges(1.2))), 0);
    assert_eq!(areas(unit_plot().band(Pen::Blue, [])), 0);
    let error = figure(&unit_plot().band(Pen::Blue, [(0.5, 0.0..f64::INFINITY)])).unwrap_err();
    assert_eq!(error.to_string(), "inf has no place on the axis `up`");
}

#[test]
fn errors_are_lines_with_caps_and_only_whole_ones_are_drawn() {
    let lines = |low: f64, high: f64| {
        let plot = unit_plot().errors(Pen::Vermilion, [(0.5, low..high)]);
        let figure = figure(&plot).unwrap();
        let whisker = figure.svg().split("<path").find(|path| path.contains("pen-vermilion")).map(str::to_owned);
        whisker.map(|path| path.to_lowercase().matches('m').count() - path.matches("vermilion").count())
    };
    assert_eq!(lines(0.4, 0.6), Some(3));
    assert_eq!(lines(0.4, 1.6), None);
}

#[test]
fn tiles_are_tinted_squares_about_their_points() {
    let axis = |label| Axis::linear(label, 0.5..3.5);
    let svg = |tiles: &[((f64, f64), f64)]| {
        let plot = Plot::new(axis("x"), axis("y")).tiles(Pen::Blue, tiles.iter().copied());
        figure(&plot).map(|figure| figure.svg().to_owned())
    };
    let drawn = svg(&[
        ((1.0, 1.0), 1.0),
        ((2.0, 3.0), 0.25),
        ((3.0, 3.0), 0.0),
        ((7.0, 1.0), 1.0),
    ])
    .unwrap();
    assert_eq!(drawn.matches("<rect").count(), 2);
    assert!(drawn.contains(r#"opacity="0.25""#), "{drawn}");
    for share in [1.5, -0.1, f64::NAN] {
        let error = svg(&[((1.0, 1.0), share)]).unwrap_err();
        assert!(matches!(error, FigureError::Share { .. }), "{error}");
    }
}

#[test]
fn a_grid_gives_back_its_nodes_and_quadratics_between_them() {
    let f = |x: f64, y: f64| 3.0 + x - 2.0 * y + x * x - 0.5 * x * y;
    let mut asked = 0;
    let grid = Grid::new(-1.0..1.0, 0.0..4.0, 9, |x, y| {
        asked += 1;
        Ok::<_, FigureError>(f(x, y))
    });
    let grid = grid.unwrap();
    for (x, y) in [
        (-1.0, 0.0),
        (1.0, 4.0),
        (0.25, 1.5),
        (0.1, 1.3),
        (-0.74, 3.4),
        (0.0, 2.0),
    ] {
        assert!((grid.at(x, y) - f(x, y)).abs() < 1e-13, "({x}, {y})");
    }
    assert_eq!(asked, 81);
    assert_eq!(grid.at(7.0, -3.0), grid.at(1.0, 0.0));
    let error = Grid::new(0.0..1.0, 0.0..1.0, 3, |x, _| if x < 0.6 { Ok(x) } else { Err("no value") });
    assert_eq!(error, Err("no value"));
}

#[test]
fn a_gallery_has_a_picture_for_each_panel() {
    let panel = unit_plot();
    let panels: Vec<&dyn Panel> = vec![&panel; 5];
    let sizes = |columns: u32, size: &str| gallery(columns, 200, &panels).unwrap().svg().matches(size).count();
    assert_eq!(sizes(2, r#"<svg width="320" height="200""#), 5);
    assert_eq!(sizes(1, r#"<svg width="480" height="200""#), 5);
    assert!(spread(3, 200, &panels).unwrap().svg().starts_with(r#"<svg width="280" height="200""#));
}

#[test]
fn axes_of_equal_units_leave_no_room_above_and_below() {
    let plot = || Plot::new(Axis::linear("across", 0.0..4.0), Axis::linear("up", 0.0..1.0));
    let height = |plot: Plot<'_>| -> u32 {
        let figure = figure(&plot).unwrap();
        figure
            .svg()
            .split("height=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .unwrap()
            .parse()
            .unwrap()
    };
    assert_eq!(height(plot()), 330);
    let flat = height(plot().equal());
    assert!((180..220).contains(&flat), "{flat}");
    assert_eq!(height(Plot::new(Axis::linear("x", 0.0..1.0), Axis::linear("y", 0.0..1.0)).equal()), 330);
}

#[test]
fn a_figure_has_what_it_shows_as_a_table() {
    let plot =
        unit_plot()
            .path(Pen::Blue, [(0.25, 0.5), (0.5, 1.0)])
            .label(Pen::Blue, (0.5, 0.5), Anchor::Right, "a, b");
    assert_eq!(figure(&plot).unwrap().data(), "series,x,y\n\"a, b\",0.25,0.5\n\"a, b\",0.5,1\n");
    assert_eq!(figure(&unit_plot()).unwrap().data(), "");
}

#[test]
fn points_on_each_other_are_one_disc_of_their_number() {
    let plot = unit_plot().counts(Pen::Blue, [(0.5, 0.5), (0.25, 0.5), (0.5, 0.5), (0.5, 0.5), (0.5, 0.5)]);
    let drawn = figure(&plot).unwrap();
    assert_eq!(drawn.svg().matches("<circle").count(), 4);
    assert!(drawn.svg().contains("r=\"52\"") && drawn.svg().contains("r=\"26\""), "{}", drawn.svg());
}

#[test]
fn a_surface_is_a_net_with_what_lies_on_it() {
    let surface = Surface::new(-1.0..1.0, -1.0..1.0, |x, y| x * y).mark(Pen::Blue, [0.0, 0.0, 0.0]);
    let figure = figure(&surface).unwrap();
    assert_eq!(figure.svg().matches("opacity=\"0.16\"").count(), 14);
    assert_eq!(figure.svg().matches("h0").count(), 1);
    assert!(figure.has_finite_coordinates());
}

#[test]
fn values_that_are_not_finite_are_refused() {
    let error = figure(&unit_plot().curve(Pen::Blue, [(0.0, 0.0), (0.5, f64::NAN)])).unwrap_err();
    assert_eq!(error.to_string(), "NaN has no place on the axis `up`");
    let error = figure(&unit_plot().contours(&[1.0], |x, _| 1.0 / (x - x))).unwrap_err();
    assert!(matches!(error, FigureError::Field { .. }), "{error}");
    let error = figure(&Surface::new(0.0..1.0, 0.0..1.0, |x, y| (x - y).sqrt())).unwrap_err();
    assert!(matches!(error, FigureError::Field { value, .. } if value.is_nan()), "{error}");
    let empty = Plot::new(Axis::log("h", 1.0..0.1), Axis::linear("up", 0.0..1.0)).graph(Pen::Blue, |h| h);
    assert_eq!(figure(&empty).unwrap_err().to_string(), "the axis `h` cannot go from 1 to 0.1");
}

#[test]
fn a_timeline_gives_each_year_the_lines_of_its_fullest_lane_and_squeezes_gaps() {
    let lanes = || Timeline::new([(Pen::Blue, "theory"), (Pen::Green, "practice")]);
    let one_line = lanes().event(0, 1950, "Lanczos").height();
    let two_lanes = lanes().event(0, 1950, "Lanczos").event(1, 1950, "Wilkinson");
    assert_eq!(two_lanes.height(), one_line);
    let two_lines = two_lanes.event(0, 1950, "Hestenes").height();
    let line = two_lines - one_line;
    let later = |year| lanes().event(0, 1950, "Lanczos").event(0, year, "Paige").height();
    assert_eq!(later(1951), one_line + line);
    assert_eq!(later(1953), one_line + 3 * line);
    assert_eq!(later(1971), later(2024));
}

#[test]
fn a_timeline_shows_each_event_and_refuses_lanes_that_are_not_there() {
    let timeline = Timeline::new([(Pen::Blue, "theory")]).event(0, 1950, "Lanczos").event(0, 1969, "Golub & Welsch");
    let figure = gallery(1, timeline.height(), &[&timeline]).unwrap();
    assert_eq!(figure.svg().matches("h0").count(), 2);
    for text in ["theory", "1950", "1969", "Lanczos", "Golub &amp; Welsch"] {
        assert!(figure.svg().contains(text), "{text}");
    }
    let both = Timeline::new([(Pen::Blue, "theory"), (Pen::Green, "practice")])
        .event(0, 1950, "Lanczos")
        .event(1, 1990, "Hutchinson");
    let part = both.part(1..2);
    assert_eq!(part.height(), both.height());
    let drawn = gallery(1, part.height(), &[&part]).unwrap().svg();
    for (text, is_there) in [
        ("theory", false),
        ("Lanczos", false),
        ("1950", true),
        ("practice", true),
        ("Hutchinson", true),
    ] {
        assert_eq!(drawn.contains(text), is_there, "{text}");
    }
    let wrong = timeline.event(1, 1990, "Hutchinson");
    let error = gallery(1, wrong.height(), &[&wrong]).unwrap_err();
    assert_eq!(error.to_string(), "1 has no place on the axis `lanes`");
}

#[test]
fn surfaces_of_nothing_are_refused() {
    let flat = |x: std::ops::Range<f64>, y: std::ops::Range<f64>| Surface::new(x, y, |_, _| 0.0);
    for range in [0.0..0.0, 1.0..0.0, f64::NAN..1.0, 0.0..f64::INFINITY, -1.7e308..1.7e308] {
        for surface in [flat(range.clone(), 0.0..1.0), flat(0.0..1.0, range.clone())] {
            assert!(matches!(figure(&surface), Err(FigureError::Range { .. })), "{range:?}");
        }
    }
    let unit = || flat(0.0..1.0, 0.0..1.0);
    let none = [f64::NAN, f64::INFINITY];
    for value in none {
        let surfaces = [
            unit().curve(Pen::Blue, [[0.0, 0.0, 0.0], [0.5, value, 0.0]]),
            unit().mark(Pen::Blue, [0.0, 0.0, value]),
            unit().label(Pen::Blue, [value, 0.0, 0.0], Anchor::Right, "here"),
            unit().turned(value),
        ];
        assert!(surfaces.iter().all(|surface| matches!(figure(surface), Err(FigureError::NoPlace { .. }))));
    }
    assert!(figure(&unit()).is_ok());
    let endless = Plot::new(Axis::linear("x", 0.0..1.0).every(0.0), Axis::linear("y", 0.0..1.0));
    assert!(matches!(figure(&endless), Err(FigureError::Ticks { .. })));
}

#[test]
fn a_flow_is_boxes_with_texts_and_an_arrow_for_each_dependence() {
    let boxes = Flow::new(2, 1).node(Pen::Blue, (0, 0), "A").node(Pen::Ink, (1, 0), "B");
    let rims = |flow: &Flow| figure(flow).unwrap().svg().matches("<rect").count() / 2;
    let lines = |flow: &Flow| figure(flow).unwrap().svg().matches("<path").count();
    assert_eq!((rims(&boxes), lines(&boxes)), (2, 0));
    for text in [">A<", ">B<"] {
        assert!(figure(&boxes).unwrap().svg().contains(text), "{text}");
    }
    // The line and its head.
    let joined = boxes.arrow(Pen::Ink, (0, 0), (1, 0));
    assert_eq!((rims(&joined), lines(&joined)), (2, 2));
    let error = figure(&joined.arrow(Pen::Ink, (0, 0), (1, 1))).unwrap_err();
    assert_eq!(error.to_string(), "1 has no place on the axis `column 1, row`");
}

#[test]
fn a_dot_of_a_flow_is_over_the_letter_of_its_box() {
    let dotted = |at: (u32, u32)| figure(&Flow::new(2, 1).node(Pen::Blue, (1, 0), "A").dot(at));
    let svg = dotted((1, 0)).unwrap().svg();
    // The middle of the box is at (3600, 1650).
    let place = svg.split("<path d=\"").nth(1).unwrap().split('h').next().unwrap();
    let numbers: Vec<i32> = place[1..].split([' ', ',']).map(|n| n.parse().unwrap()).collect();
    assert!((3590..3640).contains(&numbers[0]) && (1500..1600).contains(&numbers[1]), "{numbers:?}");
    assert!(dotted((0, 0)).is_err());
}

#[test]
fn an_arrow_goes_from_rim_to_rim_and_its_head_is_at_its_end() {
    let flow =
        Flow::new(2, 1)
            .node(Pen::Blue, (0, 0), "A")
            .node(Pen::Blue, (1, 0), "B")
            .arrow(Pen::Ink, (0, 0), (1, 0));
    let svg = figure(&flow).unwrap().svg();
    let numbers = |path: &str| -> Vec<f64> {
        let of_line = path.split("d=\"").nth(1).unwrap().split('"').next().unwrap();
        of_line
            .split(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-'))
            .filter_map(|n| n.parse().ok())
            .collect()
    };
    // The boxes are in the middles of two halves of 4800 units, each about 140 units to either side.
    let shaft = numbers(svg.split("<path").nth(1).unwrap());
    assert!((1300.0..1400.0).contains(&shaft[0]), "{shaft:?}");
    let head = numbers(svg.split("<path").nth(2).unwrap());
    assert!(head[0] > 3300.0 && head[0] < 3450.0, "{head:?}");
}
