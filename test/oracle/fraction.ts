/** Fractions in lowest terms, slow and plain: the oracle's arithmetic, sharing nothing with the engine's. */
export class Fraction {
  readonly top: bigint;
  readonly bottom: bigint;

  constructor(top: bigint, bottom: bigint) {
    if (bottom === 0n) throw new Error('division by zero');
    let a = top < 0n ? -top : top;
    let b = bottom < 0n ? -bottom : bottom;
    while (b) [a, b] = [b, a % b];
    const g = a === 0n ? 1n : a;
    const sign = bottom < 0n ? -1n : 1n;
    this.top = (sign * top) / g;
    this.bottom = (sign * bottom) / g;
  }

  static of(text: string): Fraction {
    const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
    if (!match) throw new Error(`not a decimal: ${text}`);
    const decimals = match[3] ?? '';
    const digits = BigInt((match[2] ?? '') + decimals);
    return new Fraction(match[1] === '-' ? -digits : digits, 10n ** BigInt(decimals.length));
  }

  static whole(n: bigint | number): Fraction {
    return new Fraction(BigInt(n), 1n);
  }

  plus(o: Fraction): Fraction {
    return new Fraction(this.top * o.bottom + o.top * this.bottom, this.bottom * o.bottom);
  }
  minus(o: Fraction): Fraction {
    return this.plus(new Fraction(-o.top, o.bottom));
  }
  times(o: Fraction): Fraction {
    return new Fraction(this.top * o.top, this.bottom * o.bottom);
  }
  over(o: Fraction): Fraction {
    return new Fraction(this.top * o.bottom, this.bottom * o.top);
  }
  abs(): Fraction {
    return this.top < 0n ? new Fraction(-this.top, this.bottom) : this;
  }
  lt(o: Fraction): boolean {
    return this.minus(o).top < 0n;
  }
  le(o: Fraction): boolean {
    return this.minus(o).top <= 0n;
  }
  same(o: Fraction): boolean {
    return this.top === o.top && this.bottom === o.bottom;
  }
  /** The largest whole number that is not above. */
  floor(): bigint {
    const rest = ((this.top % this.bottom) + this.bottom) % this.bottom;
    return (this.top - rest) / this.bottom;
  }
  ceil(): bigint {
    return -new Fraction(-this.top, this.bottom).floor();
  }
}
