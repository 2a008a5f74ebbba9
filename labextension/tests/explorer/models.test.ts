import cases from '../../../tests/views/cell_cases.json';
import { isOfWords } from '../../src/explorer/models/columns';
import { Listing, NOTHING, turned } from '../../src/explorer/models/listing';
import type { ISaved } from '../../src/explorer/models/saved';
import { read } from '../../src/explorer/models/saved';
import { Words } from '../../src/explorer/models/words';

const english = new Words({
  __: (text, value) => text.replace('%1', value ?? '')
});
/** A language in which every word of ours is another. */
const shouted = new Words({
  __: (text, value) => text.toUpperCase().replace('%1', value ?? '')
});

const lines = (...each: unknown[]): string =>
  each.map(line => JSON.stringify(line)).join('\n');

const TRACE = {
  version: 1,
  title: 'Trace',
  facts: ['2 calls'],
  tables: [
    {
      name: 'steps',
      columns: ['parent', 'kind', 'name', 'error', 'parts'],
      lines: lines(
        [null, 'program', 'Answer'],
        [0, 'Predict', 'query'],
        [
          1,
          'model',
          'small',
          null,
          [
            ['user', 0],
            ['reply', 1]
          ]
        ],
        [0, 'tool', 'search', 'ValueError: no index', [['in', 2]]]
      ),
      left_out: 7
    }
  ],
  texts: lines('How high is it?', ['It is hi …', 90], 'Matterhorn')
};

function listing(saved: unknown, words = english): Listing {
  return new Listing((read(saved) as ISaved).tables[0]!, words);
}

const numbers = (seen: { number: number }[]): number[] =>
  seen.map(({ number }) => number);

test('what Python kept is read, cuts and what is left out among it', () => {
  const { tables } = read(TRACE)!;

  expect(tables[0]!.columns).toEqual(['kind', 'name', 'error']);
  expect(tables[0]!.lines[2]!.parts).toEqual([
    { label: 'user', text: 'How high is it?', length: null },
    { label: 'reply', text: 'It is hi …', length: 90 }
  ]);
  expect(tables[0]!.leftOut).toBe(7);
});

test.each([
  null,
  3,
  'text',
  [],
  {},
  { version: 2, tables: TRACE.tables },
  { version: 1, tables: 'no' },
  { version: 1, tables: [null, 3, { columns: 3 }] },
  { version: 1, tables: [{ columns: ['a'], lines: '{' }] },
  { version: 1, tables: [{ columns: ['a'], lines: '[]\n[' }], texts: '[' }
])('what is of another shape is not explored: %j', data => {
  expect(read(data)).toBeNull();
});

test('whatever stands in a cell is a text, a number or nothing', () => {
  const odd = {
    ...TRACE,
    tables: [
      {
        name: {},
        columns: ['a', 'parent', 'parts'],
        lines: lines(
          [{ toString: 'x' }, 0, 3],
          [
            [1],
            9,
            [
              [{}, 'x'],
              [null, 0]
            ]
          ],
          [1e9, -1, 'x']
        )
      }
    ]
  };

  const table = read(odd)!.tables[0]!;

  expect(table.lines.map(line => line.cells)).toEqual([[null], [null], [1e9]]);
  expect(table.lines.map(line => line.parent)).toEqual([null, null, null]);
  expect(table.lines[1]!.parts.map(part => part.text)).toEqual([
    'How high is it?'
  ]);
});

test('no shape of anything keeps a card from being read', () => {
  const odd = { toString: 1, valueOf: 1 };
  const saved = {
    ...TRACE,
    title: odd,
    facts: [odd, '2 calls', null],
    tables: [
      odd,
      {
        name: odd,
        columns: ['parent', odd, 'parts'],
        lines: lines(
          [odd, odd, odd],
          [odd, 'x', [odd, [odd, odd], ['in', 0], ['out', 1]]]
        ),
        left_out: odd
      }
    ],
    texts: lines([odd, odd], ['kept', odd])
  };

  const found = read(saved)!;

  expect([found.title, found.facts]).toEqual(['', ['2 calls']]);
  expect(found.tables).toEqual([
    {
      name: '',
      columns: [''],
      lines: [
        { cells: [null], parts: [], parent: null },
        {
          cells: ['x'],
          parts: [
            { label: 'in', text: '', length: null },
            { label: 'out', text: 'kept', length: null }
          ],
          parent: null
        }
      ],
      leftOut: 0
    }
  ]);
});

test('a line that was found stands among those that it is inside of', () => {
  const trace = listing(TRACE);

  const seen = trace.seen({ ...NOTHING, query: 'HOW high' });

  expect(seen.map(({ number, isAround }) => [number, isAround])).toEqual([
    [0, true],
    [1, true],
    [2, false]
  ]);
  expect(trace.count({ ...NOTHING, query: 'how high' })).toBe(1);
});

test('lines are filtered by their kind and by errors', () => {
  const trace = listing(TRACE);

  expect(trace.filters.map(({ label, count }) => [label, count])).toEqual([
    ['error', 1],
    ['program', 1],
    ['Predict', 1],
    ['model', 1],
    ['tool', 1]
  ]);
  const errors = trace.filters[0]!.key;
  expect(numbers(trace.seen({ ...NOTHING, filter: errors }))).toEqual([0, 3]);
  expect(
    numbers(trace.seen({ ...NOTHING, filter: errors, query: 'small' }))
  ).toEqual([]);
});

test('what is inside of a folded line is not seen, but found', () => {
  const trace = listing(TRACE);
  const folded = new Set([0]);

  expect(numbers(trace.seen({ ...NOTHING, folded }))).toEqual([0]);
  expect(numbers(trace.seen({ ...NOTHING, folded, query: 'index' }))).toEqual([
    0, 3
  ]);
  expect(trace.seen(NOTHING).map(({ level }) => level)).toEqual([0, 1, 2, 1]);
});

