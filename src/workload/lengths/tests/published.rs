//! The numbers of `workloads.md`. Everything is read off the table analytically; nothing is sampled.

use super::*;

fn assert_near(what: &str, found: f64, expected: f64, relative: f64) {
    assert!((found / expected - 1.0).abs() <= relative, "{what}: {found} against {expected} +- {relative}");
}

/// Section 2b. Printed with three or four digits; the discretisation there is the zeta form
/// `P(l) ~ l^-alpha`, which differs from cells `[l, l + 1)` by up to half a token in the mean.
#[test]
fn moment_matched_power_laws_have_the_published_mean_cv_and_p99() {
    let rows = [
        ("conv prompt", 562.0, 2.85, 16_384.0, 1_155.0, 0.961, 6_152.0, 0.01),
        ("conv output", 89.0, 2.27, 1_024.0, 211.0, 0.773, 879.0, 0.01),
        ("code prompt", 287.0, 1.17, 8_192.0, 2_049.0, 0.964, 7_832.0, 0.01),
        ("code output", 9.5, 2.45, 2_048.0, 27.9, 2.14, 222.0, 0.01),
        ("Mooncake prompt", 3_431.0, 2.07, 131_072.0, 12_048.0, 1.313, 90_700.0, 0.01),
        ("Mooncake output", 171.0, 2.74, 2_048.0, 342.0, 0.731, 1_487.0, 0.01),
        ("r1 input", 165.0, 1.89, 65_536.0, 1_247.0, 3.13, 18_700.0, 0.03),
        ("r1 output", 507.0, 2.34, 32_768.0, 1_518.0, 1.53, 12_400.0, 0.01),
        ("m-large input", 433.0, 2.86, 32_768.0, 913.0, 1.218, 5_058.0, 0.01),
        ("m-large output", 68.0, 2.75, 8_192.0, 153.0, 1.467, 926.0, 0.01),
        // Mean and CV of this row are those of the data, printed below table 2c.
        ("m-mid input", 140.0, 2.84, 131_072.0, 306.0, 1.96, 1_714.0, 0.01),
        ("arXiv output", 40.0, 1.70, 4_096.0, 290.0, 1.82, 2_986.0, 0.01),
        ("hypothesis_tpl", 100.0, 2.1, 131_072.0, 561.0, 4.86, 6_336.0, 0.03),
    ];
    for (name, xmin, alpha, cut, mean, cv, p99, tolerance) in rows {
        let table = table(&clipped(power_law(xmin, alpha, cut), 131_072));
        assert_near(&format!("{name} mean"), table.mean(), mean, tolerance);
        assert_near(&format!("{name} CV"), table.coefficient_of_variation(), cv, tolerance);
        assert_near(&format!("{name} p99"), f64::from(table.quantile(0.99)), p99, 0.03);
        assert_eq!((f64::from(table.min()), f64::from(table.max())), (libm::ceil(xmin), cut), "{name}");
    }
}

fn assert_fit(name: &str, law: &LengthLaw, (mean, cv, p99): (f64, f64, f64), tolerance: f64) {
    let table = table(law);
    assert_near(&format!("{name} mean"), table.mean(), mean, tolerance);
    assert_near(&format!("{name} CV"), table.coefficient_of_variation(), cv, tolerance);
    assert_near(&format!("{name} p99"), f64::from(table.quantile(0.99)), p99, tolerance);
}

/// Section 2a. The published columns come from samples and are printed with two or three digits:
/// 1 % covers the rounding of a CV such as .70, and what sampling left in a p99.
#[test]
fn fitted_mixtures_have_the_published_mean_cv_and_p99() {
    let conv_prompt = mixture(&[
        (0.200, 5.478, 1.017),
        (0.229, 5.987, 0.039),
        (0.402, 6.996, 0.101),
        (0.169, 8.012, 0.376),
    ]);
    let conv_output = mixture(&[(0.435, 4.573, 0.364), (0.284, 4.727, 1.021), (0.281, 6.006, 0.050)]);
    let mooncake_prompt = mixture(&[(0.082, 6.804, 0.010), (0.117, 7.156, 0.237), (0.801, 9.165, 0.927)]);
    let mooncake_output = mixture(&[(0.337, 4.016, 1.617), (0.663, 6.007, 0.348)]);
    let r1_input = mixture(&[(0.351, 3.398, 0.723), (0.264, 5.609, 0.408), (0.386, 6.624, 1.735)]);
    let r1_output = mixture(&[(0.573, 6.144, 0.544), (0.171, 7.223, 0.166), (0.255, 7.881, 0.890)]);
    let arxiv_output = mixture(&[(0.314, 5.032, 0.819), (0.648, 5.099, 0.442), (0.038, 7.887, 0.266)]);
    let rows = [
        ("conv prompt", conv_prompt, 14_050, (1_160.0, 0.99, 5_450.0)),
        ("conv output", conv_output, 1_000, (207.0, 0.76, 598.0)),
        ("Mooncake prompt, mixture", mooncake_prompt, 126_195, (11_644.0, 1.22, 71_200.0)),
        ("Mooncake output", mooncake_output, 2_000, (338.0, 0.70, 1_025.0)),
        ("r1 input, mixture", r1_input, 57_000, (1_110.0, 3.33, 18_600.0)),
        ("r1 output", r1_output, 32_768, (1_526.0, 1.56, 12_400.0)),
        ("arXiv output", arxiv_output, 4_056, (280.0, 1.75, 3_020.0)),
    ];
    for (name, shape, cut, expected) in rows {
        assert_fit(name, &truncated(shape, cut), expected, 0.01);
    }
}

/// The body is truncated at 7,437, the end of the atom, not at 7,434: under 1 % in mean and CV.
#[test]
fn fitted_code_prompts_keep_their_wall_of_7434_to_7437_tokens() {
    let law = LengthLaw {
        atoms: vec![Atom { low: 7_434, high: 7_437, weight: 0.038 }],
        ..truncated(mixture(&[(0.323, 5.524, 1.296), (0.677, 7.589, 0.665)]), 7_437)
    };
    assert_fit("code prompt", &law, (1_937.0, 0.94, 7_436.0), 0.01);
}

/// The published mean of code outputs is a range, 8 to 14 % above the data's 27.9, as is its p99.
#[test]
fn fitted_splices_have_the_published_mean_cv_and_p99() {
    let splice = |body_weight, mu, sigma, xmin, alpha, cut| {
        clipped(Shape::Spliced { body_weight, mu, sigma, xmin, alpha, cut }, cut as u32)
    };
    let mooncake = splice(0.748, 8.764, 1.261, 15_249.0, 2.471, 126_195.0);
    assert_fit("Mooncake prompt", &mooncake, (11_903.0, 1.31, 83_100.0), 0.01);
    let r1 = splice(0.524, 4.297, 1.272, 212.0, 1.650, 56_500.0);
    assert_fit("r1 input", &r1, (1_203.0, 3.57, 23_400.0), 0.01);
    let code = table(&splice(0.365, 2.123, 0.229, 11.0, 2.149, 1_899.0));
    assert!((1.08..=1.14).contains(&(code.mean() / 27.883)), "code output mean {}", code.mean());
    assert_near("code output CV", code.coefficient_of_variation(), 2.7, 0.02);
    assert!((341..=356).contains(&code.quantile(0.99)), "code output p99 {}", code.quantile(0.99));
}
