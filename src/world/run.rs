//! One world: a workload meets a fleet under one assignment of policies (docs/model.md, sections 3 and 4).

use std::ops::Range;

use super::boards::{Board, Signals, boards};
use super::books::{Books, Settlement};
use super::layout::Layout;
use super::node::Node;
use super::replica::{BLOCK_TOKENS, Batching, COPIES, Job, Replica};
use super::sight::Sight;
use crate::design::{Assignment, CANDIDATE};
use crate::engine::{Driver, DriverKind, Process};
use crate::policy::admission::Admission;
use crate::policy::demand::Demand;
use crate::policy::limiter::Limiter;
use crate::policy::priority::Priority;
use crate::policy::router::{Reads, Router};
use crate::policy::{Axis, KvLoad, Policy, PolicyContext, RequestView};
use crate::record::{Recorder, State, Status, Tally};
use crate::rng::{Family, Purpose, Streams};
use crate::units::{ArmId, ClusterId, ReplicaId, SimTime, Span};
use crate::workload::Request;

/// What a world is made of, besides its arrivals.
pub struct Setup<'a> {
    /// The fleet.
    pub layout: &'a Layout,
    /// Policies by arm; the first is the control.
    pub policies: &'a [&'a Policy],
    /// Who gets which; afterwards it remembers what it decided.
    pub assignment: &'a mut dyn Assignment,
    /// The randomness of this replication.
    pub streams: Streams,
    /// Which driver; `None` takes the faster legal one.
    pub driver: Option<DriverKind>,
    /// End of the observed time; requests in flight then are served to their end, without new arrivals.
    pub horizon: Option<SimTime>,
}

/// How many requests went where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    /// Requests that reached a gateway.
    pub offered: u64,
    /// Requests that completed.
    pub completed: u64,
    /// Requests that were turned away.
    pub rejected: u64,
    /// Requests that were served to the end after their client had gone.
    pub timed_out: u64,
    /// Requests that were never sent for the load.
    pub balked: u64,
    /// Copies of requests that were sent to the candidate; all of them are done.
    pub mirrored: u64,
    /// Requests in flight at the horizon; all of them were served afterwards.
    pub in_flight_at_horizon: u64,
    /// The end of the observed time.
    pub horizon: SimTime,
    /// When the last request was done.
    pub end: SimTime,
}

/// Which of the world's rules one arm goes by. Arms that agree on an axis share one rule and its state: a user has one
/// allowance and a gateway one turn, whichever arm asks.
struct Arm {
    router: usize,
    admission: usize,
    limiter: usize,
    demand: Demand,
    priority: Priority,
    batching: Batching,
    /// The replicas of each cluster that serve it.
    replicas: Vec<Range<u32>>,
}

/// Whose turn it is at a gateway: a request, or the copy of one.
#[derive(Clone, Copy)]
struct Turn {
    home: ClusterId,
    arm: ArmId,
    is_copy: bool,
}

/// Run a world to its end and hand back what was recorded.
pub fn run<R: Replica, T: Tally>(
    setup: Setup<'_>,
    arrivals: impl Iterator<Item = Request>,
    recorder: Recorder<T>,
) -> (Recorder<T>, Flow) {
    let horizon = setup.horizon;
    let mut world = World::<R, T>::new(setup, recorder);
    let mut last = SimTime::ZERO;
    for request in arrivals {
        debug_assert!(last <= request.arrival, "CAUSE-2: arrivals out of order at {}", request.arrival);
        last = request.arrival;
        world.arrive(request);
    }
    world.finish(horizon.unwrap_or(last))
}

