/** What is known of the word at a place in our cells: a line of a manual, or a name that only the kernel knows more of. */

import { NAME } from './identifiers';
import { readWords } from './lines';
import type { ICall } from './ours';
import { callsIn } from './ours';
import { WORDS } from './vocabulary';

/** A line of a manual: how something is written, and what it does. */
export interface IManual {
  kind: 'manual';
  from: number;
  to: number;
  written: string;
  help: string;
}

/** A name that a line uses or binds. */
export interface INamed {
  kind: 'name';
  from: number;
  to: number;
  name: string;
}

/** A variable, a version of a program, or a part of a data set. */
const CALLED = new RegExp(
  `^${NAME}(?:@[1-9]\\d{0,8}|\\.(?:train|dev|test))?$`,
  'u'
);

/** The word of a magic's line at an offset; null where there is none, or nothing is known of it. */
export function aboutAt(text: string, at: number): IManual | INamed | null {
  const call = callsIn(text).find(each => each.from <= at && at <= each.to);
  if (call === undefined) {
    return null;
  }
  const { magic, from, after } = call;
  if (at <= after) {
    const signs = call.isCell ? '%%' : '%';
    const written = `${signs}${magic.name} ${magic.target}`.trim();
    return magic.summary === ''
      ? null
      : { kind: 'manual', from, to: after, written, help: magic.summary };
  }
  return ofWord(text, at, call);
}

function ofWord(
  text: string,
  at: number,
  { after, magic, to }: ICall
): IManual | INamed | null {
  const options = new Map(magic.options.map(each => [each.name, each]));
  let kind = magic.target;
  for (const whole of readWords(text.slice(0, to), after).words) {
    const equals = whole.text.indexOf('=');
    const head = equals < 0 ? whole.text : whole.text.slice(0, equals);
    const option = options.get(head);
    const headEnd = whole.from + head.length;
    if (option !== undefined && whole.from <= at && at <= headEnd) {
      const written = `${option.name} ${option.takes}`.trim();
      const [from, to] = [whole.from, headEnd];
      return { kind: 'manual', from, to, written, help: `${option.help}.` };
    }
    const isValue = option !== undefined && equals >= 0;
    if (whole.from <= at && at <= whole.to) {
      const from = isValue ? headEnd + 1 : whole.from;
      return ofValue(
        text.slice(from, whole.to),
        from,
        isValue ? option.takes : kind
      );
    }
    kind = option === undefined || isValue ? magic.target : option.takes;
  }
  return null;
}

function ofValue(
  word: string,
  from: number,
  kind: string
): IManual | INamed | null {
  const to = from + word.length;
  const help = Object.entries(WORDS[kind] ?? {}).find(
    ([known]) => known === word
  )?.[1];
  if (help) {
    return { kind: 'manual', from, to, written: word, help };
  }
  return CALLED.test(word) ? { kind: 'name', from, to, name: word } : null;
}
