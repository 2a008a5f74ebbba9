/** What the kernel's states and kinds are called on a page, and what helps in each. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { IModel, IProgram, IVersion, RunState, State } from './tokens';

/** The state in a few words. */
export function titleOf(state: State, trans: TranslationBundle): string {
  switch (state) {
    case 'noNotebook':
      return trans.__('No notebook is open');
    case 'noKernel':
      return trans.__('No kernel');
    case 'otherLanguage':
      return trans.__('The kernel is not Python');
    case 'starting':
      return trans.__('The kernel is starting');
    case 'disconnected':
      return trans.__('Disconnected');
    case 'notLoaded':
      return trans.__('nbdspy is not loaded');
    case 'shared':
      return trans.__('The kernel is shared');
    case 'asking':
      return trans.__('Asking the kernel');
    case 'running':
      return trans.__('A cell is running');
    case 'idle':
      return trans.__('Ready');
  }
}

/** Why nothing is shown in this state, and what to do; empty where something is. */
export function reasonOf(state: State, trans: TranslationBundle): string {
  switch (state) {
    case 'noNotebook':
      return trans.__(
        'This panel shows the model, programs and runs of the notebook in front. Open one.'
      );
    case 'noKernel':
      return trans.__(
        'The notebook has no kernel: choose one at its top right, or restart it.'
      );
    case 'otherLanguage':
      return trans.__(
        'nbdspy lives in Python kernels. Choose one at the notebook’s top right.'
      );
    case 'starting':
      return trans.__('What it holds is shown once it is there.');
    case 'disconnected':
      return trans.__(
        'The server does not answer. What the kernel is doing goes on; this comes back by itself.'
      );
    case 'notLoaded':
      return trans.__(
        'This kernel does not have the magics yet, or was restarted.'
      );
    case 'shared':
      return trans.__(
        'It answers the notebook or console of this page that was connected to it first. Look there.'
      );
    case 'asking':
      return trans.__(
        'A kernel that cannot answer while it is busy does so when its cell has ended.'
      );
    default:
      return '';
  }
}

/** Why nbdspy was not loaded, though nothing went wrong with it. */
export function passedOver(trans: TranslationBundle): string {
  return trans.__(
    'The kernel did not come to it: a cell before it failed, or the kernel was restarted. Try again.'
  );
}

/** What a cassette does to calls, as a badge. */
export function badgeOf(
  mode: IModel['cassette'],
  trans: TranslationBundle
): string {
  switch (mode) {
    case 'replay':
      return trans.__('replay');
    case 'record':
      return trans.__('recording');
    case 'fill':
      return trans.__('replay, recording');
    case '':
      return '';
  }
}

/** Why the variable of a program holds none of its versions; empty where it does. */
export function noteOf(
  { note, run }: IProgram,
  trans: TranslationBundle
): string {
  switch (note) {
    case 'going':
      return trans.__('the best so far of run %1, which goes on', run);
    case 'changed':
      return trans.__('changed since');
    case 'unkept':
      return trans.__('no version kept');
    case 'kept':
      return trans.__('not in this kernel');
    case '':
      return '';
  }
}

/** What a run does, or has come to. */
export function runStateOf(state: RunState, trans: TranslationBundle): string {
  switch (state) {
    case 'ready':
      return trans.__('ready');
    case 'running':
      return trans.__('running');
    case 'paused':
      return trans.__('paused');
    case 'stopping':
      return trans.__('stopping');
    case 'done':
      return trans.__('done');
    case 'stopped':
      return trans.__('stopped');
    case 'failed':
      return trans.__('failed');
  }
}

/** What a run is at; optimizers of others may have phases of their own. */
export function phaseOf(phase: string, trans: TranslationBundle): string {
  switch (phase) {
    case 'bootstrap':
      return trans.__('bootstrap');
    case 'search':
      return trans.__('search');
    case 'propose':
      return trans.__('propose');
    case 'look':
      return trans.__('look');
    case 'label':
      return trans.__('label');
    case 'embed':
      return trans.__('embed');
    case 'check':
      return trans.__('check');
    case 'held out':
      return trans.__('held out');
    default:
      return phase;
  }
}

/** What made a version: the name of an optimizer or a magic, or words. */
export function makerOf(
  { made_by: maker }: IVersion,
  trans: TranslationBundle
): string {
  switch (maker) {
    case 'as it came':
      return trans.__('as it came');
    case 'restore':
      return trans.__('restored');
    default:
      return maker;
  }
}
