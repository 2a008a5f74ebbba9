/** The explorer marks what Python marks. */

import cases from '../../../tests/views/wording_cases.json';
import { compared } from '../../src/explorer/models/wording';

test.each(cases)('the words of case %#', ({ after, before, pieces }) => {
  const marked = compared(before, after);

  expect(marked.map(({ kind, text }) => [kind, text])).toEqual(pieces);
});

test('texts too long to compare are shown one after the other', () => {
  const [before, after] = ['a '.repeat(3000), 'b '.repeat(3000)];

  expect(compared(before, after)).toEqual([
    { kind: 'gone', text: before },
    { kind: 'new', text: after }
  ]);
});
