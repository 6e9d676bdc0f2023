//! Tar archives, in the format everybody reads: what `tar` writes and `kubectl cp` sends.

use super::Node;
use std::rc::Rc;

const BLOCK: usize = 512;

/// Why bytes are no archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArchiveError {
    /// They were never one.
    Foreign,
    /// They end in the middle.
    Cut,
}

/// An archive being written.
#[derive(Default)]
pub struct Archive(Vec<u8>);

impl Archive {
    /// Adds what stands under a name.
    pub fn add(&mut self, name: &str, node: &Node) {
        match node {
            Node::File(content, mode) => {
                self.0.extend(header(name, "", content.len(), *mode, b'0'));
                self.0.extend_from_slice(content);
                self.0.resize(self.0.len().next_multiple_of(BLOCK), 0);
            }
            Node::Link(target) => self.0.extend(header(name, target, 0, 0o777, b'2')),
            Node::Directory => {
                self.0.extend(header(&format!("{}/", name.trim_end_matches('/')), "", 0, 0o755, b'5'));
            }
        }
    }

    /// The whole archive.
    pub fn finish(mut self) -> Vec<u8> {
        self.0.resize(self.0.len() + 2 * BLOCK, 0);
        self.0
    }

    /// What an archive holds, in order; names of directories end in a slash.
    ///
    /// # Errors
    /// If the bytes are no archive, with what was read before that showed.
    pub fn read(bytes: &[u8]) -> (Vec<(String, Node)>, Result<(), ArchiveError>) {
        let mut found = Vec::new();
        let result = read_into(&mut found, bytes);
        (found, result)
    }
}

/// The block before a file: name, mode, size, kind, and a sum over itself.
fn header(name: &str, link: &str, size: usize, mode: u32, kind: u8) -> [u8; BLOCK] {
    let mut block = [0_u8; BLOCK];
    let mut put = |at: usize, text: &str, most: usize| {
        let bytes = &text.as_bytes()[..text.len().min(most)];
        block[at..at + bytes.len()].copy_from_slice(bytes);
    };
    // A long name continues in the prefix field, split at a slash.
    let mut slashes = name.rmatch_indices('/').map(|(at, _)| at).filter(|_| name.len() > 100);
    let cut = slashes.find(|at| *at <= 155 && name.len() - at <= 101);
    let (prefix, rest) = cut.map_or(("", name), |at| (&name[..at], &name[at + 1..]));
    put(0, rest, 100);
    put(100, &format!("{mode:07o}"), 7);
    put(108, "0000000", 7);
    put(116, "0000000", 7);
    put(124, &format!("{size:011o}"), 11);
    put(136, "00000000000", 11);
    put(148, "        ", 8);
    put(157, link, 100);
    put(257, "ustar\u{0}00", 8);
    put(345, prefix, 155);
    block[156] = kind;
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..154].copy_from_slice(format!("{sum:06o}").as_bytes());
    block[154] = 0;
    block
}

fn read_into(found: &mut Vec<(String, Node)>, bytes: &[u8]) -> Result<(), ArchiveError> {
    let text = |part: &[u8]| -> String {
        let end = part.iter().position(|byte| *byte == 0).unwrap_or(part.len());
        String::from_utf8_lossy(&part[..end]).trim().to_string()
    };
    let mut rest = bytes;
    while let Some((block, after)) = rest.split_at_checked(BLOCK) {
        if block.iter().all(|byte| *byte == 0) {
            return Ok(());
        }
        if &block[257..262] != b"ustar" {
            return Err(ArchiveError::Foreign);
        }
        let number = |part: &[u8]| usize::from_str_radix(&text(part), 8).unwrap_or(0);
        let (size, mode) = (number(&block[124..136]), number(&block[100..108]));
        let prefix = text(&block[345..500]);
        let name = if prefix.is_empty() { text(&block[..100]) } else { format!("{prefix}/{}", text(&block[..100])) };
        let content = after.get(..size).ok_or(ArchiveError::Cut)?;
        rest = after.get(size.next_multiple_of(BLOCK)..).unwrap_or_default();
        let node = match block[156] {
            b'5' => Node::Directory,
            b'2' => Node::Link(text(&block[157..257])),
            _ => Node::File(Rc::from(content), u32::try_from(mode & 0o7777).unwrap_or(0o644)),
        };
        found.push((name, node));
    }
    if bytes.is_empty() { Err(ArchiveError::Foreign) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_archived_is_read_again() {
        let long = format!("{}/{}", "d".repeat(90), "f".repeat(90));
        let nodes = [
            ("a/".to_string(), Node::Directory),
            ("a/run".to_string(), Node::File((*b"x").into(), 0o755)),
            ("a/link".to_string(), Node::Link("run".into())),
            (long, Node::File((*b"").into(), 0o644)),
        ];
        let mut archive = Archive::default();
        nodes.iter().for_each(|(name, node)| archive.add(name, node));
        let bytes = archive.finish();
        let (found, result) = Archive::read(&bytes);
        assert_eq!((found.as_slice(), result), (&nodes[..], Ok(())));
        assert_eq!(Archive::read(b"").1, Err(ArchiveError::Foreign));
        assert_eq!(Archive::read(&[b'x'; 600]).1, Err(ArchiveError::Foreign));
        assert_eq!(Archive::read(&bytes[..1024]).1, Err(ArchiveError::Cut));
    }
}
