/** What can stand at the cursor below the line of a cell of ours. */

import { isClass } from './classes';
import { NAME } from './identifiers';
import { readWords } from './lines';
import type { IAround, IFound, IOffer } from './offers';
import type { ICall } from './ours';
import { bodyOf } from './ours';
import type { Piece } from './pieces';
import { layoutOf } from './signatures';
import { DEFAULTS, FIELD_TYPES, SETTINGS } from './vocabulary';

const FIELD_TYPE = new RegExp(
  `(?:^|,|->)\\s*${NAME}\\s*:\\s*(?:[^:]*[[,|]\\s*)?([\\p{L}\\p{N}_]*)$`,
  'u'
);
/** Where values stand: a default, the choices of a Literal. */
const NO_TYPE = /=|Literal\s*\[[^\]]*$/;
const WORD = /^\s*([\p{L}\p{N}_]*)$/u;

/** What can stand at an offset below the line of a cell's magic. */
export function inBody(
  text: string,
  at: number,
  line: string,
  call: ICall,
  around: IAround
): IFound | null {
  const begun = WORD.exec(line)?.[1];
  const { words } = readWords(text.slice(0, call.to), call.after);
  switch (call.magic.name) {
    case 'signature':
      return mayHoldFields(bodyOf(text, call), at)
        ? fieldTypes(line, at)
        : null;
    case 'predict':
      return named(begun, at, 'field', labelsOf(words[0]?.text, around), ': ');
    case 'compile': {
      const optimizer = /--with[ =]+([\p{L}\p{N}_]+)/u.exec(
        text.slice(call.after, call.to)
      );
      const settings = SETTINGS[optimizer?.[1] ?? DEFAULTS.optimizer] ?? [];
      return named(begun, at, 'setting', settings, ' = ');
    }
    default:
      return null;
  }
}

/** The labels of a program's inputs; of an only one the whole text is the value. */
function labelsOf(
  program: string | undefined,
  around: IAround
): readonly string[] {
  const inputs = around.inputsOf(program ?? '');
  return inputs.length > 1 ? inputs : [];
}

function named(
  begun: string | undefined,
  at: number,
  kind: IOffer['kind'],
  names: readonly string[],
  after: string
): IFound | null {
  return begun === undefined
    ? null
    : {
        from: at - begun.length,
        words: names.map(name => ({ text: name + after, kind, help: '' }))
      };
}

/** Whether an offset is where fields stand, not in the instruction. */
function mayHoldFields(body: Piece, at: number): boolean {
  if (isClass(body.text)) {
    return true;
  }
  const layout = layoutOf(body);
  return (
    layout !== null &&
    [layout.inputs, layout.outputs].some(
      side => side.from <= at && at <= side.to
    )
  );
}

/** The types that can stand where one is begun at the end of a line. */
export function fieldTypes(line: string, at: number): IFound | null {
  const found = line.includes('#') ? null : FIELD_TYPE.exec(line);
  return found === null || NO_TYPE.test(found[0])
    ? null
    : {
        from: at - found[1]!.length,
        words: FIELD_TYPES.map(text => ({ text, kind: 'type', help: '' }))
      };
}
