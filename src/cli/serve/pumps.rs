//! Pumps: what moves bytes between the engine's pipes and the wire while a stream is open.

use super::encode;
use super::outgoing::{Outgoing, Wire};
use super::tty::Tty;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tabernetes_engine::api::{Exec, PortForward};
use tabernetes_engine::meta::Value;
use tabernetes_engine::process::Connection;
use tabernetes_engine::sim::Pipe;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

/// Moves bytes between the engine's pipes and the wire; false once there is nothing more to move.
pub type Pump = Box<dyn FnMut() -> bool>;
/// All that are running.
pub type Pumps = Rc<RefCell<Vec<Pump>>>;

/// Runs every pump once; those that are done go. A pump may add others meanwhile.
pub fn pump(pumps: &Pumps) {
    let mut running = std::mem::take(&mut *pumps.borrow_mut());
    running.retain_mut(|pump| pump());
    let mut added = pumps.borrow_mut();
    running.append(&mut added);
    *added = running;
}

/// The wire's ends of a process: frames of channel number and bytes.
pub struct ExecEnds {
    /// To the process: stdin (0), the terminal's size (4), end of stdin (255).
    pub input: UnboundedSender<(u8, Vec<u8>)>,
    /// From the process: stdout (1), stderr (2), the final `Status` (3).
    pub output: UnboundedReceiver<(u8, Vec<u8>)>,
}

/// Asks for a connection to a port of the pod.
pub struct OpenPort {
    /// Which port.
    pub port: u16,
    /// The connection's ends, or what goes on the error stream.
    pub reply: oneshot::Sender<Result<Ends, String>>,
}

/// The wire's ends of a connection.
pub struct Ends {
    /// To the pod; dropping it ends the direction.
    pub to: UnboundedSender<Vec<u8>>,
    /// From the pod.
    pub from: Outgoing,
}

/// What a source of bytes has just now.
pub enum Next {
    /// These.
    Bytes(Vec<u8>),
    /// None, but there may be more.
    Later,
    /// No more.
    End,
}

/// Takes what a pipe holds.
pub fn take(pipe: &Pipe) -> Next {
    let bytes = pipe.take();
    match bytes.is_empty() {
        false => Next::Bytes(bytes),
        true if pipe.is_drained() => Next::End,
        true => Next::Later,
    }
}

/// Pumps a source to the wire until either side ends, or until the client has taken nothing for
/// longer than it is waited for.
pub fn spawn_stream(pumps: &Pumps, patience: Option<Duration>, mut source: impl FnMut() -> Next + 'static) -> Outgoing {
    let (wire, outgoing) = Wire::new();
    let mut full_since = None;
    pumps.borrow_mut().push(Box::new(move || {
        loop {
            if wire.is_full() {
                let waited = full_since.get_or_insert_with(Instant::now).elapsed();
                return !wire.is_closed() && patience.is_none_or(|patience| waited < patience);
            }
            full_since = None;
            match source() {
                Next::Bytes(bytes) => {
                    if !wire.send(bytes) {
                        return false;
                    }
                }
                Next::Later => return !wire.is_closed(),
                Next::End => return false,
            }
        }
    }));
    outgoing
}

/// The channels of `v5.channel.k8s.io`.
pub mod channels {
    /// To the process.
    pub const STDIN: u8 = 0;
    /// From the process.
    pub const STDOUT: u8 = 1;
    /// From the process.
    pub const STDERR: u8 = 2;
    /// The final `Status`.
    pub const ERROR: u8 = 3;
    /// `{"Width": 80, "Height": 24}`
    pub const RESIZE: u8 = 4;
    /// Followed by the number of the channel that is closed.
    pub const CLOSE: u8 = 255;
}

/// Connects a process to the wire.
pub fn spawn_exec(pumps: &Pumps, exec: Exec, tty: bool) -> ExecEnds {
    let mut tty = tty.then(Tty::default);
    let (input, mut from_wire) = unbounded_channel::<(u8, Vec<u8>)>();
    let (to_wire, output) = unbounded_channel();
    pumps.borrow_mut().push(Box::new(move || {
        while let Ok((channel, bytes)) = from_wire.try_recv() {
            match channel {
                channels::STDIN => match &mut tty {
                    None => drop(exec.stdin.write(&bytes)),
                    Some(tty) => {
                        let (input, echo) = tty.typed(&bytes);
                        if !input.is_empty() {
                            exec.stdin.write(&input);
                        }
                        if !echo.is_empty() {
                            let _ = to_wire.send((channels::STDOUT, echo));
                        }
                    }
                },
                channels::RESIZE => {
                    let size = Value::from_json(&bytes).unwrap_or_default();
                    let cells = |name: &str| u16::try_from(size[name].int()).unwrap_or(0);
                    exec.size.set((cells("Width"), cells("Height")));
                }
                channels::CLOSE => exec.stdin.end(),
                _ => {}
            }
        }
        if to_wire.is_closed() {
            exec.stdin.end();
            exec.stdout.shut();
            exec.stderr.shut();
            return false;
        }
        for (channel, pipe) in [(channels::STDOUT, &exec.stdout), (channels::STDERR, &exec.stderr)] {
            if let Next::Bytes(bytes) = take(pipe) {
                let bytes = tty.as_mut().map(|tty| tty.shown(&bytes)).unwrap_or(bytes);
                let _ = to_wire.send((channel, bytes));
            }
        }
        let Some(status) = exec.exit.borrow().clone() else { return true };
        let _ = to_wire.send((channels::ERROR, encode::document(&status, false)));
        false
    }));
    ExecEnds { input, output }
}

/// Connects a pod's ports to the wire, one by one as they are asked for.
pub fn spawn_forward(pumps: &Pumps, forward: PortForward) -> UnboundedSender<OpenPort> {
    let (sender, mut asked) = unbounded_channel::<OpenPort>();
    let others = pumps.clone();
    pumps.borrow_mut().push(Box::new(move || {
        while let Ok(open) = asked.try_recv() {
            let connected = (forward.open)(open.port).map(|connection| spawn_connection(&others, connection));
            let _ = open.reply.send(connected);
        }
        !asked.is_closed() && !(forward.lost)()
    }));
    sender
}

fn spawn_connection(pumps: &Pumps, connection: Connection) -> Ends {
    let (to, mut from_wire) = unbounded_channel::<Vec<u8>>();
    let input = connection.input.clone();
    let from = spawn_stream(pumps, None, move || take(&input));
    pumps.borrow_mut().push(Box::new(move || {
        loop {
            match from_wire.try_recv() {
                Ok(bytes) => drop(connection.output.write(&bytes)),
                Err(tokio::sync::mpsc::error::TryRecvError::Empty) => return true,
                Err(tokio::sync::mpsc::error::TryRecvError::Disconnected) => {
                    connection.output.end();
                    return false;
                }
            }
        }
    }));
    Ends { to, from }
}
