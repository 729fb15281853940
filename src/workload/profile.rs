//! Daily profiles of the arrival rate: 24 hourly factors for weekdays, a level for weekends.
//!
//! Sources: `business_code` and `global_chat` read off the published plots of the Azure LLM traces of May 2024
//! (Stojkovic et al., DynamoLLM, HPCA 2025; about 2 % error); `api_small` measured on the hourly rates of ServeGen m-small
//! (Xiang et al., NSDI 2026); `campus` from BurstGPT's session starts by hour. All are renormalised to a weekday mean of 1.

/// Hourly factors of a weekday and the level of weekends relative to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// By hour of day, mean 1.
    hours: [f64; 24],
    /// Factor of weekend days.
    weekend: f64,
}

/// All named profiles.
pub const PROFILES: &[(&str, Named)] = &[
    ("flat", Named::Flat),
    ("business_code", Named::BusinessCode),
    ("global_chat", Named::GlobalChat),
    ("api_small", Named::ApiSmall),
    ("campus", Named::Campus),
];

/// A named profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// The same rate at all hours.
    Flat,
    /// A code assistant in business hours.
    BusinessCode,
    /// A chat service with users around the globe.
    GlobalChat,
    /// A mid-size programming interface.
    ApiSmall,
    /// A university.
    Campus,
}

const BUSINESS_CODE: [f64; 24] = [
    0.71, 0.68, 0.64, 0.53, 0.42, 0.35, 0.30, 0.25, 0.24, 0.24, 0.26, 0.38, 0.70, 1.18, 1.68, 1.82, 1.72,
    1.98, 2.18, 2.23, 2.07, 1.53, 1.11, 0.82,
];
const GLOBAL_CHAT: [f64; 24] = [
    0.89, 0.97, 0.95, 0.79, 0.80, 0.87, 1.01, 1.09, 1.11, 1.08, 0.97, 1.03, 1.15, 1.27, 1.34, 1.25, 1.13,
    1.09, 1.08, 1.02, 0.92, 0.77, 0.69, 0.72,
];
const API_SMALL: [f64; 24] = [
    0.83, 0.68, 0.71, 0.67, 0.65, 0.66, 0.73, 0.83, 1.01, 1.10, 1.09, 1.10, 1.03, 1.04, 1.04, 1.02, 1.04,
    1.02, 1.01, 1.17, 1.40, 1.40, 1.31, 1.08,
];
const CAMPUS: [f64; 24] = [
    1.00, 0.97, 0.63, 0.57, 0.41, 0.38, 0.22, 0.17, 0.18, 0.34, 0.79, 1.27, 1.91, 1.59, 1.85, 1.34, 1.42,
    1.35, 1.23, 1.65, 1.38, 1.17, 1.14, 1.05,
];

impl Named {
    /// The profile of this name.
    #[must_use]
    pub fn profile(self) -> Profile {
        match self {
            Self::Flat => Profile::new([1.0; 24], 1.0),
            Self::BusinessCode => Profile::new(BUSINESS_CODE, 0.325),
            Self::GlobalChat => Profile::new(GLOBAL_CHAT, 0.57),
            Self::ApiSmall => Profile::new(API_SMALL, 1.0),
            Self::Campus => Profile::new(CAMPUS, 1.0),
        }
    }
}

impl Profile {
    /// Hourly factors, renormalised to mean 1.
    #[must_use]
    pub fn new(hours: [f64; 24], weekend: f64) -> Self {
        let mean = hours.iter().sum::<f64>() / 24.0;
        Self { hours: hours.map(|factor| factor / mean), weekend }
    }

    /// The factor at `seconds` after midnight of a Monday: linear between the middles of hours.
    #[must_use]
    pub fn factor(&self, seconds: f64) -> f64 {
        let hours = seconds / 3600.0 - 0.5;
        let day = (libm::floor(seconds / 86_400.0) as i64).rem_euclid(7);
        let before = libm::floor(hours);
        let at = |hour: f64| self.hours[(hour as i64).rem_euclid(24) as usize];
        let weight = hours - before;
        let level = if day >= 5 { self.weekend } else { 1.0 };
        (at(before) * (1.0 - weight) + at(before + 1.0) * weight) * level
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_has_mean_one_on_a_weekday() {
        for (name, named) in PROFILES {
            let profile = named.profile();
            let mean = (0..86_400).map(|s| profile.factor(f64::from(s) + 86_400.0)).sum::<f64>() / 86_400.0;
            // Linear interpolation between hour middles keeps the mean up to the summation grid.
            assert!((mean - 1.0).abs() < 1e-4, "{name}: {mean}");
        }
    }
}
