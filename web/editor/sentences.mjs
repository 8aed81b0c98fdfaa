// What went wrong, in words for the person.

/** What an error says. @param {unknown} error */
export const reasonOf = (error) => (error instanceof Error ? error.message : String(error));

/** With a capital and a full stop. @param {string} words */
export const sentence = (words) =>
  `${words.charAt(0).toUpperCase()}${words.slice(1)}${/[.?!]$/.test(words) ? "" : "."}`;
