//! What a terminal shows: its output, cut into one block per command line.

use std::rc::Rc;
use tabernetes_engine::playground::{Chunk, Stream};

/// The most blocks a terminal keeps on screen; older ones scroll away for good.
const MAX_BLOCKS: usize = 500;
/// The prompt before the rest of a command that is not complete.
const CONTINUING: &str = "> ";

/// A command line and what it printed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    /// Tells blocks of one terminal apart.
    pub key: usize,
    /// The prompt and the line as they were entered, if a line began this block.
    pub entered: Option<(Rc<str>, Rc<str>)>,
    /// What was printed, in order.
    pub output: Vec<(Stream, Rc<str>)>,
}

/// One terminal's output.
#[derive(Clone, Debug, Default)]
pub struct Screen {
    /// The blocks, oldest first.
    pub blocks: Vec<Rc<Block>>,
    /// How many chunks were taken from the terminal.
    taken: usize,
    next_key: usize,
}

impl Screen {
    /// Takes over what the terminal has shown since the last call.
    pub fn take(&mut self, chunks: &[Chunk]) {
        for chunk in chunks.get(self.taken..).unwrap_or_default() {
            self.add(chunk.stream, &chunk.text);
        }
        self.taken = chunks.len();
        let surplus = self.blocks.len().saturating_sub(MAX_BLOCKS);
        self.blocks.drain(..surplus);
    }

    /// Empties the screen, as Ctrl-L does.
    pub fn clear(&mut self) {
        self.blocks.clear();
    }

    fn add(&mut self, stream: Stream, text: &str) {
        match stream {
            Stream::Clear => self.clear(),
            Stream::Prompt if text == CONTINUING => self.last().output.push((stream, text.into())),
            Stream::Prompt => {
                self.next_key += 1;
                let entered = Some((text.into(), "".into()));
                self.blocks.push(Rc::new(Block { key: self.next_key, entered, output: Vec::new() }));
            }
            Stream::Echo => match self.last() {
                Block { entered: Some((_, line)), output, .. } if output.is_empty() && line.is_empty() => {
                    *line = text.into()
                }
                block => block.output.push((stream, format!("{text}\n").into())),
            },
            _ => self.last().output.push((stream, without_colours(text).into())),
        }
    }

    fn last(&mut self) -> &mut Block {
        if self.blocks.is_empty() {
            self.next_key += 1;
            self.blocks.push(Rc::new(Block { key: self.next_key, ..Block::default() }));
        }
        let at = self.blocks.len() - 1;
        Rc::make_mut(&mut self.blocks[at])
    }
}

/// A text without the sequences that colour it in a terminal.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let first = parts.next().unwrap_or_default();
    let rest = parts.map(|part| part.split_once(|c: char| c.is_ascii_alphabetic()).map_or("", |(_, rest)| rest));
    std::iter::once(first).chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(chunks: &[(Stream, &str)]) -> Vec<String> {
        let mut screen = Screen::default();
        let chunks: Vec<Chunk> =
            chunks.iter().map(|(stream, text)| Chunk { stream: *stream, text: text.to_string() }).collect();
        screen.take(&chunks);
        let block = |block: &Rc<Block>| {
            let entered = block.entered.iter().map(|(prompt, line)| format!("{prompt}|{line}|"));
            entered.chain(block.output.iter().map(|(_, text)| text.to_string())).collect()
        };
        screen.blocks.iter().map(block).collect()
    }

    #[test]
    fn blocks_begin_with_prompts() {
        use Stream::{Clear, Echo, Out, Prompt};
        let two = [(Prompt, "$ "), (Echo, "a"), (Prompt, "$ "), (Echo, "b"), (Out, "x\n")];
        assert_eq!(shown(&two), ["$ |a|", "$ |b|x\n"]);
        let here = [(Prompt, "$ "), (Echo, "cat <<E"), (Prompt, "> "), (Echo, "x")];
        assert_eq!(shown(&here), ["$ |cat <<E|> x\n"]);
        let typed = [(Prompt, "$ "), (Echo, "cat"), (Echo, "typed"), (Out, "typed\n")];
        assert_eq!(shown(&typed), ["$ |cat|typed\ntyped\n"]);
        assert_eq!(shown(&[(Prompt, "$ "), (Echo, "clear"), (Clear, "")]), Vec::<String>::new());
        assert_eq!(shown(&[(Out, "\x1b[0;32mx\x1b[0m y")]), ["x y"]);
    }
}
