// Keys of a form that is made of ordinary widgets. It stands among them, and tells the kernel what a key means there.

import type { AnyModel } from '@anywidget/types';

import { type IAddressed, speaker } from './speaker';

interface IMeanings {
  /** What Enter does in a field, and Control and Enter in one of several lines. */
  enter: string;
  /** What single keys do while no text is typed: on a button of the form. */
  meant: Record<string, string>;
}

type IState = IMeanings & IAddressed;

const FIELDS = 'textarea, select, input';

/** What a key means; null where it is the field's or the button's own. */
export function meaning(
  event: KeyboardEvent,
  target: Element,
  { enter, meant }: IMeanings
): string | null {
  const isField = target.matches(FIELDS);
  if (event.key === 'Enter' && isField) {
    return event.ctrlKey || event.metaKey || !target.matches('textarea')
      ? enter
      : null;
  }
  if (isField || event.ctrlKey || event.metaKey || event.altKey) {
    return null;
  }
  return meant[event.key] ?? null;
}

function render({
  model,
  el
}: {
  model: AnyModel<IState>;
  el: HTMLElement;
}): () => void {
  const meanings = { enter: model.get('enter'), meant: model.get('meant') };
  let form: HTMLElement | null = null;
  let frame = 0;
  let isGone = false;
  const speaking = speaker(model, () => isGone); // says that the form is seen, and is silent from then on

  const press = (event: KeyboardEvent): void => {
    const target = event.target as HTMLElement;
    event.stopPropagation(); // Enter would run or open the cell, and single letters are commands of the notebook
    if (event.isComposing) {
      return;
    }
    if (event.key === 'Escape' && target.matches(FIELDS)) {
      form?.querySelector<HTMLElement>('.nbdspy-main')?.focus();
      return;
    }
    const what = meaning(event, target, meanings);
    if (what === null) {
      return;
    }
    event.preventDefault();
    // What was typed has to be there before the key: it is sent when the field says that it changed.
    if (target.matches('textarea, input:not([type=checkbox])')) {
      target.dispatchEvent(new Event('change', { bubbles: true }));
    }
    model.send({ do: what, key: event.key });
  };
  const attach = (): void => {
    form = el.closest<HTMLElement>('.nbdspy-form');
    if (form === null) {
      frame = requestAnimationFrame(attach);
    } else {
      form.addEventListener('keydown', press, true);
    } // before the fields, which keep their keys to themselves
  };
  attach();
  return () => {
    isGone = true;
    cancelAnimationFrame(frame);
    form?.removeEventListener('keydown', press, true);
    void speaking.then(speaker => speaker.close());
  };
}

export default { render };
