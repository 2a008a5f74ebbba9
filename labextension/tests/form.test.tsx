/** The form that makes a line of `%compile`. */

import { act } from 'react';
import { createRoot } from 'react-dom/client';

import { CompileView } from '../src/commands/form';
import { COMPILE } from '../src/snippets';
import { OPTIMIZERS } from '../src/grammar/vocabulary';

(globalThis as Record<string, unknown>).IS_REACT_ACT_ENVIRONMENT = true;

type Props = Parameters<typeof CompileView>[0];
const trans = {
  __: (text: string, ...values: string[]) =>
    text.replace(/%(\d)/g, (_, place) => values[Number(place) - 1] ?? '')
} as Props['trans'];

test.each([
  ['random_search', OPTIMIZERS],
  ['MIPROv2', [...OPTIMIZERS, 'MIPROv2']]
])('the optimizer %j of the settings is chosen', (optimizer, choices) => {
  const host = document.createElement('div');
  const root = createRoot(host);
  act(() =>
    root.render(
      <CompileView
        first={{ ...COMPILE, program: 'Intent', optimizer }}
        programs={[]}
        sources={[]}
        trans={trans}
        changed={() => undefined}
      />
    )
  );

  const select = host.querySelector('select')!;
  expect([...select.options].map(({ text }) => text)).toEqual(choices);
  expect(select.value).toBe(optimizer);
  expect(host.querySelector('code')!.textContent).toContain(
    `--with ${optimizer}`
  );
  act(() => root.unmount());
});

test('each flaw is told at its field, and a dialog around learns of all', () => {
  const host = document.body.appendChild(document.createElement('div'));
  const root = createRoot(host);
  let isRefused = false; // as a dialog of JupyterLab decides, when something is written
  const decide = (): void => {
    isRefused = host.querySelector('.jp-mod-error') !== null;
  };
  host.addEventListener('input', decide, true);
  act(() =>
    root.render(
      <CompileView
        first={{ ...COMPILE, program: '', data: 'nosuch', budget: 'abc' }}
        programs={['Intent']}
        sources={['train, val = [], []']}
        trans={trans}
        changed={() => undefined}
      />
    )
  );
  const fields = [...host.querySelectorAll<HTMLInputElement>('input')];
  const told = (): string[] =>
    fields
      .map(each => each.getAttribute('aria-describedby'))
      .filter(each => each !== null)
      .map(each => document.getElementById(each)!.textContent);

  expect(isRefused).toBe(true);
  expect(told()).toEqual([
    'It needs the name of a program or a signature.',
    'No cell of this notebook says what nosuch is. In braces it is taken as it stands: {nosuch}.',
    'The budget is a number, such as 0.50.'
  ]);
  write(fields[0]!, 'Intent');
  write(fields[1]!, 'train');
  expect(isRefused).toBe(true);
  write(fields[6]!, '0.50');
  expect(told()).toEqual([]);
  expect(isRefused).toBe(false);
  write(fields[7]!, '-3');
  expect(isRefused).toBe(true);
  act(() => root.unmount());
  host.remove();
});

function write(field: HTMLInputElement, text: string): void {
  const { set } = Object.getOwnPropertyDescriptor(
    HTMLInputElement.prototype,
    'value'
  )!;
  act(() => {
    set!.call(field, text);
    field.dispatchEvent(new Event('input', { bubbles: true }));
  });
}
