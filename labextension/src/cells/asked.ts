/** Cards of programs and of examples for the tooltips of cells, asked of the kernel and cleaned. */

import type { EditorView } from '@codemirror/view';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';

import { Card } from '../cards';
import type { IWorkbench } from '../tokens';
import type { AskCard } from './about';

const REMEMBERED = 2000; // milliseconds; a mouse that rests twice on a word asks once

/** Cards of what the kernel of the notebook in front holds; other notebooks have other kernels. */
export function askingKernel(
  workbench: IWorkbench,
  notebooks: INotebookTracker,
  rendermime: IRenderMimeRegistry
): AskCard {
  let last = {
    name: '',
    panel: notebooks.currentWidget,
    at: -Infinity,
    html: Promise.resolve<string | null>(null)
  };
  return async (name: string, view: EditorView) => {
    const panel = notebooks.currentWidget;
    if (!panel?.node.contains(view.dom)) {
      return null;
    }
    const at = Date.now();
    const isKnown = last.name === name && last.panel === panel;
    if (!isKnown || at - last.at > REMEMBERED) {
      last = { name, panel, at, html: workbench.cardOf(name) };
    }
    const html = await last.html;
    return html === null
      ? null
      : new Card(rendermime.sanitizer, { 'text/html': html });
  };
}
