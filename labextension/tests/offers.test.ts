/** What is offered at the cursor without a kernel. */

import { offersAt } from '../src/grammar/offers';
import { programsIn } from '../src/grammar/notebook';
import { MAGICS } from '../src/grammar/vocabulary';

const around = {
  programs: () => ['Intent', 'helper'],
  inputsOf: (name: string) => (name === 'Intent' ? ['request', 'history'] : [])
};

/** The words that can stand at the mark. */
function offered(doc: string): string[] {
  const at = doc.indexOf('¶');
  const found = offersAt(doc.replace('¶', ''), at, around);
  return found?.words.map(each => each.text) ?? [];
}

test.each<[string, string[]]>([
  ['%%sig¶', ['%%signature']],
  ['%ev¶', ['%evaluate']],
  ['%comp¶', ['%compile', '%%compile']],
  ['x = 3\nbest = %comp¶', ['%compile']],
  ['x = 3\n%%comp¶', []],
  ['%compile Int¶', ['Intent']],
  ['%compile Intent --da¶', ['--data']],
  ['%compile Intent --data train --da¶', []],
  ['%compile Intent --data train --with boot¶', ['bootstrap_few_shot']],
  ['%compile Intent --with=copr¶', ['copro']],
  ['%compile Intent --with Label¶ --out x', ['LabeledFewShot']],
  ['%compile Intent --auto ¶', ['light', 'medium', 'heavy']],
  ['%compile Intent --teacher h¶', ['helper']],
  ['%evaluate Intent --metric exact¶', ['exact_match']],
  ['%evaluate Intent h¶', ['helper']],
  ['%compile Intent --data {tra¶', []],
  ['%compile Intent --metric "ex¶', []],
  ['%compile Intent # --da¶', []],
  ['%lm smol¶', ['smollm2']],
  ['%cassette re¶', ['record', 'replay']],
  ['%runs p¶', ['pause']],
  ['%programs diff h¶', ['helper']],
  ['%nbdspy help comp¶', ['compile']],
  ['%nbdspy d¶', ['doctor']],
  ['%prompt Intent req¶', ['request=']],
  ['%%predict Int¶', ['Intent']],
  ['%%predict Intent\nreq¶', ['request: ']],
  ['%%predict Intent\nI req¶', []],
  ['%%signature QA\nquestion: flo¶', ['float']],
  ['%%signature QA\nquestion: list[Dec¶', ['Decimal']],
  ['%%signature QA\nSay it.\n\na: str\n->\nb: Lit¶', ['Literal[']],
  ['%%signature QA\nMind: flo¶\n\na: str\n->\nb', []],
  ['%%signature QA\na: str # flo¶\n->\nb', []],
  ['%%signature QA\na: flo¶ = InputField()', ['float']],
  ['%signature QA a, b: flo¶', ['float']],
  ['%%compile Intent\nnum_c¶', ['num_candidate_programs = ']],
  ['%%compile Intent --with LabeledFewShot\nk¶', ['k = ']],
  ['%%module A\nflo¶', []],
  ['import o¶', []],
  ['¶', []]
])('%j offers %j', (doc, words) => {
  expect(offered(doc)).toEqual(words);
});

test('one sign offers every magic of ours, those of cells too', () => {
  expect(offered('%¶')).toEqual(
    expect.arrayContaining(['%lm', '%%module', '%signature', '%%signature'])
  );
  expect(offered('%%¶')).toHaveLength(
    [...MAGICS.values()].filter(magic => magic.isCell).length
  );
});

test('an option says what it takes and what it does', () => {
  const doc = '%lm smollm2 --te';

  expect(offersAt(doc, doc.length, around)).toEqual({
    from: 12,
    words: [
      {
        text: '--temperature',
        kind: 'option',
        help: '--temperature X: of sampling; 0 gives the likeliest answer.'
      }
    ]
  });
});

test('names of programs are those that cells define', () => {
  expect(
    programsIn([
      '%%signature Intent\na -> b',
      '%%module Careful\n',
      '%compile Intent --data a --out helper\n%compile Careful',
      '%compile {made()}',
      'x = 7 % 3',
      '%signature QA a -> b'
    ])
  ).toEqual(['Intent', 'Careful', 'helper', 'Careful_compiled', 'QA']);
});
