//! The graph: namespaces (or nodes) as areas, owners and their pods in them, live.
//!
//! [`layout`] says what stands where, [`pod`] draws one pod; here is the whole, and the selector field.

pub mod layout;
mod pod;

use super::icon::{icon, status};
use crate::app::browser;
use crate::app::event::{Event, Grouping};
use crate::words::t;
use layout::{Area, Group, Places};
use pod::{Dot, Pod};
use std::rc::Rc;
use tabernetes_engine::meta::SortedSet;
use tabernetes_engine::playground::{self, ObjectView, View};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement};
use yew::prelude::*;

/// A group of more pods than this is drawn as dots.
const MAX_CARDS: usize = 48;
/// What to try in an empty cluster.
const FIRST_STEPS: &[&str] = &[
    "kubectl run hello --image=nginx",
    "kubectl create deployment web --image=nginx --replicas=3",
    "kubectl get pods --all-namespaces",
];

/// See [`Graph`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The cluster.
    pub view: Rc<View>,
    /// By namespace or node.
    pub grouping: Grouping,
    /// What is in the selector field.
    pub selector: String,
    /// The selector of what the pointer rests on.
    pub lit: Option<String>,
    /// Areas that are not as they are at first.
    pub toggled: Rc<SortedSet<String>>,
    /// The uid of the object in the inspector.
    pub selected: Option<String>,
    /// Takes events.
    pub on: Callback<Event>,
}

/// What the tree's name for an object is, for screen readers and tests alike.
pub fn tree_name(object: &ObjectView) -> String {
    let slash = if object.namespace.is_empty() { "" } else { "/" };
    let comma = if object.status.is_empty() { "" } else { ", " };
    format!("{} {}{slash}{}{comma}{}", object.singular, object.namespace, object.name, object.status)
}

/// Labels as chips, one hue per key; of more than `most`, how many more there are.
pub fn chips(labels: &[(String, String)], most: usize) -> Html {
    let chip = |(key, value): &(String, String)| {
        let style = format!("--hue:{}", hue(key));
        html! { <span class="chip" {style} title={format!("{key}={value}")}><b>{ key }</b>{ "=" }{ value }</span> }
    };
    let more = labels.len().saturating_sub(most);
    html! {
        <span class="chips">
            { for labels.iter().take(most).map(chip) }
            if more > 0 { <span class="dim">{ format!("+{more}") }</span> }
        </span>
    }
}

/// A key's hue: the same key always has the same.
fn hue(key: &str) -> u32 {
    let hash = key.bytes().fold(2_166_136_261_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(16_777_619));
    // 24 hues that are apart enough to be told from each other.
    hash % 24 * 15
}

/// The graph.
#[component]
pub fn Graph(props: &Props) -> Html {
    let Props { view, grouping, selector, on, .. } = props;
    let places = use_mut_ref(Places::default);
    let tree = use_node_ref();
    {
        let tree = tree.clone();
        use_effect(move || {
            if let Some(tree) = tree.cast::<Element>() {
                browser::flip(&tree);
            }
        });
    }
    let by_typing = (!selector.trim().is_empty()).then(|| playground::selector(selector));
    let problem = matches!(by_typing, Some(None));
    let lights = props.lit.as_ref().map_or_else(|| by_typing.flatten(), |lit| playground::selector(lit));
    let draw = Draw { props, lights: lights.as_ref() };
    let mut places = places.borrow_mut();
    let areas = places.areas(view, *grouping);
    let is_empty = areas
        .iter()
        .all(|area| layout::is_system(&area.key) || area.pods() + area.groups.len() + area.others.len() <= 1);
    let matching = lights.as_ref().map(|lights| {
        view.objects.iter().filter(|object| object.singular == "pod" && playground::matches(lights, object)).count()
    });
    let group = |of: Grouping, word: &'static str| {
        let onclick = on.reform(move |_: MouseEvent| Event::Group(of));
        html! { <button role="radio" aria-checked={(of == *grouping).to_string()} {onclick}>{ t(word) }</button> }
    };
    let oninput = on.reform(|event: InputEvent| {
        let field = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        Event::Selector(field.map(|field| field.value()).unwrap_or_default())
    });
    html! {
        <div class="graph">
            <div class="tab-bar">
                <div class="switch" role="radiogroup" aria-label={t("view")}>
                    { group(Grouping::Namespaces, "namespaces") }
                    { group(Grouping::Nodes, "nodes") }
                </div>
                <span class="grow" />
                if let Some(matching) = matching { <span class="dim" role="status">{ format!("{matching} {}", t("matches")) }</span> }
                <label class="selector"><span aria-hidden="true">{ "-l" }</span>
                    <input type="text" aria-label={t("selector")} placeholder="env=prod" spellcheck="false" autocapitalize="off"
                        aria-invalid={problem.to_string()} title={problem.then(|| t("selector-bad"))} value={selector.clone()} {oninput} />
                </label>
            </div>
            <div class={classes!("tree", lights.is_some().then_some("lit"))} ref={tree}>
                <div class="areas" role="tree" aria-label={t("cluster")} onkeydown={Callback::from(walk)}>
                    { for areas.iter().map(|area| draw.area(area)) }
                </div>
                if is_empty && *grouping == Grouping::Namespaces {
                    <div class="first-steps">
                        <p>{ t("empty-cluster") }</p>
                        { for FIRST_STEPS.iter().map(|line| {
                            let onclick = on.reform(move |_: MouseEvent| Event::Try((*line).into()));
                            html! { <button class="command" {onclick}>{ *line }</button> }
                        }) }
                    </div>
                }
            </div>
        </div>
    }
}

