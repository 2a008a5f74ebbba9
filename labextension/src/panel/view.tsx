/** The panel as it looks: state in, callbacks out. */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReactNode } from 'react';
import { useId } from 'react';

import * as snippets from '../commands/snippets';
import type {
  ICassette,
  IEntries,
  IModel,
  IProgram,
  IRun,
  ISections,
  ISignature,
  IVersion,
  State,
  Steering
} from '../tokens';
import { badgeOf, reasonOf, titleOf } from './words';

/** What the panel can have done. */
export interface IActs {
  load(): void;
  insert(source: string): void;
  steer(run: number, what: Steering): void;
  showRun(run: number, title: string): void;
  show(program: string): void;
  compare(program: string): void;
  export(program: string): void;
  restore(program: string): void;
  compile(program: string): void;
}

interface IWords {
  trans: TranslationBundle;
}
interface IPart extends IWords {
  acts: IActs;
}

export interface IPanelProps extends IPart {
  state: State;
  sections: Partial<ISections>;
  said: string;
  isRefusal: boolean;
}

export function PanelView(props: IPanelProps): JSX.Element {
  const { acts, isRefusal, said, sections, state, trans } = props;
  const reason = reasonOf(state, trans);
  return (
    <div className="nbdspy-Panel">
      <div className="nbdspy-State" role="status" data-state={state}>
        <span className="nbdspy-Dot" aria-hidden="true" />
        <span>{titleOf(state, trans)}</span>
      </div>
      {reason && <p className="nbdspy-Reason">{reason}</p>}
      {state === 'notLoaded' && (
        <Act onClick={acts.load} isMain>
          {trans.__('Load nbdspy')}
        </Act>
      )}
      <p
        className="nbdspy-Said"
        role={isRefusal ? 'alert' : 'status'}
        data-refusal={isRefusal}
      >
        {said}
      </p>
      {sections.model && <Model model={sections.model} trans={trans} />}
      {sections.runs && (
        <Section
          title={trans.__('Runs')}
          list={sections.runs}
          empty={trans.__('Nothing was compiled yet in this kernel.')}
          trans={trans}
        >
          {run => <Run key={run.number} run={run} acts={acts} trans={trans} />}
        </Section>
      )}
      {sections.programs && (
        <Section
          title={trans.__('Programs')}
          list={sections.programs}
          empty={trans.__(
            'There is no program yet. %1 makes one, and %2 makes one better.',
            '%%module',
            '%compile'
          )}
          trans={trans}
        >
          {program => (
            <Program
              key={program.name}
              program={program}
              acts={acts}
              trans={trans}
            />
          )}
        </Section>
      )}
      {sections.signatures && (
        <Section
          title={trans.__('Signatures')}
          list={sections.signatures}
          empty={trans.__(
            'There is no signature yet. %1 makes one.',
            '%%signature'
          )}
          trans={trans}
        >
          {signature => (
            <Signature
              key={signature.name}
              signature={signature}
              acts={acts}
              trans={trans}
            />
          )}
        </Section>
      )}
      {sections.cassettes && (
        <Section
          title={trans.__('Cassettes')}
          list={sections.cassettes}
          empty={trans.__(
            'No cassette is in use, and none lies beside the notebook. %1 makes one.',
            '%cassette record FILE'
          )}
          trans={trans}
        >
          {cassette => (
            <Cassette
              key={cassette.name}
              cassette={cassette}
              acts={acts}
              trans={trans}
            />
          )}
        </Section>
      )}
    </div>
  );
}

function Model({ model, trans }: IWords & { model: IModel }): JSX.Element {
  const title = useId();
  const badge = badgeOf(model.cassette, trans);
  return (
    <section className="nbdspy-Section" aria-labelledby={title}>
      <h3 id={title}>{trans.__('Model and spend')}</h3>
      {model.name ? (
        <p className="nbdspy-Name">
          {model.name}
          {badge && <span className="nbdspy-Badge">{badge}</span>}
        </p>
      ) : (
        <p className="nbdspy-Empty">
          {trans.__(
            'No model is chosen yet. %1 is one on this machine.',
            '%lm smollm2'
          )}
        </p>
      )}
      {model.settings.length > 0 && (
        <p className="nbdspy-More">{model.settings.join(' · ')}</p>
      )}
      {model.where && <p className="nbdspy-More">{model.where}</p>}
      {model.name && (
        <p className="nbdspy-More">
          {model.spent.join(' · ') || trans.__('Nothing was spent yet.')}
        </p>
      )}
    </section>
  );
}

