/** What the parts of the extension know of each other: the kernel's state as a page has it, and who keeps it. */

import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';

/** The model that programs ask, and what the kernel's process has spent; the name is empty when none is chosen. */
export interface IModel {
  name: string;
  settings: string[];
  where: string;
  spent: string[];
  cost: string;
  tokens: string;
  cassette: '' | 'record' | 'replay' | 'fill';
}

/** A part of a list, and how many entries it leaves out. */
export interface IEntries<T> {
  entries: T[];
  more: number;
}

export interface ISignature {
  name: string;
  text: string;
  inputs: string[];
  instructions: string;
}

export interface IVersion {
  called: string;
  number: number;
  made_by: string;
  parent: string;
  score: string;
  scored: string;
  interval: string;
  is_bound: boolean;
}

/**
 * A program by name, its last version first.
 *
 * `note` tells why what the variable holds is none of them: it is the best so far of `run`, which goes on; it was
 * changed since; nothing was kept of it; or no variable holds the program, which was kept by an earlier kernel.
 */
export interface IProgram {
  name: string;
  note: '' | 'going' | 'changed' | 'unkept' | 'kept';
  run: number;
  versions: IVersion[];
  more: number;
}

export type RunState =
  'ready' | 'running' | 'paused' | 'stopping' | 'done' | 'stopped' | 'failed';

export type Steering = 'pause' | 'resume' | 'stop';

/** A compile; `counted` tells in words how far its step is, `done` of `total`; empty where those are programs. */
export interface IRun {
  number: number;
  name: string;
  program: string;
  optimizer: string;
  state: RunState;
  phase: string;
  done: number;
  total: number;
  counted: string;
  trials: number;
  best: string;
  interval: string;
  facts: string[];
  why: string;
  actions: Steering[];
}

export interface ICassette {
  name: string;
  mode: IModel['cassette'];
  recorded: number | null;
}

export interface ISections {
  model: IModel;
  signatures: IEntries<ISignature>;
  programs: IEntries<IProgram>;
  runs: IEntries<IRun>;
  cassettes: IEntries<ICassette>;
}

/** What a page may ask of the kernel. */
export type Request =
  | { do: Steering; run: number }
  | { do: 'show'; run: number }
  | { do: 'tell'; name: string }
  | { do: 'show' | 'export' | 'restore'; program: string }
  | { do: 'compare'; program: string; with?: string };

/** What the kernel gives for a request; which of these depends on what was asked. */
export interface IAnswer {
  said?: string;
  /** The state of the run that was steered, which `said` tells. */
  state?: RunState;
  html?: string;
  name?: string;
  content?: string;
}

/** How things are with the kernel of the notebook in front. */
export type State =
  | 'noNotebook'
  | 'noKernel'
  | 'otherLanguage'
  | 'starting'
  | 'disconnected'
  | 'notLoaded'
  | 'shared'
  | 'asking'
  | 'idle'
  | 'running';

/** What is known of the kernel of the notebook in front, as it is now. */
export interface IWorkbench {
  readonly state: State;
  /** What the kernel told; nothing unless the state is `idle` or `running`. */
  readonly sections: Partial<ISections>;
  /** What came of the last thing that was asked for; empty when there is nothing to say, or it is true no more. */
  readonly said: string;
  readonly isRefusal: boolean;
  readonly changed: ISignal<IWorkbench, void>;
  /** Ask the kernel; null when it refused, which `said` tells. */
  ask(request: Request): Promise<IAnswer | null>;
  /** The card of a program, a signature or examples, as HTML; null where there is none, or the kernel cannot tell now. */
  cardOf(name: string): Promise<string | null>;
  /** Run `%load_ext nbdspy` in the kernel. */
  load(): Promise<void>;
  /** Say whether somebody looks at all sections, or only at model and runs. */
  watchAll(isWatched: boolean): void;
}

export const IWorkbench = new Token<IWorkbench>(
  'nbdspy:IWorkbench',
  'What is known of the kernel of the notebook in front: its model, programs and runs.'
);
