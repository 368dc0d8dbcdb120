// Key and CSR made in the page by WebCrypto, and files that are dropped. The private key stays in this page: while it
// is here, the form is sent by fetch and its answer put into the page, so that the key is there at the end as well.
"use strict";

const KINDS = {
  "rsa-2048": { text: "RSA 2048", make: { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1), hash: "SHA-256" } },
  "ec-p256": { text: "EC P-256", make: { name: "ECDSA", namedCurve: "P-256" } },
};
let held = null; // { key: PKCS#8 octets, file: name without ending, saved: whether it was downloaded }

let isMoved = false; // whether the address is no longer that of the page that was loaded

const isAble = Boolean(window.crypto?.subtle);
document.documentElement.classList.add("scripted");

function generalName([kind, first, second]) {
  if (kind === "otherName") return der.explicit(0, der.oid(first), der.explicit(0, der.utf8(second)));
  if (kind === "IP") return der.value(0x87, der.hex(first));
  return der.value({ email: 0x81, DNS: 0x82, URI: 0x86 }[kind], der.bytes(first));
}

// CertificationRequest of RFC 2986; names go into an extensionRequest (RFC 2985, 5.4.2).
async function requestOf(recipe, pair) {
  const subject = recipe.subject.map(([oid, tag, text]) =>
    der.set(der.sequence(der.oid(oid), der.value(tag, der.bytes(text)))));
  const names = der.sequence(der.oid("2.5.29.17"), der.octets(der.sequence(...recipe.names.map(generalName))));
  const asked = recipe.names.length
    ? [der.sequence(der.oid("1.2.840.113549.1.9.14"), der.set(der.sequence(names)))]
    : [];
  const info = der.sequence(
    der.integer(0), der.sequence(...subject), await exported("spki", pair.publicKey), der.explicit(0, ...asked),
  );
  const isRsa = pair.privateKey.algorithm.name.startsWith("RSA");
  const made = new Uint8Array(await crypto.subtle.sign({ name: pair.privateKey.algorithm.name, hash: "SHA-256" }, pair.privateKey, info));
  const half = made.length / 2;
  const signature = isRsa ? made : der.sequence(der.unsigned(made.slice(0, half)), der.unsigned(made.slice(half)));
  const algorithm = isRsa
    ? der.sequence(der.oid("1.2.840.113549.1.1.11"), der.empty())
    : der.sequence(der.oid("1.2.840.10045.4.3.2"));
  return der.sequence(info, algorithm, der.bits(signature));
}

async function exported(format, key) {
  return new Uint8Array(await crypto.subtle.exportKey(format, key));
}

async function makeKey(section) {
  const says = section.querySelector("[data-made-says]"), form = section.querySelector("form");
  const recipe = JSON.parse(section.dataset.recipe);
  says.textContent = says.dataset.working;
  try {
    const { make } = KINDS[section.querySelector("#key-kind").value];
    const pair = await crypto.subtle.generateKey(make, true, ["sign", "verify"]);
    const text = recipe.csr
      ? pem.write("CERTIFICATE REQUEST", await requestOf(recipe, pair))
      : pem.write("PUBLIC KEY", await exported("spki", pair.publicKey));
    held = { key: await exported("pkcs8", pair.privateKey), file: recipe.file, saved: false };
    form.querySelector("textarea").value = text;
    form.hidden = false;
    offerKey(section);
    says.textContent = says.dataset.done;
  } catch {
    says.textContent = says.dataset.failed;
  }
}

function offerKey(root) {
  for (const link of root.querySelectorAll("[data-key-file]")) {
    link.href = URL.createObjectURL(new Blob([pem.write("PRIVATE KEY", held.key)], { type: "application/x-pem-file" }));
    link.download = `${held.file}.key`;
    link.addEventListener("click", () => { held.saved = true; });
  }
}

function save(octets, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([octets], { type: "application/x-pkcs12" }));
  link.download = name;
  link.click();
}

async function saveP12(form) {
  const says = form.querySelector("[data-p12-says]"), password = form.querySelector("input");
  if (!password.value) { password.focus(); return; }
  try {
    const answer = await fetch(document.querySelector("a[data-chain]").href);
    const chain = pem.read(await answer.text(), "CERTIFICATE");
    save(await pkcs12(held.key, chain, held.file, password.value), `${held.file}.p12`);
    held.saved = true;
    says.textContent = "";
  } catch {
    says.textContent = form.closest("[data-failed]").dataset.failed;
  }
}

// The answer takes the place of the page's content, so the key is not lost.
async function stay(form) {
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const main = document.adoptNode(page.getElementById("content"));
    document.getElementById("content").replaceWith(main);
    document.title = page.title;
    history.pushState(null, "", answer.url);
    isMoved = true;
    prepare(main);
    arrive(main);
    (main.querySelector(".summary, .warned") ?? main).focus();
    scrollTo(0, 0);
  } catch {
    delete form.dataset.sent;
    form.removeAttribute("data-stay");
    form.submit();
  }
}

// A page, or a part of it that has just come.
function arrive(root) {
  const kinds = root.querySelector("#key-kind");
  if (kinds && !kinds.length) {
    for (const kind of JSON.parse(kinds.closest("[data-recipe]").dataset.recipe).keys) {
      if (isAble && KINDS[kind]) kinds.add(new Option(KINDS[kind].text, kind));
    }
    kinds.closest("details").hidden = !kinds.length;
  }
  const own = root.querySelector("#browser-key");
  if (own?.hidden && held) { own.hidden = false; offerKey(own); }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-make]");
  if (button) makeKey(button.closest("[data-recipe]"));
});
new MutationObserver(() => arrive(document)).observe(document.getElementById("content"), { childList: true, subtree: true });
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-p12]")) { event.preventDefault(); saveP12(form); }
  if (form.matches("[data-stay]") && held) { event.preventDefault(); stay(form); }
});
addEventListener("beforeunload", (event) => { if (held && !held.saved) event.preventDefault(); });
addEventListener("popstate", () => { if (isMoved) location.reload(); });

// Files that are dropped go into the input.
for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const area = event.target.closest?.("[data-drop]");
    if (!area) return;
    event.preventDefault();
    area.classList.toggle("over", kind === "dragover");
    if (kind === "drop" && event.dataTransfer.files.length) {
      area.querySelector("input").files = event.dataTransfer.files;
    }
  });
}

arrive(document);