struct World<'a, R, T> {
    setup: Setup<'a>,
    nodes: Vec<Node<R>>,
    driver: Driver,
    books: Books<T>,
    arms: Vec<Arm>,
    routers: Vec<Box<dyn Router>>,
    admissions: Vec<Box<dyn Admission>>,
    limiters: Vec<Box<dyn Limiter>>,
    boards: Vec<Board>,
    /// The earliest of all coming flips, scrapes and window edges.
    next_edge: SimTime,
    next_window: SimTime,
    /// Flips that are done.
    flips_done: usize,
    flips_matter: bool,
    /// Whether some requests are copied.
    shadows: bool,
    learns: bool,
    homes: Family,
    routing: Family,
    mirroring: Family,
    joining: Family,
}

impl<'a, R: Replica, T: Tally> World<'a, R, T> {
    fn new(setup: Setup<'a>, recorder: Recorder<T>) -> Self {
        let layout = setup.layout;
        let context = PolicyContext { clusters: layout.clusters.len() as u16 };
        let first_like = |axis: Axis, policy: &Policy| {
            setup.policies.iter().position(|other| policy.agrees_on(axis, other)).unwrap_or(0)
        };
        let splits = setup.assignment.splits_capacity();
        let shadows = setup.assignment.shadows();
        // Gateways that see other replicas, or other requests, take turns of their own.
        let own = splits || shadows;
        let arms: Vec<Arm> = setup
            .policies
            .iter()
            .enumerate()
            .map(|(at, policy)| Arm {
                router: if own { at } else { first_like(Axis::Router, policy) },
                admission: if own { at } else { first_like(Axis::Admission, policy) },
                limiter: first_like(Axis::Limiter, policy),
                demand: policy.demand,
                priority: policy.priority,
                batching: policy.batching,
                replicas: (0..layout.clusters.len() as u16)
                    .map(|cluster| {
                        let (id, all) = (ClusterId(cluster), layout.replicas(ClusterId(cluster)));
                        if splits { setup.assignment.replicas(id, ArmId(at as u8), all) } else { all }
                    })
                    .collect(),
            })
            .collect();
        let routers: Vec<Box<dyn Router>> =
            setup.policies.iter().map(|policy| policy.router.fresh(&context)).collect();
        let learns = setup.assignment.learns();
        let settles = learns || setup.policies.iter().any(|policy| policy.limiter.charges_after());
        let reads_many = routers.iter().any(|router| router.reads() == Reads::Many);
        let kind = match setup.driver {
            // What has ended must reach limiters that charge after, and designs that learn, in order of time: only the global
            // driver can.
            _ if settles => DriverKind::Global,
            Some(kind) => kind,
            None if reads_many => DriverKind::Global,
            None => DriverKind::Lazy,
        };
        let mut nodes = Vec::new();
        let mut idle = Vec::new();
        for (at, cluster) in layout.clusters.iter().enumerate() {
            let id = ClusterId(at as u16);
            for replica in layout.replicas(id) {
                let arm = if splits {
                    let owner = arms.iter().position(|arm| arm.replicas[at].contains(&replica));
                    ArmId(owner.unwrap_or(0) as u8)
                } else {
                    setup.assignment.cluster_arm(id, SimTime::ZERO)
                };
                nodes.push(Node::new(R::new(
                    ReplicaId(replica),
                    &cluster.engine,
                    arms[arm.index()].batching,
                )));
                let kv = KvLoad { used: 0, capacity: u64::from(cluster.engine.kv_blocks) };
                idle.push(Signals { kv, ..Signals::default() });
            }
        }
        let periods = setup.policies.iter().flat_map(|policy| policy.scrapes()).collect();
        let mut world = Self {
            driver: Driver::new(kind, nodes.len()),
            books: Books::new(layout.replica_count(), recorder, settles),
            flips_matter: arms.iter().any(|arm| arm.batching != arms[0].batching),
            boards: boards(periods, &idle),
            next_edge: SimTime::ZERO,
            next_window: SimTime::ZERO,
            flips_done: 0,
            homes: setup.streams.family(Purpose::UserAttributes).keyed(HOME),
            shadows,
            learns,
            routing: setup.streams.family(Purpose::Routing),
            mirroring: setup.streams.family(Purpose::Routing).keyed(MIRROR),
            joining: setup.streams.family(Purpose::Joining),
            routers,
            admissions: setup.policies.iter().map(|policy| policy.admission.fresh()).collect(),
            limiters: setup.policies.iter().map(|policy| policy.limiter.fresh()).collect(),
            setup,
            nodes,
            arms,
        };
        world.next_window = SimTime::ZERO + world.books.recorder.windows.length();
        world.find_next_edge();
        world
    }

