/** The dialog that makes a line of `%compile`. */

import { Dialog, showDialog } from '@jupyterlab/apputils';
import { ReactWidget } from '@jupyterlab/ui-components';

import type { IForm } from './form';
import { CompileView } from './form';
import type { ICompile } from '../snippets';
import { compiling } from '../snippets';

/** Ask for what a compile needs; the answer is the line, or null. */
export async function askForCompile(form: IForm): Promise<string | null> {
  const { trans } = form;
  const body = new CompileForm(form);
  const { button, value } = await showDialog({
    title: trans.__('Compile this program'),
    body,
    buttons: [
      Dialog.cancelButton({ label: trans.__('Cancel') }),
      Dialog.okButton({ label: trans.__('Insert the line') })
    ],
    focusNodeSelector: 'input'
  });
  return button.accept && value ? value : null;
}

class CompileForm
  extends ReactWidget
  implements Dialog.IBodyWidget<string | null>
{
  constructor(private readonly _form: IForm) {
    super();
    this._now = _form.first;
  }

  getValue(): string {
    return compiling(this._now);
  }

  protected render(): JSX.Element {
    return (
      <CompileView {...this._form} changed={now => void (this._now = now)} />
    );
  }

  private _now: ICompile;
}
