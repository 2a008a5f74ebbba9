/** Our cells in an editor: which are ours, what their parts are, and what is shown of mistakes. */

import { pythonLanguage } from '@codemirror/lang-python';
import {
  ensureSyntaxTree,
  foldable,
  forceParsing,
  getIndentation,
  IndentContext,
  language
} from '@codemirror/language';
import { EditorState, StateEffect } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { Signal } from '@lumino/signaling';

import { mistakesIn, mistakesOf } from '../src/cells/diagnostics';
import type { ICellContext } from '../src/cells/extension';
import { cellExtension } from '../src/cells/extension';
import { scopeOf } from '../src/grammar/notebook';

const INTENT = `%%signature Intent
Name what the person wants.

request: str   # one short message
->
intent: Literal["alarm", "timer"] = "alarm"
`;
const loaded = { parser: pythonLanguage.parser, load: async () => undefined };
const ran = new Signal<object, void>({});
const changed = StateEffect.define<null>();

function context(cell: Partial<ICellContext> = {}): ICellContext {
  return {
    isPython: () => true,
    scope: () => scopeOf(() => []),
    inputsOf: () => [],
    ran,
    ...cell
  };
}

/** An editor of a cell, after JupyterLab has given it its language. */
function opened(doc: string, cell: Partial<ICellContext> = {}): EditorView {
  const extensions = [
    pythonLanguage.extension,
    cellExtension(context(cell), loaded)
  ];
  const view = new EditorView({
    state: EditorState.create({ doc, extensions })
  });
  view.dispatch({ effects: changed.of(null) });
  return view;
}

function languageOf(view: EditorView): string {
  return view.state.facet(language)!.name;
}

/** The parts of a cell, each with its text. */
function parts(doc: string, cell: Partial<ICellContext> = {}): string[] {
  const { state } = opened(doc, cell);
  const found: string[] = [];
  const tree = ensureSyntaxTree(state, doc.length, 5000)!;
  tree.iterate({
    enter: ({ name, from, to }) => {
      if (!['Cell', 'Inputs', 'Outputs', 'Script'].includes(name)) {
        found.push(`${name}: ${doc.slice(from, to)}`);
      }
    }
  });
  return found;
}

describe('whose a cell is', () => {
  test.each([
    ['%%signature Intent\na -> b', 'nbdspy'],
    ['\n\n%%predict qa\nhello', 'nbdspy'],
    ['%load_ext nbdspy\n%lm smollm2', 'nbdspy'],
    ['best = %compile qa --data df', 'nbdspy'],
    ['%evaluate qa', 'nbdspy'],
    ['%%evaluate qa', 'python'],
    ['%predict qa', 'python'],
    ['%%time\n%%signature A\na -> b', 'python'],
    ['%matplotlib inline\n%lm smollm2', 'nbdspy'],
    ['# the first try\n%compile S --dta train', 'nbdspy'],
    ['x = 3\n%lm smollm2', 'nbdspy'],
    ['r = \\\n  %evaluate S', 'nbdspy'],
    ['\n  %lm smollm2', 'nbdspy'],
    ['x = """\n%lm smollm2\n"""', 'python'],
    ['for x in y:\n    %lm smollm2', 'python'],
    ['%%time\n%lm smollm2', 'python'],
    ['%%bash\n%lm smollm2', 'python'],
    ['x = 3\n%%signature A\na -> b', 'python'],
    ['x = 3\n%matplotlib inline', 'python'],
    ['x = 7 %lm', 'python'],
    ['%%signatures A', 'python'],
    ['import nbdspy', 'python'],
    ['', 'python']
  ])('%j is of %s', (doc, name) => {
    expect(languageOf(opened(doc))).toBe(name);
  });

  test('a cell becomes ours and stops to be', () => {
    const view = opened('%signature A');
    expect(languageOf(view)).toBe('nbdspy');

    view.dispatch({ changes: { from: 0, insert: '# ' } });
    expect(languageOf(view)).toBe('python');

    view.dispatch({ changes: { from: 0, to: 2, insert: '%' } });
    expect(languageOf(view)).toBe('nbdspy');
  });

  test('a line below Python makes a cell ours, and stops to', () => {
    const view = opened('x = 3\n%l');
    expect(languageOf(view)).toBe('python');

    view.dispatch({ changes: { from: 8, insert: 'm' } });
    expect(languageOf(view)).toBe('nbdspy');

    view.dispatch({ changes: { from: 0, insert: '"""' } });
    expect(languageOf(view)).toBe('python');
  });

  test('nothing is ours where cells are not Python', () => {
    expect(languageOf(opened(INTENT, { isPython: () => false }))).toBe(
      'python'
    );
  });

  test('a cell is ours as soon as there is a parser of Python', async () => {
    const python = {
      parser: null as typeof loaded.parser | null,
      load: async () => {
        python.parser = loaded.parser;
      }
    };
    const extensions = [
      pythonLanguage.extension,
      cellExtension(context(), python)
    ];

    const view = new EditorView({
      state: EditorState.create({ doc: INTENT, extensions })
    });
    expect(languageOf(view)).toBe('python');
    await Promise.resolve().then(() => undefined);

    expect(languageOf(view)).toBe('nbdspy');
  });
});

