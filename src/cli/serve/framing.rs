//! How channels are told apart in a WebSocket's messages: by their first byte, which the protocol
//! that the client asks for makes a number, or a digit before base64.

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

/// What the protocol that was agreed on says of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Framing {
    /// Digits and base64, in text messages.
    base64: bool,
    /// Whether a process's end is told as a `Status`; else as a line, and only if it went wrong.
    pub is_structured: bool,
}

/// The protocols with channels, the preferred ones first; a client may name none.
pub const PROTOCOLS: [&str; 5] =
    ["v5.channel.k8s.io", "v4.channel.k8s.io", "v4.base64.channel.k8s.io", "channel.k8s.io", "base64.channel.k8s.io"];

impl Framing {
    /// What the protocol that was agreed on asks for.
    pub fn of(socket: &WebSocket) -> Framing {
        let protocol = socket.protocol().and_then(|protocol| protocol.to_str().ok()).unwrap_or_default();
        Framing::named(protocol)
    }

    fn named(protocol: &str) -> Framing {
        Framing { base64: protocol.contains("base64."), is_structured: protocol.starts_with('v') }
    }

    /// A message of a channel.
    pub fn message(self, channel: u8, bytes: &[u8]) -> Message {
        if self.base64 {
            let digit = char::from(b'0'.saturating_add(channel));
            return Message::Text(format!("{digit}{}", BASE64_STANDARD.encode(bytes)).into());
        }
        Message::Binary(std::iter::once(channel).chain(bytes.iter().copied()).collect::<Vec<u8>>().into())
    }

    /// The channel of a message, and what it carries. Go's client sends bytes, others text.
    pub fn read(self, message: &Message) -> Option<(u8, Vec<u8>)> {
        let bytes: &[u8] = match message {
            Message::Binary(bytes) => bytes,
            Message::Text(text) => text.as_bytes(),
            _ => return None,
        };
        let (channel, rest) = bytes.split_first()?;
        match self.base64 {
            true => Some((channel.checked_sub(b'0')?, BASE64_STANDARD.decode(rest).ok()?)),
            false => Some((*channel, rest.to_vec())),
        }
    }
}

/// Says that all is well at the end of a connection: Go's client takes a bare end for an error.
pub fn done() -> Message {
    Message::Close(Some(CloseFrame { code: close_code::NORMAL, reason: "".into() }))
}

#[cfg(test)]
mod tests {
    use super::{Framing, Message};

    #[test]
    fn messages_are_read_as_written() {
        for (protocol, expect) in [
            ("", Message::Binary(vec![1, b'h', b'i'].into())),
            ("v5.channel.k8s.io", Message::Binary(vec![1, b'h', b'i'].into())),
            ("base64.channel.k8s.io", Message::Text("1aGk=".into())),
            ("v4.base64.channel.k8s.io", Message::Text("1aGk=".into())),
        ] {
            let framing = Framing::named(protocol);
            assert_eq!(framing.message(1, b"hi"), expect, "{protocol}");
            assert_eq!(framing.read(&expect), Some((1, b"hi".to_vec())), "{protocol}");
            assert_eq!(framing.is_structured, protocol.starts_with('v'), "{protocol}");
        }
        for strange in [Message::Text("".into()), Message::Text("1!".into()), Message::Text("\u{1}".into())] {
            assert_eq!(Framing::named("base64.channel.k8s.io").read(&strange), None);
        }
    }
}
