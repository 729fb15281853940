//! A random fleet: engines from tiny to roomy, clusters, regions and the network between them.

use super::dice::Dice;
use crate::world::replica::BLOCK_TOKENS;

/// A fleet as TOML, with what the other parts need to know of it.
pub(super) struct Fleet {
    /// Engines, clusters and network.
    pub(super) text: String,
    /// How many clusters.
    pub(super) clusters: u32,
    /// Of the smallest cluster.
    pub(super) least_replicas: u32,
    /// How many regions have a cluster.
    pub(super) regions: u32,
    /// Longest prompt and answer together that makes sense here; a little more than some caches hold.
    pub(super) context_tokens: u32,
}

impl Fleet {
    pub(super) fn draw(mut dice: Dice) -> Self {
        let clusters = dice.pick(&[1, 2, 2, 3, 4, 4]);
        let regions = dice.whole(1, clusters.min(3));
        let engines = dice.whole(1, 2);
        let mut text = String::new();
        let mut smallest = u32::MAX;
        for engine in 0..engines {
            let kv_blocks = dice.pick(&[40, 90, 200, 600, 2_500, 20_000]);
            smallest = smallest.min(kv_blocks);
            text.push_str(&engine_text(&mut dice, engine, kv_blocks));
        }
        let mut least_replicas = u32::MAX;
        for cluster in 0..clusters {
            let replicas = dice.pick(&[1, 1, 2, 3, 6]);
            least_replicas = least_replicas.min(replicas);
            text.push_str(&format!(
                "[[cluster]]\nname = \"c{cluster}\"\nregion = \"r{}\"\nreplicas = {}\nengine = \"e{}\"\n\
                 attributes = {{ size = \"{}\", pair = \"p{}\" }}\n\n",
                cluster % regions,
                replicas,
                dice.whole(0, engines - 1),
                if cluster < 2 { "big" } else { "small" },
                cluster / 2,
            ));
        }
        text.push_str(&format!(
            "[network]\nwithin_region = \"{} ms\"\nbetween_regions = \"{} ms\"\n",
            dice.pick(&[0, 0, 1]),
            dice.pick(&[0, 5, 40, 700]),
        ));
        if regions == 3 && dice.chance(0.5) {
            text.push_str("[[network.link]]\nfrom = \"r0\"\nto = \"r2\"\ndelay = \"93.123456789 ms\"\n");
        }
        let cache_tokens = f64::from(smallest * BLOCK_TOKENS);
        let context_tokens = (cache_tokens * dice.pick(&[0.3, 0.9, 1.3])).min(5_000.0) as u32;
        Self { text, clusters, least_replicas, regions, context_tokens }
    }
}

fn engine_text(dice: &mut Dice, engine: u32, kv_blocks: u32) -> String {
    let queue = dice.pick(&[0, 0, 0, 1, 5, 40]);
    format!(
        "[engine.e{engine}]\nc0_ms = {:.6}\nc_prefill_ms_per_token = {:.6}\nc_attention_ms_per_token2 = {:.9}\n\
         c_decode_ms_per_sequence = {:.6}\nc_kv_ms_per_token = {:.9}\nkv_blocks = {kv_blocks}\n\
         queue_capacity = {queue}\ngpus = {}\n\n",
        dice.magnitude(1.0, 30.0),
        dice.pick(&[0.0, 0.02, 0.06, 0.2]),
        dice.pick(&[0.0, 5e-6, 1e-5]),
        dice.pick(&[0.0, 0.05, 0.3]),
        dice.pick(&[0.0, 5e-5, 2e-4]),
        dice.pick(&[1, 2, 8]),
    )
}
