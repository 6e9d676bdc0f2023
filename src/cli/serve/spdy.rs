//! SPDY/3.1 as far as port-forward uses it: pairs of streams, one for data, one for errors.
//!
//! kubectl opens, for every connection to its local port, an error stream and a data stream that
//! carry the same `requestid` and `port` headers. Source: the SPDY draft 3.1 and the portforward
//! subprotocol of Kubernetes (KEP-4006).

use super::pumps::{Ends, OpenPort};
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};
use std::collections::BTreeMap;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

const SYN_STREAM: u16 = 1;
const SYN_REPLY: u16 = 2;
const RST_STREAM: u16 = 3;
const PING: u16 = 6;
const GO_AWAY: u16 = 7;
const FLAG_FIN: u8 = 1;
/// Frames larger than this are refused; the tunnel's client sends 32 KiB at a time.
const MAX_FRAME: usize = 1 << 20;
/// What the header blocks of one connection may unpack to.
const MAX_HEADERS: usize = 1 << 22;

/// The words that header compression starts from (SPDY draft 3.1, section 2.6.10.1).
const WORDS: &[&str] = &[
    "options",
    "head",
    "post",
    "put",
    "delete",
    "trace",
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "accept-ranges",
    "age",
    "allow",
    "authorization",
    "cache-control",
    "connection",
    "content-base",
    "content-encoding",
    "content-language",
    "content-length",
    "content-location",
    "content-md5",
    "content-range",
    "content-type",
    "date",
    "etag",
    "expect",
    "expires",
    "from",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "last-modified",
    "location",
    "max-forwards",
    "pragma",
    "proxy-authenticate",
    "proxy-authorization",
    "range",
    "referer",
    "retry-after",
    "server",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "vary",
    "via",
    "warning",
    "www-authenticate",
    "method",
    "get",
    "status",
    "200 OK",
    "version",
    "HTTP/1.1",
    "url",
    "public",
    "set-cookie",
    "keep-alive",
    "origin",
];
const WORDS_TAIL: &str = "100101201202205206300302303304305306307402405406407408409410411412413414415416417\
    502504505203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized\
    403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service UnavailableJan Feb Mar Apr \
    May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,\
    image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age=\
    gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.";

/// The compression dictionary: each word with its length in front, then the tail.
fn dictionary() -> Vec<u8> {
    let mut bytes = Vec::new();
    for word in WORDS {
        bytes.extend((word.len() as u32).to_be_bytes());
        bytes.extend(word.as_bytes());
    }
    bytes.extend(WORDS_TAIL.as_bytes());
    bytes
}

/// The client broke the protocol; the connection ends.
#[derive(Debug, PartialEq, Eq)]
pub struct ProtocolError;

/// Unpacks header blocks: one zlib stream over the whole connection, starting from the dictionary.
struct Headers {
    inflate: Box<DecompressorOxide>,
    /// The dictionary and everything unpacked so far, which later blocks refer back to.
    window: Vec<u8>,
    /// Whether the two bytes of zlib header and the dictionary's checksum have gone by.
    begun: bool,
}

impl Headers {
    fn new() -> Headers {
        Headers { inflate: Box::default(), window: dictionary(), begun: false }
    }

    fn read(&mut self, mut block: &[u8]) -> Result<BTreeMap<String, String>, ProtocolError> {
        if !std::mem::replace(&mut self.begun, true) {
            block = block.get(6..).ok_or(ProtocolError)?;
        }
        let start = self.window.len();
        let mut end = start;
        while !block.is_empty() {
            self.window.resize(end + 4096, 0);
            if end > MAX_HEADERS {
                return Err(ProtocolError);
            }
            let flags =
                inflate_flags::TINFL_FLAG_HAS_MORE_INPUT | inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
            let (status, read, written) = decompress(&mut self.inflate, block, &mut self.window, end, flags);
            if (status as i32) < 0 || (read == 0 && written == 0) {
                return Err(ProtocolError);
            }
            block = &block[read..];
            end += written;
        }
        self.window.truncate(end);
        parse_headers(&self.window[start..])
    }
}

