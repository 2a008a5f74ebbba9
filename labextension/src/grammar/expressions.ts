/**
 * Python expressions, as far as types, defaults and declarations are made of them.
 *
 * What is Python but no part of that is left to the kernel: `Undecided` is thrown, and nothing is said of it.
 */

import { numberType, shownNumber } from './constants';
import type { ICall, IConstant, IKeyword, ISequence, Node } from './nodes';
import type { Piece } from './pieces';
import { NotPython, Undecided } from './pieces';
import type { IToken } from './tokens';
import { tokens } from './tokens';
import { KEYWORDS } from './vocabulary';

const GOES_ON = new Set([
  ...['and', 'or', 'not', 'in', 'is', 'if', 'else', 'for', 'async'],
  ...['**', '//', ':=', '==', '!=', '<=', '>=', '<<', '>>'],
  ...['+', '-', '*', '/', '%', '@', '&', '^', '<', '>', ':']
]);
const BEGINS = new Set([':', 'not', 'lambda', 'await', 'yield', '*', '**']);
const DEEP = 60;

/** The expression that a piece is. Throws `NotPython`, or `Undecided`. */
export function parse(piece: Piece): Node {
  return new Parser(tokens(piece)).whole();
}

class Parser {
  constructor(private readonly _tokens: IToken[]) {}

  whole(): Node {
    const node = this._expression();
    if (this._next.text === ',') {
      throw new Undecided();
    }
    if (this._next.kind !== 'end') {
      throw new NotPython();
    }
    return node;
  }

  private get _next(): IToken {
    return this._tokens[this._at]!;
  }

  private _take(): IToken {
    return this._tokens[this._at++]!;
  }

  private _expect(text: string): IToken {
    if (this._next.text !== text) {
      throw new NotPython();
    }
    return this._take();
  }

  private _expression(): Node {
    if (++this._depth > DEEP) {
      throw new Undecided();
    }
    let left = this._unary();
    while (this._next.text === '|') {
      this._take();
      const right = this._unary();
      left = { kind: 'union', left, right, from: left.from, to: right.to };
    }
    this._depth--;
    if (GOES_ON.has(this._next.text) && this._next.kind !== 'string') {
      throw new Undecided();
    }
    return left;
  }

  private _unary(): Node {
    const token = this._next;
    if (token.kind !== 'string' && BEGINS.has(token.text)) {
      throw new Undecided();
    }
    if (token.kind === 'mark' && '+-~'.includes(token.text)) {
      this._take();
      const operand = this._unary();
      const operator = token.text;
      return {
        kind: 'unary',
        operator,
        operand,
        from: token.from,
        to: operand.to
      };
    }
    return this._primary();
  }

  private _primary(): Node {
    let node = this._atom();
    for (;;) {
      const from = node.from;
      switch (this._next.kind === 'mark' ? this._next.text : '') {
        case '.': {
          this._take();
          const name = this._take();
          if (name.kind !== 'name' || KEYWORDS.has(name.text)) {
            throw new NotPython();
          }
          node = {
            kind: 'attribute',
            owner: node,
            name: name.text,
            from,
            to: name.to
          };
          break;
        }
        case '[': {
          this._take();
          const inside = this._listed(']');
          const to = this._expect(']').to;
          if (inside.items.length === 0) {
            throw new NotPython();
          }
          const [first] = inside.items;
          const only =
            inside.items.length === 1 && !inside.endsInComma
              ? first!
              : this._sequence('tuple', inside.items, first!.from, inside.end);
          node = {
            kind: 'subscript',
            base: node,
            inside: only,
            from,
            to
          };
          break;
        }
        case '(': {
          this._take();
          node = {
            kind: 'call',
            called: node,
            ...this._arguments(),
            from,
            to: this._expect(')').to
          };
          break;
        }
        default:
          return node;
      }
    }
  }

  private _arguments(): Pick<ICall, 'positional' | 'keywords'> {
    const positional: Node[] = [];
    const keywords: IKeyword[] = [];
    while (this._next.text !== ')') {
      const keyword = this._keyword();
      if (keyword !== null) {
        keywords.push(keyword);
      } else if (keywords.length > 0) {
        throw new NotPython();
      } else {
        positional.push(this._expression());
      }
      if (this._next.text !== ',') {
        break;
      }
      this._take();
    }
    return { positional, keywords };
  }

