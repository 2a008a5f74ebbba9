// A card that changes while its work goes on. The kernel draws every fragment; this puts those that changed into the
// page, without touching what the reader has opened, scrolled to or begun to type, and carries buttons back.

import type { AnyModel } from '@anywidget/types';
import morphdom from 'morphdom';

import { type ILosable, watch } from './lost';
import { speaker } from './speaker';

/** Pieces of HTML by name, in their order. */
type Fragments = Record<string, string>;

interface IState extends ILosable {
  frame: string;
  fragments: Fragments;
  /** The names of the fragments, as a saved notebook keeps those in an order of its own. */
  order: string[];
  /** What stands above a card whose kernel is gone. */
  lost: string;
}

/** What the kernel sends: pieces that are new or other, and the names of all that are there, in their order. */
interface IPatch {
  changed: Fragments;
  order: string[];
}

/** Where our extension has it: in front of the card that the notebook keeps. */
const OVER_KEPT = '.nbdspy-Live';

/** The state after a patch. It stays in the page's model, for a view that is opened later. */
export function patched(
  before: Fragments,
  { changed, order }: IPatch
): Fragments {
  const after: Fragments = {};
  for (const name of order) {
    after[name] = changed[name] ?? before[name] ?? '';
  }
  return after;
}

function fragment(name: string, html: string): HTMLElement {
  const made = document.createElement('div');
  made.dataset.fragment = name;
  made.innerHTML = html;
  return made;
}

/** Readers open and close; the kernel does not know of it. What is being typed into is the reader's too. */
function keepsTheReaders(shown: HTMLElement, next: HTMLElement): boolean {
  if (shown.isEqualNode(next)) {
    return false;
  }
  if (
    shown instanceof HTMLDetailsElement &&
    next instanceof HTMLDetailsElement
  ) {
    next.open = shown.open;
  }
  if (
    shown instanceof HTMLTextAreaElement &&
    next instanceof HTMLTextAreaElement
  ) {
    begin(shown, next.defaultValue);
  }
  return !(
    shown instanceof HTMLTextAreaElement || shown instanceof HTMLInputElement
  );
}

/** What a text begins with follows the kernel, until the reader comes to it. */
function begin(text: HTMLTextAreaElement, value: string): void {
  const isTouched =
    text === text.ownerDocument.activeElement ||
    text.value !== text.defaultValue;
  if (!isTouched && value !== text.defaultValue) {
    text.value = text.defaultValue = value;
  }
}

/** Make what a page shows of a card be these fragments, with as few changes as that takes. */
export function show(card: HTMLElement, fragments: Fragments): void {
  const shown = new Map(
    [...card.children].map(each => [
      (each as HTMLElement).dataset.fragment,
      each
    ])
  );
  let place: Element | null = card.firstElementChild;
  for (const [name, html] of Object.entries(fragments)) {
    const next = fragment(name, html);
    const before = shown.get(name);
    shown.delete(name);
    if (before === undefined) {
      card.insertBefore(next, place);
    } else {
      morphdom(before, next, { onBeforeElUpdated: keepsTheReaders });
      place = before.nextElementSibling;
    }
  }
  for (const gone of shown.values()) {
    gone.remove();
  }
}

function initialize({ model }: { model: AnyModel<IState> }): () => void {
  const take = (patch: IPatch): void => {
    model.set('order', patch.order);
    model.set('fragments', patched(model.get('fragments'), patch));
  };
  model.on('msg:custom', take);
  const leave = watch(model);
  return () => {
    model.off('msg:custom', take);
    leave();
  };
}

function render({
  model,
  el
}: {
  model: AnyModel<IState>;
  el: HTMLElement;
}): () => void {
  el.innerHTML = model.get('frame');
  const card = el.querySelector<HTMLElement>('[data-card]')!;
  const above = el.insertBefore(document.createElement('div'), card);
  const draw = (): void => {
    const fragments = model.get('fragments');
    const isLost = model.get('isLost') === true;
    // Nobody hears buttons any more.
    const order = model.get('order').filter(n => !(isLost && n === 'controls'));
    show(card, patched(fragments, { changed: {}, order }));
    above.innerHTML = isLost ? model.get('lost') : '';
  };
  let isGone = false;
  const speaking = speaker(
    model,
    () => isGone || model.get('isLost') === true,
    () => (el.closest(OVER_KEPT) === null ? {} : { over: 'kept' })
  );
  const say = (said: object): void =>
    void speaking.then(speaker => speaker.say(said));

  const press = (event: Event): void => {
    const button = (event.target as Element).closest<HTMLButtonElement>(
      'button[data-do]'
    );
    if (button === null) {
      return;
    }
    const text = button
      .closest('[data-form]')
      ?.querySelector('textarea')?.value;
    say(
      text === undefined
        ? { do: button.dataset.do }
        : { do: button.dataset.do, text }
    );
  };
  // Shift and Enter would run the cell, and single letters are commands of the notebook.
  const type = (event: KeyboardEvent): void => {
    if ((event.target as Element).closest('textarea, input, button, summary')) {
      event.stopPropagation();
    }
  };
  draw();
  el.addEventListener('click', press);
  el.addEventListener('keydown', type);
  model.on('change:fragments', draw);
  model.on('change:isLost', draw);
  return () => {
    isGone = true;
    model.off('change:fragments', draw);
    model.off('change:isLost', draw);
    el.removeEventListener('click', press);
    el.removeEventListener('keydown', type);
    void speaking.then(speaker => speaker.close());
  };
}

export default { initialize, render };
