/** Whose card a tooltip shows. */

import type { EditorView } from '@codemirror/view';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';

import { askingKernel } from '../src/cells/asked';
import type { IWorkbench } from '../src/tokens';

/** A notebook with one editor. */
function notebook(): { panel: { node: HTMLElement }; view: EditorView } {
  const node = document.createElement('div');
  const dom = node.appendChild(document.createElement('div'));
  return { panel: { node }, view: { dom } as unknown as EditorView };
}

test('a name is asked for once in a notebook, and anew in another, whose kernel is another', async () => {
  const [one, other] = [notebook(), notebook()];
  const asked: string[] = [];
  const workbench = {
    cardOf: async (name: string) => `<b>${name} ${asked.push(name)}</b>`
  } as unknown as IWorkbench;
  const notebooks = { currentWidget: one.panel };
  const ask = askingKernel(
    workbench,
    notebooks as unknown as INotebookTracker,
    {
      sanitizer: { sanitize: (html: string) => html }
    } as unknown as IRenderMimeRegistry
  );
  const shown = async (view: EditorView): Promise<string | null | undefined> =>
    (await ask('helper', view))?.node.textContent;

  expect(await shown(one.view)).toBe('helper 1');
  expect(await shown(one.view)).toBe('helper 1');
  expect(await shown(other.view)).toBeUndefined(); // not in front
  notebooks.currentWidget = other.panel;
  expect(await shown(other.view)).toBe('helper 2');
});
