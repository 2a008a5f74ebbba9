/** The notebooks of JupyterLab, as far as their kernels go. */

import type { INotebookTracker } from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';

import { Notebooks } from '../src/notebooks';

jest.mock('@jupyterlab/notebook', () => ({ NotebookActions: {} }));

/** What several views of a notebook share. */
class Context {
  kernelChanged = new Signal<this, void>(this);
  statusChanged = new Signal<this, void>(this);
  connectionStatusChanged = new Signal<this, void>(this);
  propertyChanged = new Signal<this, void>(this);
  ready = Promise.resolve();
  isReady = true;
  hasNoKernel = false;
  session = { kernel: { id: 'one' } };
}

class View {
  constructor(readonly sessionContext: Context) {}
  disposed = new Signal<this, void>(this);
}

function opened(view: View): Notebooks {
  const tracker = { currentWidget: view, currentChanged: {} };
  return new Notebooks(tracker as unknown as INotebookTracker);
}

const SIGNALS = [
  'kernelChanged',
  'statusChanged',
  'connectionStatusChanged',
  'propertyChanged'
] as const;

test.each(SIGNALS)('a session tells of %s', kind => {
  const view = new View(new Context());
  const session = opened(view).current!;
  let changes = 0;
  session.changed.connect(() => void (changes += 1));

  view.sessionContext[kind].emit();

  expect(changes).toBe(1);
  expect(session.kernel).toBe(view.sessionContext.session.kernel);
});

test('a view that is closed listens no more to what other views share', () => {
  const context = new Context();
  const [one, other] = [new View(context), new View(context)];
  const closed = opened(one).current!;
  const stays = opened(other).current!;
  const told: string[] = [];
  const tell = jest.spyOn(Signal.prototype, 'emit');

  one.disposed.emit();
  stays.changed.connect(() => void told.push('stays'));
  tell.mockClear();
  SIGNALS.forEach(kind => context[kind].emit());

  expect(told).toHaveLength(4);
  expect(tell.mock.contexts).not.toContain(closed.changed);
  expect(tell.mock.contexts).toContain(stays.changed);
  tell.mockRestore();
});
