// What the console remembers about the person: the region, the theme, credentials. Credentials live as
// long as the browser's tab, everything else as long as the browser keeps it.

const NO_CREDENTIALS = { accessKeyId: "console", secretAccessKey: "" };

export function region() {
  return localStorage.getItem("region") ?? "us-east-1";
}

export function setRegion(name) {
  localStorage.setItem("region", name);
}

export function credentials() {
  return JSON.parse(sessionStorage.getItem("credentials")) ?? NO_CREDENTIALS;
}

export function signIn(accessKeyId, secretAccessKey, sessionToken) {
  sessionStorage.setItem("credentials", JSON.stringify({ accessKeyId, secretAccessKey, sessionToken }));
}

export function theme() {
  return localStorage.getItem("theme") ?? "system";
}

export function setTheme(name) {
  localStorage.setItem("theme", name);
  applyTheme();
}

/** The system's theme is the style sheet's own business; a chosen one is said on the root element. */
export function applyTheme() {
  if (theme() === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme();
}

/** The statements that were run last, the newest first. */
export function statements() {
  return JSON.parse(localStorage.getItem("statements")) ?? [];
}

export function rememberStatement(text) {
  const kept = [text, ...statements().filter((one) => one !== text)].slice(0, 12);
  localStorage.setItem("statements", JSON.stringify(kept));
}
