//! Bytes on their way to a client, counted: one that takes none must not make them pile up.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// How many bytes may wait for a client.
const MOST: usize = 4 * 1024 * 1024;

/// The engine's end.
pub struct Wire {
    sender: UnboundedSender<Vec<u8>>,
    waiting: Arc<AtomicUsize>,
}

/// The client's end.
pub struct Outgoing {
    receiver: UnboundedReceiver<Vec<u8>>,
    waiting: Arc<AtomicUsize>,
}

impl Wire {
    /// Both ends.
    pub fn new() -> (Wire, Outgoing) {
        let (sender, receiver) = unbounded_channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        (Wire { sender, waiting: waiting.clone() }, Outgoing { receiver, waiting })
    }

    /// Whether so much waits already that no more should be sent.
    pub fn is_full(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) >= MOST
    }

    /// Whether the client has gone.
    pub fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// Sends bytes; false if the client has gone.
    pub fn send(&self, bytes: Vec<u8>) -> bool {
        self.waiting.fetch_add(bytes.len(), Ordering::Relaxed);
        self.sender.send(bytes).is_ok()
    }
}

impl Outgoing {
    /// The next bytes, once there are any; `None` at the end.
    pub async fn recv(&mut self) -> Option<Vec<u8>> {
        let bytes = self.receiver.recv().await?;
        self.waiting.fetch_sub(bytes.len(), Ordering::Relaxed);
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, Wire};

    #[tokio::test]
    async fn what_is_taken_makes_room() {
        let (wire, mut outgoing) = Wire::new();
        assert!(wire.send(vec![0; MOST - 1]) && !wire.is_full());
        assert!(wire.send(vec![0]) && wire.is_full());
        assert_eq!(outgoing.recv().await.map(|bytes| bytes.len()), Some(MOST - 1));
        assert!(!wire.is_full() && !wire.is_closed());
        drop(outgoing);
        assert!(wire.is_closed() && !wire.send(vec![0]));
    }
}