describe('the parts of a cell', () => {
  test('of a signature', () => {
    expect(parts(INTENT)).toEqual([
      'Magic: %%signature',
      'Name: Intent',
      'Instruction: Name what the person wants.',
      'FieldName: request',
      'ExpressionStatement: str',
      'VariableName: str',
      'Description: # one short message',
      'Arrow: ->',
      'FieldName: intent',
      'ExpressionStatement: Literal["alarm", "timer"]',
      'MemberExpression: Literal["alarm", "timer"]',
      'VariableName: Literal',
      '[: [',
      'String: "alarm"',
      ',: ,',
      'String: "timer"',
      ']: ]',
      'ExpressionStatement: "alarm"',
      'String: "alarm"'
    ]);
  });

  test('of a signature in one line', () => {
    expect(parts('%signature QA question -> answer: bool  # yes')).toEqual([
      'Magic: %signature',
      'Name: QA',
      'FieldName: question',
      'Arrow: ->',
      'FieldName: answer',
      'ExpressionStatement: bool',
      'VariableName: bool',
      'Description: # yes'
    ]);
  });

  test('of a signature that nobody has finished', () => {
    expect(parts('%%signature A\nDo it.\n\na: list[\n->\nb: "x')).toEqual(
      expect.arrayContaining([
        'Instruction: Do it.',
        'FieldName: a',
        'Arrow: ->',
        'FieldName: b'
      ])
    );
    expect(parts('%%signature A\nDo it for me')).toEqual([
      'Magic: %%signature',
      'Name: A',
      'Instruction: Do it for me'
    ]);
  });

  test('of a comment that has a line for itself', () => {
    expect(parts('%%signature A\n# first\na\n# second\n->\nb')).toEqual(
      expect.arrayContaining(['Description: # first', 'Description: # second'])
    );
  });

  test('of a signature as a class', () => {
    const found = parts(
      '%%signature A\nDo it.\n\na: str = InputField()\nb: str = OutputField()'
    );

    expect(found).toContain('Instruction: Do it.');
    expect(
      found.filter(each => each.startsWith('AssignStatement'))
    ).toHaveLength(2);
  });

  test('of a program', () => {
    const found = parts('%%module Tell\njoke = Predict("a -> b")\n');

    expect(found.slice(0, 3)).toEqual([
      'Magic: %%module',
      'Name: Tell',
      'AssignStatement: joke = Predict("a -> b")'
    ]);
  });

  test('of lines with options', () => {
    const found = parts(
      '%load_ext nbdspy\nn = 3\n%evaluate qa --data {df[df.x > 3]} --metric="exact match" # now\nm = 4'
    );

    expect(found).toEqual(
      expect.arrayContaining([
        'Magic: %load_ext',
        'AssignStatement: n = 3',
        'Magic: %evaluate',
        'Option: --data',
        'Option: --metric',
        'Value: "exact match"',
        'Description: # now',
        'AssignStatement: m = 4'
      ])
    );
    expect(found).toContain('MemberExpression: df[df.x > 3]');
  });

  test('of a line that goes on after a backslash', () => {
    expect(
      parts('%compile qa --data train \\\n    --with mipro  # now \\\n so')
    ).toEqual([
      'Magic: %compile',
      'Word: qa',
      'Option: --data',
      'Word: train',
      'Option: --with',
      'Word: mipro',
      'Description: # now \\\n so'
    ]);
    expect(parts('%signature QA a: str \\\n  -> b\nx = 1')).toEqual(
      expect.arrayContaining(['FieldName: a', 'Arrow: ->', 'FieldName: b'])
    );
  });

  test('of Python around a line, as without us', () => {
    const found = parts('# try\nx = f(3)\nr = %evaluate S --data x\nreturn x');

    expect(found.slice(0, 2)).toEqual([
      'Comment: # try',
      'AssignStatement: x = f(3)'
    ]);
    expect(found).toEqual(
      expect.arrayContaining([
        'Magic: %evaluate',
        'Option: --data',
        'ReturnStatement: return x'
      ])
    );
  });

  test('of an unknown option there is none', () => {
    expect(parts('%lm smollm2 --temprature 1').join()).not.toMatch('Option');
  });

  test('of what a prediction is asked', () => {
    const inputsOf = (): string[] => ['question', 'context'];
    const doc =
      '%%predict qa\nquestion: what is {{thing}}?\nnote: a \\{{b}}\ncontext: x';

    expect(parts(doc, { inputsOf })).toEqual([
      'Magic: %%predict',
      'Word: qa',
      'Label: question:',
      'Slot: {{thing}}',
      'Label: context:'
    ]);
  });

  test('of an option that is being typed, so that only what begins like it is offered', () => {
    expect(parts('%compile Intent --wi')).toEqual([
      'Magic: %compile',
      'Word: Intent',
      'Word: --wi'
    ]);
  });

  test('of the only field of a prediction there is none', () => {
    const inputsOf = (): string[] => ['question'];

    expect(parts('%%predict qa\nquestion: it is', { inputsOf })).toEqual([
      'Magic: %%predict',
      'Word: qa'
    ]);
  });
});

