//! Working an expression out.

use super::super::{Map, Value};
use super::data::{Data, NO_OVERLOAD};
use super::functions;
use super::parse::{Expr, Macro, Node};

/// A variable, and those outside of it.
pub struct Scope<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it stands for.
    pub value: &'a Data,
    /// What can be named besides.
    pub outer: Option<&'a Scope<'a>>,
}

impl<'a> Scope<'a> {
    fn find(scope: Option<&'a Scope<'a>>, name: &str) -> Option<&'a Data> {
        let mut next = scope;
        while let Some(scope) = next {
            if scope.name == name {
                return Some(scope.value);
            }
            next = scope.outer;
        }
        None
    }
}

/// How much work is left.
pub struct Budget(usize);

impl Default for Budget {
    fn default() -> Budget {
        Budget(1_000_000)
    }
}

impl Budget {
    /// Takes some of it.
    pub fn spend(&mut self, cost: usize) -> Result<(), String> {
        let left = self.0.checked_sub(cost).ok_or("operation cancelled: actual cost limit exceeded")?;
        self.0 = left;
        Ok(())
    }
}

type Out = Result<Data, String>;

/// Works out one part.
pub fn eval(expr: &Expr, scope: Option<&Scope>, budget: &mut Budget) -> Out {
    budget.spend(1)?;
    match &expr.node {
        Node::Literal(value) => Ok(Data::Value(value.clone())),
        Node::Ident(name) => match Scope::find(scope, name) {
            Some(value) => Ok(value.clone()),
            None => functions::type_named(name).map(Data::Type).ok_or_else(|| format!("no such attribute(s): {name}")),
        },
        Node::Select(target, field, optional) => select(eval(target, scope, budget)?, field, *optional),
        Node::Index(target, index, optional) => {
            let target = eval(target, scope, budget)?;
            let index = eval(index, scope, budget)?;
            at(target, &index, *optional)
        }
        Node::Has(target, field) => match eval(target, scope, budget)? {
            Data::Value(Value::Object(map)) => Ok(Data::of(map.contains_key(field))),
            Data::Optional(inner) => Ok(Data::of(
                inner.is_some_and(|inner| inner.value().is_some_and(|value| value.get(field.as_str()).is_some())),
            )),
            _ => Err(NO_OVERLOAD.into()),
        },
        Node::List(items) => {
            let items: Result<Vec<Value>, String> =
                items.iter().map(|item| eval(item, scope, budget).map(Data::into_value)).collect();
            Ok(Data::Value(items?.into()))
        }
        Node::Map(entries) => {
            let mut map = Map::new();
            for (key, value) in entries {
                let key = key_text(&eval(key, scope, budget)?)?;
                map.insert(key, eval(value, scope, budget)?.into_value());
            }
            Ok(Data::Value(Value::Object(map)))
        }
        Node::Call(name, arguments) => {
            let arguments: Result<Vec<Data>, String> =
                arguments.iter().map(|argument| eval(argument, scope, budget)).collect();
            functions::call(name, &arguments?, budget)
        }
        Node::Each(kind, range, variable, bodies) => {
            let range = eval(range, scope, budget)?;
            each(*kind, &range, variable, bodies, scope, budget)
        }
        Node::Bind(name, value, body) => {
            let value = eval(value, scope, budget)?;
            eval(body, Some(&Scope { name, value: &value, outer: scope }), budget)
        }
        Node::Not(inner) => match eval(inner, scope, budget)?.as_bool() {
            Some(value) => Ok(Data::of(!value)),
            None => Err(NO_OVERLOAD.into()),
        },
        Node::Negate(inner) => match eval(inner, scope, budget)? {
            Data::Value(Value::Int(n)) => {
                n.checked_neg().or((n == i64::MIN).then_some(n)).map(Data::of).ok_or(OVERFLOW.into())
            }
            Data::Value(Value::Float(n)) => Ok(Data::of(-n)),
            Data::Duration(n) => Ok(Data::Duration(n.saturating_neg())),
            _ => Err(NO_OVERLOAD.into()),
        },
        Node::If(condition, yes, no) => match eval(condition, scope, budget)?.as_bool() {
            Some(true) => eval(yes, scope, budget),
            Some(false) => eval(no, scope, budget),
            None => Err(NO_OVERLOAD.into()),
        },
        Node::Binary(operator @ ("&&" | "||"), left, right) => {
            // What decides the matter decides it, even where the other side fails.
            let decides = *operator == "||";
            let left = truth(eval(left, scope, budget));
            if left == Ok(decides) {
                return Ok(Data::of(decides));
            }
            let right = truth(eval(right, scope, budget))?;
            if right == decides { Ok(Data::of(decides)) } else { left.map(Data::of) }
        }
        Node::Binary(operator, left, right) => {
            let left = eval(left, scope, budget)?;
            let right = eval(right, scope, budget)?;
            binary(operator, &left, &right, budget)
        }
    }
}

