// Whether the kernel is gone that a widget belongs to. A page tells nobody when a kernel dies and is started anew, and
// keeps the widgets of notebooks whose kernel never was.

import type { AnyModel } from '@anywidget/types';

import type { IAddressed } from './speaker';

interface ISignal<T> {
  connect(told: (sender: unknown, what: T) => void): unknown;
  disconnect(told: (sender: unknown, what: T) => void): unknown;
}
interface IKernel {
  statusChanged: ISignal<string>;
  disposed: ISignal<unknown>;
}

/** What JupyterLab's manager of widgets is like, and its models; other pages may have no such thing. */
interface IManager {
  kernel?: IKernel | null;
  get_model?(id: string): Promise<{ comm_live?: boolean }>;
}

/** Its last state is kept with it, so that it is known where a saved notebook has the widget's state. */
export interface ILosable extends IAddressed {
  isLost?: boolean;
}

const ENDS = ['restarting', 'autorestarting', 'terminating', 'dead'];

/** Have a model know that its kernel is gone, from now on; the answer ends that. */
export function watch<T extends ILosable>(model: AnyModel<T>): () => void {
  const manager = model.widget_manager as unknown as IManager;
  const kernel = manager.kernel;
  const lose = (): void => model.set('isLost', true as T['isLost']);
  const follow = (_: unknown, status: string): void => {
    if (ENDS.includes(status)) {
      lose();
    }
  };
  if (kernel === null) {
    lose();
  }
  kernel?.statusChanged.connect(follow);
  kernel?.disposed.connect(lose);
  // Of a saved notebook; its own promise waits for this.
  void manager.get_model?.(model.get('address')).then(
    ({ comm_live }) => comm_live === false && lose(),
    () => undefined
  );
  return () => {
    kernel?.statusChanged.disconnect(follow);
    kernel?.disposed.disconnect(lose);
  };
}
