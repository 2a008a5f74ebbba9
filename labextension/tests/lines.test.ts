/** The editor says of a magic's line what Python says of it. */

import cases from '../../tests/jupyter/line_cases.json';
import { mistakeInLine } from '../src/grammar/options';
import { callsIn } from '../src/grammar/ours';

interface ICase {
  text: string;
  kernel?: boolean;
  mistake: object | null;
}

/** A mistake in Python's way: characters, counted from 1; IPython puts a space for a backslash at a line's end. */
function said(text: string): object | null {
  const mistake = mistakeInLine(text, callsIn(text)[0]!);
  if (mistake === null) {
    return null;
  }
  const { from, hint, message, to } = mistake;
  const before = text.slice(0, from).replaceAll('\\\n', ' ');
  const column = [...before].length + 1;
  return { message, hint, column, width: [...text.slice(from, to)].length };
}

const all: ICase[] = cases;

test.each(all.filter(each => !each.kernel).map(each => [each.text, each]))(
  '%s',
  (text, { mistake }) => {
    expect(said(text)).toEqual(mistake);
  }
);

test.each(all.filter(each => each.kernel).map(each => [each.text]))(
  'nothing is said of %s, which only a kernel can judge',
  text => {
    expect(said(text)).toBeNull();
  }
);