fn parse_headers(bytes: &[u8]) -> Result<BTreeMap<String, String>, ProtocolError> {
    let mut rest = bytes;
    let number = |rest: &mut &[u8]| -> Result<usize, ProtocolError> {
        let (head, tail) = rest.split_at_checked(4).ok_or(ProtocolError)?;
        *rest = tail;
        Ok(u32::from_be_bytes(head.try_into().map_err(|_| ProtocolError)?) as usize)
    };
    let count = number(&mut rest)?;
    let mut headers = BTreeMap::new();
    for _ in 0..count.min(64) {
        let mut text = || -> Result<String, ProtocolError> {
            let length = number(&mut rest)?;
            let (head, tail) = rest.split_at_checked(length).ok_or(ProtocolError)?;
            rest = tail;
            Ok(String::from_utf8_lossy(head).to_ascii_lowercase())
        };
        let name = text()?;
        headers.insert(name, text()?);
    }
    Ok(headers)
}

fn control(kind: u16, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80, 3];
    frame.extend(kind.to_be_bytes());
    frame.extend((payload.len() as u32).to_be_bytes());
    frame.extend(payload);
    frame
}

fn data(stream: u32, flags: u8, bytes: &[u8]) -> Vec<u8> {
    let mut frame = stream.to_be_bytes().to_vec();
    frame.extend(((u32::from(flags) << 24) | bytes.len() as u32).to_be_bytes());
    frame.extend(bytes);
    frame
}

/// One port-forward connection's SPDY session, server side.
pub struct Tunnel {
    open: UnboundedSender<OpenPort>,
    headers: Headers,
    buffer: Vec<u8>,
    /// Data streams, and where their bytes go.
    streams: BTreeMap<u32, UnboundedSender<Vec<u8>>>,
    /// Error streams by `requestid`, waiting for their data stream.
    errors: BTreeMap<String, u32>,
    replied: bool,
    out: UnboundedSender<Vec<u8>>,
    frames: UnboundedReceiver<Vec<u8>>,
}

impl Tunnel {
    /// A session that opens the pod's ports through `open`.
    pub fn new(open: UnboundedSender<OpenPort>) -> Tunnel {
        let (out, frames) = unbounded_channel();
        Tunnel {
            open,
            headers: Headers::new(),
            buffer: Vec::new(),
            streams: BTreeMap::new(),
            errors: BTreeMap::new(),
            replied: false,
            out,
            frames,
        }
    }

    /// The next frame to send; `None` once the pod is lost.
    pub async fn next_frame(&mut self) -> Option<Vec<u8>> {
        tokio::select! {
            frame = self.frames.recv() => frame,
            () = self.open.closed() => None,
        }
    }

    /// Takes bytes from the client.
    ///
    /// # Errors
    /// If they are no SPDY.
    pub fn receive(&mut self, bytes: &[u8]) -> Result<(), ProtocolError> {
        self.buffer.extend(bytes);
        loop {
            let Some(head) = self.buffer.get(..8) else { return Ok(()) };
            let length = u32::from_be_bytes([0, head[5], head[6], head[7]]) as usize;
            if length > MAX_FRAME {
                return Err(ProtocolError);
            }
            if self.buffer.len() < 8 + length {
                return Ok(());
            }
            let frame: Vec<u8> = self.buffer.drain(..8 + length).collect();
            let (head, payload) = frame.split_at(8);
            let first = u32::from_be_bytes([head[0], head[1], head[2], head[3]]);
            match first & 0x8000_0000 {
                0 => self.data(first, head[4], payload),
                _ => self.control((first & 0xffff) as u16, payload)?,
            }
        }
    }

    fn data(&mut self, stream: u32, flags: u8, payload: &[u8]) {
        if let Some(to) = self.streams.get(&stream).filter(|_| !payload.is_empty()) {
            let _ = to.send(payload.to_vec());
        }
        if flags & FLAG_FIN != 0 {
            self.streams.remove(&stream);
        }
    }