fn truth(result: Out) -> Result<bool, String> {
    result?.as_bool().ok_or_else(|| NO_OVERLOAD.into())
}

/// The text of a map's key.
fn key_text(key: &Data) -> Result<String, String> {
    match key.value() {
        Some(Value::String(text)) => Ok(text.to_string()),
        Some(value @ (Value::Int(_) | Value::Bool(_))) => Ok(value.to_json()),
        _ => Err("unsupported key type".into()),
    }
}

fn select(target: Data, field: &str, optional: bool) -> Out {
    let (target, optional) = match target {
        Data::Optional(None) => return Ok(Data::Optional(None)),
        Data::Optional(Some(inner)) => (*inner, true),
        target => (target, optional),
    };
    let found = match target.value() {
        Some(Value::Object(map)) => map.get(field).cloned(),
        _ => return Err(NO_OVERLOAD.into()),
    };
    match (found, optional) {
        (found, true) => Ok(Data::Optional(found.map(|value| Box::new(Data::Value(value))))),
        (Some(value), false) => Ok(Data::Value(value)),
        (None, false) => Err(format!("no such key: {field}")),
    }
}

fn at(target: Data, index: &Data, optional: bool) -> Out {
    match &target {
        Data::Optional(_) => select(target, &key_text(index)?, optional),
        Data::Value(Value::Object(_)) => select(target, &key_text(index)?, optional),
        Data::Value(Value::Array(items)) => {
            let place = index.int()?;
            let found = usize::try_from(place).ok().and_then(|at| items.get(at)).cloned();
            match (found, optional) {
                (found, true) => Ok(Data::Optional(found.map(|value| Box::new(Data::Value(value))))),
                (Some(value), false) => Ok(Data::Value(value)),
                (None, false) => Err(format!("index out of bounds: {place}")),
            }
        }
        _ => Err(NO_OVERLOAD.into()),
    }
}

/// The macros: what is said of each element of a list, or key of a map.
fn each(kind: Macro, range: &Data, name: &str, bodies: &[Expr], scope: Option<&Scope>, budget: &mut Budget) -> Out {
    let items: Vec<Value> = match range.value() {
        Some(Value::Array(items)) => items.to_vec(),
        Some(Value::Object(map)) => map.keys().map(|key| key.as_str().into()).collect(),
        _ => return Err(NO_OVERLOAD.into()),
    };
    let (mut kept, mut count, mut problem) = (Vec::new(), 0, None);
    for item in items {
        let value = Data::Value(item);
        let inner = Scope { name, value: &value, outer: scope };
        let mut said = |body: &Expr| eval(body, Some(&inner), budget);
        match (kind, bodies) {
            (Macro::Map, [body]) => kept.push(said(body)?.into_value()),
            (Macro::Map, [condition, body]) => {
                if truth(said(condition))? {
                    kept.push(said(body)?.into_value());
                }
            }
            (Macro::Filter, [body]) => {
                if truth(said(body))? {
                    kept.push(value.into_value());
                }
            }
            (Macro::ExistsOne, [body]) => count += usize::from(truth(said(body))?),
            (Macro::All | Macro::Exists, [body]) => match truth(said(body)) {
                Ok(holds) if holds == (kind == Macro::Exists) => return Ok(Data::of(holds)),
                Ok(_) => {}
                Err(why) => problem = Some(why),
            },
            _ => return Err(NO_OVERLOAD.into()),
        }
    }
    match (kind, problem) {
        (_, Some(why)) => Err(why),
        (Macro::All, _) => Ok(Data::of(true)),
        (Macro::Exists, _) => Ok(Data::of(false)),
        (Macro::ExistsOne, _) => Ok(Data::of(count == 1)),
        (Macro::Filter | Macro::Map, _) => Ok(Data::Value(kept.into())),
    }
}

