//! WebSockets: the channels of exec and attach, and the tunnel that port-forward goes through.

use super::pumps::{ExecEnds, OpenPort, channels};
use super::{forward, spdy};
use axum::extract::WebSocketUpgrade;
use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use axum::response::Response;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::UnboundedSender;

/// The protocols of exec and attach, the preferred one first.
const EXEC_PROTOCOLS: [&str; 2] = ["v5.channel.k8s.io", "v4.channel.k8s.io"];
/// The protocol of port-forward: SPDY frames in binary messages.
const TUNNEL_PROTOCOL: &str = "SPDY/3.1+portforward.k8s.io";

/// Says that all is well at the end of a connection: Go's client takes a bare end for an error.
pub fn done() -> Message {
    Message::Close(Some(CloseFrame { code: close_code::NORMAL, reason: "".into() }))
}

/// What a message carries: Go's client sends bytes, others text.
pub fn payload(message: &Message) -> Option<&[u8]> {
    match message {
        Message::Binary(bytes) => Some(bytes),
        Message::Text(text) => Some(text.as_bytes()),
        _ => None,
    }
}

/// Connects a process to a WebSocket.
pub fn exec(upgrade: WebSocketUpgrade, ends: ExecEnds, permit: Option<OwnedSemaphorePermit>) -> Response {
    upgrade.protocols(EXEC_PROTOCOLS).on_upgrade(|socket| async move {
        carry(socket, ends).await;
        drop(permit);
    })
}

async fn carry(mut socket: WebSocket, mut ends: ExecEnds) {
    loop {
        tokio::select! {
            message = socket.recv() => match message {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(message)) => {
                    let Some((&channel, rest)) = payload(&message).and_then(<[u8]>::split_first) else { continue };
                    // Only stdin can be closed from the client's side.
                    if channel == channels::CLOSE && rest != [channels::STDIN] {
                        continue;
                    }
                    let _ = ends.input.send((channel, rest.to_vec()));
                }
            },
            frame = ends.output.recv() => match frame {
                Some((channel, bytes)) => {
                    let frame: Vec<u8> = std::iter::once(channel).chain(bytes).collect();
                    if socket.send(Message::Binary(frame.into())).await.is_err() {
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

/// Connects a pod's ports to a WebSocket that tunnels SPDY, or that has channels for these ports.
pub fn port_forward(
    upgrade: WebSocketUpgrade,
    open: UnboundedSender<OpenPort>,
    ports: Vec<u16>,
    permit: Option<OwnedSemaphorePermit>,
) -> Response {
    upgrade.protocols([TUNNEL_PROTOCOL, forward::PROTOCOL]).on_upgrade(|mut socket| async move {
        if socket.protocol().is_some_and(|protocol| protocol == forward::PROTOCOL) {
            forward::carry(socket, open, ports).await;
            drop(permit);
            return;
        }
        let mut tunnel = spdy::Tunnel::new(open);
        loop {
            tokio::select! {
                message = socket.recv() => match message {
                    Some(Ok(Message::Binary(bytes))) => {
                        if tunnel.receive(&bytes).is_err() {
                            break;
                        }
                    }
                    Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                    Some(Ok(_)) => {}
                },
                frame = tunnel.next_frame() => match frame {
                    Some(bytes) => {
                        if socket.send(Message::Binary(bytes.into())).await.is_err() {
                            break;
                        }
                    }
                    None => {
                        let _ = socket.send(done()).await;
                        break;
                    }
                },
            }
        }
        drop(permit);
    })
}
