//! The ways to change a document: JSON patches, JSON merge patches, strategic merge patches, and
//! `kubectl apply`'s three-way merges.

mod diff;
mod json;
mod merge;
mod strategic;

pub use diff::{strategic_diff, strategic_three_way};
pub use json::json_patch;
pub use merge::{merge_diff, merge_patch, merge_three_way};
pub use strategic::strategic_patch;

use super::Value;
use crate::schema::{Shape, Type};

/// The directive within a map: `replace`, `merge` or `delete`.
const PATCH: &str = "$patch";
const RETAIN_KEYS: &str = "$retainKeys";
const DELETE_FROM: &str = "$deleteFromPrimitiveList/";
const SET_ORDER: &str = "$setElementOrder/";

/// How a strategic patch treats a field: what the schema says of it.
#[derive(Clone, Copy, Default)]
struct Strategy {
    /// The type of the field's value, or of its items.
    target: Option<&'static Type>,
    /// The key by which the list merges; empty for lists of plain values; none to replace it.
    merge: Option<&'static str>,
    retain_keys: bool,
}

fn strategy(ty: Option<&'static Type>, field: &str) -> Strategy {
    let Some(field) = ty.and_then(|ty| ty.field(field)) else {
        return Strategy::default();
    };
    // The entries of a map (such as `data`) are merged, whatever their type says.
    let target = if matches!(field.shape, Shape::Map(_)) { None } else { field.shape.target() };
    Strategy { target, merge: field.patch_merge, retain_keys: field.retain_keys }
}

/// The position in `list` of what is the same as `item`: by its merge key, or by value.
fn position(list: &[Value], item: &Value, key: &str) -> Option<usize> {
    if key.is_empty() {
        return list.iter().position(|other| other == item);
    }
    let wanted = item.get(key)?;
    list.iter().position(|other| other.get(key) == Some(wanted))
}

/// `items` in the order of `order`; what is not in it stays behind in its own order.
fn sort_by_order(items: Vec<Value>, order: &[Value], key: &str) -> Vec<Value> {
    let (mut known, rest): (Vec<_>, Vec<_>) =
        items.into_iter().map(|item| (position(order, &item, key), item)).partition(|(at, _)| at.is_some());
    known.sort_by_key(|(at, _)| *at);
    known.into_iter().chain(rest).map(|(_, item)| item).collect()
}

/// Puts a merged list in order: what the patch names in the patch's order, the server's own items
/// among them where the server had them.
fn interleave(merged: Vec<Value>, patch: &[Value], server: &[Value], key: &str) -> Vec<Value> {
    let (named, own): (Vec<_>, Vec<_>) = merged.into_iter().partition(|item| position(patch, item, key).is_some());
    let named = sort_by_order(named, patch, key);
    let own = sort_by_order(own, server, key);
    let mut out = Vec::with_capacity(named.len() + own.len());
    let (mut named, mut own) = (named.into_iter().peekable(), own.into_iter().peekable());
    while let (Some(left), Some(right)) = (own.peek(), named.peek()) {
        let places = position(server, left, key).zip(position(server, right, key));
        let before = places.is_some_and(|(left, right)| left < right);
        out.extend(if before { own.next() } else { named.next() });
    }
    out.extend(own);
    out.extend(named);
    out
}

#[cfg(test)]
mod tests;