/// The arrow keys walk through the tree's items.
fn walk(event: KeyboardEvent) {
    let tree = event.current_target().and_then(|target| target.dyn_into::<Element>().ok());
    let current = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let (Some(tree), Some(current)) = (tree, current) else { return };
    let key = event.key();
    // Right unfolds, Left folds; elsewhere they walk as Down and Up do.
    let folds_by = match current.get_attribute("aria-expanded").as_deref() {
        Some("true") => "ArrowLeft",
        Some("false") => "ArrowRight",
        _ => "",
    };
    if key == folds_by {
        let button = current.query_selector("button").ok().flatten();
        if let Some(button) = button.and_then(|button| button.dyn_into::<web_sys::HtmlElement>().ok()) {
            button.click();
        }
        return;
    }
    let step: i64 = match key.as_str() {
        "ArrowDown" | "ArrowRight" => 1,
        "ArrowUp" | "ArrowLeft" => -1,
        "Home" => i64::MIN,
        "End" => i64::MAX,
        "Enter" | " " => {
            if let Some(item) = current.dyn_ref::<web_sys::HtmlElement>() {
                event.prevent_default();
                item.click();
            }
            return;
        }
        _ => return,
    };
    let Ok(items) = tree.query_selector_all("[role=treeitem]") else { return };
    let count = i64::from(items.length());
    let here = (0..count).find(|at| items.item(*at as u32).is_some_and(|item| *item == **current)).unwrap_or(0);
    let next = here.saturating_add(step).clamp(0, count - 1);
    if let Some(item) = items.item(next as u32).and_then(|item| item.dyn_into::<web_sys::HtmlElement>().ok()) {
        event.prevent_default();
        let _ = item.focus();
    }
}

/// Draws areas and what is in them.
struct Draw<'a> {
    props: &'a Props,
    lights: Option<&'a playground::Selector>,
}

