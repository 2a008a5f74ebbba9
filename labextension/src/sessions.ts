/** Notebooks, as far as their kernels go, and how things are with a kernel. */

import type { ISignal } from '@lumino/signaling';

import type { IKernel } from './kernel';
import type { State } from './tokens';

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
  /** Whether a cell runs. */
  readonly isBusy: boolean;
  /** Whether it is of another language than Python. */
  readonly isOther: boolean;
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
  if (known.isOther) {
    return 'otherLanguage';
  }
  if (!known.isLinked) {
    return 'notLoaded';
  }
  if (!known.isAnswered) {
    return 'asking';
  }
  return known.isBusy ? 'running' : 'idle';
}
