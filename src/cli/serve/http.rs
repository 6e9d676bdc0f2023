//! HTTP: requests in, answers out. Binds to loopback, and answers only to loopback names.

use super::answer::{Answer, AnswerBody, Asked, refuse};
use super::engine::Message;
use super::{forward, tls, websocket};
use axum::body::{Body, Bytes};
use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::extract::{FromRequestParts, Request, State, WebSocketUpgrade};
use axum::http::{HeaderMap, HeaderValue, Method as HttpMethod, StatusCode, header};
use axum::response::Response;
use axum::serve::{IncomingStream, Listener};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures_util::stream;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;
use tabernetes_engine::api::{CLIENT_CERTIFICATE, Method};
use tabernetes_engine::meta::{Status, x509};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// What kube-apiserver takes at most: 3 MiB.
const MAX_BODY: usize = 3 * 1024 * 1024;

/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// What the handler needs.
pub struct Service {
    /// The engine's thread.
    pub engine: Sender<Message>,
    /// Whether a request without any credentials is the administrator's too.
    pub open: bool,
}

struct Shared {
    service: Service,
    streams: Arc<Semaphore>,
}

/// Serves until told to stop.
pub async fn serve(
    listener: TcpListener,
    identity: Option<tls::Identity>,
    service: Service,
    streams: usize,
    stopped: oneshot::Receiver<()>,
) {
    let shared = Arc::new(Shared { service, streams: Arc::new(Semaphore::new(streams.min(Semaphore::MAX_PERMITS))) });
    let app = axum::Router::new().fallback(handle).with_state(shared);
    let stop = async move {
        let _ = stopped.await;
    };
    let served = async {
        match identity {
            None => axum::serve(listener, app).await,
            Some(identity) => {
                let app = app.into_make_service_with_connect_info::<Peer>();
                axum::serve(TlsListener::new(listener, identity.acceptor), app).await
            }
        }
    };
    tokio::select! {
        _ = served => {}
        () = stop => {}
    }
}

/// Who is at the other end of a connection: by the certificate that was shown, if any, as the API
/// server takes it.
#[derive(Clone, Debug, Default)]
struct Peer {
    certificate: Option<String>,
}

impl Connected<IncomingStream<'_, TlsListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TlsListener>) -> Peer {
        stream.remote_addr().clone()
    }
}

impl Peer {
    fn of(stream: &TlsStream<TcpStream>) -> Peer {
        let shown = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
        let certificate = shown.map(|der| BASE64_STANDARD.encode(x509::pem("CERTIFICATE", der)));
        Peer { certificate }
    }
}

/// Hands out connections that have completed their TLS handshake. Each shakes hands by itself: one
/// that takes its time keeps nobody waiting.
struct TlsListener {
    ready: mpsc::Receiver<(TlsStream<TcpStream>, Peer)>,
}

impl TlsListener {
    fn new(listener: TcpListener, acceptor: TlsAcceptor) -> TlsListener {
        let (sender, ready) = mpsc::channel(16);
        tokio::spawn(async move {
            while !sender.is_closed() {
                let Ok((stream, _)) = listener.accept().await else {
                    // Out of file descriptors, say: others may soon be given back.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                };
                let (acceptor, sender) = (acceptor.clone(), sender.clone());
                tokio::spawn(async move {
                    let _ = stream.set_nodelay(true);
                    // A client that speaks no TLS, or not in time, is none of ours.
                    if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
                        let peer = Peer::of(&stream);
                        let _ = sender.send((stream, peer)).await;
                    }
                });
            }
        });
        TlsListener { ready }
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = Peer;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(connection) => connection,
            // Nobody listens any more.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<Peer> {
        Ok(Peer::default())
    }
}

/// Whether a `Host` names this machine: pages of other sites that rebind a name to us do not.
fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    matches!(name, "localhost" | "127.0.0.1" | "::1")
}

fn method(method: &HttpMethod) -> Option<Method> {
    Some(match *method {
        HttpMethod::GET => Method::Get,
        HttpMethod::POST => Method::Post,
        HttpMethod::PUT => Method::Put,
        HttpMethod::PATCH => Method::Patch,
        HttpMethod::DELETE => Method::Delete,
        HttpMethod::HEAD => Method::Head,
        HttpMethod::OPTIONS => Method::Options,
        _ => return None,
    })
}

