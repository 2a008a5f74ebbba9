/** The plugin that colours our cells, shows what is wrong in them, and tells of their words. */

import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import {
  EditorExtensionRegistry,
  IEditorExtensionRegistry,
  IEditorLanguageRegistry
} from '@jupyterlab/codemirror';
import type { Notebook } from '@jupyterlab/notebook';
import { INotebookTracker, NotebookActions } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { Parser } from '@lezer/common';

import { Ids } from '../ids';
import { isInFront } from '../notebooks';
import { IWorkbench } from '../tokens';
import { about } from './about';
import { askingKernel } from './asked';
import type { IPython } from './extension';
import { cellExtension } from './extension';
import { showAbout, showNextMistake } from './keys';
import { contextOf } from '../context';

export const cells: JupyterFrontEndPlugin<void> = {
  id: 'nbdspy:cells',
  description: 'The colours of our cells, and what is wrong in them.',
  autoStart: true,
  requires: [
    IEditorExtensionRegistry,
    IEditorLanguageRegistry,
    INotebookTracker,
    IRenderMimeRegistry,
    IWorkbench
  ],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    extensions: IEditorExtensionRegistry,
    languages: IEditorLanguageRegistry,
    notebooks: INotebookTracker,
    rendermime: IRenderMimeRegistry,
    workbench: IWorkbench,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('nbdspy');
    const python = new Python(languages);
    const ask = askingKernel(workbench, notebooks, rendermime);
    extensions.addExtension({
      name: 'nbdspy-cells',
      factory: ({ inline, model }) =>
        inline
          ? EditorExtensionRegistry.createImmutableExtension(
              cellExtension(
                { ...contextOf(model), ran: NotebookActions.executed },
                python,
                about(ask)
              )
            )
          : null
    });
    const inNotebook = (
      id: string,
      label: string,
      nothing: string,
      show: (notebook: Notebook) => Promise<boolean>
    ): void => {
      app.commands.addCommand(id, {
        label,
        describedBy: { args: { type: 'object', properties: {} } },
        isEnabled: () => isInFront(app, notebooks),
        execute: async () => {
          const notebook = notebooks.currentWidget?.content;
          if (notebook && !(await show(notebook))) {
            Notification.info(nothing, { autoClose: 3000 });
          }
        }
      });
    };
    inNotebook(
      Ids.mistake,
      trans.__('Go to the next mistake in a cell of nbdspy'),
      trans.__('No mistake is seen in the cells of nbdspy.'),
      showNextMistake
    );
    inNotebook(
      Ids.about,
      trans.__('Tell of the word at the cursor'),
      trans.__('Nothing is known of the word at the cursor.'),
      notebook => showAbout(notebook, ask)
    );
  }
};

/** JupyterLab's own parser of Python, fetched when the first cell of ours needs it. */
class Python implements IPython {
  constructor(private readonly _languages: IEditorLanguageRegistry) {}

  get parser(): Parser | null {
    return this._parser;
  }

  load(): Promise<unknown> {
    return (this._loading ??= this._load());
  }

  private async _load(): Promise<void> {
    const found = await this._languages.getLanguage('ipython');
    this._parser = found?.support?.language.parser ?? null;
  }

  private _parser: Parser | null = null;
  private _loading: Promise<unknown> | null = null;
}
