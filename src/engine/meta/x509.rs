//! Certificates (X.509), requests for them (PKCS 10) and keys, as far as a cluster and its users read and write them.
//!
//! Nothing here is encrypted. A key is a number of the right length, and a signature is a digest over the key and
//! the text: it says whose key was meant, and what was signed cannot be changed without its being noticed.

use super::Time;
use super::sha256::sha256;
use base64::Engine;
use base64::prelude::BASE64_STANDARD as STANDARD;

const INTEGER: u8 = 0x02;
const BITS: u8 = 0x03;
const OCTETS: u8 = 0x04;
const OID: u8 = 0x06;
const TEXT: u8 = 0x0c;
const UTC_TIME: u8 = 0x17;
const GENERAL_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
/// The numbers of `rsaEncryption` and `sha256WithRSAEncryption`, each with its empty parameter.
const RSA: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
const RSA_SHA256: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11, 5, 0];
/// The numbers of the extensions for further names and for what an authority is.
const ALTERNATIVE_NAMES: &[u8] = &[0x55, 0x1d, 0x11];
const CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
/// The number of a request's attribute that holds the extensions it wishes for.
const WISHES: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 14];

/// The parts of a name with their numbers.
const PARTS: &[(&str, &[u8])] = &[
    ("C", &[0x55, 4, 6]),
    ("ST", &[0x55, 4, 8]),
    ("L", &[0x55, 4, 7]),
    ("O", &[0x55, 4, 10]),
    ("OU", &[0x55, 4, 11]),
    ("CN", &[0x55, 4, 3]),
    ("emailAddress", &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1]),
];

/// A distinguished name, part by part: `("CN", "jane")`.
pub type Name = Vec<(String, String)>;

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// For whom.
    pub subject: Name,
    /// The public key, as a `SubjectPublicKeyInfo`.
    pub key: Vec<u8>,
    /// Further host names and addresses.
    pub names: Vec<String>,
}

/// What a certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// About whom, with which key.
    pub about: Request,
    /// Who says so.
    pub issuer: Name,
    /// From when.
    pub from: Time,
    /// Until when.
    pub until: Time,
    /// Its number.
    pub serial: Vec<u8>,
    /// Whether it may certify others.
    pub authority: bool,
}

/// The name of the cluster's own authority.
pub fn authority_name() -> Name {
    vec![("CN".into(), "minikubeCA".into())]
}

/// The public key of the cluster's own authority.
pub fn authority_key() -> Vec<u8> {
    let block = |at: u8| sha256(&[b"minikubeCA".as_slice(), &[at]].concat());
    public_of(&odd((0..8).flat_map(block).collect()))
}

/// Writes a block of PEM.
pub fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut out = format!("-----BEGIN {label}-----\n");
    for line in text.as_bytes().chunks(64) {
        out.push_str(&String::from_utf8_lossy(line));
        out.push('\n');
    }
    out + "-----END " + label + "-----\n"
}

/// The bytes of the first block of PEM whose label ends so.
pub fn unpem(text: &str, label: &str) -> Option<Vec<u8>> {
    let head = format!("{label}-----");
    let at = text.match_indices(&head).find(|(at, _)| {
        let line = text[..*at].rsplit('\n').next().unwrap_or_default();
        line.starts_with("-----BEGIN ")
    })?;
    let body = text.get(at.0 + head.len()..)?.split("-----").next()?;
    let body: String = body.split_whitespace().collect();
    STANDARD.decode(body).ok()
}

/// Makes a private key of that many bits (PKCS 8); `random` gives 8 bytes at a time.
pub fn private_key(bits: usize, random: &dyn Fn() -> u64) -> Vec<u8> {
    let number = |bits: usize| {
        let bytes = (0..bits.div_ceil(64)).flat_map(|_| random().to_be_bytes()).take(bits.div_ceil(8));
        integer(&odd(bytes.collect()))
    };
    let half = bits / 2;
    let [n, d, p, q, dp, dq, qi] = [bits, bits, half, half, half, half, half].map(number);
    let own = tlv(SEQUENCE, &[&integer(&[0]), &n, &integer(&[1, 0, 1]), &d, &p, &q, &dp, &dq, &qi]);
    tlv(SEQUENCE, &[&integer(&[0]), &tlv(SEQUENCE, &[RSA]), &tlv(OCTETS, &[&own])])
}

