/** The model that programs ask and what was spent, and the cassettes that stand in for it. */

import { useId } from 'react';

import * as snippets from '../snippets';
import type { ICassette, IModel } from '../tokens';
import type { IPart, IWords } from './parts';
import { Act, Acts } from './parts';
import { badgeOf } from '../words';

export function Model({
  model,
  trans
}: IWords & { model: IModel }): JSX.Element {
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

export function Cassette({
  acts,
  cassette,
  trans
}: IPart & { cassette: ICassette }): JSX.Element {
  const { name, recorded } = cassette;
  const mode = badgeOf(cassette.mode, trans);
  return (
    <li className="nbdspy-Entry">
      <p className="nbdspy-Name">
        {name}
        {mode && <span className="nbdspy-Badge">{mode}</span>}
      </p>
      {recorded !== null && (
        <p className="nbdspy-More">{trans.__('%1 recorded', recorded)}</p>
      )}
      <Acts label={name}>
        <Act onClick={() => acts.insert(snippets.replaying(cassette))}>
          {trans.__('Insert')}
        </Act>
      </Acts>
    </li>
  );
}
