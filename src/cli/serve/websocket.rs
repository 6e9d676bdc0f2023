//! WebSockets: the channels of exec and attach, the tunnel that port-forward goes through, and
//! watches and logs for clients that live in a browser.

use super::framing::{Framing, PROTOCOLS, done};
use super::outgoing::Outgoing;
use super::pumps::{ExecEnds, OpenPort, channels};
use super::{forward, spdy};
use axum::extract::WebSocketUpgrade;
use axum::extract::ws::{Message, WebSocket};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use tabernetes_engine::meta::Value;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::UnboundedSender;

/// The protocol of port-forward: SPDY frames in binary messages.
const TUNNEL_PROTOCOL: &str = "SPDY/3.1+portforward.k8s.io";
/// The protocols of logs.
const LOG_PROTOCOLS: [&str; 2] = ["binary.k8s.io", "base64.binary.k8s.io"];

/// Takes the first of these protocols that the client names. One may name none, but not only others.
fn agree(upgrade: WebSocketUpgrade, protocols: impl Iterator<Item = &'static str>) -> Option<WebSocketUpgrade> {
    let upgrade = upgrade.protocols(protocols);
    let names_others = upgrade.selected_protocol().is_none() && upgrade.requested_protocols().next().is_some();
    (!names_others).then_some(upgrade)
}

/// Connects a process to a WebSocket.
pub fn exec(upgrade: WebSocketUpgrade, ends: ExecEnds, permit: Option<OwnedSemaphorePermit>) -> Response {
    let Some(upgrade) = agree(upgrade, PROTOCOLS.into_iter()) else {
        return StatusCode::FORBIDDEN.into_response();
    };
    upgrade.on_upgrade(|socket| async move {
        carry(socket, ends).await;
        drop(permit);
    })
}

async fn carry(mut socket: WebSocket, mut ends: ExecEnds) {
    let framing = Framing::of(&socket);
    loop {
        tokio::select! {
            message = socket.recv() => match message {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(message)) => {
                    let Some((channel, bytes)) = framing.read(&message) else { continue };
                    // Only stdin can be closed from the client's side.
                    if channel == channels::CLOSE && bytes != [channels::STDIN] {
                        continue;
                    }
                    let _ = ends.input.send((channel, bytes));
                }
            },
            frame = ends.output.recv() => match frame {
                Some((channel, bytes)) => {
                    let bytes = match channel == channels::ERROR && !framing.is_structured {
                        true => complaint(&bytes),
                        false => Some(bytes),
                    };
                    if let Some(bytes) = bytes
                        && socket.send(framing.message(channel, &bytes)).await.is_err()
                    {
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

/// What the first protocols say of a process that went wrong.
fn complaint(status: &[u8]) -> Option<Vec<u8>> {
    let status = Value::from_json(status).unwrap_or_default();
    (status["status"] != "Success").then(|| status["message"].str().as_bytes().to_vec())
}

/// Connects a pod's ports to a WebSocket that tunnels SPDY, or that has channels for these ports.
pub fn port_forward(
    upgrade: WebSocketUpgrade,
    open: UnboundedSender<OpenPort>,
    ports: Vec<u16>,
    permit: Option<OwnedSemaphorePermit>,
) -> Response {
    let Some(upgrade) = agree(upgrade, [TUNNEL_PROTOCOL].into_iter().chain(PROTOCOLS)) else {
        return StatusCode::FORBIDDEN.into_response();
    };
    upgrade.on_upgrade(|mut socket| async move {
        if socket.protocol().is_none_or(|protocol| protocol != TUNNEL_PROTOCOL) {
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

/// Sends a stream: a watch's events as text, one in each message, and a log's bytes as the client likes them.
pub fn stream(
    mut upgrade: WebSocketUpgrade,
    is_watch: bool,
    mut outgoing: Outgoing,
    permit: Option<OwnedSemaphorePermit>,
) -> Response {
    // A watch takes whatever protocol is named: its events are the same in all.
    let named = upgrade.requested_protocols().next().cloned().filter(|_| is_watch);
    match named {
        Some(protocol) => upgrade.set_selected_protocol(protocol),
        None => upgrade = upgrade.protocols(LOG_PROTOCOLS),
    }
    let base64 = upgrade.selected_protocol().is_some_and(|protocol| protocol == LOG_PROTOCOLS[1]);
    upgrade.on_upgrade(move |mut socket| async move {
        loop {
            tokio::select! {
                message = socket.recv() => match message {
                    Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                    Some(Ok(_)) => {}
                },
                bytes = outgoing.recv() => {
                    let message = match bytes {
                        Some(bytes) if is_watch => Message::Text(String::from_utf8_lossy(&bytes).into_owned().into()),
                        Some(bytes) if base64 => Message::Text(BASE64_STANDARD.encode(bytes).into()),
                        Some(bytes) => Message::Binary(bytes.into()),
                        None => done(),
                    };
                    let is_last = matches!(message, Message::Close(_));
                    if socket.send(message).await.is_err() || is_last {
                        break;
                    }
                },
            }
        }
        drop(permit);
    })
}