impl Draw<'_> {
    fn is_lit(&self, object: &ObjectView) -> bool {
        self.lights.is_some_and(|lights| playground::matches(lights, object))
    }

    fn inspect(&self, object: &ObjectView) -> Callback<MouseEvent> {
        let uid = object.uid.clone();
        self.props.on.reform(move |event: MouseEvent| {
            event.stop_propagation();
            Event::Inspect(Some(uid.clone()))
        })
    }

    fn is_selected(&self, object: &ObjectView) -> bool {
        self.props.selected.as_ref() == Some(&object.uid)
    }

    fn area(&self, area: &Area) -> Html {
        // The cluster's own namespaces are folded at first, and so is nothing else.
        let folds = self.props.grouping == Grouping::Namespaces && layout::is_system(&area.key);
        let open = folds == self.props.toggled.contains(&area.key);
        let key = area.key.clone();
        let fold = self.props.on.reform(move |event: MouseEvent| {
            event.stop_propagation();
            Event::Fold(key.clone())
        });
        let pods = area.pods();
        let name = area.object.map_or_else(|| t("unscheduled").to_string(), tree_name);
        let title = if area.key.is_empty() { t("unscheduled").to_string() } else { area.key.clone() };
        let onclick = area.object.map(|object| self.inspect(object));
        let health = area.object.map(|object| object.health);
        let lit = area.all_pods().filter(|pod| self.is_lit(pod)).count();
        let class = classes!(
            "area",
            (!open).then_some("folded"),
            area.object.is_some_and(|object| self.is_selected(object)).then_some("selected"),
            (lit > 0).then_some("holds-lit")
        );
        html! {
            <section key={area.key.clone()} {class} data-flip="" role="none">
                <div class="area-title" role="treeitem" tabindex="0" aria-label={name} aria-expanded={open.to_string()} {onclick}>
                    if let Some(health) = health.filter(|_| self.props.grouping == Grouping::Nodes) { { status(health) } }
                    <b>{ title }</b>
                    if self.props.grouping == Grouping::Nodes || area.object.is_some_and(|object| object.status != "Active") {
                        <span class="dim">{ area.object.map(|object| object.status.clone()) }</span>
                    }
                    <span class="count dim">{ format!("{pods} {}", if pods == 1 { t("pod") } else { t("pods") }) }</span>
                    <button class="quiet tiny" tabindex="-1" aria-hidden="true" onclick={fold}>{ icon(if open { "fold" } else { "unfold" }) }</button>
                </div>
                if open {
                    <div class="area-body" role="group">
                        { for area.groups.iter().map(|group| self.group(group)) }
                        if !area.others.is_empty() {
                            <div class="others" role="none">{ for area.others.iter().map(|object| self.other(object)) }</div>
                        }
                    </div>
                }
            </section>
        }
    }

    fn group(&self, group: &Group) -> Html {
        let many = group.pods.len() > MAX_CARDS;
        let class = classes!(if many { "dots" } else { "cards" });
        let pods = group.pods.iter().enumerate().map(|(at, pod)| match pod {
            Some(pod) if many => {
                html! { <Dot key={pod.uid.clone()} object={(*pod).clone()} lit={self.is_lit(pod)} selected={self.is_selected(pod)} on={&self.props.on} /> }
            }
            Some(pod) => {
                html! { <Pod key={pod.uid.clone()} object={(*pod).clone()} lit={self.is_lit(pod)} selected={self.is_selected(pod)} on={&self.props.on} /> }
            }
            None => html! { <span class="free" key={format!("free-{at}")} role="none" /> },
        });
        let pods = html! { <div {class} role="group">{ for pods }</div> };
        if group.owners.is_empty() {
            return html! { <div class="loose" key="loose" role="none">{ pods }</div> };
        }
        let owner = |object: &&ObjectView| {
            let class = classes!("owner", self.is_selected(object).then_some("selected"));
            html! {
                <span {class} role="treeitem" tabindex="0" aria-label={tree_name(object)} onclick={self.inspect(object)}>
                    <span class="dim">{ object.singular }</span>{ " " }<b>{ &object.name }</b>{ " " }<span class="dim">{ &object.status }</span>
                </span>
            }
        };
        html! {
            <div class="group" key={group.key.clone()} data-flip="" role="none">
                <div class="owners" role="none">{ for group.owners.iter().map(owner) }</div>
                { pods }
            </div>
        }
    }

    fn other(&self, object: &ObjectView) -> Html {
        let light = |lit: Option<String>| {
            let on = self.props.on.clone();
            lit.map(|lit| Callback::from(move |_: PointerEvent| on.emit(Event::Light(Some(lit.clone())))))
        };
        let dark = {
            let on = self.props.on.clone();
            Callback::from(move |_: PointerEvent| on.emit(Event::Light(None)))
        };
        let selector = (!object.selector.is_empty()).then(|| object.selector.clone());
        html! {
            <span key={object.uid.clone()} class={classes!("other", self.is_selected(object).then_some("selected"))} data-flip=""
                role="treeitem" tabindex="0" aria-label={tree_name(object)} onclick={self.inspect(object)}
                onpointerenter={light(selector)} onpointerleave={dark}>
                <span class="dim">{ object.singular }</span>{ " " }{ &object.name }
            </span>
        }
    }
}
