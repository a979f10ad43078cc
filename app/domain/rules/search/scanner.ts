/** What is wrong with a text, and where. */
export interface SearchFault {
  readonly code: SearchFaultCode;
  /** 1 is the first character; counted in UTF-16 units, as string indexes are. One past the end where something is missing there. */
  readonly column: number;
  /** One sentence: what was found and what was expected. */
  readonly message: string;
}

export type SearchFaultCode =
  | 'too_long' | 'too_large' | 'too_deep' | 'missing_term' | 'missing_value' | 'missing_parenthesis' | 'missing_quote' | 'unexpected_character'
  | 'unknown_field' | 'comparator_not_applicable' | 'star_not_applicable' | 'wrong_value' | 'lower_case_connective';

/** A run of characters without space: a word, a quoted phrase, a name, one member of a list. */
export interface Atom {
  /** What it says, without quotes, escapes and stars. */
  readonly text: string;
  readonly starBefore: boolean;
  readonly starAfter: boolean;
  /** Written without quotes and escapes: only then is it a connective, a sign or a comparator. */
  readonly bare: boolean;
  readonly start: number;
}

const SPACE = /\s/u;

/** Reads a text from left to right, once. The first fault stays, and everything after it answers null. */
export class Scanner {
  readonly text: string;
  at = 0;
  fault: SearchFault | null = null;

  constructor(text: string) {
    this.text = text;
  }

  refuse(code: SearchFaultCode, at: number, message: string): null {
    this.fault ??= { code, column: at + 1, message };
    return null;
  }

  get ended(): boolean {
    return this.at >= this.text.length;
  }

  peek(ahead = 0): string {
    return this.text[this.at + ahead] ?? '';
  }

  takes(character: string): boolean {
    if (this.peek() !== character) return false;
    this.at++;
    return true;
  }

  skipSpace(): void {
    while (!this.ended && SPACE.test(this.peek())) this.at++;
  }

  /** True where a term ends: at a space, at a parenthesis, at the end. */
  get atBoundary(): boolean {
    return this.ended || SPACE.test(this.peek()) || this.peek() === '(' || this.peek() === ')';
  }

  /**
   * Reads up to a space, a parenthesis or one of `stops`. A quotation mark opens a phrase at the beginning, or after one of
   * `quotable` (beginnings of names); elsewhere it is a character like any other (O'Brien, 5"). A backslash makes the next
   * character one like any other.
   */
  atom(stops: string, quotable: readonly string[] = []): Atom | null {
    const start = this.at;
    const starBefore = this.takes('*');
    let text = '';
    let bare = true;
    let starAfter = false;
    while (!this.atBoundary && !stops.includes(this.peek())) {
      const here = this.at;
      const character = this.peek();
      if (starAfter) return this.refuse('star_not_applicable', here - 1, 'A * stands at the beginning or at the end of a value. For the character itself write \\*.');
      if ((character === '"' || character === "'") && (text === '' ? bare : quotable.includes(text.toLowerCase()))) {
        const phrase = this.phrase(character);
        if (phrase === null) return null;
        text += phrase;
        bare = false;
        starAfter = this.takes('*');
        if (!this.atBoundary && !stops.includes(this.peek())) {
          return this.refuse('unexpected_character', this.at, `After the closing quotation mark comes a space, not ${quoted(this.peek())}. For a quotation mark inside write \\${character}.`);
        }
        break;
      }
      this.at++;
      if (character === '*') starAfter = true;
      else if (character === '\\') {
        if (this.ended) return this.refuse('missing_value', this.at, 'After a \\ comes the character that it stands before.');
        text += this.peek();
        bare = false;
        this.at++;
      } else text += character;
    }
    return { text, starBefore, starAfter, bare, start };
  }

  private phrase(mark: string): string | null {
    const start = this.at;
    this.at++;
    let text = '';
    while (!this.ended) {
      const character = this.peek();
      this.at++;
      if (character === mark) return text;
      if (character === '\\' && !this.ended) {
        text += this.peek();
        this.at++;
      } else text += character;
    }
    return this.refuse('missing_quote', start, `This quotation mark is not closed. For the character itself write \\${mark}.`);
  }
}

export function quoted(text: string): string {
  return `“${text.length > 40 ? `${text.slice(0, 40)}…` : text}”`;
}