function Section<T>(
  props: IWords & {
    title: string;
    list: IEntries<T>;
    empty: string;
    children: (entry: T) => ReactNode;
  }
): JSX.Element {
  const { children, empty, list, title, trans } = props;
  const id = useId();
  return (
    <section className="nbdspy-Section" aria-labelledby={id}>
      <h3 id={id}>
        {title}
        {list.entries.length > 0 && (
          <span className="nbdspy-Count">
            {list.entries.length + list.more}
          </span>
        )}
      </h3>
      {list.entries.length > 0 ? (
        <ul>{list.entries.map(children)}</ul>
      ) : (
        <p className="nbdspy-Empty">{empty}</p>
      )}
      <Rest more={list.more} trans={trans} />
    </section>
  );
}

function Rest({ more, trans }: IWords & { more: number }): JSX.Element | null {
  return more > 0 ? (
    <p className="nbdspy-Empty">
      {trans._n('%1 more is not shown.', '%1 more are not shown.', more)}
    </p>
  ) : null;
}

function Run({ acts, run, trans }: IPart & { run: IRun }): JSX.Element {
  const name = run.name || run.program;
  const label = trans.__('Run %1, %2', run.number, name);
  const steering: Record<Steering, string> = {
    pause: trans.__('Pause'),
    resume: trans.__('Resume'),
    stop: trans.__('Stop, keep best')
  };
  const isGoing = run.actions.length > 0 || run.state === 'stopping';
  const best = run.best && trans.__('best %1 (%2)', run.best, run.interval);
  return (
    <li className="nbdspy-Entry">
      <p className="nbdspy-Name">
        {name}
        <span className="nbdspy-RunState" data-state={run.state}>
          {run.state}
        </span>
      </p>
      <p className="nbdspy-More">
        {trans.__('%1 of %2', run.optimizer, run.program)}
        {run.phase && ` · ${run.phase}`}
      </p>
      {isGoing && run.total > 0 && (
        <progress
          aria-label={trans.__('%1: programs scored', label)}
          value={run.done}
          max={run.total}
        />
      )}
      <p className="nbdspy-More">
        {[
          isGoing && run.total > 0
            ? trans.__('%1 of %2 programs', run.done, run.total)
            : trans._n('%1 program scored', '%1 programs scored', run.trials),
          best,
          ...run.facts
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
      {run.why && <p className="nbdspy-Why">{run.why}</p>}
      <Acts label={label}>
        {run.actions.map(what => (
          <Act key={what} onClick={() => acts.steer(run.number, what)}>
            {steering[what]}
          </Act>
        ))}
        <Act onClick={() => acts.showRun(run.number, label)}>
          {trans.__('Show')}
        </Act>
        <Act onClick={() => acts.insert(snippets.showingRun(run))}>
          {trans.__('Insert')}
        </Act>
      </Acts>
    </li>
  );
}

function Program({
  acts,
  program,
  trans
}: IPart & { program: IProgram }): JSX.Element {
  const { name, note, versions } = program;
  const last = versions[0];
  const now = versions.find(version => version.is_bound);
  const shown = now ?? last;
  return (
    <li className="nbdspy-Entry">
      <details>
        <summary>
          <span className="nbdspy-Name">
            {name}
            {shown?.score && (
              <span className="nbdspy-Score">{shown.score}</span>
            )}
          </span>
          <span className="nbdspy-More">
            {[shown?.made_by, notes(note, trans)].filter(Boolean).join(' · ')}
          </span>
        </summary>
        <Acts label={name}>
          <Act onClick={() => acts.show(name)}>{trans.__('Show')}</Act>
          <Act onClick={() => acts.insert(snippets.usingProgram(program))}>
            {trans.__('Insert')}
          </Act>
          <Act onClick={() => acts.insert(snippets.promptOf(name))}>
            {trans.__('Prompt')}
          </Act>
          <Act onClick={() => acts.export(name)}>{trans.__('Export')}</Act>
          <Act onClick={() => acts.compile(name)}>{trans.__('Compile…')}</Act>
        </Acts>
        {versions.length > 0 && (
          <ol className="nbdspy-Versions" aria-label={trans.__('Versions')}>
            {versions.map(version => (
              <Version
                key={version.called}
                version={version}
                acts={acts}
                trans={trans}
              />
            ))}
          </ol>
        )}
        <Rest more={program.more} trans={trans} />
      </details>
    </li>
  );
}

function notes(note: string, trans: TranslationBundle): string {
  switch (note) {
    case 'changed since':
      return trans.__('changed since');
    case 'no version kept':
      return trans.__('no version kept');
    default:
      return note;
  }
}

function Version({
  acts,
  trans,
  version
}: IPart & { version: IVersion }): JSX.Element {
  const { called } = version;
  return (
    <li>
      <p className="nbdspy-Name">
        {called}
        {version.is_bound && (
          <span className="nbdspy-Badge">{trans.__('now')}</span>
        )}
      </p>
      <p className="nbdspy-More">
        {[
          version.made_by,
          version.parent && trans.__('from %1', version.parent),
          version.score &&
            `${version.score} (${version.interval}) ${version.scored}`
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
      <Acts label={called}>
        <Act onClick={() => acts.show(called)}>{trans.__('Show')}</Act>
        {(version.parent || version.number > 1) && (
          <Act onClick={() => acts.compare(called)}>{trans.__('Compare')}</Act>
        )}
        <Act onClick={() => acts.export(called)}>{trans.__('Export')}</Act>
        {!version.is_bound && (
          <Act onClick={() => acts.restore(called)}>{trans.__('Restore')}</Act>
        )}
        <Act onClick={() => acts.insert(snippets.bringingBack(called))}>
          {trans.__('Insert')}
        </Act>
      </Acts>
    </li>
  );
}

function Signature({
  acts,
  signature,
  trans
}: IPart & { signature: ISignature }): JSX.Element {
  const { instructions, name, text } = signature;
  return (
    <li className="nbdspy-Entry">
      <details>
        <summary>
          <span className="nbdspy-Name">{name}</span>
          <span className="nbdspy-More">{text}</span>
        </summary>
        <p className="nbdspy-More">{instructions}</p>
        <Acts label={name}>
          <Act onClick={() => acts.show(name)}>{trans.__('Show')}</Act>
          <Act onClick={() => acts.insert(snippets.askingOf(signature))}>
            {trans.__('Insert')}
          </Act>
          <Act onClick={() => acts.insert(snippets.promptOf(name))}>
            {trans.__('Prompt')}
          </Act>
          <Act onClick={() => acts.compile(name)}>{trans.__('Compile…')}</Act>
        </Acts>
      </details>
    </li>
  );
}

function Cassette({
  acts,
  cassette,
  trans
}: IPart & { cassette: ICassette }): JSX.Element {
  const { name, replies } = cassette;
  const mode = badgeOf(cassette.mode, trans);
  return (
    <li className="nbdspy-Entry">
      <p className="nbdspy-Name">
        {name}
        {mode && <span className="nbdspy-Badge">{mode}</span>}
      </p>
      {replies !== null && (
        <p className="nbdspy-More">
          {trans._n('%1 reply', '%1 replies', replies)}
        </p>
      )}
      <Acts label={name}>
        <Act onClick={() => acts.insert(snippets.replaying(cassette))}>
          {trans.__('Insert')}
        </Act>
      </Acts>
    </li>
  );
}

function Acts({
  children,
  label
}: {
  children: ReactNode;
  label: string;
}): JSX.Element {
  return (
    <div className="nbdspy-Acts" role="group" aria-label={label}>
      {children}
    </div>
  );
}

function Act({
  children,
  isMain = false,
  onClick
}: {
  children: ReactNode;
  isMain?: boolean;
  onClick: () => void;
}): JSX.Element {
  return (
    <button
      type="button"
      className={isMain ? 'nbdspy-Act nbdspy-mod-main' : 'nbdspy-Act'}
      onClick={onClick}
    >
      {children}
    </button>
  );
}