/// The public key (`SubjectPublicKeyInfo`) of a private one, in PKCS 8 or PKCS 1, if it says so itself.
pub fn public_key(private: &[u8]) -> Option<Vec<u8>> {
    let mut fields = children(private)?.into_iter().skip(1);
    let first = fields.next()?;
    let modulus = match first {
        (SEQUENCE, RSA) => children(fields.next()?.1)?.get(1)?.1,
        (SEQUENCE, curve) => {
            let parts = children(fields.next()?.1)?;
            let point = parts.iter().find(|(tag, _)| *tag == 0xa1)?.1;
            return Some(tlv(SEQUENCE, &[&tlv(SEQUENCE, &[curve]), point]));
        }
        (INTEGER, number) => number,
        _ => return None,
    };
    Some(public_of(modulus.strip_prefix(&[0]).unwrap_or(modulus)))
}

/// The modulus of a public key.
pub fn modulus(public: &[u8]) -> Option<Vec<u8>> {
    let bits = children(public)?.get(1)?.1;
    let number = children(bits.get(1..)?)?.first()?.1;
    Some(number.strip_prefix(&[0]).unwrap_or(number).to_vec())
}

fn public_of(modulus: &[u8]) -> Vec<u8> {
    let key = tlv(SEQUENCE, &[&integer(modulus), &integer(&[1, 0, 1])]);
    tlv(SEQUENCE, &[&tlv(SEQUENCE, &[RSA]), &tlv(BITS, &[&[0], &key])])
}

impl Request {
    /// Writes the request (DER).
    pub fn write(&self) -> Vec<u8> {
        let wishes = match self.names.is_empty() {
            true => Vec::new(),
            false => {
                let extensions = tlv(SEQUENCE, &[&extension(ALTERNATIVE_NAMES, &alternative(&self.names))]);
                tlv(SEQUENCE, &[&tlv(OID, &[WISHES]), &tlv(SET, &[&extensions])])
            }
        };
        let body = tlv(SEQUENCE, &[&integer(&[0]), &name(&self.subject), &self.key, &tlv(0xa0, &[&wishes])]);
        signed(&body, &self.key)
    }

    /// Reads a request (DER).
    pub fn read(der: &[u8]) -> Option<Request> {
        let body = items(children(der)?.first()?.1)?;
        let wishes = body.get(3).map_or(&[][..], |(_, wishes)| wishes);
        let list = items(wishes).unwrap_or_default().into_iter().find_map(|(_, attribute)| {
            let attribute = items(attribute)?;
            let extensions = items(attribute.get(1)?.1)?.first()?.1;
            (attribute.first()?.1 == WISHES).then_some(extensions)
        });
        Some(Request {
            subject: read_name(body.get(1)?.1)?,
            key: tlv(SEQUENCE, &[body.get(2)?.1]),
            names: list.map(alternative_of).unwrap_or_default(),
        })
    }
}

impl Certificate {
    /// Writes the certificate (DER), signed with the issuer's key.
    pub fn write(&self, issuer_key: &[u8]) -> Vec<u8> {
        let mut extensions = Vec::new();
        if self.authority {
            extensions.extend(extension(CONSTRAINTS, &tlv(SEQUENCE, &[&[1, 1, 0xff]])));
        }
        if !self.about.names.is_empty() {
            extensions.extend(extension(ALTERNATIVE_NAMES, &alternative(&self.about.names)));
        }
        let extensions = match extensions.is_empty() {
            true => Vec::new(),
            false => tlv(0xa3, &[&tlv(SEQUENCE, &[&extensions])]),
        };
        let body = tlv(
            SEQUENCE,
            &[
                &tlv(0xa0, &[&integer(&[2])]),
                &integer(&self.serial),
                &tlv(SEQUENCE, &[RSA_SHA256]),
                &name(&self.issuer),
                &tlv(SEQUENCE, &[&moment(self.from), &moment(self.until)]),
                &name(&self.about.subject),
                &self.about.key,
                &extensions,
            ],
        );
        signed(&body, issuer_key)
    }

    /// Reads a certificate (DER).
    pub fn read(der: &[u8]) -> Option<Certificate> {
        let all = items(children(der)?.first()?.1)?;
        let body = all.get(usize::from(all.first()?.0 == 0xa0)..)?;
        let mut times = items(body.get(3)?.1)?.into_iter().map(read_moment);
        let extensions = body.iter().find(|(tag, _)| *tag == 0xa3).and_then(|(_, list)| Some(items(list)?.first()?.1));
        let extensions = extensions.unwrap_or_default();
        let serial = body.first()?.1;
        Some(Certificate {
            about: Request {
                subject: read_name(body.get(4)?.1)?,
                key: tlv(SEQUENCE, &[body.get(5)?.1]),
                names: alternative_of(extensions),
            },
            issuer: read_name(body.get(2)?.1)?,
            from: times.next()??,
            until: times.next()??,
            serial: serial.strip_prefix(&[0]).filter(|rest| !rest.is_empty()).unwrap_or(serial).to_vec(),
            authority: extension_of(extensions, CONSTRAINTS).is_some_and(|value| value.contains(&0xff)),
        })
    }