describe('what Enter and folding do', () => {
  /** Where the line stands that Enter begins at the mark. */
  function indentation(doc: string): number | null {
    const at = doc.indexOf('¶');
    const view = opened(doc.replace('¶', ''));
    forceParsing(view, doc.length - 1, 5000);
    const cell = new IndentContext(view.state, { simulateBreak: at });
    return getIndentation(cell, at);
  }

  test.each<[string, number | null, string]>([
    ['%%signature A\n  a: str¶', null, 'as the line above it'],
    ['%%signature A\nDo it:¶\n\na -> b', null, 'as the line above it'],
    ['%%signature A\nmood: Literal[¶\n->\nb', 2, 'in brackets'],
    ['%%signature A\nmood: Literal[¶', 2, 'in brackets'],
    ['%%module A\ndef forward(self, a):¶', 2, 'in a function'],
    ['%lm smollm2\nfor a in b:¶', 2, 'in a loop']
  ])('a line after %j is %d deep: %s', (doc, depth, _) => {
    expect(indentation(doc)).toBe(depth);
  });

  test('all below the first line is folded, and a long instruction', () => {
    const doc = '%%signature A\nDo it.\nWell.\n\na -> b';
    const view = opened(doc);
    forceParsing(view, doc.length, 5000);
    const { state } = view;
    const folded = (line: number): unknown => {
      const { from, to } = state.doc.line(line);
      return foldable(state, from, to);
    };

    expect(folded(1)).toEqual({ from: 13, to: doc.length });
    expect(folded(2)).toEqual({ from: 20, to: 26 });
  });
});

