/** The key that goes to the next mistake of a notebook. */

import { pythonLanguage } from '@codemirror/lang-python';
import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import type { Notebook } from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';

import { cellExtension } from '../src/cells/extension';
import { showNextMistake } from '../src/cells/keys';
import { scopeOf, scopesOf } from '../src/grammar/notebook';

/** A cell, which counts how often it is read. */
class Cell {
  constructor(
    private readonly _source: string,
    mimeType = 'text/x-ipython'
  ) {
    this.model = { type: 'code', mimeType, sharedModel: this };
    this.editor = {
      editor: new EditorView({
        state: EditorState.create({
          doc: _source,
          extensions: cellExtension(context, python)
        })
      })
    };
  }
  read = 0;
  readonly ready = Promise.resolve();
  readonly model: object;
  readonly editor: { editor: EditorView };

  getSource(): string {
    this.read += 1;
    return this._source;
  }
}

const python = { parser: pythonLanguage.parser, load: async () => undefined };
const context = {
  isPython: () => true,
  scope: () => scopeOf(() => []),
  inputsOf: () => [],
  ran: new Signal<object, void>({})
};

class Cells {
  constructor(readonly widgets: Cell[]) {}
  activeCellIndex = 0;
  mode = 'command';

  get activeCell(): Cell {
    return this.widgets[this.activeCellIndex]!;
  }
  async scrollToItem(): Promise<void> {}
}

/** Where the key leads to: the number of the cell, and the word there. */
async function pressed(cells: Cells): Promise<[number, string] | null> {
  if (!(await showNextMistake(cells as unknown as Notebook))) {
    return null;
  }
  const { state } = cells.activeCell.editor.editor;
  const { head } = state.selection.main;
  return [cells.activeCellIndex, /\w+/.exec(state.sliceDoc(head))?.[0] ?? ''];
}

test('it goes from mistake to mistake, and round', async () => {
  const cells = new Cells([
    new Cell('%signature A a: intt -> b'),
    new Cell('%signature B a: int -> b'),
    new Cell('%signature C a: strr -> b', 'text/x-rsrc'),
    new Cell('%signature D a: flot -> b')
  ]);

  expect(await pressed(cells)).toEqual([0, 'intt']);
  expect(await pressed(cells)).toEqual([3, 'flot']);
  expect(await pressed(cells)).toEqual([0, 'intt']);
});

test('a type may be of another cell, or of the Python of its own', async () => {
  const own = 'class Mood(str): pass\n%signature A text -> mood: Mood';
  const cells = [
    new Cell(`%load_ext nbdspy\n${own}`),
    new Cell('%signature B text -> mood: Mood'),
    new Cell('%signature C text -> mood: Mod')
  ];

  expect(await pressed(new Cells(cells))).toEqual([2, 'Mod']);
});

test('a notebook of many cells is read once', async () => {
  const cells = new Cells([
    new Cell('class Mood(str): pass'),
    ...Array.from({ length: 200 }, () => new Cell('%signature A a: Mood -> b'))
  ]);

  expect(await pressed(cells)).toBeNull();

  expect(new Set(cells.widgets.map(({ read }) => read))).toEqual(new Set([1]));
});

test.each<[string[], string, boolean]>([
  [['%signature A a: Moood -> b', 'x = 1'], 'Moood', false],
  [['%signature A a: Moood -> b', 'Moood = 1'], 'Moood', true],
  [['%signature A a: Moood -> b', 'Moooder = 1'], 'Moood', false],
  [['%signature A a: Moood -> b\nMoood = str', 'x = 1'], 'Moood', true],
  [['%signature A a: b', 'from moods import *'], 'Moood', true],
  [['from moods import *\n%signature A a: b', 'x = 1'], 'Moood', true],
  [['%%predict A\nfrom moods import *', 'x = 1'], 'Moood', false]
])('the first cell of %j knows %s: %s', (sources, name, isKnown) => {
  expect(scopesOf(sources)(0).has(name)).toBe(isKnown);
});

test('the types of a scope are those of other cells and of its own Python', () => {
  const scope = scopesOf([
    'class Own: ...\n%signature A a: b',
    'class Other: ...',
    '%%predict A\nclass NotHere: ...'
  ]);

  expect([...scope(0).types].sort()).toEqual(['NotHere', 'Other', 'Own']);
  expect([...scope(2).types].sort()).toEqual(['Other', 'Own']);
});
