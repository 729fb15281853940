//! One or two random designs that can hold the policies apart.

use super::Times;
use super::dice::Dice;
use super::fleet::Fleet;
use crate::design::DESIGNS;
use crate::policy::Scope;

/// `[[design]]` tables whose units are at least as coarse as `scope`.
pub(super) fn designs(mut dice: Dice, fleet: &Fleet, times: Times, scope: Scope) -> String {
    let is_legal = |kind: &str| match kind {
        "request" => scope <= Scope::Request,
        "user" => scope <= Scope::User,
        "cluster" => fleet.clusters >= 2,
        _ => true,
    };
    let mut kinds: Vec<&str> = DESIGNS.iter().map(|spec| spec.name).filter(|kind| is_legal(kind)).collect();
    let mut text = String::new();
    for _ in 0..dice.whole(1, 2).min(kinds.len() as u32) {
        let kind = kinds.remove(dice.whole(0, kinds.len() as u32 - 1) as usize);
        text.push_str(&format!("[[design]]\nkind = \"{kind}\"\n{}\n", keys(kind, &mut dice, fleet, times)));
    }
    text
}

fn keys(kind: &str, dice: &mut Dice, fleet: &Fleet, times: Times) -> String {
    let share = dice.pick(&["0.5", "0.2", "0.9"]);
    match kind {
        "cluster" => match dice.whole(0, 2) {
            0 if fleet.clusters.is_multiple_of(2) => "arrangement = \"paired\"\nby = \"pair\"\n".to_owned(),
            1 => format!("arrangement = \"stratified\"\nby = \"size\"\nshare = {share}\n"),
            _ => format!("arrangement = \"complete\"\nshare = {share}\n"),
        },
        "switchback" => {
            let block = times.measured() / dice.between(4.1, 20.0);
            let washout = block * dice.pick(&[0.0, 0.25]);
            let order = match dice.whole(0, 2) {
                0 => "order = \"alternating\"".to_owned(),
                1 => format!("order = \"random\"\nshare = {share}"),
                _ => format!("order = \"balanced\"\nshare = {share}"),
            };
            format!("block = \"{block:.6} s\"\nwashout = \"{washout:.6} s\"\n{order}\n")
        }
        _ => format!("share = {share}\n"),
    }
}