    /// Whether a certificate (DER) was signed with that key.
    pub fn is_signed(der: &[u8], issuer_key: &[u8]) -> bool {
        let Some(whole) = children(der) else { return false };
        let [(_, body), _, (_, given)] = whole.as_slice() else { return false };
        given.get(1..) == Some(&signature(&tlv(SEQUENCE, &[body]), issuer_key))
    }

    /// A part of the subject: `CN`.
    pub fn subject(&self, part: &str) -> impl Iterator<Item = &str> {
        self.about.subject.iter().filter(move |(name, _)| name == part).map(|(_, value)| value.as_str())
    }
}

/// Reads a name as commands write it: `/CN=jane/O=dev`.
pub fn parse_name(text: &str) -> Name {
    let parts = text.split('/').filter_map(|part| part.split_once('='));
    parts
        .filter(|(key, _)| PARTS.iter().any(|(known, _)| known == key))
        .map(|(key, value)| (key.into(), value.into()))
        .collect()
}

/// A name as programs print it: `CN=jane,O=dev`, with what goes around the `=` and between the parts.
pub fn show_name(name: &Name, equals: &str, between: &str) -> String {
    name.iter().map(|(key, value)| format!("{key}{equals}{value}")).collect::<Vec<_>>().join(between)
}

fn signed(body: &[u8], key: &[u8]) -> Vec<u8> {
    tlv(SEQUENCE, &[body, &tlv(SEQUENCE, &[RSA_SHA256]), &tlv(BITS, &[&[0], &signature(body, key)])])
}

fn signature(body: &[u8], key: &[u8]) -> [u8; 256] {
    let mut out = [0; 256];
    for (at, block) in (0_u8..).zip(out.chunks_exact_mut(32)) {
        block.copy_from_slice(&sha256(&[key, body, &[at]].concat()));
    }
    out
}

/// A number of full length, as the product of two primes is.
fn odd(mut bytes: Vec<u8>) -> Vec<u8> {
    if let Some(first) = bytes.first_mut() {
        *first |= 0x80;
    }
    if let Some(last) = bytes.last_mut() {
        *last |= 1;
    }
    bytes
}

fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = vec![tag];
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => out.push(short),
        Ok(byte) => out.extend([0x81, byte]),
        Err(_) => {
            out.push(0x82);
            out.extend(u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes());
        }
    }
    out.extend(parts.concat());
    out
}

/// A number that is not negative, without needless zeros.
fn integer(bytes: &[u8]) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let bytes = bytes.get(zeros..).unwrap_or_default();
    let sign: &[u8] = if bytes.first().is_none_or(|first| *first >= 0x80) { &[0] } else { &[] };
    tlv(INTEGER, &[sign, bytes])
}

fn name(name: &Name) -> Vec<u8> {
    let part = |(key, value): &(String, String)| {
        let oid = PARTS.iter().find(|(known, _)| known == key).map_or(&[][..], |(_, oid)| oid);
        tlv(SET, &[&tlv(SEQUENCE, &[&tlv(OID, &[oid]), &tlv(TEXT, &[value.as_bytes()])])])
    };
    tlv(SEQUENCE, &[&name.iter().flat_map(part).collect::<Vec<u8>>()])
}

fn read_name(der: &[u8]) -> Option<Name> {
    let mut name = Name::new();
    for (_, set) in items(der)? {
        let pair = items(items(set)?.first()?.1)?;
        let [(_, oid), (_, value)] = pair.as_slice() else { return None };
        let key = PARTS.iter().find(|(_, known)| known == oid).map_or("", |(key, _)| key);
        name.push((key.into(), String::from_utf8_lossy(value).into_owned()));
    }
    Some(name)
}

fn moment(time: Time) -> Vec<u8> {
    let (year, month, day, hour, minute, second) = time.civil();
    let rest = format!("{month:02}{day:02}{hour:02}{minute:02}{second:02}Z");
    match year {
        1950..2050 => tlv(UTC_TIME, &[format!("{:02}{rest}", year % 100).as_bytes()]),
        _ => tlv(GENERAL_TIME, &[format!("{year:04}{rest}").as_bytes()]),
    }
}

