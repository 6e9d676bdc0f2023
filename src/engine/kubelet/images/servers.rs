//! What images that serve have in common: opening a port, and saying so if that fails.

use super::{Context, Outcome, Run, Term};
use crate::meta::Text;
use crate::network::http::{self, Request, Response};
use crate::process::Certificate;
use std::rc::Rc;

/// What answers an HTTP request.
pub type Answer = fn(&Context, &Request) -> Response;

/// How servers that handle `SIGTERM` end.
pub const GRACEFUL: Term = Term::Exits(0, 80);

/// Serves HTTP on ports and runs until stopped.
pub fn http(run: &Run, ports: &[u16], answer: Answer, term: Term) -> Outcome {
    for port in ports {
        if run.context.http(*port, answer).is_err() {
            return run.fail(&format!("listen tcp :{port}: bind: address already in use\n"), 1);
        }
    }
    Outcome::Runs(term)
}

/// Serves HTTPS with a certificate that the server has signed itself.
pub fn https(run: &Run, ports: &[u16], answer: Answer, term: Term) -> Outcome {
    for port in ports {
        let own = Certificate { names: vec![run.context.hostname.clone()], issuer: Text::default() };
        let served = run.context.serve_as(*port, Some(own), move |context, connection| {
            Box::pin(http::answer(connection, move |request| answer(&context, request)))
        });
        if served.is_err() {
            return run.fail(&format!("listen tcp :{port}: bind: address already in use\n"), 1);
        }
    }
    Outcome::Runs(term)
}

/// Accepts connections on a port and holds them: enough for whoever only wants to see it open.
pub fn open(run: &Run, port: u16, term: Term) -> Outcome {
    let held = run.context.serve(port, |context: Rc<Context>, connection| {
        Box::pin(async move {
            // Whatever is said is read and not understood.
            while connection.input.read().await.is_some() {}
            drop(context);
            connection.close();
        })
    });
    match held {
        Ok(()) => Outcome::Runs(term),
        Err(_) => run.fail(&format!("listen tcp :{port}: bind: address already in use\n"), 1),
    }
}

/// The value after a flag, in either of its two forms.
pub fn flag<'a>(arguments: &[&'a str], name: &str) -> Option<&'a str> {
    arguments.iter().enumerate().find_map(|(at, argument)| match argument.strip_prefix(name) {
        Some("") => arguments.get(at + 1).copied(),
        Some(rest) => rest.strip_prefix('='),
        None => None,
    })
}

/// A port from the environment, or the usual one.
pub fn port(context: &Context, variable: &str, usual: u16) -> u16 {
    context.env.get(variable).and_then(|port| port.parse().ok()).unwrap_or(usual)
}

/// The moment as access logs have it: `23/Nov/2026:05:12:31 +0000`.
pub fn log_time(context: &Context) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (year, month, day, hour, minute, second) = context.clock.now().civil();
    let month = MONTHS.get(usize::from(month).wrapping_sub(1)).copied().unwrap_or_default();
    format!("{day:02}/{month}/{year}:{hour:02}:{minute:02}:{second:02} +0000")
}
