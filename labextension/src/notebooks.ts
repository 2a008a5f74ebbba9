/** The notebooks of JupyterLab, as far as others need them: their kernels, and putting cells into them. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { NotebookActions } from '@jupyterlab/notebook';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import { SPEAKS_OF_IT } from './grammar/ours';
import type { IKernel } from './kernel';
import type { ISession, ISessions } from './sessions';

/** Each notebook of a tracker with its kernel. */
export class Notebooks implements ISessions {
  constructor(private readonly _tracker: INotebookTracker) {}

  get current(): ISession | null {
    const panel = this._tracker.currentWidget;
    if (panel === null) {
      return null;
    }
    let session = this._known.get(panel);
    if (session === undefined) {
      this._known.set(panel, (session = new Session(panel)));
    }
    return session;
  }

  get currentChanged(): ISignal<unknown, unknown> {
    return this._tracker.currentChanged;
  }

  private readonly _known = new WeakMap<NotebookPanel, Session>();
}

class Session implements ISession {
  constructor(private readonly _panel: NotebookPanel) {
    const context = _panel.sessionContext;
    context.kernelChanged.connect(this._tell, this);
    context.statusChanged.connect(this._tell, this);
    context.connectionStatusChanged.connect(this._tell, this);
    context.propertyChanged.connect(this._tell, this);
    const tell = (): void => this._tell();
    context.ready.then(tell, tell);
    _panel.disposed.connect(() => Signal.clearData(this)); // other views may share its context
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get kernel(): IKernel | null {
    return this._panel.sessionContext.session?.kernel ?? null;
  }

  get isStarting(): boolean {
    const { isReady, hasNoKernel } = this._panel.sessionContext;
    return !isReady && !hasNoKernel;
  }

  mentions(): boolean {
    const cells = this._panel.content.model?.cells ?? [];
    return [...cells].some(
      cell =>
        cell.type === 'code' && SPEAKS_OF_IT.test(cell.sharedModel.getSource())
    );
  }

  private _tell(): void {
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
}

/** Whether a notebook is what one sees, and not only the last that one saw. */
export function isInFront(
  { shell }: JupyterFrontEnd,
  { currentWidget }: INotebookTracker
): boolean {
  return currentWidget !== null && shell.currentWidget === currentWidget;
}

/** Put a code cell below the active one, and begin to edit it. */
export function insertCell({ content }: NotebookPanel, source: string): void {
  NotebookActions.insertBelow(content);
  const cell = content.activeCell;
  if (cell !== null) {
    if (cell.model.type !== 'code') {
      NotebookActions.changeCellType(content, 'code');
    }
    content.activeCell?.model.sharedModel.setSource(source);
    content.mode = 'edit';
    void content.scrollToItem(content.activeCellIndex, 'smart');
  }
}

/** Put a code cell below the active one, and run it. */
export async function runCell(
  panel: NotebookPanel,
  source: string
): Promise<void> {
  insertCell(panel, source);
  panel.content.mode = 'command';
  await NotebookActions.run(panel.content, panel.sessionContext);
}
