// Verifies a webhook of the directory: node verify.mjs signing.pem < message.json
// Prints "good" or "bad". Node only, no packages.
import { createVerify, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";

const SIGNED = ["Message", "MessageId", "SubscribeURL", "Subject", "Timestamp", "Token", "TopicArn", "Type"];
const HASHES = { 1: "RSA-SHA1", 2: "RSA-SHA256" };

export function isGenuine(told, pem) {
  const text = SIGNED.filter((name) => name in told).map((name) => `${name}\n${told[name]}\n`).join("");
  const check = createVerify(HASHES[told.SignatureVersion]).update(text, "utf8");
  return check.verify(new X509Certificate(pem).publicKey, told.Signature, "base64");
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const told = JSON.parse(readFileSync(0, "utf8"));
  console.log(isGenuine(told, readFileSync(process.argv[2])) ? "good" : "bad");
}
