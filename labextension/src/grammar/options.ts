/** What is wrong with a magic's line: options that there are not, or that lack their value, and what is never closed. */

import type { IWord } from './lines';
import { readWords } from './lines';
import type { ICall } from './ours';
import type { IMistake } from './pieces';
import { Piece, Undecided, mistakeFoundBy } from './pieces';
import { repr } from './repr';
import { didYouMean } from './suggestions';
import type { IOption } from './vocabulary';

const LOOKS_LIKE_OPTION = /^--?[\p{L}_]/u;

/** What Python says of a call's line, or null: because it can be read, or because only a kernel can tell. */
export function mistakeInLine(text: string, call: ICall): IMistake | null {
  const { magic, isCell } = call;
  if (magic.summary === '' || (magic.name === 'signature' && !isCell)) {
    return null; // they read their lines in ways of their own
  }
  return mistakeFoundBy(() => check(text, call));
}

function check(text: string, { after, isCell, magic, to }: ICall): void {
  const called = `${isCell ? '%%' : '%'}${magic.name}`;
  const options = new Map(magic.options.map(each => [each.name, each]));
  const given = new Set<string>();
  const words = wholeWords(text.slice(0, to), after);
  while (words.length > 0) {
    const word = words.shift()!;
    if (!LOOKS_LIKE_OPTION.test(word.text)) {
      continue;
    }
    const equals = word.text.indexOf('=');
    const name = equals < 0 ? word.text : word.text.slice(0, equals);
    const place = new Piece(text, word.from, word.from + name.length);
    const option = options.get(name);
    if (option === undefined) {
      const hint =
        didYouMean(name, options.keys()) ??
        `There are: ${[...options.keys()].join(', ') || 'none'}.`;
      throw place.error(`${called} has no option ${name}.`, hint);
    }
    if (given.has(name)) {
      throw place.error(`${name} is given twice.`, 'Keep one.');
    }
    given.add(name);
    if (option.takes) {
      const value =
        equals < 0
          ? words.shift()
          : new Piece(text, word.from + equals + 1, word.to);
      checkValue(text, option, place, value);
    }
  }
}

function checkValue(
  text: string,
  { name, takes }: IOption,
  place: Piece,
  value: Pick<IWord, 'text' | 'from' | 'to'> | undefined
): void {
  if (!value?.text || LOOKS_LIKE_OPTION.test(value.text)) {
    throw place.error(`${name} needs a value.`, `Write ${name} ${takes}.`);
  }
  const known = takes.split('|');
  const said = unquoted(value.text);
  if (known.length > 1 && !known.includes(said)) {
    const shown = repr(said);
    if (shown === null) {
      throw new Undecided();
    }
    const hint = didYouMean(said, known) ?? `There are: ${known.join(', ')}.`;
    throw new Piece(text, value.from, value.to).error(
      `${shown} is none of them.`,
      hint
    );
  }
}

/** The words, without the `;` that asks for no output, and a signature before the options as one of them. */
function wholeWords(line: string, from: number): IWord[] {
  const { unclosed, words } = readWords(line, from);
  if (unclosed !== null) {
    const letter = line[unclosed]!;
    const closing = { '{': '}', '[': ']', '(': ')' }[letter] ?? letter;
    throw new Piece(line, unclosed, unclosed + 1).error(
      `This ${letter} is never closed.`,
      `Add ${closing}, or put the whole text in quotes.`
    );
  }
  const last = words.pop();
  if (last !== undefined && last.text !== ';') {
    const text = last.text.replace(/;$/, '');
    words.push({ from: last.from, to: last.from + text.length, text });
  }
  const first = words.findIndex(word => LOOKS_LIKE_OPTION.test(word.text));
  const head = first < 0 ? words : words.slice(0, first);
  return head.some(word => word.text === '->')
    ? words.slice(head.length)
    : words;
}

/** What a word says: without the quotes around it. */
function unquoted(word: string): string {
  const quote = word[0]!;
  return /^(["'])(?:\\.|(?!\1)[^\\])*\1$/su.test(word)
    ? word.slice(1, -1).replaceAll(`\\${quote}`, quote)
    : word;
}
