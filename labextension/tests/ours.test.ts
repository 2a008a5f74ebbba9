/** Which lines of a cell call magics of ours, and which are its Python. */

import { pythonIn } from '../src/grammar/notebook';
import { callsIn } from '../src/grammar/ours';

/** The calls of a cell, each as its line stands from its percent sign on. */
function called(text: string): string[] {
  return callsIn(text).map(({ from, to }) => text.slice(from, to));
}

test.each<[string, string[]]>([
  ['%lm a\nx = """\n%lm --foo\n"""\n%lm b', ['%lm a', '%lm b']],
  ["x = f('''\n%lm --foo\n''', '''\n%lm c''')\n%lm b", ['%lm b']],
  ['x = """one""" + """\n%lm a\n"""', []],
  ['x = """\\"""\n%lm a\n"""', []],
  ['x = """\n%lm a', []],
  ['"""\n%%signature A\na -> b\n"""', []],
  ['x = """\nit is # here """\n%lm a', ['%lm a']],
  ['x = 1  # it is """ only here\n%lm a', ['%lm a']],
  ["x = \"'''\"\n%lm a", ['%lm a']],
  ['x = "no end\n%lm a', ['%lm a']],
  ['!echo """\n%lm a', ['%lm a']],
  ['%lm a """\n%lm b', ['%lm a """', '%lm b']],
  ['best = %compile a\n%lm b', ['%compile a', '%lm b']],
  ['%lm a \\\n  --as b \\\n\n%lm c', ['%lm a \\\n  --as b \\\n', '%lm c']],
  ['best = \\\n  %compile \\\n a', ['%compile \\\n a']],
  ['%lm a \\\n%lm b', ['%lm a \\\n%lm b']],
  ['x = 7 \\\n%lm\n%lm a', ['%lm a']],
  ['!echo \\\n%lm\n%lm a', ['%lm a']],
  ['# no more \\\n%lm a', ['%lm a']],
  ['%%predict a \\\n%lm', ['%%predict a \\']],
  ['%lm a \\', ['%lm a \\']]
])('of %j these are calls: %j', (text, lines) => {
  expect(called(text)).toEqual(lines);
});

test.each([
  ['%lm a\nx = 3\ny = %compile qa\nz = 4', 'x = 3\nz = 4'],
  ['\n%%signature A\na: Mood -> b', ''],
  ['x = 3\ny = %compile qa \\\n  --data z\nz = 4', 'x = 3\nz = 4'],
  ['x = """\n%lm a\n"""', 'x = """\n%lm a\n"""']
])('the Python of %j', (text, python) => {
  expect(pythonIn(text)).toBe(python);
});
