/** The form that makes a line of `%compile`, as it looks. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { useId, useLayoutEffect, useRef, useState } from 'react';

import { DEFAULTS, OPTIMIZERS } from '../grammar/vocabulary';
import type { ICompile } from '../snippets';
import { compiling } from '../snippets';
import type { Field, Flaw } from './flaws';
import { flawsOf, knownIn } from './flaws';

/** What the form begins with, and what its fields suggest. */
export interface IForm {
  first: ICompile;
  programs: string[];
  /** The texts of the notebook's code cells. */
  sources: string[];
  trans: TranslationBundle;
}

export function CompileView(
  props: IForm & { changed: (now: ICompile) => void }
): JSX.Element {
  const { changed, first, programs, sources, trans } = props;
  const [now, setNow] = useState(first);
  const change = (part: Partial<ICompile>): void => {
    const next = { ...now, ...part };
    setNow(next);
    changed(next);
  };
  const id = useId();
  const [isKnown] = useState(() => knownIn(sources, programs));
  const flaws = flawsOf(now, isKnown);
  const form = useRef<HTMLDivElement>(null);
  const isWrong = Object.keys(flaws).length > 0;
  // A dialog looks for errors when something is written, and these are shown only after that.
  useLayoutEffect(() => {
    form.current?.dispatchEvent(new Event('input', { bubbles: true }));
  }, [isWrong]);
  const field = (name: Field, label: string, hint: string): JSX.Element => {
    const flaw = flaws[name];
    const told = `${id}-${name}`;
    return (
      <div>
        <label className="nbdspy-Field">
          <span>{label}</span>
          <input
            type="text"
            className={flaw ? 'jp-mod-styled jp-mod-error' : 'jp-mod-styled'}
            value={now[name]}
            placeholder={hint}
            spellCheck={false}
            aria-invalid={flaw !== undefined}
            aria-describedby={flaw && told}
            list={name === 'program' ? `${id}-programs` : undefined}
            onChange={event => change({ [name]: event.target.value })}
          />
        </label>
        {flaw && (
          <p className="nbdspy-Lack" id={told}>
            {wordsOf(flaw, now[name].trim(), trans)}
          </p>
        )}
      </div>
    );
  };
  return (
    <div className="nbdspy-Form" ref={form}>
      <code className="nbdspy-Written" aria-label={trans.__('The line')}>
        {compiling(now)}
      </code>
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
        now.program && !flaws.program
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

function wordsOf(flaw: Flaw, text: string, trans: TranslationBundle): string {
  switch (flaw) {
    case 'noProgram':
      return trans.__('It needs the name of a program or a signature.');
    case 'severalPrograms':
      return trans.__('It takes one program or signature.');
    case 'noData':
      return trans.__('It needs training examples, such as train.');
    case 'unknown':
      return trans.__(
        'No cell of this notebook says what %1 is. In braces it is taken as it stands: {%1}.',
        text
      );
    case 'unclosed':
      return trans.__('A bracket or a quote is never closed.');
    case 'noName':
      return trans.__('The best is bound to a variable: write one name.');
    case 'noNumber':
      return trans.__('The budget is a number, such as 0.50.');
    case 'noCount':
      return trans.__('The most calls are a whole number, such as 500.');
  }
}
