/** The statements of a class that declares fields, as far as they can surely be told; all else is left to the kernel. */

import { parse } from './expressions';
import type { Node } from './nodes';
import type { Piece } from './pieces';
import { NotPython, Refused, Undecided } from './pieces';
import type { IMark } from './scanning';
import { marks } from './scanning';
import { KEYWORDS } from './vocabulary';

/** A statement of one line, or of several within brackets; `indent` is the space before it. */
export interface ILine {
  indent: string;
  code: Piece;
}

/** `target: annotation = value`; two of them may be missing, and what has no target is its value alone. */
export interface IStatement {
  code: Piece;
  target: Piece | null;
  annotation: Node | null;
  value: Node | null;
}

const IDENTIFIER = /^[\p{XID_Start}_]\p{XID_Continue}*$/u;
const IMPORT =
  /^(?:import\s+[\w.]+|from\s+[\w.]+\s+import\s+\w+)(?:\s+as\s+\w+)?(?:\s*,\s*[\w.]+(?:\s+as\s+\w+)?)*$/;
const OPERATOR = /[-+*/%&|^<>=!:@~]/;

/** The statements of a piece, without comments. Throws `Undecided`. */
export function linesOf(piece: Piece): ILine[] {
  const found: ILine[] = [];
  let from = piece.from;
  let end: number | null = null;
  for (const mark of [...decided(piece), lastOf(piece)]) {
    if (mark.kind === '#') {
      end = mark.from;
    } else if (mark.kind === '\n') {
      const code = piece.between(from, end ?? mark.from);
      if (!code.isBlank) {
        const stripped = code.strip();
        const indent = piece.between(from, stripped.from).text;
        found.push({ indent, code: stripped });
      }
      from = mark.to;
      end = null;
    }
  }
  return found;
}

/** What a statement says. Throws `Undecided`. */
export function read(code: Piece): IStatement {
  const word = /^[\p{L}_][\p{L}\p{N}_]*/u.exec(code.text)?.[0] ?? '';
  const alone = { code, target: null, annotation: null, value: null };
  if (code.text === 'pass' || IMPORT.test(code.text)) {
    return alone;
  }
  if (KEYWORDS.has(word) && !['None', 'True', 'False'].includes(word)) {
    throw new Undecided();
  }
  const dividing = decided(code);
  const [first, ...rest] = dividing.filter(({ kind }) => kind !== '\n');
  if (first === undefined) {
    return { ...alone, value: expression(code) };
  }
  const target = code.between(code.from, first.from).strip();
  if (!IDENTIFIER.test(target.text) || KEYWORDS.has(target.text)) {
    throw new Undecided();
  }
  if (first.kind === '=') {
    refuseOperator(code, first);
    if (rest.some(({ kind }) => kind === '=')) {
      throw new Undecided();
    }
    const value = expression(code.between(first.to, code.to).strip());
    return { ...alone, target, value };
  }
  const [equals] = rest;
  if (first.kind !== ':' || (equals && equals.kind !== '=')) {
    throw new Undecided();
  }
  if (equals === undefined) {
    const annotation = expression(code.between(first.to, code.to).strip());
    return { ...alone, target, annotation };
  }
  refuseOperator(code, equals);
  return {
    code,
    target,
    annotation: expression(code.between(first.to, equals.from).strip()),
    value: expression(code.between(equals.to, code.to).strip())
  };
}

function expression(piece: Piece): Node {
  try {
    return parse(piece);
  } catch (error) {
    throw error instanceof NotPython ? new Undecided() : error;
  }
}

/** `==`, `+=` and `:=` hold an equals sign too. */
function refuseOperator(code: Piece, { from, to }: IMark): void {
  if (OPERATOR.test(code.whole[from - 1]!) || code.whole[to] === '=') {
    throw new Undecided();
  }
}

/** The marks of a piece; Python words it in its own way when a bracket is never closed. */
function decided(piece: Piece): IMark[] {
  if (/\\\n/.test(piece.text)) {
    throw new Undecided();
  }
  try {
    return [...marks(piece)];
  } catch (error) {
    throw error instanceof Refused ? new Undecided() : error;
  }
}

function lastOf({ to }: Piece): IMark {
  return { kind: '\n', from: to, to };
}
