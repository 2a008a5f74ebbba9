// What a page says to its kernel on a comm of its own, which is heard while a cell runs where the page has subshells.

import type { AnyModel } from '@anywidget/types';

import type { IOfSubshell } from './opening';
import { after, opened, started } from './opening';

/** Who listens in the kernel. */
export interface IAddressed {
  address: string;
}

/** What a page is told of a message of its own. */
interface ICallbacks {
  iopub: { status(said: { content: { execution_state: string } }): void };
}

/** What the comms of a manager of widgets are like; those of JupyterLab tell when their subshell has started. */
interface IComm {
  open(data: object, callbacks: ICallbacks): void;
  send(data: unknown): void;
  close(): void;
  jsServicesComm?: IOfSubshell & {
    isDisposed?: boolean;
    open(data: object): { done: Promise<unknown> };
  };
}

/** What manages a page's widgets; other pages than JupyterLab's may have no such thing. */
interface IManager {
  _create_comm?(target: string, id: string): Promise<IComm>;
}

export interface ISpeaker {
  say(said: object): unknown;
  close(): unknown;
}

const PATIENCE = 500; // milliseconds that a subshell may take to start, or to open a comm, where a page does not tell

/** Speaks to the kernel, and has told it that somebody is here, and what else there is to say of that. */
export async function speaker<T extends IAddressed>(
  model: AnyModel<T>,
  isGone: () => boolean,
  more: () => object = () => ({})
): Promise<ISpeaker> {
  const manager = model.widget_manager as unknown as IManager;
  const silent = { say: () => undefined, close: () => undefined };
  // Somebody is looking, and can answer.
  const here = (): object => ({ do: 'here', ...more() });
  if (isGone()) {
    return silent;
  }
  if (typeof manager._create_comm !== 'function') {
    model.send(here());
    return { say: said => model.send(said), close: () => undefined };
  }
  const comm = await manager._create_comm('nbdspy', crypto.randomUUID());
  const lab = comm.jsServicesComm;
  const subshell = lab?.subshellStarted ? started(lab) : after(PATIENCE);
  const isOpened = await opened(subshell, () => {
    if (isGone()) {
      return undefined;
    }
    const first = { to: model.get('address'), ...here() };
    return lab === undefined ? told(comm, first) : lab.open(first).done;
  });
  if (!isOpened) {
    return silent;
  }
  const isOpen = (): boolean => lab?.isDisposed !== true; // its kernel may have ended since
  return {
    say: said => isOpen() && comm.send(said),
    close: () => isOpen() && comm.close()
  };
}

/** Opens a comm of another page, which may not tell when the kernel has heard it. */
function told(comm: IComm, first: object): Promise<void> {
  const heard = new Promise<void>(done =>
    comm.open(first, {
      iopub: {
        status: ({ content }) => content.execution_state === 'idle' && done()
      }
    })
  );
  return Promise.race([heard, after(PATIENCE)]);
}