test('rows are filtered by what became of them', () => {
  const rows = listing({
    version: 1,
    tables: [
      {
        name: 'rows',
        columns: ['row', 'verdict', 'error'],
        lines: lines([4, 'failed', 'X'], [0, 'wrong'], [1, 'right'])
      }
    ]
  });

  expect(rows.filters.map(({ label }) => label)).toEqual([
    'failed',
    'wrong',
    'right'
  ]);
  expect(numbers(rows.seen({ ...NOTHING, filter: 'is:wrong' }))).toEqual([1]);
  expect(rows.isTree).toBe(false);
});

const ROWS = listing({
  version: 1,
  tables: [
    {
      name: 'rows',
      columns: ['row', 'verdict', 'text', 'score'],
      lines: lines(
        [4, 'failed', '', null],
        [0, 'wrong', 'b 10', 0.5],
        [1, 'right', 'b 9', 1],
        [2, 'right', 'a', 1]
      )
    }
  ]
});

test.each([
  [3, false, [1, 2, 3, 0]],
  [3, true, [2, 3, 1, 0]],
  [2, false, [3, 2, 1, 0]],
  [2, true, [1, 2, 3, 0]],
  [0, true, [0, 3, 2, 1]]
])(
  'lines are sorted by column %i, down %s, and what says nothing is last',
  (column, isDown, order) => {
    const seen = ROWS.seen({ ...NOTHING, order: { column, isDown } });

    expect(numbers(seen)).toEqual(order);
  }
);

test('what is filtered is sorted too', () => {
  const order = { column: 2, isDown: false };

  const seen = ROWS.seen({ ...NOTHING, filter: 'is:right', order });

  expect(numbers(seen)).toEqual([3, 2]);
});

test('in a tree lines are sorted among those inside of the same one', () => {
  const trace = listing(TRACE);
  const order = { column: 1, isDown: true };

  expect(numbers(trace.seen({ ...NOTHING, order }))).toEqual([0, 3, 1, 2]);
  expect(numbers(trace.seen({ ...NOTHING, order, query: 'high' }))).toEqual([
    0, 1, 2
  ]);
});

test('a column turns up, down, and back', () => {
  const up = turned(null, 2);
  const down = turned(up, 2);

  expect([up, down, turned(down, 2)]).toEqual([
    { column: 2, isDown: false },
    { column: 2, isDown: true },
    null
  ]);
  expect(turned(down, 0)).toEqual({ column: 0, isDown: false });
});

test('a line is copied as JSON with what it says', () => {
  expect(JSON.parse(listing(TRACE).asJson(2))).toEqual({
    kind: 'model',
    name: 'small',
    parts: [
      { label: 'user', text: 'How high is it?' },
      { label: 'reply', text: 'It is hi …', length: 90 }
    ]
  });
});

test('twenty thousand lines are searched in a moment', () => {
  const many = listing({
    version: 1,
    tables: [
      {
        name: 'steps',
        columns: ['parent', 'kind', 'name', 'parts'],
        lines: Array.from({ length: 20_000 }, (_, number) =>
          JSON.stringify([number ? 0 : null, 'tool', `n${number}`, [['in', 0]]])
        ).join('\n')
      }
    ],
    texts: lines('x'.repeat(4_000))
  });
  const began = performance.now();

  expect(numbers(many.seen({ ...NOTHING, query: 'n19999' }))).toEqual([
    0, 19_999
  ]);

  expect(performance.now() - began).toBeLessThan(1_000);
});

test.each(cases.cells)(
  'a number is read as its card says it: $column $value',
  ({ column, told, value }) => {
    expect(english.cell(value, column)).toBe(told);
  }
);

test('nothing is nothing, and the first line begins at once', () => {
  expect(english.cell(null, 'score')).toBe('');
  expect(english.cell(undefined, 'calls')).toBe('');
  expect(english.cell(0, 'at')).toBe('0 ms');
});

test('what is searched for is what is on the screen', () => {
  const found = (query: string): number[] =>
    numbers(ROWS.seen({ ...NOTHING, query }));

  expect(found('50 %')).toEqual([1]);
  expect(found('100 %')).toEqual([2, 3]);
  expect(found('0.5')).toEqual([]);
});

test('all words of ours are those of the reader', () => {
  for (const table of cases.tables) {
    expect(shouted.table(table)).toBe(table.toUpperCase());
  }
  for (const column of cases.columns) {
    expect(shouted.column(column)).toBe(column.toUpperCase());
  }
  for (const word of cases.words) {
    expect(shouted.cell(word, 'verdict')).toBe(word.toUpperCase());
  }
  expect(shouted.cell(true, 'now')).toBe('YES');
  expect(shouted.column('expected label')).toBe('EXPECTED label');
  expect(shouted.column('score after')).toBe('SCORE AFTER');
});

test('words of others stay theirs', () => {
  expect(shouted.column('constructor')).toBe('constructor');
  expect(shouted.column('my column')).toBe('my column');
  expect(shouted.cell('right', 'expected label')).toBe('right');
  expect(shouted.cell('Predict', 'kind')).toBe('Predict');
  expect(isOfWords('constructor')).toBe(false);
});

test('in another language lines are filtered and found as in English', () => {
  const trace = listing(TRACE, shouted);

  const [errors, program] = trace.filters;

  expect([errors!.label, program!.label]).toEqual(['ERROR', 'PROGRAM']);
  expect(numbers(trace.seen({ ...NOTHING, filter: program!.key }))).toEqual([
    0
  ]);
  expect(numbers(trace.seen({ ...NOTHING, query: 'TOOL' }))).toEqual([0, 3]);
});
