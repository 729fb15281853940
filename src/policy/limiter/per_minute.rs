//! Requests and tokens a minute for each user, in fixed one-minute windows. Requests are always charged before; tokens
//! before (prompt and an output reserve) or after the answer. Charging after over-admits a burst: everything that
//! arrives before the first answer is free (`gateway_ratelimit` in AIBrix).

use super::{Accounts, Limiter};
use crate::policy::{RequestView, Spec};
use crate::units::{PS_PER_SECOND, SimTime, UserId};

pub(super) const SPEC: Spec<dyn Limiter> = Spec {
    name: "per_minute",
    about: "requests and tokens a minute for each user, tokens charged before or after the answer",
    build: |section| {
        Box::new(PerMinute {
            requests: section.integer("requests", Some(100), 1..=1_000_000_000),
            tokens: section.integer("tokens", Some(100_000), 1..=1_000_000_000_000),
            charge: section.choice("charge", Some("after"), CHARGES).unwrap_or(Charge::After),
            reserve: section.integer("reserve_output_tokens", Some(0), 0..=1_000_000),
            windows: Accounts::default(),
        })
    },
};

const CHARGES: &[(&str, Charge)] = &[("before", Charge::Before), ("after", Charge::After)];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Charge {
    Before,
    After,
}

/// What a user used in its latest minute.
#[derive(Clone, Copy, Default)]
struct Window {
    minute: u64,
    requests: u64,
    tokens: u64,
}

#[derive(Clone)]
struct PerMinute {
    requests: u64,
    tokens: u64,
    charge: Charge,
    reserve: u64,
    windows: Accounts<Window>,
}

impl PerMinute {
    fn window(&mut self, user: UserId, now: SimTime) -> &mut Window {
        let minute = now.0 / (60 * PS_PER_SECOND);
        let window = self.windows.of(user);
        if window.minute < minute {
            *window = Window { minute, ..Window::default() };
        }
        window
    }
}

impl Limiter for PerMinute {
    fn fresh(&self) -> Box<dyn Limiter> {
        Box::new(Self { windows: Accounts::default(), ..self.clone() })
    }

    fn charges_after(&self) -> bool {
        self.charge == Charge::After
    }

    fn admits(&mut self, request: &RequestView) -> bool {
        let price = match self.charge {
            Charge::Before => u64::from(request.prompt_tokens) + self.reserve,
            Charge::After => 0,
        };
        let (max_requests, max_tokens) = (self.requests, self.tokens);
        let window = self.window(request.user, request.now);
        let spent = window.tokens + price;
        let admits =
            window.requests < max_requests && (spent < max_tokens || (price > 0 && spent == max_tokens));
        if admits {
            window.requests += 1;
            window.tokens += price;
        }
        admits
    }

    fn settle(&mut self, user: UserId, tokens: u32, finished: SimTime) {
        if self.charge == Charge::After {
            self.window(user, finished).tokens += u64::from(tokens);
        }
    }
}
