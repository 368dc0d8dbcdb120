// A PKCS#12 file (RFC 7292) with one key and its chain: PBES2 with AES-256 and HMAC-SHA-256, as OpenSSL 3 writes it.
"use strict";

const pkcs12 = (() => {
  const ITERATIONS = 10_000, SALT = 16;
  const DATA = "1.2.840.113549.1.7.1", ENCRYPTED = "1.2.840.113549.1.7.6", BAG = "1.2.840.113549.1.12.10.1";
  const random = (size) => crypto.getRandomValues(new Uint8Array(size));
  const sha256 = () => der.sequence(der.oid("2.16.840.1.101.3.4.2.1"), der.empty());

  // PBES2 (RFC 8018, 6.2): the algorithm, and the text under it.
  async function encrypted(content, password) {
    const salt = random(SALT), iv = random(16);
    const secret = await crypto.subtle.importKey("raw", der.bytes(password), "PBKDF2", false, ["deriveKey"]);
    const key = await crypto.subtle.deriveKey(
      { name: "PBKDF2", salt, iterations: ITERATIONS, hash: "SHA-256" }, secret, { name: "AES-CBC", length: 256 }, false,
      ["encrypt"],
    );
    const derivation = der.sequence(
      der.oid("1.2.840.113549.1.5.12"),
      der.sequence(
        der.octets(salt), der.integer(ITERATIONS), der.sequence(der.oid("1.2.840.113549.2.9"), der.empty()),
      ),
    );
    const cipher = der.sequence(der.oid("2.16.840.1.101.3.4.1.42"), der.octets(iv));
    return {
      algorithm: der.sequence(der.oid("1.2.840.113549.1.5.13"), der.sequence(derivation, cipher)),
      content: new Uint8Array(await crypto.subtle.encrypt({ name: "AES-CBC", iv }, key, content)),
    };
  }

  // The key of the MAC (RFC 7292, B.2 with ID 3): one block of SHA-256 is all that it takes.
  async function macKey(password, salt) {
    const filled = (octets) => Uint8Array.from({ length: 64 * Math.ceil(octets.length / 64) }, (_, i) => octets[i % octets.length]);
    const secret = der.join(der.utf16(password), Uint8Array.of(0, 0));
    let block = der.join(new Uint8Array(64).fill(3), filled(salt), filled(secret));
    for (let i = 0; i < ITERATIONS; i++) block = new Uint8Array(await crypto.subtle.digest("SHA-256", block));
    return block;
  }

  async function mac(content, password) {
    const salt = random(SALT), algorithm = { name: "HMAC", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("raw", await macKey(password, salt), algorithm, false, ["sign"]);
    const digest = new Uint8Array(await crypto.subtle.sign("HMAC", key, content));
    return der.sequence(der.sequence(sha256(), der.octets(digest)), der.octets(salt), der.integer(ITERATIONS));
  }

  const attribute = (oid, content) => der.sequence(der.oid(oid), der.set(content));
  const contents = (oid, content) => der.sequence(der.oid(oid), der.explicit(0, content));
  const named = (name, id) => der.set(
    attribute("1.2.840.113549.1.9.20", der.bmp(name)), attribute("1.2.840.113549.1.9.21", der.octets(id)),
  );

  function certificateBag(certificate, attributes) {
    const bag = der.sequence(der.oid("1.2.840.113549.1.9.22.1"), der.explicit(0, der.octets(certificate)));
    return der.sequence(der.oid(`${BAG}.3`), der.explicit(0, bag), ...attributes);
  }

  // `chain`: the leaf, then those above it. All DER.
  return async function make(privateKey, chain, name, password) {
    const id = new Uint8Array(await crypto.subtle.digest("SHA-1", chain[0]));
    const bags = der.sequence(...chain.map((each, i) => certificateBag(each, i ? [] : [named(name, id)])));
    const [key, certificates] = [await encrypted(privateKey, password), await encrypted(bags, password)];
    const keyBag = der.sequence(
      der.oid(`${BAG}.2`), der.explicit(0, der.sequence(key.algorithm, der.octets(key.content))), named(name, id),
    );
    const sealed = der.sequence(
      der.integer(0),
      der.sequence(der.oid(DATA), certificates.algorithm, der.value(0x80, certificates.content)),
    );
    const safe = der.sequence(contents(ENCRYPTED, sealed), contents(DATA, der.octets(der.sequence(keyBag))));
    return der.sequence(der.integer(3), contents(DATA, der.octets(safe)), await mac(safe, password));
  };
})();
