//! `ip`, `ifconfig`, `route`, `netstat`, `ss`, `traceroute`, `arp`: what a machine's network looks like.

use super::{Call, Help, Program};

pub const PROGRAM: Program = Program {
    name: "network",
    help: || Help {
        summary: "Look at addresses, routes and ports: ip, ifconfig, route, netstat, ss, traceroute.",
        usage: "ip addr|route | ifconfig | route | netstat -tln | ss -tln | traceroute HOST",
        examples: &[("traceroute nosuch.invalid", "traceroute: bad address 'nosuch.invalid'")],
    },
    run: |call| Box::pin(std::future::ready(run(&call))),
    ..Program::BASE
};

fn run(call: &Call) -> i32 {
    let own = call.process.net.resolve(&call.host.hostname).ok();
    let own = own.and_then(|all| all.into_iter().next()).unwrap_or_else(|| "127.0.0.1".into());
    // Pods have the rest of their node's subnet behind its bridge.
    let gateway = own.rsplit_once('.').map_or(own.clone(), |(net, _)| format!("{net}.1"));
    let subnet = own.rsplit_once('.').map_or(own.clone(), |(net, _)| format!("{net}.0"));
    let words: Vec<&str> = call.args().iter().map(String::as_str).filter(|word| !word.starts_with('-')).collect();
    let text = match (call.name(), words.first().copied().unwrap_or_default()) {
        ("ip", word) if !word.is_empty() && "address".starts_with(word) => format!(
            "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN qlen 1000\n    link/loopback \
             00:00:00:00:00:00 brd 00:00:00:00:00:00\n    inet 127.0.0.1/8 scope host lo\n       valid_lft forever \
             preferred_lft forever\n2: eth0@if7: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP\n    \
             link/ether {} brd ff:ff:ff:ff:ff:ff\n    inet {own}/24 brd {}.255 scope global eth0\n       valid_lft forever \
             preferred_lft forever\n",
            hardware(&own),
            own.rsplit_once('.').map_or("", |(net, _)| net)
        ),
        ("ip", word) if !word.is_empty() && "route".starts_with(word) => {
            format!("default via {gateway} dev eth0\n{subnet}/24 dev eth0 scope link  src {own}\n")
        }
        ("ip", "") => {
            call.process.err("Usage: ip [OPTIONS] address|route|link|neigh|rule [ARGS]\n");
            return 1;
        }
        ("ip", other) => return call.fail(format!("Object \"{other}\" is unknown, try \"ip help\".")),
        ("ifconfig", _) => format!(
            "eth0      Link encap:Ethernet  HWaddr {}\n          inet addr:{own}  Bcast:{}.255  Mask:255.255.255.0\n          \
             UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1\n\nlo        Link encap:Local Loopback\n          inet \
             addr:127.0.0.1  Mask:255.0.0.0\n          UP LOOPBACK RUNNING  MTU:65536  Metric:1\n\n",
            hardware(&own).to_uppercase(),
            own.rsplit_once('.').map_or("", |(net, _)| net)
        ),
        ("route", _) => format!(
            "Kernel IP routing table\nDestination     Gateway         Genmask         Flags Metric Ref    Use Iface\n\
             default         {gateway:<15} 0.0.0.0         UG    0      0        0 eth0\n{subnet:<15} *               \
             255.255.255.0   U     0      0        0 eth0\n"
        ),
        ("traceroute", "") => {
            call.process.err("Usage: traceroute HOST\n");
            return 1;
        }
        ("traceroute", host) => {
            let Ok(addresses) = call.process.net.resolve(host) else { return call.fail(format!("bad address '{host}'")) };
            let to = addresses.into_iter().next().unwrap_or_default();
            let mut text = format!("traceroute to {host} ({to}), 30 hops max, 46 byte packets\n");
            if to != gateway {
                text += &format!(" 1  {gateway} ({gateway})  0.006 ms  0.004 ms  0.003 ms\n");
            }
            text + &format!(" 2  {to} ({to})  0.005 ms  0.006 ms  0.004 ms\n")
        }
        (name, _) => {
            let ports = call.process.net.listening();
            let ports = ports.iter();
            if name == "ss" {
                let rows = ports.map(|port| format!("LISTEN 0      511          0.0.0.0:{port:<10} 0.0.0.0:*\n"));
                format!("State  Recv-Q Send-Q Local Address:Port  Peer Address:Port\n{}", rows.collect::<String>())
            } else {
                let rows = ports.map(|port| {
                    let local = format!("0.0.0.0:{port}");
                    format!("tcp        0      0 {local:<23} 0.0.0.0:*               LISTEN\n")
                });
                format!(
                    "Active Internet connections (only servers)\nProto Recv-Q Send-Q Local Address           Foreign \
                     Address         State\n{}",
                    rows.collect::<String>()
                )
            }
        }
    };
    call.out(text);
    0
}

/// A hardware address that follows from the network address, as bridges give them.
fn hardware(address: &str) -> String {
    let bytes: Vec<String> = address.split('.').map(|part| format!("{:02x}", part.parse::<u8>().unwrap_or(0))).collect();
    format!("0a:58:{}", bytes.join(":"))
}
