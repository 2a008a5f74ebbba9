/** The plugins that follow the kernel, and show what it holds beside the notebook. */

import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { Ids } from '../ids';
import { insertCell, Notebooks } from '../notebooks';
import type { IAnswer, Request } from '../tokens';
import { IWorkbench } from '../tokens';
import { Workbench } from '../workbench';
import { CardTab } from './card';
import type { IActs } from './parts';
import { PANEL_ID, PanelWidget } from './widget';

const KEPT = 60_000; // milliseconds that a file stays for the browser to take

export const workbench: JupyterFrontEndPlugin<IWorkbench> = {
  id: 'nbdspy:workbench',
  description: 'Follows the kernel of the notebook in front.',
  autoStart: true,
  provides: IWorkbench,
  requires: [INotebookTracker],
  optional: [ITranslator],
  activate: (_, notebooks: INotebookTracker, translator: ITranslator | null) =>
    new Workbench(
      new Notebooks(notebooks),
      (translator ?? nullTranslator).load('nbdspy')
    )
};

export const panel: JupyterFrontEndPlugin<void> = {
  id: 'nbdspy:panel',
  description: 'The model, programs and runs of the kernel, beside it.',
  autoStart: true,
  requires: [IWorkbench, INotebookTracker, IRenderMimeRegistry],
  optional: [ITranslator, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    workbench: IWorkbench,
    notebooks: INotebookTracker,
    rendermime: IRenderMimeRegistry,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null
  ) => {
    const trans = (translator ?? nullTranslator).load('nbdspy');
    const tab = new CardTab(app, rendermime, trans);
    const show = async (title: string, request: Request): Promise<void> => {
      const answer = await workbench.ask(request);
      if (answer?.html !== undefined) {
        await tab.show(title, answer.html);
      }
    };
    const leave = (): void => {
      const panel = notebooks.currentWidget;
      if (panel !== null) {
        app.shell.activateById(panel.id);
      }
    };
    const acts: IActs = {
      load: () => void workbench.load(),
      insert: source => {
        const panel = notebooks.currentWidget;
        if (panel !== null) {
          insertCell(panel, source);
          leave();
        }
      },
      steer: (run, what) => void workbench.ask({ do: what, run }),
      showRun: (run, title) => void show(title, { do: 'show', run }),
      show: program => void show(program, { do: 'show', program }),
      compare: (program, other) =>
        void show(
          other === undefined
            ? trans.__('What became %1', program)
            : trans.__('From %1 to %2', other, program),
          { do: 'compare', program, ...(other && { with: other }) }
        ),
      export: async program => {
        save(await workbench.ask({ do: 'export', program }));
      },
      restore: program => void workbench.ask({ do: 'restore', program }),
      compile: program => void app.commands.execute(Ids.compile, { program })
    };
    const widget = new PanelWidget(workbench, acts, trans, leave);
    app.shell.add(widget, 'left', { rank: 850, type: 'nbdspy' });
    restorer?.add(widget, PANEL_ID);
    app.commands.addCommand(Ids.panel, {
      label: trans.__('Show the panel of model, programs and runs'),
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => app.shell.activateById(PANEL_ID)
    });
  }
};

/** Have the browser keep a file. */
function save(answer: IAnswer | null): void {
  if (answer?.content === undefined) {
    return;
  }
  const link = document.createElement('a');
  const kind = { type: 'application/json' };
  link.href = URL.createObjectURL(new Blob([answer.content], kind));
  link.download = answer.name ?? 'program.json';
  link.click();
  // The browser may begin to read it later.
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT);
}
