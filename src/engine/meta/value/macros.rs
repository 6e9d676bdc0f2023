//! The macro that writes documents in code.

/// Writes a [`Value`] as JSON is written: maps in braces, any expression that converts elsewhere.
///
/// ```
/// use tabernetes_engine::json;
/// let name = String::from("web");
/// let pod = json!({"kind": "Pod", "metadata": {"name": name, "labels": {}}, "ports": [80, 443]});
/// assert_eq!(pod["ports"][1], 443);
/// ```
#[macro_export]
macro_rules! json {
    (null) => { $crate::meta::Value::Null };
    ([]) => { $crate::meta::Value::array() };
    ([ $($items:tt)+ ]) => {{
        #[allow(unused_mut)]
        let mut items: Vec<$crate::meta::Value> = Vec::from([]);
        $crate::json!(@items items $($items)+);
        $crate::meta::Value::Array(std::rc::Rc::new(items))
    }};
    ({}) => { $crate::meta::Value::object() };
    ({ $($entries:tt)+ }) => {{
        let mut entries = $crate::meta::Entries::default();
        $crate::json!(@entries entries $($entries)+);
        $crate::meta::Value::from(entries)
    }};

    (@items $v:ident) => {};
    (@items $v:ident null $(, $($rest:tt)*)?) => { $v.push($crate::json!(null)); $($crate::json!(@items $v $($rest)*);)? };
    (@items $v:ident {$($inner:tt)*} $(, $($rest:tt)*)?) => { $v.push($crate::json!({$($inner)*})); $($crate::json!(@items $v $($rest)*);)? };
    (@items $v:ident [$($inner:tt)*] $(, $($rest:tt)*)?) => { $v.push($crate::json!([$($inner)*])); $($crate::json!(@items $v $($rest)*);)? };
    (@items $v:ident $item:expr $(, $($rest:tt)*)?) => { $v.push($crate::meta::Value::from($item)); $($crate::json!(@items $v $($rest)*);)? };

    (@entries $m:ident) => {};
    (@entries $m:ident $key:literal : null $(, $($rest:tt)*)?) => { $m.field($key, $crate::json!(null)); $($crate::json!(@entries $m $($rest)*);)? };
    (@entries $m:ident $key:literal : {$($inner:tt)*} $(, $($rest:tt)*)?) => { $m.field($key, $crate::json!({$($inner)*})); $($crate::json!(@entries $m $($rest)*);)? };
    (@entries $m:ident $key:literal : [$($inner:tt)*] $(, $($rest:tt)*)?) => { $m.field($key, $crate::json!([$($inner)*])); $($crate::json!(@entries $m $($rest)*);)? };
    (@entries $m:ident $key:literal : $value:expr $(, $($rest:tt)*)?) => { $m.field($key, $crate::meta::Value::from($value)); $($crate::json!(@entries $m $($rest)*);)? };
    (@entries $m:ident $key:tt : null $(, $($rest:tt)*)?) => { $m.add($key, $crate::json!(null)); $($crate::json!(@entries $m $($rest)*);)? };
    (@entries $m:ident $key:tt : {$($inner:tt)*} $(, $($rest:tt)*)?) => { $m.add($key, $crate::json!({$($inner)*})); $($crate::json!(@entries $m $($rest)*);)? };
    (@entries $m:ident $key:tt : [$($inner:tt)*] $(, $($rest:tt)*)?) => { $m.add($key, $crate::json!([$($inner)*])); $($crate::json!(@entries $m $($rest)*);)? };
    (@entries $m:ident $key:tt : $value:expr $(, $($rest:tt)*)?) => { $m.add($key, $crate::meta::Value::from($value)); $($crate::json!(@entries $m $($rest)*);)? };

    ($value:expr) => { $crate::meta::Value::from($value) };
}
