/** What a Python expression is made of, as far as types, defaults and declarations need it. */

export interface INode {
  from: number;
  to: number;
}
export interface IName extends INode {
  kind: 'name';
  id: string;
}
export interface IAttribute extends INode {
  kind: 'attribute';
  owner: Node;
  name: string;
}
export interface ISubscript extends INode {
  kind: 'subscript';
  base: Node;
  inside: Node;
}
export interface IConstant extends INode {
  kind: 'constant';
  type: 'str' | 'bytes' | 'int' | 'float' | 'bool' | 'None' | 'Ellipsis';
  /** As Python shows it; null where that is not known. */
  repr: string | null;
  /** Where the first of its string literals ends; several stand beside each other in Python, and are one. */
  firstEnd: number;
}
export interface ISequence extends INode {
  kind: 'tuple' | 'list' | 'set';
  items: Node[];
}
export interface IDict extends INode {
  kind: 'dict';
  keys: Node[];
  values: Node[];
}
export interface ICall extends INode {
  kind: 'call';
  called: Node;
  positional: Node[];
  keywords: IKeyword[];
}
/** `name=value`, or `**value` without a name. */
export interface IKeyword extends INode {
  name: string | null;
  value: Node;
}
export interface IUnary extends INode {
  kind: 'unary';
  operator: string;
  operand: Node;
}
export interface IUnion extends INode {
  kind: 'union';
  left: Node;
  right: Node;
}
/** `a or b`, which is no type, but often meant as one. */
export interface IEither extends INode {
  kind: 'either';
  items: Node[];
}
export type Node =
  | IName
  | IAttribute
  | ISubscript
  | IConstant
  | ISequence
  | IDict
  | ICall
  | IUnary
  | IUnion
  | IEither;
