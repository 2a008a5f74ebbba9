// Opens a comm so that nothing is said on it before the kernel knows of it.

const PATIENCE = 10_000; // milliseconds; after that the kernel's word was lost on the way

/** What a comm of JupyterLab tells of its subshell. */
export interface IOfSubshell {
  readonly subshellStarted?: Promise<void>;
  readonly commsOverSubshells?: string;
}

export function after(milliseconds: number): Promise<void> {
  return new Promise(done => setTimeout(done, milliseconds));
}

/** Done when the subshell of a comm has started; at once where the reader's settings let it have none. */
export async function started(comm: IOfSubshell): Promise<void> {
  if (comm.commsOverSubshells !== 'disabled') {
    await comm.subshellStarted;
  }
}

/**
 * Open a comm once it goes over a subshell, and wait until the kernel knows of it.
 *
 * Not before: what is said on the main shell comes after what is said on the subshell. And nothing else is said before
 * the kernel has opened it: the kernel looks a comm up as soon as it is spoken on, while it opens one when the subshell
 * comes to it. What it complains of would stand as an output in whichever cell runs.
 *
 * @param subshell Done when the subshell has started; where none ever does, the comm is never opened.
 * @param open Opens it: the answer is done once the kernel has heard that. No answer when nobody wants it any more.
 * @returns Whether it was opened.
 */
export async function opened(
  subshell: Promise<unknown>,
  open: () => Promise<unknown> | undefined
): Promise<boolean> {
  await subshell;
  const heard = open();
  if (heard === undefined) {
    return false;
  }
  // A kernel that ends does not answer any more.
  await Promise.race([heard.catch(() => undefined), after(PATIENCE)]);
  return true;
}
