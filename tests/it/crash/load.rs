//! The calls that are placed all the time, and how each of them truly ends.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use fastrand::Rng;
use ringback::{
    app,
    model::batch::BatchApi,
    simulate::{Simulator, clock::Clock, ending::Ending, options::Options, plan::CallSpec},
};
use tokio::{task::JoinHandle, time};

use super::{ledger::Life, tap::Wire};

/// A call of two minutes takes two seconds, and what comes late comes within 0.6 seconds of its end.
const SPEED: f64 = 60.0;
/// Between two calls.
const PAUSE: Duration = Duration::from_millis(150);
/// Every so many calls a batch is placed too.
const BATCH_EVERY: usize = 30;
const BATCH_SIZE: usize = 5;

/// A call as it was placed.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    pub(crate) id: String,
    pub(crate) outcome: &'static str,
    /// Which life of the first replica it was placed in.
    pub(crate) life: Life,
}

/// All that was placed, in the order of time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Truth {
    pub(crate) calls: Vec<Placed>,
    /// Ids, each with the life it was placed in.
    pub(crate) batches: Vec<(String, Life)>,
}

pub(crate) struct Load {
    pub(crate) bland: Simulator,
    truth: Arc<Mutex<Truth>>,
    placing: JoinHandle<()>,
}

impl Load {
    /// Begins to place calls in a simulated account.
    pub(crate) fn start(seed: u64, wire: Arc<Wire>) -> Self {
        let bland = Simulator::new(Options { seed, speed: SPEED, ..Options::default() }, Clock::Wall);
        let truth = Arc::default();
        let placing = place_calls(bland.clone(), Arc::clone(&truth), seed, wire);
        #[expect(clippy::disallowed_methods, reason = "calls are placed beside the test")]
        let placing = tokio::spawn(placing);
        Self { bland, truth, placing }
    }

    /// No more calls; resolves when those placed are over, and gives the truth about them.
    pub(crate) async fn end(self) -> Truth {
        self.placing.abort();
        drop(self.placing.await);
        loop {
            let left = self.bland.settled_at().unwrap() - app::clock().as_millisecond();
            match u64::try_from(left) {
                Ok(left) => time::sleep(Duration::from_millis(left)).await,
                Err(_) => return self.truth.lock().unwrap().clone(),
            }
        }
    }
}

async fn place_calls(bland: Simulator, truth: Arc<Mutex<Truth>>, seed: u64, wire: Arc<Wire>) {
    let mut rng = Rng::with_seed(seed);
    let mut ticks = time::interval(PAUSE);
    for nth in 1.. {
        ticks.tick().await;
        let call = |rng: &mut Rng| {
            let ending = draw(rng);
            let mut truth = truth.lock().unwrap();
            let id = format!("crash-{:06}", truth.calls.len());
            let life = wire.ledger.life(0);
            truth.calls.push(Placed { id: id.clone(), outcome: outcome(ending), life });
            CallSpec { id: Some(id), ending: Some(ending), inbound: Some(false), ..CallSpec::default() }
        };
        bland.add_call(call(&mut rng));
        // A batch is news if it was placed after the first start, which is proved by the first message.
        if nth % BATCH_EVERY == 0 && wire.ledger.len() > 0 {
            let calls = (0..BATCH_SIZE).map(|_| call(&mut rng)).collect();
            let api = if rng.bool() { BatchApi::V1 } else { BatchApi::V2 };
            let id = bland.add_batch(api, "under load", calls);
            truth.lock().unwrap().batches.push((id, wire.ledger.life(0)));
        }
    }
}

fn draw(rng: &mut Rng) -> Ending {
    let mut left = rng.u32(0..Ending::MIX.iter().map(|(_, share)| share).sum());
    for (ending, share) in Ending::MIX {
        if left < share {
            return ending;
        }
        left -= share;
    }
    Ending::Human
}

/// DESIGN's outcome for each way in which a simulated call ends.
fn outcome(ending: Ending) -> &'static str {
    match ending {
        Ending::Human | Ending::WarmTransfer | Ending::ColdTransfer | Ending::PostCallError => "human",
        Ending::Voicemail => "voicemail",
        Ending::Unknown => "unknown",
        Ending::Undetected => "unclassified",
        Ending::NoAnswer => "no_answer",
        Ending::Busy => "busy",
        Ending::Canceled => "canceled",
        Ending::FailedBeforeQueue | Ending::FailedInQueue | Ending::FailedInCall => "failed",
        Ending::Stuck => panic!("a stuck call has no end to be told"),
    }
}
