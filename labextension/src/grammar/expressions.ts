/**
 * Python expressions, as far as types, defaults and declarations are made of them.
 *
 * What is Python but no part of that is left to the kernel: `Undecided` is thrown, and nothing is said of it.
 */

import { constant, text, word } from './atoms';
import { numberType, shownNumber } from './constants';
import { Cursor } from './cursor';
import type { ICall, IKeyword, ISequence, Node } from './nodes';
import type { Piece } from './pieces';
import { NotPython, Undecided } from './pieces';
import type { IToken } from './tokens';
import { tokens } from './tokens';
import { KEYWORDS } from './vocabulary';

const GOES_ON = new Set([
  ...['and', 'not', 'in', 'is', 'if', 'else', 'for', 'async'],
  ...['**', '//', ':=', '==', '!=', '<=', '>=', '<<', '>>'],
  ...['+', '-', '*', '/', '%', '@', '&', '^', '<', '>', ':']
]);
const BEGINS = new Set([':', 'not', 'lambda', 'await', 'yield', '*', '**']);
const DEEP = 60;

/** The expression that a piece is. Throws `NotPython`, or `Undecided`. */
export function parse(piece: Piece): Node {
  return new Parser(new Cursor(tokens(piece))).whole();
}

class Parser {
  constructor(private readonly _all: Cursor) {}

  whole(): Node {
    const node = this._expression();
    if (this._all.next.text === ',') {
      throw new Undecided();
    }
    if (this._all.next.kind !== 'end') {
      throw new NotPython();
    }
    return node;
  }

  private _expression(): Node {
    if (++this._depth > DEEP) {
      throw new Undecided();
    }
    const { from } = this._all.next;
    const items = [this._union()];
    while (this._isNext('or')) {
      this._all.take();
      items.push(this._union());
    }
    this._depth--;
    const { kind, text } = this._all.next;
    if (GOES_ON.has(text) && kind !== 'string') {
      throw new Undecided();
    }
    return items.length === 1
      ? items[0]!
      : { kind: 'either', items, from, to: this._all.end };
  }

  private _union(): Node {
    let left = this._unary();
    while (this._isNext('|')) {
      this._all.take();
      const right = this._unary();
      left = { kind: 'union', left, right, from: left.from, to: right.to };
    }
    return left;
  }

  private _isNext(word: string): boolean {
    const { kind, text } = this._all.next;
    return text === word && kind !== 'string';
  }

  private _unary(): Node {
    const token = this._all.next;
    if (token.kind !== 'string' && BEGINS.has(token.text)) {
      throw new Undecided();
    }
    if (token.kind === 'mark' && '+-~'.includes(token.text)) {
      this._all.take();
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
      switch (this._all.next.kind === 'mark' ? this._all.next.text : '') {
        case '.': {
          this._all.take();
          const name = this._all.take();
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
          this._all.take();
          const inside = this._listed(']');
          const to = this._all.expect(']').to;
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
          this._all.take();
          node = {
            kind: 'call',
            called: node,
            ...this._arguments(),
            from,
            to: this._all.expect(')').to
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
    while (this._all.next.text !== ')') {
      const keyword = this._keyword();
      if (keyword !== null) {
        keywords.push(keyword);
      } else if (keywords.length > 0) {
        throw new NotPython();
      } else {
        positional.push(this._expression());
      }
      if (this._all.next.text !== ',') {
        break;
      }
      this._all.take();
    }
    return { positional, keywords };
  }

  private _keyword(): IKeyword | null {
    const [first, equals] = [this._all.next, this._all.second];
    const isNamed = first.kind === 'name' && equals?.text === '=';
    if (!isNamed && first.text !== '**') {
      return null;
    }
    this._all.take();
    if (isNamed) {
      this._all.take();
    }
    if (isNamed && KEYWORDS.has(first.text)) {
      throw new NotPython();
    }
    const value = this._expression();
    const name = isNamed ? first.text : null;
    return { name, value, from: first.from, to: value.to };
  }

  private _atom(): Node {
    const token = this._all.take();
    switch (token.kind) {
      case 'name':
        return word(token);
      case 'number':
        return constant(token, numberType(token.text), shownNumber(token.text));
      case 'string':
        return text(token, this._all);
      case 'mark':
        return this._bracketed(token);
      default:
        throw new NotPython();
    }
  }

  private _bracketed(open: IToken): Node {
    switch (open.text) {
      case '...':
        return constant(open, 'Ellipsis', 'Ellipsis');
      case '(': {
        const { items, endsInComma } = this._listed(')');
        const to = this._all.expect(')').to;
        return items.length === 1 && !endsInComma
          ? items[0]!
          : this._sequence('tuple', items, open.from, to);
      }
      case '[': {
        const { items } = this._listed(']');
        return this._sequence(
          'list',
          items,
          open.from,
          this._all.expect(']').to
        );
      }
      case '{':
        return this._braces(open);
      default:
        throw new NotPython();
    }
  }

  private _braces(open: IToken): Node {
    if (this._all.next.text === '}') {
      return {
        kind: 'dict',
        keys: [],
        values: [],
        from: open.from,
        to: this._all.take().to
      };
    }
    const [keys, values]: [Node[], Node[]] = [[], []];
    let isDict = false;
    while (this._all.next.text !== '}') {
      keys.push(this._expressionBefore(':'));
      isDict = this._all.next.text === ':';
      if (isDict) {
        this._all.take();
        values.push(this._expression());
      }
      if (this._all.next.text !== ',') {
        break;
      }
      this._all.take();
    }
    const to = this._all.expect('}').to;
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
    if (this._all.next.text !== mark && !',}'.includes(this._all.next.text)) {
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
    let end = this._all.next.from;
    while (this._all.next.text !== closer || this._all.next.kind !== 'mark') {
      const item = this._expression();
      items.push(item);
      endsInComma = this._all.next.text === ',';
      end = item.to;
      if (!endsInComma) {
        break;
      }
      end = this._all.take().to;
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

  private _depth = 0;
}
