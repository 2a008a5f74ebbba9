/** A signature as Python: a class statement, or a class's body after a paragraph of instruction. */

import type { IDeclared, Role } from './fields';
import { readName } from './fields';
import { readLiteral } from './literals';
import type { ICall, Node } from './nodes';
import type { Piece } from './pieces';
import { Undecided } from './pieces';
import { repr } from './repr';
import type { ILine, IStatement } from './statements';
import { linesOf, read } from './statements';
import { didYouMean } from './suggestions';
import type { IScope } from './names';
import { readType } from './types';
import { FIELD_OPTIONS, WITHOUT_EFFECT } from './vocabulary';

const CLASS = /^[ \t]*class\s+[\p{L}\p{N}_]+\s*\(/mu;
const HEADER =
  /^class\s+([\p{L}_][\p{L}\p{N}_]*)\s*\(\s*([\p{L}_][\p{L}\p{N}_.]*)\s*,?\s*\)\s*:$/u;
const DECLARATION = /(?<![\p{L}\p{N}_])(?:Input|Output)Field\s*\(/u;
const INPUT =
  /^[ \t]*([\p{L}_][\p{L}\p{N}_]*)[ \t]*(?::[^#\n]*?)?=[ \t]*(?:[\p{L}\p{N}_]+\.)*InputField\s*\(/gmu;
const ARROW_LINE = /^\s*->\s*$/m;
const ROLES: Record<string, Role> = {
  InputField: 'input',
  OutputField: 'output'
};

/** Whether a text declares its fields as a Python class does. */
export function isClass(text: string): boolean {
  if (CLASS.exec(text.trimStart())?.index === 0) {
    return true;
  }
  return (DECLARATION.test(text) || CLASS.test(text)) && !ARROW_LINE.test(text);
}

/** The inputs that such a text declares, as far as it is written. */
export function inputsOfClass(text: string): string[] {
  return [...text.matchAll(INPUT)].map(([, name]) => name!);
}

/** Where the Python begins in such a text: after the paragraphs of instruction. */
export function pythonFrom(cell: Piece): number {
  const first = DECLARATION.exec(cell.text);
  if (CLASS.test(cell.text) || /^\s*["']/.test(cell.text) || first === null) {
    return cell.from;
  }
  let from = cell.from;
  for (const line of cell.lines()) {
    if (line.from > cell.from + first.index) {
      break;
    }
    if (line.isBlank) {
      from = line.to + 1;
    }
  }
  return from;
}

/** The fields of a class or of its body. Throws at the first mistake, or `Undecided`. */
export function readClass(cell: Piece, scope: IScope): IDeclared[] {
  const lines = linesOf(cell.between(pythonFrom(cell), cell.to));
  const body = CLASS.test(cell.text) ? bodyOf(cell, lines) : lines;
  const statements = alike(body).map(line => read(line.code));
  if (CLASS.test(cell.text)) {
    refuseBase(cell, lines[0]!.code);
  }
  const isDocumented = isText(statements[0]?.value);
  const fields = statements
    .slice(isDocumented && statements[0]!.target === null ? 1 : 0)
    .map(statement => readField(statement, scope));
  refuseMissingSide(cell, fields);
  return fields;
}

/** The lines of the only class. */
function bodyOf(cell: Piece, lines: ILine[]): ILine[] {
  const [first, ...rest] = lines;
  const after = rest.findIndex(line => line.indent === first!.indent);
  const stray = /^class\b/.test(first!.code.text)
    ? rest[after]?.code
    : first!.code;
  if (stray !== undefined) {
    throw strayOf(stray);
  }
  if (!HEADER.test(first!.code.text) || rest.length === 0) {
    throw new Undecided();
  }
  return rest;
}

/** Code beside a class; what stands in the class is not looked at, so it must be plain. */
function strayOf(code: Piece): Error {
  return /^(?:import|from)\s/.test(code.text) && read(code).value === null
    ? code.error(
        'only one class stands in a signature.',
        'Run the rest in a cell of Python.'
      )
    : new Undecided();
}

/** Lines of one depth; others are no Python, or blocks. */
function alike(lines: ILine[]): ILine[] {
  if (lines.some(line => line.indent !== lines[0]!.indent)) {
    throw new Undecided();
  }
  return lines;
}

function refuseBase(cell: Piece, header: Piece): void {
  const [, name, base] = HEADER.exec(header.text)!;
  if (!/(?:^|\.)Signature$/.test(base!)) {
    throw cell
      .between(header.from, cell.to)
      .error(
        `${name} must be a subclass of Signature and of nothing else.`,
        'Run it in a cell of Python when it has another base.'
      );
  }
}

function refuseMissingSide(cell: Piece, fields: IDeclared[]): void {
  for (const [called, role] of Object.entries(ROLES)) {
    if (!fields.some(field => field.role === role)) {
      const place = fields[fields.length - 1]?.place ?? cell.strip();
      throw place.error(
        `there is no ${role} field.`,
        `Declare one with = ${called}().`
      );
    }
  }
}

function isText(node: Node | null | undefined): boolean {
  return node?.kind === 'constant' && node.type === 'str';
}

function readField(
  { annotation, code, target, value }: IStatement,
  scope: IScope
): IDeclared {
  const isCall = value?.kind === 'call';
  if (target === null || (annotation === null && !isCall)) {
    throw code.error('only a docstring and fields stand in a signature.');
  }
  if (!isCall) {
    throw code.error(
      `${target.text} is neither an input nor an output.`,
      `Write ${target.text}: … = InputField() or OutputField().`
    );
  }
  const name = readName(target);
  if (annotation !== null) {
    readType(code.between(annotation.from, annotation.to), scope);
  }
  return { role: roleOf(code, value), name, place: target };
}

/** The role that a call declares, if all that it says can be said of a field. */
function roleOf(code: Piece, call: ICall): Role {
  const { called, keywords, positional } = call;
  const of = ({ from, to }: { from: number; to: number }): Piece =>
    code.between(from, to);
  const name =
    called.kind === 'name'
      ? called.id
      : called.kind === 'attribute'
        ? called.name
        : '';
  const role = Object.hasOwn(ROLES, name) ? ROLES[name] : undefined;
  if (role === undefined) {
    throw of(call).error(
      'a field is declared by InputField(…) or OutputField(…).'
    );
  }
  if (positional.length > 1) {
    throw of(positional[1]!).error(
      'only the description stands without a name.',
      'Write default=… here.'
    );
  }
  positional.forEach(each => readLiteral(of(each)));
  for (const option of keywords) {
    if (option.name === null) {
      throw of(option).error('options are written out here, by name.');
    }
    refuseUnknown(code, option.from, option.name);
    readLiteral(of(option.value));
  }
  return role;
}

function refuseUnknown(code: Piece, from: number, name: string): void {
  if (!FIELD_OPTIONS.includes(name) && !WITHOUT_EFFECT.includes(name)) {
    throw code
      .between(from, from + name.length)
      .error(
        `a field has no option ${repr(name)}.`,
        didYouMean(name, FIELD_OPTIONS)
      );
  }
}
