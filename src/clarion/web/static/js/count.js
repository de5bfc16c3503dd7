// How long a text is, in the units that networks count in (networks/text.py), for the moment until the server has counted: the
// server's answer is the truth. A unit that cannot be counted here for sure gives null, and nothing is shown until that answer.
const SIMPLE = /^[\x00-\u02ff\u0370-\u0482\u048a-\u058f\u2010-\u2027\u20a0-\u20bf]*$/;
const LINK = /(?<![\p{L}\p{N}_@#$＠＃])https?:\/\/[^\s<>]+/giu;
const MENTION = /(?<![=/\p{L}\p{N}_])(@[a-z0-9_]+(?:[.-]+[a-z0-9_]+)*)@[\p{L}\p{N}_]+(?:[.:-]+[\p{L}\p{N}_]+)*/giu;
const PLAIN_LINK = /^https?:\/\/(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}(?:[/?][a-z0-9\-_/=&%+~#.?]*[a-z0-9\-_/=&])?\/?$/i;
const KNOWN_END = /^https?:\/\/[^/?]*\.(?:com|org|net|edu|gov|int|info|eu|no|se|dk|fi|is|de|at|ch|nl|be|fr|es|pt|it|ie|uk|us|ca|au|nz)(?:[/?]|$)/i;
const BARE_NAME = /[\p{L}\p{N}]\.[\p{L}]{2,}/u; // may be a link without a scheme: only the server knows every ending
const LIGHT = /[\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]/;
const EMOJI = /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u;
const encoder = new TextEncoder();
const segmenter = globalThis.Intl?.Segmenter && new Intl.Segmenter(undefined, { granularity: "grapheme" });

export function codepoints(text) {
  let pairs = 0;
  for (let at = 0; at < text.length; at += 1) if ((text.charCodeAt(at) & 0xfc00) === 0xd800) pairs += 1;
  return text.length - pairs;
}
function graphemes(text) {
  if (SIMPLE.test(text)) return text.length;
  if (!segmenter) return null;
  let count = 0;
  for (const _ of segmenter.segment(text)) count += 1;
  return count;
}
// Links at a fixed length; null when one of them is not of the plain kind.
function withoutLinks(text, is = PLAIN_LINK) {
  let count = 0, sure = true;
  const rest = text.replace(LINK, (link) => {
    const bare = link.replace(/[.,;:!?'"]+$/, "");
    if (!PLAIN_LINK.test(bare) || !is.test(bare)) sure = false;
    count += 1;
    return ` ${link.slice(bare.length)}`; // a space keeps the words around it apart; it is taken off again
  });
  return sure ? [rest, count] : null;
}

const UNITS = {
  grapheme: graphemes,
  codepoint: codepoints,
  char: codepoints,
  utf16: (text) => text.length,
  utf8_bytes: (text) => encoder.encode(text).length,
  // links have a fixed length, the host of a mention is free
  links: (text, length) => {
    const found = withoutLinks(text);
    if (!found) return null;
    const count = graphemes(found[0].replace(MENTION, "$1"));
    return count === null ? null : count + found[1] * (length - 1);
  },
  // links have a fixed length; an emoji weighs two, and so does what is beyond Latin and its kin
  weighted: (text, length) => {
    const found = withoutLinks(text.normalize("NFC"), KNOWN_END);
    if (!found || BARE_NAME.test(found[0]) || (!segmenter && !SIMPLE.test(found[0]))) return null;
    let weight = found[1] * (length - 1);
    if (SIMPLE.test(found[0])) {
      for (const letter of found[0]) weight += LIGHT.test(letter) ? 1 : 2;
      return weight;
    }
    for (const { segment } of segmenter.segment(found[0])) {
      if (EMOJI.test(segment) && codepoints(segment) > 1) weight += 2;
      else for (const letter of segment) weight += LIGHT.test(letter) ? 1 : 2;
    }
    return weight;
  },
};

// The length of one text; null when only the server can tell.
export function count(text, unit, linkLength = 23) {
  return UNITS[unit]?.(text.replaceAll("\r\n", "\n"), linkLength) ?? null;
}
