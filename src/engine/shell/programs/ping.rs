//! `ping`

use super::{Call, Options, Help, Program};
use crate::process::NetError;
use std::time::Duration;

pub const PROGRAM: Program = Program {
    name: "ping",
    help: || Help {
        summary: "See whether an address answers.",
        usage: "ping [-c COUNT] [-W SECONDS] HOST",
        examples: &[("ping -c1 nosuch.invalid", "ping: bad address 'nosuch.invalid'")],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

async fn run(call: Call) -> i32 {
    let options = match Options::parse(&call, "c:W:w:i:qn46", &[]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let Some(host) = options.operands.first() else {
        call.process.err("Usage: ping [-c COUNT] HOST\n");
        return 2;
    };
    let address = match call.process.net.resolve(host) {
        Ok(addresses) => addresses.into_iter().next().unwrap_or_default(),
        Err(_) => return call.fail(format!("bad address '{host}'")),
    };
    let most = options.value('c').and_then(|text| text.parse::<u64>().ok()).unwrap_or(u64::MAX);
    call.out(format!("PING {host} ({address}): 56 data bytes\n"));
    let (mut sent, mut received) = (0, 0);
    while sent < most && !call.is_unread() {
        // A closed port is an answer too: somebody is there.
        let answers = !matches!(call.process.net.connect_to(&address, 7), Err(NetError::TimedOut | NetError::NoSuchHost));
        if answers {
            received += 1;
            let micros = 60 + call.process.rng.below(40);
            call.out(format!("64 bytes from {address}: seq={sent} ttl=64 time=0.{micros:03} ms\n"));
        }
        sent += 1;
        if sent < most || !answers {
            call.process.clock.sleep(Duration::from_secs(1)).await;
        }
    }
    let lost = (sent - received) * 100 / sent.max(1);
    call.out(format!("\n--- {host} ping statistics ---\n{sent} packets transmitted, {received} packets received, {lost}% packet loss\n"));
    if received > 0 {
        call.out("round-trip min/avg/max = 0.060/0.080/0.099 ms\n");
    }
    i32::from(received == 0)
}