    fn next_flip(&self) -> SimTime {
        let flips = if self.flips_matter { self.setup.assignment.flips() } else { &[] };
        flips.get(self.flips_done).copied().unwrap_or(SimTime::NEVER)
    }

    fn find_next_edge(&mut self) {
        let scrape = self.boards.iter().map(|board| board.next).min().unwrap_or(SimTime::NEVER);
        self.next_edge = self.next_flip().min(self.next_window).min(scrape);
    }

    /// Everything at or before `now` that is not an arrival or a replica's own event: flips, then windows and scrapes.
    #[cold]
    fn run_edges(&mut self, now: SimTime) {
        while self.next_edge <= now {
            let at = self.next_edge;
            self.driver.sync_all(&mut self.nodes, at, &mut self.books);
            self.books.check_conservation(at);
            if self.next_flip() == at {
                self.flip(at);
                self.flips_done += 1;
            }
            if self.next_window == at {
                self.scrape_window(at);
                self.next_window = at + self.books.recorder.windows.length();
            }
            for board in 0..self.boards.len() {
                if self.boards[board].next == at {
                    self.scrape_board(board, at);
                }
            }
            self.find_next_edge();
        }
    }

    fn flip(&mut self, now: SimTime) {
        for cluster in 0..self.setup.layout.clusters.len() {
            let id = ClusterId(cluster as u16);
            let batching = self.arms[self.setup.assignment.cluster_arm(id, now).index()].batching;
            for replica in self.setup.layout.replicas(id) {
                let node = &mut self.nodes[replica as usize];
                node.replica.set_batching(now, batching);
                let next = Process::<Books<T>>::next(node);
                self.driver.rescheduled(replica as usize, next);
            }
        }
    }

    fn scrape_window(&mut self, now: SimTime) {
        for cluster in 0..self.setup.layout.clusters.len() {
            let id = ClusterId(cluster as u16);
            let (mut queue, mut running, mut kv_used) = (0, 0, 0);
            for replica in self.setup.layout.replicas(id) {
                let replica = &self.nodes[replica as usize].replica;
                queue += replica.waiting();
                running += replica.running();
                kv_used += replica.kv_blocks_used(now);
            }
            self.books.recorder.scraped(now, id, queue, running, kv_used);
        }
        let layout = self.setup.layout;
        let outstanding = (0..layout.clusters.len()).map(|cluster| {
            let replicas = layout.replicas(ClusterId(cluster as u16));
            replicas.map(|replica| u64::from(self.books.outstanding[replica as usize])).sum()
        });
        self.books.recorder.window_begins(now, outstanding);
    }

    fn scrape_board(&mut self, board: usize, now: SimTime) {
        let board = &mut self.boards[board];
        for ((node, signals), outstanding) in
            self.nodes.iter().zip(&mut board.signals).zip(&self.books.outstanding)
        {
            signals.outstanding = *outstanding;
            signals.waiting = node.replica.waiting();
            signals.kv.used = u64::from(node.replica.kv_blocks_used(now));
        }
        board.next = now + board.period;
    }

