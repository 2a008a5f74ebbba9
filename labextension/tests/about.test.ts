/** What is told of the words of our cells, and of mistakes by a key. */

import { pythonLanguage } from '@codemirror/lang-python';
import { forceParsing } from '@codemirror/language';
import { EditorState, StateEffect } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { Signal } from '@lumino/signaling';

import type { ICard } from '../src/cells/about';
import { tooltipAt } from '../src/cells/about';
import { messageOf } from '../src/cells/diagnostics';
import { cellExtension } from '../src/cells/extension';
import { point } from '../src/cells/pointed';
import { aboutAt } from '../src/grammar/about';
import { scopeOf } from '../src/grammar/notebook';

/** What is known of the word that the mark stands in. */
function told(doc: string): string | null {
  const about = aboutAt(doc.replace('¶', ''), doc.indexOf('¶'));
  return about === null
    ? null
    : about.kind === 'name'
      ? about.name
      : `${about.written}: ${about.help}`;
}

test.each<[string, string | null]>([
  [
    '%%pre¶dict QA\nhow are you',
    '%%predict PROGRAM: Run a signature or a program on the text of the cell.'
  ],
  [
    '%lm smollm2 --temp¶erature 0',
    '--temperature X: of sampling; 0 gives the likeliest answer.'
  ],
  ['%lm smol¶lm2', 'smollm2: On this machine: 98 MB.'],
  [
    '%evaluate QA --metric=f¶1',
    "f1: The overlap of the answer's words with the example's: the harmonic mean of precision and recall."
  ],
  [
    '%compile QA --with mi¶pro --out x',
    "mipro: The paper's search: as `MIPROv2`, but every trial draws a minibatch of its own and TPE is told its plain score."
  ],
  ['%compile Int¶ent --data train', 'Intent'],
  [
    '%compile Intent \\\n    --wi¶th mipro',
    "--with OPTIMIZER: an optimizer's name or an object; random_search."
  ],
  ['%compile Intent --data \\\n    tra¶in', 'train'],
  ['%evaluate Intent helper@2¶', 'helper@2'],
  ['%evaluate Intent --data te¶st', 'test'],
  ['%evaluate Intent --data=sums.te¶st', 'sums.test'],
  ['%evaluate Intent --data sums.¶size', null],
  ['%%signature Intent¶\na -> b', 'Intent'],
  ['%compile QA --data {tra¶in}', null],
  ['%evaluate QA --metric "ex¶act"', null],
  ['%%predict QA\nhow a¶re you', null],
  ['x = 3¶\n%lm', null],
  ['%load_ext nb¶dspy', 'nbdspy'],
  ['%load_e¶xt nbdspy', null]
])('of %j it says %j', (doc, words) => {
  expect(told(doc)).toBe(words);
});

describe('in an editor', () => {
  const python = { parser: pythonLanguage.parser, load: async () => undefined };

  function opened(doc: string): EditorView {
    const cell = {
      isPython: () => true,
      scope: () => scopeOf(() => []),
      inputsOf: () => [],
      ran: new Signal<object, void>({})
    };
    const view = new EditorView({
      state: EditorState.create({
        doc,
        extensions: [pythonLanguage.extension, cellExtension(cell, python)]
      })
    });
    view.dispatch({ effects: StateEffect.define<null>().of(null) });
    forceParsing(view, doc.length, 5000);
    return view;
  }

  test('a manual is text, whatever it holds', async () => {
    const view = opened('%compile QA --data train');

    const tooltip = await tooltipAt(view, 14, async () => null);

    const { dom } = tooltip!.create(view);
    expect(dom.textContent).toBe('--data DF the training examples.');
    expect(dom.getAttribute('role')).toBe('tooltip');
    expect(dom.getAttribute('aria-live')).toBe('polite');
  });

  test('a card is asked for by its name, and goes with its tooltip', async () => {
    const view = opened('%%module Careful\nx = helper(a=3)');
    const asked: string[] = [];
    let gone = 0;
    const card: ICard = {
      node: document.createElement('p'),
      dispose: () => (gone += 1)
    };
    const ask = async (name: string): Promise<ICard | null> => {
      asked.push(name);
      return name === 'helper' ? card : null;
    };

    expect(await tooltipAt(view, 18, ask)).toBeNull();
    const tooltip = await tooltipAt(view, 23, ask);
    const shown = tooltip!.create(view);
    shown.destroy?.();

    expect(asked).toEqual(['x', 'helper']);
    expect(shown.dom.contains(card.node)).toBe(true);
    expect(gone).toBe(1);
  });

  test('what a key shows stays until the cursor or the text moves', () => {
    const view = opened('%signature A a: intt -> b');
    const message = messageOf({
      message: 'no type is called intt.',
      hint: null,
      from: 16,
      to: 20
    });
    const shown = (): string | undefined =>
      document.querySelector('.nbdspy-Told')?.textContent ??
      view.dom.querySelector('.nbdspy-Told')?.textContent ??
      undefined;

    point(view, 16, message);
    expect(view.state.selection.main.head).toBe(16);
    expect(shown()).toBe('no type is called intt.');
    view.dispatch({ selection: { anchor: 17 } });
    expect(shown()).toBeUndefined();
    point(view, 16, message);
    view.dispatch({ changes: { from: 0, insert: ' ' } });
    expect(shown()).toBeUndefined();
  });
});
