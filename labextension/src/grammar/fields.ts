/** One side of a signature as text: `name[: type] [= default] [# description]`, divided by commas or line ends. */

import { checkDefault } from './literals';
import type { Piece } from './pieces';
import { Refused, Undecided, unlessRefused } from './pieces';
import { repr } from './repr';
import type { IMark } from './scanning';
import { marks } from './scanning';
import type { IScope, Type } from './names';
import { readType } from './types';
import { KEYWORDS, RESERVED } from './vocabulary';

export type Role = 'input' | 'output';

/** The pieces of one field's text. */
export interface IEntry {
  name: Piece;
  type?: Piece;
  default?: Piece;
  description?: Piece;
}

/** A field that can be read, and where its name stands. */
export interface IDeclared {
  role: Role;
  name: string;
  place: Piece;
}

const WORD_BEFORE_COLON = /\S\s+([\p{L}_][\p{L}\p{N}_]*)\s*$/u;
const IDENTIFIER = /^[\p{XID_Start}_]\p{XID_Continue}*$/u;

/** The fields that a piece of text lists. Throws at the first that cannot be read. */
export function readFields(
  piece: Piece,
  role: Role,
  scope: IScope
): IDeclared[] {
  return entries(piece).map(entry => readEntry(entry, role, scope));
}

/** Throws at the second field of a name. */
export function refuseTwins(fields: readonly IDeclared[]): void {
  const roles = new Map<string, Role>();
  for (const { name, place, role } of fields) {
    const before = roles.get(name);
    if (before !== undefined) {
      const both =
        before !== role ? 'an input and an output' : `an ${role} twice`;
      throw place.error(
        `${name} is ${both}.`,
        'Give each field a name of its own.'
      );
    }
    roles.set(name, role);
  }
}

function quoted(name: string): string {
  const shown = repr(name);
  if (shown === null) {
    throw new Undecided();
  }
  return shown;
}

/** Why a text cannot be a field's name, or null when it can. */
export function nameProblem(name: string): string | null {
  const shown = quoted(name);
  if (!IDENTIFIER.test(name)) {
    return `${shown} is not a name.`;
  }
  if (KEYWORDS.has(name)) {
    return `${shown} is a word of Python.`;
  }
  if (name.startsWith('_')) {
    return `${shown} starts with an underscore.`;
  }
  return RESERVED.has(name) ? `${shown} is reserved.` : null;
}

/** The pieces of each field's text. Throws where they cannot be told apart. */
export function entries(piece: Piece): IEntry[] {
  return divided(piece, [...marks(piece)], []);
}

/** The same of a text that is still being written: as far as the fields can be told apart. */
export function entriesSoFar(piece: Piece): IEntry[] {
  const found: IEntry[] = [];
  const before: IMark[] = [];
  try {
    for (const mark of marks(piece)) {
      before.push(mark);
    }
  } catch (error) {
    unlessRefused(error);
  }
  try {
    divided(piece, before, found);
  } catch (error) {
    unlessRefused(error);
  }
  return found;
}

function divided(piece: Piece, dividing: IMark[], found: IEntry[]): IEntry[] {
  let entry: IEntry = { name: piece };
  let part: 'name' | 'type' | 'default' = 'name';
  let cut = piece.from;
  let beforeThisLine = 0;
  const end: IMark = { kind: '\n', from: piece.to, to: piece.to };
  for (const mark of [...dividing, end]) {
    if (mark.kind === '->') {
      throw piece
        .between(mark.from, mark.to)
        .error(
          'this is a second `->`.',
          'A signature has one, between inputs and outputs.'
        );
    }
    if (mark.kind === ':' && part !== 'name') {
      refuseMissingComma(piece.between(cut, mark.from));
      continue;
    }
    if (mark.kind === '=' && part === 'default') {
      continue;
    }
    entry[part] = piece.between(cut, mark.from).strip();
    cut = mark.to;
    if (mark.kind === ':' || mark.kind === '=') {
      part = mark.kind === ':' ? 'type' : 'default';
      continue;
    }
    if (part !== 'name' || entry.name.text !== '') {
      found.push(entry);
    } else if (mark.kind === ',') {
      throw piece
        .between(mark.from, mark.to)
        .error('a name is missing before this comma.');
    }
    if (mark.kind === '#' && found.length > beforeThisLine) {
      // else the comment has the line for itself
      found[found.length - 1]!.description = piece
        .between(mark.from + 1, mark.to)
        .strip();
    }
    if (mark.kind === '\n') {
      beforeThisLine = found.length;
    }
    entry = { name: piece };
    part = 'name';
  }
  return found;
}

function readEntry(entry: IEntry, role: Role, scope: IScope): IDeclared {
  if (entry.type === undefined && entry.default === undefined) {
    refuseMissingColon(entry.name, scope);
  }
  const name = readName(entry.name);
  const type: Type =
    entry.type === undefined
      ? { kind: 'plain', name: 'str' }
      : readType(entry.type, scope);
  if (entry.default !== undefined) {
    checkDefault(entry.default, type);
  }
  return { role, name, place: entry.name };
}

/** A field's name, as Python would spell it. */
export function readName(piece: Piece): string {
  const name = piece.text.normalize('NFKC');
  const words = name.trim().split(/\s+/u);
  if (words.length > 1 && words.every(word => IDENTIFIER.test(word))) {
    throw piece.error(
      `${quoted(name)} is not a name.`,
      `Write ${words.join('_')}, or a comma between two fields.`
    );
  }
  const problem = nameProblem(name);
  if (problem !== null) {
    throw piece.error(problem, betterName(name));
  }
  return name;
}

function betterName(name: string): string {
  const bare = name.replace(/^_+|_+$/g, '');
  if (IDENTIFIER.test(name) && bare !== '') {
    return name.startsWith('_')
      ? `Write ${bare}.`
      : `Choose another, like my_${name}.`;
  }
  return 'A name is made of letters, digits and `_`, and starts with a letter.';
}

/** `a: str b: int`: the colon of a field that no comma begins. */
function refuseMissingComma(piece: Piece): void {
  const found = WORD_BEFORE_COLON.exec(piece.text);
  if (found !== null) {
    const from = piece.from + found.index + found[0].indexOf(found[1]!, 1);
    const word = piece.between(from, from + found[1]!.length);
    throw word.error(`a comma is missing before ${word.text}.`);
  }
}

/** `request str`: a name and a type without the colon. */
function refuseMissingColon(piece: Piece, scope: IScope): void {
  const space = piece.text.indexOf(' ');
  const name = piece.text.slice(0, space);
  if (space < 0 || space + 1 === piece.text.length || nameProblem(name)) {
    return;
  }
  const type = piece.between(piece.from + space, piece.to).strip();
  try {
    readType(type, scope);
  } catch (error) {
    if (error instanceof Refused) {
      return; // then it is a name of two words
    }
    throw error;
  }
  throw piece.error(
    `a colon is missing between ${name} and ${type.text}.`,
    `Write ${name}: ${type.text}.`
  );
}
