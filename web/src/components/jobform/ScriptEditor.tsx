// The editor of a script: lines with numbers, colours of a shell, search, undo.
//
// Fetched when a form is opened (`ScriptField`). Tab leaves the editor, so that the keyboard is not caught in it.

import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { bracketMatching, indentOnInput, StreamLanguage, syntaxHighlighting } from '@codemirror/language';
import { shell } from '@codemirror/legacy-modes/mode/shell';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { Compartment, EditorState } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
  placeholder,
} from '@codemirror/view';
import { classHighlighter } from '@lezer/highlight';
import { useEffect, useRef } from 'react';
import { t } from '../../i18n';
import classes from './script.module.css';

type Props = {
  value: string;
  set: (value: string) => void;
  label: string;
  invalid: boolean;
  describedBy?: string;
  /** True when the field that stood here before had the focus. */
  focus: boolean;
};

export default function ScriptEditor({ value, set, label, invalid, describedBy, focus }: Props) {
  const parent = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const latest = useRef(set);
  latest.current = set;
  const attributes = useRef(new Compartment());

  // biome-ignore lint/correctness/useExhaustiveDependencies: the editor is made once; what changes reaches it below
  useEffect(() => {
    const editor = new EditorView({
      parent: parent.current ?? undefined,
      state: EditorState.create({
        doc: value,
        extensions: [
          lineNumbers(),
          history(),
          drawSelection(),
          indentOnInput(),
          bracketMatching(),
          highlightActiveLine(),
          highlightSelectionMatches(),
          search({ top: true }),
          StreamLanguage.define(shell),
          syntaxHighlighting(classHighlighter),
          EditorView.lineWrapping,
          placeholder('echo hello'),
          keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current(update.state.doc.toString());
          }),
          attributes.current.of(attributesOf(label, invalid, describedBy)),
        ],
      }),
    });
    view.current = editor;
    if (focus) editor.focus();
    return () => editor.destroy();
  }, []);

  // What came from elsewhere: a file that was dropped, or somebody else's text after a conflict.
  useEffect(() => {
    const editor = view.current;
    const stands = editor?.state.doc.toString();
    if (editor && stands !== value) {
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
    }
  }, [value]);

  useEffect(() => {
    view.current?.dispatch({
      effects: attributes.current.reconfigure(attributesOf(label, invalid, describedBy)),
    });
  }, [label, invalid, describedBy]);

  return <div ref={parent} className={classes.editor} data-invalid={invalid || undefined} />;
}

/** Returns the words of the editor's search, which has them in English. */
function phrases(): Record<string, string> {
  return {
    Find: t('form.editorFind'),
    Replace: t('form.editorReplace'),
    next: t('form.editorNext'),
    previous: t('form.editorPrevious'),
    all: t('form.editorAll'),
    'match case': t('form.editorMatchCase'),
    regexp: t('form.editorRegexp'),
    'by word': t('form.editorByWord'),
    replace: t('form.editorReplaceOne'),
    'replace all': t('form.editorReplaceAll'),
    close: t('form.editorClose'),
  };
}

function attributesOf(label: string, invalid: boolean, describedBy: string | undefined) {
  const attributes: Record<string, string> = { 'aria-label': label, spellcheck: 'false' };
  if (invalid) attributes['aria-invalid'] = 'true';
  if (describedBy) attributes['aria-describedby'] = describedBy;
  return [EditorView.contentAttributes.of(attributes), EditorState.phrases.of(phrases())];
}
