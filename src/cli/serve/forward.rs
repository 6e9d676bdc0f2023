//! Port-forward as the clients of other languages ask for it: two channels for each port, one for
//! data and one for errors, over a WebSocket. kubectl tunnels SPDY instead (see [`super::spdy`]).

use super::framing::{Framing, done};
use super::pumps::{Ends, OpenPort};
use axum::extract::ws::{Message, WebSocket};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

/// The most ports one connection forwards: a channel's number is a byte.
const MOST: usize = 127;

/// The ports that a query names: `ports=80&ports=81`, `ports=80,81`.
pub fn ports(query: &str) -> Vec<u16> {
    let named = query.split('&').filter_map(|pair| pair.strip_prefix("ports="));
    named
        .flat_map(|list| list.split("%2C").flat_map(|part| part.split(',')))
        .filter_map(|port| port.parse().ok())
        .take(MOST)
        .collect()
}

/// Connects the ports to the WebSocket until all of them, or the client, have ended.
pub async fn carry(mut socket: WebSocket, open: UnboundedSender<OpenPort>, ports: Vec<u16>) {
    let framing = Framing::of(&socket);
    let frame = |channel: usize, bytes: &[u8]| framing.message(u8::try_from(channel).unwrap_or(u8::MAX), bytes);
    let (out, mut outgoing) = unbounded_channel::<(usize, Vec<u8>)>();
    let mut inputs = Vec::new();
    for (at, port) in ports.into_iter().enumerate() {
        // A channel's first frame says which port it is for.
        for channel in [2 * at, 2 * at + 1] {
            if socket.send(frame(channel, &port.to_le_bytes())).await.is_err() {
                return;
            }
        }
        let (reply, answered) = oneshot::channel();
        let _ = open.send(OpenPort { port, reply });
        match answered.await {
            Ok(Ok(Ends { to, mut from })) => {
                inputs.push(Some(to));
                let out = out.clone();
                tokio::spawn(async move {
                    while let Some(bytes) = from.recv().await {
                        if out.send((2 * at, bytes)).is_err() {
                            return;
                        }
                    }
                });
            }
            failed => {
                let why = failed.ok().and_then(Result::err).unwrap_or_else(|| "lost connection to pod".into());
                inputs.push(None);
                let _ = out.send((2 * at + 1, why.into_bytes()));
            }
        }
    }
    drop(out);
    loop {
        tokio::select! {
            message = socket.recv() => match message {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(message)) => {
                    let Some((channel, bytes)) = framing.read(&message) else { continue };
                    let input = inputs.get(usize::from(channel) / 2).filter(|_| channel % 2 == 0);
                    if let Some(Some(to)) = input {
                        // A port that has hung up takes no more.
                        let _ = to.send(bytes);
                    }
                }
            },
            bytes = outgoing.recv() => match bytes {
                Some((channel, bytes)) => {
                    if socket.send(frame(channel, &bytes)).await.is_err() {
                        return;
                    }
                }
                None => {
                    let _ = socket.send(done()).await;
                    return;
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn ports_of_queries() {
        for (query, expect) in [
            ("", &[][..]),
            ("ports=80", &[80]),
            ("ports=80&x=y&ports=81", &[80, 81]),
            ("ports=80,81", &[80, 81]),
            ("ports=80%2C81&ports=-1&ports=99999&ports=x", &[80, 81]),
        ] {
            assert_eq!(super::ports(query), expect, "{query}");
        }
        assert_eq!(super::ports(&"ports=1&".repeat(1_000)).len(), super::MOST);
    }
}
