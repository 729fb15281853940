//! Random traffic: classes with every law of lengths, users, and arrivals on a changing clock.

use super::dice::Dice;
use super::fleet::Fleet;
use crate::workload::profile::PROFILES;
use crate::workload::settings::LENGTH_LAWS;

/// How requests come.
pub(super) struct Traffic {
    per_user: bool,
    rest: String,
}

impl Traffic {
    pub(super) fn draw(mut dice: Dice) -> Self {
        let per_user = dice.chance(0.4);
        let mut rest = String::new();
        if dice.chance(0.4) {
            rest.push_str(&format!(
                "arrivals = {{ kind = \"gamma\", cv = {:?} }}\n",
                dice.pick(&[0.2, 0.7, 2.0, 4.0])
            ));
        }
        rest.push_str(&format!("profile = \"{}\"\n", dice.pick(PROFILES).0));
        rest.push_str(&format!("start_of_day = \"{} h\"\n", dice.whole(0, 40)));
        if dice.chance(0.4) {
            let minutes = dice.pick(&[1, 30]);
            rest.push_str(&format!("drift = {{ sd = 0.25, time_constant = \"{minutes} min\" }}\n"));
        }
        Self { per_user, rest }
    }

    /// `[workload]` with this many requests a second, of all users or of one.
    pub(super) fn text(&self, rate: f64) -> String {
        let key = if self.per_user { "rate_per_user" } else { "rate" };
        format!("[workload]\n{key} = \"{rate:.9}/s\"\n{}", self.rest)
    }
}

/// `[users]`.
pub(super) fn users(mut dice: Dice, fleet: &Fleet) -> String {
    let mut text = format!("[users]\ncount = {}\n", dice.magnitude(1.0, 500.0) as u32);
    text.push_str(match dice.whole(0, 3) {
        0 => "activity = { kind = \"equal\" }\n",
        1 => "activity = { kind = \"lognormal\", sigma = 0.8 }\n",
        2 => "activity = { kind = \"zipf\", exponent = 0.7 }\n",
        _ => "",
    });
    if dice.chance(0.3) {
        text.push_str("length_spread = 0.4\n");
    }
    if dice.chance(0.3) {
        // The last region has users and, in some fleets, no cluster.
        let shares: Vec<String> =
            (0..=fleet.regions).map(|region| format!("r{region} = {}", dice.whole(1, 3))).collect();
        text.push_str(&format!("regions = {{ {} }}\n", shares.join(", ")));
    }
    for tier in 0..dice.pick(&[0, 2, 3]) {
        text.push_str(&format!(
            "[[users.tier]]\nname = \"t{tier}\"\nshare = {}\nactivity = {}\npriority = {}\n",
            dice.whole(1, 5),
            dice.pick(&["0.5", "1.0", "3.0"]),
            dice.pick(&[0, 1, 1, 2, 200]),
        ));
    }
    text
}

/// One or two `[[workload.class]]`.
pub(super) fn classes(mut dice: Dice, context_tokens: u32) -> String {
    let count = dice.pick(&[1, 1, 2]);
    let mut text = String::new();
    for class in 0..count {
        let longest = context_tokens.max(2);
        let prompt = law(&mut dice, f64::from(longest) * 0.1, longest);
        let output = law(&mut dice, (f64::from(longest) * 0.15).min(120.0), longest);
        text.push_str(&format!(
            "[[workload.class]]\nname = \"k{class}\"\nshare = {}\ncontext_tokens = {longest}\ntimeout = \"{} s\"\n\
             patience = \"20 s\"\nslo = {{ ttft = \"{} s\", tpot = \"{} ms\" }}\nprompt = {prompt}\noutput = {output}\n",
            dice.whole(1, 4),
            dice.pick(&[0, 0, 2, 10, 60]),
            dice.pick(&["0.3", "2", "8"]),
            dice.pick(&[12, 50, 200]),
        ));
        if dice.chance(0.5) {
            text.push_str(&format!("max_output_tokens = {}\n", dice.whole(1, longest)));
        }
        if dice.chance(0.3) {
            text.push_str("length_drift = { sd = 0.2, time_constant = \"2 min\" }\n");
        }
    }
    text
}

/// A law of lengths around `typical` tokens, never above `longest`.
fn law(dice: &mut Dice, typical: f64, longest: u32) -> String {
    let kind = dice.pick(LENGTH_LAWS).0;
    let middle = (typical * dice.magnitude(0.2, 2.0)).max(2.0);
    let (low, high) = ((middle * 0.5) as u32, (middle * 1.5) as u32);
    let (mu, sigma) = (libm::log(middle), dice.between(0.2, 1.0));
    let (alpha, cut) = (dice.between(1.3, 3.0), (middle * 9.0).min(f64::from(longest)));
    let keys = match kind {
        "fixed" => format!("tokens = {high}"),
        "uniform" => format!("low = {low}, high = {high}"),
        "exponential" => format!("mean = {middle:?}"),
        "lognormal" => format!("mu = {mu:?}, sigma = {sigma:?}"),
        "lognormal_mixture" => {
            format!("components = [[0.6, {mu:?}, {sigma:?}], [0.4, {:?}, 0.3]]", mu + 0.8)
        }
        "tpl" => format!("xmin = {:?}, alpha = {alpha:?}, cut = {cut:?}", middle * 0.4),
        "spliced" => format!(
            "body_weight = 0.8, mu = {mu:?}, sigma = {sigma:?}, xmin = {middle:?}, alpha = {alpha:?}, cut = {cut:?}"
        ),
        _ => format!("quantiles = [[0.0, {low}], [0.5, {middle:?}], [1.0, {:?}]]", middle * 3.0),
    };
    let ends = if kind == "exponential" || kind.starts_with("lognormal") {
        match dice.whole(0, 3) {
            0 => format!(", max = {longest}, beyond = \"clip\""),
            1 => ", min = 2, atoms = [[3, 3, 0.1], [4, 6, 0.2]]".to_owned(),
            _ => String::new(),
        }
    } else {
        String::new()
    };
    format!("{{ kind = \"{kind}\", {keys}{ends} }}")
}
