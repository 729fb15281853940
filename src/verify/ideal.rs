//! Scenarios of ideal queues: the world's own engine, gateway and policies with simple parameters. A mean service takes one
//! second of 10,000 tokens, so that whole tokens round by one part in 20,000, far below the standard errors.

/// Exponential service of mean one second.
pub(super) const EXPONENTIAL: &str = "{ kind = \"exponential\", mean = 10000, max = 400000 }";

/// Service of exactly one second.
pub(super) const CONSTANT: &str = "{ kind = \"fixed\", tokens = 10000 }";

/// The truncated power law of density x^-2.2 on [16, 8192], scaled to a mean of one second: 10,000/68.469643 tokens a unit.
pub(super) const POWER_LAW: &str =
    "{ kind = \"tpl\", xmin = 2336.802, alpha = 2.2, cut = 1196442.6, max = 1196442 }";

/// Tokens wait for one of `max_num_seqs` slots, each of a fixed speed.
pub(super) const SLOTS: &str = "ideal-slots";

/// All that run share 10,000 tokens a second equally.
pub(super) const SHARING: &str = "ideal-sharing";

/// An ideal queue.
#[derive(Clone, Copy)]
pub(super) struct Ideal<'a> {
    /// Requests a second of the whole workload.
    pub rate: f64,
    /// Law of the output tokens.
    pub size: &'a str,
    /// Engine preset.
    pub engine: &'a str,
    /// Replicas of the one cluster.
    pub replicas: u32,
    /// Body of `[policy.control]`.
    pub control: &'a str,
    /// Body of `[policy.candidate]`; the same as the control's but for what is treated.
    pub candidate: Option<&'a str>,
    /// `[[design]]` tables.
    pub designs: &'a str,
    /// Metrics to grade, quoted and separated by commas.
    pub metrics: &'a str,
    /// Measured seconds of each replication.
    pub seconds: u32,
    /// Seconds before that: at least twenty relaxation times where the law at the start is not the stationary one.
    pub warm_up: u32,
    /// Window of the timeline in seconds.
    pub window: f64,
    /// Independent replications (R), at least 30.
    pub replications: u32,
}

impl Default for Ideal<'_> {
    fn default() -> Self {
        Self {
            rate: 0.8,
            size: EXPONENTIAL,
            engine: SLOTS,
            replicas: 1,
            control: ONE_SERVER,
            candidate: None,
            designs: "",
            metrics: "",
            seconds: 100_000,
            warm_up: 2_000,
            window: 1_000.0,
            replications: 40,
        }
    }
}

/// First come, first served, one at a time.
pub(super) const ONE_SERVER: &str = "scheduler = { kind = \"chunked\", max_num_seqs = 1 }";

/// Everybody is served at once.
pub(super) const UNLIMITED: &str =
    "scheduler = { kind = \"chunked\", token_budget = 1000000, max_num_seqs = 65535 }";

impl Ideal<'_> {
    /// The scenario.
    pub(super) fn scenario(&self) -> String {
        let Self { rate, size, engine, replicas, control, designs, metrics, warm_up, window, .. } = self;
        let replications = self.replications;
        let candidate =
            self.candidate.map_or_else(String::new, |body| format!("[policy.candidate]\n{body}\n"));
        let duration = self.seconds + warm_up;
        format!(
            "name = \"ideal\"\ncontrol = \"control\"\n\
             [workload]\nrate = \"{rate}/s\"\n\
             [workload.class]\ncontext_tokens = 1300000\nprompt = {{ kind = \"fixed\", tokens = 1 }}\noutput = {size}\n\
             [users]\ncount = 1\nactivity = {{ kind = \"equal\" }}\n\
             [[cluster]]\nname = \"one\"\nreplicas = {replicas}\nengine = \"{engine}\"\n\
             [policy.control]\n{control}\n{candidate}\
             [study]\nreplications = {replications}\nduration = \"{duration} s\"\nwarm_up = \"{warm_up} s\"\n\
             primary = \"e2e_ms_mean\"\nmetrics = [{metrics}]\n\
             [record]\nwindow = \"{window} s\"\n{designs}"
        )
    }
}

/// A request-randomised experiment with this treated share.
pub(super) fn by_request(share: f64) -> String {
    format!("[[design]]\nkind = \"request\"\nname = \"request {share}\"\nshare = {share}\n")
}

/// The name of that experiment.
pub(super) fn request_design(share: f64) -> String {
    format!("request {share}")
}

/// Milliseconds as seconds.
pub(super) fn seconds(milliseconds: Vec<f64>) -> Vec<f64> {
    milliseconds.into_iter().map(|value| value / 1e3).collect()
}

/// A switchback experiment with blocks, and a washout at the start of each, in seconds.
pub(super) fn switchback(name: &str, order: &str, block: f64, washout: f64) -> String {
    format!(
        "[[design]]\nkind = \"switchback\"\nname = \"{name}\"\norder = \"{order}\"\n\
         block = \"{block} s\"\nwashout = \"{washout} s\"\n"
    )
}
