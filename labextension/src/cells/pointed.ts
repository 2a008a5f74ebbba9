/** A tooltip that a key asked for: it stands at the cursor until that moves, the text changes, or Escape is pressed. */

import type { Extension } from '@codemirror/state';
import { Prec, StateEffect, StateField } from '@codemirror/state';
import type { Tooltip } from '@codemirror/view';
import { EditorView, keymap, showTooltip } from '@codemirror/view';

const pointAt = StateEffect.define<Tooltip | null>();

const pointed = StateField.define<Tooltip | null>({
  create: () => null,
  update: (shown, transaction) => {
    for (const effect of transaction.effects) {
      if (effect.is(pointAt)) {
        return effect.value;
      }
    }
    return transaction.docChanged || transaction.selection ? null : shown;
  },
  provide: field => showTooltip.from(field)
});

/** Lets an editor show such tooltips. */
export const pointing: Extension = [
  pointed,
  EditorView.domEventHandlers({ blur: (_, view) => void hide(view) }),
  Prec.highest(keymap.of([{ key: 'Escape', run: hide }]))
];

/** Go to an offset, and show a tooltip there. */
export function point(view: EditorView, at: number, tooltip: Tooltip): void {
  view.dispatch({
    selection: { anchor: at },
    effects: pointAt.of(tooltip),
    scrollIntoView: true
  });
}

function hide(view: EditorView): boolean {
  const isShown = !!view.state.field(pointed, false);
  if (isShown) {
    view.dispatch({ effects: pointAt.of(null) });
  }
  return isShown;
}
