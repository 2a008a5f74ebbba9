/** What is known of the kernel of the notebook in front, without a page: which state it is in, and what it told. */

import { KernelMessage } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import { SPEAKS_OF_IT } from './grammar/ours';
import type { IKernel, ITold } from './kernel';
import { KernelLink, loadInto, Refused } from './kernel';
import type { ISession, ISessions } from './sessions';
import { PYTHON, stateOf } from './sessions';
import type {
  IAnswer,
  IRun,
  ISections,
  IWorkbench,
  Request,
  State
} from './tokens';
import { passedOver } from './words';

type Later = (milliseconds: number, act: () => void) => void;

const ALWAYS = ['model', 'runs'] as const;
const ALL = ['model', 'signatures', 'programs', 'runs', 'cassettes'] as const;
const LOOKS = [1000, 3000, 9000]; // milliseconds after a cell began that may load nbdspy, and goes on

/** Subshells have states of their own, and consoles may run cells on them. */
function isOfCell(asked: object): boolean {
  const isAside = 'subshell_id' in asked && !!asked.subshell_id;
  return (
    'msg_type' in asked && asked.msg_type === 'execute_request' && !isAside
  );
}

export class Workbench implements IWorkbench {
  constructor(
    private readonly _sessions: ISessions,
    private readonly _trans: TranslationBundle,
    private readonly _later: Later = (milliseconds, act) =>
      void setTimeout(act, milliseconds)
  ) {
    _sessions.currentChanged.connect(this._turn, this);
    this._turn();
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get sections(): Partial<ISections> {
    return this._sections;
  }

  get said(): string {
    return this._said;
  }

  get isRefusal(): boolean {
    return this._isRefusal;
  }

  get state(): State {
    return stateOf(this._session, {
      isLinked: this._link !== null,
      isShared: this._kernel?.handleComms === false,
      isAnswered: this._isAnswered,
      isBusy: this._isBusy,
      language: this._language,
      wasConnected: this._wasConnected
    });
  }

  async ask(request: Request): Promise<IAnswer | null> {
    const link = this._link;
    if (link === null) {
      return null;
    }
    try {
      const answer = await link.ask(request);
      this._say(answer.said ?? '');
      if ('run' in request && answer.state !== undefined) {
        this._steered = { number: request.run, state: answer.state };
      }
      return answer;
    } catch (error) {
      if (!(error instanceof Refused)) {
        throw error;
      }
      this._say(error.message, true);
      return null;
    }
  }

  async cardOf(name: string): Promise<string | null> {
    const canAnswer = !this._isBusy || this._kernel?.supportsSubshells;
    if (this._link === null || !this._isAnswered || !canAnswer) {
      return null;
    }
    try {
      return (await this._link.ask({ do: 'tell', name })).html ?? null;
    } catch (error) {
      if (!(error instanceof Refused)) {
        throw error;
      }
      return null;
    }
  }

  async load(): Promise<void> {
    const kernel = this._kernel;
    if (kernel === null) {
      return;
    }
    this._say('');
    let refusal = '';
    try {
      if (!(await loadInto(kernel))) {
        refusal = passedOver(this._trans);
      }
    } catch (error) {
      refusal = error instanceof Error ? error.message : `${error}`;
    }
    if (kernel !== this._kernel) {
      return; // another notebook is in front by now
    }
    if (refusal) {
      this._say(refusal, true);
    } else {
      this._seek();
    }
  }

  watchAll(isWatched: boolean): void {
    if (isWatched !== this._isAll) {
      this._isAll = isWatched;
      this._watch();
    }
  }

  /** Another notebook is in front. */
  private _turn(): void {
    const session = this._sessions.current;
    if (session === this._session) {
      return;
    }
    this._session?.changed.disconnect(this._look, this);
    session?.changed.connect(this._look, this);
    this._session = session;
    this._look();
  }

  /** The kernel may be another, or in another state. */
  private _look(): void {
    const kernel = this._session?.kernel ?? null;
    if (kernel !== this._kernel) {
      this._meet(kernel);
    }
    if (kernel !== null && !kernel.isDisposed) {
      this._follow(kernel);
    }
    this._changed.emit();
  }

  private _meet(kernel: IKernel | null): void {
    this._kernel?.iopubMessage.disconnect(this._overhear, this);
    this._leave();
    this._forget();
    this._kernel = kernel;
    this._wasConnected = this._isBusy = false;
    this._isHoped = this._isSought = this._isSettled = false;
    this._language = '';
    kernel?.iopubMessage.connect(this._overhear, this);
  }

  /** Begin to speak once the kernel is there, and begin anew once it is there again. */
  private _follow(kernel: IKernel): void {
    if (/starting|dead|terminating/.test(kernel.status)) {
      this._leave(); // what it knew is gone
      this._forget();
      this._having.delete(kernel.id);
      this._isBusy = this._isSettled = false;
      return;
    }
    if (kernel.connectionStatus !== 'connected') {
      this._isSettled &&= this._link === null;
      return;
    }
    this._wasConnected = true;
    if (!this._isSettled) {
      this._isSettled = true;
      void this._settle(kernel);
    }
  }

  private async _settle(kernel: IKernel): Promise<void> {
    const { language_info: language } = await kernel.info;
    if (kernel !== this._kernel || kernel.isDisposed) {
      return;
    }
    this._language = language.name;
    if (this._link !== null) {
      this._watch(); // what it said meanwhile has not come
    } else if (
      this._isSought ||
      this._having.has(kernel.id) ||
      this._session?.mentions()
    ) {
      this._seek();
    }
    this._changed.emit();
  }

  /** Whatever any page has the kernel run. */
  private _overhear(_: unknown, message: KernelMessage.IIOPubMessage): void {
    if (KernelMessage.isExecuteInputMsg(message)) {
      const { code } = message.content;
      this._isHoped = SPEAKS_OF_IT.test(code);
      if (this._isHoped) {
        LOOKS.forEach(wait => this._later(wait, () => this._seekIfHoped()));
      }
      return;
    }
    if (KernelMessage.isStatusMsg(message) && isOfCell(message.parent_header)) {
      this._isBusy = message.content.execution_state === 'busy';
      if (this._isBusy && this._steered === null) {
        this._said = ''; // it was of what was before the cell
      }
      if (!this._isBusy) {
        this._seekIfHoped();
        this._isHoped = false;
      }
      this._changed.emit();
    }
  }

  private _seekIfHoped(): void {
    if (this._isHoped && this._link === null) {
      this._seek();
    }
  }

  /** Ask the kernel whether it has nbdspy. */
  private _seek(): void {
    const kernel = this._kernel;
    if (this._link !== null || kernel === null || kernel.isDisposed) {
      return;
    }
    // Before it has told of itself nobody knows whether it has subshells, and a comm keeps to the shell that it is of.
    this._isSought = this._language === '';
    if (this._language !== PYTHON || !kernel.handleComms) {
      return;
    }
    const link = new KernelLink(kernel);
    link.told.connect(this._take, this);
    link.lost.connect(this._lose, this);
    this._link = link;
    this._watch();
    this._changed.emit();
  }

  private _watch(): void {
    this._link?.watch(this._isAll ? ALL : ALWAYS).catch(error => {
      if (!(error instanceof Refused)) {
        throw error;
      }
      if (error.message) {
        this._say(error.message, true);
      }
    });
  }

  private _take(_: KernelLink, { isBusy, sections }: ITold): void {
    this._isAnswered = true;
    this._isBusy = isBusy ?? this._isBusy;
    this._having.add(this._kernel!.id);
    this._sections = { ...this._sections, ...sections };
    const steered = this._steered;
    const run = sections.runs?.entries.find(
      each => each.number === steered?.number
    );
    if (run !== undefined && run.state !== steered?.state) {
      this._said = '';
      this._steered = null;
    }
    this._changed.emit();
  }

  private _lose(): void {
    if (this._steered !== null) {
      this._forget();
    }
    this._having.delete(this._kernel!.id);
    this._leave();
    this._changed.emit();
  }

  private _leave(): void {
    this._link?.dispose();
    this._link = null;
    this._isAnswered = false;
    this._sections = {};
  }

  /** Take back what was said: it was of what is gone. */
  private _forget(): void {
    this._said = '';
    this._steered = null;
  }

  private _say(said: string, isRefusal = false): void {
    this._said = said;
    this._steered = null;
    this._isRefusal = isRefusal;
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
  private _session: ISession | null = null;
  private _kernel: IKernel | null = null;
  private _link: KernelLink | null = null;
  private _sections: Partial<ISections> = {};
  private _said = '';
  private _isRefusal = false;
  /** The run that what is said is of, and the state that it says. */
  private _steered: Pick<IRun, 'number' | 'state'> | null = null;
  private _isAll = false;
  private _isAnswered = false;
  private _isBusy = false;
  private _isHoped = false; // a cell that runs may load nbdspy
  private _isSought = false; // as soon as the kernel has told of itself
  private _isSettled = false;
  private _wasConnected = false;
  private _language = '';
  private readonly _having = new Set<string>(); // ids of kernels that had nbdspy when they were heard of last
}
