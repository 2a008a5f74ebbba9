/** The plugin that shows live cards: in front of what the notebook keeps of them, and that where they are gone. */

import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { INotebookTracker } from '@jupyterlab/notebook';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';

import { LIVE, LiveRenderer, WIDGET } from './renderer';

const BEFORE_WIDGETS = -20; // which a notebook has at -10

export const live: JupyterFrontEndPlugin<void> = {
  id: 'nbdspy:live',
  description: 'Live cards, and what can be read where they are gone.',
  autoStart: true,
  requires: [INotebookTracker],
  activate: (_, notebooks: INotebookTracker) => {
    notebooks.forEach(follow);
    notebooks.widgetAdded.connect((_, panel) => follow(panel));
  }
};

function follow({ content, sessionContext }: NotebookPanel): void {
  const { rendermime } = content;
  // The manager of widgets comes with the kernel, and looks for renderers only where outputs themselves are.
  const widgets = async (): Promise<boolean> => {
    await sessionContext.ready;
    await new Promise(done => setTimeout(done));
    return rendermime.getFactory(WIDGET) !== undefined;
  };
  const factory: IRenderMime.IRendererFactory = {
    safe: false,
    mimeTypes: [LIVE],
    createRenderer: options =>
      new LiveRenderer(options.sanitizer, async () =>
        (await widgets()) ? rendermime.createRenderer(WIDGET) : null
      )
  };
  rendermime.addFactory(factory, BEFORE_WIDGETS);
}
