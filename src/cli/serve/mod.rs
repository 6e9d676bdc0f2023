//! `tabernetes serve`: the engine's API server behind HTTP on this machine's loopback interface.
//!
//! The engine is single-threaded and lives on a thread of its own ([`engine`]); [`http`] turns
//! requests into messages to it, [`answer`] has them answered, and [`websocket`] and [`spdy`] carry
//! exec, attach and port-forward, whose bytes are moved by [`pumps`]. Whatever is asked, the very handler of the page answers.

mod answer;
mod encode;
mod engine;
mod forward;
mod framing;
mod gnostic;
mod http;
mod kubeconfig;
mod outgoing;
mod protobuf;
mod pumps;
mod spdy;
mod tls;
mod tty;
mod websocket;

pub use engine::Pace;
pub use kubeconfig::write as write_kubeconfig;

use engine::Message;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;
use tabernetes_engine::scenario::Scenario;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// How many watches and other streams may be open at once, unless told otherwise.
pub const STREAMS: usize = 1_000;

/// How to serve.
#[derive(Clone, Debug)]
pub struct Options {
    /// The TCP port; 0 for any free one.
    pub port: u16,
    /// Virtual seconds for each second of the wall clock.
    pub pace: Pace,
    /// Plain HTTP instead of TLS. Clients send no token over it, so whoever has none is the
    /// administrator, as with an insecure port.
    pub insecure: bool,
    /// The bearer token that is cluster-admin.
    pub token: String,
    /// Whether whoever is recognised may do everything, whatever their roles.
    pub allows_all: bool,
    /// The admission plugins that are turned off.
    pub disabled_plugins: Vec<String>,
    /// How many watches and other streams may be open at once.
    pub streams: usize,
    /// What the cluster starts from.
    pub scenario: Scenario,
}

/// A server that is running.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// The kubeconfig that reaches it.
    pub kubeconfig: String,
    engine: Sender<Message>,
    stop: oneshot::Sender<()>,
    thread: std::thread::JoinHandle<()>,
}

impl Server {
    /// Starts serving on a thread of its own.
    ///
    /// # Errors
    /// If the port is taken or no certificate can be made.
    pub fn start(options: Options) -> std::io::Result<Server> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
        let listener = runtime.block_on(TcpListener::bind(address))?;
        let address = listener.local_addr()?;
        let identity = if options.insecure { None } else { Some(tls::Identity::new().map_err(std::io::Error::other)?) };
        let kubeconfig =
            kubeconfig::text(address, identity.as_ref().map(|identity| identity.authority.as_str()), &options.token);
        let engine = engine::start(options.clone());
        let (stop, stopped) = oneshot::channel();
        let service = http::Service { engine: engine.clone(), open: options.insecure };
        let streams = options.streams;
        let thread = std::thread::spawn(move || {
            runtime.block_on(http::serve(listener, identity, service, streams, stopped));
            // Open watches would otherwise be waited for.
            runtime.shutdown_background();
        });
        Ok(Server { address, kubeconfig, engine, stop, thread })
    }

    /// Lets virtual time pass for whoever sleeps: call the result and it returns once the duration is
    /// over. If nobody else is at work meanwhile, time passes at the pace of waiting.
    pub fn sleeper(&self) -> impl Fn(Duration, bool) + Send + Clone + 'static {
        let engine = self.engine.clone();
        move |duration, alone| {
            let (done, over) = channel();
            // If the engine has stopped, nobody needs to wait for it.
            let _ = engine.send(Message::Sleep { duration, alone, done });
            let _ = over.recv();
        }
    }

    /// Stops serving and waits until it has stopped.
    pub fn stop(self) {
        let _ = self.stop.send(());
        let _ = self.engine.send(Message::Stop);
        let _ = self.thread.join();
    }
}

/// A token nobody can guess.
///
/// # Errors
/// If the system has no randomness to give.
pub fn random_token() -> std::io::Result<String> {
    let mut bytes = [0; 16];
    let provider = tokio_rustls::rustls::crypto::ring::default_provider();
    provider.secure_random.fill(&mut bytes).map_err(|_| std::io::Error::other("the system gives no random numbers"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
