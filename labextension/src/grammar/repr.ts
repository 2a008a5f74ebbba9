/** A text as Python shows it in quotes, or null where a letter in it has no plain form there. */
export function repr(text: string): string | null {
  if (/[^\P{C}\n\t\r]|[^\P{Z} ]/u.test(text)) {
    return null;
  }
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const body = text
    .replace(/\\/g, '\\\\')
    .replace(/\n/g, '\\n')
    .replace(/\t/g, '\\t')
    .replace(/\r/g, '\\r')
    .replace(new RegExp(quote, 'g'), `\\${quote}`);
  return `${quote}${body}${quote}`;
}
