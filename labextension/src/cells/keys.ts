/** By keys what others do with a mouse: go to what is wrong and read why, and read of the word at the cursor. */

import type { CodeMirrorEditor } from '@jupyterlab/codemirror';
import type { Notebook } from '@jupyterlab/notebook';
import type { EditorView } from '@codemirror/view';

import { scopesOf } from '../grammar/notebook';
import type { IMistake } from '../grammar/pieces';
import type { AskCard } from './about';
import { tooltipAt } from './about';
import { messageOf, mistakesIn } from './diagnostics';
import { contextOf } from '../context';
import { point } from './pointed';

type Cell = Notebook['widgets'][number];

/** Go to the next mistake of a notebook after the cursor, from its end to its start, and show its message. */
export async function showNextMistake(notebook: Notebook): Promise<boolean> {
  const next = nextMistake(notebook);
  if (next === null) {
    return false;
  }
  const cell = notebook.widgets[next.index]!;
  notebook.activeCellIndex = next.index;
  await notebook.scrollToItem(next.index, 'smart');
  await cell.ready; // long notebooks are drawn bit by bit
  const view = viewOf(cell);
  if (view !== null && notebook.activeCell === cell) {
    notebook.mode = 'edit';
    view.focus();
    point(view, next.mistake.from, messageOf(next.mistake));
  }
  return true;
}

/** Show what is known of the word at the cursor; false where nothing is. */
export async function showAbout(
  notebook: Notebook,
  ask: AskCard
): Promise<boolean> {
  const view = notebook.activeCell && viewOf(notebook.activeCell);
  if (!view) {
    return false;
  }
  const at = view.state.selection.main.head;
  const tooltip = await tooltipAt(view, at, ask);
  if (tooltip !== null && view.state.selection.main.head === at) {
    point(view, at, tooltip);
  }
  return tooltip !== null;
}

function nextMistake(
  notebook: Notebook
): { index: number; mistake: IMistake } | null {
  const { activeCell, activeCellIndex, widgets } = notebook;
  const view = activeCell && viewOf(activeCell);
  const cursor =
    notebook.mode === 'edit' && view ? view.state.selection.main.head : -1;
  const sources = widgets.map(({ model }) =>
    model.type === 'code' ? model.sharedModel.getSource() : ''
  );
  const scope = scopesOf(sources);
  for (let step = 0; step <= widgets.length; step++) {
    const index = (activeCellIndex + step) % widgets.length;
    const all = isPython(widgets[index]!)
      ? mistakesIn(sources[index]!, scope(index))
      : [];
    const mistake = step === 0 ? all.find(each => each.from > cursor) : all[0];
    if (mistake !== undefined) {
      return { index, mistake };
    }
  }
  return null;
}

function isPython({ model }: Cell): boolean {
  return model.type === 'code' && contextOf(model).isPython();
}

function viewOf({ editor }: Cell): EditorView | null {
  return (editor as CodeMirrorEditor | null)?.editor ?? null;
}