    #[inline(always)]
    fn arrive(&mut self, request: Request) {
        let now = request.arrival;
        if self.next_edge <= now {
            self.run_edges(now);
        }
        self.driver.catch_up(&mut self.nodes, now, &mut self.books);
        if self.books.settlements.is_some() {
            self.settle();
        }
        let home = self.setup.layout.home(request.region, request.user, self.homes);
        if T::KEEPS_STATES && self.books.recorder.tally.wants_states() {
            self.keep_state(request.index, home, now);
        }
        let arm = self.setup.assignment.arm(&request, home);
        self.books.offered += 1;
        self.books.recorder.offered(home, arm);
        let mut turn = Turn { home, arm, is_copy: false };
        // Once, and once more for a copy: one way through the code for both.
        while self.decide(request, turn) && self.shadows && self.is_copied(&request, turn) {
            turn = Turn { home, arm: CANDIDATE, is_copy: true };
        }
    }

    /// Whether a copy of the request, which was decided on and not over its user's allowance, goes to the candidate.
    #[cold]
    #[inline(never)]
    fn is_copied(&mut self, request: &Request, turn: Turn) -> bool {
        let is_copied = !turn.is_copy && self.setup.assignment.mirrors(request);
        self.books.mirrored += u64::from(is_copied);
        is_copied
    }

    /// The gateway decides on a request, or on the copy of one, and sends it on; whether it was within its user's allowance.
    #[inline(always)]
    fn decide(&mut self, mut request: Request, turn: Turn) -> bool {
        let (now, home) = (request.arrival, turn.home);
        let arm = &self.arms[turn.arm.index()];
        // From here on the request is as the policy has it.
        if let Demand::Shorter { prompt_factor, output_factor, max_output_tokens } = arm.demand {
            request.shorten(prompt_factor, output_factor, max_output_tokens);
        }
        request.priority = arm.priority.level(request.priority);
        let routing = if turn.is_copy { self.mirroring } else { self.routing };
        let view = RequestView {
            now,
            user: request.user,
            tier: request.tier,
            class: request.class,
            region: request.region,
            home,
            prompt_tokens: request.prompt_tokens,
            max_output_tokens: request.max_output_tokens,
            draws: routing.stream(request.key()),
        };
        // A copy is nobody's: it is not charged to an allowance, and nobody decides whether to send it.
        if !turn.is_copy && !self.limiters[arm.limiter].admits(&view) {
            self.refuse(&request, turn, home, Status::RateLimited);
            return false;
        }
        let mut sight = Sight {
            now,
            layout: self.setup.layout,
            nodes: &mut self.nodes,
            driver: &self.driver,
            books: &mut self.books,
            boards: &self.boards,
            replicas: &arm.replicas,
        };
        let route = self.routers[arm.router].route(&view, &mut sight);
        let joining = self.joining;
        if !turn.is_copy && !arm.demand.joins(|| joining.uniform(request.key()), route, &mut sight) {
            self.refuse(&request, turn, route.cluster, Status::Balked);
            return true;
        }
        if !self.admissions[arm.admission].admits(&view, route, &mut sight) {
            self.refuse(&request, turn, route.cluster, Status::AdmissionRefused);
            return true;
        }
        let engine = &self.setup.layout.clusters[route.cluster.index()].engine;
        let tokens = u64::from(request.prompt_tokens) + u64::from(request.output_tokens);
        if tokens > u64::from(engine.kv_blocks) * u64::from(BLOCK_TOKENS) {
            self.refuse(&request, turn, route.cluster, Status::Oversize);
            return true;
        }
        if route.cluster != home && !turn.is_copy {
            self.books.recorder.sent_away(home, now);
        }
        let network = self.setup.layout.delay(request.region, route.cluster);
        let arm = if turn.is_copy { COPIES } else { turn.arm };
        let job = Job { request, network, home, cluster: route.cluster, arm };
        self.dispatch(route.replica, job, now);
        true
    }

    /// A request, or the copy of one, ends at the gateway.
    fn refuse(&mut self, request: &Request, turn: Turn, cluster: ClusterId, status: Status) {
        let places = (turn.home, cluster, turn.arm);
        if turn.is_copy {
            self.books.copy_ended_at_gateway(request, places, status);
        } else {
            self.books.end_at_gateway(request, places, status, request.arrival);
        }
    }

