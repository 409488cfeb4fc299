// A file that becomes a job's script.
//
// Pure. What runs a script is chosen by the job and not by the script's first line, so the first line is read here.

/** The most that the server takes. */
export const SCRIPT_BYTES_MAX = 512 * 1024;

const DEFAULT_INTERPRETER = '/bin/sh -e';

/** Returns the words of a script's `#!` line, or nothing where it has none or names what runs a script anyway. */
export function interpreterOf(script: string): string[] | undefined {
  const words = /^#!\s*([^\r\n]*)/.exec(script)?.[1]?.trim();
  return words && words !== DEFAULT_INTERPRETER ? words.split(/\s+/) : undefined;
}

/** Returns a name for the job that a file becomes: small letters, digits and hyphens. */
export function jobNameOf(file: string): string {
  return file
    .replace(/\.[^.]*$/, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 63);
}

/** Returns true for the bytes of a text; a program holds noughts. */
export function isText(text: string): boolean {
  return !text.includes('\0') && !text.includes('\ufffd');
}
