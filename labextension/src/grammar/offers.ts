/** What can stand at the cursor in our cells, as far as it is known without a kernel. */

import { fieldTypes, inBody } from './bodies';
import { BEFORE_MAGIC } from './identifiers';
import { readWords } from './lines';
import type { ICall } from './ours';
import { callsIn, spelledIn } from './ours';
import { tablesIn } from './tables';
import type { IMagic } from './vocabulary';
import { MAGICS, WORDS } from './vocabulary';

/** One word that can stand there, and what it means. */
export interface IOffer {
  text: string;
  kind:
    | 'magic'
    | 'option'
    | 'value'
    | 'program'
    | 'data'
    | 'type'
    | 'field'
    | 'setting';
  help: string;
}

/**
 * Words that can stand where one was begun: they take the place of the text from an offset to the cursor.
 *
 * Where the place `isOurs`, no word can stand there that neither they nor our end of the kernel know of.
 */
export interface IOffers {
  from: number;
  words: IOffer[];
  isOurs: boolean;
}

/** The same before it is compared with what is typed. */
export type IFound = Omit<IOffers, 'isOurs'> & { isOurs?: boolean };

/** What the notebook's text tells. */
export interface IAround {
  /** Names of signatures and programs that its cells define. */
  programs(): readonly string[];
  /** Names of examples that its other cells define. */
  tables(): readonly string[];
  /** The inputs of a signature by its name. */
  inputsOf(name: string): readonly string[];
}

const MAGIC = new RegExp(`^(${BEFORE_MAGIC})(%%?)([\\p{L}\\p{N}_]*)$`, 'u');

/** What can stand at an offset, or null where nothing is known. */
export function offersAt(
  text: string,
  at: number,
  around: IAround
): IOffers | null {
  const lineFrom = text.lastIndexOf('\n', at - 1) + 1;
  const line = text.slice(lineFrom, at);
  const calls = callsIn(text);
  const cell = calls.find(call => call.isCell && at > call.to);
  const found =
    cell !== undefined
      ? inBody(text, at, line, cell, around)
      : (magicNames(text, lineFrom, line) ??
        inLine(
          text.slice(0, at),
          calls.find(call => call.after < at && at <= call.to),
          around
        ));
  if (found === null) {
    return null;
  }
  const typed = unsigned(text.slice(found.from, at));
  const words = found.words.filter(({ text }) =>
    unsigned(text).startsWith(typed)
  );
  const isOurs = found.isOurs ?? false;
  return words.length || isOurs ? { from: found.from, words, isOurs } : null;
}

/** Without the signs of a magic, which may still become two. */
function unsigned(word: string): string {
  return word.replace(/^%+/, '');
}

function magicNames(
  text: string,
  lineFrom: number,
  line: string
): IFound | null {
  const found = MAGIC.exec(line);
  if (found === null) {
    return null;
  }
  const [, before, signs] = found;
  const isCell = signs === '%%';
  if (isCell && (before!.trim() || text.slice(0, lineFrom).trim())) {
    return null;
  }
  const words = [...MAGICS.values()]
    .flatMap(magic => spelled(magic, isCell, before!.trim() === ''))
    .map(text => ({ text, kind: 'magic' as const, help: manualOf(text) }));
  return { from: lineFrom + before!.length, words };
}

/** With one sign typed, the magic of a whole cell may still become it. */
function spelled(
  { name, isCell, isLine }: IMagic,
  isWhole: boolean,
  isAlone: boolean
): string[] {
  return [
    ...(isLine && !isWhole ? [`%${name}`] : []),
    ...(isCell && isAlone ? [`%%${name}`] : [])
  ];
}

function manualOf(magic: string): string {
  return MAGICS.get(unsigned(magic))!.summary;
}

function inLine(
  before: string,
  call: ICall | undefined,
  around: IAround
): IFound | null {
  if (call === undefined) {
    return null;
  }
  if (call.magic.name === 'signature' && !call.isCell) {
    const { signature } = spelledIn(before, { ...call, to: before.length });
    return fieldTypes(signature.text, before.length);
  }
  const { words, comment } = readWords(before, call.after);
  if (comment < before.length) {
    return null;
  }
  const options = new Map(call.magic.options.map(each => [each.name, each]));
  const texts = words.flatMap(word => apart(word.text, options));
  const typed = /\s$/u.test(before) ? '' : texts.pop()!;
  const above = before.slice(0, call.from);
  if (/^[{"']/.test(typed)) {
    return null;
  }
  const from = before.length - typed.length;
  const option = options.get(texts[texts.length - 1] ?? '');
  if (option?.takes) {
    const isOurs = option.takes === 'DF';
    return { from, words: ofKind(option.takes, around, above), isOurs };
  }
  const unused = call.magic.options
    .filter(({ name }) => !texts.includes(name))
    .map(({ name, takes, help }) => ({
      text: name,
      kind: 'option' as const,
      help: `${name} ${takes}`.trim() + `: ${help}.`
    }));
  const first = texts.findIndex(each => each.startsWith('-'));
  const targets = first < 0 ? texts : texts.slice(0, first);
  return {
    from,
    words: typed.startsWith('-')
      ? unused
      : [...beforeOptions(call.magic, targets, around, above), ...unused]
  };
}

/** The word; an option and its value, where they are written as one. */
function apart(word: string, options: ReadonlyMap<string, unknown>): string[] {
  const equals = word.indexOf('=');
  const name = word.slice(0, equals);
  return equals > 0 && options.has(name)
    ? [name, word.slice(equals + 1)]
    : [word];
}

/** What stands before the options: the target, and what some magics take after it. */
function beforeOptions(
  { name, target }: IMagic,
  targets: readonly string[],
  around: IAround,
  above: string
): IOffer[] {
  const [first] = targets;
  if (first === undefined) {
    return ofKind(target, around, above);
  }
  const isSecond = targets.length === 1;
  switch (name) {
    case 'evaluate':
    case 'playground':
      return isSecond ? ofKind(target, around, above) : [];
    case 'prompt':
      return around.inputsOf(first).map(input => ({
        text: `${input}=`,
        kind: 'field' as const,
        help: ''
      }));
    case 'programs':
      return first === 'diff' && targets.length < 3
        ? ofKind('PROGRAM', around, above)
        : [];
    case 'nbdspy':
      return isSecond && first === 'help'
        ? [...MAGICS.values()].map(({ name, summary }) => ({
            text: name,
            kind: 'magic' as const,
            help: summary
          }))
        : [];
    default:
      return [];
  }
}

/** The words that a placeholder such as METRIC stands for; `above` are the lines of the cell before. */
function ofKind(kind: string, around: IAround, above: string): IOffer[] {
  const known = Object.entries(WORDS[kind] ?? {}).map(([text, help]) => ({
    text,
    kind: 'value' as const,
    help
  }));
  const named = (kind: IOffer['kind'], names: readonly string[]): IOffer[] =>
    names.map(text => ({ text, kind, help: '' }));
  switch (kind) {
    case 'PROGRAM':
    case 'WHICH':
      return [...known, ...named('program', around.programs())];
    case 'DF':
    case 'DATA':
      return named('data', tablesIn([above], around.tables()));
    default:
      return known;
  }
}
