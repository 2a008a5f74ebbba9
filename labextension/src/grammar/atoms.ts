/** The smallest expressions: names, constants and texts. Throws `NotPython` at what is none. */

import type { Cursor } from './cursor';
import type { IConstant, Node } from './nodes';
import { NotPython } from './pieces';
import type { IToken } from './tokens';
import { KEYWORDS } from './vocabulary';

/** A name, or a constant that is written as one. */
export function word(token: IToken): Node {
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

/** A text, and those that Python joins to it. */
export function text(first: IToken, rest: Cursor): IConstant {
  const isBytes = (token: IToken): boolean => /^[rR]?[bB]/.test(token.text);
  const parts = [first];
  while (rest.next.kind === 'string') {
    parts.push(rest.take());
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

export function constant(
  token: IToken,
  type: IConstant['type'],
  repr: string | null
): IConstant {
  const { from, to } = token;
  return { kind: 'constant', type, repr, from, to, firstEnd: to };
}
