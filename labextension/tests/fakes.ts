/** A kernel that answers as nbdspy's end of the panel does, and notebooks that have one. */

import type { KernelMessage } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';

import type { IComm, IKernel } from '../src/kernel';
import type { ISession, ISessions } from '../src/sessions';
import { TOLD } from './panel_cases';

/** What a page asks. */
interface IAsked {
  id: number;
  do: string;
  to?: string;
  run?: number;
  name?: string;
  sections?: string[];
}

export class FakeComm {
  constructor(private readonly _kernel: FakeKernel) {}
  onMsg: (message: { content: { data: unknown } }) => void = () => undefined;
  onClose: (message: unknown) => void = () => undefined;
  isDisposed = false;
  subshellStarted = this.started();
  said: IAsked[] = [];
  opened: IAsked | null = null;
  commsOverSubshells = this.over();
  closed = 0;
  private _isKnown = false;

  open(data: IAsked): { done: Promise<unknown> } {
    this.opened = data;
    if (this._kernel.isLoaded) {
      this._told(data);
    } else {
      void Promise.resolve().then(() => this.onClose({}));
    }
    const done = this._kernel.opening;
    void done.then(() => (this._isKnown = true));
    return { done };
  }
  send(data: IAsked): void {
    if (!this._isKnown) {
      throw new Error('No such comm');
    }
    this._told(data);
  }
  private _told(data: IAsked): void {
    this.said.push(data);
    this._kernel.answers(this, data);
  }
  close(): void {
    if (!this._isKnown) {
      throw new Error('No such comm');
    }
    this.closed += 1;
  }
  /** The kernel says something. */
  tell(data: unknown): void {
    this.onMsg({ content: { data } });
  }
  private over(): string {
    return this._kernel.commsOverSubshells;
  }
  private started(): Promise<void> {
    return this._kernel.subshell;
  }
}

export class FakeKernel {
  private static made = 0;
  constructor(public isLoaded = true) {}
  id = `kernel ${++FakeKernel.made}`;
  status = 'idle';
  connectionStatus = 'connected';
  isDisposed = false;
  supportsSubshells = true;
  commsOverSubshells = 'perCommTarget';
  handleComms = true;
  subshell: Promise<void> = Promise.resolve();
  /** Whether a cell runs, as the kernel's end of the panel knows it. */
  isBusy = false;
  /** Done when the kernel has told of itself. */
  introduced: Promise<unknown> = Promise.resolve();
  /** Done when the kernel has opened a comm. */
  opening: Promise<unknown> = Promise.resolve();
  language = 'python';
  iopubMessage = new Signal<this, KernelMessage.IIOPubMessage>(this);
  comms: FakeComm[] = [];
  executed: string[] = [];
  reply: object = { status: 'ok' };
  answers = (comm: FakeComm, { do: what, id, sections }: IAsked): void => {
    const told = Object.entries(TOLD).filter(([name]) =>
      sections?.includes(name)
    );
    const now = Object.fromEntries(told);
    const said = { sections: now, is_busy: this.isBusy };
    comm.tell({ answer: id, said: what === 'watch' ? said : {} });
  };

  get info(): Promise<object> {
    return this.introduced.then(() => ({
      language_info: { name: this.language }
    }));
  }
  get comm(): FakeComm {
    return this.comms[this.comms.length - 1]!;
  }
  createComm(): IComm {
    this.comms.push(new FakeComm(this));
    return this.comm as unknown as IComm;
  }
  requestExecute({ code }: { code: string }): { done: Promise<object> } {
    this.executed.push(code);
    const isCanceled = this.reply instanceof Error;
    this.isLoaded = 'status' in this.reply && this.reply.status === 'ok';
    if (this.isLoaded || 'ename' in this.reply) {
      this.run(code); // every page hears it, this one, too
      this.end();
    }
    return {
      done: isCanceled
        ? Promise.reject(this.reply)
        : Promise.resolve({ content: this.reply })
    };
  }
  /** A cell is run, as every page hears it. */
  run(code: string): void {
    this.isBusy = true;
    this.hear('status', { execution_state: 'busy' });
    this.hear('execute_input', { code, execution_count: 1 });
  }
  end(): void {
    this.isBusy = false;
    this.hear('status', { execution_state: 'idle' });
  }
  hear(
    kind: string,
    content: object,
    asked = 'execute_request',
    subshell: string | null = null
  ): void {
    const message = {
      channel: 'iopub',
      header: { msg_type: kind },
      parent_header: { msg_type: asked, subshell_id: subshell },
      content
    } as unknown as KernelMessage.IIOPubMessage;
    this.iopubMessage.emit(message);
  }
  get real(): IKernel {
    return this as unknown as IKernel;
  }
}

export class FakeSession implements ISession {
  constructor(
    public fake: FakeKernel | null,
    private readonly _mentions = true
  ) {}
  changed = new Signal<this, void>(this);
  isStarting = false;

  get kernel(): IKernel | null {
    return this.fake?.real ?? null;
  }
  mentions(): boolean {
    return this._mentions;
  }
  /** Its kernel comes to another status. */
  turn(status: string, connection = 'connected'): void {
    this.fake!.status = status;
    this.fake!.connectionStatus = connection;
    this.changed.emit();
  }
}

export class FakeSessions implements ISessions {
  constructor(public current: FakeSession | null = null) {}
  currentChanged = new Signal<this, void>(this);

  show(session: FakeSession | null): void {
    this.current = session;
    this.currentChanged.emit();
  }
}

/** Let everything happen that waits for nothing but its turn. */
export const settled = (): Promise<void> =>
  new Promise(done => setTimeout(done, 0));
