//! What an experiment at a treated share p shows, what the share itself does, and how far the two are apart.

/// Long-run means of the outcome in both arms of one world.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ArmMeans {
    /// Treated share p of the requests.
    pub share: f64,
    /// Mean over the treated; with nobody treated, that of a lone treated request.
    pub treated: f64,
    /// Mean over the controls, likewise.
    pub control: f64,
}

impl ArmMeans {
    /// V(p): the mean over both arms.
    #[must_use]
    pub fn mean(self) -> f64 {
        self.share * self.treated + (1.0 - self.share) * self.control
    }

    /// Treated minus control: what the difference in means finds.
    #[must_use]
    pub fn contrast(self) -> f64 {
        self.treated - self.control
    }
}

/// V(1) − V(0): the effect of treating everybody.
#[must_use]
pub fn total_effect(arms: impl Fn(f64) -> ArmMeans) -> f64 {
    arms(1.0).treated - arms(0.0).control
}

/// dV/dp at `share`, by central differences of five points (error in the fourth power of the step).
#[must_use]
pub fn slope(arms: impl Fn(f64) -> ArmMeans, share: f64) -> f64 {
    const STEP: f64 = 1e-3;
    let across = |steps: f64| arms(share + steps * STEP).mean() - arms(share - steps * STEP).mean();
    (8.0 * across(1.0) - across(2.0)) / (12.0 * STEP)
}

/// Where the bias of the difference in means comes from: bias = treated side − control side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BiasParts {
    /// Mean over the treated of the outcome here less that in the world where all are treated.
    pub treated_side: f64,
    /// Mean over the controls of the outcome here less that in the world where nobody is.
    pub control_side: f64,
}

/// The parts at `share` under independent assignment of requests.
#[must_use]
pub fn bias_parts(arms: impl Fn(f64) -> ArmMeans, share: f64) -> BiasParts {
    let mixed = arms(share);
    BiasParts {
        treated_side: mixed.treated - arms(1.0).treated,
        control_side: mixed.control - arms(0.0).control,
    }
}
