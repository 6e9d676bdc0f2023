//! What is wrong with an expression whatever the object: names that stand for nothing, and fields
//! that the schema does not have.

use super::super::Value;
use super::functions;
use super::parse::{Expr, Macro, Node};

/// What is known of a variable: its name and its schema, if it has one.
pub(super) struct Known<'s, 'a> {
    pub name: &'s str,
    pub schema: Option<&'a Value>,
    pub outer: Option<&'s Known<'s, 'a>>,
}

/// A mistake and its place.
type Mistake = (usize, String);

/// Looks an expression through; gives the schema of what it comes to, if that is known.
pub(super) fn check<'a>(expr: &Expr, known: Option<&Known<'_, 'a>>) -> Result<Option<&'a Value>, Mistake> {
    let inner = |expr: &Expr| check(expr, known);
    match &expr.node {
        Node::Literal(_) => Ok(None),
        Node::Ident(name) => {
            let mut next = known;
            while let Some(variable) = next {
                if variable.name == name {
                    return Ok(variable.schema);
                }
                next = variable.outer;
            }
            match functions::type_named(name) {
                Some(_) => Ok(None),
                None => Err((expr.at, format!("undeclared reference to '{name}' (in container '')"))),
            }
        }
        Node::Select(target, field, _) | Node::Has(target, field) => {
            let found = match inner(target)? {
                Some(schema) => below(schema, field).map_err(|()| (expr.at, format!("undefined field '{field}'")))?,
                None => None,
            };
            Ok(found.filter(|_| matches!(expr.node, Node::Select(..))))
        }
        Node::Index(target, index, _) => {
            inner(index)?;
            Ok(inner(target)?.and_then(element))
        }
        Node::Call(name, arguments) => {
            arguments.iter().try_for_each(|argument| inner(argument).map(drop))?;
            match functions::is_known(name) {
                true => Ok(None),
                false => Err((expr.at, format!("undeclared reference to '{name}' (in container '')"))),
            }
        }
        Node::Each(kind, range, name, bodies) => {
            let range = inner(range)?;
            let schema = range.filter(|range| range["type"] == "array").and_then(element);
            let scope = Known { name, schema, outer: known };
            bodies.iter().try_for_each(|body| check(body, Some(&scope)).map(drop))?;
            Ok(range.filter(|_| *kind == Macro::Filter))
        }
        Node::Bind(name, value, body) => {
            let scope = Known { name, schema: inner(value)?, outer: known };
            check(body, Some(&scope))
        }
        Node::If(condition, yes, no) => {
            inner(condition)?;
            inner(no)?;
            inner(yes)
        }
        Node::List(_) | Node::Map(_) | Node::Not(_) | Node::Negate(_) | Node::Binary(..) => {
            expr.node.children().into_iter().try_for_each(|child| inner(child).map(drop))?;
            Ok(None)
        }
    }
}

/// The schema of a field; an error if there can be no such field.
fn below<'a>(schema: &'a Value, field: &str) -> Result<Option<&'a Value>, ()> {
    if let Some(property) = schema["properties"].get(field) {
        return Ok(Some(property));
    }
    let open = schema["x-kubernetes-preserve-unknown-fields"].bool() || schema["x-kubernetes-embedded-resource"].bool();
    match &schema["additionalProperties"] {
        Value::Object(_) => Ok(Some(&schema["additionalProperties"])),
        Value::Bool(true) => Ok(None),
        _ if open || schema["type"] != "object" => Ok(None),
        _ => Err(()),
    }
}

/// The schema of the elements of a list or map.
fn element(schema: &Value) -> Option<&Value> {
    ["items", "additionalProperties"].into_iter().map(|field| &schema[field]).find(|inner| inner.is_object())
}
