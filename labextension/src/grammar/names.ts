/** The types that names stand for, as far as Python, its library or the notebook's text give them a meaning. */

import type { IAttribute, Node } from './nodes';
import type { Piece, Refused } from './pieces';
import { Undecided } from './pieces';
import { didYouMean, nearest } from './suggestions';
import {
  BUILTINS,
  ELSEWHERE,
  SAME_IN_PYTHON,
  TYPING,
  WAYS_OUT
} from './vocabulary';

/** Names that a notebook may have given a meaning. */
export interface IScope {
  has(name: string): boolean;
  /** Those that are surely types. */
  types: readonly string[];
}

export const NOTHING: IScope = { has: () => false, types: [] };
/** Where nobody can tell what there is. */
export const ANYTHING: IScope = { has: () => true, types: [] };

/** What matters of a type: a builtin's name, a Literal's choices as Python shows them, or neither. */
export type Type =
  | { kind: 'plain'; name: string }
  | { kind: 'form'; name: string }
  | { kind: 'literal'; choices: (string | null)[] }
  | { kind: 'none' }
  | { kind: 'other' };

export const OTHER: Type = { kind: 'other' };
const FORMS = new Set(['Literal', 'Optional', 'Union', 'Annotated']);
const MODULES = new Set(['typing', 'datetime', 'decimal', 'uuid']);

/** Reads the names in a piece of text. Throws where they name no type. */
export class Names {
  constructor(
    private readonly _piece: Piece,
    private readonly _scope: IScope
  ) {}

  name(id: string, node: Node): Type {
    const isPythons = BUILTINS.includes(id) || TYPING.includes(id);
    if (!isPythons && this._scope.has(id)) {
      return OTHER;
    }
    if (FORMS.has(id)) {
      return { kind: 'form', name: id };
    }
    if (isPythons || id in ELSEWHERE) {
      return { kind: 'plain', name: id };
    }
    throw this._unknown(id, node);
  }

  private _unknown(name: string, node: Node): Refused {
    const message = `no type is called ${name}.`;
    const same = SAME_IN_PYTHON[name.toLowerCase()];
    if (same !== undefined) {
      return errorAt(this._piece, node, message, `Write ${same}.`);
    }
    const known = [
      ...TYPING,
      ...this._scope.types,
      ...Object.keys(ELSEWHERE),
      ...BUILTINS
    ];
    let hint = didYouMean(name, known);
    if (hint === null) {
      const meant = nearest(name, Object.keys(SAME_IN_PYTHON));
      hint = meant === null ? null : `Write ${SAME_IN_PYTHON[meant]}.`;
    }
    return errorAt(this._piece, node, message, hint ?? WAYS_OUT);
  }

  /** The type that stands in a module or a class. */
  attribute(node: IAttribute): Type {
    const { owner } = node;
    if (owner.kind !== 'name') {
      if (owner.kind === 'attribute') {
        this.attribute(owner);
      }
      if (['attribute', 'subscript', 'call'].includes(owner.kind)) {
        throw new Undecided();
      }
      throw notMade(this._piece, owner);
    }
    if (MODULES.has(owner.id)) {
      if (owner.id === 'typing' && FORMS.has(node.name)) {
        return { kind: 'form', name: node.name };
      }
      if (
        ELSEWHERE[node.name] === owner.id ||
        (owner.id === 'typing' && TYPING.includes(node.name))
      ) {
        return { kind: 'plain', name: node.name };
      }
      throw new Undecided();
    }
    if (this._scope.has(owner.id)) {
      return OTHER;
    }
    if (BUILTINS.includes(owner.id)) {
      throw new Undecided();
    }
    throw errorAt(
      this._piece,
      owner,
      `there is no ${owner.id} here.`,
      `Import ${owner.id} first.`
    );
  }
}

/** An error under a part of a type. */
export function errorAt(
  piece: Piece,
  { from, to }: Node,
  message: string,
  hint: string | null = null
): Refused {
  return piece.between(from, to).error(message, hint);
}

/** The error of what no type is made of. */
export function notMade(piece: Piece, node: Node, hint?: string): Refused {
  return errorAt(
    piece,
    node,
    'a type is made of names, brackets and `|`.',
    hint
  );
}
