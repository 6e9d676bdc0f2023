//! `nc`, `telnet`: a bare connection.

use super::{Call, Options, Help, Program};
use crate::process::NetError;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

pub const PROGRAM: Program = Program {
    name: "nc",
    help: || Help {
        summary: "Open a connection and copy both ways, or see whether a port answers.",
        usage: "nc [-v] [-z] [-w SECONDS] HOST PORT | nc -l -p PORT",
        examples: &[("nc -zv localhost 81; echo $?", "nc: localhost (127.0.0.1:81): Connection refused\n1")],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

async fn run(call: Call) -> i32 {
    let options = match Options::parse(&call, "vzw:lp:nukq:N", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let wait = options.value('w').and_then(|text| text.parse::<u64>().ok()).unwrap_or(120).min(1_000_000);
    if options.has('l') {
        let port = options.value('p').or(options.operands.last().map(String::as_str)).and_then(|text| text.parse().ok());
        let Some(port) = port else { return call.fail("which port?") };
        let Ok(listener) = call.process.net.listen(port) else {
            return call.fail("bind: Address already in use");
        };
        let connection = listener.accept().await;
        copy(&call, &connection).await;
        return 0;
    }
    let [host, port] = options.operands.as_slice() else {
        call.process.err("Usage: nc [-vz] [-w SECONDS] HOST PORT\n");
        return 1;
    };
    let Ok(port) = port.parse::<u16>() else { return call.fail(format!("bad port '{port}'")) };
    let Ok(addresses) = call.process.net.resolve(host) else { return call.fail(format!("bad address '{host}'")) };
    let address = addresses.first().cloned().unwrap_or_default();
    match call.process.net.connect_to(host, port) {
        Ok(connection) => {
            if options.has('v') {
                call.process.err(format!("{host} ({address}:{port}) open\n"));
            }
            if !options.has('z') {
                copy(&call, &connection).await;
            }
            connection.close();
            0
        }
        Err(NetError::TimedOut) => {
            call.process.clock.sleep(Duration::from_secs(wait)).await;
            call.fail(format!("{host} ({address}:{port}): Operation timed out"))
        }
        Err(_) => call.fail(format!("{host} ({address}:{port}): Connection refused")),
    }
}

/// Copies input there and answers back until the other side ends.
async fn copy(call: &Call, connection: &crate::process::Connection) {
    let mut sending = pin!(async {
        while let Some(bytes) = call.process.stdin.read().await {
            connection.output.write(&bytes);
        }
        connection.output.end();
    });
    let mut receiving = pin!(async {
        while let Some(bytes) = connection.input.read().await {
            call.process.stdout.write(&bytes);
        }
    });
    let mut sent = false;
    poll_fn(|context| {
        sent = sent || sending.as_mut().poll(context).is_ready();
        match receiving.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(()),
            Poll::Pending => Poll::Pending,
        }
    })
    .await;
}