    fn control(&mut self, kind: u16, payload: &[u8]) -> Result<(), ProtocolError> {
        let word = |at: usize| {
            let bytes = payload.get(at..at + 4).ok_or(ProtocolError)?;
            Ok(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
        };
        match kind {
            SYN_STREAM => {
                let stream = word(0)?;
                let headers = self.headers.read(payload.get(10..).ok_or(ProtocolError)?)?;
                self.reply(stream);
                self.begin(stream, &headers);
            }
            RST_STREAM => drop(self.streams.remove(&word(0)?)),
            PING => self.send(control(PING, payload)),
            GO_AWAY => return Err(ProtocolError),
            _ => {}
        }
        Ok(())
    }

    fn send(&self, frame: Vec<u8>) {
        let _ = self.out.send(frame);
    }

    /// Accepts a stream. The reply has no headers: a stored block and a flush, uncompressed.
    fn reply(&mut self, stream: u32) {
        let mut payload = stream.to_be_bytes().to_vec();
        if !std::mem::replace(&mut self.replied, true) {
            payload.extend([0x78, 0x01]);
        }
        let no_headers = 0u32.to_be_bytes();
        payload.extend([0, 4, 0, 0xfb, 0xff]);
        payload.extend(no_headers);
        payload.extend([0, 0, 0, 0xff, 0xff]);
        self.send(control(SYN_REPLY, &payload));
    }

    fn begin(&mut self, stream: u32, headers: &BTreeMap<String, String>) {
        let request = headers.get("requestid").cloned().unwrap_or_default();
        if headers.get("streamtype").is_some_and(|kind| kind == "error") {
            self.errors.insert(request, stream);
            return;
        }
        let port = headers.get("port").and_then(|port| port.parse().ok()).unwrap_or(0);
        let error_stream = self.errors.remove(&request);
        let (to, from_client) = unbounded_channel();
        self.streams.insert(stream, to);
        let (reply, answer) = oneshot::channel();
        let _ = self.open.send(OpenPort { port, reply });
        tokio::spawn(carry(stream, error_stream, from_client, answer, self.out.clone()));
    }
}

/// Carries one connection: bytes both ways, or the error text on the error stream.
async fn carry(
    stream: u32,
    error_stream: Option<u32>,
    mut from_client: UnboundedReceiver<Vec<u8>>,
    answer: oneshot::Receiver<Result<Ends, String>>,
    out: UnboundedSender<Vec<u8>>,
) {
    let opened = answer.await.unwrap_or_else(|_| Err("lost connection to pod".into()));
    match opened {
        Ok(Ends { to, mut from }) => {
            let upstream = async move {
                while let Some(bytes) = from_client.recv().await {
                    let _ = to.send(bytes);
                }
            };
            let downstream = async {
                while let Some(bytes) = from.recv().await {
                    let _ = out.send(data(stream, 0, &bytes));
                }
                let _ = out.send(data(stream, FLAG_FIN, &[]));
            };
            tokio::join!(upstream, downstream);
        }
        Err(text) => {
            if let Some(error_stream) = error_stream {
                let _ = out.send(data(error_stream, 0, text.as_bytes()));
            }
            let _ = out.send(data(stream, FLAG_FIN, &[]));
        }
    }
    if let Some(error_stream) = error_stream {
        let _ = out.send(data(error_stream, FLAG_FIN, &[]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The checksum that SPDY/3 clients send for the dictionary.
    const DICTIONARY_ADLER: u32 = 0xe3c6_a7c2;

    #[test]
    fn the_dictionary_is_the_one_of_the_draft() {
        let (mut a, mut b) = (1u32, 0u32);
        for byte in dictionary() {
            a = (a + u32::from(byte)) % 65_521;
            b = (b + a) % 65_521;
        }
        assert_eq!((b << 16) | a, DICTIONARY_ADLER);
        assert_eq!(dictionary().len(), 1423);
    }

    #[test]
    fn garbage_is_refused_without_panic() {
        let (open, _opened) = unbounded_channel();
        let mut tunnel = Tunnel::new(open);
        assert_eq!(tunnel.receive(&control(SYN_STREAM, &[0; 12])), Err(ProtocolError));
        assert_eq!(tunnel.receive(&[0xff; 64]), Err(ProtocolError));
    }
}