const OVERFLOW: &str = "integer overflow";

fn binary(operator: &str, left: &Data, right: &Data, budget: &mut Budget) -> Out {
    match operator {
        "==" => return Ok(Data::of(left.equals(right))),
        "!=" => return Ok(Data::of(!left.equals(right))),
        "<" => return left.order(right).map(|order| Data::of(order.is_lt())),
        "<=" => return left.order(right).map(|order| Data::of(order.is_le())),
        ">" => return left.order(right).map(|order| Data::of(order.is_gt())),
        ">=" => return left.order(right).map(|order| Data::of(order.is_ge())),
        "in" => {
            return match right.value() {
                Some(Value::Array(items)) => {
                    budget.spend(items.len())?;
                    Ok(Data::of(items.iter().any(|item| left.equals(&Data::Value(item.clone())))))
                }
                Some(Value::Object(map)) => Ok(Data::of(map.contains_key(&key_text(left)?))),
                _ => Err(NO_OVERLOAD.into()),
            };
        }
        _ => {}
    }
    match (left, right) {
        (Data::Value(Value::Int(a)), Data::Value(Value::Int(b))) => {
            let result = match operator {
                "+" => a.checked_add(*b),
                "-" => a.checked_sub(*b),
                "*" => a.checked_mul(*b),
                "/" if *b == 0 => return Err("division by zero".into()),
                "/" => a.checked_div(*b),
                "%" if *b == 0 => return Err("modulus by zero".into()),
                _ => a.checked_rem(*b),
            };
            result.map(Data::of).ok_or_else(|| OVERFLOW.into())
        }
        (Data::Value(Value::Float(a)), Data::Value(Value::Float(b))) => match operator {
            "+" => Ok(Data::of(a + b)),
            "-" => Ok(Data::of(a - b)),
            "*" => Ok(Data::of(a * b)),
            "/" => Ok(Data::of(a / b)),
            _ => Err(NO_OVERLOAD.into()),
        },
        (Data::Value(Value::String(a)), Data::Value(Value::String(b))) if operator == "+" => {
            budget.spend(a.len() + b.len())?;
            Ok(Data::of(format!("{a}{b}")))
        }
        (Data::Value(Value::Array(a)), Data::Value(Value::Array(b))) if operator == "+" => {
            budget.spend(a.len() + b.len())?;
            Ok(Data::Value(a.iter().chain(b.iter()).cloned().collect::<Vec<_>>().into()))
        }
        (Data::Time(a), Data::Time(b)) if operator == "-" => Ok(Data::Duration(a.0.saturating_sub(b.0))),
        (Data::Time(a), Data::Duration(b)) | (Data::Duration(b), Data::Time(a)) => match operator {
            "+" => Ok(Data::Time(super::super::Time(a.0.saturating_add(*b)))),
            "-" => Ok(Data::Time(super::super::Time(a.0.saturating_sub(*b)))),
            _ => Err(NO_OVERLOAD.into()),
        },
        (Data::Duration(a), Data::Duration(b)) => match operator {
            "+" => Ok(Data::Duration(a.saturating_add(*b))),
            "-" => Ok(Data::Duration(a.saturating_sub(*b))),
            _ => Err(NO_OVERLOAD.into()),
        },
        // Numbers of two types are compared, but not reckoned with.
        _ => Err(NO_OVERLOAD.into()),
    }
}
