/** Defaults: the values that Python literals spell, and whether a field's type takes them. */

import { parse } from './expressions';
import type { Node } from './nodes';
import type { Piece, Refused } from './pieces';
import { NotPython, Undecided } from './pieces';
import type { Type } from './names';

/** A value: its type in Python, and how Python shows it; null where that is not known. */
interface IValue {
  type: string;
  repr: string | null;
}

/** Throws when a default is no literal, or is not of the field's type. */
export function checkDefault(piece: Piece, type: Type): void {
  const value = readLiteral(piece);
  const problem = misfit(value, type);
  if (problem !== null) {
    throw piece.error(problem);
  }
}

/** The value that a piece spells. Throws when it spells none. */
export function readLiteral(piece: Piece): IValue {
  if (piece.text === '') {
    throw piece.error('a value is missing after the `=`.');
  }
  try {
    return evaluate(parse(piece), () => refused(piece));
  } catch (error) {
    throw error instanceof NotPython ? refused(piece) : error;
  }
}

function refused(piece: Piece): Refused {
  const { text } = piece;
  const hint = text.includes('"') ? null : `Write "${text}" for a text.`;
  return piece.error(`${text} is not a value of Python's own.`, hint);
}

const BRACKETS = { tuple: '()', list: '[]', set: '{}' };

function evaluate(node: Node, refuse: () => Refused): IValue {
  const all = (nodes: Node[]): IValue[] =>
    nodes.map(each => evaluate(each, refuse));
  switch (node.kind) {
    case 'constant':
      return {
        type: node.type === 'None' ? 'NoneType' : node.type,
        repr: node.repr
      };
    case 'unary': {
      const value = evaluate(node.operand, refuse);
      if (value.type !== 'int' && value.type !== 'float') {
        throw refuse();
      }
      if (node.operator === '~') {
        throw refuse();
      }
      const { type, repr } = value;
      const negated = repr === '0' ? '0' : repr && `-${repr}`;
      return { type, repr: node.operator === '-' ? negated : repr };
    }
    case 'tuple':
    case 'list': {
      const items = joined(all(node.items));
      const only = node.kind === 'tuple' && node.items.length === 1 ? ',' : '';
      const [open, close] = BRACKETS[node.kind];
      return {
        type: node.kind,
        repr: items === null ? null : `${open}${items}${only}${close}`
      };
    }
    case 'set':
      refuseUnhashable(node.items, refuse);
      all(node.items);
      return { type: 'set', repr: null };
    case 'dict': {
      refuseUnhashable(node.keys, refuse);
      const keys = all(node.keys).map(key => key.repr);
      const values = all(node.values).map(value => value.repr);
      const isKnown =
        new Set(keys).size === keys.length &&
        ![...keys, ...values].includes(null);
      const pairs = keys.map((key, at) => `${key}: ${values[at]}`);
      return { type: 'dict', repr: isKnown ? `{${pairs.join(', ')}}` : null };
    }
    case 'call':
      if (
        node.called.kind === 'name' &&
        node.called.id === 'set' &&
        node.positional.length + node.keywords.length === 0
      ) {
        return { type: 'set', repr: 'set()' };
      }
      throw refuse();
    default:
      throw refuse();
  }
}

function joined(values: IValue[]): string | null {
  const shown = values.map(value => value.repr);
  return shown.includes(null) ? null : shown.join(', ');
}

function refuseUnhashable(nodes: Node[], refuse: () => Refused): void {
  for (const node of nodes) {
    if (['list', 'set', 'dict'].includes(node.kind)) {
      throw refuse();
    }
    if (node.kind === 'tuple') {
      refuseUnhashable(node.items, refuse);
    }
  }
}

const ACCEPTED: Record<string, readonly string[]> = {
  str: ['str'],
  int: ['int'],
  bool: ['bool'],
  float: ['int', 'float']
};

/** Why a value cannot be a field's; types that only pydantic can judge take everything. */
function misfit(value: IValue, type: Type): string | null {
  if (type.kind === 'literal') {
    return unchosen(value, type.choices);
  }
  const accepted = type.kind === 'plain' ? ACCEPTED[type.name] : undefined;
  if (
    type.kind !== 'plain' ||
    accepted === undefined ||
    accepted.includes(value.type)
  ) {
    return null;
  }
  if (value.type === 'NoneType') {
    return `None is no ${type.name}; write ${type.name} | None for a value that may be missing.`;
  }
  return `${known(value.repr)} is not ${type.name === 'int' ? 'an' : 'a'} ${type.name}.`;
}

function unchosen(
  value: IValue,
  choices: readonly (string | null)[]
): string | null {
  const repr = known(value.repr);
  if (choices.includes(repr)) {
    return null;
  }
  const isOfBools = choices.includes('True') || choices.includes('False');
  if (
    ['bool', 'float'].includes(value.type) ||
    (isOfBools && value.type === 'int')
  ) {
    throw new Undecided(); // True is 1 to Python
  }
  return `${repr} is not one of ${choices.map(known).join(', ')}.`;
}

function known(repr: string | null): string {
  if (repr === null) {
    throw new Undecided();
  }
  return repr;
}
