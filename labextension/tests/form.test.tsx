/** The form that makes a line of `%compile`. */

import { act } from 'react';
import { createRoot } from 'react-dom/client';

import { CompileView } from '../src/commands/form';
import { COMPILE } from '../src/snippets';
import { OPTIMIZERS } from '../src/grammar/vocabulary';

(globalThis as Record<string, unknown>).IS_REACT_ACT_ENVIRONMENT = true;

type Props = Parameters<typeof CompileView>[0];
const trans = { __: (text: string) => text } as Props['trans'];

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
