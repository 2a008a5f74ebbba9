/** The cells that commands write, and where the course is found. */

import { lessonIn } from '../src/commands/course';
import { flawsOf, knownIn } from '../src/commands/flaws';
import * as snippets from '../src/snippets';
import { mistakesIn } from '../src/cells/diagnostics';
import { scopeOf } from '../src/grammar/notebook';
import { TOLD } from './panel_cases';

const { COMPILE, compiling, programOf } = snippets;

test('the cells that are inserted are right as they stand', () => {
  const cells = [snippets.SIGNATURE, snippets.MODULE];
  const scope = scopeOf(() => cells);
  expect(cells.map(cell => mistakesIn(cell, scope))).toEqual([[], []]);
  expect(programOf(snippets.SIGNATURE, 0)).toBe('Answer');
  expect(programOf(snippets.MODULE, 0)).toBe('Careful');
});

test('a cell that asks has a line for each input', () => {
  expect(TOLD.signatures.entries.map(snippets.askingOf)).toEqual([
    '%%predict Parity\n',
    '%%predict Tone\nmessage: \nlanguage: '
  ]);
});

test('a line of %compile says what was given, and Python in braces', () => {
  expect(compiling({ ...COMPILE, program: 'Intent' })).toBe(
    '%compile Intent --data train --val val --metric exact_match --with random_search'
  );
  expect(
    compiling({
      program: ' helper ',
      optimizer: 'miprov2',
      data: 'df[df.x > 3]',
      val: '',
      test: '{held}',
      metric: 'scores.mine',
      out: 'better',
      budget: '0.50',
      maxCalls: '500',
      isInBackground: true
    })
  ).toBe(
    '%compile helper --data {df[df.x > 3]} --test {held} --metric scores.mine --with miprov2 --out better --budget 0.50 --max-calls 500 --bg'
  );
});

test('all that is wrong with a line is told at once, by its field', () => {
  const isKnown = knownIn(['train, val = [], []'], ['Intent']);
  const wrong = {
    ...COMPILE,
    program: 'Intend',
    data: 'nosuch',
    val: 'val[1',
    out: 'my helper',
    budget: 'abc',
    maxCalls: '-3'
  };
  expect(flawsOf(wrong, isKnown)).toEqual({
    program: 'unknown',
    data: 'unknown',
    val: 'unclosed',
    out: 'noName',
    budget: 'noNumber',
    maxCalls: 'noCount'
  });
});

test.each([
  [{ program: '' }, { program: 'noProgram' }],
  [{ program: 'In tent' }, { program: 'severalPrograms' }],
  [{ program: 'Predict(Intent)' }, {}],
  [{ program: 'better' }, {}],
  [{ data: ' ' }, { data: 'noData' }],
  [{ data: 'df[df.x > 3]', val: '{held}' }, {}],
  [{ data: 'toxic.train' }, {}],
  [{ test: 'held.test' }, { test: 'unknown' }],
  [{ metric: 'mine' }, { metric: 'unknown' }],
  [{ metric: 'SemanticF1' }, {}],
  [{ out: 'class' }, { out: 'noName' }],
  [{ maxCalls: '0' }, { maxCalls: 'noCount' }],
  [{ out: 'größe', budget: '.5', maxCalls: '12' }, {}]
])('what is wrong with %j', (part, flaws) => {
  const cells = [
    'train, val, toxic = load()',
    '%compile Intent --data nosuch --out better \\\n  --test held --metric mine'
  ];
  const now = { ...COMPILE, program: 'Intent', ...part };
  expect(flawsOf(now, knownIn(cells, ['Intent']))).toEqual(flaws);
});

test('where names come from elsewhere every name may be known', () => {
  const now = { ...COMPILE, program: 'Intent' };
  expect(flawsOf(now, knownIn(['from mine import *'], []))).toEqual({});
});

test.each([
  ['%%signature Intent\nS¶ay.', 'Intent'],
  ['¶%compile  helper --data train', 'helper'],
  ['%compile \\\n  helper --data tr¶ain', 'helper'],
  ['¶x = 1\n%prompt qa request="hi"', 'qa'],
  ['best = %compile help¶er', 'helper'],
  ['best = %compile tools.helper@2 --data train¶', 'tools.helper'],
  ['%compile first\n%compile sec¶ond\n%compile third', 'second'],
  ['%compile first\nx = 1¶\n%compile third', 'first'],
  ['%compile first\n%evaluate¶', 'first'],
  ['x = """\n%compile foo\n"""¶', ''],
  ['x = """\n%compile foo\n"""¶\n%compile bar', 'bar'],
  ['%compile {Predict(Intent)}¶', ''],
  ['%lm smollm2¶', ''],
  ['¶x = 1', '']
])('the program of %j', (source, name) => {
  expect(programOf(source.replace('¶', ''), source.indexOf('¶'))).toBe(name);
});

test('a cassette whose name has blanks is quoted', () => {
  const cassette = TOLD.cassettes.entries[1]!;
  expect(snippets.replaying({ ...cassette, name: '01_first.jsonl' })).toBe(
    '%cassette replay 01_first.jsonl'
  );
  expect(snippets.replaying({ ...cassette, name: 'my notes.jsonl' })).toBe(
    '%cassette replay "my notes.jsonl"'
  );
});

test.each([
  ['', { '': ['01_first_program.ipynb'] }, '01_first_program.ipynb'],
  [
    'work',
    { work: ['notebooks'], 'work/notebooks': ['01_a.ipynb'] },
    'work/notebooks/01_a.ipynb'
  ],
  [
    'work',
    { '': ['notebooks'], notebooks: ['02_b.ipynb', '01_a.ipynb'] },
    'notebooks/01_a.ipynb'
  ],
  ['work', { '': ['notes.ipynb'] }, null]
])('the first lesson near %j', async (folder, files, path) => {
  const known = files as Record<string, string[]>;
  expect(await lessonIn(folder, async place => known[place] ?? [])).toBe(path);
});
