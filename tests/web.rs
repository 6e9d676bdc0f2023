//! Components, mounted alone in a real browser.

use std::rc::Rc;
use tabernetes_engine::playground::{Completion, Health, ObjectView, View};
use tabernetes_web::app::event::{Event, Grouping};
use tabernetes_web::components::graph::{Graph, Props as GraphProps};
use tabernetes_web::components::terminal::{Props as TerminalProps, Terminal};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::*;
use web_sys::{Element, HtmlTextAreaElement, KeyboardEvent, KeyboardEventInit};
use yew::Callback;

wasm_bindgen_test_configure!(run_in_browser);

/// Mounts into a fresh element, and lets everything that is scheduled happen.
macro_rules! mount {
    ($component:ty, $props:expr) => {{
        let document = gloo::utils::document();
        let root = document.create_element("div").expect("an element");
        document.body().expect("a body").append_child(&root).expect("to be added");
        yew::Renderer::<$component>::with_root_and_props(root.clone(), $props).render();
        settle().await;
        root
    }};
}

async fn settle() {
    gloo::timers::future::TimeoutFuture::new(20).await;
}

/// Events that a component has emitted.
#[derive(Clone, Default)]
struct Seen(Rc<std::cell::RefCell<Vec<Event>>>);

impl Seen {
    fn callback(&self) -> Callback<Event> {
        let seen = self.0.clone();
        Callback::from(move |event| seen.borrow_mut().push(event))
    }

    fn has(&self, event: &Event) -> bool {
        self.0.borrow().contains(event)
    }
}

fn find(root: &Element, selector: &str) -> Element {
    root.query_selector(selector)
        .expect("a selector")
        .unwrap_or_else(|| panic!("no {selector} in {}", root.inner_html()))
}

fn press(target: &Element, key: &str, control: bool) {
    let init = KeyboardEventInit::new();
    init.set_key(key);
    init.set_ctrl_key(control);
    init.set_bubbles(true);
    init.set_cancelable(true);
    let event = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).expect("an event");
    target.dispatch_event(&event).expect("to be dispatched");
}

fn terminal(on: &Seen, candidates: &'static [&'static str]) -> TerminalProps {
    TerminalProps {
        blocks: Vec::new(),
        prompt: "$ ".into(),
        busy: false,
        draft: String::new(),
        history: Rc::new(vec!["echo old".into()]),
        complete: Callback::from(move |_| Completion {
            start: 0,
            candidates: candidates.iter().map(|text| text.to_string()).collect(),
        }),
        on: on.callback(),
    }
}

#[wasm_bindgen_test]
async fn the_terminal_is_a_log_and_a_textbox() {
    let root = mount!(Terminal, terminal(&Seen::default(), &[]));
    assert_eq!(find(&root, "[role=log]").get_attribute("aria-label").as_deref(), Some("Terminal output"));
    assert_eq!(find(&root, "textarea").get_attribute("aria-label").as_deref(), Some("Terminal"));
}

#[wasm_bindgen_test]
async fn enter_gives_the_line_and_empties_it() {
    let seen = Seen::default();
    let root = mount!(Terminal, terminal(&seen, &[]));
    let input: HtmlTextAreaElement = find(&root, "textarea").unchecked_into();
    input.set_value("kubectl get po");
    press(&input, "Enter", false);
    settle().await;
    assert!(seen.has(&Event::Enter("kubectl get po".into())));
    assert_eq!(input.value(), "");
    press(&input, "ArrowUp", false);
    settle().await;
    assert_eq!(input.value(), "echo old");
    press(&input, "c", true);
    settle().await;
    assert!(seen.has(&Event::Interrupt));
    press(&input, "d", true);
    settle().await;
    assert!(seen.has(&Event::EndOfInput));
}

#[wasm_bindgen_test]
async fn tab_completes_what_is_common_and_lists_the_rest() {
    let root = mount!(Terminal, terminal(&Seen::default(), &["kubectl", "kubelet"]));
    let input: HtmlTextAreaElement = find(&root, "textarea").unchecked_into();
    input.set_value("k");
    press(&input, "Tab", false);
    settle().await;
    assert_eq!(input.value(), "kube");
    assert_eq!(find(&root, "[role=listbox]").child_element_count(), 2);
    press(&input, "Tab", false);
    settle().await;
    assert_eq!(input.value(), "kubectl");
}

fn pod(name: &str) -> ObjectView {
    ObjectView {
        kind: "Pod",
        singular: "pod",
        namespace: "default".into(),
        name: name.into(),
        uid: name.into(),
        revision: 1,
        status: "Running".into(),
        health: Health::Running,
        ready: Some((1, 1)),
        labels: vec![("env".into(), "<b>prod</b>".into())],
        owner: None,
        node: "minikube".into(),
        address: String::new(),
        created: None,
        selector: String::new(),
    }
}

#[wasm_bindgen_test]
async fn the_graph_is_a_tree_whose_items_say_what_they_are() {
    let seen = Seen::default();
    let view = View { revision: 1, objects: vec![pod("kubia-manual"), pod("other")], ..View::default() };
    let props = GraphProps {
        view: Rc::new(view),
        grouping: Grouping::Namespaces,
        selector: "env".into(),
        lit: None,
        toggled: Rc::default(),
        selected: None,
        on: seen.callback(),
    };
    let root = mount!(Graph, props);
    let item: web_sys::HtmlElement =
        find(&root, "[role=tree] [role=treeitem][aria-label='pod default/kubia-manual, Running']").unchecked_into();
    assert!(item.class_list().contains("match"), "the selector lights it");
    assert!(root.query_selector(".chip b b").expect("a selector").is_none(), "labels stay text");
    item.click();
    settle().await;
    assert!(seen.has(&Event::Inspect(Some("kubia-manual".into()))));
}
