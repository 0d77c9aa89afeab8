/**
 * The value of the first calculation in a text, such as "(3 + 4) * 2" or "12 times 7"; undefined where there is none.
 * Numbers, brackets and + - * / % ^ only: nothing is ever executed.
 */
export function calculateIn(text: string): number | undefined {
  let words = text.slice(0, 2_000).toLowerCase();
  for (const [pattern, symbol] of WORDS) words = words.replace(pattern, symbol);
  const found = words.match(/[\d(][\d\s.()+\-*/%^]*[\d)]/g) ?? [];
  for (const candidate of found) {
    if (!/[\d)]\s*[+\-*/%^]\s*[\d(]/.test(candidate)) continue;
    const value = evaluate(candidate.replace(/\s+/g, ""));
    if (value !== undefined) return value;
  }
  return undefined;
}

const WORDS: readonly (readonly [RegExp, string])[] = [
  [/\bmultiplied by\b|\btimes\b|×/g, "*"],
  [/\bdivided by\b|÷/g, "/"],
  [/\bplus\b/g, "+"],
  [/\bminus\b|−/g, "-"],
  [/(?<=\d),(?=\d{3}\b)/g, ""],
];

const MAX_DEPTH = 50;

function evaluate(expression: string): number | undefined {
  let position = 0;
  let depth = 0;

  function sum(): number {
    let value = product();
    while (expression[position] === "+" || expression[position] === "-") {
      value = expression[position++] === "+" ? value + product() : value - product();
    }
    return value;
  }

  function product(): number {
    let value = power();
    for (;;) {
      const operator = expression[position];
      if (operator !== "*" && operator !== "/" && operator !== "%") return value;
      position += 1;
      const right = power();
      value = operator === "*" ? value * right : operator === "/" ? value / right : value % right;
    }
  }

  function power(): number {
    const base = atom();
    if (expression[position] !== "^") return base;
    position += 1;
    depth += 1;
    if (depth > MAX_DEPTH) return Number.NaN;
    return base ** power();
  }

  function atom(): number {
    if (expression[position] === "-") {
      position += 1;
      return -atom();
    }
    if (expression[position] === "(") {
      position += 1;
      depth += 1;
      if (depth > MAX_DEPTH) return Number.NaN;
      const value = sum();
      if (expression[position] !== ")") return Number.NaN;
      position += 1;
      return value;
    }
    const number = /^\d+(\.\d+)?/.exec(expression.slice(position, position + 40))?.[0];
    if (number === undefined) return Number.NaN;
    position += number.length;
    return Number(number);
  }

  const value = sum();
  if (position !== expression.length || !Number.isFinite(value)) return undefined;
  // Adding 0 turns a negative zero into the plain one.
  return Math.round(value * 1e9) / 1e9 + 0;
}
