/** What an editor's model tells of its notebook. */

import type { ISharedCell } from '@jupyter/ydoc';
import type { CodeEditor } from '@jupyterlab/codeeditor';

import { inputsOf, scopeOf } from '../grammar/notebook';
import type { ICellContext } from './extension';

const REMEMBERED = 2000; // milliseconds, or each key in a prediction would read the whole notebook

/** The cell that a model of an editor belongs to. */
export function contextOf(model: CodeEditor.IModel): ICellContext {
  const sources = (): string[] => {
    const here = model.sharedModel as Partial<ISharedCell>;
    return (here.notebook?.cells ?? [])
      .filter(each => each.cell_type === 'code' && each !== here)
      .map(each => each.getSource());
  };
  let known = { name: '', at: -Infinity, inputs: [] as string[] };
  return {
    isPython: () => /^text\/x-i?python$/.test(model.mimeType),
    scope: () => scopeOf(sources),
    inputsOf: name => {
      const at = Date.now();
      if (name !== known.name || at - known.at > REMEMBERED) {
        known = { name, at, inputs: inputsOf(name, sources()) };
      }
      return known.inputs;
    }
  };
}
