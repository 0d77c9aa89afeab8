/** Free places for every taken one, so that looking for what is not there ends soon. */
const SPARSITY = 4;

/** Open addressing; gives the position of a hash in the list, or -1. Each hash is to be there once. */
export function createFinder(hashes: Uint32Array): (hash: number) => number {
  const places = 2 ** Math.ceil(Math.log2(Math.max(2, hashes.length) * SPARSITY));
  const mask = places - 1;
  const rows = new Int32Array(places).fill(-1);
  const keys = new Uint32Array(places);
  hashes.forEach((hash, row) => {
    let place = placeOf(hash, mask);
    while (rows[place] !== -1) place = (place + 1) & mask;
    rows[place] = row;
    keys[place] = hash;
  });
  return (hash) => {
    let place = placeOf(hash, mask);
    while (rows[place] !== -1) {
      if (keys[place] === hash) return rows[place]!;
      place = (place + 1) & mask;
    }
    return -1;
  };
}

function placeOf(hash: number, mask: number): number {
  return (hash ^ (hash >>> 15)) & mask;
}
