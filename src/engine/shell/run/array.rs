//! Arrays: indexed ones, which may have holes, and named ones, which bash lists in the order of its hash table.

/// An array.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Array {
    named: bool,
    /// In order of their places.
    items: Vec<Element>,
}

#[derive(Clone, Debug, PartialEq)]
struct Element {
    /// The index, or the bucket of the key.
    place: i64,
    /// The key, in a named array.
    key: String,
    text: String,
}

/// How many buckets bash's hash tables have.
const BUCKETS: u32 = 1024;

impl From<Vec<String>> for Array {
    fn from(texts: Vec<String>) -> Array {
        let mut array = Array::default();
        texts.into_iter().for_each(|text| array.push(text));
        array
    }
}

impl Array {
    /// An empty array whose keys are names.
    pub fn named() -> Array {
        Array { named: true, items: Vec::new() }
    }

    /// Whether its keys are names.
    pub fn is_named(&self) -> bool {
        self.named
    }

    /// The place of a key; negative indexes count from the end.
    fn place(&self, key: &str) -> i64 {
        if self.named {
            let step = |hash: u32, byte: u8| hash.wrapping_mul(16_777_619) ^ u32::from(byte);
            return i64::from(key.bytes().fold(2_166_136_261, step) % BUCKETS);
        }
        let index = key.parse::<i64>().unwrap_or(0);
        if index < 0 { index + self.end() } else { index }
    }

    /// The place behind the last.
    fn end(&self) -> i64 {
        self.items.last().map_or(0, |item| item.place + 1)
    }

    /// Where an element stands, or would be put: a new key before the others of its bucket.
    fn find(&self, key: &str) -> Result<usize, (usize, i64)> {
        let place = self.place(key);
        let from = self.items.partition_point(|item| item.place < place);
        let here = self.items[from..].iter().take_while(|item| item.place == place);
        let named = |item: &Element| !self.named || item.key == key;
        here.clone().position(named).map(|at| at + from).ok_or((from, place))
    }

    /// The text of an element.
    pub fn get(&self, key: &str) -> Option<&String> {
        self.find(key).ok().map(|at| &self.items[at].text)
    }

    /// Sets an element. False if there can be none: a negative index before the first.
    pub fn set(&mut self, key: &str, text: String) -> bool {
        match self.find(key) {
            Ok(at) => self.items[at].text = text,
            Err((_, place)) if place < 0 => return false,
            Err((at, place)) => {
                let key = if self.named { key.into() } else { String::new() };
                self.items.insert(at, Element { place, key, text });
            }
        }
        true
    }

    /// Removes an element.
    pub fn remove(&mut self, key: &str) {
        if let Ok(at) = self.find(key) {
            self.items.remove(at);
        }
    }

    /// Adds an element behind the last.
    pub fn push(&mut self, text: String) {
        let place = self.end();
        self.items.push(Element { place, key: String::new(), text });
    }

    /// All texts.
    pub fn texts(&self) -> Vec<String> {
        self.items.iter().map(|item| item.text.clone()).collect()
    }

    /// All keys.
    pub fn keys(&self) -> Vec<String> {
        let key = |item: &Element| if self.named { item.key.clone() } else { item.place.to_string() };
        self.items.iter().map(key).collect()
    }

    /// The array as `declare` would have to read it.
    pub fn source(&self) -> String {
        let keys = self.keys();
        let pairs =
            keys.iter().zip(&self.items).map(|(key, item)| format!("[{key}]=\"{}\"", super::escape(&item.text)));
        let gap = if self.named && !self.items.is_empty() { " " } else { "" };
        format!("({}{gap})", pairs.collect::<Vec<_>>().join(" "))
    }
}
