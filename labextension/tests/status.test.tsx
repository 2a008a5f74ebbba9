/** The item at the foot of the page. */

import { act } from 'react';
import type { Root } from 'react-dom/client';
import { createRoot } from 'react-dom/client';

import { StatusView } from '../src/status/view';
import type { IModel } from '../src/tokens';
import { TOLD } from './panel_cases';

(globalThis as Record<string, unknown>).IS_REACT_ACT_ENVIRONMENT = true;

const trans = {
  __: (text: string, ...values: unknown[]) =>
    text.replace(/%(\d)/g, (_, place) => `${values[Number(place) - 1] ?? ''}`)
} as Parameters<typeof StatusView>[0]['trans'];
let host: HTMLElement;
let root: Root;
let opened: number;

beforeEach(() => {
  host = document.body.appendChild(document.createElement('div'));
  root = createRoot(host);
  opened = 0;
});

afterEach(() => {
  act(() => root.unmount());
  host.remove();
});

/** The item for a model that the kernel told of, but for what is given. */
function show(given: Partial<IModel> | null): HTMLButtonElement | null {
  const model = given === null ? undefined : { ...TOLD.model, ...given };
  act(() =>
    root.render(
      <StatusView model={model} open={() => (opened += 1)} trans={trans} />
    )
  );
  return host.querySelector('button');
}

/** What it says, without its badge, and its badge. */
function read(given: Partial<IModel>): (string | null | undefined)[] {
  const button = show(given)!;
  return [
    button.firstChild?.textContent,
    button.querySelector('.nbdspy-Badge')?.textContent
  ];
}

test('it says the model, what was spent, and what a cassette does', () => {
  const spent = { name: 'smollm2', cost: '$0.42', tokens: '12k' };

  expect(read({ ...spent, cassette: 'replay' })).toEqual([
    'smollm2 · $0.42 · 12k tokens',
    'replay'
  ]);
  expect(read({ ...spent, cassette: 'record' })[1]).toBe('recording');
  expect(read({ ...spent, cassette: 'fill' })[1]).toBe('replay, recording');
  expect(read({ ...spent, cassette: '' })[1]).toBeUndefined();
});

test('of what there is nothing it says nothing', () => {
  const nothing = { name: '', cost: '', tokens: '', cassette: '' } as const;

  expect(read(nothing)).toEqual(['no model', undefined]);
  expect(read({ ...nothing, name: 'smollm2', cost: '$0' })[0]).toBe(
    'smollm2 · $0'
  );
  expect(show(null)).toBeNull();
});

test('its title has all that was spent, and a click opens the panel', () => {
  const button = show({ spent: ['3 calls', '12k tokens'] })!;
  expect(button.title).toBe('nbdspy in this kernel: 3 calls · 12k tokens');

  act(() => button.click());

  expect(opened).toBe(1);
});
