//! Redirections: files, copies of descriptors, and text as input.

use super::super::syntax::{Redirect, RedirectKind};
use super::{Failure, Shell, Streams};
use crate::process::{FileSystem, Node};
use crate::sim::{Pipe, pipe};

impl Shell {
    /// The streams a command with those redirections gets. A failure has been printed.
    pub(super) async fn redirected(&mut self, redirects: &[Redirect]) -> Result<Streams, Failure> {
        let mut streams = self.streams.clone();
        for redirect in redirects {
            if redirect.kind == RedirectKind::Text {
                let text = self.string(&redirect.target).await?;
                streams.set(redirect.descriptor.unwrap_or(0), Pipe::holding(&self.host.clock, text.as_bytes()));
                continue;
            }
            let targets = self.words(std::slice::from_ref(&redirect.target)).await?;
            let [target] = targets.as_slice() else {
                return Err(self.failure(&format!("{}: ambiguous redirect", targets.join(" "))));
            };
            let descriptor = redirect.descriptor.unwrap_or(1);
            match redirect.kind {
                RedirectKind::Text => {}
                RedirectKind::Read => {
                    let input = self.open_input(target, &streams)?;
                    streams.set(descriptor, input);
                }
                RedirectKind::Write
                    if self.options.noclobber
                        && matches!(
                            self.host.files.node(&FileSystem::resolve(&self.cwd, target)),
                            Some(Node::File(..))
                        ) =>
                {
                    return Err(self.failure(&format!("{target}: cannot overwrite existing file")));
                }
                RedirectKind::Write | RedirectKind::Overwrite | RedirectKind::Append => {
                    let output = self.open_output(target, redirect.kind == RedirectKind::Append, &streams)?;
                    streams.set(descriptor, output);
                }
                RedirectKind::WriteBoth | RedirectKind::AppendBoth => {
                    let output = self.open_output(target, redirect.kind == RedirectKind::AppendBoth, &streams)?;
                    streams.set(1, output.clone());
                    streams.set(2, output);
                }
                RedirectKind::Copy if target == "-" => streams.close(descriptor),
                RedirectKind::Copy => match target.parse::<u32>().ok() {
                    Some(from) => match streams.get(from).cloned() {
                        Some(pipe) => streams.set(descriptor, pipe),
                        None => return Err(self.failure(&format!("{from}: Bad file descriptor"))),
                    },
                    // `>&file` is `&>file`.
                    None => {
                        let output = self.open_output(target, false, &streams)?;
                        streams.set(1, output.clone());
                        streams.set(2, output);
                    }
                },
            }
        }
        Ok(streams)
    }

    fn open_input(&mut self, path: &str, streams: &Streams) -> Result<Pipe, Failure> {
        let clock = self.host.clock.clone();
        if path == "/dev/stdin" {
            return Ok(streams.get(0).cloned().unwrap_or_else(|| pipe(&clock)));
        }
        if let Some(pipe) = super::super::programs::device(&self.host, path) {
            return Ok(pipe);
        }
        match self.host.files.read(&FileSystem::resolve(&self.cwd, path)) {
            Ok(bytes) => Ok(Pipe::holding(&clock, &bytes)),
            Err(error) => Err(self.failure(&format!("{path}: {error}"))),
        }
    }

    fn open_output(&mut self, path: &str, append: bool, streams: &Streams) -> Result<Pipe, Failure> {
        let clock = self.host.clock.clone();
        match path {
            "" => return Err(self.failure(": No such file or directory")),
            "/dev/null" | "/dev/zero" => return Ok(Pipe::into_sink(&clock, |_| {})),
            "/dev/stdout" | "/dev/tty" => return Ok(streams.get(1).cloned().unwrap_or_else(|| pipe(&clock))),
            "/dev/stderr" => return Ok(streams.get(2).cloned().unwrap_or_else(|| pipe(&clock))),
            _ => {}
        }
        // The main process of a container has its streams at these paths.
        if let Some(descriptor) = path.strip_prefix("/proc/1/fd/").and_then(|number| number.parse::<u32>().ok())
            && let Some(pipe) = self.host.main_stream(descriptor)
        {
            return Ok(pipe);
        }
        let full = FileSystem::resolve(&self.cwd, path);
        let files = self.host.files.clone();
        let opened = match files.node(&full) {
            Some(Node::File(..)) if append => Ok(()),
            _ => files.write(&full, b""),
        };
        match opened {
            // Appending to a file that has gone meanwhile writes to one without a name: nowhere.
            Ok(()) => Ok(Pipe::into_sink(&clock, move |bytes| {
                let _ = files.append(&full, bytes);
            })),
            Err(error) => Err(self.failure(&format!("{path}: {error}"))),
        }
    }
}
