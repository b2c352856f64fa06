// Signature Version 4 of one POST, with the browser's own cryptography (which it offers to pages from this
// machine and over TLS). Source: the IAM user guide, "Create a signed AWS API request".

const encoder = new TextEncoder();

export async function sign({ host, target, type, body, service, region, credentials, now }) {
  const date = now.toISOString().replace(/[-:]|\.\d+/g, "");
  const day = date.slice(0, 8);
  const scope = `${day}/${region}/${service}/aws4_request`;
  const token = credentials.sessionToken;
  const signed = {
    "content-type": type,
    host,
    "x-amz-date": date,
    ...(token && { "x-amz-security-token": token }),
    "x-amz-target": target,
  };
  const names = Object.keys(signed).join(";");
  const canonical = [
    "POST",
    "/",
    "",
    ...Object.entries(signed).map(([name, value]) => `${name}:${value}`),
    "",
    names,
    await sha256(body),
  ].join("\n");
  const text = ["AWS4-HMAC-SHA256", date, scope, await sha256(canonical)].join("\n");
  let key = encoder.encode(`AWS4${credentials.secretAccessKey}`);
  for (const piece of [day, region, service, "aws4_request"]) key = await hmac(key, piece);
  const signature = hex(await hmac(key, text));
  return {
    "X-Amz-Date": date,
    ...(token && { "X-Amz-Security-Token": token }),
    Authorization:
      `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, ` +
      `SignedHeaders=${names}, Signature=${signature}`,
  };
}

/** The header fields of a server that accepts any credentials, and reads only the region. */
export function unsigned({ service, region, credentials, now }) {
  const date = now.toISOString().replace(/[-:]|\.\d+/g, "");
  const scope = `${date.slice(0, 8)}/${region}/${service}/aws4_request`;
  return {
    "X-Amz-Date": date,
    Authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=host, Signature=none`,
  };
}

async function sha256(text) {
  return hex(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
}

async function hmac(key, text) {
  const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, [
    "sign",
  ]);
  return crypto.subtle.sign("HMAC", imported, encoder.encode(text));
}

function hex(buffer) {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
