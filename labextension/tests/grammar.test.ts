/** The editor says of a signature what Python says of it. */

import cases from '../../tests/signatures/grammar_cases.json';
import type { IMistake } from '../src/grammar/pieces';
import { Piece } from '../src/grammar/pieces';
import { mistakeOf } from '../src/grammar/signatures';
import type { IScope } from '../src/grammar/names';

interface ICase {
  text: string;
  types?: string[];
  python?: boolean;
  mistake: ISaid | null;
}

interface ISaid {
  message: string;
  hint: string | null;
  line: number;
  column: number;
  width: number;
}

function scopeOf(types: string[]): IScope {
  return { has: name => types.includes(name), types };
}

/** A mistake in Python's way: characters, counted from 1. */
function said(text: string, mistake: IMistake | null): ISaid | null {
  if (mistake === null) {
    return null;
  }
  const before = text.slice(0, mistake.from).split('\n');
  const width = [...text.slice(mistake.from, mistake.to)].length;
  return {
    message: mistake.message,
    hint: mistake.hint,
    line: before.length,
    column: [...before[before.length - 1]!].length + 1,
    width: Math.max(1, width)
  };
}

const all: ICase[] = cases;

test.each(all.filter(each => !each.python).map(each => [each.text, each]))(
  '%j',
  (text, { types = [], mistake }) => {
    expect(said(text, mistakeOf(Piece.of(text), scopeOf(types)))).toEqual(
      mistake
    );
  }
);

test.each(all.filter(each => each.python).map(each => [each.text, each]))(
  'nothing is said of %j, which only a kernel can judge',
  (text, { types = [] }) => {
    expect(mistakeOf(Piece.of(text), scopeOf(types))).toBeNull();
  }
);
