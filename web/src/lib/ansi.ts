// Turns one line of terminal output into pieces of text with a look.
//
// Understands SGR (colours of 16, 256 and 24 bit reduced to tokens, bold, dim, italic, underline) and drops every
// other escape sequence. A carriage return inside a line starts it anew, as a terminal would show it.
// Not here: what a token looks like (`components/log.module.css`).

export type Look = {
  colour?: Colour;
  bold?: boolean;
  dim?: boolean;
  italic?: boolean;
  underline?: boolean;
};

export type Colour = 'black' | 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan' | 'white' | 'grey';

export type Piece = { text: string; look: Look };

const COLOURS: Colour[] = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];

const ESC = '\u001b';
/** CSI with SGR, any other CSI, OSC (ended by BEL or ST), and two-character escapes. */
const ESCAPE = new RegExp(
  `${ESC}(?:\\[([0-9;:]*)([@-~])|\\[[ -?]*[@-~]|\\][^\u0007${ESC}]*(?:\u0007|${ESC}\\\\|$)|[ -/]*[0-~])`,
  'g',
);
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/g;

/** Returns the pieces of `line` and the look in force at its end, which the next line begins with. */
export function pieces(line: string, start: Look = {}): { pieces: Piece[]; look: Look } {
  const text = afterReturn(line);
  const found: Piece[] = [];
  let look = start;
  let from = 0;
  for (const match of text.matchAll(ESCAPE)) {
    push(found, text.slice(from, match.index), look);
    from = match.index + match[0].length;
    if (match[2] === 'm') look = sgr(match[1] ?? '', look);
  }
  push(found, text.slice(from), look);
  return { pieces: found, look };
}

/** Returns `line` without any escape sequence. */
export function plain(line: string): string {
  return afterReturn(line).replace(ESCAPE, '').replace(CONTROL, '');
}

function afterReturn(line: string): string {
  const trimmed = line.replace(/\r+$/, '');
  const at = trimmed.lastIndexOf('\r');
  return at < 0 ? trimmed : trimmed.slice(at + 1);
}

function push(found: Piece[], raw: string, look: Look) {
  const text = raw.replace(CONTROL, '');
  if (text) found.push({ text, look });
}

function sgr(parameters: string, before: Look): Look {
  const codes = parameters.split(/[;:]/).map((code) => Number(code || '0'));
  let look = { ...before };
  for (let i = 0; i < codes.length; i += 1) {
    const code = codes[i] ?? 0;
    if (code === 0) look = {};
    else if (code === 1) look.bold = true;
    else if (code === 2) look.dim = true;
    else if (code === 3) look.italic = true;
    else if (code === 4) look.underline = true;
    else if (code === 22) look = { ...look, bold: undefined, dim: undefined };
    else if (code === 23) look.italic = undefined;
    else if (code === 24) look.underline = undefined;
    else if (code >= 30 && code <= 37) look.colour = COLOURS[code - 30];
    else if (code >= 90 && code <= 97) look.colour = code === 90 ? 'grey' : COLOURS[code - 90];
    else if (code === 39) look.colour = undefined;
    else if (code === 38 || code === 48) {
      const [colour, used] = extended(codes.slice(i + 1));
      if (code === 38) look.colour = colour;
      i += used;
    }
  }
  return look;
}

/** Reads `5;n` or `2;r;g;b` and says how many codes it took. */
function extended(rest: number[]): [Colour | undefined, number] {
  if (rest[0] === 5) return [of256(rest[1] ?? 0), 2];
  if (rest[0] === 2) return [nearest(rest[1] ?? 0, rest[2] ?? 0, rest[3] ?? 0), 4];
  return [undefined, 0];
}

function of256(n: number): Colour | undefined {
  if (n < 8) return COLOURS[n];
  if (n < 16) return n === 8 ? 'grey' : COLOURS[n - 8];
  if (n >= 232) return n < 244 ? 'grey' : 'white';
  const cube = n - 16;
  const level = (step: number) => (step === 0 ? 0 : 55 + step * 40);
  return nearest(level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6));
}

function nearest(red: number, green: number, blue: number): Colour {
  const high = Math.max(red, green, blue);
  if (high - Math.min(red, green, blue) < 40) return high < 60 ? 'black' : high < 170 ? 'grey' : 'white';
  const on = (value: number) => (value > high * 0.6 ? 1 : 0);
  return COLOURS[on(red) + 2 * on(green) + 4 * on(blue)] ?? 'white';
}
