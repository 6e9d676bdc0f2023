//! The request panel: an HTTP request to what is forwarded, as curl makes it, and its answer in parts.

use crate::app::event::Event;
use crate::words::t;
use std::rc::Rc;
use tabernetes_engine::playground::{Finished, View};
use web_sys::{HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};
use yew::prelude::*;

const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"];

/// See [`Request`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The answer to the last request.
    pub response: Option<Rc<Finished>>,
    /// The cluster, to name a pod that could be forwarded.
    pub view: Rc<View>,
    /// Takes events.
    pub on: Callback<Event>,
}

/// A word as the shell reads it back.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+,=".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.into() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

/// The curl line that makes a request. Headers stand one to a line.
fn command(method: &str, url: &str, headers: &str, body: &str) -> String {
    let mut line = String::from(if method == "HEAD" { "curl -sSI" } else { "curl -sSi" });
    if !matches!(method, "GET" | "HEAD") {
        line += &format!(" -X {method}");
    }
    for header in headers.lines().map(str::trim).filter(|header| !header.is_empty()) {
        line += &format!(" -H {}", quoted(header));
    }
    if !body.is_empty() && !matches!(method, "GET" | "HEAD") {
        line += &format!(" -d {}", quoted(body));
    }
    format!("{line} {}", quoted(url))
}

/// The panel.
#[component]
pub fn Request(props: &Props) -> Html {
    let Props { response, view, on } = props;
    let (method, url) = (use_node_ref(), use_node_ref());
    let (headers, body) = (use_node_ref(), use_node_ref());
    let sent = use_state(|| false);
    let onsubmit = {
        let fields = (method.clone(), url.clone(), headers.clone(), body.clone());
        let (on, sent) = (on.clone(), sent.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let method = fields.0.cast::<HtmlSelectElement>().map(|field| field.value()).unwrap_or_default();
            let url = fields.1.cast::<HtmlInputElement>().map(|field| field.value()).unwrap_or_default();
            let headers = fields.2.cast::<HtmlTextAreaElement>().map(|field| field.value()).unwrap_or_default();
            let body = fields.3.cast::<HtmlTextAreaElement>().map(|field| field.value()).unwrap_or_default();
            sent.set(true);
            on.emit(Event::Send(command(&method, url.trim(), &headers, &body)));
        })
    };
    html! {
        <div class="panel request">
            <form class="request-form" {onsubmit}>
                <div class="row">
                    <select ref={method} aria-label={t("method")}>{ for METHODS.iter().map(|method| html! { <option selected={*method == "GET"}>{ *method }</option> }) }</select>
                    <input type="text" ref={url} class="grow" aria-label={t("url")} value="localhost:8888" spellcheck="false" autocapitalize="off" />
                    <button class="primary">{ t("send") }</button>
                </div>
                <details>
                    <summary>{ t("headers") }{ " · " }{ t("body") }</summary>
                    <textarea ref={headers} rows="2" aria-label={t("headers")} placeholder="Accept: text/plain" spellcheck="false" />
                    <textarea ref={body} rows="3" aria-label={t("body")} placeholder="{}" spellcheck="false" />
                </details>
            </form>
            <div class="response" role="region" aria-label={t("response")} aria-live="polite">
                { match response {
                    Some(response) => answer(response, view, on),
                    None if *sent => html! { <p class="dim">{ t("sending") }</p> },
                    None => empty(view, on),
                } }
            </div>
        </div>
    }
}

/// What curl printed, in parts.
fn answer(response: &Finished, view: &View, on: &Callback<Event>) -> Html {
    if response.stdout.is_empty() {
        return html! { <><pre class="err">{ &response.stderr }</pre>{ empty(view, on) }</> };
    }
    let text = response.stdout.replace("\r\n", "\n");
    let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
    let (status, headers) = head.split_once('\n').unwrap_or((head, ""));
    html! {
        <>
            <p class="status-line">{ status.to_string() }</p>
            <pre class="dim">{ headers.to_string() }</pre>
            <pre>{ body.to_string() }</pre>
            if !response.stderr.is_empty() { <pre class="err">{ &response.stderr }</pre> }
        </>
    }
}

/// That nothing is forwarded, and what to do about it.
fn empty(view: &View, on: &Callback<Event>) -> Html {
    let pod = view.objects.iter().find(|object| object.singular == "pod" && object.namespace == "default");
    let name = pod.map_or("POD", |pod| &pod.name);
    let line = format!("kubectl port-forward {name} 8888:8080");
    let run = {
        let line = line.clone();
        on.reform(move |_: MouseEvent| Event::Try(line.clone()))
    };
    html! {
        <div class="first-steps">
            <p>{ t("request-empty") }</p>
            <button class="command" disabled={pod.is_none()} onclick={run}>{ line }</button>
            <p class="dim">{ t("request-hint") }</p>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_become_curl_lines() {
        assert_eq!(command("GET", "localhost:8888", "", ""), "curl -sSi localhost:8888");
        assert_eq!(
            command("POST", "localhost:8888/a?b=c", "X-A: it's\n", "{}"),
            r"curl -sSi -X POST -H 'X-A: it'\''s' -d '{}' 'localhost:8888/a?b=c'"
        );
        assert_eq!(command("HEAD", "localhost:1", "", "x"), "curl -sSI localhost:1");
    }
}
