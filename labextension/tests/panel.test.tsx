/** What the panel shows of a program, and what its buttons ask for. */

import { act } from 'react';
import type { Root } from 'react-dom/client';
import { createRoot } from 'react-dom/client';

import type { IActs } from '../src/panel/parts';
import type { IPanelProps } from '../src/panel/view';
import { PanelView } from '../src/panel/view';
import type { IProgram, IVersion } from '../src/tokens';

(globalThis as Record<string, unknown>).IS_REACT_ACT_ENVIRONMENT = true;

const trans = {
  __: (text: string, ...values: unknown[]) =>
    text.replace(/%(\d)/g, (_, place) => `${values[Number(place) - 1] ?? ''}`)
} as IPanelProps['trans'];
let host: HTMLElement;
let root: Root;
const asked: unknown[][] = [];
const acts = {
  compare: (...given: unknown[]) => void asked.push(given)
} as Partial<IActs> as IActs;

beforeEach(() => {
  host = document.body.appendChild(document.createElement('div'));
  root = createRoot(host);
  asked.length = 0;
});

afterEach(() => {
  act(() => root.unmount());
  host.remove();
});

function version(called: string): IVersion {
  const score = { score: '', scored: '', interval: '' };
  return {
    called,
    number: Number(called.split('@')[1]),
    made_by: '',
    parent: '',
    is_bound: false,
    ...score
  };
}

function program(name: string, ...numbers: number[]): IProgram {
  const versions = numbers.map(number => version(`${name}@${number}`));
  return { name, note: '', run: 0, versions, more: 0 };
}

function show(...entries: IProgram[]): void {
  const sections = { programs: { entries, more: 0 } };
  const said = { said: '', isRefusal: false };
  act(() =>
    root.render(
      <PanelView
        state="idle"
        sections={sections}
        acts={acts}
        trans={trans}
        {...said}
      />
    )
  );
}

function choice(label: string): HTMLSelectElement {
  return host.querySelector<HTMLSelectElement>(`[aria-label="${label}"]`)!;
}

function press(label: string, group: string): void {
  const buttons = host.querySelectorAll<HTMLElement>(
    `[role="group"][aria-label="${group}"] button`
  );
  act(() =>
    [...buttons].find(({ textContent }) => textContent === label)!.click()
  );
}

test('a program or a version is compared with any other', () => {
  show(program('helper', 2, 1), program('intent', 1));
  const select = choice('Compare helper@2 with');
  expect([...select.options].map(({ text }) => text)).toEqual([
    'with what it was made of',
    'with helper',
    'with helper@1',
    'with intent',
    'with intent@1'
  ]);
  press('Compare', 'helper@2');

  act(() => {
    select.value = 'intent@1';
    select.dispatchEvent(new Event('change', { bubbles: true }));
  });
  press('Compare', 'helper@2');
  press('Compare', 'intent@1'); // made of nothing
  press('Compare', 'intent');

  expect(asked).toEqual([
    ['helper@2', undefined],
    ['helper@2', 'intent@1'],
    ['intent@1', 'helper'],
    ['intent', 'helper']
  ]);
});

test('a program that is alone has nothing to be compared with', () => {
  show(program('helper'));
  expect(host.querySelector('select')).toBeNull();
});

test('why a variable holds no version of its program is told in words of the page', () => {
  show(
    { ...program('a'), note: 'going', run: 3 },
    { ...program('b'), note: 'changed' },
    { ...program('c'), note: 'unkept' }
  );
  const said = [...host.querySelectorAll('summary .nbdspy-More')];
  expect(said.map(({ textContent }) => textContent)).toEqual([
    'the best so far of run 3, which goes on',
    'changed since',
    'no version kept'
  ]);
});
