/** The tokens of a Python expression: names, numbers, strings and marks. */

import type { INode } from './nodes';
import type { Piece } from './pieces';
import { NotPython, Undecided } from './pieces';
import { shownString } from './constants';
import { stringEnd } from './scanning';

export interface IToken extends INode {
  kind: 'name' | 'number' | 'string' | 'mark' | 'end';
  text: string;
  repr?: string | null;
}

const SPACE = /(?:[ \t\f\n]|#[^\n]*)+/y;
const NAME = /[\p{XID_Start}_]\p{XID_Continue}*/uy;
const NUMBER =
  /(?:0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*)?\.\d[\d_]*(?:[eE][+-]?\d+)?|\d[\d_]*\.?(?:[eE][+-]?\d+)?)[jJ]?/y;
const STRING = /([rbuRBU]{0,2})('''|"""|'|")/y;
const MARK =
  /\.\.\.|\*\*|\/\/|->|:=|==|!=|<=|>=|<<|>>|[-+*/%@&|^~<>()[\]{},:.=]/y;
const OTHER_PREFIX = /[rRfFtT]{1,2}['"]/y;

/** The tokens of a piece, one that ends it last. Throws `NotPython`, or `Undecided`. */
export function tokens(piece: Piece): IToken[] {
  const text = piece.whole.slice(0, piece.to);
  const found: IToken[] = [];
  let at = piece.from;
  const next = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  const take = (kind: IToken['kind'], end: number, repr?: string | null) => {
    const written = text.slice(at, end);
    const said = kind === 'name' ? written.normalize('NFKC') : written; // as Python reads it
    found.push({ kind, text: said, from: at, to: end, repr });
    at = end;
  };
  while (at < piece.to) {
    const space = next(SPACE);
    if (space !== null) {
      at = SPACE.lastIndex;
      continue;
    }
    if (text[at] === '\\' || next(OTHER_PREFIX) !== null) {
      throw new Undecided();
    }
    const string = next(STRING);
    if (string !== null) {
      const end = stringEnd(text, string[2]!, STRING.lastIndex, piece.to);
      if (end === null) {
        throw new NotPython();
      }
      const inside = text.slice(STRING.lastIndex, end - string[2]!.length);
      take('string', end, shownString(string[1]!.toLowerCase(), inside));
    } else if (next(NUMBER) !== null) {
      take('number', NUMBER.lastIndex);
      if (next(NAME) !== null) {
        throw new NotPython();
      }
    } else if (next(NAME) !== null) {
      take('name', NAME.lastIndex);
    } else if (next(MARK) !== null) {
      take('mark', MARK.lastIndex);
    } else {
      throw new NotPython();
    }
  }
  found.push({ kind: 'end', text: '', from: piece.to, to: piece.to });
  return found;
}
