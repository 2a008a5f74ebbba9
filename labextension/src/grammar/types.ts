/** Types from text: names, brackets and `|`, as far as they can be judged without the notebook's own classes. */

import { parse } from './expressions';
import type { IScope, Type } from './names';
import { errorAt, Names, notMade, OTHER } from './names';
import type { ISubscript, Node } from './nodes';
import type { Piece, Refused } from './pieces';
import { NotPython, Undecided } from './pieces';
import { ELSEWHERE, WITH_CHOICES, WITHOUT_BRACKETS } from './vocabulary';

const ARGUMENTS: Record<string, number> = {
  ...{ list: 1, set: 1, frozenset: 1, dict: 2 },
  ...{ List: 1, Set: 1, FrozenSet: 1, Dict: 2 }
};
const STRAY =
  /^(.*?[\p{L}\p{N}_\]])\s+([\p{L}_][\p{L}\p{N}_]*(?:\s+[\p{L}\p{N}_]+)*)$/su;

/** The type that a piece of text names. Throws when it names none. */
export function readType(piece: Piece, scope: IScope): Type {
  let node: Node;
  try {
    node = parse(piece);
  } catch (error) {
    throw error instanceof NotPython ? notAType(piece) : error;
  }
  return new Reader(piece, scope).type(node);
}

function notAType(piece: Piece): Refused {
  if (piece.text === '') {
    return piece.error('a type is missing here.', 'Write str, for example.');
  }
  const two = STRAY.exec(piece.text);
  if (two !== null) {
    const rest = piece.between(piece.to - two[2]!.length, piece.to);
    return rest.error(
      `${rest.text} stands after the type.`,
      'Put a comma between fields, and # before a description.'
    );
  }
  return piece.error(`${piece.text} is not a type.`);
}

class Reader {
  constructor(
    private readonly _piece: Piece,
    private readonly _scope: IScope
  ) {
    this._names = new Names(_piece, _scope);
  }

  type(node: Node): Type {
    const found = this._form(node);
    if (found.kind === 'form') {
      const choices =
        found.name === 'Literal'
          ? '["yes", "no"]'
          : found.name === 'Union'
            ? '[str, int]'
            : '[str]';
      const name = this._text(node);
      throw this._error(
        node,
        `${name} says nothing without brackets.`,
        `Write ${name}${choices}, for example.`
      );
    }
    return found;
  }

  /** A type, or a word like `Literal` that brackets make one of. */
  private _form(node: Node): Type {
    switch (node.kind) {
      case 'name':
        return this._names.name(node.id, node);
      case 'attribute':
        return this._names.attribute(node);
      case 'subscript':
        return this._subscript(node);
      case 'union':
        this.type(node.left);
        this.type(node.right);
        return OTHER;
      case 'either': {
        node.items.forEach(each => this.type(each));
        const both = node.items.map(each => this._text(each)).join(' | ');
        throw notMade(this._piece, node, `Write ${both}.`);
      }
      case 'constant': {
        if (node.type === 'None') {
          return { kind: 'none' };
        }
        const text = this._text(node);
        throw this._error(
          node,
          `${text} is a value, not a type.`,
          `A fixed choice is written Literal[${text}].`
        );
      }
      case 'list':
        if (node.items.length === 1) {
          const item = this._text(node.items[0]!);
          throw this._error(
            node,
            'a list of types is not a type.',
            `Write list[${item}].`
          );
        }
        throw notMade(this._piece, node);
      case 'tuple': {
        const inside = this._text(node).replace(/^[()]+|[()]+$/g, '');
        throw this._error(
          node,
          'several types are not a type.',
          `Write tuple[${inside}].`
        );
      }
      case 'call':
        throw this._error(
          node,
          'a type cannot call anything.',
          'Name the type in Python, and use its name here.'
        );
      default:
        throw notMade(this._piece, node);
    }
  }

