/** The item of the status bar as it looks. */

import type { TranslationBundle } from '@jupyterlab/translation';

import { badgeOf } from '../words';
import type { IModel } from '../tokens';

export function StatusView(props: {
  model: IModel | undefined;
  open: () => void;
  trans: TranslationBundle;
}): JSX.Element | null {
  const { model, open, trans } = props;
  if (model === undefined) {
    return null;
  }
  const badge = badgeOf(model.cassette, trans);
  const tokens = model.tokens && trans.__('%1 tokens', model.tokens);
  const facts = [model.name || trans.__('no model'), model.cost, tokens].filter(
    Boolean
  );
  return (
    <button
      type="button"
      className="nbdspy-Status"
      onClick={open}
      title={trans.__('nbdspy in this kernel: %1', model.spent.join(' · '))}
    >
      {facts.join(' · ')}
      {badge && <span className="nbdspy-Badge">{badge}</span>}
    </button>
  );
}
