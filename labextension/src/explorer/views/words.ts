/** The words that users read, in their language. */
export interface ITrans {
  __(text: string, ...values: string[]): string;
}
