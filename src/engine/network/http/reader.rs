//! Reading messages off a connection: heads, bodies of known length, chunks.

use super::{Headers, HttpError, LIMIT, Request, Response};
use crate::meta::Text;
use crate::process::Connection;

/// Reads messages from a connection one after the other.
pub struct Reader<'a> {
    connection: &'a Connection,
    buffer: Vec<u8>,
}

impl<'a> Reader<'a> {
    /// A reader at the start of a connection.
    pub fn new(connection: &'a Connection) -> Reader<'a> {
        Reader { connection, buffer: Vec::new() }
    }

    async fn more(&mut self) -> bool {
        match self.connection.input.read().await {
            Some(bytes) => {
                self.buffer.extend(bytes);
                true
            }
            None => false,
        }
    }

    async fn line(&mut self) -> Result<String, HttpError> {
        loop {
            if let Some(at) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=at).collect();
                return Ok(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_string());
            }
            if self.buffer.len() > LIMIT {
                return Err(HttpError::TooLarge);
            }
            if !self.more().await {
                return Err(if self.buffer.is_empty() { HttpError::Empty } else { HttpError::Cut });
            }
        }
    }

    async fn headers(&mut self) -> Result<Headers, HttpError> {
        let mut headers = Headers::default();
        loop {
            let line = self.line().await.map_err(|_| HttpError::Cut)?;
            if line.is_empty() {
                return Ok(headers);
            }
            let (name, value) = line.split_once(':').ok_or(HttpError::Malformed)?;
            headers.0.push((name.trim().into(), value.trim().into()));
        }
    }

    async fn exactly(&mut self, length: usize) -> Result<Vec<u8>, HttpError> {
        if length > LIMIT {
            return Err(HttpError::TooLarge);
        }
        while self.buffer.len() < length {
            if !self.more().await {
                return Err(HttpError::Cut);
            }
        }
        Ok(self.buffer.drain(..length).collect())
    }

    async fn chunks(&mut self) -> Result<Vec<u8>, HttpError> {
        let mut body = Vec::new();
        loop {
            let line = self.line().await?;
            let size = line.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16).map_err(|_| HttpError::Malformed)?;
            if body.len() + size > LIMIT {
                return Err(HttpError::TooLarge);
            }
            body.extend(self.exactly(size).await?);
            self.line().await?;
            if size == 0 {
                return Ok(body);
            }
        }
    }

    async fn body(&mut self, headers: &Headers, until_end: bool) -> Result<Vec<u8>, HttpError> {
        if headers.lists("Transfer-Encoding", "chunked") {
            return self.chunks().await;
        }
        if let Some(length) = headers.get("Content-Length") {
            return self.exactly(length.parse().map_err(|_| HttpError::Malformed)?).await;
        }
        if until_end {
            while self.buffer.len() <= LIMIT && self.more().await {}
            return Ok(std::mem::take(&mut self.buffer));
        }
        Ok(Vec::new())
    }

    /// The next request.
    ///
    /// # Errors
    /// If there is none, or none that makes sense.
    pub async fn request(&mut self) -> Result<Request, HttpError> {
        let line = self.line().await?;
        let mut words = line.split(' ');
        let (Some(method), Some(target), Some(version), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(HttpError::Malformed);
        };
        if !version.starts_with("HTTP/1.") {
            return Err(HttpError::Malformed);
        }
        let headers = self.headers().await?;
        let body = self.body(&headers, false).await?;
        Ok(Request {
            method: method.into(),
            target: target.into(),
            version: version.into(),
            headers,
            body,
            peer: Text::default(),
        })
    }

    /// The next response; `head` says that it answers a `HEAD` request and has no body.
    ///
    /// # Errors
    /// If there is none, or none that makes sense.
    pub async fn response(&mut self, head: bool) -> Result<Response, HttpError> {
        let line = self.line().await?;
        let (version, rest) = line.split_once(' ').ok_or(HttpError::Malformed)?;
        let (status, reason) = rest.split_once(' ').unwrap_or((rest, ""));
        let status: u16 = status.parse().map_err(|_| HttpError::Malformed)?;
        if !version.starts_with("HTTP/1.") {
            return Err(HttpError::Malformed);
        }
        let headers = self.headers().await?;
        let bare = head || matches!(status, 100..=199 | 204 | 304);
        let body = if bare { Vec::new() } else { self.body(&headers, true).await? };
        Ok(Response { status, reason: reason.into(), version: version.into(), headers, body })
    }
}
