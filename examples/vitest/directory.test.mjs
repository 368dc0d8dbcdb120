// `node --test`. For Vitest: import { afterAll as after, beforeAll as before, test } from "vitest"; the rest stays.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createDirectory } from "./directory.mjs";

let directory;
let client;

before(async () => {
  directory = await createDirectory();
  client = await directory.client("Acme");
});
after(() => directory.drop());

test("the API answers over mutual TLS", async () => {
  assert.equal((await directory.get(client, "/organisations")).status, 200);
});

test("the next call fails, the one after it does not", async () => {
  await directory.control("POST", "/faults", {
    match: { path: "/organisations" }, trigger: { next: 1 }, effect: { status: 503, retry_after: 1 },
  });
  const failed = await directory.get(client, "/organisations");
  assert.equal(failed.status, 503);
  assert.equal(failed.headers["retry-after"], "1");
  assert.equal((await directory.get(client, "/organisations")).status, 200);
});

test("a revoked certificate is refused, and the refusal says why", async () => {
  const revoked = await directory.client("Revoked");
  const { OrganisationId } = revoked.organisation;
  const { SoftwareStatementId } = revoked.application;
  const path = `/organisations/${OrganisationId}/softwarestatements/${SoftwareStatementId}/certificates/rtstransport`;
  await directory.api("PUT", `${path}/${revoked.certificate.kid}`, { RevokeReason: "keycompromise" });
  const refused = await directory.get(revoked, "/organisations");
  assert.equal(refused.status, 401);
  assert.match(refused.headers["x-mock-reason"], /\[mtls\.revoked\]/);
});

test("a certificate and a token are over when their time has come", async () => {
  await directory.advance("PT11M");
  assert.equal((await directory.get(client, "/organisations")).status, 401);
  await directory.advance("P400D");
  const refused = await directory.get(client, "/organisations");
  assert.match(refused.headers["x-mock-reason"], /\[mtls\.expired\]/);
});
