/**
 * The CRC-32 of two parts together, of the CRC-32 of each. Arithmetic on polynomials over GF(2), as in zlib's
 * crc32_combine: appending n bytes multiplies the CRC by x^(8n), modulo the polynomial of RFC 1952. The highest bit of a
 * number is the coefficient of x^0.
 */

const polynomial = 0xedb88320;
const one = 0x80000000;
/** x^8: one byte. */
const byte = 0x00800000;

/** The CRC-32 of the first part followed by the second. @param length bytes of the second part */
export function combinedCrc(first: number, second: number, length: number): number {
  return (product(powerOfByte(length), first) ^ second) >>> 0;
}

/** (x^8)^n, by squaring. */
function powerOfByte(n: number): number {
  let result = one;
  let square = byte;
  for (let rest = n; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = product(square, result);
    square = product(square, square);
  }
  return result;
}

function product(a: number, b: number): number {
  let sum = 0;
  let shifted = b;
  for (let bit = one; bit > 0; bit >>>= 1) {
    if ((a & bit) !== 0) sum ^= shifted;
    shifted = (shifted & 1) === 0 ? shifted >>> 1 : (shifted >>> 1) ^ polynomial;
  }
  return sum >>> 0;
}
