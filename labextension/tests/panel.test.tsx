/** What the panel shows of a program, and what its buttons ask for. */

import { act } from 'react';
import type { Root } from 'react-dom/client';
import { createRoot } from 'react-dom/client';

import type { IActs } from '../src/panel/parts';
import type { IPanelProps } from '../src/panel/view';
import { PanelView } from '../src/panel/view';
import type { IProgram, ISections } from '../src/tokens';
import * as cases from './panel_cases';

(globalThis as Record<string, unknown>).IS_REACT_ACT_ENVIRONMENT = true;

const trans = {
  __: (text: string, ...values: unknown[]) =>
    text.replace(/%(\d)/g, (_, place) => `${values[Number(place) - 1] ?? ''}`),
  _n: (one: string, many: string, count: number) =>
    (count === 1 ? one : many).replace('%1', `${count}`)
} as IPanelProps['trans'];
let host: HTMLElement;
let root: Root;
const asked: unknown[][] = [];
const acts = {
  compare: (...given: unknown[]) => void asked.push(given),
  export: (...given: unknown[]) => void asked.push(['export', ...given]),
  restore: (...given: unknown[]) => void asked.push(given)
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

/** A program like one that the kernel told of, which was made of nothing. */
function program(name: string, ...numbers: number[]): IProgram {
  const known = cases.TOLD.programs.entries.find(
    each => each.name === 'Parity'
  )!;
  const versions = numbers.map(number => ({
    ...known.versions[0]!,
    called: `${name}@${number}`,
    number
  }));
  return { ...known, name, versions };
}

function show(sections: Partial<ISections>, language = trans): void {
  const said = { said: '', isRefusal: false };
  act(() =>
    root.render(
      <PanelView
        state="idle"
        sections={sections}
        acts={acts}
        trans={language}
        {...said}
      />
    )
  );
}

function showPrograms(...entries: IProgram[]): void {
  show({ programs: { entries, more: 0 } });
}

/** The texts of what a selector finds. */
function read(selector: string): (string | null)[] {
  return [...host.querySelectorAll(selector)].map(each => each.textContent);
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
  showPrograms(program('helper', 2, 1), program('intent', 1));
  const select = choice('Compare helper@2 with');
  expect([...select.options].map(({ text }) => text)).toEqual([
    'with its source',
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

test('a signature is exported, and compared with programs and with other signatures', () => {
  const [signature] = cases.TOLD.signatures.entries;
  const { name } = signature!;
  show({
    programs: { entries: [program('helper')], more: 0 },
    signatures: {
      entries: [signature!, { ...signature!, name: 'Other' }],
      more: 0
    }
  });
  const options = [...choice(`Compare ${name} with`).options];
  expect(options.map(({ text }) => text)).toEqual([
    'with helper',
    'with Other'
  ]);

  press('Export', name);
  press('Compare', name);

  expect(asked).toEqual([
    ['export', name],
    [name, 'helper']
  ]);
});

test('a program that is alone has nothing to be compared with', () => {
  showPrograms(program('helper'));
  expect(host.querySelector('select')).toBeNull();
});

test('why a variable holds no version of its program is told in words of the page', () => {
  show({ programs: cases.GOING.programs });
  expect(read('summary .nbdspy-More').slice(0, 2)).toEqual([
    'the best so far of run 3, which goes on',
    'no version kept'
  ]);

  show({ programs: cases.TOLD.programs });
  expect(read('summary .nbdspy-More')).toEqual([
    'no version kept',
    'random_search · changed since',
    'random_search',
    'as it came'
  ]);
});

test('a program that is only kept is brought back before it is used', () => {
  show({ programs: cases.KEPT.programs });
  const buttons = (group: string): (string | null)[] =>
    read(`[role="group"][aria-label="${group}"] button`);

  expect(read('details:has([aria-label="helper"]) summary')).toEqual([
    'helperkept100 %random_search · not in this kernel'
  ]);
  expect(buttons('helper')).toEqual(['Restore', 'Show', 'Export', 'Compare']);
  expect(buttons('second')).toContain('Insert');
  press('Restore', 'helper');
  expect(asked).toEqual([['helper@1']]);
});

test('all that a kernel tells is shown', () => {
  show(cases.TOLD);

  expect(read('h3')).toEqual([
    'Model and spend',
    'Runs2',
    'Programs4',
    'Signatures2',
    'Cassettes2'
  ]);
  expect(read('section:first-of-type > p').join('|')).toContain(
    'smollm2recording|temperature 0.7 · chat prompts|on this machine'
  );
  expect(read('.nbdspy-Versions .nbdspy-Name')).toEqual([
    'second@1',
    'helper@1now',
    'Parity@1now'
  ]);
});

test.each(Object.entries(cases.EMPTY))(
  'an empty section says what fills it: %s',
  (name, section) => {
    show({ [name]: section });

    expect(read('.nbdspy-Empty')).toEqual([
      expect.stringMatching(/\byet\b|^No cassette/)
    ]);
  }
);

test.each([
  ['running', cases.GOING, ['Pause', 'Stop, keep best', 'Show', 'Insert']],
  [
    'paused',
    cases.CHANGED.changed,
    ['Resume', 'Stop, keep best', 'Show', 'Insert']
  ],
  ['stopping', cases.STOPPING, ['Show', 'Insert']],
  ['stopped', cases.STOPPED, ['Show', 'Insert']],
  ['done', cases.TOLD, ['Show', 'Insert']]
])(
  'a run that is %s can be asked for what fits',
  (state, { runs }, buttons) => {
    show({ runs });

    const first = 'li:first-child';
    expect(read(`${first} .nbdspy-RunState`)).toEqual([state]);
    expect(read(`${first} button`)).toEqual(buttons);
  }
);

test('a run is as far as its card says, in the same words', () => {
  const [run, ...others] = cases.GOING.runs.entries;
  show({ runs: cases.GOING.runs });
  const { max, value } = host.querySelector('progress')!;
  expect([value, max]).toEqual([0, 20]);
  expect(read('li:first-child .nbdspy-More')).toContainEqual(
    expect.stringMatching(/^1 of 2 programs · 0 of 10 examples/)
  );

  const bare = { ...run!, done: 1, total: 2, counted: '' };
  show({ runs: { entries: [bare, ...others], more: 0 } });
  expect(read('li:first-child .nbdspy-More')).toContainEqual(
    expect.stringMatching(/^1 of 2 programs/)
  );
});

test('runs of one name are told apart by their numbers, and one that was stopped is no failure', () => {
  show({ runs: cases.STOPPED.runs });

  expect(
    read('.nbdspy-Name').map(each => each!.replace(/(stopped|done)$/, ''))
  ).toEqual(['run 3 · third', 'run 2 · second', 'run 1 · helper']);
  const why = host.querySelector<HTMLElement>('.nbdspy-Why')!;
  expect(why.textContent).toBe('You stopped it.');
  expect(why.dataset.state).toBe('stopped'); // only what failed is red
});

test('states of runs, their phases, and what made a program are told in the language of the reader', () => {
  const shouted = {
    ...trans,
    __: (text: string, ...values: string[]) =>
      trans.__(text.toUpperCase(), ...values)
  } as IPanelProps['trans'];
  const told = [
    cases.GOING,
    cases.CHANGED.changed,
    cases.STOPPING,
    cases.STOPPED
  ];

  for (const { runs } of told) {
    show({ runs }, shouted);
    for (const said of read('.nbdspy-RunState')) {
      expect(said).toMatch(/^[A-Z]+$/);
    }
  }
  show(cases.GOING, shouted);
  expect(host.textContent).toContain('random_search OF Parity · BOOTSTRAP');
  expect(host.textContent).toContain('AS IT CAME');
});

test('the button that pauses a run keeps the keyboard, and resumes it', () => {
  const going = cases.GOING.runs.entries[0]!;
  const runs = (...actions: typeof going.actions): ISections['runs'] => ({
    entries: [{ ...going, actions }],
    more: 0
  });
  show({ runs: runs('pause', 'stop') });
  act(() => host.querySelector<HTMLElement>('button')!.focus());
  expect(document.activeElement?.textContent).toBe('Pause');

  show({ runs: runs('resume', 'stop') });

  expect(document.activeElement?.textContent).toBe('Resume');
});