describe('mistakes', () => {
  const WRONG = '%%signature A\n\na: Litteral["x"]\n->\nb';

  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  test('are shown when somebody stops typing', () => {
    const view = opened(INTENT);
    jest.runAllTimers();
    expect(mistakesOf(view.state)).toEqual([]);

    const at = INTENT.indexOf('str');
    view.dispatch({ changes: { from: at, to: at + 3, insert: 'sttr' } });
    expect(mistakesOf(view.state)).toEqual([]);
    jest.runAllTimers();

    expect(mistakesOf(view.state)).toEqual([
      {
        message: 'no type is called sttr.',
        hint: 'Did you mean str?',
        from: at,
        to: at + 4
      }
    ]);
    expect(view.dom.querySelector('.nbdspy-Mistake')?.textContent).toBe('sttr');
  });

  test.each([
    ['a cell has run', () => ran.emit()],
    [
      'somebody comes',
      (view: EditorView) => {
        view.focus();
        jest.runAllTimers();
      }
    ]
  ])('are looked for anew when %s', (_, happens) => {
    let known: string[] = [];
    const scope = jest.fn(() => scopeOf(() => known));
    const view = opened('%signature A a: Mood -> b', { scope });
    document.body.append(view.dom);
    jest.runAllTimers();
    expect(mistakesOf(view.state)).toHaveLength(1);

    known = ['class Mood: ...'];
    happens(view);
    jest.runAllTimers();

    expect(mistakesOf(view.state)).toEqual([]);
    view.destroy();
    scope.mockClear();
    ran.emit();
    jest.runAllTimers();
    expect(scope).not.toHaveBeenCalled();
  });

  test('move with the text, and go with the cell', () => {
    const view = opened(WRONG);
    jest.runAllTimers();
    const [before] = mistakesOf(view.state);

    view.dispatch({ changes: { from: 14, insert: '\n' } });
    expect(mistakesOf(view.state)[0]!.from).toBe(before!.from + 1);

    view.dispatch({ changes: { from: 0, insert: '#' } });
    expect(mistakesOf(view.state)).toEqual([]);
    expect(view.dom.querySelector('.nbdspy-Mistake')).toBeNull();
  });

  test('are nothing that the notebook may know', () => {
    const known = ['from moods import Mood', 'class Person: ...'];
    const text = (type: string): string => `%%signature A\na: ${type} -> b`;
    const said = (type: string, sources = known): string[] =>
      mistakesIn(
        text(type),
        scopeOf(() => sources)
      ).map(each => each.hint ?? each.message);

    expect(said('Mood')).toEqual([]);
    expect(said('list[Person]')).toEqual([]);
    expect(said('Persn')).toEqual(['Did you mean Person?']);
    expect(said('Persn', ['from all import *'])).toEqual([]);
    expect(said('str', ['str = 3'])).toEqual([]);
  });

  test('have at least one letter', () => {
    expect(
      mistakesIn(
        '%%signature A\na:\n->\nb',
        scopeOf(() => [])
      )
    ).toEqual([expect.objectContaining({ from: 15, to: 16 })]);
  });

  test('of several signatures stand in each', () => {
    const text =
      '%signature A a -> \n%signature B a b -> c\n%signature C a -> b';
    expect(
      mistakesIn(
        text,
        scopeOf(() => [])
      )
    ).toHaveLength(2);
  });

  test.each([
    ['%compile qa --data train \\\n    --metrc f1', '--metrc'],
    ['%compile qa \\\n    --metric \\\n', '--metric'],
    ['%evaluate qa \\\n  --show \\\n  wrng', 'wrng'],
    ['%signature QA a: str \\\n    -> b: strr', 'strr'],
    ['# try\n%compile qa --dta train', '--dta']
  ])('of %j stand below its first line: %s', (text, wrong) => {
    const [mistake, ...more] = mistakesIn(
      text,
      scopeOf(() => [])
    );
    expect(text.slice(mistake?.from, mistake?.to)).toBe(wrong);
    expect(more).toEqual([]);
  });

  test.each([
    '%%module A\na -> b -> c',
    '%%time\n%lm --dta',
    'x = """\n%lm --dta"""'
  ])('are not looked for in %j', text => {
    expect(
      mistakesIn(
        text,
        scopeOf(() => [])
      )
    ).toEqual([]);
  });
});