  /** A type with arguments in brackets. */
  private _subscript(node: ISubscript): Type {
    const base = this._form(node.base);
    if (base.kind === 'other') {
      throw new Undecided(); // what the notebook's own take in brackets, the kernel knows
    }
    const { inside } = node;
    const given = inside.kind === 'tuple' ? inside.items : [inside];
    const name = base.kind === 'form' || base.kind === 'plain' ? base.name : '';
    if (name === 'Literal') {
      return this._literal(node, given);
    }
    if (name === 'Annotated') {
      if (given.length > 0) {
        this.type(given[0]!);
      }
      given.slice(1).forEach(note => this._note(note));
    } else {
      given.forEach(each => this._argument(each, name));
    }
    if (base.kind === 'none' || base.kind === 'literal') {
      throw new Undecided();
    }
    this._checkCount(node, name, given.length);
    const refused =
      (name === 'Optional' && given.length !== 1) ||
      (name === 'Union' && given.length === 0) ||
      (name === 'Annotated' && given.length < 2) ||
      (name in ELSEWHERE && (!WITH_CHOICES.has(name) || given.length !== 1));
    if (refused) {
      const [called, text] = [this._text(node.base), this._text(inside)];
      throw this._error(node, `${called} cannot take ${text} in brackets.`);
    }
    return OTHER;
  }

  private _literal(node: ISubscript, given: Node[]): Type {
    if (given.length === 0) {
      throw this._error(
        node,
        'Literal has no choices.',
        'Write Literal["yes", "no"], for example.'
      );
    }
    const choices = given.map(each => this._choice(each));
    return choices.includes(undefined)
      ? OTHER
      : { kind: 'literal', choices: [...new Set(choices as string[])] };
  }

  /** Python itself lets `dict[str]` pass. */
  private _checkCount(node: ISubscript, base: string, count: number): void {
    const name = this._text(node.base);
    if (WITHOUT_BRACKETS.has(base)) {
      throw this._error(
        node,
        `${name} takes nothing in brackets.`,
        `Write ${name}.`
      );
    }
    const wanted = ARGUMENTS[base] ?? count;
    if (count !== wanted) {
      const [words, example] =
        wanted === 1 ? ['one type', 'str'] : ['two types', 'str, int'];
      throw this._error(
        node,
        `${name} takes ${words}, not ${count}.`,
        `Write ${name}[${example}], for example.`
      );
    }
  }

  private _argument(node: Node, base: string): void {
    if (
      node.kind === 'constant' &&
      node.type === 'Ellipsis' &&
      ['tuple', 'Tuple'].includes(base)
    ) {
      return;
    }
    if (WITH_CHOICES.has(base)) {
      this._choice(node);
    } else {
      this.type(node);
    }
  }

  /** One choice of a Literal as Python shows it; nothing where the notebook knows it. */
  private _choice(node: Node): string | null | undefined {
    switch (node.kind) {
      case 'constant':
        if (node.type === 'str' || node.type === 'bytes') {
          this._refuseJoined(node.firstEnd, node.to);
          return node.repr;
        }
        if (node.type !== 'float' && node.type !== 'Ellipsis') {
          return node.repr;
        }
        break;
      case 'unary':
        if (
          node.operator === '-' &&
          node.operand.kind === 'constant' &&
          node.operand.type === 'int'
        ) {
          return node.operand.repr === '0' ? '0' : `-${node.operand.repr}`;
        }
        break;
      case 'name':
        if (this._scope.has(node.id)) {
          return undefined;
        }
        throw this._error(
          node,
          `${node.id} stands without quotes.`,
          `Write "${node.id}".`
        );
      case 'attribute':
        this._names.attribute(node);
        return undefined;
    }
    throw this._error(
      node,
      `${this._text(node)} cannot be a choice.`,
      'A choice is a text, a whole number, True, False or None.'
    );
  }

  /** Python joins "a" "b" into one text, and a forgotten comma would go unseen. */
  private _refuseJoined(firstEnd: number, end: number): void {
    if (firstEnd < end) {
      const missing = this._piece.between(firstEnd, end).strip();
      throw missing.error(`a comma is missing before ${missing.text}.`);
    }
  }

  /** What Annotated adds to a type: a literal or a name. */
  private _note(node: Node): void {
    if (node.kind === 'constant' || node.kind === 'attribute') {
      return;
    }
    if (node.kind === 'name' && this._scope.has(node.id)) {
      return;
    }
    throw this._error(
      node,
      'a note on a type is a literal or a name.',
      'Name the whole type in Python, and use its name here.'
    );
  }

  private readonly _names: Names;

  private _text(node: Node): string {
    return this._piece.between(node.from, node.to).text;
  }

  private _error(node: Node, message: string, hint?: string): Refused {
    return errorAt(this._piece, node, message, hint);
  }
}