  private _keyword(): IKeyword | null {
    const [first, equals] = [this._next, this._tokens[this._at + 1]];
    const isNamed = first.kind === 'name' && equals?.text === '=';
    if (!isNamed && first.text !== '**') {
      return null;
    }
    this._at += isNamed ? 2 : 1;
    if (isNamed && KEYWORDS.has(first.text)) {
      throw new NotPython();
    }
    const value = this._expression();
    const name = isNamed ? first.text : null;
    return { name, value, from: first.from, to: value.to };
  }

  private _atom(): Node {
    const token = this._take();
    switch (token.kind) {
      case 'name':
        return this._word(token);
      case 'number':
        return constant(token, numberType(token.text), shownNumber(token.text));
      case 'string':
        return this._string(token);
      case 'mark':
        return this._bracketed(token);
      default:
        throw new NotPython();
    }
  }

  private _word(token: IToken): Node {
    switch (token.text) {
      case 'None':
        return constant(token, 'None', 'None');
      case 'True':
      case 'False':
        return constant(token, 'bool', token.text);
    }
    if (KEYWORDS.has(token.text)) {
      throw new NotPython();
    }
    return { kind: 'name', id: token.text, from: token.from, to: token.to };
  }

  private _string(first: IToken): IConstant {
    const isBytes = (token: IToken): boolean => /^[rR]?[bB]/.test(token.text);
    const parts = [first];
    while (this._next.kind === 'string') {
      parts.push(this._take());
    }
    if (parts.some(part => isBytes(part) !== isBytes(first))) {
      throw new NotPython();
    }
    const isWhole = parts.length === 1;
    return {
      ...constant(first, isBytes(first) ? 'bytes' : 'str', first.repr ?? null),
      repr: isWhole ? (first.repr ?? null) : null,
      to: parts[parts.length - 1]!.to
    };
  }

  private _bracketed(open: IToken): Node {
    switch (open.text) {
      case '...':
        return constant(open, 'Ellipsis', 'Ellipsis');
      case '(': {
        const { items, endsInComma } = this._listed(')');
        const to = this._expect(')').to;
        return items.length === 1 && !endsInComma
          ? items[0]!
          : this._sequence('tuple', items, open.from, to);
      }
      case '[': {
        const { items } = this._listed(']');
        return this._sequence('list', items, open.from, this._expect(']').to);
      }
      case '{':
        return this._braces(open);
      default:
        throw new NotPython();
    }
  }

  private _braces(open: IToken): Node {
    if (this._next.text === '}') {
      return {
        kind: 'dict',
        keys: [],
        values: [],
        from: open.from,
        to: this._take().to
      };
    }
    const [keys, values]: [Node[], Node[]] = [[], []];
    let isDict = false;
    while (this._next.text !== '}') {
      keys.push(this._expressionBefore(':'));
      isDict = this._next.text === ':';
      if (isDict) {
        this._take();
        values.push(this._expression());
      }
      if (this._next.text !== ',') {
        break;
      }
      this._take();
    }
    const to = this._expect('}').to;
    if (values.length !== 0 && values.length !== keys.length) {
      throw new NotPython();
    }
    return isDict
      ? { kind: 'dict', keys, values, from: open.from, to }
      : this._sequence('set', keys, open.from, to);
  }

  /** An expression after which a mark may stand that goes on in other places. */
  private _expressionBefore(mark: string): Node {
    const node = this._unary();
    if (this._next.text !== mark && !',}'.includes(this._next.text)) {
      throw new Undecided();
    }
    return node;
  }

  private _listed(closer: string): {
    items: Node[];
    endsInComma: boolean;
    end: number;
  } {
    const items: Node[] = [];
    let endsInComma = false;
    let end = this._next.from;
    while (this._next.text !== closer || this._next.kind !== 'mark') {
      const item = this._expression();
      items.push(item);
      endsInComma = this._next.text === ',';
      end = item.to;
      if (!endsInComma) {
        break;
      }
      end = this._take().to;
    }
    return { items, endsInComma, end };
  }

  private _sequence(
    kind: ISequence['kind'],
    items: Node[],
    from: number,
    to: number
  ): ISequence {
    return { kind, items, from, to };
  }

  private _at = 0;
  private _depth = 0;
}

function constant(
  token: IToken,
  type: IConstant['type'],
  repr: string | null
): IConstant {
  const { from, to } = token;
  return { kind: 'constant', type, repr, from, to, firstEnd: to };
}
