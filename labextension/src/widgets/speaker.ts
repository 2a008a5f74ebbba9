// What a page says to its kernel on a comm of its own, which is heard while a cell runs where the page has subshells.

import type { AnyModel } from '@anywidget/types';

/** Who listens in the kernel. */
export interface IAddressed {
  address: string;
}

/** What a page is told of a message of its own. */
interface ICallbacks {
  iopub: { status(said: { content: { execution_state: string } }): void };
}

/** What JupyterLab's comms are like, and the manager that makes them; other pages may have no such thing. */
interface IComm {
  open(data: unknown, callbacks: ICallbacks): void;
  send(data: unknown): void;
  close(): void;
  jsServicesComm?: { isDisposed?: boolean; subshellStarted?: Promise<void> };
}
interface IManager {
  _create_comm?(target: string, id: string): Promise<IComm>;
}

export interface ISpeaker {
  say(said: object): unknown;
  close(): unknown;
}

const PATIENCE = 500; // milliseconds that a subshell may take to start, or to open a comm, where a page does not tell
const after = (milliseconds: number): Promise<void> =>
  new Promise(done => setTimeout(done, milliseconds));

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
  // Not before: what is said on the main shell comes after what is said on the subshell, and the kernel would complain
  // of a comm that it does not know yet. Where no subshell ever starts, nothing is said.
  await (comm.jsServicesComm?.subshellStarted ?? after(PATIENCE));
  if (isGone()) {
    return silent;
  }
  // Nor before it is open: the kernel looks a comm up as soon as it is spoken on, while it opens one when the subshell
  // comes to it. What it complains of would stand as an output in whichever cell runs.
  await Promise.race([
    opened(comm, { to: model.get('address'), ...here() }),
    after(PATIENCE)
  ]);
  const isOpen = (): boolean => comm.jsServicesComm?.isDisposed !== true; // its kernel may have ended since
  return {
    say: said => isOpen() && comm.send(said),
    close: () => isOpen() && comm.close()
  };
}

function opened(comm: IComm, data: object): Promise<void> {
  return new Promise(done => {
    comm.open(data, {
      iopub: {
        status: ({ content }) => content.execution_state === 'idle' && done()
      }
    });
  });
}
