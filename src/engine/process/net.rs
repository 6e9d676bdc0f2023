//! A machine's loopback interface: who listens on which port, and connections as two pipes.

use crate::sim::{Clock, Pipe, pipe};
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

/// A byte stream in both directions.
#[derive(Clone)]
pub struct Connection {
    /// What the other side sends.
    pub input: Pipe,
    /// What this side sends.
    pub output: Pipe,
}

impl Connection {
    /// Two ends of one new connection.
    pub fn pair(clock: &Clock) -> (Connection, Connection) {
        let (there, back) = (pipe(clock), pipe(clock));
        let near = Connection { input: back.clone(), output: there.clone() };
        (near, Connection { input: there, output: back })
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

/// Connections that wait to be accepted.
type Queue = VecDeque<Connection>;

/// The ports of one machine; clones are handles on the same ports.
#[derive(Clone)]
pub struct Loopback {
    clock: Clock,
    ports: Rc<RefCell<BTreeMap<u16, Rc<RefCell<Queue>>>>>,
}

impl Loopback {
    /// A machine where nobody listens yet.
    pub fn new(clock: &Clock) -> Loopback {
        Loopback { clock: clock.clone(), ports: Rc::default() }
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
        ports.insert(port, queue.clone());
        Ok(Listener { port, queue, net: self.clone() })
    }

    /// Connects to a port of this machine.
    ///
    /// # Errors
    /// If nobody listens there.
    pub fn connect(&self, port: u16) -> Result<Connection, NetError> {
        let ports = self.ports.borrow();
        let queue = ports.get(&port).ok_or(NetError::Refused)?;
        let (near, far) = Connection::pair(&self.clock);
        queue.borrow_mut().push_back(far);
        self.clock.stir();
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
