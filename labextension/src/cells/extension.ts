/** Our cells in an editor: their language while a line makes a cell ours, and nothing else. */

import { Language } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import {
  Compartment,
  EditorState,
  Prec,
  StateEffect,
  Text
} from '@codemirror/state';
import { ViewPlugin } from '@codemirror/view';
import type { Parser } from '@lezer/common';
import type { ISignal } from '@lumino/signaling';

import { isOurs } from '../grammar/ours';
import type { IScope } from '../grammar/names';
import { diagnostics } from './diagnostics';
import { DATA } from './nodes';
import { pointing } from './pointed';
import type { ISurroundings } from './parser';
import { CellParser } from './parser';

/** What an editor's cell is part of. */
export interface ICellContext extends ISurroundings {
  /** Whether it is a cell of Python. */
  isPython(): boolean;
  scope(): IScope;
  /** Emitted when a cell has run, which may have given names a meaning. */
  readonly ran: ISignal<unknown, unknown>;
}

/** Python's parser: here already, or on its way. */
export interface IPython {
  readonly parser: Parser | null;
  load(): Promise<unknown>;
}

const parserIsHere = StateEffect.define<null>();

/** Watches the lines of an editor, and makes it ours or not. */
export function cellExtension(
  cell: ICellContext,
  python: IPython,
  more: Extension = []
): Extension {
  const place = new Compartment();
  const nothing: Extension = [];
  let ours: Extension | null = null;
  const support = (parser: Parser): Extension =>
    (ours ??= [
      new Language(DATA, new CellParser(parser, cell), [], 'nbdspy').extension,
      diagnostics(() => cell.scope(), cell.ran),
      pointing,
      more
    ]);
  let seen = { doc: Text.empty, isOurs: false };
  const looksOurs = (doc: Text): boolean => {
    if (!cell.isPython()) {
      return false;
    }
    if (seen.doc !== doc) {
      seen = { doc, isOurs: isOurs(doc.toString()) };
    }
    return seen.isOurs;
  };

  const follow = EditorState.transactionExtender.of(transaction => {
    if (!transaction.docChanged && transaction.effects.length === 0) {
      return null;
    }
    const { parser } = python;
    const wanted =
      parser !== null && looksOurs(transaction.newDoc)
        ? support(parser)
        : nothing;
    return place.get(transaction.startState) === wanted
      ? null
      : { effects: place.reconfigure(wanted) };
  });
  const fetch = ViewPlugin.define(view => {
    let isGone = false;
    const look = (): void => {
      if (python.parser === null && looksOurs(view.state.doc)) {
        void python.load().then(() => {
          if (!isGone) {
            view.dispatch({ effects: parserIsHere.of(null) });
          }
        });
      }
    };
    look();
    return { update: look, destroy: () => (isGone = true) };
  });
  return [Prec.highest(place.of(nothing)), follow, fetch];
}
