/** What an editor's model tells of its notebook. */

import type { ISharedCell } from '@jupyter/ydoc';
import type { CodeEditor } from '@jupyterlab/codeeditor';

import { inputsOf, programsIn, pythonIn, scopeOf } from './grammar/notebook';
import type { IAround } from './grammar/offers';
import { SPEAKS_OF_IT } from './grammar/ours';
import { tablesIn } from './grammar/tables';
import type { IScope } from './grammar/names';
import { ANYTHING } from './grammar/names';

const REMEMBERED = 2000; // milliseconds, or each key in a prediction would read the whole notebook

/** A cell and what the notebook around it tells. */
export interface ICell extends IAround {
  /** Whether it is a cell of Python. */
  isPython(): boolean;
  scope(): IScope;
  /** Whether it belongs to a notebook that speaks of nbdspy. */
  isAmongOurs(): boolean;
}

/** The cell that a model of an editor belongs to. */
export function contextOf(model: CodeEditor.IModel): ICell {
  const here = model.sharedModel as Partial<ISharedCell>;
  const sources = (): string[] =>
    (here.notebook?.cells ?? [])
      .filter(each => each.cell_type === 'code' && each !== here)
      .map(each => each.getSource());
  const programs = remembered(() => programsIn(sources()));
  const tables = remembered(() => tablesIn(sources()));
  const isAmongOurs = remembered(() =>
    (here.notebook?.cells ?? []).some(each =>
      SPEAKS_OF_IT.test(each.getSource())
    )
  );
  const inputs = remembered(name => inputsOf(name, sources()));
  return {
    isPython: () => /^text\/x-i?python$/.test(model.mimeType),
    // What a console has run stands in no notebook.
    scope: () =>
      here.notebook
        ? scopeOf(() => [...sources(), pythonIn(here.getSource!())])
        : ANYTHING,
    programs: () => programs(''),
    tables: () => tables(''),
    isAmongOurs: () => isAmongOurs(''),
    inputsOf: inputs
  };
}

/** Reads the notebook for a name, and for the same name only now and then again. */
function remembered<T>(read: (name: string) => T): (name: string) => T {
  let known: { name: string; at: number; value: T } | null = null;
  return name => {
    const at = Date.now();
    if (known === null || known.name !== name || at - known.at > REMEMBERED) {
      known = { name, at, value: read(name) };
    }
    return known.value;
  };
}
