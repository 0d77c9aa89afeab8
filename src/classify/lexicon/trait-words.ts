/** Words that say little of a topic but much of how a text is made, by trait. */
export const TRAIT_WORDS = {
  assistant: "you your yourself yours you're",
  self: "i my me i'm i've mine myself we our",
  function:
    "the of to a an and in is that for on with as by at he she his her it its they was are were if how many much be or " +
    "from this which what not have has had there their will would can",
  quantity:
    "one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty hundred thousand half " +
    "twice thrice double triple quarter third first second",
  relation: "more less than fewer each per every then after before",
} as const;
