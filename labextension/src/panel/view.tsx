/** The panel as it looks: state in, callbacks out. */

import type { ISections, State } from '../tokens';
import { Cassette, Model } from './model';
import type { IPart } from './parts';
import { Act, Section } from './parts';
import { Program, Signature } from './program';
import { Run } from './run';
import { reasonOf, titleOf } from '../words';

export interface IPanelProps extends IPart {
  state: State;
  sections: Partial<ISections>;
  said: string;
  isRefusal: boolean;
}

export function PanelView(props: IPanelProps): JSX.Element {
  const { acts, isRefusal, said, sections, state, trans } = props;
  const reason = reasonOf(state, trans);
  const known = namesIn(sections);
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
              known={known}
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
              known={known}
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

/** What can be compared: programs, their versions, and signatures. */
function namesIn({ programs, signatures }: Partial<ISections>): string[] {
  const kept = (programs?.entries ?? []).flatMap(({ name, versions }) => [
    name,
    ...versions.map(({ called }) => called)
  ]);
  const written = (signatures?.entries ?? []).map(({ name }) => name);
  return [...new Set([...kept, ...written])];
}
