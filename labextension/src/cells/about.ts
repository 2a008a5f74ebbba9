/** Tooltips of words in our cells: a line of the manual at once, the card of a program or of examples from the kernel. */

import { syntaxTree } from '@codemirror/language';
import type { EditorState, Extension } from '@codemirror/state';
import type { EditorView, Tooltip } from '@codemirror/view';
import { hoverTooltip } from '@codemirror/view';

import type { IManual, INamed } from '../grammar/about';
import { aboutAt } from '../grammar/about';

/** A card on the page, which goes when it is let go. */
export interface ICard {
  readonly node: HTMLElement;
  dispose(): void;
}

/** Gives the card of a name in the notebook of an editor; null where there is none, or the kernel cannot tell now. */
export type AskCard = (name: string, view: EditorView) => Promise<ICard | null>;

/** Tells of the word under the mouse, once it rests there. */
export function about(ask: AskCard): Extension {
  return hoverTooltip((view, at) => tooltipAt(view, at, ask));
}

/** What there is to tell of the word at an offset. */
export async function tooltipAt(
  view: EditorView,
  at: number,
  ask: AskCard
): Promise<Tooltip | null> {
  const found =
    aboutAt(view.state.doc.toString(), at) ?? variableAt(view.state, at);
  if (found === null) {
    return null;
  }
  const { from: pos, to: end } = found;
  if (found.kind === 'manual') {
    return { pos, end, above: true, create: () => ({ dom: manual(found) }) };
  }
  const card = await ask(found.name, view);
  return card === null
    ? null
    : {
        pos,
        end,
        above: true,
        create: () => ({ dom: framed(card), destroy: () => card.dispose() })
      };
}

/** A variable in the Python of a cell. */
function variableAt(state: EditorState, at: number): INamed | null {
  const tree = syntaxTree(state);
  const node = [tree.resolveInner(at, -1), tree.resolveInner(at, 1)].find(
    each => each.name === 'VariableName'
  );
  if (node === undefined) {
    return null;
  }
  const { from, to } = node;
  return { kind: 'name', from, to, name: state.sliceDoc(from, to) };
}

function manual({ help, written }: IManual): HTMLElement {
  const dom = tooltip();
  const code = dom.appendChild(document.createElement('code'));
  code.textContent = written;
  dom.append(` ${help}`);
  return dom;
}

function framed(card: ICard): HTMLElement {
  const dom = tooltip();
  dom.classList.add('nbdspy-mod-card');
  dom.append(card.node);
  return dom;
}

function tooltip(): HTMLElement {
  const dom = document.createElement('div');
  dom.className = 'nbdspy-About';
  dom.setAttribute('role', 'tooltip');
  dom.setAttribute('aria-live', 'polite'); // the keyboard asks for it, too
  return dom;
}
