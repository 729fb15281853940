//! One or two random designs that can hold the policies apart. The first is run in the world that the laws are about: one that
//! neither learns, nor splits capacity, nor sends copies, of which the checkers could not know from outside.

use super::Times;
use super::dice::Dice;
use super::fleet::Fleet;
use crate::design::DESIGNS;
use crate::policy::Scope;

/// `[[design]]` tables whose units are at least as coarse as `scope`.
pub(super) fn designs(mut dice: Dice, fleet: &Fleet, times: Times, scope: Scope) -> String {
    let is_legal = |kind: &str| match kind {
        "request" | "bandit" | "shadow" => scope <= Scope::Request,
        "experiment_of_experiments" => scope <= Scope::Request && fleet.clusters >= 2,
        "user" | "canary" => scope <= Scope::User,
        "saturation" | "user_by_pool" => scope <= Scope::User && fleet.clusters >= 2,
        "cluster" | "cluster_switchback" => fleet.clusters >= 2,
        "capacity_split" => fleet.least_replicas >= 2,
        _ => true,
    };
    let is_plain = |kind: &str| !matches!(kind, "bandit" | "shadow" | "capacity_split");
    let mut kinds: Vec<&str> = DESIGNS.iter().map(|spec| spec.name).filter(|kind| is_legal(kind)).collect();
    let mut text = String::new();
    for at in 0..dice.whole(1, 2).min(kinds.len() as u32) {
        let open: Vec<usize> = (0..kinds.len()).filter(|&kind| at > 0 || is_plain(kinds[kind])).collect();
        let kind = kinds.remove(open[dice.whole(0, open.len() as u32 - 1) as usize]);
        let keys = keys(kind, &mut dice, (fleet, times, scope), at > 0);
        text.push_str(&format!("[[design]]\nkind = \"{kind}\"\n{keys}\n"));
    }
    text
}

fn keys(
    kind: &str,
    dice: &mut Dice,
    (fleet, times, scope): (&Fleet, Times, Scope),
    may_learn: bool,
) -> String {
    let share = dice.pick(&["0.5", "0.2", "0.9"]);
    let unit = if scope >= Scope::User { "user" } else { dice.pick(&["request", "user"]) };
    let block = times.measured() / dice.between(4.1, 20.0);
    match kind {
        "cluster" => match dice.whole(0, 2) {
            0 if fleet.clusters.is_multiple_of(2) => "arrangement = \"paired\"\nby = \"pair\"\n".to_owned(),
            1 => format!("arrangement = \"stratified\"\nby = \"size\"\nshare = {share}\n"),
            _ => format!("arrangement = \"complete\"\nshare = {share}\n"),
        },
        "switchback" => {
            let washout = block * dice.pick(&[0.0, 0.25]);
            let order = match dice.whole(0, 3) {
                0 => "order = \"alternating\"".to_owned(),
                1 => format!("order = \"random\"\nshare = {share}"),
                2 => format!("order = \"complete\"\nshare = {share}"),
                _ => format!("order = \"balanced\"\nshare = {share}"),
            };
            format!("block = \"{block:.6} s\"\nwashout = \"{washout:.6} s\"\n{order}\n")
        }
        "cluster_switchback" => {
            let order = dice.pick(&["random", "balanced"]);
            format!("block = \"{block:.6} s\"\norder = \"{order}\"\nshare = {share}\n")
        }
        "saturation" => {
            let shares = dice.pick(&["[0.0, 0.5, 1.0]", "[0.2, 0.8]"]);
            format!("shares = {shares}\nunit = \"{unit}\"\n")
        }
        "user_by_pool" => format!("user_share = {share}\ncluster_share = 0.5\n"),
        "experiment_of_experiments" if fleet.clusters >= 4 && dice.chance(0.5) => {
            format!("share = {share}\n")
        }
        "experiment_of_experiments" => {
            format!("against = \"switchback\"\nblock = \"{block:.6} s\"\nshare = {share}\n")
        }
        "capacity_split" => format!("unit = \"{unit}\"\nshare = {share}\n"),
        "canary" => {
            let gate = if may_learn { "gate = { max_ratio = 1.5 }\n" } else { "" };
            format!("unit = \"{unit}\"\nstep = \"{block:.6} s\"\n{gate}")
        }
        "bandit" => {
            let algorithm = dice.pick(&["thompson", "epsilon_greedy"]);
            format!("algorithm = \"{algorithm}\"\nevery = \"{block:.6} s\"\n")
        }
        _ => format!("share = {share}\n"),
    }
}
