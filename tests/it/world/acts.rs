//! Answers that are not as HTTP wants them, piece by piece.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time,
};

/// A piece of an answer that is not as HTTP wants it.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    Send(Vec<u8>),
    /// The same bytes again and again, so many times in all.
    Flood(&'static [u8], usize),
    /// A byte now and then, until the client leaves.
    Drip(Duration),
    /// Nothing more, until the client leaves.
    Stall,
    /// The connection goes on with the next request; without this it ends.
    GoOn,
}

/// The last act, or none if the client left before it. `flooded` counts what it took of floods.
pub(super) async fn play<'a, S: AsyncWrite + AsyncRead + Unpin>(
    stream: &mut S,
    acts: &'a [Act],
    flooded: &AtomicUsize,
) -> Option<&'a Act> {
    for act in acts {
        match act {
            Act::Send(bytes) => stream.write_all(bytes).await.ok()?,
            Act::Flood(bytes, times) => {
                for _ in 0..*times {
                    stream.write_all(bytes).await.ok()?;
                    flooded.fetch_add(bytes.len(), Ordering::SeqCst);
                }
            }
            Act::Drip(every) => loop {
                stream.write_all(b"a").await.ok()?;
                stream.flush().await.ok()?;
                time::sleep(*every).await;
            },
            Act::Stall => while stream.read_u8().await.is_ok() {},
            Act::GoOn => {}
        }
        stream.flush().await.ok()?;
    }
    acts.last()
}
