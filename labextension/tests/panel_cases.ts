/** What a kernel says to the panel: `tests/jupyter/test_panel_cases.py` holds it to be true. */

import cases from '../../tests/jupyter/panel_cases.json';
import type { ISections } from '../src/tokens';

/** A type as JSON has it: which words there may be for a text is not told. */
type AsJson<T> = T extends string
  ? string
  : T extends (infer E)[]
    ? AsJson<E>[]
    : T extends object
      ? { [K in keyof T]: AsJson<T[K]> }
      : T;

function read<K extends keyof ISections>({
  said
}: {
  said: { sections: AsJson<Pick<ISections, K>> };
}): Pick<ISections, K> {
  return said.sections as Pick<ISections, K>;
}

export const EMPTY = read<keyof ISections>(cases.empty);
export const TOLD = read<keyof ISections>(cases.told);
export const GOING = read<keyof ISections>(cases.going);
export const STOPPING = read<'runs'>(cases.stopping);
export const STOPPED = read<'runs'>(cases.stopped);
export const KEPT = read<'programs'>(cases.kept);
export const CHANGED = cases.changed as { changed: Pick<ISections, 'runs'> };
/** The whole answer to who asks while a cell runs. */
export const BUSY = cases.busy;
export const { gone: GONE, paused: PAUSED, refused: REFUSED } = cases;
