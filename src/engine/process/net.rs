//! A machine's loopback interface: who listens on which port, and connections as two pipes.

use crate::meta::{SortedMap, Text};
use crate::sim::{Clock, Pipe, pipe};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

/// A byte stream in both directions.
#[derive(Clone)]
pub struct Connection {
    /// The address of whoever opened it, as the other side sees it.
    pub peer: Text,
    /// What the side that was connected to shows to those who speak TLS; `None` if it does not speak it.
    pub tls: Option<Rc<Tls>>,
    /// What the other side sends.
    pub input: Pipe,
    /// What this side sends.
    pub output: Pipe,
}

/// TLS on a connection: nothing is encrypted here, but who shows what to whom is kept.
#[derive(Debug)]
pub struct Tls {
    /// The names and addresses the certificate is for; a first label of `*` stands for any.
    pub names: Vec<Text>,
    /// The certificate of the authority that signed it, as PEM.
    pub issuer: Text,
    /// Whether the client has shaken hands.
    pub spoken: Cell<bool>,
}

impl Tls {
    /// Whether the certificate is for a host.
    pub fn is_for(&self, host: &str) -> bool {
        self.names.iter().any(|name| match name.strip_prefix('*') {
            Some(rest) => host.split_once('.').is_some_and(|(_, domain)| rest.strip_prefix('.') == Some(domain)),
            None => **name == *host,
        })
    }
}

impl Connection {
    /// Two ends of one new connection.
    pub fn pair(clock: &Clock) -> (Connection, Connection) {
        let (there, back) = (pipe(clock), pipe(clock));
        let near = Connection { peer: LOCALHOST.into(), tls: None, input: back.clone(), output: there.clone() };
        (near, Connection { peer: LOCALHOST.into(), tls: None, input: there, output: back })
    }

    /// Shakes hands as a client; false if the other side speaks no TLS.
    pub fn shake_hands(&self) -> bool {
        self.tls.as_ref().inspect(|tls| tls.spoken.set(true)).is_some()
    }

    /// Whether the client has sent plain text to a side that expects TLS.
    pub fn is_plain_by_mistake(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| !tls.spoken.get())
    }

    /// Ends both directions.
    pub fn close(&self) {
        self.output.end();
        self.input.shut();
    }
}

/// Why a connection or a listener could not be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetError {
    /// Nobody listens there.
    Refused,
    /// Somebody listens there already.
    AddressInUse,
    /// Ports below 1024 want root.
    PermissionDenied,
    /// The name has no address.
    NoSuchHost,
    /// No route, or packets are dropped.
    TimedOut,
    /// The other side went away in the middle.
    Reset,
}

/// Whether a host is written as an IP address.
pub fn is_address(host: &str) -> bool {
    host.parse::<core::net::IpAddr>().is_ok()
}

/// How a machine calls itself.
const LOCALHOST: &str = "127.0.0.1";

/// Connections that wait to be accepted.
type Queue = VecDeque<Connection>;

/// What is done with the far end of a new connection by a server that has no task of its own.
pub type Serve = Rc<dyn Fn(Connection)>;

/// Who listens on a port.
enum Open {
    Queue(Rc<RefCell<Queue>>),
    Serve(Serve, Option<Certificate>),
}

/// Names and issuer of a certificate, as in [`Tls`].
#[derive(Clone, Debug)]
pub struct Certificate {
    /// The names and addresses it is for.
    pub names: Vec<Text>,
    /// The certificate of the authority that signed it, as PEM.
    pub issuer: Text,
}

/// The issuer of what public sites show: every machine trusts it.
pub const PUBLIC_AUTHORITY: &str = "public";

/// The way out of a machine: names, addresses, and the machines behind them.
pub trait Uplink {
    /// The addresses of a name, as the machine's resolver answers.
    ///
    /// # Errors
    /// If the name has none.
    fn resolve(&self, name: &str) -> Result<Vec<String>, NetError>;
    /// The service records of a full name: ports with the names of those who serve them.
    fn services(&self, name: &str) -> Vec<(i64, String)> {
        let _ = name;
        Vec::new()
    }
    /// The full name of an address, as the machine's resolver answers.
    fn name_of(&self, address: &str) -> Option<String> {
        let _ = address;
        None
    }
    /// The other name that a name stands for, if it stands for one.
    fn canonical(&self, name: &str) -> Option<String> {
        let _ = name;
        None
    }
    /// Opens a connection to an address. A connection that would hang says [`NetError::TimedOut`]
    /// at once; how long to wait before saying so is up to who asked.
    ///
    /// # Errors
    /// If there is none to be had.
    fn connect(&self, address: &str, port: u16) -> Result<Connection, NetError>;
}

/// The ports of one machine and its way out; clones are handles on the same.
#[derive(Clone)]
pub struct Loopback {
    clock: Clock,
    ports: Rc<RefCell<SortedMap<u16, Open>>>,
    uplink: Rc<RefCell<Option<Rc<dyn Uplink>>>>,
}

impl Loopback {
    /// A machine where nobody listens yet.
    pub fn new(clock: &Clock) -> Loopback {
        Loopback { clock: clock.clone(), ports: Rc::default(), uplink: Rc::default() }
    }

