//! What is generated from the code.

#[test]
fn show() {
    let t = std::time::Instant::now();
    let g = contention::scenario::grammar();
    eprintln!("{:?}", t.elapsed());
    for e in &g.entries {
        let kinds: Vec<_> = e
            .path
            .iter()
            .filter_map(|s| match s {
                contention::settings::Segment::Kind(k) => Some(k.as_str()),
                _ => None,
            })
            .collect();
        eprintln!(
            "{} {:?} {} d={:?} v={} r={}",
            contention::settings::grammar::written(&e.path),
            kinds,
            e.shape.allowed().chars().take(60).collect::<String>(),
            e.default,
            e.varies,
            e.required
        );
    }
}
