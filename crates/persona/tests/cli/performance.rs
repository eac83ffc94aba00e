//! What was measured and written down in `docs/performance.md`. Nothing is timed here: a machine that
//! tests run on is no measure. The benchmark measures; this reads what it has found.

/// Reads a figure from the table: the first number in the row that begins with `what`.
fn recorded(what: &str) -> f64 {
    let page = include_str!("../../../../docs/performance.md");
    let row = page
        .lines()
        .find_map(|line| line.strip_prefix(&format!("| {what}")))
        .unwrap();
    let figure = row.rsplit('|').nth(1).unwrap().trim().trim_matches('*');
    figure.split(' ').next().unwrap().parse().unwrap()
}

#[test]
fn the_recorded_rates_are_above_the_first_ancestors() {
    assert!(recorded("support documents per CPU-second") > 35_000.0);
    assert!(recorded("session checks per CPU-second") > 3500.0);
    assert!(recorded("certificates per CPU-second of the server") > 505.0);
    assert!(recorded("memory after") <= 25.0);
}

#[test]
fn the_recorded_figures_keep_our_promises() {
    assert!(recorded("**certificates as a share of raw signing**") >= 0.80);
    for case in [
        "our domain, RS256 user key |",
        "our domain, DS128 user key |",
        "another issuer, RS256 user key |",
    ] {
        let share = format!("**the same as a share of the checks alone** (paired rounds), {case}");
        assert!(recorded(&share) >= 0.5, "{case}");
    }
    assert!(recorded("memory at rest") < 15.0);
    assert!(recorded("warm start") < 50.0);
}