    /// What is to be seen at the home cluster. That looking advances its replicas changes nothing but when that is done.
    #[cold]
    #[inline(never)]
    fn keep_state(&mut self, index: u64, home: ClusterId, now: SimTime) {
        let mut state = State::default();
        for replica in self.setup.layout.replicas(home) {
            let at = replica as usize;
            self.driver.touch(&mut self.nodes[at], now, &mut self.books);
            state.outstanding_home += self.books.outstanding[at];
            state.kv_used_home += u64::from(self.nodes[at].replica.kv_blocks_used(now));
        }
        self.books.recorder.tally.decided(index, state);
    }

    #[inline(always)]
    fn dispatch(&mut self, replica: ReplicaId, job: Job, now: SimTime) {
        let node = &mut self.nodes[replica.index()];
        self.books.outstanding[replica.index()] += 1;
        self.books.recorder.sent(job.cluster, now);
        if job.network == Span::ZERO {
            self.driver.touch(node, now, &mut self.books);
            node.receive(now, job, &mut self.books);
        } else {
            node.send(now + job.network, job);
        }
        let next = Process::<Books<T>>::next(node);
        self.driver.rescheduled(replica.index(), next);
    }

    /// Tell limiters that charge after, and a design that learns, what has ended since the last arrival.
    #[cold]
    #[inline(never)]
    fn settle(&mut self) {
        let Books { settlements: Some(settlements), recorder, .. } = &mut self.books else { return };
        for Settlement { request, outcome, finished } in settlements.drain(..) {
            if outcome.status.is_served() {
                let limiter = self.arms[outcome.arm.index()].limiter;
                let tokens = request.prompt_tokens + request.output_tokens;
                self.limiters[limiter].settle(request.user, tokens, finished);
            }
            if self.learns {
                self.setup.assignment.learn(&recorder.reading(&request, &outcome), finished);
            }
        }
    }

    fn finish(mut self, horizon: SimTime) -> (Recorder<T>, Flow) {
        self.run_edges(horizon);
        self.driver.sync_all(&mut self.nodes, horizon, &mut self.books);
        let in_flight_at_horizon = self.books.in_flight();
        self.next_window = SimTime::NEVER;
        self.boards.clear();
        self.find_next_edge();
        while self.next_edge != SimTime::NEVER {
            self.run_edges(self.next_edge);
        }
        self.driver.sync_all(&mut self.nodes, SimTime::NEVER, &mut self.books);
        self.books.check_conservation(SimTime::NEVER);
        for node in &self.nodes {
            let replica = &node.replica;
            let left = (replica.waiting(), replica.running(), replica.kv_blocks_used(SimTime::NEVER));
            assert!(
                left == (0, 0, 0),
                "KV-1: waiting, running and blocks in use are {left:?} at the end of a world"
            );
        }
        assert!(self.books.copies_in_flight() == 0, "FLOW-1: copies are left at the end of a world");
        let Books {
            mut recorder,
            offered,
            completed,
            rejected,
            timed_out,
            balked,
            mirrored,
            last_finish,
            ..
        } = self.books;
        assert!(
            offered == completed + rejected + timed_out + balked,
            "FLOW-1: {offered} offered != {completed} completed + {rejected} rejected + {timed_out} timed out + \
             {balked} balked after the last boundary"
        );
        recorder.finish(horizon);
        let end = last_finish.max(horizon);
        (
            recorder,
            Flow {
                offered,
                completed,
                rejected,
                timed_out,
                balked,
                mirrored,
                in_flight_at_horizon,
                horizon,
                end,
            },
        )
    }
}

/// The owner's number of the draws of home clusters among users' attributes.
const HOME: u64 = 7;

/// The owner's number of the draws of copies among routers' choices.
const MIRROR: u64 = 1;
