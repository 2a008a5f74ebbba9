/** The plugin that tells the model and what was spent at the foot of the page. */

import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IStatusBar } from '@jupyterlab/statusbar';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import { Signal } from '@lumino/signaling';

import { Ids } from '../ids';
import { IWorkbench } from '../tokens';
import { StatusView } from './view';

export const status: JupyterFrontEndPlugin<void> = {
  id: 'nbdspy:status',
  description: 'The model and what was spent, in the status bar.',
  autoStart: true,
  requires: [IWorkbench],
  optional: [IStatusBar, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    workbench: IWorkbench,
    bar: IStatusBar | null,
    translator: ITranslator | null
  ) => {
    if (bar === null) {
      return; // Notebook 7 has none
    }
    const trans = (translator ?? nullTranslator).load('nbdspy');
    const open = (): void => void app.commands.execute(Ids.panel);
    const isActive = (): boolean => workbench.sections.model !== undefined;
    const turned = new Signal<unknown, void>(app);
    let wasActive = isActive();
    workbench.changed.connect(() => {
      if (isActive() !== wasActive) {
        wasActive = isActive();
        turned.emit();
      }
    });
    bar.registerStatusItem('nbdspy:status', {
      item: new StatusItem(workbench, open, trans),
      align: 'left',
      rank: 90,
      isActive,
      activeStateChanged: turned
    });
  }
};

class StatusItem extends ReactWidget {
  constructor(
    private readonly _workbench: IWorkbench,
    private readonly _open: () => void,
    private readonly _trans: TranslationBundle
  ) {
    super();
  }

  protected render(): JSX.Element {
    return (
      <UseSignal signal={this._workbench.changed}>
        {() => (
          <StatusView
            model={this._workbench.sections.model}
            open={this._open}
            trans={this._trans}
          />
        )}
      </UseSignal>
    );
  }
}
