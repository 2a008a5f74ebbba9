import { act } from 'react';
import type { Root } from 'react-dom/client';
import { createRoot } from 'react-dom/client';

import type { ISaved } from '../../src/explorer/models/saved';
import { read } from '../../src/explorer/models/saved';
import { Explorer } from '../../src/explorer/views/explorer';
import payloads from './hostile.json';

(globalThis as Record<string, unknown>).IS_REACT_ACT_ENVIRONMENT = true;

const trans = {
  __: (text: string, ...values: string[]) =>
    text.replace(/%(\d)/g, (_, place) => values[Number(place) - 1] ?? '')
};
let host: HTMLElement;
let root: Root;
const copied: string[] = [];
let isLeft = false;

beforeEach(() => {
  host = document.body.appendChild(document.createElement('div'));
  root = createRoot(host);
  copied.length = 0;
  isLeft = false;
});

afterEach(() => {
  act(() => root.unmount());
  host.remove();
});

function show(saved: ISaved): void {
  act(() =>
    root.render(
      <Explorer
        saved={saved}
        id="one"
        trans={trans}
        copy={text => void copied.push(text)}
        leave={() => {
          isLeft = true;
        }}
      />
    )
  );
}

function saved(text: string, count = 3): ISaved {
  const line = (number: number): string =>
    JSON.stringify([
      number,
      number % 2 ? 'wrong' : 'right',
      `${number} ${text}`,
      [[text, number % 2]]
    ]);
  return read({
    version: 1,
    title: text,
    facts: [text],
    tables: [
      {
        name: text,
        columns: ['row', 'verdict', text, 'parts'],
        lines: Array.from({ length: count }, (_, at) => line(at)).join('\n'),
        left_out: 5
      }
    ],
    texts: [
      JSON.stringify(`first ${text}`),
      JSON.stringify(`other ${text}`)
    ].join('\n')
  })!;
}

const options = (): HTMLElement[] => [
  ...host.querySelectorAll<HTMLElement>('[role=option]')
];

function press(label: string): void {
  const button = [...host.querySelectorAll('button')].find(
    each => each.textContent === label
  );
  act(() => button!.click());
}

function key(name: string): void {
  const event = new KeyboardEvent('keydown', { key: name, bubbles: true });
  act(() => void host.querySelector('[role=listbox]')!.dispatchEvent(event));
}

function search(text: string): void {
  const input = host.querySelector('input')!;
  const set = Object.getOwnPropertyDescriptor(
    HTMLInputElement.prototype,
    'value'
  )!.set!;
  act(() => {
    set.call(input, text);
    input.dispatchEvent(new Event('input', { bubbles: true }));
  });
}

test('only the lines in sight are in the page', () => {
  show(saved('alarm', 5_000));

  expect(options().length).toBeLessThan(40);
  expect(options()[0]!.getAttribute('aria-setsize')).toBe('5000');
  expect(host.textContent).toContain('5 more had no room');
});

test('how much is kept of a table is said before its lines', () => {
  show(saved('rows', 97));

  const said = [...host.querySelectorAll('p')].find(
    each => each.textContent === '97 of 102 rows are kept in the notebook.'
  )!;
  const isBefore = Node.DOCUMENT_POSITION_FOLLOWING;
  const lines = host.querySelector('[role=listbox]')!;
  expect(said.compareDocumentPosition(lines) & isBefore).toBeTruthy();
});

test('keys move through the lines, and the chosen one is told', () => {
  show(saved('alarm', 5_000));

  key('ArrowDown');
  key('ArrowDown');
  key('ArrowUp');

  const box = host.querySelector('[role=listbox]')!;
  const chosen = document.getElementById(
    box.getAttribute('aria-activedescendant')!
  )!;
  expect(chosen.getAttribute('aria-selected')).toBe('true');
  expect(chosen.textContent).toMatch(/^1/);
  expect(host.querySelector('pre')!.textContent).toBe('other alarm');
  key('End');
  expect(box.getAttribute('aria-activedescendant')).toMatch(/4999$/);
});

