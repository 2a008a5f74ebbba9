/** Which lines of a cell are ours, and so which cells are. */

import { BEFORE_MAGIC, NAME } from './identifiers';
import { joined } from './lines';
import { Piece } from './pieces';
import { stringEnd } from './scanning';
import type { IMagic } from './vocabulary';
import { MAGICS } from './vocabulary';

/** A line that calls one of our magics, with those that it goes on in, by the offsets of its parts in the text. */
export interface ICall {
  magic: IMagic;
  isCell: boolean;
  isIndented: boolean;
  /** Of the percent signs, of the line's end, and of what stands after the name. */
  from: number;
  to: number;
  after: number;
}

/** A text, of a cell or of what a kernel runs, that has to do with nbdspy. */
export const SPEAKS_OF_IT =
  /nbdspy|^[ \t]*%%?(?:lm|signature|module|predict|compile|evaluate)\b/m;

const CALL = new RegExp(`^(${BEFORE_MAGIC})(%%?)(${NAME})(?=\\s|$)`, 'u');
/** What cells without a call are told by, at once. */
const MAY_CALL = new RegExp(
  `^[ \\t]*(?:[\\p{L}_][\\p{L}\\p{N}_.]*[ \\t]*=[ \\t]*)?%%?(?:load_ext|${[...MAGICS.keys()].join('|')})\\b`,
  'mu'
);
const QUOTE_OR_COMMENT = /#|"""|'''|["']/g;
/** A line that is no Python, whatever quotes it holds. */
const OTHERS = /^\s*[%!]/;
const LOADS = /^\s*%load_ext\s+nbdspy\b/;
const LOAD_EXT: IMagic = {
  name: 'load_ext',
  target: '',
  summary: '',
  isCell: false,
  isLine: true,
  options: []
};

/** The magic of ours that a line calls. */
export function callIn(text: string, from: number, to: number): ICall | null {
  const line = joined(text.slice(from, to));
  const found = CALL.exec(line);
  if (found === null) {
    return null;
  }
  const [all, before, signs, name] = found;
  const magic = LOADS.test(line) ? LOAD_EXT : MAGICS.get(name!);
  const isCell = signs === '%%';
  if (magic === undefined || !(isCell ? magic.isCell : magic.isLine)) {
    return null;
  }
  if (isCell && before !== '') {
    return null;
  }
  return {
    magic,
    isCell,
    isIndented: /^\s/.test(line),
    from: from + before!.length,
    to: isCell ? lineEnd(text, from) : to,
    after: from + all.length
  };
}

/** Whether a cell is ours: by its first line, or by one that stands in no block of Python and in no cell of others. */
export function isOurs(text: string): boolean {
  if (!text.includes('%') || !MAY_CALL.test(text)) {
    return false;
  }
  const isOfOthers = /^\s*%%/.test(text);
  return callsIn(text).some(({ from, isCell, isIndented }) =>
    isOfOthers ? isCell : !isIndented || text.slice(0, from).trim() === ''
  );
}

/** What is ours in a cell: one call for all of it, or calls of one line each. */
export function callsIn(text: string): ICall[] {
  const calls: ICall[] = [];
  let python = 0; // where the last text in quotes ends, which may have lines that look like calls
  let to: number;
  for (let from = 0; from <= text.length; from = to + 1) {
    to = wholeLineEnd(text, from);
    const call = python > from ? null : callIn(text, from, to);
    if (call === null) {
      if (python > from || !OTHERS.test(text.slice(from, to))) {
        [python, to] = pythonEnds(text, Math.max(from, python), to);
      }
      continue;
    }
    if (!call.isCell) {
      calls.push(call);
    } else if (text.slice(0, call.from).trim() === '') {
      return [call];
    }
  }
  return calls;
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

/** Where a line ends that goes on after each backslash at the end of one. */
function wholeLineEnd(text: string, from: number): number {
  let end = lineEnd(text, from);
  while (end < text.length && text[end - 1] === '\\') {
    end = lineEnd(text, end + 1);
  }
  return end;
}

/** Where the last text in quotes ends that begins in a line of Python, and where the line does: no comment goes on. */
function pythonEnds(
  text: string,
  from: number,
  to: number
): [quotes: number, line: number] {
  const mark = new RegExp(QUOTE_OR_COMMENT);
  let end = (mark.lastIndex = from);
  for (;;) {
    const next = mark.exec(text.slice(0, to));
    if (next === null) {
      return [end, to];
    }
    const [quote] = next;
    if (quote === '#') {
      return [end, lineEnd(text, next.index)];
    }
    const found = stringEnd(text, quote, mark.lastIndex, text.length);
    end = found ?? (quote.length > 1 ? text.length + 1 : to);
    mark.lastIndex = end;
  }
}

/** The body of a cell whose first line is a call. */
export function bodyOf(text: string, call: ICall): Piece {
  const from = Math.min(call.to + 1, text.length);
  return new Piece(text, from, text.length);
}

/** What a call of our signature magic binds, and what it spells. */
export function spelledIn(
  text: string,
  call: ICall
): { name: Piece; signature: Piece } {
  const whole = call.isCell ? text : joined(text);
  const line = new Piece(whole, call.after, call.to).strip();
  const [name] = line.text.split(/[\s;]/u);
  const after = line.from + name!.length;
  const end = line.text.endsWith(';') ? line.to - 1 : line.to;
  return {
    name: line.between(line.from, after),
    signature: call.isCell
      ? bodyOf(text, call)
      : line.between(after, Math.max(after, end)).strip()
  };
}

/** The signatures that a cell of ours spells. */
export function signaturesIn(text: string): Piece[] {
  return callsIn(text)
    .filter(({ magic }) => magic.name === 'signature')
    .map(call => spelledIn(text, call).signature)
    .filter(signature => !signature.isBlank);
}
