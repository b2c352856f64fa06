// Numbers and times in words. All times are UTC, as in DynamoDB's own answers.

const grouped = new Intl.NumberFormat("en");

export function count(number) {
  return grouped.format(number);
}

export function counted(number, one, many = `${one}s`) {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** Bytes with three digits: `1.23 MB`. */
export function size(bytes) {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let unit = 0;
  while (bytes >= 1000 && unit < units.length - 1) {
    bytes /= 1000;
    unit += 1;
  }
  return `${unit ? bytes.toPrecision(3) : bytes} ${units[unit]}`;
}

/** Capacity units, to a tenth. */
export function units(number) {
  return grouped.format(Math.round(number * 10) / 10);
}

export function consumed(number) {
  return `${units(number)} unit${number === 1 ? "" : "s"}`;
}

/** `2030-01-31 12:00:00`, from seconds since 1970. */
export function time(seconds) {
  return new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ");
}

export function hour(seconds) {
  return time(seconds).slice(11, 16);
}

/** Seconds since 1970 from `2030-01-31 12:00:00`, or NaN. */
export function seconds(text) {
  const written = text.trim().replace(" ", "T");
  return Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(written) ? written : `${written}Z`) / 1000;
}

export function span(totalSeconds) {
  const sign = totalSeconds < 0 ? "−" : "";
  let rest = Math.round(Math.abs(totalSeconds));
  const words = [];
  for (const [name, length] of [
    ["d", 86400],
    ["h", 3600],
    ["min", 60],
    ["s", 1],
  ]) {
    if (rest >= length && words.length < 2) words.push(`${Math.floor(rest / length)} ${name}`);
    rest %= length;
  }
  return sign + (words.join(" ") || "0 s");
}
