/** Notebooks, as far as their kernels go, and how things are with a kernel. */

import type { ISignal } from '@lumino/signaling';

import type { IKernel } from './kernel';
import type { State } from './tokens';

/** What kernels that can have nbdspy call their language. */
export const PYTHON = 'python';

/** A notebook, as far as its kernel goes. */
export interface ISession {
  readonly kernel: IKernel | null;
  readonly isStarting: boolean;
  /** Emitted when its kernel becomes another, or the kernel's status does. */
  readonly changed: ISignal<unknown, unknown>;
  /** Whether a cell of it speaks of nbdspy: others are not asked whether they have it. */
  mentions(): boolean;
}

/** The notebooks of a page. */
export interface ISessions {
  readonly current: ISession | null;
  readonly currentChanged: ISignal<unknown, unknown>;
}

/** What is known of the kernel of a notebook beside what JupyterLab tells. */
export interface IKnown {
  /** Whether it was asked whether it has nbdspy, and did not say that it has not. */
  readonly isLinked: boolean;
  readonly isAnswered: boolean;
  /** Whether another notebook or console of the page speaks to it: JupyterLab lets only one. */
  readonly isShared: boolean;
  /** Whether a cell runs. */
  readonly isBusy: boolean;
  /** Empty as long as it has not told which it is, as when a cell has run since before the page was opened. */
  readonly language: string;
  readonly wasConnected: boolean;
}

/** How things are with the kernel of a notebook. */
export function stateOf(session: ISession | null, known: IKnown): State {
  if (session === null) {
    return 'noNotebook';
  }
  const { isStarting, kernel } = session;
  if (kernel === null || kernel.isDisposed) {
    return isStarting ? 'starting' : 'noKernel';
  }
  switch (kernel.status) {
    case 'dead':
    case 'terminating':
      return 'noKernel';
    case 'starting':
    case 'restarting':
    case 'autorestarting':
      return 'starting';
  }
  if (kernel.connectionStatus !== 'connected') {
    return known.wasConnected ? 'disconnected' : 'starting';
  }
  if (known.isAnswered) {
    return known.isBusy ? 'running' : 'idle';
  }
  if (known.isLinked || known.language === '') {
    return 'asking';
  }
  if (known.language !== PYTHON) {
    return 'otherLanguage';
  }
  return known.isShared ? 'shared' : 'notLoaded';
}