    /// Plugs the machine into a network.
    pub fn plug(&self, uplink: Rc<dyn Uplink>) {
        *self.uplink.borrow_mut() = Some(uplink);
    }

    /// The addresses of a name or address.
    ///
    /// # Errors
    /// If the name has none.
    pub fn resolve(&self, name: &str) -> Result<Vec<String>, NetError> {
        if is_address(name) {
            return Ok(vec![name.into()]);
        }
        if name == "localhost" {
            return Ok(vec!["127.0.0.1".into()]);
        }
        let uplink = self.uplink.borrow().clone();
        uplink.map_or(Err(NetError::NoSuchHost), |uplink| uplink.resolve(name))
    }

    /// The full name of an address, if it has one.
    pub fn name_of(&self, address: &str) -> Option<String> {
        let uplink = self.uplink.borrow().clone();
        uplink.and_then(|uplink| uplink.name_of(address))
    }

    /// The other name that a full name stands for, if it stands for one.
    pub fn canonical(&self, name: &str) -> Option<String> {
        let uplink = self.uplink.borrow().clone();
        uplink.and_then(|uplink| uplink.canonical(name))
    }

    /// The service records of a full name.
    pub fn services(&self, name: &str) -> Vec<(i64, String)> {
        let uplink = self.uplink.borrow().clone();
        uplink.map_or_else(Vec::new, |uplink| uplink.services(name))
    }

    /// Connects to a host by name or address: this machine or one behind its uplink.
    ///
    /// # Errors
    /// If the name has no address, or no connection is to be had there.
    pub fn connect_to(&self, host: &str, port: u16) -> Result<Connection, NetError> {
        let addresses = self.resolve(host)?;
        let address = addresses.first().ok_or(NetError::NoSuchHost)?;
        if address.starts_with("127.") || address == "::1" || address == "0.0.0.0" {
            return self.connect(port);
        }
        let uplink = self.uplink.borrow().clone();
        uplink.map_or(Err(NetError::TimedOut), |uplink| uplink.connect(address, port))
    }

    /// Has every connection to a port handled by `serve`, until [`Loopback::close`].
    ///
    /// # Errors
    /// If the port is taken.
    pub fn serve(&self, port: u16, serve: Serve) -> Result<(), NetError> {
        self.serve_as(port, None, serve)
    }

    /// The same, speaking TLS with a certificate if there is one.
    ///
    /// # Errors
    /// If the port is taken.
    pub fn serve_as(&self, port: u16, certificate: Option<Certificate>, serve: Serve) -> Result<(), NetError> {
        let mut ports = self.ports.borrow_mut();
        if ports.contains_key(&port) {
            return Err(NetError::AddressInUse);
        }
        ports.insert(port, Open::Serve(serve, certificate));
        Ok(())
    }

    /// Stops serving a port.
    pub fn close(&self, port: u16) {
        self.ports.borrow_mut().remove(&port);
    }

    /// Starts listening.
    ///
    /// # Errors
    /// If the port is taken.
    pub fn listen(&self, port: u16) -> Result<Listener, NetError> {
        let mut ports = self.ports.borrow_mut();
        if ports.contains_key(&port) {
            return Err(NetError::AddressInUse);
        }
        let queue = Rc::<RefCell<Queue>>::default();
        ports.insert(port, Open::Queue(queue.clone()));
        Ok(Listener { port, queue, net: self.clone() })
    }

    /// Connects to a port of this machine.
    ///
    /// # Errors
    /// If nobody listens there.
    pub fn connect(&self, port: u16) -> Result<Connection, NetError> {
        self.connect_from(LOCALHOST, port)
    }

    /// Connects to a port of this machine from another address.
    ///
    /// # Errors
    /// If nobody listens there.
    pub fn connect_from(&self, peer: &str, port: u16) -> Result<Connection, NetError> {
        let (mut near, mut far) = Connection::pair(&self.clock);
        far.peer = peer.into();
        let serve = match self.ports.borrow().get(&port).ok_or(NetError::Refused)? {
            Open::Queue(queue) => {
                queue.borrow_mut().push_back(far);
                self.clock.stir();
                return Ok(near);
            }
            Open::Serve(serve, certificate) => {
                let shown = certificate
                    .clone()
                    .map(|Certificate { names, issuer }| Rc::new(Tls { names, issuer, spoken: Cell::new(false) }));
                (near.tls, far.tls) = (shown.clone(), shown);
                serve.clone()
            }
        };
        serve(far);
        Ok(near)
    }

    /// The ports somebody listens on.
    pub fn listening(&self) -> Vec<u16> {
        self.ports.borrow().keys().copied().collect()
    }
}

/// A port that is listened on, until this is dropped.
pub struct Listener {
    /// Which port.
    pub port: u16,
    queue: Rc<RefCell<Queue>>,
    net: Loopback,
}

impl Listener {
    /// Waits for the next connection.
    pub async fn accept(&self) -> Connection {
        poll_fn(|_| self.queue.borrow_mut().pop_front().map_or(Poll::Pending, Poll::Ready)).await
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.net.ports.borrow_mut().remove(&self.port);
        for connection in self.queue.borrow_mut().drain(..) {
            connection.close();
        }
    }
}
