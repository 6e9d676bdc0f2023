//! Walking documents with JSONPath templates.

use super::super::{Value, go};
use super::parse::{Bound, Node};
use std::cmp::Ordering;

/// What the nodes of a template find, one list of results for each.
pub(super) fn find(nodes: &[Node], document: &Value, allow_missing_keys: bool) -> Result<Vec<Vec<Value>>, String> {
    let mut walker = Walker { allow_missing_keys, begun: 0, ended: 0, inside: 0, last_end: 0 };
    let mut results = Vec::new();
    walker.block(nodes, 0, Some(document), &mut results)?;
    Ok(results)
}

struct Walker {
    allow_missing_keys: bool,
    /// Ranges met and not yet entered.
    begun: usize,
    /// Ends met and not yet left at.
    ended: usize,
    /// How many ranges the walk is in.
    inside: usize,
    /// Where the range left last has its end.
    last_end: usize,
}

impl Walker {
    /// Walks the template's nodes from `at` on, to the end of the range it is in.
    fn block(
        &mut self,
        nodes: &[Node],
        mut at: usize,
        document: Option<&Value>,
        out: &mut Vec<Vec<Value>>,
    ) -> Result<(), String> {
        let input: Vec<Value> = document.into_iter().cloned().collect();
        while let Some(node) = nodes.get(at) {
            let results = self.step(&input, node)?;
            if self.ended > 0 && self.ended <= self.inside {
                self.ended -= 1;
                self.last_end = at;
                return Ok(());
            }
            if self.begun > 0 {
                self.begun -= 1;
                self.inside += 1;
                if results.is_empty() {
                    // Nothing to print, but the way to the range's end must be found.
                    self.block(nodes, at + 1, None, &mut Vec::new())?;
                }
                for result in &results {
                    self.block(nodes, at + 1, Some(result), out)?;
                }
                self.inside -= 1;
                at = at.max(self.last_end) + 1;
                continue;
            }
            out.push(results);
            at += 1;
        }
        Ok(())
    }

    fn list(&mut self, input: &[Value], nodes: &[Node]) -> Result<Vec<Value>, String> {
        let mut values = input.to_vec();
        for node in nodes {
            values = self.step(&values, node)?;
        }
        Ok(values)
    }

    fn step(&mut self, input: &[Value], node: &Node) -> Result<Vec<Value>, String> {
        match node {
            Node::Literal(value) => Ok(vec![value.clone()]),
            Node::List(nodes) => self.list(input, nodes),
            Node::Field(name) => self.field(input, name),
            Node::Identifier(name) => match name.as_str() {
                "range" => {
                    self.begun += 1;
                    Ok(input.to_vec())
                }
                "end" if self.inside > 0 => {
                    self.ended += 1;
                    Ok(Vec::new())
                }
                "end" => Err("not in range, nothing to end".into()),
                _ => Err(format!("unrecognized identifier {name}")),
            },
            Node::Array(bounds) => array(input, bounds),
            Node::Filter(left, right, operator) => self.filter(input, left, right, operator),
            Node::Union(parts) => {
                let mut results = Vec::new();
                for part in parts {
                    results.extend(self.list(input, part)?);
                }
                Ok(results)
            }
            Node::Wildcard => Ok(input.iter().flat_map(children).cloned().collect()),
            Node::Recursive => {
                let mut results = Vec::new();
                input.iter().for_each(|value| descend(value, &mut results));
                Ok(results)
            }
        }
    }

    fn field(&self, input: &[Value], name: &str) -> Result<Vec<Value>, String> {
        let results: Vec<Value> = input.iter().filter_map(|value| value.get(name)).cloned().collect();
        if results.is_empty() && !input.is_empty() && !self.allow_missing_keys {
            return Err(format!("{name} is not found"));
        }
        Ok(results)
    }

    fn filter(&mut self, input: &[Value], left: &[Node], right: &[Node], operator: &str) -> Result<Vec<Value>, String> {
        let mut results = Vec::new();
        for value in input {
            let Some(items) = value.as_array() else {
                return Err(format!("{} is not array or slice and cannot be filtered", go::go_print(value)));
            };
            for item in items {
                let element = std::slice::from_ref(item);
                let lefts = self.list(element, left);
                if operator == "exists" {
                    if lefts.is_ok_and(|lefts| !lefts.is_empty()) {
                        results.push(item.clone());
                    }
                    continue;
                }
                let (lefts, rights) = (lefts?, self.list(element, right)?);
                match (&lefts[..], &rights[..]) {
                    ([], _) | (_, []) => {}
                    ([left], [right]) => {
                        if compare(left, right, operator)? {
                            results.push(item.clone());
                        }
                    }
                    _ => return Err("can only compare one element at a time".into()),
                }
            }
        }
        Ok(results)
    }
}

fn children(value: &Value) -> impl Iterator<Item = &Value> {
    value.items().iter().chain(value.entries().map(|(_, value)| value))
}

/// A value with something in it, and below it all that has.
fn descend(value: &Value, results: &mut Vec<Value>) {
    let inner = value.is_array() || value.is_object() || value.is_string();
    if inner && !value.is_empty() {
        results.push(value.clone());
        children(value).for_each(|child| descend(child, results));
    }
}

fn array(input: &[Value], bounds: &[Bound; 3]) -> Result<Vec<Value>, String> {
    let mut results = Vec::new();
    for value in input.iter().filter(|value| !value.is_null()) {
        let Some(items) = value.as_array() else {
            return Err(format!("{} is not array or slice", go::go_type(value)));
        };
        let length = items.len() as i64;
        let [mut start, mut end, step] = *bounds;
        if start.value < 0 {
            start.value += length;
        }
        if !end.known {
            end.value = length;
        }
        if end.value < 0 || end.value == 0 && end.derived {
            end.value += length;
        }
        if start.value == end.value {
            return Ok(results);
        }
        let outside = |index: i64| Err(format!("array index out of bounds: index {index}, length {length}"));
        if !(0..length).contains(&start.value) {
            return outside(start.value);
        }
        if !(0..=length).contains(&end.value) {
            return outside(end.value - 1);
        }
        if start.value > end.value {
            return Err(format!("starting index {} is greater than ending index {}", start.value, end.value));
        }
        if step.known && step.value <= 0 {
            return Err("step must be > 0".into());
        }
        let stride = if step.known { usize::try_from(step.value).unwrap_or(usize::MAX) } else { 1 };
        results.extend(items[start.value as usize..end.value as usize].iter().step_by(stride).cloned());
    }
    Ok(results)
}

fn compare(left: &Value, right: &Value, operator: &str) -> Result<bool, String> {
    let equal = || match (left, right) {
        (Value::Bool(a), Value::Bool(b)) => Ok(a == b),
        _ => go::order(left, right).map(|order| order == Some(Ordering::Equal)),
    };
    match operator {
        "==" => equal(),
        "!=" => equal().map(|equal| !equal),
        "<" => Ok(go::order(left, right)?.is_some_and(Ordering::is_lt)),
        "<=" => Ok(go::order(left, right)?.is_some_and(Ordering::is_le)),
        ">" => Ok(go::order(left, right)?.is_some_and(Ordering::is_gt)),
        ">=" => Ok(go::order(left, right)?.is_some_and(Ordering::is_ge)),
        _ => Err(format!("unrecognized filter operator {operator}")),
    }
}
