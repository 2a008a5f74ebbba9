/** What an editor's model tells of its notebook. */

import type { CodeEditor } from '@jupyterlab/codeeditor';

import { mistakesIn } from '../src/cells/diagnostics';
import type { ICell } from '../src/context';
import { contextOf } from '../src/context';

/** The first of a notebook's cells. */
function first(
  sources: readonly string[],
  { mimeType = 'text/x-ipython', kind = 'code' } = {}
): ICell {
  const notebook: { cells: object[] } = { cells: [] };
  notebook.cells = sources.map((source, at) => ({
    cell_type: at === 0 ? 'code' : kind,
    getSource: () => source,
    notebook
  }));
  const [sharedModel] = notebook.cells;
  return contextOf({ mimeType, sharedModel } as unknown as CodeEditor.IModel);
}

/** What is said of the first cell. */
function saidOf(...sources: string[]): string[] {
  const found = mistakesIn(sources[0]!, first(sources).scope());
  return found.map(each => each.message);
}

test.each([
  ['text/x-ipython', true],
  ['text/x-python', true],
  ['text/x-rsrc', false],
  ['text/x-julia', false],
  ['text/x-ipythongfm', false],
  ['text/plain', false]
])('a cell of %s is Python: %j', (mimeType, isPython) => {
  expect(first(['x'], { mimeType }).isPython()).toBe(isPython);
});

test('an editor that belongs to no notebook knows of none, and takes every name for a type', () => {
  const sharedModel = { getSource: () => '%signature A text -> mood: Mood' };
  const cell = contextOf({
    mimeType: 'text/x-python',
    sharedModel
  } as unknown as CodeEditor.IModel);

  expect(cell.isAmongOurs()).toBe(false);
  expect(cell.programs()).toEqual([]);
  expect(mistakesIn(sharedModel.getSource(), cell.scope())).toEqual([]);
});

test('the other cells of code tell of programs, tables, inputs and names', () => {
  const cells = [
    '%signature Mine a -> b',
    '%signature Tone message, language -> tone',
    'train = pd.read_csv("a.csv")\nclass Mood(str): pass'
  ];
  const cell = first(cells);

  expect(cell.isAmongOurs()).toBe(true);
  expect(cell.programs()).toEqual(['Tone']);
  expect(cell.tables()).toEqual(['train']);
  expect(cell.inputsOf('Tone')).toEqual(['message', 'language']);
  expect(cell.scope().types).toEqual(['Mood']);
  expect(first(cells, { kind: 'markdown' }).programs()).toEqual([]);
});

test('inputs of a signature that is written as a class are its inputs alone', () => {
  const body =
    '    request: str = nbdspy.InputField(desc="said")\n' +
    '    language = InputField()\n    intent: str = OutputField()';
  const whole = `%%signature Whole\nclass Whole(nbdspy.Signature):\n    """Say."""\n\n${body}`;
  const cells = ['x', `%%signature Bare\nSay.\n\n${body}`, whole];

  for (const name of ['Bare', 'Whole']) {
    expect(first(cells).inputsOf(name)).toEqual(['request', 'language']);
  }
});

test('what types of the notebook take in brackets is left to the kernel', () => {
  expect(saidOf('%signature A q -> a: Code["x"]', 'import Code')).toEqual([]);
  expect(saidOf('%signature A q -> a: t.Literal["x"]', 'as t')).toEqual([]);
});

test('a type may be defined in another cell, or in the same one', () => {
  const signature = '%signature A text -> mood: Mood';
  const unknown = ['no type is called Mood.'];

  expect(saidOf(signature)).toEqual(unknown);
  expect(saidOf(signature, 'class Mood(str): pass')).toEqual([]);
  expect(
    saidOf(`%load_ext nbdspy\nclass Mood(str): pass\n${signature}`)
  ).toEqual([]);
  expect(saidOf(`x = 1\n${signature}\n${signature}`)).toEqual([
    ...unknown,
    ...unknown
  ]);
  expect(saidOf('%%signature A\nMood.\n\ntext -> mood: Mood')).toEqual(unknown);
});
