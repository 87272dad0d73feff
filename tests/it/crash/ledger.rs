//! What arrived at the receivers: each message with its bytes, when, from which life of the program, and whether it was answered.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

/// How many programs run at once at the most.
pub(crate) const REPLICAS: usize = 2;

/// One message that a receiver read whole.
#[derive(Debug, Clone)]
pub(crate) struct Copy {
    /// `crm`, or `team ops@example.com`: the notifier, and the recipient where it has several.
    pub(crate) to: String,
    /// What tells a repeat from news: the webhook's id, Discord's nonce, the mail's Message-ID.
    pub(crate) id: String,
    pub(crate) body: Vec<u8>,
    pub(crate) life: Life,
    pub(crate) at: Instant,
    /// When the last byte of a yes was handed to the socket.
    pub(crate) answered: Option<Instant>,
}

/// One run of the program, from its start to its kill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Life {
    pub(crate) replica: usize,
    pub(crate) nth: usize,
}

#[derive(Debug, Default)]
pub(crate) struct Ledger {
    copies: Mutex<Vec<self::Copy>>,
    lives: [AtomicUsize; REPLICAS],
}

impl Ledger {
    pub(crate) fn life(&self, replica: usize) -> Life {
        Life { replica, nth: self.lives[replica].load(Ordering::SeqCst) }
    }

    /// From now on, connections of the replica are those of its next life.
    pub(crate) fn ended(&self, replica: usize) {
        self.lives[replica].fetch_add(1, Ordering::SeqCst);
    }

    /// Says at which place it was written down.
    pub(crate) fn arrived(&self, to: String, id: String, body: Vec<u8>, life: Life) -> usize {
        let mut copies = self.copies.lock().unwrap();
        copies.push(Copy { to, id, body, life, at: Instant::now(), answered: None });
        copies.len() - 1
    }

    pub(crate) fn answered(&self, place: usize) {
        self.copies.lock().unwrap()[place].answered = Some(Instant::now());
    }

    pub(crate) fn len(&self) -> usize {
        self.copies.lock().unwrap().len()
    }

    /// In the order of arrival.
    pub(crate) fn copies(&self) -> Vec<self::Copy> {
        self.copies.lock().unwrap().clone()
    }
}