async fn handle(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let host = parts.uri.authority().map(|authority| authority.as_str().to_string());
    let host = host.or_else(|| parts.headers.get(header::HOST).and_then(|host| host.to_str().ok()).map(String::from));
    if !host.as_deref().is_some_and(is_loopback) {
        let why = "this server answers only to localhost, 127.0.0.1 and [::1]";
        return respond(refuse(&Status::new(421, "", why)), None, None);
    }
    let Some(method) = method(&parts.method) else {
        return respond(refuse(&Status::method_not_allowed()), None, None);
    };
    let Ok(body) = axum::body::to_bytes(body, MAX_BODY).await else {
        let why = format!("Request entity too large: limit is {MAX_BODY}");
        return respond(refuse(&Status::new(413, "RequestEntityTooLarge", why)), None, None);
    };
    let ports = forward::ports(parts.uri.query().unwrap_or_default());
    let upgrade = match parts.headers.contains_key(header::SEC_WEBSOCKET_KEY) {
        true => WebSocketUpgrade::from_request_parts(&mut parts, &()).await.ok(),
        false => None,
    };
    let token = bearer(&parts.headers);
    // A page of another site that reaches us through its reader's browser says where it is from.
    let open = shared.service.open && token.is_none() && !parts.headers.contains_key(header::ORIGIN);
    let (reply, answered) = oneshot::channel();
    let peer = parts.extensions.get::<ConnectInfo<Peer>>();
    let mut headers = headers(&parts.headers);
    headers.extend(peer.and_then(|peer| Some((CLIENT_CERTIFICATE.into(), peer.0.certificate.clone()?))));
    let asked = Asked {
        method,
        target: parts.uri.path_and_query().map_or("/", |target| target.as_str()).to_string(),
        headers,
        body: body.to_vec(),
        admin: open,
        token,
        reply,
    };
    let answer = match shared.service.engine.send(Message::Asked(asked)) {
        Ok(()) => answered.await.ok(),
        Err(_) => None,
    };
    let answer = answer.unwrap_or_else(|| refuse(&Status::internal("the engine has stopped")));
    let permit = match answer.body {
        AnswerBody::Whole(_) => None,
        _ => match shared.streams.clone().try_acquire_owned() {
            Ok(permit) => Some(permit),
            Err(_) => {
                let why = "Too many requests, please try again later.";
                return respond(refuse(&Status::new(429, "TooManyRequests", why)), None, None);
            }
        },
    };
    respond(answer, upgrade.map(|upgrade| (upgrade, ports)), permit)
}

/// The bearer token of the request.
fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    Some(value.strip_prefix("Bearer ")?.trim().to_string())
}

fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let texts =
        headers.iter().filter_map(|(name, value)| Some((name.as_str().to_string(), value.to_str().ok()?.to_string())));
    // Who shows which certificate is known from the connection alone.
    texts.filter(|(name, _)| name != "authorization" && name != CLIENT_CERTIFICATE).collect()
}

/// Answers; over a WebSocket, if the client has asked for one (and forwards which ports).
fn respond(
    answer: Answer,
    upgrade: Option<(WebSocketUpgrade, Vec<u16>)>,
    permit: Option<OwnedSemaphorePermit>,
) -> Response {
    let body = match (answer.body, upgrade) {
        (AnswerBody::Exec(ends), Some((upgrade, _))) => return websocket::exec(upgrade, ends, permit),
        (AnswerBody::PortForward(open), Some((upgrade, ports))) => {
            return websocket::port_forward(upgrade, open, ports, permit);
        }
        (AnswerBody::Exec(_) | AnswerBody::PortForward(_), None) => {
            return respond(refuse(&Status::bad_request("Upgrade request required")), None, None);
        }
        (AnswerBody::Stream(stream), Some((upgrade, _))) => {
            let is_watch = answer.headers.iter().any(|(name, value)| name == "content-type" && value != "text/plain");
            return websocket::stream(upgrade, is_watch, stream, permit);
        }
        (AnswerBody::Whole(bytes), _) => Body::from(bytes),
        (AnswerBody::Stream(receiver), None) => {
            Body::from_stream(stream::unfold((receiver, permit), |(mut receiver, permit)| async {
                let bytes = receiver.recv().await?;
                Some((Ok::<_, std::convert::Infallible>(Bytes::from(bytes)), (receiver, permit)))
            }))
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(answer.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in answer.headers {
        // Warnings are kept as plain texts inside; on the wire they are quoted (RFC 7234, 5.5).
        let value = match name.as_str() {
            "warning" => format!("299 - \"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")),
            _ => value,
        };
        if let (Ok(name), Ok(value)) = (header::HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}
