/** The panel as a widget of JupyterLab, which is told to the kernel when somebody sees it. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';

import { icon } from '../icon';
import type { IWorkbench } from '../tokens';
import type { IActs } from './parts';
import { PanelView } from './view';

export const PANEL_ID = 'nbdspy-panel';

export class PanelWidget extends ReactWidget {
  constructor(
    private readonly _workbench: IWorkbench,
    private readonly _acts: IActs,
    private readonly _trans: TranslationBundle,
    private readonly _leave: () => void
  ) {
    super();
    this.id = PANEL_ID;
    this.title.icon = icon;
    this.title.caption = _trans.__('nbdspy: model, programs and runs');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', _trans.__('nbdspy'));
    this.node.addEventListener('keydown', event => {
      if (event.key === 'Escape' && !event.defaultPrevented) {
        this._leave();
      }
    });
  }

  protected render(): JSX.Element {
    return (
      <UseSignal signal={this._workbench.changed}>
        {() => {
          const { isRefusal, said, sections, state } = this._workbench;
          return (
            <PanelView
              {...{ isRefusal, said, sections, state }}
              acts={this._acts}
              trans={this._trans}
            />
          );
        }}
      </UseSignal>
    );
  }

  protected onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._workbench.watchAll(true);
  }

  protected onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this._workbench.watchAll(false);
  }

  protected onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    this.node.tabIndex = -1; // what is in it may be drawn anew, and would take the focus away with it
    this.node.focus();
  }
}
