//! What lies outside the cluster: the few public sites that exercises look at, to see whether a pod gets out.

use super::State;
use super::http::{self, Request, Response};
use crate::meta::Text;
use crate::process::{Certificate, Loopback, PUBLIC_AUTHORITY};
use std::rc::Rc;

/// A public site.
struct Site {
    /// Its names; the first is the one that counts.
    names: &'static [&'static str],
    address: &'static str,
    /// Where it leads who comes without TLS; nowhere if empty.
    secure: &'static str,
    body: &'static str,
}

const SITES: &[Site] = &[
    Site {
        names: &["info.cern.ch"],
        address: "188.184.67.127",
        secure: "",
        body: "<html><head></head><body><header>\n<title>http://info.cern.ch</title>\n</header>\n\n\
               <h1>http://info.cern.ch - home of the first website</h1>\n<p>From here you can:</p>\n<ul>\n\
               <li><a href=\"http://info.cern.ch/hypertext/WWW/TheProject.html\">Browse the first website</a></li>\n\
               </ul>\n</body></html>\n",
    },
    Site {
        names: &["example.com", "www.example.com", "example.org", "example.net"],
        address: "23.192.228.80",
        secure: "",
        body: "<!doctype html><html lang=\"en\"><head><title>Example Domain</title></head><body><div><h1>Example Domain</h1>\
               <p>This domain is for use in documentation examples without needing permission.</p></div></body></html>\n",
    },
    Site {
        names: &["neverssl.com", "www.neverssl.com"],
        address: "34.223.124.45",
        secure: "",
        body: "<html>\n\t<head>\n\t\t<title>NeverSSL - Connecting ... </title>\n\t</head>\n\t<body>\n\t<h1>NeverSSL</h1>\n\t</body>\n</html>\n",
    },
    Site {
        names: &["google.com", "www.google.com"],
        address: "142.250.185.78",
        secure: "",
        body: "<!doctype html><html itemscope=\"\" itemtype=\"http://schema.org/WebPage\" lang=\"en\"><head><title>Google</title>\
               </head><body></body></html>\n",
    },
    Site {
        names: &["kubernetes.io", "www.kubernetes.io", "k8s.io"],
        address: "15.197.167.90",
        secure: "https://kubernetes.io/",
        body: "<!doctype html><html lang=\"en\"><head><title>Kubernetes</title></head><body></body></html>\n",
    },
    Site {
        names: &["github.com"],
        address: "140.82.121.4",
        secure: "https://github.com/",
        body: "<!DOCTYPE html><html lang=\"en\"><head><title>GitHub</title></head><body></body></html>\n",
    },
    Site { names: &["one.one.one.one", "1.1.1.1"], address: "1.1.1.1", secure: "https://1.1.1.1/", body: "" },
    Site { names: &["dns.google", "8.8.8.8"], address: "8.8.8.8", secure: "https://dns.google/", body: "" },
    Site { names: &["deb.debian.org", "security.debian.org"], address: "151.101.2.132", secure: "", body: "" },
    Site { names: &["archive.ubuntu.com", "security.ubuntu.com"], address: "185.125.190.82", secure: "", body: "" },
    Site { names: &["dl-cdn.alpinelinux.org"], address: "151.101.130.132", secure: "", body: "" },
];

/// The address of a public name.
pub(super) fn address_of(name: &str) -> Option<&'static str> {
    let name = name.trim_end_matches('.');
    SITES.iter().find(|site| site.names.contains(&name)).map(|site| site.address)
}

impl State {
    /// The ports of a public site.
    pub(super) fn site(&self, address: &str) -> Option<Loopback> {
        let site = SITES.iter().find(|site| site.address == address)?;
        let tasks = self.tasks.clone()?;
        let net = Loopback::new(&self.clock);
        let names = site.names.iter().map(|name| Text::from(*name)).collect();
        let certificate = Certificate { names, issuer: PUBLIC_AUTHORITY.into() };
        for (port, certificate) in [(80, None), (443, Some(certificate))] {
            let (tasks, clock) = (tasks.clone(), self.clock.clone());
            let plain = certificate.is_none();
            let serve = move |connection| {
                let answer = move |request: &Request| page(site, plain, request);
                tasks.spawn(&clock, http::answer(connection, answer));
            };
            // Nobody else listens there.
            let _ = net.serve_as(port, certificate, Rc::new(serve));
        }
        Some(net)
    }
}

fn page(site: &Site, plain: bool, _: &Request) -> Response {
    if plain && !site.secure.is_empty() {
        return Response::text(301, "").header("Location", site.secure);
    }
    Response::new(200, "text/html", site.body.as_bytes().to_vec())
}
