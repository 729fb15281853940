//! Two classes of one service law at one server, the first class ahead of the second (Cobham 1954; Kleinrock,
//! Queueing Systems II, 1976).

use super::marginal::ArmMeans;

/// One server and what comes to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Server {
    /// Arrivals per unit of time, both classes together.
    pub lambda: f64,
    /// E S.
    pub mean: f64,
    /// E S².
    pub second_moment: f64,
}

/// Mean waits when the treated `share` goes first but interrupts nobody: W0/(1 − ρ1) and W0/((1 − ρ1)(1 −
/// ρ)), with ρ1 = share·ρ and W0 = λ·E S²/2, the work left of the one in service.
#[must_use]
pub fn head_of_line(server: Server, share: f64) -> ArmMeans {
    let load = server.lambda * server.mean;
    let ahead = 1.0 - share * load;
    let in_service = server.lambda * server.second_moment / 2.0;
    ArmMeans { share, treated: in_service / ahead, control: in_service / (ahead * (1.0 - load)) }
}

/// Mean sojourns when the treated `share` interrupts the others, who resume later:
/// E S + share·W0/(1 − ρ1) and E S/(1 − ρ1) + W0/((1 − ρ1)(1 − ρ)).
#[must_use]
pub fn preemptive_resume(server: Server, share: f64) -> ArmMeans {
    let load = server.lambda * server.mean;
    let ahead = 1.0 - share * load;
    let in_service = server.lambda * server.second_moment / 2.0;
    ArmMeans {
        share,
        treated: server.mean + share * in_service / ahead,
        control: server.mean / ahead + in_service / (ahead * (1.0 - load)),
    }
}
