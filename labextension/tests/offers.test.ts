/** What is offered at the cursor without a kernel. */

import { offersAt } from '../src/grammar/offers';
import { programsIn } from '../src/grammar/notebook';
import { tablesIn } from '../src/grammar/tables';
import { MAGICS } from '../src/grammar/vocabulary';

const around = {
  programs: () => ['Intent', 'helper'],
  tables: () => ['train', 'val'],
  inputsOf: (name: string) =>
    name === 'Intent' ? ['request', 'history'] : ['question']
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
  ['%compile Intent --data=train --da¶', []],
  ['%compile Intent --data train --with boot¶', ['bootstrap_few_shot']],
  ['%compile Intent --with=copr¶', ['copro']],
  ['%compile Intent --with Label¶ --out x', ['LabeledFewShot']],
  ['%compile Intent --auto ¶', ['light', 'medium', 'heavy']],
  ['%compile Intent --teacher h¶', ['helper']],
  ['%evaluate Intent --metric exact¶', ['exact_match']],
  ['%evaluate Intent h¶', ['helper']],
  ['%evaluate Intent --data ¶', ['train', 'val']],
  ['%compile Intent --val=v¶', ['val']],
  ['%compile Intent --data x¶', []],
  ['few = train[:9]\n%compile Intent --data few¶', ['few']],
  ['rows = [{"a": 1}]\n%compile Intent --test r¶', ['rows']],
  ['%label tr¶', ['train']],
  ['%compile Intent --data train \\\n    --me¶', ['--metric']],
  [
    '%compile Intent \\\n --data train \\\n --metric \\\n exact¶',
    ['exact_match']
  ],
  ['%compile Intent \\\n  --da¶ \\\n  --metric f1', ['--data']],
  ['best = %compile \\\nInt¶', ['Intent']],
  ['%signature QA a \\\n -> b: flo¶', ['float']],
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
  ['%%predict helper\nques¶', []],
  ['%%signature QA\nq: Literal["a", flo¶', []],
  ['%%signature QA\nq: Literal["a"] | flo¶', ['float']],
  ['%%signature QA\nq: str = "a, flo¶', []],
  ['%signature QA a: int = 3, b: flo¶', ['float']],
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
    isOurs: false,
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

test('where examples stand, nothing else is right, known or not', () => {
  const at = (doc: string): unknown => offersAt(doc, doc.length, around);

  expect(at('%evaluate Intent --data q')).toEqual({
    from: 24,
    words: [],
    isOurs: true
  });
  expect(at('%evaluate Intent --data q --zzz')).toBeNull();
});

test('names of examples are those that cells read, write down or use', () => {
  expect(
    tablesIn([
      'train, val, test = nbdspy.datasets.requests()\npool, _ = emojis()',
      'df = pd.read_csv("a.csv")\nfew = df[:9]\ncolumn = df["a"]\nhead = df.head(3)\ntop, size = df[:2], 2',
      'rows = [\n  {"a": 1},\n]\nmore = [Example(a=1)]\nnames = ["a"]\nx == [{}]',
      'math = MATH("algebra")\nroot = math.sqrt(2)\nlm = Model.from_pretrained("x")\nreply = requests.get("x")',
      '%compile Intent --data made --val {made[:3]} --metric mine --out helper'
    ])
  ).toEqual([
    'train',
    'val',
    'test',
    'pool',
    'df',
    'few',
    'head',
    'rows',
    'more',
    'math.train',
    'math.dev',
    'math.test',
    'made'
  ]);
});