fn read_moment((tag, digits): (u8, &[u8])) -> Option<Time> {
    let text = std::str::from_utf8(digits).ok()?;
    let (year, rest) = text.split_at_checked(if tag == UTC_TIME { 2 } else { 4 })?;
    let year: i64 = year.parse().ok()?;
    let year = if tag == GENERAL_TIME { year } else { year + if year < 50 { 2000 } else { 1900 } };
    let at = |from: usize| rest.get(from..from + 2)?.parse::<u8>().ok();
    Some(Time::from_civil(year, at(0)?, at(2)?, at(4)?, at(6)?, at(8)?))
}

fn extension(oid: &[u8], value: &[u8]) -> Vec<u8> {
    tlv(SEQUENCE, &[&tlv(OID, &[oid]), &tlv(OCTETS, &[value])])
}

fn extension_of<'a>(extensions: &'a [u8], oid: &[u8]) -> Option<&'a [u8]> {
    items(extensions)?.into_iter().find_map(|(_, one)| {
        let fields = items(one)?;
        (fields.first()?.1 == oid).then(|| fields.last().map(|(_, value)| *value))?
    })
}

/// Host names have the tag 2, addresses 7.
fn alternative(names: &[String]) -> Vec<u8> {
    let one = |name: &String| match name.parse::<std::net::Ipv4Addr>() {
        Ok(address) => tlv(0x87, &[&address.octets()]),
        Err(_) => tlv(0x82, &[name.as_bytes()]),
    };
    tlv(SEQUENCE, &[&names.iter().flat_map(one).collect::<Vec<u8>>()])
}

fn alternative_of(extensions: &[u8]) -> Vec<String> {
    let list = extension_of(extensions, ALTERNATIVE_NAMES).and_then(children).unwrap_or_default();
    let one = |(tag, value): (u8, &[u8])| match (tag, value) {
        (0x87, [a, b, c, d]) => Some(format!("{a}.{b}.{c}.{d}")),
        (0x82, name) => Some(String::from_utf8_lossy(name).into_owned()),
        _ => None,
    };
    list.into_iter().filter_map(one).collect()
}

/// What a sequence holds.
fn children(der: &[u8]) -> Option<Vec<(u8, &[u8])>> {
    match items(der)?.as_slice() {
        [(SEQUENCE, inner)] => items(inner),
        _ => None,
    }
}

/// Values one after the other, each with its tag.
fn items(mut der: &[u8]) -> Option<Vec<(u8, &[u8])>> {
    let mut out = Vec::new();
    while let [tag, first, rest @ ..] = der {
        let (length, rest) = match first & 0x7f {
            short if *first < 0x80 => (usize::from(short), rest),
            bytes @ 1..=3 => {
                let (length, rest) = rest.split_at_checked(usize::from(bytes))?;
                (length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest)
            }
            _ => return None,
        };
        let (value, rest) = rest.split_at_checked(length)?;
        out.push((*tag, value));
        der = rest;
    }
    der.is_empty().then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let private = private_key(2048, &|| 0x0123_4567_89ab_cdef);
        let key = public_key(&private).unwrap();
        let names = vec!["example.com".into(), "10.0.0.1".into()];
        let request = Request { subject: parse_name("/CN=jane/O=dev/O=ops"), key: key.clone(), names };
        assert_eq!(Request::read(&request.write()), Some(request.clone()));
        let (from, until) = (Time::from_civil(2026, 1, 5, 9, 0, 0), Time::from_civil(2056, 1, 5, 9, 0, 0));
        let issuer = authority_name();
        let certificate = Certificate { about: request, issuer, from, until, serial: vec![0x81, 2], authority: true };
        assert_eq!(integer(&[0, 0, 0x7f, 1]), [INTEGER, 2, 0x7f, 1]);
        assert_eq!(integer(&[0]), [INTEGER, 1, 0]);
        let der = certificate.write(&authority_key());
        assert_eq!(Certificate::read(&der), Some(certificate));
        assert!(Certificate::is_signed(&der, &authority_key()));
        assert!(!Certificate::is_signed(&der, &key));
        assert_eq!(unpem(&pem("CERTIFICATE", &der), "CERTIFICATE"), Some(der));
        assert_eq!(unpem(&pem("PRIVATE KEY", &private), "PRIVATE KEY"), Some(private));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_are_too_strange(bytes: Vec<u8>) {
            let _ = (Request::read(&bytes), Certificate::read(&bytes), public_key(&bytes), modulus(&bytes));
        }
    }
}
