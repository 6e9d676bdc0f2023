//! A divider between two panes: drag it, move it with the arrow keys, put it back with a double click.

use crate::app::event::{Divider, Event};
use crate::words::t;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

/// See [`DividerBar`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// Which one.
    pub divider: Divider,
    /// Where it stands, in percent.
    pub percent: f64,
    /// Takes events.
    pub on: Callback<Event>,
}

/// The percentage that a pointer means: of the parent's width from the left, or height from the bottom.
fn place(divider: Divider, event: &PointerEvent) -> Option<f64> {
    let bar = event.current_target()?.dyn_into::<HtmlElement>().ok()?;
    let parent = bar.parent_element()?.get_bounding_client_rect();
    Some(match divider {
        Divider::Columns => (f64::from(event.client_x()) - parent.left()) / parent.width() * 100.0,
        Divider::Rows => (parent.bottom() - f64::from(event.client_y())) / parent.height() * 100.0,
    })
}

/// The bar.
#[component]
pub fn DividerBar(props: &Props) -> Html {
    let Props { divider, percent, on } = props;
    let (divider, percent) = (*divider, *percent);
    let (name, label, orientation) = match divider {
        Divider::Columns => ("columns", t("resize-columns"), "vertical"),
        Divider::Rows => ("rows", t("resize-rows"), "horizontal"),
    };
    let onpointerdown = Callback::from(|event: PointerEvent| {
        let bar = event.current_target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
        let _ = bar.map(|bar| bar.set_pointer_capture(event.pointer_id()));
    });
    let onpointermove = {
        let on = on.clone();
        Callback::from(move |event: PointerEvent| {
            if event.buttons() == 1
                && let Some(percent) = place(divider, &event)
            {
                on.emit(Event::Resize(divider, percent));
            }
        })
    };
    let onkeydown = {
        let on = on.clone();
        Callback::from(move |event: KeyboardEvent| {
            let step = match event.key().as_str() {
                "ArrowLeft" | "ArrowDown" => -2.0,
                "ArrowRight" | "ArrowUp" => 2.0,
                _ => return,
            };
            event.prevent_default();
            on.emit(Event::Resize(divider, percent + step));
        })
    };
    let ondblclick = on.reform(move |_: MouseEvent| Event::Resize(divider, f64::NAN));
    html! {
        <div class={classes!("divider", name)} role="separator" tabindex="0" aria-label={label} aria-orientation={orientation}
            aria-valuenow={format!("{percent:.0}")} aria-valuemin="15" aria-valuemax="85"
            {onpointerdown} {onpointermove} {onkeydown} {ondblclick} />
    }
}
