/** What is wrong with the lines and signatures of a cell, shown where it stands while somebody types. */

import type { EditorState, Extension } from '@codemirror/state';
import { StateEffect, StateField } from '@codemirror/state';
import type { DecorationSet, Tooltip, ViewUpdate } from '@codemirror/view';
import {
  Decoration,
  EditorView,
  hoverTooltip,
  ViewPlugin
} from '@codemirror/view';
import type { ISignal } from '@lumino/signaling';

import { mistakeInLine } from '../grammar/options';
import { callsIn, isOurs, signaturesIn } from '../grammar/ours';
import type { IMistake } from '../grammar/pieces';
import { mistakeOf } from '../grammar/signatures';
import type { IScope } from '../grammar/names';

const DELAY = 350; // milliseconds without a key, or every half-typed word would be wrong

const found = StateEffect.define<readonly IMistake[]>();

/** The mistakes that are shown, where they stand now. */
const mistakes = StateField.define<readonly IMistake[]>({
  create: () => [],
  update: (shown, transaction) => {
    for (const effect of transaction.effects) {
      if (effect.is(found)) {
        return effect.value;
      }
    }
    if (!transaction.docChanged) {
      return shown;
    }
    const { changes } = transaction;
    return shown
      .map(each => ({
        ...each,
        from: changes.mapPos(each.from, 1),
        to: changes.mapPos(each.to, -1)
      }))
      .filter(each => each.from < each.to);
  },
  provide: field => EditorView.decorations.from(field, decorated)
});

/** The mistakes of a cell, at least one letter wide each. */
export function mistakesIn(text: string, scope: IScope): IMistake[] {
  if (!isOurs(text)) {
    return [];
  }
  return [
    ...callsIn(text).map(call => mistakeInLine(text, call)),
    ...signaturesIn(text).map(signature => mistakeOf(signature, scope))
  ]
    .filter(mistake => mistake !== null)
    .map(mistake => widened(mistake, text))
    .sort((one, other) => one.from - other.from);
}

/** Those that an editor shows. */
export function mistakesOf(state: EditorState): readonly IMistake[] {
  return state.field(mistakes, false) ?? [];
}

/** Checks a cell as it is opened, whenever somebody stops typing, comes or goes, and when a cell has run. */
export function diagnostics(
  scope: () => IScope,
  ran: ISignal<unknown, unknown>
): Extension {
  return [mistakes, hoverTooltip(told), checker(scope, ran)];
}

function checker(
  scope: () => IScope,
  ran: ISignal<unknown, unknown>
): Extension {
  return ViewPlugin.define(view => {
    let timer = 0;
    const check = (): void => {
      const now = mistakesIn(view.state.doc.toString(), scope());
      if (now.length > 0 || mistakesOf(view.state).length > 0) {
        view.dispatch({ effects: found.of(now) });
      }
    };
    const later = (): void => {
      window.clearTimeout(timer);
      timer = window.setTimeout(check, DELAY);
    };
    later();
    ran.connect(later);
    return {
      update: (update: ViewUpdate) => {
        if (update.docChanged || update.focusChanged) {
          later();
        }
      },
      destroy: () => {
        ran.disconnect(later);
        window.clearTimeout(timer);
      }
    };
  });
}

function widened(mistake: IMistake, text: string): IMistake {
  if (mistake.from < mistake.to) {
    return mistake;
  }
  const isAtEnd = mistake.to >= text.length || text[mistake.to] === '\n';
  return isAtEnd
    ? { ...mistake, from: Math.max(0, mistake.from - 1) }
    : { ...mistake, to: mistake.to + 1 };
}

function decorated(shown: readonly IMistake[]): DecorationSet {
  return Decoration.set(
    shown.map(({ from, to }) =>
      Decoration.mark({ class: 'nbdspy-Mistake' }).range(from, to)
    ),
    true
  );
}

function told(view: EditorView, at: number): Tooltip | null {
  const mistake = mistakesOf(view.state).find(
    each => each.from <= at && at <= each.to
  );
  return mistake === undefined ? null : messageOf(mistake);
}

/** What is wrong and what helps, where it stands. */
export function messageOf({ from, hint, message, to }: IMistake): Tooltip {
  return {
    pos: from,
    end: to,
    above: true,
    create: () => {
      const dom = document.createElement('div');
      dom.className = 'nbdspy-Told';
      dom.setAttribute('role', 'alert');
      dom.textContent = [message, hint].filter(Boolean).join(' ');
      return { dom };
    }
  };
}
