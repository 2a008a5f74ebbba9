/** What an editor's model tells of its notebook. */

import type { ISharedCell } from '@jupyter/ydoc';
import type { CodeEditor } from '@jupyterlab/codeeditor';

import { inputsOf, scopeOf } from '../grammar/notebook';
import type { ICellContext } from './extension';

/** The cell that a model of an editor belongs to. */
export function contextOf(model: CodeEditor.IModel): ICellContext {
  const sources = (): string[] => {
    const here = model.sharedModel as Partial<ISharedCell>;
    return (here.notebook?.cells ?? [])
      .filter(each => each.cell_type === 'code' && each !== here)
      .map(each => each.getSource());
  };
  return {
    isPython: () => /^text\/x-i?python$/.test(model.mimeType),
    scope: () => scopeOf(sources),
    inputsOf: name => inputsOf(name, sources())
  };
}
