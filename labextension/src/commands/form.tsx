/** The form that makes a line of `%compile`, as it looks. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { useId, useState } from 'react';

import { DEFAULTS, OPTIMIZERS } from '../grammar/vocabulary';
import type { ICompile, Lack } from '../snippets';
import { compiling, lackOf } from '../snippets';

/** What the form begins with, and what its fields suggest. */
export interface IForm {
  first: ICompile;
  programs: string[];
  trans: TranslationBundle;
}

export function CompileView(
  props: IForm & { changed: (now: ICompile) => void }
): JSX.Element {
  const { changed, first, programs, trans } = props;
  const [now, setNow] = useState(first);
  const change = (part: Partial<ICompile>): void => {
    const next = { ...now, ...part };
    setNow(next);
    changed(next);
  };
  const id = useId();
  const lack = lackOf(now);
  const field = (
    name: Exclude<keyof ICompile, 'isInBackground' | 'optimizer'>,
    label: string,
    hint: string
  ): JSX.Element => (
    <label className="nbdspy-Field">
      <span>{label}</span>
      <input
        type="text"
        className="jp-mod-styled"
        value={now[name]}
        placeholder={hint}
        spellCheck={false}
        aria-invalid={lack === name}
        list={name === 'program' ? `${id}-programs` : undefined}
        onChange={event => change({ [name]: event.target.value })}
      />
    </label>
  );
  return (
    <div className="nbdspy-Form">
      <code className="nbdspy-Written" aria-label={trans.__('The line')}>
        {compiling(now)}
      </code>
      <p className="nbdspy-Lack" role="status">
        {wordsOf(lack, trans)}
      </p>
      {field('program', trans.__('Program'), trans.__('a name'))}
      <datalist id={`${id}-programs`}>
        {programs.map(each => (
          <option key={each} value={each} />
        ))}
      </datalist>
      <label className="nbdspy-Field">
        <span>{trans.__('Optimizer')}</span>
        <select
          className="jp-mod-styled"
          value={now.optimizer}
          onChange={event => change({ optimizer: event.target.value })}
        >
          {[...new Set([...OPTIMIZERS, first.optimizer])].map(each => (
            <option key={each}>{each}</option>
          ))}
        </select>
      </label>
      {field('data', trans.__('Training examples'), trans.__('a DataFrame'))}
      {field(
        'val',
        trans.__('Validation examples'),
        trans.__('a DataFrame that chooses')
      )}
      {field(
        'test',
        trans.__('Test examples'),
        trans.__('scored once, at the end')
      )}
      {field('metric', trans.__('Metric'), trans.__('a name or a function'))}
      {field(
        'out',
        trans.__('Bind the best to'),
        now.program && lack !== 'program'
          ? now.program + DEFAULTS.compiled
          : trans.__('a name')
      )}
      {field('budget', trans.__('Budget in US dollars'), trans.__('no limit'))}
      {field('maxCalls', trans.__('Most calls'), trans.__('no limit'))}
      <label className="nbdspy-Check">
        <input
          type="checkbox"
          checked={now.isInBackground}
          onChange={event => change({ isInBackground: event.target.checked })}
        />
        <span>{trans.__('Go on in the background')}</span>
      </label>
    </div>
  );
}

function wordsOf(lack: Lack, trans: TranslationBundle): string {
  switch (lack) {
    case '':
      return '';
    case 'program':
      return trans.__('It needs the name of a program or a signature.');
    case 'data':
      return trans.__('It needs training examples, such as train.');
    case 'out':
      return trans.__('The best is bound to a variable: write one name.');
    case 'budget':
      return trans.__('The budget is a number, such as 0.50.');
    case 'maxCalls':
      return trans.__('The most calls are a whole number, such as 500.');
  }
}
