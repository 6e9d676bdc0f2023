//! What the kernel's terminal does between a client in raw mode and a process: it echoes, collects
//! lines that can still be mended, and begins lines of output at the left.
//!
//! In the page the terminal itself edits lines, so this is for clients over the wire alone.

const INTERRUPT: u8 = 3;
const END_OF_INPUT: u8 = 4;
const BACKSPACE: u8 = 8;
const KILL_LINE: u8 = 0x15;
const ERASE_WORD: u8 = 0x17;
const DELETE: u8 = 0x7f;

/// A terminal in its usual (canonical) mode.
#[derive(Default)]
pub struct Tty {
    line: Vec<u8>,
    /// Whether the last byte of the output was a carriage return.
    returned: bool,
}

impl Tty {
    /// Takes typed bytes: what the process gets to read, and what the terminal shows.
    pub fn typed(&mut self, bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let (mut input, mut echo) = (Vec::new(), Vec::new());
        for &byte in bytes {
            match byte {
                b'\r' | b'\n' => {
                    input.append(&mut self.line);
                    input.push(b'\n');
                    echo.extend(b"\r\n");
                }
                BACKSPACE | DELETE => self.erase(1, &mut echo),
                KILL_LINE => self.erase(usize::MAX, &mut echo),
                ERASE_WORD => {
                    let text = String::from_utf8_lossy(&self.line).into_owned();
                    let left = text.trim_end().trim_end_matches(|c: char| !c.is_whitespace());
                    self.erase(text.chars().count() - left.chars().count(), &mut echo);
                }
                INTERRUPT => {
                    self.line.clear();
                    input.push(INTERRUPT);
                }
                // In the middle of a line it passes on what there is; else it ends the input.
                END_OF_INPUT if !self.line.is_empty() => input.append(&mut self.line),
                END_OF_INPUT => input.push(END_OF_INPUT),
                b'\t' | b' '.. => {
                    self.line.push(byte);
                    echo.push(byte);
                }
                control => {
                    self.line.push(control);
                    echo.extend([b'^', control ^ 0x40]);
                }
            }
        }
        (input, echo)
    }

    /// Takes that many characters back.
    fn erase(&mut self, count: usize, echo: &mut Vec<u8>) {
        for _ in 0..count {
            // A character's last byte, and the rest of it before that.
            while self.line.pop_if(|byte| *byte & 0xc0 == 0x80).is_some() {}
            let Some(first) = self.line.pop() else { return };
            let shown = if first < b' ' && first != b'\t' { 2 } else { 1 };
            (0..shown).for_each(|_| echo.extend(b"\x08 \x08"));
        }
    }

    /// What the terminal shows of a process's output.
    pub fn shown(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut shown = Vec::with_capacity(bytes.len());
        for &byte in bytes {
            if byte == b'\n' && !self.returned {
                shown.push(b'\r');
            }
            shown.push(byte);
            self.returned = byte == b'\r';
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::Tty;

    #[test]
    fn lines_can_be_mended() {
        for (typed, input, echo) in [
            ("ls\r", "ls\n", "ls\r\n"),
            ("lx\u{7f}s\r", "ls\n", "lx\u{8} \u{8}s\r\n"),
            ("\u{e9}\u{7f}e\r", "e\n", "\u{e9}\u{8} \u{8}e\r\n"),
            ("a\u{15}b\r", "b\n", "a\u{8} \u{8}b\r\n"),
            ("a bc \u{17}d\r", "a d\n", "a bc \u{8} \u{8}\u{8} \u{8}\u{8} \u{8}d\r\n"),
            ("\u{7f}\u{15}\u{17}", "", ""),
            ("\u{4}", "\u{4}", ""),
            ("cat\u{4}", "cat", "cat"),
            ("a\u{3}", "\u{3}", "a"),
            ("\u{1b}\u{7f}\r", "\n", "^[\u{8} \u{8}\u{8} \u{8}\r\n"),
        ] {
            let (got, shown) = Tty::default().typed(typed.as_bytes());
            assert_eq!((got, shown), (input.into(), echo.into()), "{typed:?}");
        }
    }

    #[test]
    fn output_begins_at_the_left() {
        let mut tty = Tty::default();
        assert_eq!(tty.shown(b"a\nb\r"), b"a\r\nb\r");
        assert_eq!(tty.shown(b"\n"), b"\n");
    }
}
