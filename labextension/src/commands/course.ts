/** Where the course lies. */

const LESSON = /^01_[\w-]+\.ipynb$/;

const FOLDER = 'notebooks';

/** The path of the first lesson: in a folder, its `notebooks`, or at the top; null when it is nowhere there. */
export async function lessonIn(
  folder: string,
  list: (path: string) => Promise<string[]>
): Promise<string | null> {
  for (const place of new Set([folder, ''])) {
    const names = await list(place);
    const below = [place, FOLDER].filter(Boolean).join('/');
    const found =
      lessonOf(place, names) ??
      (names.includes(FOLDER) ? lessonOf(below, await list(below)) : null);
    if (found !== null) {
      return found;
    }
  }
  return null;
}

function lessonOf(place: string, names: string[]): string | null {
  const lesson = [...names].sort().find(name => LESSON.test(name));
  return lesson === undefined
    ? null
    : [place, lesson].filter(Boolean).join('/');
}
