// The YAML editor: CodeMirror 6 with what manifests need and nothing else.
// The page asks for it with `import()` when a file is first opened; until then, and where it cannot
// be fetched, a plain textarea does the same work.

import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState } from "@codemirror/state";
import {
    EditorView,
    drawSelection,
    highlightActiveLine,
    highlightActiveLineGutter,
    highlightSpecialChars,
    highlightWhitespace,
    keymap,
    lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";

const colours = HighlightStyle.define([
    { tag: [tags.definition(tags.propertyName), tags.propertyName], color: "var(--code-key)" },
    { tag: [tags.string, tags.content], color: "var(--code-text)" },
    { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: "var(--code-value)" },
    { tag: tags.comment, color: "var(--dim)" },
    { tag: [tags.punctuation, tags.separator, tags.meta], color: "var(--dim)" },
]);

const look = EditorView.theme({
    "&": { height: "100%", backgroundColor: "transparent", color: "var(--text)" },
    "&.cm-focused": { outline: "none" },
    ".cm-scroller": { fontFamily: "var(--mono)", fontSize: "13px", lineHeight: "20px" },
    ".cm-gutters": { backgroundColor: "transparent", color: "var(--dim)", border: "none" },
    ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--hover)" },
    ".cm-cursor": { borderLeftColor: "var(--text)" },
    "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--selected) !important" },
    // Only tabs are worth seeing: YAML forbids them, and they look like spaces.
    ".cm-highlightSpace": { backgroundImage: "none" },
    ".cm-panels": { backgroundColor: "var(--raised)", color: "var(--text)" },
});

/// Puts an editor into `parent`. `changed` is told each new text; what is returned replaces the text or goes away.
export function mount(parent, { text, label, changed, save }) {
    const content = new Compartment();
    const named = (name) => EditorView.contentAttributes.of({ "aria-label": name, spellcheck: "false" });
    const view = new EditorView({
        parent,
        state: EditorState.create({
            doc: text,
            extensions: [
                lineNumbers(),
                highlightActiveLineGutter(),
                highlightSpecialChars(),
                highlightWhitespace(),
                history(),
                drawSelection(),
                indentOnInput(),
                indentUnit.of("  "),
                bracketMatching(),
                highlightActiveLine(),
                highlightSelectionMatches(),
                syntaxHighlighting(colours),
                look,
                yaml(),
                content.of(named(label)),
                keymap.of([
                    { key: "Mod-s", run: () => (save(), true), preventDefault: true },
                    indentWithTab,
                    ...defaultKeymap,
                    ...historyKeymap,
                    ...searchKeymap,
                ]),
                EditorView.updateListener.of((update) => {
                    if (update.docChanged) changed(update.state.doc.toString());
                }),
            ],
        }),
    });
    return {
        focus: () => view.focus(),
        destroy: () => view.destroy(),
        replace: (text, label) => {
            if (text !== view.state.doc.toString()) {
                view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
            }
            view.dispatch({ effects: content.reconfigure(named(label)) });
        },
    };
}
