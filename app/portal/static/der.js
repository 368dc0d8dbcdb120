// DER (X.690) as far as CSRs and PKCS#12 files need it. Every function gives a Uint8Array.
"use strict";

const der = (() => {
  const bytes = (text) => new TextEncoder().encode(text);
  const hex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));

  function join(...parts) {
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) { whole.set(part, at); at += part.length; }
    return whole;
  }

  function value(tag, ...parts) {
    const content = join(...parts), size = [];
    for (let left = content.length; left; left >>>= 8) size.unshift(left & 255);
    const length = content.length < 128 ? [content.length] : [128 | size.length, ...size];
    return join(Uint8Array.of(tag, ...length), content);
  }

  function oid(text) {
    const [first, second, ...rest] = text.split(".").map(Number), octets = [];
    for (const arc of [40 * first + second, ...rest]) {
      const group = [arc % 128];
      for (let left = Math.floor(arc / 128); left; left = Math.floor(left / 128)) group.unshift(128 | left % 128);
      octets.push(...group);
    }
    return value(6, Uint8Array.from(octets));
  }

  // A whole number that is not negative, from its octets.
  function unsigned(octets) {
    let start = 0;
    while (start < octets.length - 1 && octets[start] === 0) start++;
    const rest = octets.slice(start);
    return value(2, rest[0] > 127 ? Uint8Array.of(0) : new Uint8Array(), rest);
  }

  return {
    bytes, hex, join, value, oid, unsigned,
    sequence: (...parts) => value(0x30, ...parts),
    set: (...parts) => value(0x31, ...parts),
    explicit: (number, ...parts) => value(0xa0 | number, ...parts),
    octets: (...parts) => value(4, ...parts),
    bits: (content) => value(3, Uint8Array.of(0), content),
    empty: () => value(5),
    integer: (number) => unsigned(Uint8Array.of(number >>> 24, number >>> 16, number >>> 8, number)),
    utf8: (text) => value(12, bytes(text)),
    bmp: (text) => value(30, utf16(text)),
    utf16,
  };

  function utf16(text) {
    const octets = new Uint8Array(2 * text.length);
    for (let i = 0; i < text.length; i++) octets.set([text.charCodeAt(i) >> 8, text.charCodeAt(i) & 255], 2 * i);
    return octets;
  }
})();

// PEM (RFC 7468): texts with headers, and the octets in them.
const pem = {
  write(label, octets) {
    const text = btoa(Array.from(octets, (octet) => String.fromCharCode(octet)).join(""));
    return `-----BEGIN ${label}-----\n${text.match(/.{1,64}/g).join("\n")}\n-----END ${label}-----\n`;
  },
  read(text, label) {
    const blocks = text.matchAll(new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]+)-----END`, "g"));
    return Array.from(blocks, ([, body]) => Uint8Array.from(atob(body.replace(/\s/g, "")), (c) => c.charCodeAt(0)));
  },
};