test('a table of any name has lines that can be pointed to', () => {
  show(saved('two words'));

  const box = host.querySelector('[role=listbox]')!;
  const id = box.getAttribute('aria-activedescendant')!;
  expect(id).not.toMatch(/\s/);
  expect(document.getElementById(id)).toBe(options()[0]);
});

test('what is searched for, and filtered, is all that is seen', () => {
  show(saved('alarm', 30));

  press('wrong 15');
  search('29');

  expect(options().map(each => each.textContent)).toEqual(['29wrong29 alarm']);
  expect(host.querySelector('[role=status]')!.textContent).toBe('1 of 30');
  search('nothing like it');
  expect(host.textContent).toContain('Nothing is like that.');
});

test('a click on a column sorts by it, and says so', () => {
  show(saved('alarm', 30));
  const head = (): HTMLElement[] => [
    ...host.querySelectorAll<HTMLElement>('.nbdspy-List-head button')
  ];
  const first = (): string => options()[0]!.textContent ?? '';

  act(() => head()[1]!.click());
  expect(first()).toBe('0right0 alarm');
  expect(head()[1]!.getAttribute('aria-label')).toContain('smallest first');
  act(() => head()[1]!.click());
  expect(first()).toBe('1wrong1 alarm');
  expect(head()[1]!.getAttribute('aria-pressed')).toBe('true');
  act(() => head()[0]!.click());
  act(() => head()[0]!.click());
  expect(first()).toBe('29wrong29 alarm');
  expect(head()[1]!.getAttribute('aria-pressed')).toBe('false');
  act(() => head()[0]!.click());
  expect(first()).toBe('0right0 alarm');
});

test('two lines are compared word by word', () => {
  show(saved('alarm'));

  press('Compare from here');
  expect(host.textContent).toContain('Now choose the line');
  key('ArrowDown');

  expect(host.querySelector('del')!.textContent).toBe('first');
  expect(host.querySelector('ins')!.textContent).toBe('other');
  press('End comparing');
  expect(host.querySelector('del')).toBeNull();
});

test('a line and what it says are copied', async () => {
  show(saved('alarm'));

  press('Copy as JSON');
  press('Copy');
  await act(async () => undefined);

  expect(JSON.parse(copied[0]!).row).toBe(0);
  expect(copied[1]).toBe('first alarm');
  expect(host.textContent).toContain('alarm copied.');
});

test('a button leads back to the card', () => {
  show(saved('alarm'));

  press('Back to the card');

  expect(isLeft).toBe(true);
});

test.each(Object.entries(payloads))(
  'foreign text stays text: %s',
  (_, text) => {
    show(saved(text));
    press('Compare from here');
    key('ArrowDown');

    const strange =
      'script, img, svg, a, iframe, object, form, video, style, link, meta, math, h1';
    expect(host.querySelector(strange)).toBeNull();
    for (const each of host.querySelectorAll('*')) {
      const named = [...each.attributes].map(({ name }) => name);
      expect(named.filter(name => name.startsWith('on'))).toEqual([]);
      expect(named).not.toContain('href');
    }
    expect(host.textContent).toContain(text.replace(/\r\n?/g, '\n'));
  }
);

test('the search has the keyboard at first, and a table that is turned to leaves it where it was', () => {
  const one = saved('one');
  show({ ...one, tables: [...one.tables, ...saved('other').tables] });
  expect(document.activeElement).toBe(host.querySelector('input'));
  const [, other] = host.querySelectorAll<HTMLElement>(
    '[aria-label="Tables"] button'
  );

  act(() => {
    other!.focus();
    other!.click();
  });

  expect(other!.getAttribute('aria-pressed')).toBe('true');
  expect(document.activeElement).toBe(other);
});
