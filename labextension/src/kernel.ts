/** The one file that speaks to the kernel: over a comm of its own, which a kernel with subshells answers while busy. */

import type { Kernel } from '@jupyterlab/services';
import type { JSONObject } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IAnswer, ISections, Request } from './tokens';
import { opened, started } from './widgets/opening';

/** What is needed of JupyterLab's comms. */
export type IComm = Pick<
  Kernel.IComm,
  'onMsg' | 'onClose' | 'isDisposed' | 'open' | 'send' | 'close'
> & {
  readonly subshellStarted?: Promise<void>;
  readonly commsOverSubshells?: string;
};

/** What is needed of JupyterLab's kernels. */
export type IKernel = Pick<
  Kernel.IKernelConnection,
  | 'id'
  | 'status'
  | 'connectionStatus'
  | 'isDisposed'
  | 'info'
  | 'handleComms'
  | 'iopubMessage'
  | 'requestExecute'
> & {
  readonly supportsSubshells?: boolean;
  createComm(target: string): IComm;
};

/** The kernel could not do what it was asked; the message says why, and what helps. */
export class Refused extends Error {}

/** What a kernel told. */
export interface ITold {
  readonly sections: Partial<ISections>;
  /** Whether a cell ran as it told this; only its answer to `watch` says so. */
  readonly isBusy?: boolean;
}

interface IMessage {
  answer?: number;
  said?: IAnswer & { sections?: Partial<ISections>; is_busy?: boolean };
  error?: string;
  hint?: string;
  changed?: Partial<ISections>;
  gone?: boolean;
}

const TARGET = 'nbdspy';
const ADDRESS = 'panel';

/** A conversation with one kernel that has nbdspy loaded; it begins with the first `watch`, and ends by `lost`. */
export class KernelLink implements IDisposable {
  constructor(private readonly _kernel: IKernel) {
    this._comm = _kernel.createComm(TARGET);
    this._comm.onMsg = message => this._hear(message.content.data as IMessage);
    this._comm.onClose = () => this._lose();
    this._subshell = _kernel.supportsSubshells
      ? started(this._comm).catch(() => undefined)
      : Promise.resolve();
  }

  /** Emitted with the sections that have become others. */
  get told(): ISignal<this, ITold> {
    return this._told;
  }

  /** Emitted once, when the kernel does not answer for nbdspy any more, or never did. */
  get lost(): ISignal<this, void> {
    return this._lost;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Begin to follow these sections, and no others. */
  async watch(sections: readonly (keyof ISections)[]): Promise<void> {
    const { sections: told, is_busy: isBusy } = await this._ask({
      do: 'watch',
      sections: [...sections]
    });
    this._told.emit({ sections: told ?? {}, isBusy });
  }

  /**
   * Ask for something.
   *
   * @throws Refused when the kernel could not do it, or has gone.
   */
  ask(request: Request): Promise<IAnswer> {
    return this._ask(request);
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._end();
    void this._opening?.then(isOpened => isOpened && this._close());
    Signal.clearData(this);
  }

  private _close(): void {
    // A kernel that starts anew has forgotten of it.
    const { isDisposed, status } = this._kernel;
    const isThere = !isDisposed && !/starting|dead|terminating/.test(status);
    if (isThere && !this._comm.isDisposed) {
      this._comm.close();
    }
  }

  private async _ask(
    request: JSONObject
  ): Promise<NonNullable<IMessage['said']>> {
    if (this._isDisposed) {
      throw new Refused('');
    }
    const id = ++this._last;
    const answer = new Promise<NonNullable<IMessage['said']>>(
      (resolve, reject) => this._waiting.set(id, { resolve, reject })
    );
    answer.catch(() => undefined); // who asked hears of it
    const said = { id, ...request };
    if (this._opening === null) {
      this._opening = opened(this._subshell, () =>
        this._isDisposed
          ? undefined
          : this._comm.open({ to: ADDRESS, ...said }).done
      );
      return answer;
    }
    await this._opening;
    if (!this._isDisposed) {
      this._comm.send(said);
    }
    return answer;
  }

  private _hear(said: IMessage): void {
    if (said.gone) {
      void this._opening?.then(isOpened => isOpened && this._close());
      this._lose();
    } else if (said.changed) {
      this._told.emit({ sections: said.changed });
    } else if (said.answer !== undefined) {
      const asked = this._waiting.get(said.answer);
      this._waiting.delete(said.answer);
      if (said.error === undefined) {
        asked?.resolve(said.said ?? {});
      } else {
        asked?.reject(
          new Refused([said.error, said.hint].filter(Boolean).join(' '))
        );
      }
    }
  }

  private _lose(): void {
    if (!this._isDisposed) {
      this._end();
      this._lost.emit();
      Signal.clearData(this);
    }
  }

  private _end(): void {
    this._isDisposed = true;
    for (const { reject } of this._waiting.values()) {
      reject(new Refused(''));
    }
    this._waiting.clear();
  }

  private readonly _comm: IComm;
  private readonly _subshell: Promise<void>;
  private readonly _told = new Signal<this, ITold>(this);
  private readonly _lost = new Signal<this, void>(this);
  private readonly _waiting = new Map<
    number,
    {
      resolve: (said: NonNullable<IMessage['said']>) => void;
      reject: (error: Refused) => void;
    }
  >();
  private _opening: Promise<boolean> | null = null;
  private _last = 0;
  private _isDisposed = false;
}

/**
 * Load nbdspy into a kernel, as a cell would.
 *
 * @returns Whether the kernel came to it: not where a cell before it failed, or the kernel ended.
 * @throws Refused when that is an error.
 */
export async function loadInto(kernel: IKernel): Promise<boolean> {
  const { done } = kernel.requestExecute({
    code: '%load_ext nbdspy',
    store_history: false
  });
  const reply = await done.catch(() => null); // the kernel has ended
  if (reply === null) {
    return false;
  }
  const { content } = reply;
  if (content.status === 'error') {
    throw new Refused(`${content.ename}: ${content.evalue}`);
  }
  return content.status === 'ok';
}
